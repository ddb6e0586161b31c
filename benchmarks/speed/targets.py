"""The speed benchmarks: what each is to reach, and what bounds it. One entry a script of this folder.

A benchmark without a table of its own in `readme.py` is shown by these figures alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Row = tuple[str, float, float]
"""Of what, the figure, and its target there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A figure of a benchmark.

    Attributes
    ----------
    figure : str
        What it is.
    bound : str
        What limits it, and where it can be said, how far it can get.
    rows : callable
        The benchmark's JSON document → `Row`s.
    least : bool
        Whether the target is the least that it must be; otherwise the most.
    """

    figure: str
    bound: str
    rows: Callable[[Mapping[str, Any]], Iterable[Row]]
    least: bool = False


def of(
    key: str,
    case: Sequence[str],
    value: str,
    target: str | float,
    from_rows: float = 0.0,
    below: float | None = None,
) -> Callable[[Mapping[str, Any]], Iterable[Row]]:
    """Read rows of a document: what names them, a figure, and a target of theirs or a number.

    A dotted name is a path, such as ``"ratio.median"``; the target holds from so many rows on, `below` for
    fewer; what has no target is not read.
    """

    def read(document: Mapping[str, Any]) -> Iterable[Row]:
        found = document[key]
        for row in found if isinstance(found, list) else [found]:
            wanted = found_in(row, target) if isinstance(target, str) else target
            if wanted is None or (below is None and row.get("rows", from_rows) < from_rows):
                continue
            holds = row.get("rows", from_rows) >= from_rows
            name = (f"{row[each]:,}" if each == "rows" else str(row[each]) for each in case)
            yield " ".join(name), float(found_in(row, value)), float(wanted) if holds else below

    return read


def found_in(row: Any, path: str) -> Any:
    for name in path.split("."):
        row = row[name]
    return row


def judged(name: str, document: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The figures of a benchmark, each beside its target and its bound."""
    return [
        {
            "figure": target.figure,
            "of": case,
            "value": value,
            "at_least" if target.least else "at_most": wanted,
            "met": value >= wanted if target.least else value <= wanted,
            "bound": target.bound,
        }
        for target in BENCHMARKS[name]
        for case, value, wanted in target.rows(document)
    ]


def cells(row: Mapping[str, Any]) -> list[str]:
    """A figure as a page and a terminal show it."""
    least = "at_least" in row
    said = f"≥ {row['at_least']:g}" if least else f"≤ {row['at_most']:g}"
    met = "yes" if row["met"] else "**no**"
    return [row["figure"], row["of"], f"{row['value']:.3g}", said, met, row["bound"]]


HEAD = ("figure", "of", "value", "target", "met", "what bounds it")

BENCHMARKS: Mapping[str, tuple[Target, ...]] = {
    "imports": (
        Target(
            figure="import boostweights / import numpy",
            bound="1: numpy is imported",
            rows=of("import_boostweights", (), "ratio.median", "required"),
        ),
    ),
    "labels": (
        Target(
            figure="compute_sample_weight / ours",
            bound="memory: the labels are read twice, float32 weights written once",
            rows=of("against_sklearn", ("column", "rows"), "ratio.median", "required", 1e7, 1.0),
            least=True,
        ),
        Target(
            figure="weights alone / fill and mask",
            bound="1: as many float32 are written",
            rows=of("weights_alone", ("rows",), "ratio.median", "required"),
        ),
    ),
    "wrapper": (
        Target(
            figure="layer's share of the native fit",
            bound="one pass over the labels, one over the weights",
            rows=of("large", ("library", "rows"), "layer_int64.share_of_native_fit", "required_share"),
        ),
        Target(
            figure="layer alone, ms",
            bound="checks of parameters, a copy of the estimator",
            rows=of("small", ("library", "rows"), "layer_int64.milliseconds", "required_ms"),
        ),
    ),
    "frames": (
        Target(
            figure="by hand / with_weights",
            bound="the engine's own scan of the column, and a copy of as many float32",
            rows=of("engines", ("engine", "column", "rows"), "ratio.median", 1.0, 1e7),
            least=True,
        ),
    ),
    "outofcore": (
        Target(
            figure="counting / DuckDB's",
            bound="decoding the label column's pages",
            rows=of("counting", ("column", "rows"), "ratio.median", "required"),
        ),
        Target(
            figure="growth of memory, bytes a row",
            bound="bins of one or two bytes a value in memory, labels and scores alone on disk",
            rows=lambda document: (
                (row["side"], row["bytes_a_row"], row["feature_bytes_a_row"])
                for row in document["memory"]
                if "read" not in row["side"]
            ),
        ),
        Target(
            figure="ten fits / sweep",
            bound="nine readings and binnings saved; trees are grown all the same",
            rows=of("sweeps", ("library", "rows"), "ratio.median", 1.0),
            least=True,
        ),
    ),
    "tenmillion": (
        Target(
            figure="peak memory, block by block / read whole",
            bound="the library's bins, and scores and labels of all rows",
            rows=lambda document: (
                (f"{run['step']} {run['rows']:,}", run["peak_bytes"] / whole["peak_bytes"], 1.0)
                for run in document["steps"]
                for whole in document["steps"]
                if (run["side"], whole["side"]) == ("blocks", "whole")
                and (run["step"], run["rows"]) == (whole["step"], whole["rows"])
            ),
        ),
    ),
    "sweep": (
        Target(
            figure="share of nine binnings that is saved",
            bound="1, but for noise: nine of ten binnings are not made",
            rows=of("sweeps", ("library", "rows"), "reached", 0.8),
            least=True,
        ),
    ),
    "fitted": (
        Target(
            figure="fitted correction / plain fit",
            bound="5: five folds of four fifths of the rows, and all rows",
            rows=of("ratios", ("library", "rows"), "fit.median", 5.5, 1e5),
        ),
        Target(
            figure="predicting, fitted / analytic",
            bound="1: the same trees are walked",
            rows=of("ratios", ("library", "rows"), "predict.median", 1.5),
        ),
    ),
    "path": (
        Target(
            figure="path / GridSearchCV",
            bound="binning, which only one fit of a fold pays, and the trees, which all pay",
            rows=of("paths", ("library", "values", "reuse", "tuning", "rows"), "ratio.median", "at_most"),
        ),
    ),
    "cluster": (
        Target(
            figure="fit on Dask / native fit",
            bound="1: the native fit; counting is one more pass over the labels",
            rows=of("fits", ("rows",), "overhead.median", 1.1, 1e6),
        ),
    ),
}
"""Script → its figures, in the order in which they run."""
ALONE = ("tenmillion",)
"""Scripts that take too long to run with the others."""
