"""What a model is needed for, by name; costs may be given as a policy."""

from __future__ import annotations

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
    "recall": "recall",  # more of the rare class is to be found
    "precision": "precision",  # few false alarms
    "costs": "cost",  # errors have known costs
}
"""Need → the figure by which published results answer it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Needs:
    """Names of `NEEDS`, each once, and the costs where a policy gave them."""

    names: tuple[str, ...]
    costs: Costs | RowCosts | None = None


def as_needs(given: Any) -> Needs:
    """Return the needs that a name, a policy of costs, or several of these state.

    Raises
    ------
    InvalidValueError
        If a name is unknown, nothing is needed, or costs are given twice.
    InvalidTypeError
        If a need is neither a name nor a policy of costs.

    Examples
    --------
    >>> as_needs("ranking").names
    ('ranking',)
    >>> as_needs(["probabilities", Costs(fn=50, fp=1)]).names
    ('probabilities', 'costs')
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
    mend = f"Use {', '.join(NEEDS)}, Costs(…) or RowCosts()."
    check_type(part, str, "a need must be a name or a policy of costs", mend)
    check_known(part, NEEDS, "a need must be known")
    return str(part)
