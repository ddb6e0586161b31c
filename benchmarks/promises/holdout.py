"""How many rows a promise should hold out: what it costs on new rows, by the share held out.

    python -m benchmarks.promises.holdout [--jobs N] [--minutes N] [--quick]

A third of the rows test. Of the others a share makes the promise and the rest trains, as
`WeightedClassifier(threshold=Promised(…))` does; each share starts from the same rows. The rule that this
experiment judges was fixed before it ran: the default is the share with the lowest mean regret. The regret of
a share on a data set is the difference in recall kept (a limit on alarms) or in alarms paid (a promised
recall, as a share of all rows) from the best share of that set; it is averaged over promises and data sets.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
from sklearn.model_selection import train_test_split

import boostweights as bw
from benchmarks.experiment.problem import problem
from benchmarks.experiment.run import Cell, Figures, Plan, measured
from benchmarks.experiment.tables import made_with, markdown
from boostweights.probabilities.promises import Promised

SHARES: Final = (0.05, 0.1, 0.15, 0.25, 0.35, 0.5)
FOUR: Final = "a quarter, at most 4 × the rows needed"
PROMISES: Final = (("recall", 0.8), ("recall", 0.9), ("alarms", 0.02), ("alarms", 0.05))
PAID: Final = {"recall": "alarms", "alarms": "recall"}
PLAN: Final = Plan(
    name="holdout",
    data=(
        *("hypothyroid", "page-blocks0", "satimage4", "caravan", "email-spam", "churn-tv", "lending-club"),
        *("bank-marketing", "pakdd2009", "give-me-credit", "adult", "hmda"),
    ),
    libraries=("lightgbm", "xgboost"),
    rows=9_000,
    trees=50,
    repeats=10,
    folds=1,
    code=1,
    settings={"shares": SHARES, "promises": PROMISES, "confidence": 0.9},
)


def measure(cell: Cell) -> Figures:
    """What each promise costs on the test rows, by the share held out."""
    data = problem(cell.dataset, cell.plan.rows)
    seed = cell.repeat
    pool, test = train_test_split(np.arange(len(data.y)), test_size=1 / 3, random_state=seed)
    return [
        {"of": of, "rate": rate, "share": share, "metric": "paid", "value": value}
        for of, rate in PROMISES
        for share, value in _paid(cell, Promised(**{of: rate}), pool, test)
    ]


def _paid(cell: Cell, wanted: Promised, pool: np.ndarray, test: np.ndarray) -> Iterator[tuple[str, float]]:
    data = problem(cell.dataset, cell.plan.rows)
    [(of, rate)], [needed] = wanted.rates.items(), wanted.rows_needed.values()
    units = data.y[pool].sum() if of == "recall" else len(pool)
    shares = {f"{share:g}": share for share in SHARES} | {FOUR: min(1 / 4, 4 * needed / units)}
    for name, share in shares.items():
        train, held = train_test_split(pool, test_size=share, stratify=data.y[pool], random_state=cell.repeat)
        if (data.y[held].sum() if of == "recall" else len(held)) < needed:
            continue
        model = data.estimator(cell.library, cell.plan.trees, cell.repeat)
        X = data.features(cell.library)
        clf = bw.WeightedClassifier(model).fit(X.iloc[train], data.y[train])
        proba = clf.predict_proba(X)[:, 1]
        limits: dict[str, Any] = {"at_least" if of == "recall" else "at_most": {of: rate}}
        kept = bw.promise(proba[held], data.y[held], **limits, confidence=wanted.confidence)
        called, truth = kept.decide(proba[test]), data.y[test] == 1
        yield name, float(called.mean() if of == "recall" else called[truth].mean())


def write(frame: pd.DataFrame, out: Path) -> None:
    """Write the page of a run."""
    facts = json.loads((out / "run.json").read_text())
    regrets = regret(frame)
    best = regrets.drop(FOUR).mean(axis=1).idxmin()
    head = ["held out", *regrets.columns, "mean"]
    lines = [
        [str(share), *(f"{value:.4f}" for value in row), f"{row.mean():.4f}"]
        for share, row in zip(regrets.index, regrets.to_numpy(), strict=True)
    ]
    text = (
        f"# How many rows a promise should hold out\n\nMade by `make promises`: {len(facts['data'])} data "
        f"sets, {', '.join(facts['libraries'])} with {facts['trees']} trees,\n{facts['repeats']} splits "
        f"each, at most {facts['rows']} rows, of which a third tests; confidence .9; {made_with(facts)}.\n\n"
        "The figures are regrets: how much more of all rows is flagged (a promised recall), or how much "
        "less\nrecall is kept (a limit on alarms), than with the best share on the same data set. They are "
        "means over\ndata sets and libraries, of the cells in which every share has enough rows.\n"
        f"The share with the lowest mean is {best}. The default is a third, which is near .35: so a fit "
        "trains on as many\nrows as three folds do, by which `compare` expects what the promise costs.\n\n"
        f"{markdown(head, lines)}"
    )
    (out / "README.md").write_text(text)
    print(text)


def regret(frame: pd.DataFrame) -> pd.DataFrame:
    """Mean regret of each share, by promise."""
    place = ["dataset", "library", "of", "rate"]
    table = frame.pivot_table(index=[*place, "repeat"], columns="share", values="value").dropna()
    means = table.groupby(level=place).mean()
    sign = np.where(means.index.get_level_values("of") == "recall", 1.0, -1.0)[:, None]
    losses = means * sign
    regrets = losses.sub(losses.min(axis=1), axis=0).groupby(level=["of", "rate"]).mean()
    regrets.index = [f"{of} {'≥' if of == 'recall' else '≤'} {rate:g}" for of, rate in regrets.index]
    return regrets.T


if __name__ == "__main__":
    write(*measured(PLAN, measure))
