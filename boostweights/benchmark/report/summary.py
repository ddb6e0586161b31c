"""Means by library and arm, and the few figures that fit a terminal and a README."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from itertools import product
from typing import Any, Literal

import pandas as pd

from boostweights.benchmark.metrics import Metric
from boostweights.benchmark.report.figures import BASELINE, Column, Figures
from boostweights.benchmark.report.tables import Tables
from boostweights.probabilities.promise_cost import promise_in_words
from boostweights.probabilities.promises import Promised

ALL = "all"
"""How tables call all libraries together."""

ROW = ["regime", "library", "arm"]
"""The columns that name a row."""

_PRICED = ("alarms", "recall", "threshold")
_LOSSES = tuple(
    (f"none/{proba}", name) for name in ("log_loss", "brier") for proba in ("raw", "corrected", "fitted")
)

Losses = Mapping[Column, Mapping[str, float]]

Tone = Literal["better", "worse", "same"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One library (or all together) under one arm, in one regime.

    Attributes
    ----------
    regime, library, policy : str
        Which regime and library, and which arm of the suite; ``"all"`` is the mean over libraries.
    means : mapping of str to float
        Per figure, the mean over data sets of the means over folds.
    differences : mapping of str to float
        The same of the differences from the unweighted model of the same fold and library; empty for
        the unweighted row, and if there is no unweighted arm.
    noise : mapping of str to float
        How large a difference its folds leave to chance; of a run of one data set, else empty.
    """

    regime: str
    library: str
    policy: str
    means: Mapping[str, float]
    differences: Mapping[str, float]
    noise: Mapping[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Prices:
    """What was promised, and what it costs.

    Attributes
    ----------
    promised : Promised
        One rate.
    rows : tuple of Row
        Alarms, recall and threshold of each library and arm; the cheapest first: by the alarms that are paid,
        or where those are promised, by the recall that they leave.
    """

    promised: Promised
    rows: tuple[Row, ...]

    @property
    def text(self) -> str:
        """What was promised, and how, in words."""
        return promise_in_words(self.promised)

    def plain(self) -> dict[str, Any]:
        """Return it for JSON."""
        rows = [
            {"library": row.library, "policy": row.policy, **row.means}
            | {f"{name}_difference": row.differences.get(name) for name in _PRICED[:2]}
            for row in self.rows
        ]
        return {"promise": asdict(self.promised), "rows": rows}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Summary:
    """What a run measured, in short.

    Attributes
    ----------
    rows : tuple of Row
        A row a regime, library and arm that has figures there, in the plan's order.
    overall : tuple of Row
        A row a regime and arm, over all libraries.
    cells : pandas.DataFrame
        One row a cell, with what became of it.
    columns : mapping of str to Metric
        The figures of the narrow table, those that have a heading.
    losses : mapping of str to mapping
        By regime: log loss and Brier score, as trained, corrected and fitted, each of them a mean over data
        sets and libraries by arm.
    prices : Prices or None
        What a promise costs, where arms are compared by one.
    averages : mapping of str to pandas.DataFrame
        ``mean``, ``difference`` from the unweighted models of the same folds (NaN without an unweighted arm),
        ``noise`` (of one data set and library, else NaN) and ``datasets``, each with a row a regime, library
        (and all libraries together) and arm, and a column a view and metric.
    done, failed, planned : int
        Cells with figures, cells that failed, and cells of the plan.
    """

    rows: tuple[Row, ...]
    overall: tuple[Row, ...]
    cells: pd.DataFrame
    columns: Mapping[str, Metric]
    losses: Mapping[str, Losses]
    prices: Prices | None
    averages: Mapping[str, pd.DataFrame]
    done: int
    failed: int
    planned: int


def summarize(tables: Tables, figures: Figures) -> Summary:
    """Return the means and paired differences of a run: raw probabilities, decided at .5.

    A mean weighs every data set alike, whatever its size, and takes in only the cells that have figures;
    a difference only those whose unweighted model has them too.
    """
    means = _averages(figures)
    columns = {name: metric for name, metric in figures.metrics.items() if metric.heading}
    views = {name: "0.5/raw" if metric.of == "decision" else "none/raw" for name, metric in columns.items()}
    rows = _rows(means, {name: (view, name) for name, view in views.items()})
    planned = set(tables.cells[ROW].itertuples(index=False, name=None))
    order = product(tables.regimes, tables.libraries, tables.arm_names)
    overall = product(tables.regimes, [ALL], tables.arm_names)
    planned |= {(regime, ALL, arm) for regime, _, arm in planned}
    together = means["mean"].xs(ALL, level="library")
    losses: dict[str, dict[Column, Any]] = {}
    for regime in tables.regimes:
        of_regime = together[together.index.get_level_values("regime") == regime].droplevel("regime")
        losses[regime] = {
            column: of_regime[column].dropna().to_dict() for column in _LOSSES if figures.has(*column)
        }
    prices = None
    promise: Mapping[str, Any] | None = tables.suite.get("promised")
    if promise is not None and ("promised/raw", "alarms") in means["mean"]:
        by, sign = ("recall", -1) if promise.get("recall") is None else ("alarms", 1)
        of_promise = _rows(means, {name: ("promised/raw", name) for name in _PRICED}).values()
        priced = [row for row in of_promise if row.library != ALL and "alarms" in row.means]
        cheapest_first = sorted(priced, key=lambda row: sign * row.means[by])
        prices = Prices(promised=Promised(**promise), rows=tuple(cheapest_first))
    return Summary(
        rows=tuple(rows[key] for key in order if key in planned),
        overall=tuple(rows[key] for key in overall if key in planned),
        cells=tables.cells,
        columns=columns,
        losses=losses,
        prices=prices,
        averages=means,
        done=int((tables.cells["status"] == "ok").sum()),
        failed=len(tables.failed),
        planned=len(tables.cells),
    )


def tone(metric: Metric, difference: float, noise: float = 0.0) -> Tone:
    """Return whether a difference is for the better; within noise, and for fit seconds, it is neither.

    Examples
    --------
    >>> recall, loss = Metric(name="recall", of="decision"), Metric(name="loss", of="score", lower=True)
    >>> tone(recall, 0.1), tone(loss, 0.1), tone(recall, 0.0001), tone(recall, 0.1, noise=0.2)
    ('better', 'worse', 'same', 'same')
    """
    if not metric.toned or abs(difference) < max(0.0005, noise):
        return "same"
    return "better" if (difference < 0) == metric.lower else "worse"


def _averages(figures: Figures) -> dict[str, pd.DataFrame]:
    """Return the `averages` of a summary: each data set and library has the same weight.

    An arm that was not measured on all data sets has the mean over its own.
    """
    parts = {
        name: pd.concat([frame.rename(index=lambda _: ALL, level="library"), frame]).groupby(
            level=ROW, sort=False
        )
        for name, frame in (
            ("mean", figures.means),
            ("difference", figures.differences),
            ("noise", figures.noise),
        )
    }
    measured = figures.means.notna()
    together = measured.groupby(level=["regime", "dataset", "arm"], sort=False).any()
    together = pd.concat({ALL: together}, names=["library"])
    datasets = [part.groupby(level=ROW, sort=False).sum() for part in (together, measured)]
    return {
        "mean": parts["mean"].mean(),
        "difference": parts["difference"].mean(),
        "noise": parts["noise"].first().where(parts["mean"].count() == 1),
        "datasets": pd.concat(datasets),
    }


def leaderboard(averages: Mapping[str, pd.DataFrame], view: str, metric: str) -> pd.DataFrame:
    """Return a row a regime, arm and library (and all libraries together) that has a figure.

    Returns
    -------
    table : pandas.DataFrame
        Columns regime, library, arm, mean, difference, noise, datasets, as `Summary.averages` has them.
    """
    board = pd.DataFrame({name: frame[view, metric] for name, frame in averages.items()})
    return board.dropna(subset="mean").reset_index()


def _rows(means: Mapping[str, pd.DataFrame], columns: Mapping[str, Column]) -> dict[Any, Row]:
    """Return a row a regime, library and arm, with the figures that it has."""
    measured = {name: column for name, column in columns.items() if column in means["mean"]}
    known = {}
    for kind in ("mean", "difference", "noise"):
        values = means[kind][list(measured.values())]
        known[kind] = {
            key: {name: value for name, value in zip(measured, row, strict=True) if not math.isnan(value)}
            for key, row in zip(values.index, values.to_numpy().tolist(), strict=True)
        }
    return {
        (regime, library, arm): Row(
            regime=regime,
            library=library,
            policy=arm,
            means=figures,
            differences={} if arm == BASELINE else known["difference"][regime, library, arm],
            noise=known["noise"][regime, library, arm],
        )
        for (regime, library, arm), figures in known["mean"].items()
    }


def loss_rows(found: Losses) -> Iterator[tuple[str, ...]]:
    """Yield a row an arm for tables: its name, and each of its `losses` as text."""
    for arm in dict.fromkeys(arm for means in found.values() for arm in means):
        yield arm, *(f"{means[arm]:.4f}" if arm in means else "–" for means in found.values())
