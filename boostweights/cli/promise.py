"""``boostweights promise``: how many rows a promise needs, and what more of them buy."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Annotated, Any

import typer

from boostweights.cli import options
from boostweights.cli.session import say
from boostweights.errors import check_that, shown
from boostweights.tables.results import as_rows
from boostweights.tables.text import as_text

if TYPE_CHECKING:
    from boostweights.probabilities.promises import Promised

_RATES = {"recall": (0.7, 0.8, 0.9, 0.95, 0.99), "alarms": (0.2, 0.1, 0.05, 0.01)}
_CONFIDENCES = (0.8, 0.9, 0.95, 0.99)
_TIMES = (1, 2, 4, 10, 40)


def promise(
    *,
    recall: Annotated[
        float | None, typer.Option(help="At least this share of the positives is found.")
    ] = None,
    alarms: Annotated[float | None, typer.Option(help="At most this share of all rows is flagged.")] = None,
    confidence: Annotated[float, typer.Option(help="How sure; several promises share the rest.")] = 0.9,
    as_json: options.AsJson = False,
) -> None:
    """Print how many rows a promise needs that no model was trained on: positives for recall, any for alarms.

    Of more rows a higher order statistic serves: the rate to be expected comes nearer to the one promised,
    and fewer alarms are paid for it. Without --recall and --alarms: a table of the fewest rows.

    Examples
    --------
    boostweights promise
    boostweights promise --recall .9
    boostweights promise --recall .9 --alarms .05 --confidence .95
    """
    columns = fewest() if recall is alarms is None else served(recall, alarms, confidence)
    say(as_rows(columns), as_text(columns), as_json=as_json)


def promised(at_least: str | None, at_most: str | None, confidence: float | None) -> Promised | None:
    """Return the one promise of ``--at-least``, ``--at-most`` and ``--confidence``, or raise.

    Examples
    --------
    >>> promised(None, "alarms=50/1000", None)
    Promised(recall=None, alarms=0.05, confidence=0.9)
    """
    from boostweights.probabilities.promise_cost import compared_by

    if at_least is at_most is None:
        rule, remedy = "--confidence is that of a promise", "Add, for example, --at-least recall=.9."
        check_that(confidence is None, rule, f"{confidence} without one", remedy)
        return None
    recall, alarms = _rate("--at-least", at_least, "recall"), _rate("--at-most", at_most, "alarms")
    return compared_by(recall, alarms, 0.9 if confidence is None else confidence)


def _rate(option: str, option_text: str | None, metric: str) -> dict[str, float] | None:
    if option_text is None:
        return None
    name, _, text = option_text.partition("=")
    part, _, whole = text.partition("/")
    try:
        rate = float(part) / float(whole or 1)
    except (ValueError, ZeroDivisionError):
        rate = math.nan
    also = " Precision: boostweights.experimental." * (name == "precision")
    remedy = f"Write {option} {metric}={'.9' if metric == 'recall' else '50/1000'}.{also}"
    is_rate = name.strip() == metric and not math.isnan(rate)
    check_that(is_rate, f"{option} must be {metric}=RATE", shown(option_text), remedy)
    return {metric: rate}


def fewest() -> dict[str, list[Any]]:
    """Return the fewest rows of usual promises, a row each, a column a confidence.

    Examples
    --------
    >>> fewest()["rate"][:3], fewest()["confidence 0.9"][:3]
    ([0.7, 0.8, 0.9], [7, 11, 22])
    """
    from boostweights.probabilities.promises import Promised

    kinds = [(metric, rate) for metric, rates in _RATES.items() for rate in rates]
    columns: dict[str, list[Any]] = {
        "promise": [f"{metric} at {'least' if metric == 'recall' else 'most'}" for metric, _ in kinds],
        "rate": [rate for _, rate in kinds],
    }
    for sure in _CONFIDENCES:
        columns[f"confidence {sure:g}"] = [
            Promised(**{metric: rate}, confidence=sure).rows_needed[metric] for metric, rate in kinds
        ]
    return columns


def served(recall: float | None, alarms: float | None, confidence: float) -> dict[str, list[Any]]:
    """Return what a promise expects of the fewest rows and of more, a row each.

    Examples
    --------
    >>> table = served(0.9, None, 0.9)
    >>> table["rows"], table["order statistic"]
    ([22, 44, 88, 220, 880], [1, 2, 5, 16, 77])
    """
    from boostweights.probabilities.promises import ROWS, Promised, Rate, level_of

    wanted = Promised(recall=recall, alarms=alarms, confidence=confidence)
    share = 1 - level_of(confidence, len(wanted.rates))
    rates = [
        Rate(metric=metric, rate=rate, confidence=share, n=times * wanted.rows_needed[metric], threshold=0.0)
        for metric, rate in wanted.rates.items()
        for times in _TIMES
    ]
    return {
        "promise": [f"{rate.metric} {rate.rate:g}" for rate in rates],
        "confidence": [round(rate.confidence, 6) for rate in rates],
        "of": [ROWS[rate.metric] for rate in rates],
        "rows": [rate.n for rate in rates],
        "order statistic": [rate.rank for rate in rates],
        "expected": [round(rate.expected, 4) for rate in rates],
    }
