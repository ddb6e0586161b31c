"""The kinds of policies, and the shorthands that stand for one."""

from __future__ import annotations

from collections.abc import Mapping
from numbers import Real
from typing import Any, Final, Literal, TypeAlias

from boostweights.errors import InvalidTypeError, InvalidValueError, did_you_mean, shown
from boostweights.weighting.policies.base import Policy
from boostweights.weighting.policies.by_class import (
    Balanced,
    EffectiveNumber,
    Explicit,
    TargetPrior,
    Unweighted,
)
from boostweights.weighting.policies.by_row import RowCosts
from boostweights.weighting.policies.costs import Costs

Weighting: TypeAlias = Policy | RowCosts
"""What may be asked of a classifier: weights by class, or by row."""

WeightingLike: TypeAlias = (
    Policy | RowCosts | Literal["balanced", "sqrt_balanced", "unweighted"] | Mapping[Any, float] | None
)
"""What stands for a policy wherever one is asked for: see `as_policy`."""
_OWN: Final = (Unweighted, Balanced, Explicit, Costs, EffectiveNumber, TargetPrior, RowCosts)
KINDS: Final[Mapping[str, type[Weighting]]] = {kind.__name__: kind for kind in _OWN}
"""The policies that come along, by the name that files call them. A user's own class is never found by its
name: it is handed over, or named with its module."""

_BY_NAME: Final[Mapping[str, Policy]] = {
    "balanced": Balanced(),
    "sqrt_balanced": Balanced(power=0.5),
    "unweighted": Unweighted(),
}


def as_policy(weighting: Any) -> Weighting:
    """Return the policy that a shorthand stands for.

    Parameters
    ----------
    weighting : {"balanced", "sqrt_balanced", "unweighted"}, None, mapping, Policy or RowCosts
        None is unweighted; a mapping gives the weight of each label.

    Raises
    ------
    InvalidValueError
        If the name is unknown.
    InvalidTypeError
        If it is none of these.

    Examples
    --------
    >>> as_policy("sqrt_balanced")
    Balanced(power=0.5)
    >>> as_policy({0: 1, 1: 50})
    Explicit({0: 1.0, 1: 50.0})
    >>> as_policy(None)
    Unweighted()
    """
    if isinstance(weighting, (Policy, RowCosts)):
        return weighting
    if weighting is None:
        return Unweighted()
    if isinstance(weighting, Mapping):
        return Explicit(weighting)
    if not isinstance(weighting, str):
        rule = "weighting must be a policy, a name, a dict of label to weight, or None"
        raise InvalidTypeError(rule, shown(weighting), _mend(weighting))
    if weighting not in _BY_NAME:
        raise InvalidValueError(
            "a policy's name must be known", shown(weighting), did_you_mean(weighting, _BY_NAME)
        )
    return _BY_NAME[weighting]


def _mend(given: Any) -> str:
    if isinstance(given, type):
        return f"Call it: {given.__name__}(…)."
    if isinstance(given, bool):
        return "Pass a policy."
    if isinstance(given, Real):
        return f"To weigh label 1 by it write {{0: 1, 1: {given}}}."
    if isinstance(given, (list, tuple)) or getattr(given, "ndim", None) == 1:
        weights = ", ".join(f"{label}: {weight}" for label, weight in enumerate(given[:3]))
        return f"Say whose weight each is: {{{weights}{', …' * (len(given) > 3)}}}."
    return "Pass a policy."


def class_policy(weighting: Any) -> Policy:
    """Return the policy that a shorthand stands for, where weights by class are needed.

    Raises
    ------
    InvalidTypeError
        If it weighs row by row, or is none of the shorthands.

    Examples
    --------
    >>> class_policy("balanced")
    Balanced()
    """
    policy = as_policy(weighting)
    if isinstance(policy, Policy):
        return policy
    raise InvalidTypeError(
        "weights by class are needed here, and RowCosts weighs row by row",
        repr(policy),
        "Use WeightedClassifier(estimator, weighting=RowCosts()).fit(X, y, row_costs=…), or Costs(fn=, fp=).",
    )
