"""Reliability and precision-recall curves, as the page draws them."""

from __future__ import annotations

from typing import Any, Final

from boostweights.benchmark.report.data import plain, weighs_rows
from boostweights.benchmark.report.tables import Tables

__all__ = ["curves_of"]

_DIGITS: Final = 3  # what a curve of 600 pixels can show


def curves_of(tables: Tables) -> dict[str, list[list[Any]]]:
    """Return the curves of the arms that weigh rows and do nothing else, which keeps the page small.

    Returns
    -------
    dict of str to list
        ``"reliability/raw"``, ``"reliability/corrected"`` and ``"precision_recall/raw"``, each a row a data
        set, library and arm (their places in the page's lists) with x, y and n, a list each.
    """
    settings = {str(row["arm"]): row for row in tables.arms.to_dict("records")}
    arms = [name for name in tables.arm_names if weighs_rows(settings[name])]
    places = {
        "dataset": {str(name): at for at, name in enumerate(tables.datasets["dataset"])},
        "library": {name: at for at, name in enumerate(tables.libraries)},
        "arm": {name: at for at, name in enumerate(tables.arm_names)},
    }
    found: dict[str, list[list[Any]]] = {}
    chosen = tables.curves[tables.curves["arm"].isin(arms)]
    keys = ["curve", "proba", "dataset", "library", "arm"]
    for (curve, proba, *cell), points in chosen.groupby(keys, sort=False):
        where = [places[name][str(value)] for name, value in zip(places, cell, strict=True)]
        columns = [[plain(value, _DIGITS) for value in points[name]] for name in ("x", "y")]
        found.setdefault(f"{curve}/{proba}", []).append([*where, *columns, points["n"].tolist()])
    return found
