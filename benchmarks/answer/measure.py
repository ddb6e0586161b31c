"""What `boostweights compare` recommends, on rows that it never saw.

    python -m benchmarks.answer.measure [--jobs N] [--minutes N] [--quick]

Each data set is written as a CSV file and read as a user's. Half of the rows, drawn anew in each split, are
compared and lead to a recommendation for each need; the recommended model is trained on all of them, as
`recommended.py` does, and measured on the other half. The simple rule of the need is measured beside it.
"""

from __future__ import annotations

import dataclasses
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import numpy as np
from sklearn import metrics as sk

import boostweights as bw
from benchmarks.answer.page import STORED, write
from benchmarks.experiment.run import Cell, Figures, Plan, measured
from boostweights.adapters.record import named_class
from boostweights.benchmark.compare.dataset import Roles, TableData, as_table_data
from boostweights.benchmark.compare.folds import table_folds
from boostweights.benchmark.compare.labels import as_read
from boostweights.benchmark.compare.plan import Wanted, table_plan, table_suite
from boostweights.benchmark.compare.recommend import answer
from boostweights.benchmark.data.load import load
from boostweights.benchmark.run.shared import Shared
from boostweights.benchmark.run.store import Store
from boostweights.benchmark.run.train import train
from boostweights.recommendation.figures import metrics_of
from boostweights.recommendation.options import TRIVIAL, Model
from boostweights.recommendation.recommend import Chosen
from boostweights.recommendation.recommendation import Recommendation
from boostweights.recommendation.worth import Worth
from boostweights.tables.files import read_rows

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
    code=4,
    settings={
        "policies": ("unweighted", "balanced", "costs"),
        "fn": 10.0,
        "folds": 5,
        "needs": ("costs", "f1", "probabilities", "ranking"),
    },
)
TARGET, GROUP = "the target", "the group"


def measure(cell: Cell) -> Figures:
    data = read_as_users_do(cell.dataset, cell.plan.rows)
    shown, rest = halves(data, cell.repeat)
    there = Deployed(data, shown, rest, np.array([0.0, 1.0, cell.plan.settings["fn"], 0.0]))
    return [
        {"need": need, "metric": name, "value": value}
        for need, recommendation, chosen in recommendations(take(data, shown), cell)
        for name, value in outcome(there, recommendation, chosen).items()
    ]


def read_as_users_do(name: str, most: int) -> TableData:
    """A data set, or a sample of so many rows, written as CSV and read."""
    dataset = load(name)
    rows = np.random.default_rng(0).permutation(len(dataset.y))[:most]
    dataset = dataset.take(np.sort(rows))
    frame = dataset.X.assign(**{TARGET: dataset.y})
    if dataset.group is not None:
        frame[GROUP] = dataset.group
    roles = Roles(
        target=TARGET,
        positive={"true": "True"}.get(dataset.positive, dataset.positive),  # as CSV files are read
        group=None if dataset.group is None else GROUP,
        categorical=dataset.categorical,
        drop=tuple(dataset.X.columns[dataset.X.notna().sum() == 0]),
    )
    with tempfile.TemporaryDirectory() as folder:
        frame.to_csv(path := Path(folder, "data.csv"), index=False)
        return as_table_data(read_rows(path), roles, name=name)


def halves(data: TableData, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Rows, or groups, at random: stratified, the halves would differ less than new rows do."""
    y, group = data.dataset.y == data.roles.positive, data.dataset.group
    unit = np.arange(len(y)) if group is None else np.asarray(group)
    units = np.random.default_rng((seed, 18)).permutation(np.unique(unit))
    shown = np.isin(unit, units[: len(units) // 2])
    return np.flatnonzero(shown), np.flatnonzero(~shown)


def take(data: TableData, rows: np.ndarray) -> TableData:
    return dataclasses.replace(data, dataset=data.dataset.take(rows))


def recommendations(data: TableData, cell: Cell) -> Iterator[tuple[str, Recommendation | None, Any]]:
    """What a comparison of the shown rows recommends, need by need; None where it is refused."""
    settings = cell.plan.settings
    wanted = Wanted(
        policies=settings["policies"],
        libraries=(cell.library,),
        fn=settings["fn"],
        folds=settings["folds"],
        trees=cell.plan.trees,
        seed=cell.repeat,
    )
    suite = table_suite(data, wanted, name="answer")
    arms = tuple(dataclasses.replace(arm, tune=False) for arm in suite.arms)
    suite = dataclasses.replace(suite, arms=arms, predictions=True)
    with tempfile.TemporaryDirectory() as folder:
        plan = table_plan(data, suite, table_folds(data, suite), Path(folder))
        with Store(Path(folder, "store.sqlite")) as store:
            store.begin_run({}, plan.data, plan.cells, suite.arms)
            shared = Shared()
            for model in plan.models.values():
                store.save(train(model, shared))
            for need in settings["needs"]:
                made = answer(store, plan, data, STORED.get(need, need))
                yield need, made.recommendation, made.chosen


def outcome(
    there: Deployed, recommendation: Recommendation | None, chosen: Chosen | None
) -> dict[str, float]:
    """What was expected and what came."""
    if recommendation is None or chosen is None:
        return {"refused": 1.0}
    expected, need = recommendation.expected[0], recommendation.need
    return {
        "refused": 0.0,
        "expected": expected.value,
        "low": expected.low,
        "high": expected.high,
        "fixed width": fixed_width(chosen, there.costs),
        "came": there.score(chosen.best, need),
        "simple came": there.score(chosen.simple, need),
        "is simple": float(chosen.best is chosen.simple),
        "positives": float(there.y[there.shown].sum()),
    }


def fixed_width(chosen: Chosen, costs: np.ndarray) -> float:
    """How wide the interval of the same model and threshold is, had they been fixed in advance.

    Of the rows that tested it and of as many new ones, resampled apart.
    """
    value = next(iter(metrics_of(chosen.need.metric, costs).values()))
    off = value(chosen.best.fixed) - float(value(chosen.best.whole)[0])
    off = off[np.isfinite(off)]
    new = np.random.default_rng(0).permutation(off)
    low, high = np.quantile(off + new, [0.05, 0.95])
    return float(high - low)


class Deployed:
    """Models trained on all rows that were shown, and what they come to on the others."""

    def __init__(self, data: TableData, shown: np.ndarray, rest: np.ndarray, costs: np.ndarray) -> None:
        self.y = data.dataset.y == data.roles.positive
        self.shown, self.costs = shown, costs
        self._data, self._rest = data.dataset, rest
        self._share = float(self.y[shown].mean())
        self._known: dict[str, np.ndarray] = {}

    def score(self, worth: Worth, need: str) -> float:
        truth = self.y[self._rest]
        proba, called = self._decided(worth)
        if need == "probabilities":
            return float(sk.log_loss(truth, proba))
        if need == "ranking":
            return float(sk.average_precision_score(truth, proba))
        fp, fn, tp = (float(part.sum()) for part in (called * ~truth, (1 - called) * truth, called * truth))
        if need == "costs":
            return float(self.costs[1] * fp + self.costs[2] * fn) / len(truth)
        return 2 * tp / max(2 * tp + fp + fn, 1.0)

    def _decided(self, worth: Worth) -> tuple[np.ndarray, np.ndarray]:
        """The probabilities, and which rows are called positive; in expectation where lots are drawn."""
        option = worth.option
        if option.model is None:
            called = {TRIVIAL[0]: 0.0, TRIVIAL[1]: 1.0}.get(option.trivial, self._share)
            return tuple(np.full(len(self._rest), each) for each in (self._share, called))
        proba = self._proba(option.model)
        return proba, (proba >= (1.0 if worth.threshold is None else worth.threshold)) * 1.0

    def _proba(self, model: Model) -> np.ndarray:
        if str(model) not in self._known:
            correct = {"none": False, "analytic": True, "fitted": "fitted"}[model.correction]
            estimator = named_class(model.classifier)(**model.settings)
            clf = bw.WeightedClassifier(estimator, weighting=model.policy, correct_proba=correct)
            X, y, group = self._data.X, as_read(self._data.y), self._data.group
            groups = {"groups": group[self.shown]} if correct == "fitted" and group is not None else {}
            clf.fit(X.iloc[self.shown], y[self.shown], **groups)
            positive = list(clf.classes_).index(y[self.y][0])
            self._known[str(model)] = clf.predict_proba(X.iloc[self._rest])[:, positive]
        return self._known[str(model)]


if __name__ == "__main__":
    write(*measured(PLAN, measure))
