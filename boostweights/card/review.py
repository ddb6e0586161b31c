"""Who looked at a card, when, and what they said."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Any, Final

from boostweights.errors import InvalidTypeError, InvalidValueError, check_known, check_type, shown

STATES: Final = ("not reviewed", "approved", "rejected")


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """The review of a card.

    Parameters
    ----------
    state : {"not reviewed", "approved", "rejected"}
    reviewer : str
        Who reviewed it; needed once it is reviewed.
    date : datetime.date, default=None
        When; needed once it is reviewed.

    Raises
    ------
    InvalidValueError, InvalidTypeError
        If the state is unknown, or it is reviewed by nobody or at no date.

    Examples
    --------
    >>> Review(state="approved", reviewer="R. Viewer", date=datetime.date(2026, 3, 1)).state
    'approved'
    """

    state: str = STATES[0]
    reviewer: str = ""
    date: datetime.date | None = None

    def __post_init__(self) -> None:
        check_known(self.state, STATES, f"the state of a review must be one of {STATES}")
        check_type(self.reviewer, str, "reviewer must be a str", "Write a name.")
        if self.date is not None:
            mend = "Pass datetime.date(2026, 3, 1), say."
            check_date(self.date, "the date of a review must be a date", mend)
        if self.state != STATES[0] and not (self.reviewer.strip() and self.date):
            raise InvalidValueError(
                "a review has a reviewer and a date",
                f"state={self.state!r}, reviewer={self.reviewer!r}, date={self.date}",
                "Add what is lacking, or set the state to 'not reviewed'.",
            )


def check_date(value: Any, rule: str, mend: str = "Pass datetime.date(…).") -> None:
    """Raise where a value is no date, or one with a time."""
    if not isinstance(value, datetime.date) or isinstance(value, datetime.datetime):
        raise InvalidTypeError(rule, shown(value), mend)


def as_review(reviewed: Any, today: datetime.date) -> Review:
    """Return a review; None is none yet, a name is an approval of today.

    Raises
    ------
    InvalidTypeError
        If it is none of these.

    Examples
    --------
    >>> as_review("R. Viewer", datetime.date(2026, 3, 1)).state
    'approved'
    """
    if reviewed is None:
        return Review()
    if isinstance(reviewed, Review):
        return reviewed
    check_type(reviewed, str, "reviewed must be a Review or the reviewer's name", 'Pass reviewed="A. Name".')
    return Review(state="approved", reviewer=reviewed, date=today)
