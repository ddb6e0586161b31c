"""The tables of the experiment on where thresholds are tuned: benchmarks/results/nested/."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
from scipy import stats

from benchmarks.experiment.tables import by, made_by, markdown, signed

MOST: Final = 0.005
"""What tuning in another place may change in the mean, for the two to be interchangeable."""
METRICS: Final = {"f1": "F1", "cost": "cost"}
PAIRS: Final = (("same search", "nested"), ("folds", "same search"), ("folds", "nested"))


def write(frame: pd.DataFrame, out: Path) -> None:
    """Write the page of a run and its table of means."""
    facts = json.loads((out / "run.json").read_text())
    table = frame.pivot_table(index=["dataset", "library", "metric"], columns="arm", values="value")
    table = table.reset_index().rename_axis(columns=None)
    table.to_csv(out / "means.csv", index=False, float_format="%.5g")
    text = page(table, facts)
    (out / "README.md").write_text(text)
    print(text)


def over_sets(differences: pd.Series[float]) -> tuple[float, float, float]:
    """The mean over data sets and its 95 % interval."""
    sets, mean = len(differences), float(differences.mean())
    if sets < 2:
        return mean, np.nan, np.nan
    reach = float(stats.t.ppf(0.975, sets - 1) * differences.std(ddof=1) / np.sqrt(sets))
    return mean, mean - reach, mean + reach


def page(table: pd.DataFrame, facts: dict[str, Any]) -> str:
    """The page."""
    sets = table["dataset"].nunique()
    parts = [
        "# Where the unweighted model's threshold is tuned\n",
        made_by(facts),
        "All ways decide on the same scores of each fold's test rows. *folds*: the best of all scores of the",
        'other folds (`tuning="folds"`, no fit more). *nested*: `TunedThresholdClassifierCV` within the',
        'training fold (`tuning="nested"`, six fits more), of a hundred equally spaced thresholds.',
        "*same search*: its search on the scores of *folds*. A miss costs as many false alarms as there are",
        "negatives for each positive; costs are relative to calling no row positive.\n",
        f"Differences are means over {sets} of {facts['planned']} data sets, libraries averaged first, with",
        "95 % intervals over data sets; F1 is better high, cost low. Each set: [means.csv](means.csv).\n",
    ]
    for metric, name in METRICS.items():
        rows = table[table["metric"] == metric]
        lines = [*by(rows, "library", _means), ["all", *_means(rows)]]
        head = ["library", *_arms(), *(f"{one} − {other}" for one, other in PAIRS)]
        parts += [f"## Tuned by {name}\n", markdown(head, lines), verdict(name, rows)]
    return "\n".join(parts)


def verdict(name: str, rows: pd.DataFrame) -> str:
    """Whether the same search finds the same in two places."""
    moved, tried = (_difference(rows, *pair)[0] for pair in PAIRS[:2])
    within = f"within {MOST}" if abs(moved) <= MOST else f"beyond {MOST}"
    return (
        f"Tuning in another place changes {name} by {signed(moved)}, {within};\n"
        f"trying all scores instead of a hundred thresholds by {signed(tried)}.\n"
    )


def _arms() -> list[str]:
    return ["folds", "same search", "nested"]


def _means(rows: pd.DataFrame) -> Iterator[str]:
    for arm in _arms():
        yield f"{rows[arm].mean():.4f}"
    for pair in PAIRS:
        mean, low, high = _difference(rows, *pair)
        yield f"{signed(mean)} [{signed(low)}, {signed(high)}]"


def _difference(rows: pd.DataFrame, one: str, other: str) -> tuple[float, float, float]:
    return over_sets((rows[one] - rows[other]).groupby(rows["dataset"]).mean())
