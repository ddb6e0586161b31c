"""Warnings about a table, counted on the catalogue: false alarms, and planted faults that are found.

    python -m benchmarks.warnings.measure

Every set of the catalogue is checked as `boostweights compare` checks a table. A model that is too good is
looked for in the published results of all libraries and arms (benchmarks/results/fixed). Then each fault is
planted in each set. Last, "no evidence of skill" is counted on tables of noise and on the sets.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import Any, Final, TypeAlias

import numpy as np
import pandas as pd

from benchmarks.experiment.run import RESULTS
from benchmarks.warnings import skill
from benchmarks.warnings.page import write
from boostweights.audits.findings import Findings
from boostweights.benchmark.compare.checks import TOO_GOOD, Checked, too_good
from boostweights.benchmark.compare.dataset import TableData
from boostweights.benchmark.data.dataset import Dataset
from boostweights.benchmark.data.entries import catalogue
from boostweights.benchmark.data.load import load
from boostweights.benchmark.plan.splits import time_folds
from boostweights.tables.roles import Roles

OUT: Final = RESULTS / "warnings"
FOLDS: Final = 5
ROWS: Final = 6_000
"""Of a larger set a sample of so many rows gets the planted faults."""
FEW: Final = 15
ORDERS: Final = 20
"""Random orders in time, in none of which a share drifts."""

Timed: TypeAlias = tuple[Dataset, np.ndarray | None]
Fault: TypeAlias = Callable[[Dataset, np.random.Generator], Timed]


def found_in(dataset: Dataset, times: np.ndarray | None) -> Findings:
    """What the checks of `compare` say of a data set."""
    roles = Roles(target="target", positive=dataset.positive, time=None if times is None else "time")
    names = {str(name): str(name) for name in dataset.X}
    data = TableData(dataset=dataset, roles=roles, names=names, times=times)
    splits = () if times is None else tuple(time_folds(dataset, times, FOLDS))
    return Checked(data=data, splits=splits).findings


def with_column(dataset: Dataset, values: Any) -> Timed:
    """The data set with one more column."""
    return replace(dataset, X=dataset.X.assign(planted=np.asarray(values, float))), None


def target_itself(dataset: Dataset, rng: np.random.Generator) -> Timed:
    """One row in 500 has another row's value."""
    codes = np.unique(dataset.y, return_inverse=True)[1]
    other = rng.random(len(codes)) < 1 / 500
    return with_column(dataset, np.where(other, rng.permutation(codes), codes))


def after_event(dataset: Dataset, rng: np.random.Generator) -> Timed:
    """A column that is known of positives only."""
    values = rng.normal(size=len(dataset.y))
    return with_column(dataset, np.where(dataset.y == dataset.positive, values, np.nan))


def row_numbers(dataset: Dataset, rng: np.random.Generator) -> Timed:
    """A column that numbers the rows."""
    return with_column(dataset, 100_000 + 7 * rng.permutation(len(dataset.y)))


def one_value(dataset: Dataset, rng: np.random.Generator) -> Timed:
    """A column of ones."""
    return with_column(dataset, np.ones(len(dataset.y)))


def appended(dataset: Dataset, rng: np.random.Generator) -> Timed:
    """Each row twice."""
    return dataset.take(np.tile(np.arange(len(dataset.y)), 2)), None


def days(dataset: Dataset, rng: np.random.Generator) -> Timed:
    """A column of dates as whole numbers."""
    known = pd.date_range("2023-01-01", "2025-12-31").strftime("%Y%m%d").astype(int).to_numpy()
    return with_column(dataset, rng.choice(known, len(dataset.y)))


def with_positives(dataset: Dataset, rng: np.random.Generator, number: int | None = None) -> Timed:
    """So many positives; without a number, copies in random order, until there are as many as negatives."""
    positives = np.flatnonzero(dataset.y == dataset.positive)
    rest = np.flatnonzero(dataset.y != dataset.positive)
    if number is None:
        return dataset.take(rng.permutation(np.concatenate([rest, rng.choice(positives, len(rest))]))), None
    return dataset.take(np.sort(np.concatenate([rest, rng.choice(positives, number, replace=False)]))), None


def drifting(dataset: Dataset, rng: np.random.Generator) -> Timed:
    """Positives are twice as frequent in the last sixth as before."""
    n = len(dataset.y)
    weight = np.where(dataset.y == dataset.positive, 2.0, 1.0)
    late = rng.choice(n, n // (FOLDS + 1), replace=False, p=weight / weight.sum())
    order = rng.permutation(n)
    order[late] += n
    return dataset, np.argsort(np.argsort(order))


PLANTED: Final[Mapping[str, tuple[str, bool, Fault]]] = {
    "the target itself, one row in 500 wrong": ("leak", False, target_itself),
    "a number that only positives have": ("leak", True, after_event),
    "numbers that name rows": ("identifier", False, row_numbers),
    "days written as 20260131": ("date-as-number", False, days),
    "one value in all rows": ("constant", False, one_value),
    "positives copied until the classes balance": ("duplicates", True, with_positives),
    "the table appended to itself": ("duplicates", False, appended),
    f"all but {FEW} positives left out": ("few-positives", True, partial(with_positives, number=FEW)),
    "twice as many positives in the last sixth": ("drift", True, drifting),
}
"""Fault → the finding that it should be, whether it needs two classes, and how it is planted."""


def alarms(name: str) -> Iterator[tuple[str, str]]:
    """What is said of a set as it is: code and message."""
    dataset = load(name)
    for finding in found_in(dataset, dataset.time):
        yield finding.code, finding.message


def alarms_of_models(names: list[str]) -> dict[str, str]:
    """Which sets have a model in the published results that is too good, and its figures."""
    asked = [("metric", "in", list(TOO_GOOD)), ("rule", "=", "none"), ("proba", "=", "raw")]
    frame = pd.read_parquet(RESULTS / "fixed" / "metrics.parquet", filters=asked)
    means = frame.groupby(["dataset", "library", "arm", "metric"])["value"].mean().unstack()
    models: dict[str, dict[str, Any]] = {}
    for place, figures in means.to_dict("index").items():
        name, *model = map(str, place)  # type: ignore[call-overload]
        models.setdefault(name, {})[", ".join(model)] = figures
    findings = {name: too_good(models[name], {"x": 0.5}) for name in models if name in names}
    return {name: each[0].message.partition(";")[0] for name, each in findings.items() if each}


def planted_in(name: str) -> dict[str, bool | None]:
    """Fault → whether it is found; None where the set has more than two classes and the fault needs two."""
    rng = np.random.default_rng(0)
    whole = load(name)
    order = rng.permutation(len(whole.y))
    rare = whole.y[order] == whole.positive
    rows = [*order[rare][: ROWS // 3], *order[~rare]][:ROWS]
    dataset = whole.take(np.sort(rows))
    found: dict[str, bool | None] = {}
    for fault, (code, binary, plant) in PLANTED.items():
        positives = int((dataset.y == dataset.positive).sum())
        impossible = binary and (dataset.positive is None or positives <= FEW)
        found[fault] = None if impossible else code in found_in(*plant(dataset, rng)).codes()
    return found


def false_drifts(name: str) -> int:
    """In how many random orders the share is said to drift."""
    dataset = load(name)
    dataset = replace(dataset, X=dataset.X.iloc[:, :1])
    rng = np.random.default_rng(0)
    orders = (rng.permutation(len(dataset.y)) for _ in range(ORDERS))
    return sum("drift" in found_in(dataset, order).codes() for order in orders)


def main() -> None:
    """Look at all sets of the catalogue, and write the page."""
    names = list(catalogue().entries)
    two = catalogue().entries
    facts: dict[str, Any] = {
        "sets": names,
        "orders": ORDERS,
        "findings": {name: list(alarms(name)) for name in names},
        "planted": {name: planted_in(name) for name in names},
        "false_drifts": {name: false_drifts(name) if two[name].positive else None for name in names},
        "too_good": alarms_of_models(names),
        "models_of": sorted(set(pd.read_parquet(RESULTS / "fixed" / "cells.parquet")["dataset"])),
    }
    stated = pd.DataFrame(skill.on_tables())
    OUT.mkdir(parents=True, exist_ok=True)
    (OUT / "found.json").write_text(json.dumps(facts, indent=1) + "\n")
    stated.to_parquet(OUT / "skill.parquet", index=False)
    write(facts, stated, OUT)


if __name__ == "__main__":
    main()
