"""What a card lacks by itself: reasons, people, a review that is of it."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from typing import TYPE_CHECKING

from boostweights.audits.findings import Finding
from boostweights.card.findings import finding

if TYPE_CHECKING:
    from boostweights.card.card import Card

__all__ = ["completeness_findings"]


def completeness_findings(card: Card, today: datetime.date) -> Iterator[Finding]:
    """Yield what people left open in a card."""
    yield from _explained(card)
    yield from _reviewed(card)
    for name, date in (("card", card.date), ("review", card.review.date)):
        if date is not None and date > today:
            yield finding("card-date-ahead", f"the {name} is of {date}, and today is {today}")


def _explained(card: Card) -> Iterator[Finding]:
    if not card.rationale.strip():
        yield finding("card-no-rationale", "the card has no rationale")
    if not card.owner.strip():
        yield finding("card-no-owner", "the card has no owner")
    if not card.affected:
        yield finding("card-no-affected", "the card does not say who is affected by each kind of error")


def _reviewed(card: Card) -> Iterator[Finding]:
    review = card.review
    if review.state == "not reviewed":
        yield finding("card-not-reviewed", "the card is not reviewed")
    elif review.state == "rejected":
        yield finding("card-rejected", f"{review.reviewer} rejected the card on {review.date}")
    elif review.date is not None and review.date < card.date:
        yield finding(
            "card-review-stale", f"the review is of {review.date}, the policy was resolved on {card.date}"
        )
