"""What a card holds and may state: plain data by which its parts are typed, its review, and its digests."""

import datetime
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, Literal

import numpy as np

from boostweights.adapters.registry import adapter_named
from boostweights.card.policies import fields_of, kind_of
from boostweights.errors import InvalidTypeError, check_keys, check_known, check_that, check_type
from boostweights.probabilities.promises import Promise
from boostweights.weighting.class_weights import ClassWeights
from boostweights.weighting.labels.counting import factorize
from boostweights.weighting.labels.rules import Label, LabelMap
from boostweights.weighting.policies.names import Weighting

SCHEMA = 1
NATIVE = ("library", "form", "guarantee", "reason", "params", "pins", "estimator")
"""The fields of a card that describe the native form."""
LEARNED = ("correction", "decision")
"""The fields that were found with the model; they are in the file where they are not empty."""
ERRORS = ("fn", "fp")
State = Literal["not reviewed", "approved", "rejected"]
STATES: tuple[State, ...] = ("not reviewed", "approved", "rejected")
_TEXTS = ("target", "labels", "split", *NATIVE, *LEARNED, "rationale", "owner")
_BLOCK = 1 << 20


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

    state: State = STATES[0]
    reviewer: str = ""
    date: datetime.date | None = None

    def __post_init__(self) -> None:
        check_known(self.state, STATES, f"the state of a review must be one of {STATES}")
        check_type(self.reviewer, str, "reviewer must be a str", "Write a name.")
        if self.date is not None:
            check_date(self.date, "the date of a review must be a date")
        check_that(
            self.state == STATES[0] or (self.reviewer.strip() and self.date),
            "a review has a reviewer and a date",
            f"state={self.state!r}, reviewer={self.reviewer!r}, date={self.date}",
            "Add what is missing, or set the state to 'not reviewed'.",
        )


def check_date(value: Any, rule: str) -> None:
    """Raise where a value is no date, or one with a time."""
    is_date = isinstance(value, datetime.date) and not isinstance(value, datetime.datetime)
    check_that(is_date, rule, repr(value), "Pass datetime.date(2026, 3, 1).", InvalidTypeError)


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """The fields of a `Card`, which documents and checks them."""

    policy: Weighting
    date: datetime.date
    weights: ClassWeights
    target: str = ""
    affected: Mapping[str, str] = field(default_factory=dict)
    labels: str = ""
    split: str = ""
    library: str = ""
    form: str = ""
    guarantee: str = ""
    reason: str = ""
    params: str = ""
    pins: str = ""
    estimator: str = ""
    correction: str = ""
    decision: str = ""
    promise: Promise | None = None
    versions: Mapping[str, str] = field(default_factory=dict)
    review: Review = field(default_factory=Review)

    def __post_init__(self) -> None:
        check_type(self.weights, ClassWeights, "a card's weights are ClassWeights", "Use Card.of(policy, y).")
        check_date(self.date, "the date of a card must be a date")
        check_type(self.review, Review, "review must be a Review", "Pass Review(…).")
        if self.promise is not None:
            check_type(self.promise, Promise, "a card's promise is a Promise", "Make one with promise(…).")
        fields_of(self.policy)  # raises where the fields would not come back as they are
        rule, remedy = "a card's labels are bools, numbers or texts", "Convert the target column to texts."
        for label in self.weights.classes:
            check_type(label, (bool, int, float, str), rule, remedy)
        if self.library:
            adapter_named(self.library)
        check_type(self.affected, Mapping, "affected must map names to texts", 'Write affected={"fn": "…"}.')
        affected = {str(name): text for name, text in self.affected.items()}
        rule = "affected must name kinds of errors, fn and fp, or classes"
        check_keys(affected, error_names(self.weights.classes), rule)
        texts = {name: getattr(self, name) for name in _TEXTS} | affected | dict(self.versions)
        for name, text in {**texts, "reviewer": self.review.reviewer}.items():
            check_type(text, str, f"{name} must be a str", f'Write {name}="…".')
        stated = {name: text for name, text in affected.items() if text}
        object.__setattr__(self, "affected", LabelMap(stated))
        object.__setattr__(self, "versions", LabelMap(self.versions))

    @property
    def rationale(self) -> str:
        """Why these weights."""
        return self.policy.rationale

    @property
    def owner(self) -> str:
        """Who decided on them."""
        return self.policy.owner

    @property
    def digest(self) -> str:
        """SHA-256 of all that is resolved: all but rationale, owner, affected and review."""
        weights = self.weights
        classes = [[label, weights.counts[label], weight] for label, weight in weights.class_weight.items()]
        native = [*(getattr(self, name) for name in NATIVE), *([self.correction] if self.correction else [])]
        policy = [kind_of(self.policy), fields_of(self.policy), self.date.isoformat()]
        data = [self.target, self.labels, self.split, classes]
        decides = [self.decision] if self.decision else []
        if self.promise is not None:
            decides.append(repr(self.promise))
        content = [SCHEMA, policy, data, native, dict(self.versions), *decides]
        return _digest(json.dumps(content, allow_nan=False).encode())


def without_none(value: Any) -> Any:
    """Return plain values without those that are None, in tables of any depth, for TOML."""
    if isinstance(value, dict):
        return {name: without_none(part) for name, part in value.items() if part is not None}
    return [without_none(part) for part in value] if isinstance(value, (list, tuple)) else value


def labels_digest(y: Any) -> str:
    """Return a digest of a column of labels, the same whichever library holds the column.

    Parameters
    ----------
    y : array-like of shape (n,)
        Labels, of which values and order count; 1 and 1.0 are the same label, True and "1" are others.

    Returns
    -------
    str
        ``"sha256:"`` and 64 hexadecimal digits: SHA-256 of the sorted labels as JSON, then of each row's
        position among them as little-endian int32.

    Raises
    ------
    InvalidValueError, InvalidTypeError
        If it is no column of labels.

    Examples
    --------
    >>> labels_digest(["a", "b"]) == labels_digest(np.array(["a", "b"])) != labels_digest(["b", "a"])
    True
    """
    counts, codes = factorize(y)
    digest = sha256(b"boostweights labels\n")
    canonical = [int(label) if isinstance(label, float) else label for label in counts]  # 1 and 1.0 are equal
    digest.update(json.dumps(canonical, default=repr).encode())
    for start in range(0, len(codes), _BLOCK):
        digest.update(codes[start : start + _BLOCK].astype("<i4").tobytes())
    return f"sha256:{digest.hexdigest()}"


def split_digest(split: Any, rows: int | None = None) -> str:
    """Return a digest of which rows were trained on.

    Parameters
    ----------
    split : array-like of int, or of bool
        Positions of the training rows in their order, or a mask of all rows.
    rows : int, default=None
        The number of training rows, where it is known.

    Returns
    -------
    str
        SHA-256 of the positions as little-endian int64.

    Raises
    ------
    InvalidTypeError
        If these are no positions.
    InvalidValueError
        If they are negative, or as many as the training rows they are not.

    Examples
    --------
    >>> split_digest([0, 2]) == split_digest([True, False, True])
    True
    """
    array = np.asarray(split)
    rule = "split must be the positions of training rows, or a mask of all rows"
    is_split = array.ndim == 1 and array.dtype.kind in "biu"
    check_that(is_split, rule, array, "Pass the train indices of the splitter.", InvalidTypeError)
    positions = np.flatnonzero(array) if array.dtype.kind == "b" else array
    if rows is not None:
        rule = f"split must name the {rows} training rows that y has"
        check_that(len(positions) == rows, rule, f"{len(positions)} rows", "Align them.")
    least = int(positions.min(initial=0))
    check_that(least >= 0, "positions of rows are at least 0", str(least), "Count from the first row.")
    return _digest(b"boostweights split\n" + positions.astype("<i8").tobytes())


def _digest(content: bytes) -> str:
    return f"sha256:{sha256(content).hexdigest()}"


def error_names(classes: Sequence[Label]) -> tuple[str, ...]:
    """Return what errors may be called: by class, and between two classes fn and fp.

    Examples
    --------
    >>> error_names([0, 1]), error_names(["a", "b", "c"])
    (('fn', 'fp', '0', '1'), ('a', 'b', 'c'))
    """
    return (*(ERRORS if len(classes) == 2 else ()), *map(str, classes))
