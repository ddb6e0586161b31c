"""What changed between two cards, in plain words."""

import math
from collections.abc import Iterator, Mapping
from typing import Any

from boostweights.card.content import LEARNED, NATIVE, Content
from boostweights.card.policies import code_of
from boostweights.errors import shown

_FACTS = ("rationale", "owner", "target", *NATIVE, *LEARNED, "date")
_CALLED = {
    "target": "the target column",
    "reason": "the reason of the guarantee",
    "params": "what the form sets",
    "pins": "what the form pins",
}
"""Facts that are called otherwise than by their names."""


def changes(old: Content, new: Content) -> Iterator[str]:
    """Yield a sentence for each change, the weights first."""
    before, after = old.weights, new.weights
    yield from _numbers("the weight of", before.class_weight, after.class_weight)
    yield from _numbers("the number of rows of", before.counts, after.counts)
    if code_of(old.policy) != code_of(new.policy):
        yield f"the policy was {code_of(old.policy)} and is {code_of(new.policy)}"
    for name in _FACTS:
        if getattr(old, name) != getattr(new, name):
            yield _fact(_CALLED.get(name, f"the {name}"), getattr(old, name), getattr(new, name))
    if old.promise != new.promise:
        yield _fact("the promise", _promise(old), _promise(new))
    yield from _texts("who is affected by", old.affected, new.affected)
    same_counts = before.counts == after.counts
    if old.labels != new.labels:
        yield "the labels are others" + (", with the same counts" if same_counts else "")
    if old.split != new.split:
        yield "the split is another"
    yield from _texts("the version of", old.versions, new.versions)
    if old.review != new.review:
        yield f"the review was {_review(old)} and is {_review(new)}"


def _numbers(what: str, old: Mapping[Any, float], new: Mapping[Any, float]) -> Iterator[str]:
    for label, value in new.items():
        if label not in old:
            yield f"{what} {label!r} is new: {value}"
        elif (kind := next(type(known) for known in old if known == label)) is not type(label):
            yield f"{what} {label!r} is of a label that was {kind.__name__}"  # 1, 1.0 and True are equal
        elif old[label] != value:
            change = 100 * (value / old[label] - 1) if old[label] else math.inf
            digits = 0 if abs(change) >= 1 else 2
            verb = "rose" if value > old[label] else "fell"
            yield f"{what} {label!r} {verb} from {old[label]} to {value} ({change:+.{digits}f} %)"
    for label, value in old.items():
        if label not in new:
            yield f"{what} {label!r} is gone: it was {value}"


def _texts(what: str, old: Mapping[str, str], new: Mapping[str, str]) -> Iterator[str]:
    for name in sorted({*old, *new}):
        if old.get(name) != new.get(name):
            yield _fact(f"{what} {name}", old.get(name, ""), new.get(name, ""))


def _fact(called: str, old: Any, new: Any) -> str:
    if old == "":
        return f"{called} is now stated: {_text(new)}"
    if new == "":
        return f"{called} is no longer stated: it was {_text(old)}"
    return f"{called} was {_text(old)} and is {_text(new)}"


def _text(value: Any) -> str:
    return shown(value) if isinstance(value, str) else str(value)


def _promise(card: Content) -> str:
    return "" if card.promise is None else str(card.promise).replace("\n", " ")


def _review(card: Content) -> str:
    review = card.review
    return review.state if review.date is None else f"{review.state} by {review.reviewer} on {review.date}"
