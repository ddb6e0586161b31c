"""A policy from the options of a command."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Final

import typer

from boostweights.cli.column import label_named
from boostweights.errors import check_known, check_that, explained, shown

if TYPE_CHECKING:
    from boostweights.weighting.counts import ClassCounts
    from boostweights.weighting.policies.base import Policy

POLICIES: Final = ("balanced", "sqrt_balanced", "unweighted", "costs", "weights")


def _policies(incomplete: str) -> Iterator[str]:
    return (name for name in POLICIES if name.startswith(incomplete))


PolicyName = Annotated[
    str | None,
    typer.Option(
        "--policy",
        metavar="NAME",
        autocompletion=_policies,
        help=f"One of {', '.join(POLICIES)}, or as it prints: Balanced(power=0.5).  "
        "(default: costs with --fn, weights with --weight, or balanced)",
    ),
]
Weights = Annotated[
    list[str] | None,
    typer.Option("--weight", metavar="LABEL=W", help="The weight of a class; others weigh 1.  (repeatable)"),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyOptions:
    """The options that describe a policy, as they were typed."""

    policy: str | None = None
    weights: Sequence[str] = ()
    fn: float | None = None
    fp: float | None = None
    positive: str | None = None


def policy_of(options: PolicyOptions, counts: ClassCounts) -> Policy:
    """Return the policy, for labels with these counts.

    Raises
    ------
    InvalidValueError
        If the name is unknown, options belong to another policy, or a label or number cannot serve.
    """
    from boostweights.weighting.policies.by_class import Explicit
    from boostweights.weighting.policies.costs import Costs
    from boostweights.weighting.policies.names import class_policy, relabelled

    if options.policy is not None and options.policy.endswith(")"):
        alone = not options.weights and options.fn is options.fp is None
        rule = "a policy as it prints says all of itself"
        check_that(alone, rule, options.policy, "Leave --weight, --fn and --fp out.")
        by_text = {str(label): label for label in counts}
        return relabelled(class_policy(options.policy), lambda label: by_text.get(str(label), label))
    name = _name(options)
    if name == "costs":
        check_that(options.fn is not None, "costs must say --fn", "none", "Add, for example, --fn 50 --fp 1.")
        fp = 1.0 if options.fp is None else options.fp
        return Costs(fn=options.fn, fp=fp, positive=label_named(options.positive, counts))
    if name == "weights":
        check_that(options.weights, "weights must be said", "none", "Add, for example, --weight 1=9.")
        weights = weights_said(options.weights)
        named = {label_named(label, counts, "--weight"): weights[label] for label in weights}
        return Explicit(dict.fromkeys(counts, 1.0) | named)
    return class_policy(name)


def _name(options: PolicyOptions) -> str:
    implied = {"costs": options.fn is not None or options.fp is not None, "weights": bool(options.weights)}
    meant = [name for name, is_given in implied.items() if is_given]
    name = options.policy or (meant[0] if meant else "balanced")
    check_known(name, POLICIES, "a policy must be known")
    for other in meant:
        flags = {"costs": "--fn and --fp", "weights": "--weight"}[other]
        rule = f"{flags} are for the policy {other}"
        check_that(other == name, rule, f"--policy {name}", "Leave one of them out.")
    return name


def weights_said(texts: Sequence[str]) -> dict[str, float]:
    """Return label → weight of texts such as ``"Yes=27"``.

    Raises
    ------
    InvalidValueError
        If a text is not of this form, or a label is given twice.

    Examples
    --------
    >>> weights_said(["Yes=27"])
    {'Yes': 27.0}
    """
    weights: dict[str, float] = {}
    for text in texts:
        label, sign, number = text.rpartition("=")
        with explained(
            (ValueError,), f"--weight must be LABEL=NUMBER, not {shown(text)}", "Write --weight 1=9."
        ):
            weight = float(number if sign else "")
        check_that(label not in weights, "a weight must be said once", shown(text), "Leave one of them out.")
        weights[label] = weight
    return weights
