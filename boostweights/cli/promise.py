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
    from boostweights.probabilities.promises import ROWS, Promised, Rate, level_of

    columns: dict[str, list[Any]]
    if recall is alarms is None:
        kinds = [(metric, rate) for metric, usual in _RATES.items() for rate in usual]
        columns = {
            "promise": [f"{metric} at {'least' if metric == 'recall' else 'most'}" for metric, _ in kinds],
            "rate": [rate for _, rate in kinds],
        }
        for sure in _CONFIDENCES:
            columns[f"confidence {sure:g}"] = [
                Promised(**{metric: rate}, confidence=sure).rows_needed[metric] for metric, rate in kinds
            ]
    else:
        wanted = Promised(recall=recall, alarms=alarms, confidence=confidence)
        level = 1 - level_of(confidence, len(wanted.rates))
        rates = [
            Rate(metric=name, rate=rate, confidence=level, n=times * wanted.rows_needed[name], threshold=0.0)
            for name, rate in wanted.rates.items()
            for times in _TIMES
        ]
        columns = {
            "promise": [f"{rate.metric} {rate.rate:g}" for rate in rates],
            "confidence": [round(rate.confidence, 6) for rate in rates],
            "of": [ROWS[rate.metric] for rate in rates],
            "rows": [rate.n for rate in rates],
            "order statistic": [rate.rank for rate in rates],
            "expected": [round(rate.expected, 4) for rate in rates],
        }
    say(as_rows(columns), as_text(columns), as_json=as_json)


def promised(at_least: str | None, at_most: str | None, confidence: float | None) -> Promised | None:
    """Return the one promise of ``--at-least``, ``--at-most`` and ``--confidence``, or raise.

    Examples
    --------
    >>> promised(None, "alarms=50/1000", None)
    Promised(recall=None, alarms=0.05, confidence=0.9)
    """
    from boostweights.probabilities.promise_cost import of_one_rate
    from boostweights.probabilities.promises import asked

    if at_least is at_most is None:
        rule, remedy = "--confidence is that of a promise", "Add, for example, --at-least recall=.9."
        check_that(confidence is None, rule, f"{confidence} without one", remedy)
        return None
    recall, alarms = _rate("--at-least", at_least, "recall"), _rate("--at-most", at_most, "alarms")
    return of_one_rate(asked(recall, alarms, 0.9 if confidence is None else confidence))


def _rate(option: str, option_text: str | None, metric: str) -> dict[str, float] | None:
    if option_text is None:
        return None
    name, _, text = option_text.partition("=")
    part, _, whole = text.partition("/")
    try:
        rate = float(part) / float(whole or 1)
    except (ValueError, ZeroDivisionError):
        rate = math.nan
    remedy = f"Write {option} {metric}={'.9' if metric == 'recall' else '50/1000'}."
    is_rate = name.strip() == metric and not math.isnan(rate)
    check_that(is_rate, f"{option} must be {metric}=RATE", shown(option_text), remedy)
    return {metric: rate}
