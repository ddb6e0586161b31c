"""Pairs: the same data set, split and library, measured on two sides of a comparison."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd

from boostweights.errors import InvalidTypeError, InvalidValueError, check_type, did_you_mean, shown

PAIR: Final = ("family", "dataset", "library", "repeat", "fold")
"""What two figures must share to be compared."""

_SIDE: Final = ("arm", "rule", "proba")
_COLUMNS: Final = (*PAIR, *_SIDE, "metric", "value")


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Side:
    """One side of a comparison: an arm, how it decides, and which of its probabilities it uses.

    Parameters
    ----------
    arm : str
        The arm's name in the suite.
    rule : str, default="0.5"
        The decision rule; ``"none"`` for figures that need no decision, such as log loss.
    proba : {"raw", "corrected", "fitted"}
        As the model gives them, with the weights undone, or by a map that was learned out of fold.
    library : str, optional
        Where one library alone has the arm, that library: its figures stand beside those of each other one,
        data set by data set and fold by fold.

    Examples
    --------
    >>> str(Side(arm="balanced")), str(Side(arm="balanced", rule="none", proba="corrected"))
    ('balanced at 0.5', 'balanced, corrected')
    """

    arm: str
    rule: str = "0.5"
    proba: str = "raw"
    library: str = ""

    def __post_init__(self) -> None:
        for name in _SIDE:
            if not isinstance(text := getattr(self, name), str) or not text:
                raise InvalidTypeError(f"{name} of a side must be a str", shown(text), f'Write {name}="…".')

    def __str__(self) -> str:
        rule = "" if self.rule == "none" else f" at {self.rule}"
        alone = f" in {self.library}" if self.library else ""
        return f"{self.arm}{rule}{'' if self.proba == 'raw' else f', {self.proba}'}{alone}"


def figures(metrics: pd.DataFrame, metric: str | None = None) -> pd.DataFrame:
    """Return the checked figures of one metric (or all), sorted, without those that are undefined.

    Parameters
    ----------
    metrics : pandas.DataFrame
        Columns family, dataset, library, repeat, fold, arm, rule, proba, metric, value: a row a figure. A
        missing value (NaN) is a figure that was not defined there, such as ROC-AUC without any positive.
    metric : str, optional
        All metrics if not given.

    Raises
    ------
    InvalidTypeError, InvalidValueError
        If it is no such table, the metric is not in it, a figure is there twice or is infinite.
    """
    check_columns(metrics)
    found = metrics[list(_COLUMNS)] if metric is None else metrics.loc[metrics["metric"] == metric, _COLUMNS]
    if found.empty:
        rule, known = "the metric must be among the figures", metrics["metric"].unique()
        raise InvalidValueError(rule, shown(metric), did_you_mean(metric, known))
    key = [*PAIR, *_SIDE, "metric"]
    if (again := found.duplicated(key)).any():
        first = dict(found.loc[again, key].iloc[0])
        raise InvalidValueError("a figure must be there once", shown(first), "Give the figures of one run.")
    if np.isinf(found["value"]).any():
        first = dict(found.loc[np.isinf(found["value"]), key].iloc[0])
        raise InvalidValueError("figures must be finite or missing", shown(first), "Correct that figure.")
    return found.dropna(subset="value").sort_values(key, ignore_index=True)


def differences(
    metrics: pd.DataFrame, baseline: Side, *, metric: str | None = None, other: Side | None = None
) -> pd.DataFrame:
    """Return other minus baseline for each data set, library, repeat and fold that has both.

    Parameters
    ----------
    metrics : pandas.DataFrame
        One row a figure, as `figures` describes.
    baseline : Side
        What to compare with.
    metric : str, optional
        All metrics if not given.
    other : Side, optional
        One other side; all others if not given.

    Returns
    -------
    pairs : pandas.DataFrame
        Columns family, dataset, library, repeat, fold, arm, rule, proba (of the other side), metric, baseline
        and value (the two figures, in the metric's unit), difference, and of the data set: folds (different
        folds of a repeat) and planned (repeats times folds). Sorted, so that the order of the input's rows
        changes nothing.

    Raises
    ------
    InvalidValueError, InvalidTypeError
        As `figures`, or if a side is not among the figures.

    Examples
    --------
    >>> row = {"dataset": "a", "family": "a", "library": "l", "repeat": 0, "metric": "recall"}
    >>> side = {"rule": "0.5", "proba": "raw"}
    >>> frame = pd.DataFrame(
    ...     [
    ...         row | side | {"fold": fold, "arm": arm, "value": value}
    ...         for arm, values in {"unweighted": (0.25, 0.5), "balanced": (0.75, 0.5)}.items()
    ...         for fold, value in enumerate(values)
    ...     ]
    ... )
    >>> differences(frame, Side(arm="unweighted"))["difference"].tolist()
    [0.5, 0.0]
    """
    check_type(baseline, Side, "a baseline must be a Side", 'Write Side(arm="unweighted").')
    found = figures(metrics, metric)
    left = _of(found, baseline)[[*PAIR, "metric", "value"]].rename(columns={"value": "baseline"})
    right = _of(found, other) if other is not None else found[~is_side(found, baseline)]
    alone = other is not None and other.library
    right = right.drop(columns="library") if alone else right
    pairs = right.merge(left, on=[name for name in (*PAIR, "metric") if name in right], how="inner")
    pairs["difference"] = pairs["value"] - pairs["baseline"]
    splits = metrics[["dataset", "repeat", "fold"]].drop_duplicates().groupby("dataset")
    counted = pd.DataFrame({"folds": splits["fold"].nunique(), "planned": splits.size()}).reset_index()
    return pairs.merge(counted, on="dataset", how="left").sort_values(
        ["metric", *_SIDE, *PAIR], ignore_index=True
    )


def is_side(found: pd.DataFrame, side: Side) -> pd.Series[bool]:
    """Return which figures are those of a side."""
    where = not side.library or found["library"] == side.library
    return where & (found["arm"] == side.arm) & (found["rule"] == side.rule) & (found["proba"] == side.proba)


def _of(found: pd.DataFrame, side: Side) -> pd.DataFrame:
    chosen = found[is_side(found, side)]
    if not chosen.empty:
        return chosen
    known = [str(Side(arm=a, rule=r, proba=p)) for a, r, p in found[list(_SIDE)].drop_duplicates().to_numpy()]
    raise InvalidValueError("a side must be among the figures", repr(str(side)), did_you_mean(side, known))


def check_columns(metrics: Any) -> None:
    """Refuse what is no table of figures.

    Raises
    ------
    InvalidTypeError, InvalidValueError
        If it is no pandas data frame, lacks a column, or its values are no numbers.
    """
    check_frame(metrics, _COLUMNS, "figures", "metrics.parquet")
    if not pd.api.types.is_numeric_dtype(metrics["value"]):
        rule, mend = "the column value must hold numbers", "Read the figures of a run again."
        raise InvalidTypeError(rule, shown(str(metrics["value"].dtype)), mend)


def check_frame(frame: Any, columns: Iterable[str], what: str, file: str) -> None:
    """Refuse what is no pandas data frame, or lacks a column; `file` is where it could be read from.

    Raises
    ------
    InvalidTypeError, InvalidValueError
        If so.
    """
    if not isinstance(frame, pd.DataFrame):
        rule, mend = f"{what} must be a pandas data frame", f"Read {file} with pandas.read_parquet."
        raise InvalidTypeError(rule, shown(type(frame).__name__), mend)
    for name in columns:
        if name not in frame.columns:
            rule = f"{what} must have the columns {', '.join(columns)}"
            raise InvalidValueError(rule, f"no {name}", did_you_mean(name, frame.columns))
