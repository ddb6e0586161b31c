"""What a card holds: plain data, by which its parts are typed; its review; digests of what it states."""

from __future__ import annotations

import datetime
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, Final

import numpy as np

from boostweights.card.policies import fields_of, kind_of
from boostweights.errors import InvalidTypeError, InvalidValueError, check_known, check_type, shown
from boostweights.weighting.class_weights import ClassWeights
from boostweights.weighting.labels.counting import factorize
from boostweights.weighting.policies.names import Weighting

SCHEMA: Final = 1
NATIVE: Final = ("library", "form", "guarantee", "reason", "params", "pins", "estimator")
"""The fields of a card that are of the library's own form."""
ERRORS: Final = ("fn", "fp")
_BLOCK: Final = 1 << 20

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
        check_known(self.state, STATES, f"the state of a review must be one of {STATES}")
        check_type(self.reviewer, str, "reviewer must be a str", "Write a name.")
        if self.date is not None:
            mend = "Pass datetime.date(2026, 3, 1), say."
            check_date(self.date, "the date of a review must be a date", mend)
        if self.state != STATES[0] and not (self.reviewer.strip() and self.date):
            raise InvalidValueError(
                "a review has a reviewer and a date",
                f"state={self.state!r}, reviewer={self.reviewer!r}, date={self.date}",
                "Add what is lacking, or set the state to 'not reviewed'.",
            )


def check_date(value: Any, rule: str, mend: str = "Pass datetime.date(…).") -> None:
    """Raise where a value is no date, or one with a time."""
    if not isinstance(value, datetime.date) or isinstance(value, datetime.datetime):
        raise InvalidTypeError(rule, shown(value), mend)


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
    check_type(reviewed, str, "reviewed must be a Review or the reviewer's name", 'Pass reviewed="A. Name".')
    return Review(state="approved", reviewer=reviewed, date=today)


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """The fields of a `Card`, which says what they are and checks them."""

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
    versions: Mapping[str, str] = field(default_factory=dict)
    review: Review = field(default_factory=Review)

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
        return content_digest([SCHEMA, policy, data, native, dict(self.versions)])


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
    if array.ndim != 1 or array.dtype.kind not in "biu":
        rule = "split must be the positions of training rows, or a mask of all rows"
        raise InvalidTypeError(rule, shown(split), "Pass the train indices of the splitter.")
    positions = np.flatnonzero(array) if array.dtype.kind == "b" else array
    if rows is not None and len(positions) != rows:
        raise InvalidValueError(
            f"split must name the {rows} training rows that y has", f"{len(positions)} rows", "Align them."
        )
    if len(positions) and int(positions.min()) < 0:
        raise InvalidValueError(
            "positions of rows are at least 0", str(int(positions.min())), "Count from the first row."
        )
    digest = sha256(b"boostweights split\n" + positions.astype("<i8").tobytes())
    return f"sha256:{digest.hexdigest()}"


def content_digest(content: Sequence[Any]) -> str:
    """Return the digest of plain values: numbers, texts, lists and dicts of them.

    Examples
    --------
    >>> content_digest([1, "a"]) == content_digest([1.0, "a"])
    False
    """
    return f"sha256:{sha256(json.dumps(content, allow_nan=False).encode()).hexdigest()}"
