"""The table of fitted maps with few positives: benchmarks/results/probabilities/few/README.md."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import pandas as pd

OTHERS: Final = ("raw", "analytic", "class share", "Platt", "Platt of outputs")
"""What a map is compared with."""
NO_WORSE: Final = 0.0005
"""By how much more mean log loss than the map before, at the most positives, excludes a candidate."""


def halves(data: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """The data sets that choose, and those that judge."""
    return {"chooses": tuple(data[: len(data) // 2]), "judges": tuple(data[len(data) // 2 :])}


def means(frame: pd.DataFrame) -> pd.DataFrame:
    """Mean log loss over data sets, libraries and draws: a row an arm and count, a column a way."""
    return frame.pivot_table(index=["arm", "at"], columns="proba", values="value", aggfunc="mean")


def excess(frame: pd.DataFrame) -> pd.DataFrame:
    """By how much each way's mean is above the least of the others' means."""
    table = means(frame)
    return table.sub(table[list(OTHERS)].min(axis=1), axis=0)


def chosen(frame: pd.DataFrame, candidates: Sequence[str]) -> str:
    """The candidate of the least largest excess over arms and counts, of the sets that choose.

    One that at the most positives is worse than the map before is left out.
    """
    table = excess(frame)[["before", *candidates]]
    most = table.xs(table.index.get_level_values("at").max(), level="at")
    kept = [name for name in candidates if (most[name] - most["before"]).max() <= NO_WORSE]
    return str(table[kept].max().idxmin())


def write(frame: pd.DataFrame, out: Path) -> None:
    facts = json.loads((out / "run.json").read_text())
    parts = halves(facts["data"])
    print(chosen(frame[frame["dataset"].isin(parts["chooses"])], facts["settings"]["candidates"]))
