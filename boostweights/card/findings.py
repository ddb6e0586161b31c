"""The findings of a card: how grave each is, what the card lacks, and whether its form still holds."""

from __future__ import annotations

import datetime
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import Any, Final

from boostweights.adapters.form import Guarantee
from boostweights.audits.findings import Finding
from boostweights.card.content import Content
from boostweights.card.resolving import native_of, versions_of
from boostweights.errors import BoostweightsError, MissingLibraryError
from boostweights.weighting.class_weights import ClassWeights
from boostweights.weighting.policies.by_row import RowCosts

_STRENGTH: Final = [each.value for each in (Guarantee.DIFFERENT, Guarantee.EQUIVALENT, Guarantee.IDENTICAL)]


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


def form_findings(
    card: Content, weights: ClassWeights, y: Any, sample_weight: Any, estimator: Any
) -> Iterator[Finding]:
    """Yield findings about library, form, guarantee and versions."""
    if not card.library:
        return
    try:
        versions = versions_of(card.library)
    except MissingLibraryError as missing:
        yield _unchecked(str(missing.rule), missing.mend)
        return
    if isinstance(card.policy, RowCosts):
        return  # row weights are the reference
    inner = estimator.estimator if hasattr(estimator, "__boostweights_bake__") else estimator
    if card.estimator and inner is None:
        changed = _changed(card.versions, versions)
        if changed:
            yield _unchecked(f"{changed} since the card was written", f"Pass estimator={card.estimator}(…).")
        return
    try:
        native = native_of(weights, inner or card.library, card.form, y, sample_weight)
    except BoostweightsError as refused:
        yield _finding("error", card, f"none ({refused.rule}; got {refused.value})", refused.mend, versions)
        return
    now = native.guarantee.value
    if now != card.guarantee:
        weaker = card.guarantee not in _STRENGTH or _STRENGTH.index(now) < _STRENGTH.index(card.guarantee)
        mend = "Use form='sample_weight', or write the card again." if weaker else "Write the card again."
        yield _finding("error" if weaker else "info", card, f"{now} ({native.reason})", mend, versions)


def _finding(severity: Any, card: Content, now: str, mend: str, versions: Mapping[str, str]) -> Finding:
    changed = _changed(card.versions, versions)
    said = f"the guarantee of form {card.form!r} of {card.library} was {card.guarantee} and is {now}"
    said += f"; {changed}" if changed else ""
    return finding("card-guarantee-changed", said, severity=severity, mend=mend)


def _unchecked(why: str, mend: str) -> Finding:
    said = "the guarantee of the form was not looked at again"
    return finding("card-guarantee-unchecked", said, why=f"{why[:1].upper()}{why[1:]}.", mend=mend)


def _changed(old: Mapping[str, str], new: Mapping[str, str]) -> str:
    """Say which versions differ."""
    return ", ".join(
        f"{name} was {old.get(name, 'unknown')} and is {version}"
        for name, version in new.items()
        if old.get(name) != version
    )
