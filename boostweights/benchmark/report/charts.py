"""Charts of a summary, as Vega-Lite specifications."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import altair as alt
import pandas as pd

from boostweights.benchmark.report.summary import BASELINE, COLUMNS, Summary
from boostweights.pages import PALETTE, inline, specification

__all__ = ["changes", "trails"]


def changes(summary: Summary) -> dict[str, Any] | None:
    """Return how each figure moves away from unweighted: a dot a data set and library, a bar their mean.

    None if there is nothing to compare.
    """
    names = [name for name in COLUMNS if name != "fit_cpu"]
    keys = ["dataset", "library", "policy"]
    if summary.paired.empty:
        return None
    by_data = summary.paired.groupby(keys, sort=False)[names].mean().reset_index()
    long = by_data.melt(id_vars=keys, var_name="metric", value_name="difference").replace(
        {"metric": dict(COLUMNS)}
    )
    policies = list(dict.fromkeys(long["policy"]))
    base = alt.Chart(_inline(long)).encode(
        y=alt.Y("metric:N", sort=[COLUMNS[name] for name in names], title=None),
        yOffset=alt.YOffset("policy:N", sort=policies, scale=alt.Scale(paddingOuter=0.25)),
        color=alt.Color("policy:N", scale=alt.Scale(domain=policies, range=list(PALETTE)), legend=None),
    )
    dots = base.mark_circle(size=42, opacity=0.45).encode(
        x=alt.X(
            "difference:Q", title=f"difference from {BASELINE}", axis=alt.Axis(format="+.1f", tickCount=7)
        ),
        tooltip=[
            *(alt.Tooltip(f"{key}:N") for key in [*keys, "metric"]),
            alt.Tooltip("difference:Q", format="+.4f"),
        ],
    )
    means = base.mark_tick(thickness=3, size=15, opacity=1).encode(
        x="mean(difference):Q",
        tooltip=[
            "policy:N",
            "metric:N",
            alt.Tooltip("mean(difference):Q", format="+.4f", title="mean difference"),
        ],
    )
    zero = (
        alt.Chart(_inline(pd.DataFrame({"zero": [0]})))
        .mark_rule(color="currentColor", opacity=0.5)
        .encode(x="zero:Q")
    )
    return specification(alt.layer(zero, dots, means), height={"step": 19})


def trails(summary: Summary) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield a chart a data set: precision against recall, a line a library, from policy to policy."""
    good = summary.cells[summary.cells["status"] == "ok"]
    libraries = list(dict.fromkeys(summary.cells["library"]))
    policies = list(dict.fromkeys(summary.cells["policy"]))
    for name, cells in good.groupby("dataset", sort=False):
        means = (
            cells.groupby(["library", "policy"], sort=False)[["recall", "precision", "f1"]]
            .mean()
            .reset_index()
        )
        means["step"] = means["policy"].map(policies.index)
        yield str(name), _trail(means, libraries, policies)


def _trail(means: pd.DataFrame, libraries: list[str], policies: list[str]) -> dict[str, Any]:
    base = alt.Chart(_inline(means)).encode(
        x=alt.X("recall:Q", scale=_limits(means["recall"]), axis=alt.Axis(format=".2~f", tickCount=4)),
        y=alt.Y("precision:Q", scale=_limits(means["precision"]), axis=alt.Axis(format=".2~f", tickCount=4)),
        color=alt.Color("library:N", scale=alt.Scale(domain=libraries, range=list(PALETTE)), legend=None),
    )
    figures = [alt.Tooltip(f"{name}:Q", format=".3f") for name in ("recall", "precision", "f1")]
    line = base.mark_line(strokeWidth=2, opacity=0.8).encode(order="step:O")
    sizes = alt.Scale(domain=policies, range=[30 + 80 * step for step in range(len(policies))])
    points = base.mark_circle(opacity=1).encode(
        size=alt.Size("policy:N", scale=sizes, legend=None), tooltip=["library:N", "policy:N", *figures]
    )
    return specification(line + points, height=210)


def _limits(values: pd.Series[float]) -> alt.Scale:
    """Return an axis that the values fill, at least .2 long, within 0 to 1 but for a margin."""
    low, high = float(values.min()), float(values.max())
    margin = max(0.08 * (high - low), (0.2 - (high - low)) / 2)
    return alt.Scale(domain=[max(low - margin, -0.03), min(high + margin, 1.03)], nice=False, zero=False)


def _inline(frame: pd.DataFrame) -> Any:
    return inline({name: frame[name].tolist() for name in frame.columns})
