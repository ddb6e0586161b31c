"""The charts of a comparison's page, as Vega-Lite specifications; its script gives them their rows."""

from collections.abc import Sequence
from typing import Any

import altair as alt

from boostweights.benchmark.report.charts import library_colour
from boostweights.pages import charts
from boostweights.pages.charts import AMOUNT, PALETTE, rows

_INK = "currentColor"
_HEIGHT = 300
_LABEL = {"color": _INK, "fontSize": 12, "fontWeight": "normal", "baseline": "middle"}

TITLES = {
    "alarms": (
        "Recall against alarms",
        "How many positives are found for how many alarms in 1000 rows (square-root scale); the line is the "
        "model chosen at every threshold.",
    ),
    "precision": (
        "Precision against recall",
        "Which share of the alarms is right. To flag nobody has no precision.",
    ),
    "benefit": (
        "Net benefit",
        "True positives a row, less false alarms at the rate at which the threshold trades them: above both "
        "grey lines a model is worth having at this threshold.",
    ),
    "cost": ("Expected cost by threshold", "Per 1000 rows, of the model chosen; the ring marks the least."),
}
"""Chart → its heading and what it shows."""


def specifications(libraries: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Return the specification of each chart by name."""
    alarms = alt.X("alarms:Q").title("alarms in 1000 rows").scale(type="sqrt", domain=[0, 1000])
    alarms = alarms.axis(values=[0, 10, 50, 100, 200, 400, 700, 1000], format=".0f", labelOverlap=True)
    as_x, as_y, precision = (
        channel(f"{name}:Q").title(name).scale(domain=[0, 1]).axis(format="~g", tickCount=5)
        for channel, name in ((alt.X, "recall"), (alt.Y, "recall"), (alt.Y, "precision"))
    )
    made = {
        "alarms": _trade(libraries, alarms, as_y),
        "precision": _trade(libraries, as_x, precision),
        "benefit": _benefit(),
        "cost": _cost(),
    }
    return charts.specifications(
        {name: (chart, _HEIGHT) for name, chart in made.items()},
        {name: ": ".join(title) for name, title in TITLES.items()},
    )


def _trade(libraries: Sequence[str], x: Any, y: Any) -> Any:
    """Every way to decide as a point, the chosen one and those without a model by their names."""
    tips = [
        *(alt.Tooltip(f"{name}:N") for name in ("library", "trained", "probabilities")),
        alt.Tooltip("decided:N", title="decided by"),
        *(alt.Tooltip(f"{name}:Q", format=".3~g") for name in ("recall", "precision", "alarms")),
    ]
    line = rows("curve").mark_line(color=_INK, opacity=0.45, strokeWidth=1.5)
    points = rows("points").mark_circle(size=60, opacity=0.75)
    trivial = rows("trivial").mark_point(shape="square", size=70, color=_INK, strokeWidth=1.8, opacity=1)
    chosen = rows("chosen").mark_point(size=260, color=_INK, strokeWidth=2.4, opacity=1)
    here = rows("here").mark_point(shape="cross", filled=True, size=150, color=_INK, opacity=1)
    labels = [
        rows(name)
        .transform_filter(f"datum.side == '{side}'")
        .mark_text(**_LABEL | look, align=side, dx=13 if side == "left" else -13)
        .encode(text="label:N")
        for name, look in (("chosen", {"fontSize": 13, "fontWeight": "bold"}), ("trivial", {}))
        for side in ("left", "right")
    ]
    marks = [
        line.encode(order="i:Q"),
        points.encode(color=library_colour(libraries), tooltip=tips),
        trivial.encode(tooltip=tips[-3:]),
        chosen,
        here,
        *labels,
    ]
    return alt.layer(*(mark.encode(x=x, y=y) for mark in marks))


def _benefit() -> Any:
    x = alt.X("threshold:Q").title("threshold").scale(nice=False).axis(format="~g", tickCount=6)
    y = alt.Y("value:Q").title(None).axis(format="~g", tickCount=5)
    colour = alt.Color("name:N", sort=None).scale(range=list(PALETTE)).legend(None)
    plain = rows("plain").mark_line(color=_INK, opacity=0.6, strokeWidth=1.5, strokeDash=[4, 3])
    lines = rows("benefit").mark_line(strokeWidth=2, clip=True)
    marked = rows("marked").mark_rule(color=_INK, opacity=0.5, strokeDash=[2, 3])
    return alt.layer(
        plain.encode(x=x, y=y, detail="name:N"),
        lines.encode(x=x, y=y, color=colour),
        marked.encode(x=x),
        rows("ends").mark_text(**_LABEL, align="left", dx=4, dy=-9).encode(x=x, y=y, text="name:N"),
    )


def _cost() -> Any:
    x = alt.X("threshold:Q").title("threshold (square-root scale)").scale(type="sqrt", domain=[0, 1])
    x = x.axis(format=".2~f", values=[0, 0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 1])
    y = alt.Y("cost:Q").title(None).axis(tickCount=5, labelExpr=AMOUNT)
    line = rows("costs").mark_line(color=PALETTE[0], strokeWidth=2)
    least = rows("least").mark_point(color=PALETTE[0], size=150, strokeWidth=2)
    here = rows("now").mark_point(shape="cross", filled=True, size=150, color=_INK, opacity=1)
    return alt.layer(line.encode(x=x, y=y, order="i:Q"), *(each.encode(x=x, y=y) for each in (least, here)))
