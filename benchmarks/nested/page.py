"""The tables of the experiment on where thresholds are tuned: benchmarks/results/nested/."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
from scipy import stats

from benchmarks.experiment.tables import by, made_by, markdown, signed

MOST: Final = 0.005
"""What the two may differ by in the mean, or else nested tuning is the default."""
METRICS: Final = {"f1": "F1", "cost": "cost"}


def write(frame: pd.DataFrame, out: Path) -> None:
    facts = json.loads((out / "run.json").read_text())
    table = differences(frame)
    table.to_csv(out / "differences.csv", index=False, float_format="%.5g")
    text = page(table, facts)
    (out / "README.md").write_text(text)
    print(text)


def differences(frame: pd.DataFrame) -> pd.DataFrame:
    """A row for each data set, library and metric: means over folds, and folds minus nested."""
    found = frame[frame["metric"].isin(METRICS)]
    table = found.pivot_table(index=["dataset", "library", "metric"], columns="arm", values="value")
    table = table.reset_index().rename_axis(columns=None)
    return table.assign(difference=table["folds"] - table["nested"])


def over_sets(table: pd.DataFrame) -> tuple[float, float, float]:
    """The mean difference over data sets and its 95 % interval, libraries averaged first."""
    values = table.groupby("dataset")["difference"].mean()
    error = values.std(ddof=1) / np.sqrt(len(values))
    reach = float(stats.t.ppf(0.975, len(values) - 1) * error) if len(values) > 1 else np.nan
    return values.mean(), values.mean() - reach, values.mean() + reach


def page(table: pd.DataFrame, facts: dict[str, Any]) -> str:
    parts = [
        "# Where the unweighted model's threshold is tuned\n",
        made_by(facts),
        'Each fold\'s threshold is tuned on the scores of the other folds (`tuning="folds"`, no fit more) or by',
        "`TunedThresholdClassifierCV` within its training fold (`tuning=\"nested\"`, six fits more). Both decide on",
        "the same scores of the fold's test rows. A miss costs as many false alarms as there are negatives for",
        "each positive; cost is relative to that of calling no row positive. Folds minus nested, means over",
        f"{table['dataset'].nunique()} of {facts['planned']} data sets with their 95 % intervals; more F1 is better, less cost.",
        "Each data set is in [differences.csv](differences.csv).\n",
    ]
    for metric, name in METRICS.items():
        rows = table[table["metric"] == metric]
        lines = [*by(rows, "library", _line), ["all", *_line(rows)]]
        head = ["library", "folds", "nested", "difference", "largest in favour of nested", "of folds"]
        parts += [f"## Tuned by {name}\n", markdown(head, lines), verdict(name, rows)]
    return "\n".join(parts)


def verdict(name: str, rows: pd.DataFrame) -> str:
    mean, _, _ = over_sets(rows)
    within = "within" if abs(mean) <= MOST else "beyond"
    return f"The mean difference in {name} is {within} {MOST}.\n"


def _line(rows: pd.DataFrame) -> Sequence[str]:
    mean, low, high = over_sets(rows)
    values = rows.groupby("dataset")["difference"].mean()
    worst, best = values.min(), values.max()
    if rows["metric"].iloc[0] == "cost":
        worst, best = best, worst
    return [
        f"{rows['folds'].mean():.4f}",
        f"{rows['nested'].mean():.4f}",
        f"{signed(mean)} [{signed(low)}, {signed(high)}]",
        signed(worst),
        signed(best),
    ]
