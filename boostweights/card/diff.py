"""What changed between two cards, in plain words."""

import math
from collections.abc import Iterator, Mapping
from typing import Any

from boostweights.card.content import LEARNED, NATIVE, Content
from boostweights.card.policies import code_of
from boostweights.errors import shown
from boostweights.probabilities.promises import Promise

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
    facts, new_facts = _facts(old), _facts(new)
    for name in facts | new_facts:
        was, now = facts.get(name, ""), new_facts.get(name, "")
        if was == now:
            continue
        if was == "":
            yield f"{name} is now stated: {_text(now)}"
        elif now == "":
            yield f"{name} is no longer stated: it was {_text(was)}"
        else:
            yield f"{name} was {_text(was)} and is {_text(now)}"
    if old.labels != new.labels:
        yield "the labels are others" + (", with the same counts" if before.counts == after.counts else "")
    if old.split != new.split:
        yield "the split is another"
    if old.review != new.review:
        was, now = (
            f"{review.state}{f' by {review.reviewer} on {review.date}' if review.date else ''}"
            for review in (old.review, new.review)
        )
        yield f"the review was {was} and is {now}"


def _facts(card: Content) -> dict[str, Any]:
    """Return what a sentence calls each fact of a card, and the fact."""
    return {
        **{_CALLED.get(name, f"the {name}"): getattr(card, name) for name in _FACTS},
        "the promise": "" if card.promise is None else card.promise,
        **{f"who is affected by {name}": text for name, text in sorted(card.affected.items())},
        **{f"the version of {name}": version for name, version in sorted(card.versions.items())},
    }


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


def _text(value: Any) -> str:
    if isinstance(value, Promise):
        value = str(value).replace("\n", " ")
    return shown(value) if isinstance(value, str) else str(value)
