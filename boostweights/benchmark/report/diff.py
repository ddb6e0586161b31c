"""Two runs of one plan beside each other: what another version of a library changed, and made worse."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd

from boostweights.benchmark.metrics import ROPE, Metric
from boostweights.benchmark.report.machine import records
from boostweights.benchmark.report.tables import CELL, SPLIT, Tables
from boostweights.errors import InvalidValueError, shown

_SPLITTING: Final = ("folds", "repeats", "split", "seed", "max_rows")
_SIDE: Final = ["regime", "library", "arm", "rule", "proba", "metric"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Comparison:
    """Run b compared with run a, on the cells that both have.

    Attributes
    ----------
    versions : mapping of str to tuple
        Packages whose versions differ: (a's, b's).
    settings : mapping of str to tuple
        What else differs between the suites.
    changed_data : tuple of str
        Data sets of other content, which are left out.
    libraries : pandas.DataFrame
        A row a library: cells that both have, how many of them have other probabilities, figures and failed
        cells that only one has, and b's processor seconds of a fit over a's (geometric mean).
    differences : pandas.DataFrame
        A row a regime, library, arm, rule, proba and metric: mean difference b minus a over families, the
        least and greatest of a data set, data sets, families, margin, and whether it is a regression. Worst
        first.
    newly_failed : pandas.DataFrame
        Cells that had figures in a and failed in b.
    metrics : mapping of str to Metric
        The metrics of both runs.
    """

    versions: Mapping[str, tuple[str | None, str | None]]
    settings: Mapping[str, tuple[Any, Any]]
    changed_data: tuple[str, ...]
    libraries: pd.DataFrame
    differences: pd.DataFrame
    newly_failed: pd.DataFrame
    metrics: Mapping[str, Metric]

    @property
    def regressions(self) -> pd.DataFrame:
        """The differences for the worse, by more than the margin."""
        return self.differences[self.differences["regression"]]

    @property
    def worse(self) -> bool:
        """Whether anything is: a figure beyond its margin, or a cell that fails now."""
        return bool(len(self.regressions) or len(self.newly_failed))

    def as_plain(self) -> dict[str, Any]:
        """Return plain values, for JSON."""
        pairs = {"versions": self.versions, "settings": self.settings}
        frames = ("libraries", "differences", "newly_failed")
        return {
            "worse": self.worse,
            **{kind: {name: list(pair) for name, pair in found.items()} for kind, found in pairs.items()},
            "changed_data": list(self.changed_data),
            **{name: records(getattr(self, name)) for name in frames},
        }


def compare_runs(a: Tables, b: Tables, *, margin: float | None = None) -> Comparison:
    """Compare run b with run a.

    Figures are paired by data set, repeat, fold, library, arm, rule and probabilities, averaged over folds,
    then over the data sets of a family, then over families. A mean for the worse by more than the margin is
    a regression.

    Parameters
    ----------
    a, b : Tables
        The older and the newer run.
    margin : float, optional
        In each metric's unit. If not given, the half-width of practical equivalence of a's suite, or .01
        where it has none.

    Raises
    ------
    InvalidValueError
        If the runs split data differently, or have no cell in common.
    """
    _check_comparable(a, b)
    digests = [dict(zip(each.datasets["dataset"], each.datasets["digest"], strict=True)) for each in (a, b)]
    changed = tuple(name for name in digests[0] if digests[0][name] != digests[1].get(name, digests[0][name]))
    cells = _both(a.cells, b.cells, [*CELL], changed)
    if cells.empty:
        raise InvalidValueError("runs to compare must have cells in common", "none", "Run one suite twice.")
    metrics = {**b.known_metrics, **a.known_metrics}
    figures = [each.metrics[each.metrics["metric"].isin(metrics)] for each in (a, b)]
    pairs = _both(figures[0], figures[1], [*SPLIT, *_SIDE], changed)
    rope = a.suite.get("rope", {})
    return Comparison(
        versions=_differing(a.run["versions"], b.run["versions"]),
        settings=_differing(_comparable(a.suite), _comparable(b.suite)),
        changed_data=changed,
        libraries=_libraries(a, b, cells, changed),
        differences=_differences(pairs, metrics, rope, margin),
        metrics=metrics,
        newly_failed=_newly_failed(cells),
    )


def _check_comparable(a: Tables, b: Tables) -> None:
    for key in _SPLITTING:
        pair = (a.suite.get(key), b.suite.get(key))
        if pair[0] != pair[1]:
            rule = f"runs to compare must split data alike; {key} differs"
            raise InvalidValueError(rule, shown(list(pair)), "Run one suite in both environments.")


def _comparable(suite: Mapping[str, Any]) -> dict[str, Any]:
    """What changes results; arms, data sets and libraries are compared as far as both have them."""
    about = ("name", "title", "data", "libraries", "arms", "rope", "metrics", "predictions")
    return {key: value for key, value in suite.items() if key not in about}


def _differing(a: Mapping[str, Any], b: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    names = dict.fromkeys([*a, *b])
    return {name: (a.get(name), b.get(name)) for name in names if a.get(name) != b.get(name)}


def _both(a: pd.DataFrame, b: pd.DataFrame, key: list[str], changed: tuple[str, ...]) -> pd.DataFrame:
    kept = [each[~each["dataset"].isin(changed)] for each in (a, b)]
    found: pd.DataFrame = kept[0].merge(kept[1], on=key, suffixes=("_a", "_b"), how="inner")
    return found


def _differences(
    pairs: pd.DataFrame, metrics: Mapping[str, Metric], rope: Mapping[str, float], margin: float | None
) -> pd.DataFrame:
    defined = pairs.dropna(subset=["value_a", "value_b"])
    defined = defined.assign(difference=defined["value_b"] - defined["value_a"])
    by_data = defined.groupby([*_SIDE, "family_a", "dataset"])["difference"].mean().reset_index()
    by_family = by_data.groupby([*_SIDE, "family_a"])["difference"].mean().reset_index()
    by_side = by_family.groupby(_SIDE)["difference"].agg(difference="mean", families="size")
    by_set = by_data.groupby(_SIDE)["difference"].agg(least="min", greatest="max", datasets="size")
    table: pd.DataFrame = by_side.join(by_set).reset_index()
    lower = table["metric"].map(lambda name: metrics[name].lower).astype(bool)
    table["margin"] = [margin if margin is not None else rope.get(name, ROPE) for name in table["metric"]]
    loss = table["difference"].where(lower, -table["difference"])
    table["regression"] = loss > table["margin"]
    order = (-loss / table["margin"].clip(lower=1e-12)).sort_values(kind="stable").index
    return table.loc[order].reset_index(drop=True)


def _libraries(a: Tables, b: Tables, cells: pd.DataFrame, changed: tuple[str, ...]) -> pd.DataFrame:
    done = cells[(cells["status_a"] == "ok") & (cells["status_b"] == "ok")]
    other = done[done["model_digest_a"] != done["model_digest_b"]]
    libraries = list(dict.fromkeys([*a.libraries, *b.libraries]))
    of_a, of_b, both, trained, changed_models = (
        each["library"].value_counts().reindex(libraries, fill_value=0)
        for each in (a.cells, b.cells, cells, done, other)
    )
    counts = {"cells": trained, "changed": changed_models, "only_a": of_a - both, "only_b": of_b - both}
    ratios = pd.Series(_seconds(a, b, changed), dtype=float)
    return pd.DataFrame(counts).assign(seconds_ratio=ratios).rename_axis("library").reset_index()


def _seconds(a: Tables, b: Tables, changed: tuple[str, ...]) -> dict[str, float]:
    fits = [each.timings[each.timings["step"] == "fit_cpu"] for each in (a, b)]
    both = _both(fits[0], fits[1], [*CELL], changed)
    both = both[(both["seconds_a"] > 0) & (both["seconds_b"] > 0)]
    logs = both.assign(log=np.log(both["seconds_b"].to_numpy() / both["seconds_a"].to_numpy()))
    return {str(name): math.exp(value) for name, value in logs.groupby("library")["log"].mean().items()}


def _newly_failed(cells: pd.DataFrame) -> pd.DataFrame:
    failed = (cells["status_a"] == "ok") & cells["status_b"].notna() & (cells["status_b"] != "ok")
    columns = {"status_b": "status", "error_b": "error"}
    return cells.loc[failed, [*CELL, *columns]].rename(columns=columns).reset_index(drop=True)
