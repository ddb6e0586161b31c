"""The suite and the plan of a comparison on a user's own table."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from boostweights.benchmark.compare.arms import check_arms, named_arms
from boostweights.benchmark.compare.dataset import TableData
from boostweights.benchmark.compare.describe import as_lines, described
from boostweights.benchmark.compare.folds import can_tune
from boostweights.benchmark.data.dataset import write
from boostweights.benchmark.plan.learners import LEARNERS, installed_distribution
from boostweights.benchmark.plan.plan import Plan, make_plan
from boostweights.benchmark.plan.splits import Split
from boostweights.benchmark.plan.suite import Suite, load_suite
from boostweights.benchmark.plan.weighting import Cost
from boostweights.errors import InvalidValueError, did_you_mean, shown

__all__ = ["Wanted", "table_plan", "table_suite"]

_POLICIES: Final = ("unweighted", "sqrt_balanced", "balanced")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is to be compared; empty for the usual.

    Attributes
    ----------
    policies : sequence of str
        Names of policies and of the default suite's arms. By default unweighted, sqrt_balanced, balanced, and
        costs where they are given.
    libraries : sequence of str
        By default those that are installed.
    fn, fp : float or None
        What a missed positive and a false alarm cost.
    folds, repeats, trees, max_rows, seed : int
        As a `Suite` has them.
    seconds_per_model : float
        As a `Suite` has it.
    """

    policies: Sequence[str] = ()
    libraries: Sequence[str] = ()
    fn: float | None = None
    fp: float | None = None
    folds: int = 5
    repeats: int = 1
    trees: int = 100
    max_rows: int = 0
    seed: int = 0
    seconds_per_model: float = 600.0


def table_suite(data: TableData, wanted: Wanted, *, name: str) -> Suite:
    """Return the suite of a comparison.

    Raises
    ------
    InvalidValueError
        If a policy or library is unknown, an arm applies nowhere, or numbers can't serve.
    """
    _check_numbers(data, wanted)
    libraries = tuple(dict.fromkeys(wanted.libraries)) or _installed()
    for library in libraries:
        if library not in LEARNERS:
            raise InvalidValueError(
                "a library must be known", shown(library), did_you_mean(library, LEARNERS)
            )
    arms = named_arms(wanted.policies or (*_POLICIES, *(["costs"] if wanted.fn is not None else [])))
    check_arms(arms, libraries, 2 if data.roles.positive is not None else 3)
    cost = Cost() if wanted.fn is None else Cost(fn=wanted.fn, fp=1.0 if wanted.fp is None else wanted.fp)
    return dataclasses.replace(
        load_suite("default"),
        name=name,
        title=f"Class weights on {data.dataset.name}",
        data=(data.dataset.name,),
        libraries=libraries,
        arms=arms,
        folds=wanted.folds,
        repeats=wanted.repeats,
        split=data.split,
        trees=wanted.trees,
        seed=wanted.seed,
        seconds_per_model=wanted.seconds_per_model,
        max_rows=wanted.max_rows,
        costs={"": cost},
    )


def table_plan(data: TableData, suite: Suite, splits: Sequence[Split], directory: Path) -> Plan:
    """Return the plan of a comparison; the data set is written beside the run, for its workers.

    Thresholds are tuned where every training fold has enough rows of each class.

    Parameters
    ----------
    data : TableData
        The table.
    suite : Suite
        As `table_suite` makes it.
    splits : sequence of Split
        As `table_folds` makes them.
    directory : Path
        The run's.

    Raises
    ------
    StoreError
        If there is no space left for the data set.
    """
    if not can_tune(data.dataset, splits):
        suite = dataclasses.replace(
            suite, arms=tuple(dataclasses.replace(arm, tune=False) for arm in suite.arms)
        )
    # named by content: another run under this name may still be reading its own
    path = directory / f"data-{data.dataset.digest[:16]}.parquet"
    if not path.exists():
        write(data.dataset, path)
    plan = make_plan(suite, {data.dataset.name: path}, split=lambda _dataset, _suite: splits)
    used_as = {"used_as": as_lines(described(data, suite, splits))}
    about = tuple(dataclasses.replace(one, facts={**one.facts, **used_as}) for one in plan.data)
    return dataclasses.replace(plan, data=about)


def _installed() -> tuple[str, ...]:
    return tuple(name for name, learner in LEARNERS.items() if installed_distribution(learner) is not None)


def _check_numbers(data: TableData, wanted: Wanted) -> None:
    costs = [number for number in (wanted.fn, wanted.fp) if number is not None]
    if data.times is not None and wanted.repeats > 1:
        raise InvalidValueError(
            "a split by time is made once",
            f"--repeats {wanted.repeats}",
            "Leave it out.",
        )
    if costs and data.roles.positive is None:
        raise InvalidValueError("--fn and --fp are for two classes", "more than two", "Leave them out.")
    if not all(0 < number < float("inf") for number in costs):
        raise InvalidValueError("--fn and --fp must be positive and finite", shown(costs), "Change them.")
    if wanted.fn is None and (wanted.fp is not None or "costs" in wanted.policies):
        raise InvalidValueError("costs must say --fn", "none", "Add, for example, --fn 50 --fp 1.")
