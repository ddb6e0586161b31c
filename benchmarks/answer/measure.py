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
import pandas as pd
from sklearn import metrics as sk

import boostweights as bw
from benchmarks.answer.page import write
from benchmarks.experiment.run import Cell, Figures, Plan, measured
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
from boostweights.recommendation.options import TRIVIAL, Option
from boostweights.recommendation.recommend import Chosen
from boostweights.recommendation.recommendation import Recommendation
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
    rows=5_000,
    trees=50,
    repeats=10,
    folds=1,
    code=1,
    settings={
        "policies": ("unweighted", "sqrt_balanced", "balanced", "costs"),
        "fn": 10.0,
        "folds": 5,
        "needs": ("costs", "f1", "probabilities", "ranking"),
    },
)
TARGET, GROUP = "the target", "the group"


def measure(cell: Cell) -> Figures:
    data = read_as_users_do(cell.dataset, cell.plan.rows)
    shown, rest = halves(data, cell.repeat)
    found: Figures = []
    for need, recommendation, chosen in recommendations(take(data, shown), cell):
        found += [
            {"need": need, "metric": name, "value": value}
            for name, value in outcome(data, shown, rest, recommendation, chosen, cell).items()
        ]
    return found


def read_as_users_do(name: str, most: int) -> TableData:
    """A data set, or a sample of so many rows, written as CSV and read."""
    dataset = load(name)
    rng = np.random.default_rng(0)
    unit = np.arange(len(dataset.y)) if dataset.group is None else np.asarray(dataset.group)
    order = rng.permutation(np.unique(unit))
    place = np.argsort(order)[np.searchsorted(np.unique(unit), unit)]
    dataset = dataset.take(np.sort(np.argsort(place, kind="stable")[:most]))
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
                made = answer(store, plan, data, need)
                yield need, made.recommendation, made.chosen


def outcome(
    data: TableData,
    shown: np.ndarray,
    rest: np.ndarray,
    recommendation: Recommendation | None,
    chosen: Chosen | None,
    cell: Cell,
) -> dict[str, float]:
    """What was expected and what came."""
    if recommendation is None or chosen is None:
        return {"refused": 1.0}
    costs = np.array([0.0, 1.0, cell.plan.settings["fn"], 0.0])
    scores = {}
    for name, worth in (("recommended", chosen.best), ("simple", chosen.simple)):
        scores[name] = scored(data, shown, rest, worth.option, worth.threshold, recommendation.need, costs)
    expected = recommendation.expected[0]
    return {
        "refused": 0.0,
        "expected": expected.value,
        "low": expected.low,
        "high": expected.high,
        "fixed width": fixed_width(chosen, costs),
        "came": scores["recommended"],
        "simple came": scores["simple"],
        "is simple": float(chosen.best is chosen.simple),
        "positives": float((data.dataset.y[shown] == data.roles.positive).sum()),
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


def scored(
    data: TableData,
    shown: np.ndarray,
    rest: np.ndarray,
    option: Option,
    threshold: float | None,
    need: str,
    costs: np.ndarray,
) -> float:
    """What an option comes to on the other rows, its model trained on all that were shown."""
    y = data.dataset.y == data.roles.positive
    share = float(y[shown].mean())
    if option.model is None:
        proba = np.full(len(rest), share)
        called = np.full(len(rest), {TRIVIAL[0]: 0.0, TRIVIAL[1]: 1.0}.get(option.trivial, share))
    else:
        correct = {"none": False, "analytic": True, "fitted": "fitted"}[option.model.correction]
        made = option.model
        module, _, name = made.classifier.partition(":")
        estimator = getattr(__import__(module, fromlist=[name]), name)(**made.settings)
        clf = bw.WeightedClassifier(estimator, weighting=made.policy, correct_proba=correct)
        labels = as_read(data.dataset.y)
        X = data.dataset.X
        groups = None if data.dataset.group is None else data.dataset.group[shown]
        clf.fit(X.iloc[shown], labels[shown], **({} if correct != "fitted" else {"groups": groups}))
        positive = labels[np.flatnonzero(y)[0]]
        proba = clf.predict_proba(X.iloc[rest])[:, list(clf.classes_).index(positive)]
        called = proba >= {"0.5": 0.5, "costs": costs[1] / (costs[1] + costs[2])}.get(option.rule, threshold or 0)
    truth = y[rest]
    if need == "probabilities":
        return float(sk.log_loss(truth, proba))
    if need == "ranking":
        return float(sk.average_precision_score(truth, proba))
    fp, fn, tp = (float(part.sum()) for part in (called * ~truth, (1 - called) * truth, called * truth))
    return (costs[1] * fp + costs[2] * fn) / len(truth) if need == "costs" else 2 * tp / (2 * tp + fp + fn)


if __name__ == "__main__":
    write(*measured(PLAN, measure))
