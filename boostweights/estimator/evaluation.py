"""Rows on which a fit is evaluated: given, or taken from the training fold."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from sklearn.model_selection import StratifiedShuffleSplit
from sklearn.utils import _safe_indexing
from sklearn.utils.validation import _num_samples

from boostweights.errors import InvalidTypeError, InvalidValueError, shown
from boostweights.labels import Label, encode, factorize
from boostweights.native.adapter import EvaluationSet
from boostweights.native.form import EvalWeighting, NativeForm

__all__ = ["GivenSet", "given_sets", "hold_out", "weighted_sets"]

GivenSet = tuple[Any, Any, Any]
"""Features, labels and row weights (or None), as the caller gave them."""


def given_sets(X_val: Any, y_val: Any, sample_weight_val: Any, eval_set: Any) -> list[GivenSet]:
    """Return the caller's evaluation sets, however they were spelled."""
    if (X_val is None) != (y_val is None):
        raise InvalidTypeError(
            "X_val and y_val go together", "y_val=None" if y_val is None else "X_val=None", "Pass both."
        )
    if X_val is not None and eval_set is not None:
        raise InvalidTypeError(
            "evaluation rows are given once", "both X_val and eval_set", "Pass X_val and y_val, or eval_set."
        )
    pairs = [(X_val, y_val)] if X_val is not None else _pairs(eval_set)
    weights = _weights(sample_weight_val, len(pairs))
    sets = [(X, y, weight) for (X, y), weight in zip(pairs, weights, strict=True)]
    for X, y, _ in sets:
        if _num_samples(X) != _num_samples(y):
            raise InvalidValueError(
                "an evaluation set needs one label a row",
                f"{_num_samples(X)} rows and {_num_samples(y)} labels",
                "Pass X and y of the same rows.",
            )
    return sets


def hold_out(
    X: Any, y: Any, sample_weight: Any, fraction: Any, seed: int
) -> tuple[tuple[Any, Any, Any], list[GivenSet]]:
    """Split a stratified fraction off the training rows, to be evaluated on."""
    if isinstance(fraction, bool) or not isinstance(fraction, (int, float)) or not 0 < fraction < 1:
        raise InvalidValueError(
            "validation_fraction must lie between 0 and 1", shown(fraction), "Use 0.1, or None for none."
        )
    counts, codes = factorize(y)
    if min(counts.values()) < 2:
        raise InvalidValueError(
            "validation_fraction needs at least two rows of each class",
            f"a class with {min(counts.values())} row",
            "Pass an evaluation set, or leave the class out.",
        )
    splitter = StratifiedShuffleSplit(n_splits=1, test_size=float(fraction), random_state=seed)
    train, held_out = next(splitter.split(np.empty((len(codes), 0)), codes))

    def part(rows: Any) -> GivenSet:
        weight = None if sample_weight is None else _safe_indexing(sample_weight, rows)
        return _safe_indexing(X, rows), _safe_indexing(y, rows), weight

    return part(train), [part(held_out)]


def weighted_sets(
    sets: Sequence[GivenSet], classes: Sequence[Label], native: NativeForm, weighting: EvalWeighting
) -> list[EvaluationSet]:
    """Encode labels as in training, and weigh rows as `weighting` says."""
    encoded = [(X, encode(y, classes), weight) for X, y, weight in sets]
    return [
        EvaluationSet(X=X, y=codes, weight=native.eval_weight(codes, weight, weighting))
        for X, codes, weight in encoded
    ]


def _pairs(eval_set: Any) -> list[tuple[Any, Any]]:
    if eval_set is None:
        return []
    if isinstance(eval_set, tuple) and len(eval_set) == 2 and not isinstance(eval_set[0], tuple):
        return [eval_set]
    if isinstance(eval_set, (list, tuple)) and all(
        isinstance(pair, (list, tuple)) and len(pair) == 2 for pair in eval_set
    ):
        return [tuple(pair) for pair in eval_set]
    raise InvalidTypeError(
        "eval_set is a list of (X, y)",
        shown(type(eval_set).__name__),
        "Pass [(X_val, y_val)]; labels are encoded and weighted here, so no Pool or Dataset.",
    )


def _weights(sample_weight_val: Any, sets: int) -> list[Any]:
    if sample_weight_val is None:
        return [None] * sets
    if not sets:
        raise InvalidTypeError(
            "sample_weight_val weighs the rows of an evaluation set",
            "no evaluation set",
            "Pass X_val and y_val.",
        )
    several = isinstance(sample_weight_val, (list, tuple)) and any(
        each is None or np.ndim(each) == 1 for each in sample_weight_val
    )
    if not several:
        sample_weight_val = [sample_weight_val]
    if len(sample_weight_val) != sets:
        raise InvalidValueError(
            "sample_weight_val must have one array an evaluation set",
            f"{len(sample_weight_val)} for {sets} sets",
            "Pass a list of arrays, None where a set is unweighted.",
        )
    return list(sample_weight_val)
