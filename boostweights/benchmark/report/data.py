"""What the page computes with: figures by regime, data set, library and arm, as plain values for JSON."""

import math
import re
from collections.abc import Mapping
from typing import Any

import numpy as np

from boostweights.benchmark.metrics import COUNTS
from boostweights.benchmark.report.figures import BASELINE, VIEWS, Figures
from boostweights.benchmark.report.tables import Tables
from boostweights.benchmark.stats import FEWEST_FAMILIES

_DIGITS = 6
_CURVE_DIGITS = 3  # what a curve of 600 pixels can show
_POWER = re.compile(r"Balanced\((?:power=([0-9.]+))?\)")
_PLAIN = {"form": "auto", "resample": "none", "resolve": "fold", "early_stopping": "none"}


def payload(tables: Tables, figures: Figures) -> dict[str, Any]:
    """Return the page's data.

    ``values`` has a list a column (view and metric), with a number or null for each of the ``cells``. Where
    a fold is missing, on either side, ``partial`` has the difference from unweighted, column → cell → value,
    since it is not the difference of the means.
    """
    from scipy import stats

    rows = figures.means.index.to_frame(index=False)
    names = {  # whose places in these lists the page computes with
        "regime": tables.regimes,
        "dataset": tables.datasets["dataset"].astype(str).tolist(),
        "library": tables.libraries,
        "arm": tables.arm_names,
    }
    # the studentized range's quantile over the square root of 2, by number of arms (Demšar 2006)
    arms = np.arange(3, len(names["arm"]) + 1)
    quantiles = stats.studentized_range.ppf(0.95, arms, np.inf) / np.sqrt(2)
    measured = set(figures.means.columns.get_level_values(0))
    openings = [("0.5/raw", "f1"), ("none/raw", "average_precision")]
    view, metric = next((column for column in openings if figures.has(*column)), openings[0])
    rope = tables.suite.get("rope", {})
    return {
        "datasets": _datasets(tables),
        "libraries": names["library"],
        "regimes": names["regime"],
        "arms": _arms(tables),
        "baseline": BASELINE,
        "views": [{"key": key, "text": text} for key, text in VIEWS.items() if key in measured],
        "metrics": [
            {key: getattr(known, key) for key in ("name", "text", "lower", "toned")}
            | {"rope": rope.get(known.name)}
            for known in figures.metrics.values()
        ],
        "cells": {key: rows[key].map(known.index).tolist() for key, known in names.items()},
        "columns": ["/".join(column) for column in figures.means.columns],
        "values": [[plain(value) for value in figures.means[column]] for column in figures.means.columns],
        "partial": _partial(figures),
        "quantiles": [None, None, None, *map(plain, quantiles)],
        "fewest_families": FEWEST_FAMILIES,
        "costs": _costs(tables),
        "start": {"view": view, "metric": metric},
        "curves": _curves(tables, names),
    }


def _curves(tables: Tables, names: Mapping[str, list[str]]) -> dict[str, list[list[Any]]]:
    """Return the curves of the arms that weight rows and do nothing else, which keeps the page small.

    Returns
    -------
    dict of str to list
        ``"reliability/raw"``, ``"reliability/corrected"``, ``"reliability/fitted"`` and
        ``"precision_recall/raw"``, each a row a regime, data set, library and arm (their places in the page's
        lists) with x, y and n, a list each.
    """
    arms = [row["arm"] for row in tables.arms.to_dict("records") if weighs_rows(row)]
    curves: dict[str, list[list[Any]]] = {}
    chosen = tables.curves[tables.curves["arm"].isin(arms)]
    for (curve, proba, *cell), points in chosen.groupby(["curve", "proba", *names], sort=False):
        where = [known.index(str(name)) for known, name in zip(names.values(), cell, strict=True)]
        columns = [[plain(value, _CURVE_DIGITS) for value in points[axis]] for axis in ("x", "y")]
        curves.setdefault(f"{curve}/{proba}", []).append([*where, *columns, points["n"].tolist()])
    return curves


def plain(value: Any, digits: int = _DIGITS) -> Any:
    """Return a number that JSON has: None for NaN and infinities, whole numbers as such.

    Examples
    --------
    >>> plain(0.12345678), plain(3.0), plain(float("nan"))
    (0.123457, 3, None)
    """
    if value is None or not math.isfinite(value):
        return None
    rounded = float(f"{value:.{digits}g}")
    return int(rounded) if rounded.is_integer() else rounded


def weighs_rows(arm: Any) -> bool:
    """Whether an arm gives rows its policy's weights, of the training fold, and does nothing else.

    Examples
    --------
    >>> weighs_rows({"policy": "Costs()"}), weighs_rows({"policy": "Costs()", "resample": "over"})
    (True, False)
    """
    plain = all(arm.get(key, value) == value for key, value in _PLAIN.items())
    return plain and not arm.get("dummy", False) and not isinstance(arm.get("parameters"), str)


def _arms(tables: Tables) -> list[dict[str, Any]]:
    """Arms by name, in the suite's order, with the power of the class counts at which they weight rows.

    The power is None where an arm does anything else. Of two arms of one power, the sweep takes the first.
    """
    settings = {row["arm"]: row for row in tables.arms.to_dict("records")}
    powers: dict[str, float] = {}
    for name in tables.arm_names:
        policy = str(settings[name].get("policy"))
        balanced = _POWER.fullmatch(policy)
        if weighs_rows(settings[name]) and (balanced or policy == "Unweighted()"):
            power = float(balanced[1] or 1) if balanced else 0.0
            if power not in powers.values():
                powers[name] = power
    return [
        {"name": name, "power": powers.get(name), "dummy": settings[name].get("dummy") is True}
        for name in tables.arm_names
    ]


def _datasets(tables: Tables) -> list[dict[str, Any]]:
    numbers = ["rows", "positives", "imbalance_ratio"]
    rows = tables.datasets.reindex(columns=["dataset", "family", "task", *numbers])
    return [
        {str(name): plain(value) if name in numbers else value for name, value in row.items()}
        for row in rows.rename(columns={"dataset": "name"}).to_dict("records")
    ]


def _partial(figures: Figures) -> dict[str, dict[str, Any]]:
    means, differences = figures.means, figures.differences
    cells: Any = means.index
    base = means[cells.get_level_values("arm") == BASELINE].droplevel("arm").reindex(cells.droplevel("arm"))
    apart = ~np.isclose(means - base.to_numpy(), differences, rtol=0, atol=1e-9, equal_nan=True)
    counted = means.columns.get_level_values(1).isin(COUNTS)
    partial = means.notna() & (~figures.whole | (apart & ~counted))
    return {
        str(place): {
            str(at): plain(differences.iloc[int(at), place]) for at in np.flatnonzero(partial[column])
        }
        for place, column in enumerate(means.columns)
        if partial[column].any()
    }


def _costs(tables: Tables) -> dict[str, float]:
    """Where the fields of costs start: the suite's, or the median imbalance to one."""
    general = tables.suite.get("costs", {}).get("", {})
    fn, fp = general.get("fn", "imbalance"), float(general.get("fp", 1.0))
    ratios = tables.datasets.reindex(columns=["imbalance_ratio"])["imbalance_ratio"].astype(float)
    return {"fn": round(float(ratios.median())) * fp if fn == "imbalance" else float(fn), "fp": fp}
