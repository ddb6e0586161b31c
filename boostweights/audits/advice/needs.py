"""What a model is for, as it is asked for."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from boostweights.errors import InvalidValueError, check_known, check_type, did_you_mean, shown
from boostweights.weighting.policies.by_row import RowCosts
from boostweights.weighting.policies.costs import Costs

NEEDS: Final[Mapping[str, str]] = {
    "ranking": "average_precision",  # the order of the rows counts
    "probabilities": "log_loss",  # they are read as probabilities
    "decisions": "f1",  # without known costs
    "costs": "cost",  # errors have known costs
}
"""Need → the figure by which published results answer it."""

BOUNDED: Final[Mapping[str, str]] = {
    "recall at alarm rate": "<=",  # how many are found, if so many rows may be flagged
    "alarms at recall": ">=",  # how many rows are flagged, if so many must be found
    "recall at precision": ">=",  # how many are found, if so many alarms must be right
}
"""Needs that hold a rate, with its direction."""

_ALONE: Final[Mapping[str, tuple[str, str]]] = {
    "recall": ("every row", '"recall at alarm rate <= 0.02" or "alarms at recall >= 0.8"'),
    "precision": ("one row", '"recall at precision >= 0.5"'),
}
"""Figures that a rule wins which nobody wants, and what to ask for in their place."""

_WITH_RATE: Final = re.compile(rf"({'|'.join(BOUNDED)})\s*(?:<=|>=|≤|≥)?\s*(\S+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Needs:
    """Names, each once, and the costs where a policy gave them."""

    names: tuple[str, ...]
    costs: Costs | RowCosts | None = None


def as_needs(given: Any) -> Needs:
    """Return the needs that a name, a policy of costs, or several of these state.

    Raises
    ------
    InvalidValueError
        If a name is unknown or lacks its rate, nothing is needed, or costs are given twice.
    InvalidTypeError
        If a need is neither a name nor a policy of costs.

    Examples
    --------
    >>> as_needs("ranking").names
    ('ranking',)
    >>> as_needs(["alarms at recall 0.8", Costs(fn=50, fp=1)]).names
    ('alarms at recall >= 0.8', 'costs')
    """
    alone = isinstance(given, str | Costs | RowCosts) or not isinstance(given, Iterable)
    parts = [given] if alone else list(given)
    policies = [part for part in parts if isinstance(part, Costs | RowCosts)]
    names = dict.fromkeys("costs" if part in policies else _name(part) for part in parts)
    if not names:
        raise InvalidValueError("advice must know a need", "none", did_you_mean("", NEEDS))
    if len(policies) > 1:
        raise InvalidValueError("costs must be said once", shown(policies), "Keep one policy.")
    return Needs(names=tuple(names), costs=policies[0] if policies else None)


def _name(part: Any) -> str:
    mend = f"Use {', '.join((*NEEDS, *BOUNDED))}, Costs(…) or RowCosts()."
    check_type(part, str, "a need must be a name or a policy of costs", mend)
    if part in _ALONE:
        flagging, instead = _ALONE[part]
        rule = f"a need must not be won by flagging {flagging}"
        raise InvalidValueError(rule, shown(part), f"Say how far it may go: {instead}.")
    if (found := _WITH_RATE.fullmatch(part)) is not None:
        kind, rate = found.groups()
        return f"{kind} {BOUNDED[kind]} {_rate(part, rate):g}"
    if part in BOUNDED:
        raise InvalidValueError("such a need must say its rate", shown(part), f'Write "{part} … 0.5".')
    answering = [need for need, figure in NEEDS.items() if figure == part]
    if answering:
        rule, mend = "a need is what the model is for, not a figure", f"Say {answering[0]!r}."
        raise InvalidValueError(rule, shown(part), mend)
    check_known(part, NEEDS, "a need must be known")
    return str(part)


def _rate(need: str, text: str) -> float:
    try:
        rate = float(text)
    except ValueError:
        rate = 0.0
    if not 0 < rate < 1:
        raise InvalidValueError("the rate of a need must lie between 0 and 1", shown(need), "Write 0.5, say.")
    return rate
