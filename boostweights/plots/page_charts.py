"""The page's charts, as Vega-Lite specifications with parameters that its sliders and fields set.

Their data are named: the page makes the rows from its counts once and hands them to every chart.
"""

import math
from collections.abc import Sequence
from typing import Any

import altair as alt

from boostweights.pages import charts
from boostweights.pages.charts import AMOUNT, PALETTE, inline
from boostweights.plots.base import share_end

_HEIGHT = 220
_FIRST, _SECOND = PALETTE[0], PALETTE[1]
_TICKS = (0.0001, 0.001, 0.01, 0.1, 0.5, 0.9, 0.99, 0.999, 0.9999)
_COST = (
    "1000 * (cost_tn * datum.tn + cost_fp * datum.fp + cost_fn * datum.fn + cost_tp * datum.tp) / datum.rows"
)
_AMOUNT = alt.Y("cost:Q").title(None).axis(tickCount=5, labelExpr=AMOUNT)
_DOTS = alt.OverlayMarkDef(size=30, filled=True)

TITLES = {
    "ranking": ("Precision and recall", "The point moves along the curve; the curve itself barely changes."),
    "reliability": (
        "Calibration",
        "Share of positives by mean predicted probability, in ten bins; dashed, perfect.",
    ),
    "rates": ("Recall and precision by weight", "At the threshold chosen."),
    "cost": ("Expected cost by threshold", "Per 1000 rows, at the weight chosen; the ring marks the least."),
    "costs": (
        "Expected cost by weight",
        "At the threshold chosen, and at the best threshold of each weight.",
    ),
    "loss": ("Log loss by weight", "What the weights do to probabilities, and what is left once undone."),
}
"""Chart → its heading and what it shows."""


def specifications(ratios: Sequence[float], largest: float) -> dict[str, dict[str, Any]]:
    """Return the specification of each chart by name.

    Parameters
    ----------
    ratios : sequence of float
        The weights, ticks of their axis.
    largest : float
        Of the coordinates of all reliability curves: where both axes end, below 1 where the class is rare.
    """
    weight = _weight_axis(ratios)
    made = {
        "ranking": _ranking(),
        "reliability": _reliability(share_end(largest)),
        "rates": _rates(weight),
        "cost": _cost(),
        "costs": _costs(weight),
        "loss": _loss(weight),
    }
    return charts.specifications(
        {name: (chart, _HEIGHT) for name, chart in made.items()},
        {name: ": ".join(title) for name, title in TITLES.items()},
    )


def _chart(data: str, *conditions: str) -> Any:
    """A chart of named rows; only those of the weight or threshold chosen, where conditions require it."""
    chart = charts.rows(data)
    for condition in conditions:
        chart = chart.transform_filter(condition)
    return chart


def _layer(*charts: Any) -> Any:
    values = {"weight": 0, "threshold": 0, "cost_tn": 0, "cost_fp": 1, "cost_fn": 1, "cost_tp": 0}
    return alt.layer(*charts).add_params(*(alt.param(name=name, value=values[name]) for name in values))


_HERE = ("datum.w == weight", "datum.i == threshold")


def _share(channel: Any, name: str, title: str | None, end: float = 1.0) -> Any:
    """An axis from 0 to 1, or to where it ends."""
    return channel(f"{name}:Q").title(title).scale(domain=[0, end]).axis(format="~g", tickCount=5)


def _ranking() -> Any:
    places = {"x": _share(alt.X, "recall", "recall"), "y": _share(alt.Y, "precision", "precision")}
    known = "isValid(datum.precision)"
    every = _chart("curve", known).mark_line(color="currentColor", opacity=0.16, strokeWidth=1)
    chosen = _chart("curve", known, _HERE[0]).mark_line(color=_FIRST, strokeWidth=2)
    point = _chart("curve", known, *_HERE).mark_circle(color=_SECOND, size=170, opacity=1)
    every, chosen = every.encode(order="i:Q", detail="w:N"), chosen.encode(order="i:Q")
    return _layer(*(each.encode(**places) for each in (every, chosen, point)))


def _reliability(end: float) -> Any:
    x = _share(alt.X, "predicted", "mean predicted probability", end)
    y = _share(alt.Y, "observed", "share of positives", end)
    ideal = alt.Chart(inline({"predicted": [0, end], "observed": [0, end]})).encode(x=x, y=y)
    kinds = _lines("kind", "corrected", "as trained", "fitted")
    here = _chart("bins", _HERE[0]).encode(x=x, y=y, color=kinds)
    return _layer(
        ideal.mark_line(color="currentColor", opacity=0.4, strokeDash=[3, 3], strokeWidth=1),
        here.mark_line(strokeWidth=2, point=_DOTS),
    )


def _rates(weight: Any) -> Any:
    base = _chart("curve", _HERE[1]).transform_fold(["recall", "precision"], as_=["metric", "value"])
    lines = base.mark_line(strokeWidth=2, point=_DOTS).encode(
        x=weight, y=_share(alt.Y, "value", None), color=_lines("metric", "recall", "precision")
    )
    return _layer(_weight_rule(weight), lines)


def _cost() -> Any:
    base = _chart("curve", _HERE[0]).transform_calculate(cost=_COST)
    x = alt.X("log_odds:Q").title("threshold (log-odds scale)").scale(nice=False)
    base = base.encode(
        x=x.axis(
            values=[math.log(tick / (1 - tick)) for tick in _TICKS],
            labelExpr="format(1 / (1 + exp(-datum.value)), '~g')",
            labelOverlap=True,
        ),
        y=_AMOUNT,
    )
    ranked = base.transform_window(place="row_number()", sort=[alt.SortField("cost"), alt.SortField("i")])
    return _layer(
        base.mark_line(color=_FIRST, strokeWidth=2).encode(order="i:Q"),
        ranked.transform_filter("datum.place == 1").mark_point(color=_FIRST, size=150, strokeWidth=2),
        base.transform_filter(_HERE[1]).mark_circle(color=_SECOND, size=130, opacity=1),
    )


def _costs(weight: Any) -> Any:
    base = _chart("curve").transform_calculate(cost=_COST)
    at_best = "at its best threshold"
    best = base.transform_aggregate(cost="min(cost)", groupby=["w", "ratio"])
    best = best.transform_calculate(kind=f"'{at_best}'")
    here = base.transform_filter(_HERE[1]).transform_calculate(kind="'at this threshold'")
    places = {"x": weight, "y": _AMOUNT, "color": _lines("kind", at_best, "at this threshold")}
    lines = (each.mark_line(strokeWidth=2, point=_DOTS).encode(**places) for each in (best, here))
    return _layer(_weight_rule(weight), *lines)


def _loss(weight: Any) -> Any:
    y = alt.Y("loss:Q").title(None).axis(tickCount=5, format="~g")
    kinds = _lines("kind", "corrected", "as trained", "fitted")
    lines = _chart("losses").mark_line(strokeWidth=2, point=_DOTS).encode(x=weight, y=y, color=kinds)
    return _layer(_weight_rule(weight), lines)


def _weight_axis(ratios: Sequence[float]) -> Any:
    whole = "datum.value >= 999.5 && datum.value < 1e9"  # as `weight_text`
    text = f"format(datum.value, {whole} ? ',.0f' : '.3~g')"
    x = alt.X("ratio:Q").title("weight (log scale)").scale(type="log", nice=False)
    return x.axis(values=list(ratios), labelExpr=text, labelOverlap=True, labelSeparation=8, grid=False)


def _weight_rule(weight: Any) -> Any:
    """A line where the weight chosen is."""
    rule = _chart("weights", _HERE[0]).mark_rule(color="currentColor", opacity=0.45, strokeWidth=1.5)
    return rule.encode(x=weight)


def _lines(name: str, *kinds: str) -> Any:
    """The colours of lines, and a legend of them above the chart."""
    colours = alt.Color(f"{name}:N").title(None).scale(domain=kinds, range=PALETTE[: len(kinds)])
    return colours.legend(
        orient="top", labelColor="currentColor", labelFontSize=12, symbolType="circle", offset=4
    )
