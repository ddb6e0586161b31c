"""The constant rules that compete: how to train and how to read the model, as code."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from boostweights.audits.advice.evidence import Rule

ARMS: Final[Mapping[str, str]] = {
    "unweighted": "weighting=Unweighted()",
    "sqrt_balanced": "weighting=Balanced(power=0.5)",
    "balanced": "weighting=Balanced()",
    "costs": "weighting={costs}",
    "over": "RandomOverSampler",
    "under": "RandomUnderSampler",
    "smote": "SMOTE",
}
"""How each arm of the suites that competes is trained; what has no ``=`` is imbalanced-learn's."""

READINGS: Final[Mapping[str, tuple[str, str]]] = {
    "tuned": ("tuned threshold", 'threshold="f1"'),
    "cost": ("threshold of costs", "decide(proba, {costs})"),
    "corrected": ("corrected", "correct_proba=True"),
    "fitted": ("fitted correction", 'correct_proba="fitted"'),
}
"""By a decision rule or a kind of probabilities that is more than what the model says: words, and code."""

NOTHING: Final = "unweighted"
"""The arm that treats nothing; read at .5, as it is, it is the rule of doing nothing."""

WEIGHING: Final = ("sqrt_balanced", "balanced", "over", "under", "smote")
"""Arms that do nothing to classes of one size."""


def reading(rule: Rule) -> str:
    """Return how a rule reads its model, in words; empty for as it is.

    Examples
    --------
    >>> reading(Rule(arm="balanced", rule="cost", proba="fitted"))
    'fitted correction, threshold of costs'
    """
    return ", ".join(READINGS[name][0] for name in (rule.proba, rule.rule) if name in READINGS)


def named(rule: Rule) -> str:
    """Return a rule's name.

    Examples
    --------
    >>> named(Rule(arm="unweighted", rule="tuned", proba="raw"))
    'unweighted, tuned threshold'
    """
    return ", ".join(filter(None, (rule.arm, reading(rule))))


def code(rules: tuple[Rule, ...], costs: Any = None) -> str:
    """Return the code of an arm, read in all these ways; with the costs that were given.

    Examples
    --------
    >>> code((Rule(arm="balanced", rule="none", proba="fitted"),))
    'WeightedClassifier(…, weighting=Balanced(), correct_proba="fitted")'
    """
    how = ARMS[rules[0].arm]
    sampler = "" if "=" in how else f"{how} of imbalanced-learn before "
    names = dict.fromkeys(name for rule in rules for name in (rule.proba, rule.rule) if name in READINGS)
    parts = [READINGS[name][1] for name in names]
    weighting = ARMS[NOTHING] if sampler else how
    settings = ["…", weighting, *(part for part in parts if "decide" not in part)]
    after = "".join(f", then {part}" for part in parts if "decide" in part)
    text = f"{sampler}WeightedClassifier({', '.join(settings)}){after}"
    return text.replace("{costs}", "Costs(fn=…, fp=…)" if costs is None else repr(costs))
