"""The rules in order of preference, as rows of advice."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from boostweights.audits.advice.evidence import Rule, Standing, Table
from boostweights.audits.advice.result import AdviceRow, VerdictName
from boostweights.recommendation.figures import Estimate
from boostweights.weighting.counts import ClassCounts
from boostweights.weighting.policies.costs import Costs
from boostweights.weighting.row_weights import RowCosts

SURE = 0.95
"""A rule is to be avoided when its probability of harm is at least this."""

ARMS: Mapping[str, str] = {
    "unweighted": "weighting=Unweighted()",
    "sqrt_balanced": "weighting=Balanced(power=0.5)",
    "balanced": "weighting=Balanced()",
    "costs": "weighting={costs}",
    "over": "RandomOverSampler",
    "under": "RandomUnderSampler",
    "smote": "SMOTE",
}
"""How each arm of the suites that competes is trained; what has no ``=`` is imbalanced-learn's."""

READINGS: Mapping[str, tuple[str, str]] = {
    "tuned": ("tuned threshold", 'threshold="f1"'),
    "cost": ("threshold of costs", "decide(proba, {costs})"),
    "corrected": ("corrected", "correct_proba=True"),
    "fitted": ("fitted correction", 'correct_proba="fitted"'),
}
"""By a decision rule or a kind of probabilities that is more than what the model says: words, and code."""

NOTHING = "unweighted"
"""The arm that treats nothing; read at .5, as it is, it is the rule of doing nothing."""

WEIGHING = ("sqrt_balanced", "balanced", "over", "under", "smote")
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The labels' counts, the costs that were given, and the published table of each need."""

    counts: ClassCounts
    costs: Costs | RowCosts | None
    tables: Mapping[str, Table]

    @property
    def level(self) -> bool:
        """Whether all classes have the same number of rows."""
        return self.counts.imbalance_ratio == 1

    @property
    def beyond(self) -> bool:
        """Whether no published result is about such labels: all of them are about two classes."""
        return len(self.counts) > 2 or any(table.beyond(self.counts) for table in self.tables.values())

    def applies(self, one: Standing) -> bool:
        """Whether a rule is a thing of its own on such labels."""
        binary = len(self.counts) == 2
        return (binary or one.rule.rule != "tuned") and not (self.level and one.rule.arm in WEIGHING)


Option = dict[str, Standing]
"""By need, how one way to train is read."""


def rows(asked: Asked) -> Iterator[AdviceRow]:
    """Yield the options in order of preference; those to be avoided are last.

    The first of those that do not harm is to be used. Where all of them harm one of the needs, or no result
    is about such labels, none is to be used or avoided.
    """
    ordered = sorted(  # stable: as in the tables
        options(asked), key=lambda option: (_harm(option, asked), _behind(option, asked))
    )
    safe = sum(not _harm(option, asked) for option in ordered)
    for place, option in enumerate(ordered):
        verdict: VerdictName = "use" if place == 0 else "consider" if place < safe else "avoid"
        yield _row(option, asked, "consider" if asked.beyond or not safe else verdict)


def options(asked: Asked) -> Iterator[Option]:
    """Yield for one need each rule; for several each arm, with its best reading for each."""
    if len(asked.tables) == 1:
        [(need, table)] = asked.tables.items()
        yield from ({need: one} for one in table.rules if asked.applies(one))
        return
    best: dict[str, Option] = {}
    for need, table in asked.tables.items():
        for one in table.rules:  # the best first
            if asked.applies(one):
                best.setdefault(one.rule.arm, {}).setdefault(need, one)
    yield from (option for option in best.values() if len(option) == len(asked.tables))


def _behind(option: Option, asked: Asked) -> float:
    """Return how far an option is behind the rules advised for each need, in units of their regions."""
    total = 0.0
    for need, one in option.items():
        table, difference = asked.tables[need], one.best.value
        total += max(0.0, difference if table.lower else -difference) / table.region
    return total


def _harm(option: Option, asked: Asked) -> bool:
    """Whether it is worse than doing nothing, or than the best rule if that applies to such labels."""
    return any(
        one.nothing.worse >= SURE or (one.best.worse >= SURE and asked.applies(asked.tables[need].rules[0]))
        for need, one in option.items()
    )


def _row(option: Option, asked: Asked, verdict: VerdictName) -> AdviceRow:
    rules = tuple(one.rule for one in option.values())
    texts = [_texts(one, asked.tables[need]) for need, one in option.items()]
    reason, evidence, uncertainty = (
        ". ".join(f"{need}: {text}" for need, text in zip(option, by_need, strict=True))
        for by_need in zip(*texts, strict=True)
    )
    read = {}
    for need, rule in zip(option, rules, strict=True):
        as_it_is = "not corrected" if asked.tables[need].metric == "log_loss" and not reading(rule) else ""
        plain = "most probable class" if rule.rule == "0.5" else as_it_is
        read[need] = ", ".join(filter(None, (reading(rule), plain)))
    parts = "; ".join(f"{need}: {words}" for need, words in read.items() if words)
    several = f"{rules[0].arm} ({parts})" if parts else rules[0].arm
    return AdviceRow(  # no option is the beginning of another one
        option=", ".join(filter(None, (rules[0].arm, *read.values()))) if len(read) == 1 else several,
        verdict=verdict,
        reason=reason,
        evidence=evidence,
        uncertainty=uncertainty,
        how=code(rules, asked.costs),
    )


def _texts(one: Standing, table: Table) -> tuple[str, str, str]:
    """Return the reason, the evidence and the uncertainty of a rule for a need."""
    first = named(table.rules[0].rule)
    regret = f"regret of {_written(one.regret, '.4f')} in {table.metric} on public data sets"
    reason = f"{regret}; {_written(one.best)} compared with {first}"
    if one is table.rules[0]:
        reason = f"none of the {len(table.rules)} rules is surely better, or as good and simpler; {regret}"
    less = " (lower is better)" if table.lower else ""
    return (
        reason,
        f"on {table.datasets} public data sets of {table.families} families, in the regime {table.regime}, "
        f"its mean {table.metric} was {one.mean:.4f}{less}, {_written(one.nothing)} compared with "
        "doing nothing",
        f"on such data sets, it is worse than doing nothing with a probability of {one.nothing.worse:.2f}, "
        f"and worse than {first} by more than {table.region:g} with {one.best.worse:.2f}",
    )


def _written(interval: Estimate, how: str = "+.4f") -> str:
    return f"{interval.value:{how}} ({interval.low:{how}} to {interval.high:{how}})"
