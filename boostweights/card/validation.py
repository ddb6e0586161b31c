"""What a card may state: types and ranges, checked when one is made, from whatever source."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from boostweights.adapters.registry import adapter_named
from boostweights.card.content import ERRORS, LEARNED, NATIVE, Content
from boostweights.card.policies import fields_of, kind_of
from boostweights.card.review import Review, check_date
from boostweights.errors import InvalidTypeError, InvalidValueError, check_known, check_type, shown
from boostweights.probabilities.promises import Promise
from boostweights.weighting.class_weights import ClassWeights
from boostweights.weighting.labels.rules import Label, LabelMap
from boostweights.weighting.policies.names import KINDS

_TEXTS: Final = ("target", "labels", "split", *NATIVE, *LEARNED, "rationale", "owner")
_DIGEST: Final = re.compile("sha256:[0-9a-f]{64}")


def checked(card: Content) -> dict[str, Any]:
    """Return the fields of a card that are normalised, or raise."""
    mend = "Make it with Card.of(policy, y)."
    check_type(card.weights, ClassWeights, "a card's weights are resolved ClassWeights", mend)
    check_date(card.date, "the date of a card must be a date")
    check_type(card.review, Review, "review must be a Review", "Pass Review(…).")
    if card.promise is not None:
        check_type(card.promise, Promise, "a card's promise is a Promise", "Make one with promise(…).")
    _check_labels(card)
    for name in _TEXTS:
        checked_text(name, getattr(card, name))
    checked_text("reviewer", card.review.reviewer)
    for name in ("labels", "split"):
        if getattr(card, name) and not _DIGEST.fullmatch(getattr(card, name)):
            raise InvalidValueError(
                f"{name} must be a digest, sha256: and 64 digits",
                shown(getattr(card, name)),
                f"Leave {name} out, or make the card with Card.of.",
            )
    if card.library:
        adapter_named(card.library)
    return {"affected": _affected(card), "versions": LabelMap(_texts("versions", card.versions))}


def checked_text(name: str, text: Any) -> str:
    """Return a text that UTF-8 can hold, or raise."""
    check_type(text, str, f"{name} must be a str", f'Write {name}="…".')
    try:
        text.encode()
    except UnicodeEncodeError as broken:
        raise InvalidValueError(
            f"{name} must be text that UTF-8 can hold", shown(text), "Take out the lone surrogates."
        ) from broken
    return str(text)


def _check_labels(card: Content) -> None:
    """Raise where a label would not come back as it is: a policy's, too."""
    found = fields_of(card.policy)
    fields = found if kind_of(card.policy) in KINDS else {}
    labels = [*card.weights.classes, *fields.get("classes", ())]
    labels += [label for name in ("weights", "prior") for label, _ in fields.get(name, ())]
    labels += [fields["positive"]] if "positive" in fields else []
    for label in labels:
        if not isinstance(label, (bool, int, float, str)):
            raise InvalidTypeError(
                "a card's labels are bools, numbers or texts",
                f"{shown(label)} ({type(label).__name__})",
                "Convert the target column, with .astype(str), say.",
            )
        if isinstance(label, str):
            checked_text("a label", label)


def error_names(classes: Sequence[Label]) -> tuple[str, ...]:
    """Return what errors may be called: by class, and between two classes fn and fp.

    Examples
    --------
    >>> error_names([0, 1]), error_names(["a", "b", "c"])
    (('fn', 'fp', '0', '1'), ('a', 'b', 'c'))
    """
    return (*(ERRORS if len(classes) == 2 else ()), *map(str, classes))


def _affected(card: Content) -> LabelMap[str]:
    """Who is affected, by texts of labels or kinds of errors; nobody named is left out."""
    given = _texts("affected", card.affected, keys=str)
    known = error_names(card.weights.classes)
    for key in given:
        check_known(key, known, "affected must name kinds of errors, fn and fp, or classes")
    return LabelMap({key: text for key, text in given.items() if text})


def _texts(name: str, given: Any, keys: Any = None) -> dict[str, str]:
    check_type(given, Mapping, f"{name} must map names to texts", f'Write {name}={{"fn": "…"}}.')
    found = {
        keys(key) if keys else checked_text(f"a name in {name}", key): text for key, text in given.items()
    }
    return {key: checked_text(f"{name} of {key}", text) for key, text in found.items()}
