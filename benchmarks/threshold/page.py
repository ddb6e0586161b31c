"""The tables of the experiment on weight and threshold: its README, and docs/threshold.md between markers."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
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
    facts = json.loads((out / "run.json").read_text())
    intervals = with_intervals(frame)
    intervals.to_csv(out / "agreement.csv", index=False, float_format="%.5g")
    short = f"{_settings(frame)}\n{_ratios(frame)}\n{made_by(facts)}"
    text = f"# Weight w at .5 beside no weight at 1/(1+w)\n\n{short}\n{_each(intervals)}"
    (out / "README.md").write_text(text)
    if out == RESULTS / "threshold":
        replaced(PAGE, "threshold", short)
    print(text)


def with_intervals(frame: pd.DataFrame) -> pd.DataFrame:
    """Means over folds and their 95 % intervals (Nadeau & Bengio), for each data set, library, setting and weight."""
    keys = ["dataset", "library", "setting", "arm", "ratio", "metric"]
    found = frame.groupby(keys, sort=False)["value"].agg(["mean", "std", "size"]).reset_index()
    folds = frame["fold"].nunique()
    error = found["std"] * np.sqrt(1 / found["size"] + 1 / (folds - 1))
    reach = stats.t.ppf(0.975, found["size"] - 1) * error
    return found.drop(columns="std").assign(low=found["mean"] - reach, high=found["mean"] + reach)


def _settings(frame: pd.DataFrame) -> str:
    return (
        "Means over data sets, folds and weights. *Alike* is the share of rows that both decide alike; *positives\n"
        "alike* the share of the rows that either calls positive that both do; the others are what the weighted\n"
        "model has more. In brackets the floor: the same figures of an unweighted model trained without a twentieth\n"
        "of the rows.\n\n" + _table(frame, ["library", "setting"])
    )


def _ratios(frame: pd.DataFrame) -> str:
    return "With the defaults, by weight:\n\n" + _table(
        frame[frame["setting"] == "defaults"], ["library", "ratio"]
    )


def _table(frame: pd.DataFrame, keys: list[str]) -> str:
    wide = frame.groupby([*keys, "arm", "metric"], sort=False)["value"].mean().unstack(["arm", "metric"])
    head = [*keys, "alike", "positives alike", "called positive", "recall", "precision"]
    lines = [[*map(_name, place), *_cells(row)] for place, row in wide.iterrows()]
    return markdown(head, lines, left=len(keys))


def _name(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _cells(row: Any) -> Iterator[str]:
    for metric in SHARES:
        yield f"{row['weighted', metric]:.1%} ({row['floor', metric]:.1%})"
    for metric in GAPS:
        yield f"{signed(row['weighted', metric], 3)} ({signed(row['floor', metric], 3)})"


def _each(intervals: pd.DataFrame) -> str:
    part = intervals[
        (intervals["arm"] == "weighted") & (intervals["metric"].isin((*SHARES, "recall", "precision")))
    ]
    keys = ["dataset", "library", "setting", "ratio"]
    lines = [
        [*map(_name, place), *_with_interval(rows.set_index("metric"), (*SHARES, "recall", "precision"))]
        for place, rows in part.groupby(keys, sort=False)
    ]
    head = [*keys, "alike", "positives alike", "recall more", "precision more"]
    return "## Each, with 95 % intervals over folds\n\n" + markdown(head, lines, left=4)


def _with_interval(rows: pd.DataFrame, metrics: Sequence[str]) -> Iterator[str]:
    for metric in metrics:
        found = rows.loc[metric]
        yield f"{found['mean']:.3f} [{found['low']:.3f}, {found['high']:.3f}]"
