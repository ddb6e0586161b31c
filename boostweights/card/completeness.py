"""What a card lacks by itself: reasons, people, a review that is of it."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from typing import TYPE_CHECKING

from boostweights.audits.findings import Finding

if TYPE_CHECKING:
    from boostweights.card.card import Card

__all__ = ["completeness_findings"]


def completeness_findings(card: Card, today: datetime.date) -> Iterator[Finding]:
    """Yield what people left open in a card."""
    yield from _explained(card)
    yield from _reviewed(card)
    for name, date in (("card", card.date), ("review", card.review.date)):
        if date is not None and date > today:
            yield Finding(
                code="card-date-ahead",
                severity="warning",
                message=f"the {name} is of {date}, and today is {today}",
                why="What came first can't be told.",
                mend="Correct the date, or the clock.",
            )


def _explained(card: Card) -> Iterator[Finding]:
    if not card.rationale.strip():
        yield Finding(
            code="card-no-rationale",
            severity="warning",
            message="the card has no rationale",
            why="Nobody can tell whether the weights still serve their purpose.",
            mend="Write why these weights into [why] rationale.",
        )
    if not card.owner.strip():
        yield Finding(
            code="card-no-owner",
            severity="warning",
            message="the card has no owner",
            why="Nobody answers for the weights.",
            mend="Write who decided into [why] owner.",
        )
    if not card.affected:
        yield Finding(
            code="card-no-affected",
            severity="info",
            message="the card does not say who is affected by each kind of error",
            why="Weights trade one kind of error for another.",
            mend="Write it into [why.affected].",
        )


def _reviewed(card: Card) -> Iterator[Finding]:
    review = card.review
    if review.state == "not reviewed":
        yield Finding(
            code="card-not-reviewed",
            severity="warning",
            message="the card is not reviewed",
            why="The weights are one person's decision.",
            mend='Have it read; then set state = "approved", reviewer and date in [review].',
        )
    elif review.state == "rejected":
        yield Finding(
            code="card-rejected",
            severity="error",
            message=f"{review.reviewer} rejected the card on {review.date}",
            why="The weights are not to be trained with.",
            mend="Change the policy and write the card again.",
        )
    elif review.date is not None and review.date < card.date:
        yield Finding(
            code="card-review-stale",
            severity="warning",
            message=f"the review is of {review.date}, the policy was resolved on {card.date}",
            why="What was reviewed is not what the card states.",
            mend="Have it read again, and correct [review].",
        )
