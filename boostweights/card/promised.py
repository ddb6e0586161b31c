"""The promise on a card: as a table of the file, back from it, and whether new rows keep it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from boostweights.audits.findings import Finding
from boostweights.card.content import Content
from boostweights.card.findings import finding
from boostweights.errors import InvalidTypeError
from boostweights.probabilities.promises import Promise
from boostweights.probabilities.rates import Rate
from boostweights.weighting.counts import ClassCounts


def promise_from(table: Any) -> Promise:
    """Return the promise that a table of a card's file states."""
    stated = {name: getattr(table, name) for name in ("threshold", "strict", "confidence", "clustered")}
    rates = tuple(Rate(**{name: getattr(row, name) for name in row.__struct_fields__}) for row in table.rates)
    return Promise(**stated, positive=table.positive, rates=rates)


def promise_findings(card: Content, y: Any, scores: Any, columns: Mapping[str, Any]) -> Iterator[Finding]:
    """Yield what new rows say of a card's promise, if it has one."""
    if card.promise is None:
        if scores is not None:
            raise InvalidTypeError(
                "scores show whether a promise is kept", "a card without one", "Leave them out."
            )
        return
    if scores is None:
        if y is not None:
            yield finding("card-promise-unchecked", "the card's promise was not looked at")
        return
    if isinstance(y, ClassCounts):
        raise InvalidTypeError("a promise is checked row by row", "counts of labels", "Pass the labels.")
    for seen in card.promise.check(scores, y, **columns).rates:
        yield finding("card-promise-kept" if seen.kept else "card-promise-broken", str(seen))
