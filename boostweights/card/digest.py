"""Digests: of labels, of a split, of what a card states as resolved."""

from __future__ import annotations

import json
from collections.abc import Sequence
from hashlib import sha256
from typing import Any, Final

import numpy as np

from boostweights.errors import InvalidTypeError, InvalidValueError, shown
from boostweights.weighting.labels.counting import factorize

_BLOCK: Final = 1 << 20


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
