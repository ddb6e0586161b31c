"""The charts of both pages, as Vega-Lite specifications. Their rows are named; a page's script fills them.

The script gives each row the fields named here; colours stand for libraries throughout.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import altair as alt

from boostweights.pages import charts
from boostweights.pages.charts import AMOUNT, PALETTE, inline, rows

_INK = "currentColor"
STEP = 19
"""Pixels of a row in the charts that have one row an arm; the script sets their heights by it."""

_SAID = {"arm:N": "trained as", "decided:N": "decided by", "dataset:N": "data set"}

TITLES = {
    "ranks": "Mean ranks of the ways to train, with half the critical difference to either side",
    "effect": "Difference from unweighted by imbalance, a dot a data set and library",
    "sweep": "The chosen figure by class weight, a line a library",
    "trade": "Precision against recall, a line a library from unweighted to balanced",
    "reliability": "Share of positives against mean probability, as trained and corrected, a line a library",
    "recall": "Precision against recall with the chosen weights and without, and what .5 decides",
    "calibration": "Log loss or Brier score before and after the weights are undone",
    "seconds": "Processor seconds of a fit, by way to train and library",
}
"""What each chart shows, for readers who cannot see it."""

_HEIGHT = 300
_LABEL = {"color": _INK, "fontSize": 12, "fontWeight": "normal", "baseline": "middle"}

OWN_TITLES = {
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
    colour = _library_colour(libraries)
    made = {
        "ranks": (_ranks(), STEP),
        "effect": (_effect(colour), 300),
        "sweep": (_sweep(colour), 260),
        "trade": (_trade(colour), 340),
        "reliability": (_reliability(colour), 340),
        "recall": (_precision_recall(colour), 340),
        "calibration": (_calibration(), STEP),
        "seconds": (_seconds(colour), STEP),
    }
    return charts.specifications(made, TITLES)


def _library_colour(libraries: Sequence[str]) -> alt.Color:
    """Return the channel of colour of charts whose rows have a library; the page has the legend."""
    return alt.Color("library:N").scale(domain=list(libraries), range=charts.colours(libraries)).legend(None)


def _arm() -> alt.Y:
    """One row an arm, in the order in which the script lists them."""
    return alt.Y("arm:N", sort=alt.EncodingSortField("place", op="min"), title=None)


def _log(field: str, title: str, **axis: Any) -> alt.X:
    x = alt.X(field).title(f"{title} (log scale)")
    return x.scale(type="log", nice=False, padding=12).axis(format="~g", **axis)


def _named(name: str, **places: Any) -> Iterator[Any]:
    """The names of the points that have one, to the side where there is room."""
    for side in ("left", "right"):
        shown = rows().transform_filter(f"datum.named && datum.side == '{side}'")
        mark = shown.mark_text(color=_INK, fontSize=12, align=side, dx=9 if side == "left" else -9, dy=-7)
        yield mark.encode(text=f"{name}:N", **places)


def _tips(*fields: str) -> list[alt.Tooltip]:
    return [
        alt.Tooltip(field, format=".4~g")
        if field.endswith(":Q")
        else alt.Tooltip(field).title(_SAID.get(field, field.removesuffix(":N")))
        for field in fields
    ]


def _ranks() -> Any:
    low, rank = (alt.X(f"{name}:Q").title("mean rank, 1 is the best") for name in ("low", "rank"))
    rank = rank.scale(zero=False, nice=False, padding=8).axis(format="~g", tickCount=8)
    both: dict[str, Any] = {
        "y": _arm(),
        "color": alt.condition("datum.alike", alt.value(PALETTE[0]), alt.value(_INK)),
        "opacity": alt.condition("datum.alike", alt.value(1), alt.value(0.55)),
    }
    bars = rows().mark_rule(strokeWidth=2.5).encode(x=low, x2="high:Q", **both)
    dots = rows().mark_circle(size=75, opacity=1)
    return alt.layer(bars, dots.encode(x=rank, tooltip=_tips("arm:N", "rank:Q"), **both))


def _effect(colour: Any) -> Any:
    x = _log("imbalance:Q", "imbalance", tickCount=6, grid=False)
    y = alt.Y("difference:Q").title("difference from unweighted").axis(format="+.2~f", tickCount=6)
    tips = _tips("dataset:N", "library:N", "imbalance:Q", "difference:Q")
    dots = rows().mark_circle(size=44, opacity=0.7)
    smooth = (
        rows("families")
        .transform_loess(on="log", loess="difference", bandwidth=0.7)
        .transform_calculate(imbalance="pow(10, datum.log)")
        .mark_line(color=_INK, strokeWidth=2.5, opacity=0.75)
        .encode(x=x, y=y)
    )
    rope = rows("rope").mark_rect(color=_INK, opacity=0.08).encode(y="low:Q", y2="high:Q")
    zero = alt.Chart(inline({"zero": [0]})).mark_rule(color=_INK, opacity=0.45).encode(y="zero:Q")
    dots = dots.encode(x=x, y=y, color=colour, tooltip=tips)
    return alt.layer(rope, zero, dots, smooth, *_named("dataset", x=x, y=y))


def _sweep(colour: Any) -> Any:
    x = _log("ratio:Q", "weight of the rarest class", tickCount=6, grid=False)
    y = alt.Y("value:Q").title(None).scale(zero=False).axis(format=".3~f", tickCount=5)
    base = rows().encode(x=x, y=y, color=colour)
    tips = _tips("arm:N", "library:N", "ratio:Q", "value:Q")
    lines = base.mark_line(strokeWidth=2).encode(order="power:Q")
    dots = base.mark_circle(size=46, opacity=1).encode(tooltip=tips)
    chosen = base.transform_filter("datum.chosen").mark_point(size=190, strokeWidth=2.2, opacity=1)
    return alt.layer(lines, dots, chosen, *_named("arm", x=x, y=y))


def _trade(colour: Any) -> Any:
    scale = alt.Scale(zero=False, nice=False, padding=14)
    axis = alt.Axis(format=".2~f", tickCount=6)
    tips = _tips("arm:N", "library:N", "decided:N", "recall:Q", "precision:Q", "f1:Q")
    x, y = alt.X("recall:Q", scale=scale, axis=axis), alt.Y("precision:Q", scale=scale, axis=axis)
    base = rows().encode(x=x, y=y, color=colour)
    other, sweep, rule = (
        base.transform_filter(f"datum.kind == '{kind}'") for kind in ("other", "sweep", "rule")
    )
    size = alt.Size("power:Q").scale(domain=[0, 1], range=[30, 190]).legend(None)
    return alt.layer(
        other.mark_point(size=38, opacity=0.6, strokeWidth=1.4).encode(tooltip=tips),
        sweep.mark_line(strokeWidth=2, opacity=0.85).encode(order="power:Q"),
        sweep.mark_circle(opacity=1).encode(size=size, tooltip=tips),
        rule.mark_point(shape="diamond", filled=True, size=120, opacity=1).encode(tooltip=tips),
        *_named("label", x=x, y=y),
    )


def _reliability(colour: Any) -> Any:
    """On square-root scales, since the probabilities of rare classes crowd near 0."""
    scale = alt.Scale(type="sqrt", domain=[0, 1])
    axis = alt.Axis(format="~g", values=[0.01, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1])
    x, y = alt.X("x:Q", scale=scale), alt.Y("y:Q", scale=scale)
    diagonal = alt.Chart(inline({"x": [0, 1], "y": [0, 1]})).encode(x=x, y=y)
    base = rows().encode(
        x=x.title("mean probability").axis(axis),
        y=y.title("share of positives").axis(axis),
        color=colour,
    )
    dash = _dashed("as trained", "corrected", "fitted")
    size = alt.Size("n:Q").scale(type="log", range=[8, 150]).legend(None)
    tips = _tips("arm:N", "library:N", "kind:N", "x:Q", "y:Q", "n:Q")
    return alt.layer(
        diagonal.mark_line(color=_INK, opacity=0.45, strokeDash=[4, 3]),
        base.mark_line(strokeWidth=2, opacity=0.6).encode(strokeDash=dash, order="x:Q"),
        base.mark_circle(opacity=0.9).encode(size=size, tooltip=tips),
    )


def _precision_recall(colour: Any) -> Any:
    x, y = (
        place.scale(domain=[0, 1]).axis(format=".1~f", tickCount=6)
        for place in (alt.X("x:Q").title("recall"), alt.Y("y:Q").title("precision"))
    )
    lines = rows().mark_line(strokeWidth=2, opacity=0.85, interpolate="monotone")
    lines = lines.encode(strokeDash=_dashed("unweighted", "chosen"), order="x:Q")
    points = rows("operating").mark_point(shape="diamond", filled=True, size=130, opacity=1)
    points = points.encode(tooltip=_tips("arm:N", "library:N", "x:Q", "y:Q"))
    return alt.layer(*(each.encode(x=x, y=y, color=colour) for each in (lines, points)))


def _dashed(*kinds: str) -> alt.StrokeDash:
    dashes = [[3, 4], [1, 0], [9, 3]]
    return alt.StrokeDash("kind:N").scale(domain=list(kinds), range=dashes[: len(kinds)]).legend(None)


def _calibration() -> Any:
    x = alt.X("value:Q").title(None).scale(zero=False, nice=False, padding=12)
    x, tips = x.axis(format=".3~f", tickCount=5), _tips("arm:N", "kind:N", "value:Q")
    kinds, colours = ["as trained", "corrected", "fitted"], [PALETTE[at] for at in (1, 0, 2)]
    kind = alt.Color("kind:N").scale(domain=kinds, range=colours).legend(None)
    bars = rows("pairs").mark_rule(color=_INK, opacity=0.4, strokeWidth=2)
    bars = bars.encode(x=alt.X("low:Q").title(None), x2="high:Q", y=_arm())
    dots = rows().mark_circle(size=80, opacity=1).encode(x=x, y=_arm(), color=kind, tooltip=tips)
    base = rows("base").mark_rule(color=_INK, strokeDash=[4, 3], opacity=0.7).encode(x="value:Q")
    return alt.layer(base, bars, dots)


def _seconds(colour: Any) -> Any:
    x = _log("value:Q", "processor seconds", tickCount=5)
    tips = _tips("arm:N", "library:N", "value:Q")
    marks = rows().mark_circle(size=70, opacity=0.9)
    return marks.encode(x=x, y=_arm(), color=colour, tooltip=tips)


def own_specifications(libraries: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Return the specification of each chart of a comparison on a table of one's own, by name."""
    alarms = alt.X("alarms:Q").title("alarms in 1000 rows").scale(type="sqrt", domain=[0, 1000])
    alarms = alarms.axis(values=[0, 10, 50, 100, 200, 400, 700, 1000], format=".0f", labelOverlap=True)
    as_x, as_y, precision = (
        channel(f"{name}:Q").title(name).scale(domain=[0, 1]).axis(format="~g", tickCount=5)
        for channel, name in ((alt.X, "recall"), (alt.Y, "recall"), (alt.Y, "precision"))
    )
    colour = _library_colour(libraries)
    made = {
        "alarms": _ways(colour, alarms, as_y),
        "precision": _ways(colour, as_x, precision),
        "benefit": _benefit(),
        "cost": _cost(),
    }
    return charts.specifications(
        {name: (chart, _HEIGHT) for name, chart in made.items()},
        {name: ": ".join(title) for name, title in OWN_TITLES.items()},
    )


def _ways(colour: Any, x: Any, y: Any) -> Any:
    """Every way to decide as a point, the chosen one and those without a model by their names."""
    figures = ("recall:Q", "precision:Q", "alarms:Q")
    tips = _tips("name:N", *figures)
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
        points.encode(color=colour, tooltip=tips),
        trivial.encode(tooltip=_tips(*figures)),
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
