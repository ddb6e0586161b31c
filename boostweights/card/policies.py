"""Policies as plain data, and back through classes that are given: never by an import or by code."""

import dataclasses
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from boostweights.errors import InvalidTypeError, check_that, explained, shown
from boostweights.weighting.counts import ClassCounts
from boostweights.weighting.policies import base
from boostweights.weighting.policies.base import Policy, Ratios
from boostweights.weighting.policies.names import KINDS, Policies, Weighting, policy_from

_STATED = ("rationale", "owner")


@dataclass(frozen=True, kw_only=True, slots=True, repr=False)
class RecordedPolicy(Policy):
    """A policy of somebody's own as a card records it, read without its class: it resolves nothing.

    Parameters
    ----------
    kind, code : str
        The name of its class, and the code that makes it.
    fields : mapping
        Its fields that are set.
    """

    kind: str
    code: str
    fields: Mapping[str, Any] = field(hash=False)

    def __post_init__(self) -> None:
        Policy.__post_init__(self)
        _check_fields(self.kind, self.fields)

    def ratios(self, counts: ClassCounts) -> Ratios:
        """Raise: the class is needed."""
        raise InvalidTypeError(
            f"{self.kind} is a policy of somebody's own, which only its class resolves",
            self.code,
            f"Import the class and read the card with it: Card.read(path, policies=[{self.kind}]).",
        )

    def __repr__(self) -> str:
        return self.code


def stated(policy: Weighting, rationale: str | None, owner: str | None) -> Weighting:
    """Return the policy with this rationale and owner; its own, where there is none."""
    texts: dict[str, Any] = {"rationale": rationale, "owner": owner}
    return dataclasses.replace(policy, **{name: text for name, text in texts.items() if text is not None})


def kind_of(policy: Weighting) -> str:
    """Return the name of a policy's class."""
    return policy.kind if isinstance(policy, RecordedPolicy) else type(policy).__name__


def code_of(policy: Weighting) -> str:
    """Return the code that makes a policy, without rationale and owner.

    Examples
    --------
    >>> from boostweights.weighting.policies.by_class import Balanced
    >>> code_of(Balanced(power=0.5, owner="me"))
    'Balanced(power=0.5)'
    """
    if isinstance(policy, RecordedPolicy):
        return policy.code
    return base.code_of(stated(policy, "", ""))


def fields_of(policy: Weighting) -> dict[str, Any]:
    """Return the fields of a policy that are set, as plain values; maps as lists of (label, value).

    Raises
    ------
    InvalidTypeError
        If a card cannot hold a policy of the caller: its class has the name of one of ours, or a field is
        no bool, finite number, text, tuple or mapping of these.

    Examples
    --------
    >>> from boostweights.weighting.policies.by_class import Explicit
    >>> fields_of(Explicit({0: 1.0, 1: 9.0}))["weights"]
    [(0, 1.0), (1, 9.0)]
    """
    if isinstance(policy, RecordedPolicy):
        return dict(policy.fields)
    is_ours = KINDS.get(type(policy).__name__) is type(policy)
    kind = type(policy).__name__
    rule = "a card tells policies by the names of their classes"
    seen = f"{type(policy).__module__}.{kind}, as a class of boostweights is called"
    check_that(is_ours or kind not in KINDS, rule, seen, "Give your class another name.", InvalidTypeError)
    entries = [entry for entry in dataclasses.fields(policy) if entry.name not in _STATED]
    values = {entry.name: getattr(policy, entry.name) for entry in entries}
    for entry in () if is_ours else entries:
        _check_plain(kind, entry.name, values[entry.name], entry.default)
    return {name: _plain(value) for name, value in values.items() if value is not None}


def policy_recorded(kind: str, fields: Mapping[str, Any], policies: Policies) -> Weighting:
    """Return the policy of a kind with these fields, as `fields_of` has them."""
    if kind in KINDS:
        settings = {
            name: _by_label(value, name) if name in ("weights", "prior") else value
            for name, value in fields.items()
        }
    else:
        _check_fields(kind, fields)
        settings = {name: _of_plain(value) for name, value in fields.items()}
    return policy_from(kind, settings, policies)


def _by_label(pairs: Any, name: str) -> Any:
    """Return a mapping of pairs, which name a label once; others as they are, for the policy to refuse."""
    if not (isinstance(pairs, list) and all(isinstance(pair, tuple) for pair in pairs)):
        return pairs
    with explained((TypeError,), f"{name} must map labels to numbers", "Write the card again."):
        by_label = dict(pairs)
    check_that(len(by_label) == len(pairs), f"{name} must name a label once", pairs, "Remove one.")
    return by_label


def _check_fields(kind: str, fields: Mapping[str, Any]) -> None:
    """Raise where the fields of somebody else's policy are not as `fields_of` returns them."""
    for name, value in fields.items():
        pairs = isinstance(value, list) and [
            tuple(pair) if isinstance(pair, list) else pair for pair in value
        ]
        _check_plain(kind, name, tuple(pairs) if pairs else "" if value == [] else value, "")


def _check_plain(kind: str, name: str, value: Any, default: Any) -> None:
    """Raise where a field of somebody else's policy would not come back from a card as it is."""
    flat = value.items() if isinstance(value, Mapping) else value if isinstance(value, tuple) else [value]
    parts = [part for item in flat for part in (item if isinstance(item, tuple) else [item])]
    absent = value is None and default is None
    check_that(
        absent or all(map(_is_plain, parts)),
        "a card holds bools, finite numbers, texts, and tuples and mappings of these",
        f"{name}={shown(value)} of a {kind}",
        "Convert it in __post_init__, or write the weights: Card.of(policy.resolve(y), y).",
        InvalidTypeError,
    )


def _is_plain(value: Any) -> bool:
    return type(value) in (bool, int, str) or (type(value) is float and math.isfinite(value))


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return list(value.items())
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return value


def _of_plain(value: Any) -> Any:
    """Return the argument of `_plain`: tuples and mappings instead of lists."""
    if not isinstance(value, list):
        return value
    if value and all(isinstance(item, tuple) for item in value):
        return dict(value)
    return tuple(_of_plain(item) for item in value)
