"""The tables of the experiment on weight and threshold: its README, and docs/threshold.md between markers."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
from scipy import stats

from benchmarks.experiment.run import RESULTS, ROOT
from benchmarks.experiment.tables import made_by, markdown, replaced, signed

PAGE: Final = ROOT / "docs" / "threshold.md"
SHARES: Final = ("alike", "alike_positives")
GAPS: Final = ("called_positive", "recall", "precision")


def write(frame: pd.DataFrame, out: Path) -> None:
    """Write the page of a run and its table, and what the documentation shows."""
    facts = json.loads((out / "run.json").read_text())
    intervals = with_intervals(frame)
    intervals.to_csv(out / "agreement.csv", index=False, float_format="%.5g")
    short = f"{_settings(frame)}\n{_ratios(frame)}\n{made_by(facts)}"
    text = f"# Weight w at .5 beside no weight at 1/(1+w)\n\n{short}"
    (out / "README.md").write_text(text)
    if out == RESULTS / "threshold":
        replaced(PAGE, "threshold", short)
    print(text)


def with_intervals(frame: pd.DataFrame) -> pd.DataFrame:
    """Means over folds of each data set, library, setting and weight; Nadeau and Bengio's 95 % intervals."""
    keys = ["dataset", "library", "setting", "arm", "ratio", "metric"]
    found = frame.groupby(keys, sort=False)["value"].agg(["mean", "std", "size"]).reset_index()
    folds = frame["fold"].nunique()
    error = found["std"] * np.sqrt(1 / found["size"] + 1 / (folds - 1))
    reach = stats.t.ppf(0.975, found["size"] - 1) * error
    return found.drop(columns="std").assign(low=found["mean"] - reach, high=found["mean"] + reach)


def _settings(frame: pd.DataFrame) -> str:
    return (
        "Means over data sets, folds and weights. *Alike* is the share of rows that both decide alike;\n"
        "*positives alike* the share of the rows that either calls positive that both do; the others are\n"
        "what the weighted model has more. In brackets the floor: the same of an unweighted model trained\n"
        "without a twentieth of the rows. Each data set, with intervals over folds, is in\n"
        "`benchmarks/results/threshold/agreement.csv`.\n\n" + _table(frame, ["library", "setting"])
    )


def _ratios(frame: pd.DataFrame) -> str:
    return "With the defaults, by weight:\n\n" + _table(
        frame[frame["setting"] == "defaults"], ["library", "ratio"]
    )


def _table(frame: pd.DataFrame, keys: list[str]) -> str:
    wide = frame.groupby([*keys, "arm", "metric"], sort=False)["value"].mean().unstack(["arm", "metric"])
    head = [*keys, "alike", "positives alike", "called positive", "recall", "precision"]
    places = wide.index.to_frame().itertuples(index=False)
    lines = [[*map(_name, place), *_cells(wide.loc[place])] for place in places]
    return markdown(head, lines, left=len(keys))


def _name(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _cells(row: Any) -> Iterator[str]:
    for metric in SHARES:
        yield f"{row['weighted', metric]:.1%} ({row['floor', metric]:.1%})"
    for metric in GAPS:
        yield f"{signed(row['weighted', metric], 3)} ({signed(row['floor', metric], 3)})"
