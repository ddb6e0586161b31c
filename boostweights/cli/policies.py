"""A policy from the options of a command."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from boostweights.cli.options import POLICIES, CostOptions, PolicyOptions
from boostweights.errors import check_known, check_that, explained, shown

if TYPE_CHECKING:
    from boostweights.weighting.counts import ClassCounts
    from boostweights.weighting.policies.base import Policy


def label_named(text: str | None, counts: "ClassCounts", option: str = "--positive") -> Any:
    """Return the label that is written so; None where nothing is.

    Raises
    ------
    InvalidValueError
        If no label is; the nearest one is suggested.

    Examples
    --------
    >>> from boostweights.weighting.counts import ClassCounts
    >>> label_named("1", ClassCounts({0: 9, 1: 1}))
    1
    """
    if text is None:
        return None
    from boostweights.tables.features import canonical

    by_text = {canonical(label, ()): label for label in counts}
    check_known(text, by_text, f"{option} must name a label")
    return by_text[text]


def costs_of(options: CostOptions, counts: "ClassCounts", positive: str | None) -> "Policy":
    """Return the policy of what errors cost, for labels with these counts.

    Raises
    ------
    InvalidValueError
        If ``--fn`` is missing, a cost is out of range or the positive label is unknown.
    """
    from boostweights.weighting.policies.costs import Costs

    check_that(options.fn is not None, "costs must say --fn", "none", "Add, for example, --fn 50 --fp 1.")
    rule, remedy = "--fn and --fp must be numbers here", "Columns of costs are for compare."
    check_that(not isinstance(options.fn, str), rule, options.fn, remedy)
    check_that(not isinstance(options.fp, str), rule, options.fp, remedy)
    fp = 1.0 if options.fp is None else options.fp
    return Costs(fn=options.fn, fp=fp, pos_label=label_named(positive, counts))


def policy_of(options: PolicyOptions, counts: "ClassCounts", positive: str | None) -> "Policy":
    """Return the policy, for labels with these counts.

    Raises
    ------
    InvalidValueError
        If the name is unknown, options belong to another policy, or a label or number cannot be used.
    """
    from boostweights.weighting.policies.by_class import Explicit
    from boostweights.weighting.policies.names import class_policy, relabelled

    is_costs = options.fn is not None or options.fp is not None
    flags = {"costs": "--fn and --fp"} if is_costs else {}
    flags |= {"weights": "--weight"} if options.weight else {}
    if options.policy is not None and options.policy.endswith(")"):
        rule = "a policy as it prints says all of itself"
        check_that(not flags, rule, options.policy, "Leave --weight, --fn and --fp out.")
        by_text = {str(label): label for label in counts}
        return relabelled(class_policy(options.policy), lambda label: by_text.get(str(label), label))
    name = options.policy or next(iter(flags), "balanced")
    check_known(name, POLICIES, "a policy must be known")
    for other, options_of_other in flags.items():
        rule, seen = f"{options_of_other} are for the policy {other}", f"--policy {name}"
        check_that(other == name, rule, seen, "Leave one of them out.")
    if name == "costs":
        return costs_of(options, counts, positive)
    if name == "weights":
        check_that(options.weight, "weights must be said", "none", "Add, for example, --weight 1=9.")
        weights = weights_by_label(options.weight or ())
        named = {label_named(label, counts, "--weight"): weights[label] for label in weights}
        return Explicit(dict.fromkeys(counts, 1.0) | named)
    return class_policy(name)


def weights_by_label(texts: Sequence[str]) -> dict[str, float]:
    """Return label → weight of texts such as ``"Yes=27"``.

    Raises
    ------
    InvalidValueError
        If a text is not of this form, or a label is given twice.

    Examples
    --------
    >>> weights_by_label(["Yes=27"])
    {'Yes': 27.0}
    """
    weights: dict[str, float] = {}
    for text in texts:
        label, sign, number = text.rpartition("=")
        rule = f"--weight must be LABEL=NUMBER, not {shown(text)}"
        with explained((ValueError,), rule, "Write --weight 1=9."):
            weight = float(number if sign else "")
        check_that(label not in weights, "a weight must be said once", shown(text), "Leave one of them out.")
        weights[label] = weight
    return weights
