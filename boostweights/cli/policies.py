"""A policy as options say it."""

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
class Said:
    """What options said of a policy, as it was typed."""

    policy: str | None = None
    weights: Sequence[str] = ()
    fn: float | None = None
    fp: float | None = None
    positive: str | None = None


def policy_of(said: Said, counts: ClassCounts) -> Policy:
    """Return the policy, for labels with these counts.

    Raises
    ------
    InvalidValueError
        If the name is unknown, options belong to another policy, or a label or number cannot serve.
    """
    from boostweights.weighting.policies.by_class import Explicit
    from boostweights.weighting.policies.costs import Costs
    from boostweights.weighting.policies.names import class_policy, relabelled

    if said.policy is not None and said.policy.endswith(")"):
        alone = not said.weights and said.fn is said.fp is None
        rule = "a policy as it prints says all of itself"
        check_that(alone, rule, said.policy, "Leave --weight, --fn and --fp out.")
        by_text = {str(label): label for label in counts}
        return relabelled(class_policy(said.policy), lambda label: by_text.get(str(label), label))
    name = _name(said)
    if name == "costs":
        check_that(said.fn is not None, "costs must say --fn", "none", "Add, for example, --fn 50 --fp 1.")
        fp = 1.0 if said.fp is None else said.fp
        return Costs(fn=said.fn, fp=fp, positive=label_named(said.positive, counts))
    if name == "weights":
        check_that(said.weights, "weights must be said", "none", "Add, for example, --weight 1=9.")
        weights = weights_said(said.weights)
        named = {label_named(label, counts, "--weight"): weights[label] for label in weights}
        return Explicit(dict.fromkeys(counts, 1.0) | named)
    return class_policy(name)


def _name(said: Said) -> str:
    implied = {"costs": said.fn is not None or said.fp is not None, "weights": bool(said.weights)}
    asked = [name for name, given in implied.items() if given]
    name = said.policy or (asked[0] if asked else "balanced")
    check_known(name, POLICIES, "a policy must be known")
    for other in asked:
        options = {"costs": "--fn and --fp", "weights": "--weight"}[other]
        rule = f"{options} are for the policy {other}"
        check_that(other == name, rule, f"--policy {name}", "Leave one of them out.")
    return name


def weights_said(texts: Sequence[str]) -> dict[str, float]:
    """Return label → weight of texts such as ``"Yes=27"``.

    Raises
    ------
    InvalidValueError
        If a text is no such, or a label is said twice.

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
