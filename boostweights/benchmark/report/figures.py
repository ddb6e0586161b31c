"""Figures by regime, data set, library and arm: means over folds, and differences from unweighted.

A view is a decision rule on raw, corrected or fitted probabilities. Models without weights have nothing to
correct: a corrected view shows their raw figures, so that every arm is in it. A fitted view shows the arms
that were fitted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
import pandas as pd

from boostweights.benchmark.metrics import COUNTS, Metric
from boostweights.benchmark.report.tables import CELL, Tables
from boostweights.benchmark.stats import corrected_error, reach

BASELINE = "unweighted"
GROUP = ["regime", "dataset", "library", "arm"]
Column = tuple[str, str]
"""A view's key and a metric's name."""


VIEWS = {
    "none/raw": "as trained",
    "none/corrected": "corrected",
    "none/fitted": "fitted",
    "none/beta": "beta calibration",
    "0.5/raw": "most probable class (.5)",
    "0.5/corrected": ".5, corrected",
    "0.5/fitted": ".5, fitted",
    "equivalent/corrected": "at 1/(1+w), corrected",
    "equivalent/fitted": "at 1/(1+w), fitted",
    "tuned/raw": "threshold tuned for F1",
    "promised/raw": "threshold of a promise",
    "cost/raw": "threshold of costs",
    "cost/corrected": "threshold of costs, corrected",
    "cost/fitted": "threshold of costs, fitted",
}
"""Ways to look at the models, in the order of menus: a decision rule and the probabilities that it reads."""

_BESIDE = ("threshold", "weight_ratio")


@dataclass(frozen=True, kw_only=True, eq=False)
class Figures:
    """What a run measured, ready to be averaged.

    Attributes
    ----------
    means : pandas.DataFrame
        Rows (regime, dataset, library, arm), columns (view, metric): means over folds, counts summed over
        them; NaN where nothing was measured.
    differences : pandas.DataFrame
        The same rows and columns: means of the differences, fold by fold, from the unweighted model of the
        same library in the same view.
    whole : pandas.DataFrame
        The same rows and columns: whether every planned fold has the figure.
    noise : pandas.DataFrame
        The same rows and columns: half of the .95 interval of each difference by its folds (Nadeau & Bengio
        2003, see `corrected_error`); NaN of one fold.
    families : pandas.Series
        The family of each data set.
    metrics : mapping of str to Metric
        What may be chosen, in the order of menus.
    """

    means: pd.DataFrame
    differences: pd.DataFrame
    whole: pd.DataFrame
    noise: pd.DataFrame
    families: pd.Series[str]
    metrics: Mapping[str, Metric]

    def has(self, view: str, metric: str) -> bool:
        """Whether anything was measured there."""
        return (view, metric) in self.means.columns

    def table(self, view: str, metric: str) -> pd.DataFrame:
        """Return the rows of `means`, with columns mean, difference, noise and whole of a figure."""
        column = (view, metric)
        figures = {
            "mean": self.means[column],
            "difference": self.differences[column],
            "noise": self.noise[column],
            "whole": self.whole[column],
        }
        return pd.DataFrame(figures).dropna(subset="mean")


def figures_of(tables: Tables) -> Figures:
    """Return the figures of a run, by regime, data set, library and arm."""
    names = (*tables.known_metrics, *COUNTS, *_BESIDE)
    long = _long(tables, names)
    base = long[long["arm"] == BASELINE].drop(columns=["arm"])
    pair = [name for name in (*CELL, "view", "metric") if name != "arm"]
    both = long.merge(base, on=pair, how="left", suffixes=("", "_base"))
    both["difference"] = both["value"] - both["value_base"]
    grouped = both.groupby([*GROUP, "view", "metric"], sort=False, observed=True)
    measured = grouped.agg(mean=("value", "mean"), sum=("value", "sum"), n=("value", "size"))
    measured["difference"] = grouped["difference"].mean()
    folds = int(tables.suite["folds"])
    folds_of = pd.Series(folds if folds > 1 else np.nan, index=measured.index)
    measured["noise"] = reach(
        corrected_error(grouped["difference"].std(), measured["n"], folds_of), measured["n"]
    )
    counted = measured.index.get_level_values("metric").isin(COUNTS)
    measured["mean"] = measured["mean"].where(~counted, measured["sum"])
    planned = tables.cells.groupby(GROUP, sort=False).size()
    rows = pd.MultiIndex.from_frame(tables.cells[GROUP].drop_duplicates())
    wide = {}
    for name in ("mean", "difference", "noise", "n"):
        part = measured[name].unstack(["view", "metric"])
        columns = [column for column in product(VIEWS, names) if column in part.columns]
        wide[name] = part.reindex(index=rows, columns=columns).astype(np.float64)
    return Figures(
        means=wide["mean"],
        differences=wide["difference"],
        whole=wide["n"].eq(planned.reindex(rows), axis=0),
        noise=wide["noise"],
        families=tables.datasets.set_index("dataset")["family"],
        metrics=tables.known_metrics,
    )


def _long(tables: Tables, names: Sequence[str]) -> pd.DataFrame:
    """One row a cell, view and metric: each arm in each view; undefined figures are left out.

    The raw figures of cells without corrected ones are also those of the corrected views.
    """
    seconds = tables.timings.loc[tables.timings["step"] == "fit_cpu", [*CELL, "seconds"]]
    seconds = seconds.rename(columns={"seconds": "value"}).assign(rule="none", proba="raw", metric="fit_cpu")
    columns = [*CELL, "rule", "proba", "metric", "value"]
    chosen = tables.metrics.loc[tables.metrics["metric"].isin(names), columns]
    long = pd.concat([chosen, seconds[columns]], ignore_index=True).dropna(subset="value")
    long["view"] = long["rule"] + "/" + long["proba"]
    corrected = long[long["proba"] == "corrected"]
    cells = pd.MultiIndex.from_frame(corrected[[*CELL]].drop_duplicates())
    also = pd.concat([corrected[["rule", "metric"]], pd.DataFrame({"rule": "equivalent", "metric": names})])
    raw = long[long["proba"] == "raw"].merge(also.drop_duplicates())
    alone = raw[~pd.MultiIndex.from_frame(raw[[*CELL]]).isin(cells)]
    long = pd.concat([long, alone.assign(view=alone["rule"] + "/corrected")], ignore_index=True)
    return long[[*CELL, "view", "metric", "value"]]
