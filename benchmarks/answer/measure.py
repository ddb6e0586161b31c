"""What `boostweights compare` recommends, on rows that it never saw.

    python -m benchmarks.answer.measure [--jobs N] [--minutes N] [--quick]

Each data set is written as a CSV file and read as a user's. Half of the rows, drawn anew in each split, are
compared and lead to a recommendation for each need. Everything that competed is trained on all of them, as
`recommended.py` does, and measured on the other half: each figure that a page prints with an interval.
"""

from __future__ import annotations

import dataclasses
import tempfile
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
from sklearn import metrics as sk

import boostweights as bw
from benchmarks.answer.page import write
from benchmarks.experiment.run import Cell, Figures, Plan, measured
from boostweights.adapters.record import named_class
from boostweights.benchmark.compare.dataset import TableData, as_table_data
from boostweights.benchmark.compare.folds import table_folds
from boostweights.benchmark.compare.plan import Wanted, table_plan, table_suite
from boostweights.benchmark.compare.recommend import answer
from boostweights.benchmark.data.load import load
from boostweights.benchmark.run.store import Store
from boostweights.benchmark.run.train import train
from boostweights.errors import InvalidValueError
from boostweights.probabilities.promises import Promised
from boostweights.probabilities.thresholds import COUNTS
from boostweights.recommendation.evidence import expected_counts, share_of
from boostweights.recommendation.figures import metrics_of
from boostweights.recommendation.needs import promised_need
from boostweights.recommendation.options import TRIVIAL, Model
from boostweights.recommendation.recommend import Chosen
from boostweights.recommendation.worth import Worth
from boostweights.tables.files import read_file
from boostweights.tables.reading import Reading
from boostweights.tables.roles import Roles
from boostweights.tables.target import as_read

PLAN: Final = Plan(
    name="answer",
    data=(
        *("yeast4", "abalone19", "car-good", "kr-vs-k-zero_vs_eight", "winequality-red-4", "pc1", "hmda"),
        *("hypothyroid", "page-blocks0", "satimage4", "caravan", "email-spam", "lending-club", "taxi-cancel"),
        *("churn-tv", "sylva", "nass-crash", "vietnam-injury", "mpls-vehicle-search", "bank-marketing"),
        *("pakdd2009", "give-me-credit", "adult", "protein-homology", "hiva"),
    ),
    libraries=("lightgbm",),
    rows=4_000,
    trees=50,
    repeats=10,
    folds=1,
    code=7,
    settings={
        "policies": ("unweighted", "balanced", "costs"),
        "fn": 10.0,
        "needs": ("costs", "decisions", "probabilities", "ranking"),
        "promises": ({"recall": 0.9}, {"alarms": 0.05}),
    },
)
TARGET, GROUP = "the target", "the group"


def measure(cell: Cell) -> Figures:
    """What one comparison of half of the rows recommends, and what comes of it on the other half."""
    data = read_as_users_do(cell.dataset, cell.plan.rows)
    shown, rest = halves(len(data.dataset.y), data.dataset.group, cell.repeat)
    there = Deployed(data, shown, rest, np.array([0.0, 1.0, cell.plan.settings["fn"], 0.0]))
    return [
        {"need": need, **facts}
        for need, promised, chosen in choices(take(data, shown), cell)
        for facts in outcomes(there, promised, chosen)
    ]


def read_as_users_do(name: str, most: int) -> TableData:
    """A data set, or a sample of so many rows, written as CSV and read."""
    frame, roles = as_frame(name, most)
    with tempfile.TemporaryDirectory() as folder:
        frame.to_csv(path := Path(folder, "data.csv"), index=False)
        return as_table_data(read_file(path, Reading()), roles, name=name)


def as_frame(name: str, most: int) -> tuple[pd.DataFrame, Roles]:
    """A data set, or a sample of so many rows, as one frame, and what its columns are."""
    dataset = load(name)
    rows = np.random.default_rng(0).permutation(len(dataset.y))[:most]
    dataset = dataset.take(np.sort(rows))
    frame = dataset.X.assign(**{TARGET: dataset.y})
    if dataset.group is not None:
        frame[GROUP] = dataset.group
    roles = Roles(
        target=TARGET,
        positive="True" if dataset.positive == "true" else dataset.positive,  # as CSV files are read
        group=None if dataset.group is None else GROUP,
        categorical=dataset.categorical,
        drop=tuple(dataset.X.columns[dataset.X.notna().sum() == 0]),
    )
    return frame, roles


def halves(rows: int, group: Any, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Rows, or groups, at random: stratified, the halves would differ less than new rows do."""
    unit = np.arange(rows) if group is None else np.asarray(group)
    units = np.random.default_rng((seed, 18)).permutation(np.unique(unit))
    shown = np.isin(unit, units[: len(units) // 2])
    return np.flatnonzero(shown), np.flatnonzero(~shown)


def take(data: TableData, rows: np.ndarray) -> TableData:
    """The table of these rows."""
    return dataclasses.replace(data, dataset=data.dataset.take(rows))


def choices(data: TableData, cell: Cell) -> Iterator[tuple[str, Promised | None, Chosen | None]]:
    """What comparisons of the shown rows recommend, need by need; None where one is refused."""
    settings = cell.plan.settings
    for promised in (None, *(Promised(**rates) for rates in settings["promises"])):
        needs = settings["needs"] if promised is None else [promised_need(promised)]
        try:
            compared = _compared(data, cell, promised, needs)
        except InvalidValueError:  # too few rows for the promise
            compared = dict.fromkeys(needs)
        for need, chosen in compared.items():
            yield need, promised, chosen


def _compared(
    data: TableData, cell: Cell, promised: Promised | None, needs: Iterable[str]
) -> dict[str, Chosen | None]:
    """What one comparison recommends for each need."""
    settings = cell.plan.settings
    wanted = Wanted(
        policies=settings["policies"],
        libraries=(cell.library,),
        fn=settings["fn"],
        trees=cell.plan.trees,
        seed=cell.repeat,
        promised=promised,
    )
    suite = table_suite(data, wanted, name="answer")
    arms = tuple(dataclasses.replace(arm, tune=False) for arm in suite.arms)
    suite = dataclasses.replace(suite, arms=arms, settings={})  # as published: the library's own
    with tempfile.TemporaryDirectory() as folder:
        plan = table_plan(data, suite, table_folds(data, suite), Path(folder))
        with Store(Path(folder, "store.sqlite")) as store:
            store.begin_run({}, plan.data, plan.cells, suite.arms)
            for model in plan.models.values():
                store.save(train(model))
            return {need: answer(store, plan, data, need).chosen for need in needs}


def outcomes(there: Deployed, promised: Promised | None, chosen: Chosen | None) -> Figures:
    """What was expected and what came: the figures of the recommended, its four counts, those of all else."""
    if chosen is None:
        return [{"role": "recommended", "of": "", "metric": "refused", "value": 1.0}]
    best, metric = chosen.best, chosen.need.metric
    values_of = metrics_of(metric, there.costs)
    facts: Figures = [
        {"role": "recommended", "of": metric, "metric": name, "value": value}
        for name, value in {
            "refused": 0.0,
            "simple came": float(values_of[metric](there.came(chosen.simple, chosen, promised))[0]),
            "is simple": float(best is chosen.simple),
            "positives": float(there.y[there.shown].sum()),
        }.items()
    ]
    came = there.came(best, chosen, promised)
    printed = [("recommended", figure, best, came, values_of[figure.metric]) for figure in chosen.expected]
    if len(came) == len(COUNTS):
        counts = expected_counts(best)
        printed += [("count", counts[at], best, came, partial(share_of, at)) for at in range(len(COUNTS))]
    printed += [
        (_role(worth), figure, worth, there.came(worth, chosen, promised), values_of[metric])
        for worth, figure in chosen.rivals
    ]
    for role, figure, worth, outcome, value_of in printed:
        found = {"value": figure.value, "low": figure.low, "high": figure.high}
        found |= {"came": float(value_of(outcome)[0]), "fixed width": fixed_width(worth, value_of)}
        facts += [
            {"role": role, "of": figure.metric, "option": str(worth.option), "metric": name, "value": value}
            for name, value in found.items()
        ]
    return facts


def _role(worth: Worth) -> str:
    return "rival" if worth.option.model is not None else "without a model"


def fixed_width(worth: Worth, value_of: Callable[[np.ndarray], np.ndarray]) -> float:
    """How wide the interval of the same model and threshold is, had they been fixed in advance.

    Of the rows that tested it and of as many new ones, resampled apart.
    """
    off = value_of(worth.fixed)
    off = off[np.isfinite(off)]
    low, high = np.quantile(off + np.random.default_rng(0).permutation(off), [0.05, 0.95])
    return float(high - low)


class Deployed:
    """Models trained on all rows that were shown, and what they come to on the others."""

    def __init__(self, data: TableData, shown: np.ndarray, rest: np.ndarray, costs: np.ndarray) -> None:
        self.y = data.dataset.y == data.roles.positive
        self.shown, self.costs = shown, costs
        self._data, self._rest = data.dataset, rest
        self._share = float(self.y[shown].mean())
        self._known: dict[str, np.ndarray] = {}

    def came(self, worth: Worth, chosen: Chosen, promised: Promised | None) -> np.ndarray:
        """The outcome on the other rows, (f, 1): tn, fp, fn and tp, or the figure of probabilities."""
        truth, option = self.y[self._rest], worth.option
        if option.model is None:
            proba = np.full(len(truth), self._share)
            called = np.full(len(truth), {TRIVIAL[0]: 0.0, TRIVIAL[1]: 1.0}.get(option.trivial, self._share))
        elif option.rule == "promised":
            called = self._fitted(option.model, promised)
        else:
            proba = self._fitted(option.model, None)
            threshold = {"0.5": 0.5}.get(option.rule, worth.threshold)
            called = (proba >= (1.0 if threshold is None else threshold)) * 1.0
        if chosen.need.metric == "log_loss":
            return np.array([[sk.log_loss(truth, proba)]])
        if chosen.need.metric == "average_precision":
            return np.array([[sk.average_precision_score(truth, proba)]])
        sides = (1 - called) * ~truth, called * ~truth, (1 - called) * truth, called * truth
        return np.array([[side.sum()] for side in sides])

    def _fitted(self, model: Model, promised: Promised | None) -> np.ndarray:
        """Probabilities of the positive class, or with a promise whether it flags a row."""
        name = f"{model}, {promised}"
        if name not in self._known:
            correct = {"none": False, "analytic": True, "fitted": "fitted"}[model.correction]
            estimator = named_class(model.classifier)(**model.settings)
            X, y, group = self._data.X, as_read(self._data.y), self._data.group
            positive = y[self.y][0]
            settings: dict[str, Any] = {"correct_proba": correct}
            if promised is not None:
                settings |= {"threshold": promised, "pos_label": positive}
            clf = bw.WeightedClassifier(estimator, model.policy, **settings)
            if correct != "fitted" and promised is None:
                group = None  # nothing is held out
            clf.fit(X.iloc[self.shown], y[self.shown], groups=None if group is None else group[self.shown])
            rest = X.iloc[self._rest]
            at = list(clf.classes_).index(positive)
            self._known[name] = (
                clf.predict_proba(rest)[:, at] if promised is None else (clf.predict(rest) == positive) * 1.0
            )
        return self._known[name]


if __name__ == "__main__":
    write(*measured(PLAN, measure))
