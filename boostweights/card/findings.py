"""The findings of a card: how grave each is and what to do; and what a card lacks by itself."""

from __future__ import annotations

import datetime
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from boostweights.audits.findings import Finding
from boostweights.card.content import Content


@cache
def _catalogue() -> Mapping[str, Mapping[str, Any]]:
    """Code → severity, why and mend, as far as they are always the same."""
    return tomllib.loads(files("boostweights.card").joinpath("findings.toml").read_text(encoding="utf-8"))


def finding(code: str, message: str, **case: Any) -> Finding:
    """Return the finding of a code; `case` says what ``findings.toml`` leaves open.

    Examples
    --------
    >>> print(finding("card-rejected", "R. Viewer rejected the card"))
    error card-rejected: R. Viewer rejected the card. The weights are not to be trained with. Change the
    policy and write the card again.
    """
    return Finding(code=code, message=message, **_catalogue()[code], **case)


def completeness_findings(card: Content, today: datetime.date) -> Iterator[Finding]:
    """Yield what people left open in a card."""
    review = card.review
    if not card.rationale.strip():
        yield finding("card-no-rationale", "the card has no rationale")
    if not card.owner.strip():
        yield finding("card-no-owner", "the card has no owner")
    if not card.affected:
        yield finding("card-no-affected", "the card does not say who is affected by each kind of error")
    if review.state == "not reviewed":
        yield finding("card-not-reviewed", "the card is not reviewed")
    elif review.state == "rejected":
        yield finding("card-rejected", f"{review.reviewer} rejected the card on {review.date}")
    elif review.date is not None and review.date < card.date:
        stale = f"the review is of {review.date}, the policy was resolved on {card.date}"
        yield finding("card-review-stale", stale)
    for name, date in (("card", card.date), ("review", review.date)):
        if date is not None and date > today:
            yield finding("card-date-ahead", f"the {name} is of {date}, and today is {today}")
