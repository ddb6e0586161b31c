"""How charts look in a page: colours that hold on white and on near-black, the page's own text colour."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from boostweights.tables.results import as_rows

PALETTE = ("#3d87d9", "#e0812b", "#2b9e77", "#b85fb5", "#c9a227", "#7a7fd0", "#d1495b", "#5b9aa0")
"""Readable on white and on near-black, and told apart by colour-blind readers in this order."""

AMOUNT = "format(datum.value, datum.value < 1e4 ? ',.3~r' : '.3~s')"
"""Labels of amounts along an axis: 0.25, 1,250, 200k."""

_TEXT = "currentColor"  # the page's own colour, light or dark
CONFIG: dict[str, Any] = {
    "background": "transparent",
    "font": "system-ui, sans-serif",  # not "inherit": Vega measures labels with it
    "axis": {
        "labelColor": _TEXT,
        "titleColor": _TEXT,
        "labelFontSize": 12,
        "titleFontSize": 12,
        "titleFontWeight": "normal",
        "gridColor": _TEXT,
        "gridOpacity": 0.12,
        "domain": False,
        "ticks": False,
        "labelPadding": 6,
    },
    "view": {"stroke": None},
}
"""The Vega-Lite configuration of every chart."""


def colours(libraries: Sequence[str]) -> list[str]:
    """Return a colour for each library."""
    return [PALETTE[place % len(PALETTE)] for place, _ in enumerate(libraries)]


def rows(name: str = "rows") -> Any:
    """Return a chart of named rows, which the page's script hands over; until then there are none."""
    import altair as alt

    return alt.Chart(alt.NamedData(name))


def inline(columns: Mapping[str, Sequence[Any]]) -> Any:
    """Return columns of equal length as the data of an Altair chart.

    Examples
    --------
    >>> inline({"weight": [1, 10], "recall": [0.2, 0.7]}).values
    [{'weight': 1, 'recall': 0.2}, {'weight': 10, 'recall': 0.7}]
    """
    import altair as alt

    return alt.InlineData(values=as_rows(columns))


def specifications(
    charts: Mapping[str, tuple[Any, Any]], titles: Mapping[str, str]
) -> dict[str, dict[str, Any]]:
    """Return Altair charts as Vega-Lite specifications that fill the width of their places in the page.

    Parameters
    ----------
    charts : mapping of str to tuple
        Name → the chart and its height.
    titles : mapping of str to str
        Name → what the chart shows, for readers who cannot see it.
    """
    import altair as alt

    fit = alt.AutoSizeParams(type="fit-x", contains="padding")
    made = {}
    for name, (chart, height) in charts.items():
        sized = chart.properties(description=titles[name], width="container", height=height, autosize=fit)
        plain = sized.to_dict()
        names = re.findall(r'"data": {"name": "([^"]+)"}', json.dumps(plain))
        datasets: dict[str, Any] = {named: [] for named in names}
        made[name] = plain | {"config": CONFIG, "datasets": datasets | plain.get("datasets", {})}
    return made
