"""What advice is asked for: names of needs, and the costs where a policy gave them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from boostweights.errors import InvalidTypeError, InvalidValueError, did_you_mean, shown
from boostweights.recommendation.needs import NAMES, RATES, named
from boostweights.weighting.policies.by_row import RowCosts
from boostweights.weighting.policies.costs import Costs


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
        raise InvalidValueError("advice must know a need", "none", did_you_mean("", NAMES))
    if len(policies) > 1:
        raise InvalidValueError("costs must be said once", shown(policies), "Keep one policy.")
    return Needs(names=tuple(names), costs=policies[0] if policies else None)


def _name(part: Any) -> str:
    if not isinstance(part, str):
        mend = f"Use {', '.join(NAMES)}, Costs(…) or RowCosts()."
        raise InvalidTypeError("a need must be a name or a policy of costs", shown(part), mend)
    need = named(part)
    if need.name in RATES and need.rate is None:
        raise InvalidValueError("such a need must have its rate", shown(part), f'Write "{part} … 0.5".')
    return str(need)
