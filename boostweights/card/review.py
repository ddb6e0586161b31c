"""Who looked at a card, when, and what they said."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Any, Final

from boostweights.errors import InvalidTypeError, InvalidValueError, did_you_mean, shown

__all__ = ["STATES", "Review", "as_review"]

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
        if self.state not in STATES:
            raise InvalidValueError(
                f"the state of a review must be one of {STATES}",
                shown(self.state),
                did_you_mean(self.state, STATES),
            )
        if not isinstance(self.reviewer, str):
            raise InvalidTypeError("reviewer must be a str", shown(self.reviewer), "Write a name.")
        if self.date is not None and not is_date(self.date):
            raise InvalidTypeError(
                "the date of a review must be a date",
                shown(self.date),
                "Pass datetime.date(2026, 3, 1), say.",
            )
        if self.state != STATES[0] and not (self.reviewer.strip() and self.date):
            raise InvalidValueError(
                "a review has a reviewer and a date",
                f"state={self.state!r}, reviewer={self.reviewer!r}, date={self.date}",
                "Add what is lacking, or set the state to 'not reviewed'.",
            )


def is_date(value: Any) -> bool:
    """Whether a value is a date without a time of day."""
    return isinstance(value, datetime.date) and not isinstance(value, datetime.datetime)


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
    if isinstance(reviewed, str):
        return Review(state="approved", reviewer=reviewed, date=today)
    raise InvalidTypeError(
        "reviewed must be a Review or the reviewer's name", shown(reviewed), 'Pass reviewed="A. Name".'
    )
