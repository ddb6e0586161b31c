"""Whether the expected cost of a promise holds on new rows, where the truth is known.

    python -m benchmarks.promises.simulated [--jobs N] [--minutes N] [--quick]

Rows are drawn from a known distribution: five normal features, and a log odds that is linear, or has an
interaction and a square. Three folds, as `compare` uses for a promise, give out-of-fold scores, and `choose`
the expected figures. The classifier is then fitted with `threshold=Promised(…)` and measured on as many fresh
rows.
"""

import json
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
from lightgbm import LGBMClassifier
from scipy.special import expit
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold, cross_val_predict

import boostweights as bw
from benchmarks.experiment.run import Cell, Figures, Plan, measured
from benchmarks.experiment.tables import made_with, markdown
from boostweights.probabilities.promises import Promised
from boostweights.recommendation.figures import OF_COUNTS
from boostweights.recommendation.needs import promised_need
from boostweights.recommendation.options import Model, Rows
from boostweights.recommendation.recommend import choose

SETTINGS: Final[dict[str, dict[str, Any]]] = {
    "2000 rows, 20 %, trees": {"rows": 2_000, "offset": -1.9, "signal": 1.0, "trees": True},
    "2000 rows, 10 %, linear": {"rows": 2_000, "offset": -2.6, "signal": 0.8, "trees": False},
    "5000 rows, 10 %, trees": {"rows": 5_000, "offset": -2.9, "signal": 1.0, "trees": True},
    "5000 rows, 5 %, trees": {"rows": 5_000, "offset": -4.2, "signal": 1.5, "trees": True},
    "20000 rows, 5 %, linear": {"rows": 20_000, "offset": -3.6, "signal": 1.0, "trees": False},
    "20000 rows, 2 %, trees": {"rows": 20_000, "offset": -5.3, "signal": 1.5, "trees": True},
}
PROMISES: Final = ({"recall": 0.9}, {"alarms": 0.05})
PLAN: Final = Plan(
    name="simulated",
    data=tuple(SETTINGS),
    libraries=("lightgbm",),
    rows=0,
    trees=50,
    repeats=50,
    folds=1,
    code=5,
    settings={"of": SETTINGS, "promises": PROMISES},
)
WANTED: Final = (0.85, 0.97)


def drawn(setting: dict[str, Any], rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Features and labels of a setting."""
    X = rng.normal(size=(setting["rows"], 5))
    bent = X[:, 0] * X[:, 1] + X[:, 2] ** 2 - 1 if setting["trees"] else X[:, 0] + X[:, 1]
    margin = setting["offset"] + setting["signal"] * (bent + X[:, 3])
    return X, rng.random(setting["rows"]) < expit(margin)


def measure(cell: Cell) -> Figures:
    """What a promise was expected to cost, and what it costs on many new rows."""
    setting = SETTINGS[cell.dataset]
    rng = np.random.default_rng((cell.plan.code, cell.repeat, *cell.dataset.encode()))
    (X, y), (X_new, y_new) = drawn(setting, rng), drawn(setting, rng)
    model: Any = LogisticRegression()
    if setting["trees"]:
        model = LGBMClassifier(n_estimators=cell.plan.trees, n_jobs=1, verbose=-1, random_state=0)
    folds = StratifiedKFold(3, shuffle=True, random_state=cell.repeat)
    proba = cross_val_predict(model, X, y, cv=folds, method="predict_proba")[:, 1]
    tested = np.empty(len(y), np.intp)
    for number, (_, test) in enumerate(folds.split(X, y)):
        tested[test] = number
    rows = Rows(y=y, unit=np.arange(len(y)), fold=tested)
    facts: Figures = []
    for rates in PROMISES:
        promised = Promised(**rates)
        need = promised_need(promised)
        models = [Model(library="lightgbm", policy=bw.Unweighted(), proba=proba)]
        chosen = choose(models, rows, need, promised=promised)
        clf = bw.WeightedClassifier(model, threshold=promised).fit(X, y)
        called = clf.predict(X_new).astype(bool)
        sides = ~y_new & ~called, ~y_new & called, y_new & ~called, y_new & called
        counts = np.array([[side.sum()] for side in sides], np.float64)
        for figure in chosen.expected:
            came = float(OF_COUNTS[figure.metric](counts)[0])
            values = {"value": figure.value, "low": figure.low, "high": figure.high, "came": came}
            facts += [
                {"need": need, "of": figure.metric, "metric": name, "value": value}
                for name, value in values.items()
            ]
    return facts


def write(frame: pd.DataFrame, out: Path) -> None:
    """Write the page of a run."""
    facts = json.loads((out / "run.json").read_text())
    place = ["dataset", "repeat", "need", "of"]
    cases = frame.pivot_table(index=place, columns="metric", values="value", sort=False).reset_index()
    cases["covered"] = (cases["low"] <= cases["came"]) & (cases["came"] <= cases["high"])
    cases["error"] = cases["came"] - cases["value"]
    cases["width"] = cases["high"] - cases["low"]
    table = cases.groupby(["need", "of"], sort=False)[["covered", "error", "width"]].mean()
    by_setting = cases.pivot_table(index=["need", "of"], columns="dataset", values="covered", sort=False)
    lines = [
        [*map(str, name), f"{row.covered:.3f}", f"{row.error:+.3g}", f"{row.width:.3g}"]
        + [f"{value:.2f}" for value in by_setting.loc[name]]
        for name, row in zip(table.index, table.itertuples(), strict=True)
    ]
    head = ["promised", "figure", "covered", "bias", "mean width", *by_setting.columns]
    text = (
        f"# The expected cost of a promise, where the truth is known\n\nMade by `make promises`: "
        f"{len(facts['data'])} settings, {facts['repeats']} draws each, recall of at least .9 and alarms "
        f"of at most .05, confidence .9; {made_with(facts)}.\n\n*Covered*: how often the 90 % interval holds "
        f"the figure of as many fresh rows; wanted: {WANTED[0]} to {WANTED[1]}.\n*Bias*: the figure that "
        f"came minus the expected one.\n\n{markdown(head, lines, left=2)}"
    )
    (out / "README.md").write_text(text)
    print(text)


if __name__ == "__main__":
    write(*measured(PLAN, measure))
