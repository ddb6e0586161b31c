"""Which rates are to be promised: recall of at least, alarms of at most, and how surely."""

from __future__ import annotations

from dataclasses import dataclass
from numbers import Real
from typing import Any, Final

from boostweights.errors import InvalidTypeError, InvalidValueError, shown
from boostweights.probabilities.tolerance import rows_needed
from boostweights.weighting.class_weights import normalise
from boostweights.weighting.policies.base import bounded

METRICS: Final = {"recall": "at least", "alarms": "at most"}
"""What can be promised, and which way: the share of positives found, and that of all rows flagged."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Promised:
    """Rates that decisions are to keep on new rows, for ``WeightedClassifier(threshold=Promised(…))``.

    Parameters
    ----------
    recall : float, default=None
        At least this share of the positives is found.
    alarms : float, default=None
        At most this share of all rows is flagged.
    confidence : float, default=0.9
        The share of all draws of the rows that a promise is made on in which it is kept; several share
        what is left.

    Raises
    ------
    InvalidValueError, InvalidTypeError
        If a rate or the confidence does not lie between 0 and 1, or nothing is promised.

    Examples
    --------
    >>> Promised(recall=0.9).rows_needed
    {'recall': 22}
    >>> Promised(recall=0.9, alarms=50 / 1000).rows_needed
    {'recall': 29, 'alarms': 59}
    """

    recall: float | None = None
    alarms: float | None = None
    confidence: float = 0.9

    def __post_init__(self) -> None:
        for name in ("confidence", *METRICS):
            if getattr(self, name) is not None or name == "confidence":
                normalise(self, **{name: checked_share(name, getattr(self, name))})
        if not self.rates:
            raise InvalidTypeError(
                "a promise is of a recall or of alarms", "neither", "Write Promised(recall=0.9), say."
            )

    @property
    def rates(self) -> dict[str, float]:
        """What is promised: metric → rate."""
        return {name: rate for name in METRICS if (rate := getattr(self, name)) is not None}

    @property
    def rows_needed(self) -> dict[str, int]:
        """The fewest rows that each promise can be made on: of recall positives, of alarms any."""
        level = level_of(self.confidence, len(self.rates))
        return {name: rows_needed(wrong_share(name, rate), level) for name, rate in self.rates.items()}


def wrong_share(metric: str, rate: float) -> float:
    """Return the share of rows that may lie on the wrong side: of positives the missed, of all the flagged.

    Examples
    --------
    >>> wrong_share("recall", 0.9), wrong_share("alarms", 0.05)
    (0.1, 0.05)
    """
    return round(1 - rate, 12) if metric == "recall" else rate


def level_of(confidence: float, promises: int = 1) -> float:
    """Return the share of draws in which one of several promises may be broken.

    Examples
    --------
    >>> level_of(0.9), level_of(0.9, 2)
    (0.1, 0.05)
    """
    return round(1 - confidence, 12) / promises


def checked_share(name: str, value: Any) -> float:
    """Return a share, or raise unless it lies between 0 and 1."""
    rule = f"{name} must lie between 0 and 1, both excluded: nothing is sure"
    return bounded(name, value, lambda share: 0 < share < 1, rule, f"Write {name}=0.9, say.")


def asked(at_least: Any, at_most: Any, confidence: Any) -> Promised:
    """Return what is to be promised, as `promise` is told it, or raise."""
    rates: dict[str, Any] = {}
    for name, given, metric in (("at_least", at_least, "recall"), ("at_most", at_most, "alarms")):
        if given is None:
            continue
        if not isinstance(given, dict) or not given:
            rate = given if isinstance(given, Real) else {"recall": 0.9, "alarms": 0.1}[metric]
            mend = f'Write {name}={{"{metric}": {rate}}}, say.'
            raise InvalidTypeError(f"{name} must map a metric to a rate", shown(given), mend)
        if set(given) != {metric}:
            more = " Precision: boostweights.experimental." if "precision" in given else ""
            raise InvalidValueError(
                f'{name} can promise "{metric}"', shown(given), f'Write {name}={{"{metric}": …}}.{more}'
            )
        rates |= given
    if not rates:
        raise InvalidTypeError(
            "a promise is of a recall or of alarms", "neither", 'Write at_least={"recall": 0.9}, say.'
        )
    return Promised(**rates, confidence=confidence)
