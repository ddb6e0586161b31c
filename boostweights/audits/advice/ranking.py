"""The rules in order of preference, as rows of advice."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from boostweights.audits.advice.evidence import Interval, Standing, Table
from boostweights.audits.advice.result import AdviceRow, VerdictName
from boostweights.audits.advice.rules import WEIGHING, code, named, reading
from boostweights.weighting.counts import ClassCounts
from boostweights.weighting.policies.by_row import RowCosts
from boostweights.weighting.policies.costs import Costs

SURE: Final = 0.95
"""From this probability of harm on, a rule is to be avoided."""


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
        """Whether the labels lie outside of what was measured."""
        return any(table.beyond(self.counts) for table in self.tables.values())

    def applies(self, one: Standing) -> bool:
        """Whether a rule is a thing of its own on such labels."""
        binary = len(self.counts) == 2
        return (binary or one.rule.rule != "tuned") and not (self.level and one.rule.arm in WEIGHING)


Option = dict[str, Standing]
"""By need, how one way to train is read."""


def rows(asked: Asked) -> Iterator[AdviceRow]:
    """Yield the options in order of preference; those to be avoided are last."""
    ordered = sorted(options(asked), key=lambda option: _behind(option, asked))  # stable: as in the tables
    safe = [option for option in ordered if not _harm(option)]
    for place, option in enumerate([*safe, *(option for option in ordered if _harm(option))]):
        yield _row(option, asked, first=place == 0)


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
        table, difference = asked.tables[need], one.best.difference.value
        total += max(0.0, difference if table.lower else -difference) / table.region
    return total


def _harm(option: Option) -> bool:
    return any(one.nothing.worse >= SURE or one.best.worse >= SURE for one in option.values())


def _row(option: Option, asked: Asked, *, first: bool) -> AdviceRow:
    texts = {
        name: _by_need({need: write(one, asked.tables[need]) for need, one in option.items()})
        for name, write in (("reason", _reason), ("evidence", _evidence), ("uncertainty", _uncertainty))
    }
    return AdviceRow(
        option=_named(option),
        verdict=_verdict(option, asked, first=first),
        how=code(tuple(one.rule for one in option.values()), asked.costs),
        **texts,
    )


def _verdict(option: Option, asked: Asked, *, first: bool) -> VerdictName:
    if asked.beyond:
        return "consider"
    if _harm(option):
        return "avoid"
    return "use" if first else "consider"


def _named(option: Option) -> str:
    rules = {need: one.rule for need, one in option.items()}
    if len(rules) == 1:
        return named(next(iter(rules.values())))
    read = "; ".join(f"{need}: {reading(rule)}" for need, rule in rules.items() if reading(rule))
    arm = next(iter(rules.values())).arm
    return f"{arm} ({read})" if read else arm


def _by_need(texts: Mapping[str, str]) -> str:
    return ". ".join(f"{need}: {text}" for need, text in texts.items())


def _reason(one: Standing, table: Table) -> str:
    regret = f"regret {_written(one.regret, '.4f')} of {table.metric}"
    if one is table.rules[0]:
        return f"no other of {len(table.rules)} rules has less regret beyond doubt or is simpler, {regret}"
    return f"{regret}; beside {named(table.rules[0].rule)} {_written(one.best.difference)}"


def _evidence(one: Standing, table: Table) -> str:
    less = ", less is better" if table.lower else ""
    return (
        f"{table.metric} {one.mean:.4f}{less}, {_written(one.nothing.difference)} beside doing nothing; "
        f"regime {table.regime}, {table.families} families, {table.datasets} data sets"
    )


def _uncertainty(one: Standing, table: Table) -> str:
    return (
        f"P(worse than doing nothing) {one.nothing.worse:.2f}, P(behind the first by more than "
        f"{table.region:g}) {one.best.worse:.2f}"
    )


def _written(interval: Interval, how: str = "+.4f") -> str:
    return f"{interval.value:{how}} ({interval.low:{how}} to {interval.high:{how}})"
