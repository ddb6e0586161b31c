"""How often the intervals of a recommendation for more than two classes hold, on rows that it never saw.

    python -m benchmarks.answer.classes [--jobs N] [--minutes N] [--quick]

In each split half of the rows, or of the groups, are compared by `bw.compare`; the model that it returns is
measured on the rest. Classes of fewer than `fewest` rows are left out, so that either half has ten.
"""

import json
import tempfile
from pathlib import Path
from typing import Any, Final
from unittest.mock import patch

import numpy as np
import pandas as pd
from sklearn import metrics as sk

import boostweights as bw
from benchmarks.answer.measure import halves
from benchmarks.answer.rivals import trained_here
from benchmarks.experiment.problem import problem
from benchmarks.experiment.run import Cell, Figures, Plan, measured
from benchmarks.experiment.tables import made_with, markdown
from boostweights.benchmark.run import pools

PLAN: Final = Plan(
    name="answer-classes",
    data=("kr-vs-k", "fars", "accidents", "covid-testing", "page-blocks", "hpc-jobs"),
    libraries=("lightgbm",),
    rows=4_000,
    trees=50,
    repeats=10,
    folds=1,
    code=1,
    settings={"needs": ("decisions", "probabilities"), "fewest": 40},
)
OF_DECISIONS: Final = {
    "f1_macro": lambda truth, labels: sk.f1_score(truth, labels, average="macro"),
    "balanced_accuracy": sk.balanced_accuracy_score,
    "accuracy": sk.accuracy_score,
}


def measure(cell: Cell) -> Figures:
    """What one comparison of half of the rows expects for each need, and what comes of it on the others."""
    data, settings = problem(cell.dataset, cell.plan.rows), cell.plan.settings
    counts = np.bincount(data.y)
    data = data.take(np.flatnonzero(counts[data.y] >= settings["fewest"]))
    shown, rest = halves(len(data.y), data.dataset.group, cell.repeat)
    X, truth = data.dataset.X, np.array([f"class {code}" for code in data.y])
    group = data.dataset.group
    figures: Figures = []
    with tempfile.TemporaryDirectory() as folder, patch.object(pools, "local", trained_here):
        for need in settings["needs"]:
            result = bw.compare(
                X.iloc[shown].reset_index(drop=True),
                truth[shown],
                need=need,
                estimators=[cell.library],
                trees=cell.plan.trees,
                groups=None if group is None else group[shown],
                categorical=data.dataset.categorical,
                drop=tuple(X.columns[X.iloc[shown].notna().sum() == 0]),
                seed=cell.repeat,
                directory=Path(folder, "run"),
                jobs=1,
                progress=False,
            )
            best = result.recommendation
            if best is None or result.model is None:
                figures.append({"need": need, "of": "", "metric": "without a model", "value": 1.0})
                continue
            came = outcomes(result.model, X.iloc[rest], truth[rest])
            for figure in best.expected:
                values = {"value": figure.value, "low": figure.low, "high": figure.high}
                values["came"] = came[figure.metric]
                figures += [
                    {"need": need, "of": figure.metric, "metric": name, "value": value}
                    for name, value in values.items()
                ]
    return figures


def outcomes(model: Any, X: pd.DataFrame, truth: np.ndarray) -> dict[str, float]:
    """The figures of a fitted model on new rows, by scikit-learn."""
    labels, proba = model.predict(X), model.predict_proba(X)
    known = np.isin(truth, model.classes_)
    found = {name: float(score(truth, labels)) for name, score in OF_DECISIONS.items()}
    return found | {"log_loss": float(sk.log_loss(truth[known], proba[known], labels=model.classes_))}


def write(frame: pd.DataFrame, out: Path) -> None:
    """Write the page of a run."""
    facts = json.loads((out / "run.json").read_text())
    printed = frame[frame["of"] != ""]
    keys = ["dataset", "repeat", "need", "of"]
    table = printed.pivot_table(index=keys, columns="metric", values="value", sort=False).reset_index()
    table["covered"] = (table["low"] <= table["came"]) & (table["came"] <= table["high"])
    table["width"] = table["high"] - table["low"]
    lines, each = [], []
    for (need, metric), part in table.groupby(["need", "of"], sort=False):
        by_set = part.groupby("dataset", sort=False)["covered"].mean()
        error = by_set.std(ddof=1) / np.sqrt(len(by_set)) if len(by_set) > 1 else np.nan
        lines.append(
            [need, metric, f"{by_set.mean():.2f} ± {error:.2f}", f"{part['width'].median():.3f}", len(part)]
        )
        each.append([need, metric, *(f"{value:.2f}" for value in by_set.reindex(facts["data"]))])
    settings = facts["settings"]
    without = (frame["metric"] == "without a model").sum()
    text = (
        "# Recommendations for more than two classes, on rows that they never saw\n\n"
        f"Made by `python -m benchmarks.answer.classes`: {len(facts['data'])} data sets, "
        f"{facts['repeats']} splits each,\n{', '.join(facts['libraries'])} of {facts['trees']} trees; at "
        f"most {facts['rows']} rows a data set, half of them shown, without\nclasses of fewer than "
        f"{settings['fewest']} rows; {made_with(facts)}.\n\n"
        "*covered*: how often the 90 % interval holds the figure that came, a mean over data sets with its\n"
        "standard error. *width*: the median width of the interval. Comparisons that recommend a rule\n"
        f"without a model are left out: {without} of them.\n\n"
        + markdown(["need", "figure", "covered", "width", "intervals"], lines, left=2)
        + "\n## Covered, by data set\n\n"
        + markdown(["need", "figure", *facts["data"]], each, left=2)
    )
    (out / "README.md").write_text(text)
    print(text)


if __name__ == "__main__":
    write(*measured(PLAN, measure))
