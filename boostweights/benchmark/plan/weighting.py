"""A policy as a suite file says it: without labels, so that it serves data sets whose labels differ."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from boostweights.errors import InvalidTypeError, InvalidValueError, did_you_mean, shown
from boostweights.weighting.class_weights import ClassWeights
from boostweights.weighting.counts import ClassCounts
from boostweights.weighting.policies.base import Policy
from boostweights.weighting.policies.by_class import (
    Balanced,
    EffectiveNumber,
    Explicit,
    TargetPrior,
    Unweighted,
)
from boostweights.weighting.policies.costs import Costs

__all__ = ["Cost", "PolicySpec", "as_spec"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What a missed positive and a false alarm cost; without `fn`, the negatives per positive of the fold.

    Examples
    --------
    >>> Cost().fn_of(ClassCounts({0: 90, 1: 10}))
    9.0
    """

    fn: float | None = None
    fp: float = 1.0

    def fn_of(self, counts: ClassCounts) -> float:
        """Return the cost of a missed positive, label 1, on a fold with these counts."""
        return self.fn if self.fn is not None else self.fp * float(counts[0]) / float(counts[1])


def _explicit(positive: float, **options: Any) -> Policy:
    return Explicit({0: 1.0, 1: positive}, **options)


def _target_prior(positive: float, **options: Any) -> Policy:
    return TargetPrior({0: 1.0 - positive, 1: positive}, **options)


def _costs(fn: float, fp: float, **options: Any) -> Policy:
    return Costs(fn=fn, fp=fp, positive=1, **options)


_SHAPE: Final = ("power", "cap", "scale")
_KINDS: Final[Mapping[str, tuple[Callable[..., Policy], tuple[str, ...]]]] = {
    "Unweighted": (Unweighted, ()),
    "Balanced": (Balanced, _SHAPE),
    "EffectiveNumber": (EffectiveNumber, ("beta", *_SHAPE)),
    "Explicit": (_explicit, ("positive", *_SHAPE)),
    "TargetPrior": (_target_prior, ("positive", *_SHAPE)),
    "Costs": (_costs, ("fn", "fp", *_SHAPE)),
}
"""Kind → what makes it for labels 0 and 1, and the keys that it takes."""

_NEEDED: Final[Mapping[str, tuple[str, ...]]] = {"Explicit": ("positive",), "TargetPrior": ("positive",)}
_BINARY: Final = ("Explicit", "TargetPrior", "Costs")
_NAMES: Final[Mapping[str, tuple[str, Mapping[str, Any]]]] = {
    "unweighted": ("Unweighted", {}),
    "sqrt_balanced": ("Balanced", {"power": 0.5}),
    "balanced": ("Balanced", {}),
    "costs": ("Costs", {}),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicySpec:
    """A kind of policy and its settings; of two classes, label 1 is the positive one.

    Attributes
    ----------
    kind : str
        The name of the policy's class.
    options : mapping
        Its settings. ``positive`` is the positive class's weight (Explicit) or share (TargetPrior); Costs
        without ``fn`` and ``fp`` has those of the data set.

    Examples
    --------
    >>> as_spec({"kind": "TargetPrior", "positive": 0.5}).resolve(ClassCounts({0: 90, 1: 10}), Cost())
    ClassWeights({0: 0.5555555555555556, 1: 5.0}, counts=ClassCounts({0: 90, 1: 10}))
    """

    kind: str
    options: Mapping[str, Any] = field(default_factory=dict)

    @property
    def binary_only(self) -> bool:
        """Whether it says nothing of more than two classes."""
        return self.kind in _BINARY

    def resolve(self, counts: ClassCounts, cost: Cost) -> ClassWeights:
        """Return the weights of labels 0 to k-1 for a training fold with these counts."""
        make, _ = _KINDS[self.kind]
        options = dict(self.options)
        if self.kind == "Costs":
            options = {"fn": cost.fn_of(counts), "fp": cost.fp} | options
        return make(**options).resolve(counts)

    def __str__(self) -> str:
        return f"{self.kind}({', '.join(f'{name}={value!r}' for name, value in self.options.items())})"


def as_spec(given: Any) -> PolicySpec:
    """Return the policy that a suite's string or table describes.

    Raises
    ------
    InvalidValueError, InvalidTypeError
        If a name, kind, key or value cannot serve; the nearest name is suggested.

    Examples
    --------
    >>> str(as_spec("sqrt_balanced")), str(as_spec({"kind": "Balanced", "cap": 10}))
    ('Balanced(power=0.5)', 'Balanced(cap=10)')
    """
    if isinstance(given, str):
        if given not in _NAMES:
            raise InvalidValueError(
                "a policy's name must be known", shown(given), did_you_mean(given, _NAMES)
            )
        kind, options = _NAMES[given]
        return PolicySpec(kind=kind, options=options)
    if not isinstance(given, Mapping):
        raise InvalidTypeError(
            "a policy must be a name or a table", shown(given), 'Write {kind = "Balanced", power = 0.5}.'
        )
    options = dict(given)
    kind = options.pop("kind", None)
    if kind not in _KINDS:
        raise InvalidValueError("a policy's kind must be known", shown(kind), did_you_mean(kind, _KINDS))
    _check_options(kind, options)
    spec = PolicySpec(kind=kind, options=options)
    spec.resolve(ClassCounts({0: 3, 1: 1}), Cost())  # the policy's own checks of its values
    return spec


def _check_options(kind: str, options: Mapping[str, Any]) -> None:
    _, known = _KINDS[kind]
    for key, value in options.items():
        if key not in known:
            raise InvalidValueError(
                f"policy {kind} of a suite must have no other keys than {', '.join(('kind', *known))}",
                shown(key),
                did_you_mean(key, known),
            )
        if key == "positive" and (isinstance(value, bool) or not isinstance(value, int | float)):
            raise InvalidTypeError(f"positive of {kind} must be a number", shown(value), "Write 10.0, say.")
    lacking = [key for key in _NEEDED.get(kind, ()) if key not in options]
    if lacking or ("fn" in options) != ("fp" in options):
        rule = f"policy {kind} must say {', '.join(_NEEDED.get(kind, ('both fn and fp, or neither',)))}"
        raise InvalidValueError(rule, shown(dict(options)), "Add what is missing.")
