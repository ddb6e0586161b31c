"""Policies as plain data, and back through a table of the classes that there are: never by name or code."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any, Final

from boostweights.errors import InvalidTypeError, InvalidValueError, did_you_mean, shown
from boostweights.weighting.policies.by_class import (
    Balanced,
    EffectiveNumber,
    Explicit,
    TargetPrior,
    Unweighted,
)
from boostweights.weighting.policies.by_row import RowCosts
from boostweights.weighting.policies.costs import Costs
from boostweights.weighting.policies.names import Weighting

__all__ = ["KINDS", "check_kind", "code_of", "fields_of", "policy_from", "stated"]

KINDS: Final[Mapping[str, type[Weighting]]] = {
    "Unweighted": Unweighted,
    "Balanced": Balanced,
    "Explicit": Explicit,
    "Costs": Costs,
    "EffectiveNumber": EffectiveNumber,
    "TargetPrior": TargetPrior,
    "RowCosts": RowCosts,
}
"""Kind → class. A new policy is one line here, and one in `schema.Fields` for each field of its own."""

_STATED: Final = ("rationale", "owner")


def stated(policy: Weighting, rationale: str, owner: str) -> Weighting:
    """Return the policy with this rationale and owner."""
    return dataclasses.replace(policy, rationale=rationale, owner=owner)


def code_of(policy: Weighting) -> str:
    """Return the code that makes a policy, without rationale and owner.

    Examples
    --------
    >>> code_of(Balanced(power=0.5, owner="me"))
    'Balanced(power=0.5)'
    """
    return repr(stated(policy, "", ""))


def fields_of(policy: Weighting) -> dict[str, Any]:
    """Return the fields of a policy that are set, as plain values; maps as lists of (label, value).

    Raises
    ------
    InvalidTypeError
        If the policy is a class of the caller's own.

    Examples
    --------
    >>> fields_of(Explicit({0: 1.0, 1: 9.0}))["weights"]
    [(0, 1.0), (1, 9.0)]
    """
    if KINDS.get(type(policy).__name__) is not type(policy):
        raise InvalidTypeError(
            "a card holds one of boostweights' own policies",
            shown(policy),
            "Write the weights that it resolves to: Card.of(policy.resolve(y), y).",
        )
    found = {field.name: getattr(policy, field.name) for field in dataclasses.fields(policy)}
    return {name: _plain(value) for name, value in found.items() if value is not None and name not in _STATED}


def check_kind(kind: str) -> None:
    """Raise unless there is such a policy."""
    if kind not in KINDS:
        raise InvalidValueError("the kind of a policy must be known", shown(kind), did_you_mean(kind, KINDS))


def policy_from(kind: str, fields: Mapping[str, Any]) -> Weighting:
    """Return the policy of a kind with these fields.

    Raises
    ------
    InvalidValueError
        If there is no such kind, or it has no such field.
    BoostweightsError
        If the policy refuses a value.

    Examples
    --------
    >>> policy_from("Balanced", {"power": 0.5})
    Balanced(power=0.5)
    """
    check_kind(kind)
    known = {field.name: field for field in dataclasses.fields(KINDS[kind])}
    for name in fields:
        if name not in known:
            raise InvalidValueError(
                f"{name} must be a field of {kind}",
                f"{name} = {shown(fields[name])}",
                did_you_mean(name, [each for each in known if each not in _STATED]),
            )
    for name, field in known.items():
        if name not in fields and field.default is dataclasses.MISSING:
            raise InvalidValueError(f"{kind} needs {name}", f"no {name}", f"Add {name} to policy.fields.")
    return KINDS[kind](**fields)


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return list(value.items())
    if isinstance(value, tuple):
        return [_plain(each) for each in value]
    return value
