"""What `compare` recommends next to what other tools give, on a file that none of them read.

    python -m benchmarks.answer.rivals [--jobs N] [--minutes N] [--resume] [--quick]

Each data set is written as two CSV files, half of its rows each. `compare` reads the first one; the model
that it writes is loaded and scores the second one. The rivals are trained on the same features of the same
rows.
"""

from __future__ import annotations

import resource
import subprocess
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Final
from unittest.mock import patch

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from lightgbm import LGBMClassifier
from scipy.stats import loguniform, randint, uniform
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.metrics import f1_score, log_loss, make_scorer
from sklearn.model_selection import (
    ParameterSampler,
    StratifiedGroupKFold,
    StratifiedKFold,
    TunedThresholdClassifierCV,
)
from sklearn.pipeline import Pipeline

import boostweights as bw
from benchmarks.answer.measure import GROUP, PLAN, TARGET, as_frame, halves
from benchmarks.answer.rivalspage import write
from benchmarks.experiment.run import ROOT, Cell, Figures, Plan, measured
from boostweights.benchmark.plan.plan import Model
from boostweights.benchmark.run import pools
from boostweights.benchmark.run.result import Result
from boostweights.benchmark.run.train import attempt
from boostweights.recommendation.options import TRIVIAL
from boostweights.serving.scoring import load_model, save_model, score_file
from boostweights.tables.files import read_file
from boostweights.tables.linear import LinearClassifier
from boostweights.tables.preparation import TablePreparation
from boostweights.tables.reading import Reading
from boostweights.tables.roles import Roles, kept_as_text

FLAML: Final = ROOT / ".venv-flaml" / "bin" / "python"
NEEDS: Final = ("costs", "decisions", "probabilities")
SPACE: Final = {
    "n_estimators": randint(50, 500),
    "learning_rate": loguniform(0.01, 0.3),
    "num_leaves": randint(4, 64),
    "min_child_samples": randint(5, 60),
    "reg_lambda": loguniform(1e-3, 30),
    "colsample_bytree": uniform(0.4, 0.6),
    "subsample": uniform(0.5, 0.5),
    "subsample_freq": [1],
}
Make = Callable[[np.ndarray], Any]
"""Returns a classifier to be fitted on these of the shown rows."""


class Rivals(Plan):
    """A plan whose cells go split by split, in a split the slow ways later, and the widest data set last."""

    def cells(self) -> Iterator[Cell]:
        """Whenever a run stops, the data sets have about equally many splits."""
        later = {"configurations": 1, "FLAML": 2, "default": 3}
        yield from sorted(
            super().cells(),
            key=lambda cell: (cell.repeat, cell.dataset == "hiva", later.get(cell.library, 0)),
        )


def measure(cell: Cell) -> Figures:
    """What one way, or two that are alike, come to on the second file for each need."""
    frame, roles = as_frame(cell.dataset, cell.plan.rows)
    shown, rest = halves(len(frame), frame.get(GROUP), cell.repeat)
    with tempfile.TemporaryDirectory() as folder:
        for name, rows in (("shown.csv", shown), ("new.csv", rest)):
            frame.iloc[rows].to_csv(Path(folder, name), index=False)
        task = Task(cell, roles, Path(folder))
        return [figure for way in WAYS[cell.library](task) for figure in way.figures(task)]


class Task:
    """The two files of a split, read: features and labels, and folds of the shown rows."""

    def __init__(self, cell: Cell, roles: Roles, folder: Path) -> None:
        self.cell, self.roles, self.folder = cell, roles, folder
        self.settings, self.seed = cell.plan.settings, cell.repeat
        self.threshold = 1 / (1 + self.settings["fn"])
        reading = kept_as_text(Reading(), roles)
        self.table, new = (read_file(folder / name, reading).rows for name in ("shown.csv", "new.csv"))
        self.y, self.truth = (self._positive(rows) for rows in (self.table, new))
        used = [name for name in (TARGET, GROUP) if name in self.table.column_names]
        self.features = self.table.drop_columns(used)
        preparation = TablePreparation(categorical=roles.categorical, drop=roles.drop)
        self.X = preparation.fit_transform(self.features)
        self.new = preparation.transform(new)
        self.group = None
        if roles.group is not None:
            self.group = self.table[GROUP].to_pandas().astype(str).to_numpy()

    def _positive(self, rows: pa.Table) -> np.ndarray:
        return np.array([str(label) == self.roles.positive for label in rows[TARGET].to_pylist()])

    def folds(self, rows: np.ndarray) -> list[tuple[np.ndarray, np.ndarray]]:
        """Five stratified folds of these rows; groups stay together."""
        kind = StratifiedKFold if self.group is None else StratifiedGroupKFold
        folds = kind(self.settings["folds"], shuffle=True, random_state=self.seed)
        group = None if self.group is None else self.group[rows]
        return list(folds.split(rows, self.y[rows], group))

    def out_of_fold(self, make: Make) -> np.ndarray:
        """Probabilities of each shown row by a model that was trained without its fold."""
        proba = np.empty(len(self.y))
        for train, test in self.folds(every := np.arange(len(self.y))):
            model = make(every[train]).fit(self.X.iloc[train], self.y[train])
            proba[test] = model.predict_proba(self.X.iloc[test])[:, 1]
        return proba


@dataclass(kw_only=True)
class Way:
    """What a tool answers for the new rows, and the processor seconds that it took for all needs.

    `flagged` are the rows called positive, by the need and the rule of the threshold.
    """

    name: str
    seconds: float
    proba: np.ndarray
    flagged: Mapping[tuple[str, str], np.ndarray] = field(default_factory=dict)
    note: str = ""

    def figures(self, task: Task) -> Figures:
        """Mean cost a row, F1 and log loss on the new rows."""
        truth, fn = task.truth, task.settings["fn"]
        found = [("seconds", "", self.seconds), ("probabilities", "", float(log_loss(truth, self.proba)))]
        for (need, rule), flagged in self.flagged.items():
            f1 = float(f1_score(truth, flagged, zero_division=0.0))
            found.append((need, rule, cost_of(truth, flagged, fn) if need == "costs" else f1))
        return [
            {"way": self.name, "metric": metric, "rule": rule, "value": value, "note": self.note}
            for metric, rule, value in found
        ]


def cost_of(truth: np.ndarray, flagged: np.ndarray, fn: float) -> float:
    """The mean cost of a row, where a false alarm costs 1."""
    return float((fn * (truth & ~flagged) + (flagged & ~truth)).mean())


def processor_seconds() -> float:
    """Those of this process, and of its children that have ended."""
    used = map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(one.ru_utime + one.ru_stime for one in used)


def ours(task: Task) -> Iterator[Way]:
    """What `compare` recommends for each need; the fold models' mean of it; the same with `ensemble=True`.

    Each way's seconds include those of the ways before it, whose models it reads.
    """
    start = processor_seconds()
    result, default = recommended(task, ensemble=False)
    yield Way(name="default", seconds=processor_seconds() - start, **default)
    proba, flagged = default["proba"], default["flagged"]
    if result.model is not None:
        proba, flagged = fold_models(task, result.model)
    seconds = processor_seconds() - start
    yield Way(name="fold models", seconds=seconds, proba=proba, flagged=flagged, note=default["note"])
    _, ensemble = recommended(task, ensemble=True)
    yield Way(name="ensemble", seconds=processor_seconds() - start, **ensemble)


def recommended(task: Task, *, ensemble: bool) -> tuple[Any, dict[str, Any]]:
    """The comparison of the last need, and probabilities, flagged rows and names of what is recommended."""
    compare, folder = patch.object(pools, "local", trained_here)(bw.compare), task.folder / "run"
    flagged, names = {}, []
    for need in NEEDS:
        result = compare(
            task.table.drop_columns([TARGET]),
            task.table[TARGET],
            costs=(task.settings["fn"], 1),
            need=need,
            estimators=task.settings["default"],
            ensemble=ensemble,
            pos_label=task.roles.positive,
            groups=task.roles.group,
            drop=task.roles.drop,
            categorical=task.roles.categorical,
            seed=task.seed,
            directory=folder,
            jobs=1,
            progress=False,
        )
        best = result.recommendation
        names.append("nothing" if best is None else best.name)
        if best is None or best.library is None:
            proba, called = without_a_model(task, need, names[-1])
        else:
            proba, called = scored(task, next(folder.glob("model.*")), task.roles.positive)
        if need != "probabilities":
            flagged[need, "recommended"] = called
    return result, {"proba": proba, "flagged": flagged, "note": "; ".join(names)}


def fold_models(task: Task, model: Pipeline) -> tuple[np.ndarray, dict[tuple[str, str], np.ndarray]]:
    """Probabilities and flagged rows of the fold models' mean of the recommended estimator, unweighted."""
    clf = bw.WeightedClassifier(
        clone(model[-1].estimator),
        "unweighted",
        correct_proba="fitted",
        ensemble=True,
        threshold="f1",
        pos_label=1,
    )
    pipeline = Pipeline([("prepare", clone(model[0])), ("classify", clf)])
    groups = {} if task.group is None else {"classify__groups": task.group}
    pipeline.fit(task.features, task.y * 1, **groups)
    proba, called = scored(task, save_model(pipeline, task.folder / "ensemble", task.table), "1")
    return proba, {("costs", "recommended"): proba >= task.threshold, ("decisions", "recommended"): called}


def trained_here(models: Iterable[Model], seconds: float, *_: object) -> Iterator[Result]:
    """Train models in this process, whose seconds are counted, in place of others."""
    return (attempt(model, seconds) for model in models)


def scored(task: Task, model: Path, positive: str | None) -> tuple[np.ndarray, np.ndarray]:
    """Probabilities and decisions that a model's file gives for the file of new rows."""
    score_file(load_model(model), task.folder / "new.csv", out := model.with_suffix(".parquet"), Reading())
    rows = pq.read_table(out)
    out.unlink()
    return rows["probability"].to_numpy(), np.array(
        [str(one) == positive for one in rows["label"].to_pylist()]
    )


def without_a_model(task: Task, need: str, name: str) -> tuple[np.ndarray, np.ndarray]:
    """The answer of a rule without a model; where nothing is recommended, the best one of the shown rows."""
    share, rows = task.y.mean(), len(task.truth)
    everybody = need == "decisions" or share > task.threshold
    flag = {TRIVIAL[0]: False, TRIVIAL[1]: True}.get(name, everybody)
    return np.full(rows, share), np.full(rows, flag)


def tuned_threshold(task: Task) -> Iterator[Way]:
    """LightGBM as it is, and scikit-learn's search for a threshold; its probabilities are LightGBM's."""
    start, base = processor_seconds(), lightgbm(task)
    cost = make_scorer(lambda truth, called: -cost_of(truth, called, task.settings["fn"]))
    flagged, folds = {}, task.folds(np.arange(len(task.y)))
    for need, scoring in (("costs", cost), ("decisions", "f1")):
        model = TunedThresholdClassifierCV(base, scoring=scoring, cv=folds).fit(task.X, task.y)
        flagged[need, "tuned"] = model.predict(task.new)
    proba = model.predict_proba(task.new)[:, 1]
    seconds = processor_seconds() - start
    yield Way(name="TunedThresholdClassifierCV", seconds=seconds, proba=proba, flagged=flagged)


def calibrated(task: Task, *, ensemble: bool) -> Way:
    """LightGBM as it is in scikit-learn's sigmoid calibration, on five folds."""

    def make(rows: np.ndarray) -> Any:
        return CalibratedClassifierCV(lightgbm(task), cv=task.folds(rows), ensemble=ensemble)

    return with_thresholds(task, f"CalibratedClassifierCV(ensemble={ensemble})", make)


def configured(task: Task) -> Iterator[Way]:
    """LightGBM with the random configuration, out of 25, of least log loss out of fold."""
    start, drawn = processor_seconds(), task.settings["configurations"]
    makes: list[Make] = [
        partial(lightgbm, task, **settings)
        for settings in ParameterSampler(SPACE, drawn, random_state=task.seed)
    ]
    proba = [task.out_of_fold(make) for make in makes]
    best = int(np.argmin([log_loss(task.y, one) for one in proba]))
    yield with_thresholds(task, f"LightGBM of {drawn} configurations", makes[best], proba[best], start)


def lightgbm(task: Task, _rows: Any = None, **settings: Any) -> LGBMClassifier:
    """LightGBM on one thread."""
    return LGBMClassifier(**settings, n_jobs=1, random_state=task.seed, verbose=-1)


def with_thresholds(
    task: Task, name: str, make: Make, left_out: np.ndarray | None = None, start: float | None = None
) -> Way:
    """A classifier of all shown rows, and its thresholds."""
    start = processor_seconds() if start is None else start
    left_out = task.out_of_fold(make) if left_out is None else left_out
    proba = make(np.arange(len(task.y))).fit(task.X, task.y).predict_proba(task.new)[:, 1]
    return decided(task, name, left_out, proba, start)


def decided(task: Task, name: str, left_out: np.ndarray, proba: np.ndarray, start: float) -> Way:
    """Probabilities of new rows, with the threshold of the costs and with thresholds tuned out of fold."""
    thresholds = best_thresholds(task.y, left_out, task.settings["fn"])
    flagged = {(need, "tuned"): proba >= at for need, at in thresholds.items()}
    flagged["costs", "of the costs"] = proba >= task.threshold
    return Way(name=name, seconds=processor_seconds() - start, proba=proba, flagged=flagged)


def best_thresholds(y: np.ndarray, proba: np.ndarray, fn: float) -> dict[str, float]:
    """Thresholds of least cost and of highest F1 on these rows, halfway to the next probability below."""
    order = np.argsort(-proba, kind="stable")
    ranked = np.append(proba[order], -np.inf)
    hits = np.cumsum(y[order])
    flagged = np.arange(1, len(y) + 1)
    last = ranked[:-1] > ranked[1:]  # rows of equal probability are flagged together
    cost = np.where(last, fn * (y.sum() - hits) + flagged - hits, np.inf)
    f1 = np.where(last, 2 * hits / (y.sum() + flagged), 0.0)
    middle = np.append((ranked[:-2] + ranked[1:-1]) / 2, 0.0)
    nobody = fn * y.sum() <= cost.min()
    return {"costs": np.inf if nobody else middle[cost.argmin()], "decisions": middle[f1.argmax()]}


def flaml(task: Task) -> Iterator[Way]:
    """FLAML in an environment of its own, with so many processor seconds for its search."""
    start = processor_seconds()
    fold = np.empty(len(task.y), dtype=np.int64)
    for number, (_, test) in enumerate(task.folds(np.arange(len(task.y)))):
        fold[test] = number
    task.X.assign(**{TARGET: task.y * 1, "the fold": fold}).to_parquet(task.folder / "shown.parquet")
    task.new.to_parquet(task.folder / "new.parquet")
    script, seconds = Path(__file__).with_name("flaml_rival.py"), str(task.settings["flaml_seconds"])
    subprocess.run([FLAML, script, task.folder, seconds, str(task.seed)], check=True, capture_output=True)
    left_out, proba = (
        pd.read_parquet(task.folder / f"{name}_proba.parquet")["proba"].to_numpy()
        for name in ("shown", "new")
    )
    yield decided(task, "FLAML", left_out, proba, start)


WAYS: Final[dict[str, Callable[[Task], Iterator[Way]]]] = {
    "default": ours,
    "calibrated": lambda task: (calibrated(task, ensemble=ensemble) for ensemble in (True, False)),
    "configurations": configured,
    "threshold": tuned_threshold,
    "linear": lambda task: iter(
        [with_thresholds(task, "logistic regression", lambda _rows: LinearClassifier())]
    ),
    "FLAML": flaml,
}
PLAN_OF_RIVALS: Final = Rivals(
    name="answer-rivals",
    data=PLAN.data,
    libraries=tuple(WAYS),
    rows=PLAN.rows,
    trees=0,  # of each way its own
    repeats=10,
    folds=1,
    code=1,
    settings={
        "fn": 10.0,
        "folds": 5,
        "configurations": 25,
        "flaml_seconds": 30,
        "default": ("xgboost", "lightgbm", "catboost", "sklearn", "linear"),
    },
)

if __name__ == "__main__":
    write(*measured(PLAN_OF_RIVALS, measure, whole=False))
