"""Two runs of one plan next to each other: what another version of a library changed, and made worse."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd
from scipy.stats import gmean

from boostweights.benchmark.metrics import ROPE, Metric
from boostweights.benchmark.report.tables import CELL, SPLIT, Tables, named, records
from boostweights.benchmark.report.terminal import folded, table_of
from boostweights.errors import check_that

_SPLITTING = ("folds", "repeats", "split", "seed", "max_rows")
_DESCRIBED = ("name", "title", "data", "libraries", "arms", "rope", "metrics", "predictions")
"""Settings of a suite that change no result, or that are compared as far as both runs have them."""
_MOST = 20
"""Rows of a table in the terminal."""
_SIDE = ["regime", "library", "arm", "rule", "proba", "metric"]


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
    for key in _SPLITTING:
        pair = [run.suite.get(key) for run in (a, b)]
        rule, remedy = "runs to compare must split data alike", "Run one suite in both environments."
        check_that(pair[0] == pair[1], f"{rule}; {key} differs", pair, remedy)
    digests = [dict(zip(run.datasets["dataset"], run.datasets["digest"], strict=True)) for run in (a, b)]
    changed = tuple(name for name in digests[0] if digests[0][name] != digests[1].get(name, digests[0][name]))
    cells = _both(a.cells, b.cells, [*CELL], changed)
    check_that(len(cells), "runs to compare must have cells in common", "none", "Run one suite twice.")
    metrics = {**b.known_metrics, **a.known_metrics}
    figures = [run.metrics[run.metrics["metric"].isin(metrics)] for run in (a, b)]
    pairs = _both(figures[0], figures[1], [*SPLIT, *_SIDE], changed)
    settings = [{key: value for key, value in run.suite.items() if key not in _DESCRIBED} for run in (a, b)]
    failed = (cells["status_a"] == "ok") & cells["status_b"].notna() & (cells["status_b"] != "ok")
    columns = {"status_b": "status", "error_b": "error"}
    return Comparison(
        versions=_differing(a.run["versions"], b.run["versions"]),
        settings=_differing(*settings),
        changed_data=changed,
        libraries=_libraries(a, b, cells, changed),
        differences=_differences(pairs, metrics, a.suite.get("rope", {}), margin),
        newly_failed=cells.loc[failed, [*CELL, *columns]].rename(columns=columns).reset_index(drop=True),
        metrics=metrics,
    )


def _differing(a: Mapping[str, Any], b: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    names = dict.fromkeys([*a, *b])
    return {name: (a.get(name), b.get(name)) for name in names if a.get(name) != b.get(name)}


def _both(a: pd.DataFrame, b: pd.DataFrame, key: list[str], changed: tuple[str, ...]) -> pd.DataFrame:
    kept = [frame[~frame["dataset"].isin(changed)] for frame in (a, b)]
    return kept[0].merge(kept[1], on=key, suffixes=("_a", "_b"), how="inner")


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
        frame["library"].value_counts().reindex(libraries, fill_value=0)
        for frame in (a.cells, b.cells, cells, done, other)
    )
    counts = {"cells": trained, "changed": changed_models, "only_a": of_a - both, "only_b": of_b - both}
    timed = [run.timings[run.timings["step"] == "fit_cpu"] for run in (a, b)]
    fits = _both(timed[0], timed[1], [*CELL], changed)
    fits = fits[(fits["seconds_a"] > 0) & (fits["seconds_b"] > 0)]
    fits["ratio"] = fits["seconds_b"] / fits["seconds_a"]
    ratios = fits.groupby("library")["ratio"].agg(gmean)
    return pd.DataFrame(counts).assign(seconds_ratio=ratios).rename_axis("library").reset_index()


def as_text(comparison: Comparison) -> str:
    """Return what differs, by library and by figure, and the verdict in a line."""
    lines = [
        f"{name}: {a or 'not installed'} → {b or 'not installed'}"
        for name, (a, b) in comparison.versions.items()
    ]
    lines = lines or ["The same versions of everything."]
    lines += [f"The suites differ in {name}: {a} → {b}" for name, (a, b) in comparison.settings.items()]
    if comparison.changed_data:
        lines.append(f"Left out, for their data changed: {', '.join(comparison.changed_data)}")
    libraries = comparison.libraries
    ratios = libraries["seconds_ratio"].map("{:.2f}".format).where(libraries["seconds_ratio"].notna(), "–")
    rows = libraries.assign(seconds_ratio=ratios).astype(str).to_numpy().tolist()
    headings = ["library", "cells", "changed", "only in A", "only in B", "seconds B/A"]
    parts = [*map(folded, lines), "", table_of(headings, rows), ""]
    moved = comparison.differences[comparison.differences["difference"] != 0]
    if len(moved):
        rows = [_figure(row, comparison.metrics[row["metric"]].text) for row in records(moved.head(_MOST))]
        headings = ["library", "arm", "figure", "B − A", "least", "greatest", "sets", ""]
        parts.append(table_of(headings, rows, keys=3))
        if len(moved) > _MOST:
            parts.append(folded(f"The worst {_MOST} of {len(moved)} figures that moved; all with --json."))
        parts.append("")
    if len(comparison.newly_failed):
        rows = [
            [
                named(row["library"], row["regime"]),
                *(str(row[name]) for name in ("arm", "dataset", "fold")),
                f"{row['status']}: {row['error']}",
            ]
            for row in records(comparison.newly_failed.head(_MOST))
        ]
        parts += [table_of(["library", "arm", "data set", "fold", "what"], rows, keys=4), ""]
    verdict = "No regression."
    if comparison.worse:
        verdict = (
            f"{len(comparison.regressions)} figures are worse by more than their margin; "
            f"{len(comparison.newly_failed)} cells fail that did not."
        )
    return "\n".join([*parts, folded(verdict)])


def _figure(row: Mapping[str, Any], text: str) -> list[str]:
    """Return a difference as cells of a table."""
    rule = "" if row["rule"] == "none" else f" at {row['rule']}"
    proba = "" if row["proba"] == "raw" else f", {row['proba']}"
    numbers = (f"{row[name]:+.4f}" for name in ("difference", "least", "greatest"))
    library, worse = named(row["library"], row["regime"]), "worse" * row["regression"]
    return [library, row["arm"], f"{text}{rule}{proba}", *numbers, str(row["datasets"]), worse]
