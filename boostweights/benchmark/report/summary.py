"""Means and differences from a store's rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

import pandas as pd

from boostweights.benchmark.metrics import METRICS
from boostweights.benchmark.store import CELL, Store

__all__ = ["BASELINE", "COLUMNS", "Row", "Summary", "Tone", "summarize", "tone"]

BASELINE: Final = "unweighted"

COLUMNS: Final[Mapping[str, str]] = {
    "recall": "recall",
    "precision": "precision",
    "f1": "F1",
    "accuracy": "accuracy",
    "average_precision": "AP",
    "roc_auc": "ROC-AUC",
    "log_loss": "log loss",
    "fit_cpu": "fit s",
}
"""The figures of the table and their headings."""

Tone = Literal["better", "worse", "same"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One library (or all together) under one policy.

    Attributes
    ----------
    library, policy : str
        Which; ``"all"`` is the mean over libraries.
    means : mapping of str to float
        Per figure, the mean over data sets of the means over folds.
    differences : mapping of str to float
        The same of the differences from the unweighted model of the same fold and library; empty for
        the unweighted row, and if there is no unweighted policy.
    """

    library: str
    policy: str
    means: Mapping[str, float]
    differences: Mapping[str, float]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Summary:
    """What a store holds, ready to be shown.

    Attributes
    ----------
    rows : tuple of Row
        A row a library and policy, in the plan's order.
    overall : tuple of Row
        A row a policy, over all libraries.
    cells : pandas.DataFrame
        One row a cell, with every figure and ``fit_cpu``.
    paired : pandas.DataFrame
        One row a cell of another policy than the baseline: the figures minus those of the baseline.
    done, failed, planned : int
        Cells with figures, cells that failed, and cells of the plan.
    """

    rows: tuple[Row, ...]
    overall: tuple[Row, ...]
    cells: pd.DataFrame
    paired: pd.DataFrame
    done: int
    failed: int
    planned: int


def summarize(store: Store) -> Summary:
    """Return the means and paired differences of a store's cells.

    A mean weighs every data set alike, whatever its size, and takes in only the cells that have figures;
    a difference only those whose unweighted model has them too.
    """
    cells = _with_fit_seconds(store)
    good = cells[cells["status"] == "ok"]
    paired = _paired(good)
    libraries = list(dict.fromkeys(cells["library"]))
    policies = list(dict.fromkeys(cells["policy"]))
    rows = [_row(good, paired, [library], policy) for library in libraries for policy in policies]
    overall = [_row(good, paired, libraries, policy) for policy in policies]
    return Summary(
        rows=tuple(rows),
        overall=tuple(overall),
        cells=cells,
        paired=paired,
        done=len(good),
        failed=int((cells["status"].notna() & (cells["status"] != "ok")).sum()),
        planned=len(cells),
    )


def tone(name: str, difference: float) -> Tone:
    """Return whether a figure's difference is for the better; for fit seconds it is neither.

    Examples
    --------
    >>> tone("recall", 0.1), tone("log_loss", 0.1), tone("recall", 0.0001)
    ('better', 'worse', 'same')
    """
    if name == "fit_cpu" or abs(difference) < 0.0005:
        return "same"
    return "better" if (difference < 0) == (name == "log_loss") else "worse"


def _with_fit_seconds(store: Store) -> pd.DataFrame:
    """Processor time: on a busy machine the clock's would measure its other work."""
    timings = store.timings()
    fits = timings.loc[timings["step"] == "fit_cpu"].rename(columns={"seconds": "fit_cpu"})
    named = [*CELL]
    cells = store.cells().merge(fits[[*named, "fit_cpu"]], on=named, how="left")
    return cells.merge(_at_half(store), on=named, how="left").rename(columns={"arm": "policy"})


def _at_half(store: Store) -> pd.DataFrame:
    """One row a cell: raw probabilities, decided at .5."""
    long = store.metrics()
    chosen = long[long["rule"].isin(["none", "0.5"]) & (long["proba"] == "raw")]
    wide = chosen.pivot(index=[*CELL], columns="metric", values="value")
    return wide.reindex(columns=[*METRICS]).astype("float64").reset_index()


def _paired(good: pd.DataFrame) -> pd.DataFrame:
    identity = ["dataset", "repeat", "fold", "library"]
    baseline = good.loc[good["policy"] == BASELINE, [*identity, *COLUMNS]]
    others = good.loc[good["policy"] != BASELINE, [*identity, "policy", *COLUMNS]]
    both = others.merge(baseline, on=identity, suffixes=("", "_baseline"))
    for name in COLUMNS:
        both[name] = both[name] - both.pop(f"{name}_baseline")
    return both


def _row(good: pd.DataFrame, paired: pd.DataFrame, libraries: list[str], policy: str) -> Row:
    return Row(
        library=libraries[0] if len(libraries) == 1 else "all",
        policy=policy,
        means=_means(good[good["library"].isin(libraries) & (good["policy"] == policy)]),
        differences=_means(paired[paired["library"].isin(libraries) & (paired["policy"] == policy)]),
    )


def _means(cells: pd.DataFrame) -> dict[str, float]:
    if cells.empty:
        return {}
    by_data = cells.groupby(["dataset", "library"])[list(COLUMNS)].mean()
    return {str(name): float(value) for name, value in by_data.mean().items()}
