"""The kinds of policies, and a policy from what stands for one: a name, its code, a mapping, a table."""

import ast
import dataclasses
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

from boostweights.errors import InvalidTypeError, check_known, check_that, explained, is_number, shown
from boostweights.weighting.labels.rules import Label
from boostweights.weighting.policies.base import Policy, check_settings
from boostweights.weighting.policies.by_class import (
    Balanced,
    EffectiveNumber,
    Explicit,
    TargetPrior,
    Unweighted,
)
from boostweights.weighting.policies.costs import Costs
from boostweights.weighting.row_weights import RowCosts

Weighting = Policy | RowCosts
"""What may be asked of a classifier: weights by class, or by row."""

WeightingLike = (
    Policy | RowCosts | Literal["balanced", "sqrt_balanced", "unweighted"] | Mapping[Any, float] | None
)
"""What stands for a policy wherever one is asked for: see `as_policy`."""
KINDS: Mapping[str, type[Weighting]] = {
    kind.__name__: kind
    for kind in (Unweighted, Balanced, Explicit, Costs, EffectiveNumber, TargetPrior, RowCosts)
}
"""The policies that come along, by the name that files call them. A user's own class is never found by its
name: it is handed over, or named with its module."""

_BY_NAME: Mapping[str, Policy] = {
    "balanced": Balanced(),
    "sqrt_balanced": Balanced(power=0.5),
    "unweighted": Unweighted(),
}


Policies = Sequence[type[Policy]]
"""A reader's own classes."""


def as_policy(weighting: Any) -> Weighting:
    """Return the policy that a shorthand stands for.

    Parameters
    ----------
    weighting : str, None, mapping, Policy or RowCosts
        A name ("balanced", "sqrt_balanced", "unweighted"), or the code that a policy prints as, which is read
        and never run. None is unweighted; a mapping gives the weight of each label.

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
    >>> as_policy("Costs(fn=50.0, fp=1.0)")
    Costs(fn=50.0, fp=1.0)
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
        raise InvalidTypeError(rule, shown(weighting), _remedy(weighting))
    if "(" in weighting:
        kind, values, settings = call_in(weighting)
        return policy_from(kind, settings, values=values)
    check_known(weighting, _BY_NAME, "a policy's name must be known")
    return _BY_NAME[weighting]


def name_of(policy: Policy) -> str:
    """Return the name of a policy that has one, and else the code that it prints as; `as_policy` reads both.

    Examples
    --------
    >>> name_of(Balanced(power=0.5)), name_of(Balanced(power=0.75))
    ('sqrt_balanced', 'Balanced(power=0.75)')
    """
    return next((name for name, known in _BY_NAME.items() if known == policy), repr(policy))


def _remedy(weighting: Any) -> str:
    if isinstance(weighting, type):
        return f"Call it: {weighting.__name__}(…)."
    if is_number(weighting):
        return f"To weigh label 1 by it write {{0: 1, 1: {weighting}}}."
    if isinstance(weighting, (list, tuple)) or getattr(weighting, "ndim", None) == 1:
        weights = ", ".join(f"{label}: {weight}" for label, weight in enumerate(weighting[:3]))
        return f"Say whose weight each is: {{{weights}{', …' * (len(weighting) > 3)}}}."
    return "Pass a policy."


def call_in(text: str) -> tuple[str, list[Any], dict[str, Any]]:
    """Return name, values and settings of a call that is written as text; arguments are literals.

    Raises
    ------
    InvalidValueError
        If it is no call, or an argument is no literal.

    Examples
    --------
    >>> call_in("Balanced(power=0.5)"), call_in("mine:Policy")
    (('Balanced', [], {'power': 0.5}), ('mine:Policy', [], {}))
    """
    name, bracket, arguments = text.strip().partition("(")
    if not bracket:
        return name, [], {}
    rule, remedy = "a policy must be written as it prints, with literal values", f"Write {name}(power=0.5)."
    with explained((SyntaxError, ValueError, TypeError), f"{rule}: {shown(text)}", remedy):
        call = ast.parse(f"call({arguments}", mode="eval").body
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name):
            settings = {entry.arg or "**": ast.literal_eval(entry.value) for entry in call.keywords}
            check_that("**" not in settings, rule, shown(text), remedy)
            return name.strip(), [ast.literal_eval(value) for value in call.args], settings
        raise ValueError("no call")


def policy_from(
    kind: str, settings: Mapping[str, Any], policies: Policies = (), values: Sequence[Any] = ()
) -> Weighting:
    """Return the policy of a kind with these settings.

    Parameters
    ----------
    kind : str
        The name of its class.
    settings : mapping
        Its settings.
    policies : sequence of classes
        A reader's own, besides ours.
    values : sequence
        What is given without a name.

    Raises
    ------
    InvalidValueError
        If there is no such kind.
    InvalidTypeError
        If it has no such setting, lacks one, or a class of the reader's own is called as one of ours.
    BoostweightsError
        If the policy refuses a value.

    Examples
    --------
    >>> policy_from("Balanced", {"power": 0.5})
    Balanced(power=0.5)
    """
    kinds = kinds_with(policies)
    check_known(kind, kinds, "the kind of a policy must be known")
    check_settings(kinds[kind], values, settings)
    with explained((TypeError, ValueError), f"{kind} must be made of its settings", "Correct them."):
        return kinds[kind](*values, **settings)


def kinds_with(policies: Policies) -> dict[str, type[Weighting]]:
    """Return classes by name: ours, and a reader's own, which are checked."""
    for kind in policies:
        check_that(
            isinstance(kind, type) and issubclass(kind, Policy) and kind.__name__ not in KINDS,
            "policies must be classes of your own that derive from Policy",
            kind,
            "Pass the class itself, and leave out those of boostweights.",
            InvalidTypeError,
        )
    return {**KINDS, **{kind.__name__: kind for kind in policies}}


def relabelled(policy: Policy, label_of: Callable[[Label], Label]) -> Policy:
    """Return a policy with other labels, where it names any.

    Examples
    --------
    >>> relabelled(Explicit({0: 1.0, 1: 27.0}), str)
    Explicit({'0': 1.0, '1': 27.0})
    """
    changed: dict[str, Any] = {}
    for name in ("weights", "prior", "pos_label", "classes"):
        labels = getattr(policy, name, None)
        if isinstance(labels, Mapping):
            changed[name] = {label_of(label): value for label, value in labels.items()}
        elif isinstance(labels, tuple):
            changed[name] = tuple(map(label_of, labels))
        elif labels is not None:
            changed[name] = label_of(labels)
    return dataclasses.replace(policy, **changed) if changed else policy


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
