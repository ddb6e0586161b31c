"""Rows on which a fit is evaluated: given, or taken from the training fold."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from sklearn.model_selection import StratifiedShuffleSplit
from sklearn.utils import _safe_indexing
from sklearn.utils.validation import _num_samples

from boostweights.adapters.adapter import EvaluationSet
from boostweights.adapters.behaviour import Behaviour
from boostweights.adapters.form import EvalWeighting, NativeForm
from boostweights.errors import InvalidTypeError, InvalidValueError, shown
from boostweights.weighting.class_weights import ClassWeights
from boostweights.weighting.labels.counting import factorize, map_labels
from boostweights.weighting.labels.rules import check_few_classes, positions
from boostweights.weighting.row_weights import RowWeights


class Rows(NamedTuple):
    """Features, labels, row weights and row costs (or None), as the caller gave them."""

    X: Any
    y: Any
    sample_weight: Any = None
    row_costs: Any = None

    def part(self, chosen: Any) -> Rows:
        """Return the chosen rows."""
        return Rows(*(None if column is None else _safe_indexing(column, chosen) for column in self))


def given_sets(
    X_val: Any, y_val: Any, sample_weight_val: Any, eval_set: Any, row_costs_val: Any = None
) -> list[Rows]:
    """Return the caller's evaluation sets, however they were spelled, with one label a row."""
    sets = spelled_sets(X_val, y_val, sample_weight_val, eval_set, row_costs_val)
    for X, y, *_ in sets:
        if _num_samples(X) != _num_samples(y):
            raise InvalidValueError(
                "an evaluation set needs one label a row",
                f"{_num_samples(X)} rows and {_num_samples(y)} labels",
                "Pass X and y of the same rows.",
            )
    return sets


def spelled_sets(
    X_val: Any, y_val: Any, sample_weight_val: Any, eval_set: Any, row_costs_val: Any = None
) -> list[Rows]:
    """Return the caller's evaluation sets, however they were spelled; their rows are not looked at."""
    _check_given_once(X_val, y_val, eval_set)
    pairs = [(X_val, y_val)] if X_val is not None else _pairs(eval_set)
    weights = _one_a_set("sample_weight_val", sample_weight_val, len(pairs), ndim=1)
    costs = _one_a_set("row_costs_val", row_costs_val, len(pairs), ndim=2)
    return [Rows(*pair, *own) for pair, *own in zip(pairs, weights, costs, strict=True)]


def _check_given_once(X_val: Any, y_val: Any, eval_set: Any) -> None:
    """Raise unless evaluation rows are whole, and spelled in one way."""
    if (X_val is None) != (y_val is None):
        raise InvalidTypeError(
            "X_val and y_val go together", "y_val=None" if y_val is None else "X_val=None", "Pass both."
        )
    if X_val is not None and eval_set is not None:
        raise InvalidTypeError(
            "evaluation rows are given once", "both X_val and eval_set", "Pass X_val and y_val, or eval_set."
        )


def hold_out(rows: Rows, fraction: Any, seed: int) -> tuple[Rows, list[Rows]]:
    """Split a stratified fraction off the training rows, to be evaluated on."""
    if isinstance(fraction, bool) or not isinstance(fraction, (int, float)) or not 0 < fraction < 1:
        raise InvalidValueError(
            "validation_fraction must lie between 0 and 1", shown(fraction), "Use 0.1, or None for none."
        )
    counts, codes = factorize(rows.y)
    check_few_classes(len(counts), len(codes))
    if min(counts.values()) < 2:
        raise InvalidValueError(
            "validation_fraction needs at least two rows of each class",
            f"a class with {min(counts.values())} row",
            "Pass an evaluation set, or leave the class out.",
        )
    splitter = StratifiedShuffleSplit(n_splits=1, test_size=float(fraction), random_state=seed)
    train, held_out = next(splitter.split(np.empty((len(codes), 0)), codes))
    return rows.part(train), [rows.part(held_out)]


def unread(fraction: float | None, behaviour: Behaviour, estimator: Any) -> str:
    """Say so where rows are held out and nothing in training heeds them; or nothing."""
    if fraction is None or not behaviour.evaluates_idly:
        return ""
    name = type(estimator).__name__
    return f"validation_fraction={fraction} holds rows out, on which nothing in {name} stops training early"


def weighted_sets(
    sets: Sequence[Rows],
    training: Rows,
    weights: ClassWeights | RowWeights,
    native: NativeForm,
    weighting: EvalWeighting,
) -> list[EvaluationSet]:
    """Encode labels as in training, and weigh rows as `weighting` says."""
    ready = []
    for rows in sets:
        codes = map_labels(rows.y, positions(weights.classes), np.intp)
        own = _by_own_costs(rows, weights, weighting)
        weight = native.eval_weight(codes, rows.sample_weight, weighting, row_weight=own)
        is_training = rows.X is training.X and rows.y is training.y
        ready.append(EvaluationSet(X=rows.X, y=codes, weight=weight, is_training=is_training))
    return ready


def _by_own_costs(
    rows: Rows, weights: ClassWeights | RowWeights, weighting: EvalWeighting
) -> npt.NDArray[np.float64] | None:
    """What evaluation rows weigh by their own costs; None where classes weigh, or nothing does."""
    if isinstance(weights, ClassWeights):
        if rows.row_costs is None:
            return None
        raise InvalidTypeError(
            "row_costs_val are for weighting=RowCosts()",
            "row_costs_val with weights by class",
            "Set weighting=RowCosts(), or leave row_costs_val out.",
        )
    if rows.row_costs is not None:
        return weights.weigh(rows.y, rows.row_costs)  # with "none" too: wrong costs are not passed over
    if weighting == "same":
        raise InvalidTypeError(
            "an evaluation set needs the costs of its own rows",
            "row_costs_val=None",
            "Pass row_costs_val=, one array an evaluation set, or set eval_weighting='none'.",
        )
    return None


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


def _one_a_set(name: str, given: Any, sets: int, *, ndim: int) -> list[Any]:
    """Return what each evaluation set has of weights or costs: arrays of `ndim` dimensions, or None."""
    if given is None:
        return [None] * sets
    if not sets:
        raise InvalidTypeError(
            f"{name} weighs the rows of an evaluation set", "no evaluation set", "Pass X_val and y_val."
        )
    several = isinstance(given, (list, tuple)) and any(
        each is None or np.ndim(each) == ndim for each in given
    )
    arrays = list(given) if several else [given]
    if len(arrays) != sets:
        raise InvalidValueError(
            f"{name} must have one array an evaluation set",
            f"{len(arrays)} for {sets} sets",
            "Pass a list of arrays, None where a set has none.",
        )
    return arrays
