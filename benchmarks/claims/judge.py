"""Deciding claims. The rule is in the package's docstring."""

from __future__ import annotations

import dataclasses
import shlex
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np
import pandas as pd

from benchmarks.claims.claim import Claim
from benchmarks.claims.figures import Evidence, check_datasets, check_rope
from benchmarks.claims.verdict import ALL, Effect, Verdict, by_library
from benchmarks.stats.families import (
    Answer,
    answered,
    bootstrap_interval,
    by_family,
    hinges,
    prediction_interval,
    random_effects,
    shares,
)
from benchmarks.stats.paired import check_columns
from benchmarks.stats.within import per_dataset
from boostweights.benchmark.report.tables import by_regime
from boostweights.benchmark.stats import FEWEST_FAMILIES, LEVEL, mean_interval
from boostweights.errors import check_known, check_type


def judge(
    claims: Iterable[Claim],
    metrics: pd.DataFrame,
    datasets: pd.DataFrame,
    rope: Mapping[str, float],
    *,
    ids: Sequence[str] | None = None,
    runs: Sequence[str] = ("RUN",),
) -> list[Verdict]:
    """Return a verdict for each claim in each regime that measured it; one that says why if none did.

    Parameters
    ----------
    claims : iterable of Claim
        All claims of their groups; `load_claims` gives those that come with the package.
    metrics : pandas.DataFrame
        A run's figures: columns family, dataset, library, repeat, fold, arm, rule, proba, metric, value; if
        there are several, regime and split.
    datasets : pandas.DataFrame
        A row a data set: dataset, family, task, and what claims choose data sets by.
    rope : mapping of str to float
        By metric, the half-width of practical equivalence that was fixed before the run. A claim about a
        metric without one is unclear.
    ids : sequence of str, optional
        Judge only these of the claims. The others of a group count all the same: its size sets the level.
    runs : sequence of str
        The runs' directories, for the command that makes a verdict again.

    Raises
    ------
    InvalidTypeError, InvalidValueError
        If a table or a half-width cannot serve, or an id is unknown.
    """
    check_columns(metrics)
    check_datasets(datasets, metrics)
    check_rope(rope)
    known = list(claims)
    regimes = {name: dict(list(part.groupby("metric"))) for name, part in by_regime(metrics).items()}
    for claim in known:
        check_type(claim, Claim, "claims must be of the class Claim", "Use load_claims().")
    for name in ids or ():
        check_known(name, [claim.id for claim in known], "a claim must be known")
    sizes = Counter(claim.group for claim in known)
    split = str(metrics["split"].iloc[0]) if "split" in metrics.columns and len(metrics) else None
    found = []
    for claim in known:
        if not ids or claim.id in ids:
            verdicts = [
                _judged(claim, regime, Evidence.of(claim, figures, datasets, rope, split), sizes[claim.group])
                for regime, by_metric in regimes.items()
                for figures in [by_metric.get(claim.metric, metrics.iloc[:0])]
            ]
            measured = [verdict for verdict in verdicts if verdict.effects] or verdicts[:1]
            found += [dataclasses.replace(verdict, command=_command(claim, runs)) for verdict in measured]
    return sorted(found, key=lambda verdict: list(regimes).index(verdict.regime))


def _command(claim: Claim, runs: Sequence[str]) -> str:
    return f"python -m benchmarks.claims {shlex.join(runs)} --claim {shlex.quote(claim.id)}"


def _judged(claim: Claim, regime: str, evidence: Evidence, size: int) -> Verdict:
    level = 1 - (1 - LEVEL) / size
    none = Verdict(claim=claim, regime=regime, answer="unclear", reason="", rope=evidence.rope, level=level)
    if reason := _not_measured(claim, evidence):
        return dataclasses.replace(none, reason=reason)
    table = per_dataset(evidence.pairs(claim))
    effects = tuple(_effects(table, evidence.rope, level))
    families = table["family"].nunique()
    answer, reason = _decided(effects, families, evidence.rope, claim)
    missing, planned = int((table["planned"] - table["n"]).sum()), int(table["planned"].sum())
    size_of = "size of the difference beyond that of the noise" if claim.floor else "difference"
    return dataclasses.replace(
        none,
        answer=answer,
        reason=reason,
        measure=f"mean {size_of} in {claim.metric}",
        effects=effects,
        families=families,
        datasets=table["dataset"].nunique(),
        details=(f"{missing} of {planned} pairs lack a figure on one side.",) if missing else (),
    )


def _not_measured(claim: Claim, evidence: Evidence) -> str:
    if evidence.metrics["value"].isna().all():
        among = "" if claim.where is None else " among the data sets that the claim is about"
        split = "" if claim.split is None else f" with splits of the kind “{claim.split}”"
        return f"Not in this run: no {claim.metric}{split}{among}."
    needed = [side for side in (claim.a, claim.b, claim.floor) if side is not None]
    if absent := evidence.absent(needed):
        return f"Not in this run: no {claim.metric} of {' and '.join(map(str, absent))}."
    return ""


def _effects(table: pd.DataFrame, rope: float | None, level: float) -> Iterator[Effect]:
    """Yield the mean over libraries, then each library that has two families or more."""
    effects = by_family(table)
    wide = effects.pivot(index="family", columns="library", values="difference").dropna()
    if len(wide) > 1:
        together = wide.mean(axis=1)
        yield _effect(ALL, together, None, rope, level)
    for library, part in effects.groupby("library"):
        found = part.set_index("family")
        if len(found) > 1:
            yield _effect(str(library), found["difference"], found["variance"], rope, level)


def _effect(
    library: str,
    found: pd.Series[float],
    variances: pd.Series[float] | None,
    rope: float | None,
    level: float,
) -> Effect:
    values = found.to_numpy(dtype=np.float64)
    interval = mean_interval(values, level)
    enough = rope is not None and len(values) >= FEWEST_FAMILIES
    return Effect(
        library=library,
        interval=interval,
        answer=answered(interval, rope) if enough and rope is not None else "unclear",
        hinges=_names(found, hinges(values, rope, level)) if enough and rope is not None else (),
        sd=float(values.std(ddof=1)),
        median=float(np.median(values)),
        prediction=prediction_interval(values),
        bootstrap=bootstrap_interval(values),
        weighted=None if variances is None else random_effects(values, variances.to_numpy()),
        shares=None if rope is None else shares(values, rope),
        families={str(family): float(value) for family, value in found.items()},
    )


def _names(found: pd.Series[float], places: Iterable[int]) -> tuple[str, ...]:
    return tuple(str(found.index[place]) for place in places)


def _decided(
    effects: Sequence[Effect], families: int, rope: float | None, claim: Claim
) -> tuple[Answer, str]:
    if rope is None:
        return "unclear", f"The suite fixed no region of practical equivalence for {claim.metric}."
    fewest = min((len(effect.families) for effect in effects), default=families)
    if fewest < FEWEST_FAMILIES:
        words = f"Only {fewest} of at least {FEWEST_FAMILIES} families of data sets have both sides"
        return "unclear", f"{words}." if len(effects) < 3 else f"{words} in every library."
    answers = {effect.answer for effect in effects}
    if len(answers) == 1 and "unclear" not in answers and not any(effect.hinges for effect in effects):
        return answers.pop(), _WORDS[effects[0].answer].format(_libraries(effects), rope)
    return "unclear", " ".join(_doubts(effects))


def _libraries(effects: Sequence[Effect]) -> str:
    names = [effect.library for effect in effects if effect.library != ALL]
    return f"each of {len(names)} libraries" if len(names) > 1 else names[0]


_WORDS: dict[Answer, str] = {
    "higher": "In {0} the interval lies above +{1:g}, whichever family is left out.",
    "lower": "In {0} the interval lies below -{1:g}, whichever family is left out.",
    "equivalent": "In {0} the interval lies within ±{1:g}, whichever family is left out.",
}


def _doubts(effects: Sequence[Effect]) -> Iterator[str]:
    """Yield what keeps libraries from one answer."""
    found = by_library(effects)
    yield f"{found[0].upper()}{found[1:]}."
    if len({effect.in_words for effect in effects}) > 1 and effects[0].answer == "unclear":
        yield f"In the mean over libraries {effects[0].in_words.rstrip(',')}."
    for effect in effects[1:] if len(effects) == 2 else effects:
        if effect.hinges and effect.answer != "unclear":
            where = "the mean over libraries" if effect.library == ALL else effect.library
            yield f"The answer of {where} hangs on {_first(effect.hinges)}."


def _first(names: Sequence[str], most: int = 3) -> str:
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return f"{', '.join(names[:most])}{more}"
