"""Fits on folds of the training rows: what their scores out of fold, and their losses by round, show."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from sklearn.base import clone
from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold, check_cv
from sklearn.utils import _safe_indexing
from sklearn.utils.parallel import Parallel, delayed
from sklearn.utils.validation import _check_method_params

from boostweights.adapters.adapter import unfitted_with
from boostweights.adapters.registry import adapter_of
from boostweights.adapters.training import EvaluationSet
from boostweights.errors import InvalidValueError, check_that, is_number, shown
from boostweights.estimator.corrected import OutOfFold, margins, out_of_fold_correction
from boostweights.estimator.deciding import Threshold, tuned
from boostweights.estimator.protocols import Wrapping
from boostweights.estimator.rows import Rows, class_array
from boostweights.estimator.settings import eval_weighting_of, seed_of
from boostweights.probabilities.calibration import CalibrationMap, affine_of, check_learnable
from boostweights.probabilities.link import Floats, link_shift, log_proba
from boostweights.weighting.class_weights import ClassWeights
from boostweights.weighting.labels.counting import encode
from boostweights.weighting.labels.rules import checked_sample_weight
from boostweights.weighting.policies.names import as_policy
from boostweights.weighting.row_weights import RowWeights, by_class

Codes = npt.NDArray[np.intp]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fold:
    """A fit on a part of the training rows.

    Attributes
    ----------
    clf : WeightedClassifier
        Fitted, not corrected.
    test : ndarray of int
        The rows that it was not trained on.
    losses : ndarray of shape (rounds,) or None
        Their mean loss after each round, where rounds are chosen.
    """

    clf: Any
    test: Codes
    losses: Floats | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CrossFit:
    """What folds found.

    Attributes
    ----------
    rounds : int or None
        The number of rounds of least loss.
    settings : mapping
        Under which the estimator trains these rounds as the folds did.
    calibration : CalibrationMap or None
        The map to corrected scores.
    threshold : float or None
        The one that a scorer likes best.
    """

    rounds: int | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)
    calibration: CalibrationMap | None = None
    threshold: float | None = None


NOTHING: Final = CrossFit()
"""What a fit without folds finds."""


def cross_fit(
    clf: Wrapping, rows: Rows, weights: ClassWeights | RowWeights, fit_params: Mapping[str, Any]
) -> CrossFit:
    """Fit a classifier's clones on folds of its training rows, as its parameters ask, and learn from them.

    `weights` are those of all these rows; `fit_params` are all other arguments of ``fit``.
    """
    codes, classes = encode(rows.y, weights.classes), weights.classes
    row_weights: Floats = np.ones(len(codes))
    if rows.sample_weight is not None:
        row_weights = checked_sample_weight(rows.sample_weight, len(codes)).astype(np.float64)
    if clf.correct_proba == "fitted":
        check_learnable(np.bincount(codes, weights=row_weights, minlength=len(classes)), classes)
    folds = Parallel(n_jobs=clf.n_jobs)(
        delayed(_fold)(clf, rows, codes, train, test, fit_params)
        for train, test in _splits(clf, codes, rows.groups)
    )
    found = NOTHING
    if clf.n_rounds == "cv":
        rounds, adapter = _best_rounds(folds, row_weights), adapter_of(clf.estimator)
        settings = adapter.rounds.number(adapter.get_params(clf.estimator), rounds, folds[0].clf.estimator_)
        found = CrossFit(rounds=rounds, settings=settings)
    tested = [_safe_indexing(rows.X, fold.test) for fold in folds]
    if clf.correct_proba == "fitted":
        scored = (
            OutOfFold.scored(
                fold.clf.estimator_,
                X,
                codes[fold.test],
                by_class(fold.clf.resolved_weights_),
                row_weights[fold.test],
                found.rounds,
            )
            for fold, X in zip(folds, tested, strict=True)
        )
        found = replace(found, calibration=out_of_fold_correction(scored, by_class(weights)))
    if clf.threshold is not None and (decides := Threshold.of(clf)).is_tuned:
        at = decides.positive_at(classes)
        proba = [_proba(clf, fold.clf, X, found)[:, at] for fold, X in zip(folds, tested, strict=True)]
        part = rows.part(np.concatenate([fold.test for fold in folds]))
        threshold = tuned(
            *(clf.threshold, part.X, part.y, part.sample_weight),
            np.concatenate(proba).astype(np.float64),
            class_array(classes, rows.y),
            at,
        )
        found = replace(found, threshold=threshold)
    return found


def _splits(clf: Wrapping, codes: Codes, groups: Any) -> list[tuple[Any, Any]]:
    """Return (train, test) rows of each fold; each trains on each class, and no row is tested twice."""
    cv, classes = clf.calibration_cv, np.unique(codes)
    if is_number(cv, whole=True):
        fewest = int(np.bincount(codes).min())
        check_that(
            2 <= cv <= fewest,
            "calibration_cv must be at least 2, and each class have as many rows",
            f"calibration_cv={cv} with {fewest} rows of the rarest class",
            "Use fewer folds, or gather more rows.",
        )
        kind = StratifiedKFold if groups is None else StratifiedGroupKFold
        cv = kind(int(cv), shuffle=True, random_state=seed_of(clf.estimator))
    splits = list(check_cv(cv, codes, classifier=True).split(np.zeros(len(codes)), codes, groups))
    for number, (train, _) in enumerate(splits):
        if len(lacking := np.setdiff1d(classes, codes[train])):
            raise InvalidValueError(
                "each fold of calibration_cv must train on each class",
                f"fold {number} lacks class number {lacking[0]} of the {len(classes)} sorted classes",
                "Use fewer folds, or a splitter that stratifies.",
            )
    tested = np.concatenate([test for _, test in splits])
    rule = "calibration_cv must leave out each row once at most"
    check_that(len(np.unique(tested)) == len(tested), rule, shown(cv), "Use one that does not repeat.")
    return splits


def _fold(
    clf: Wrapping, rows: Rows, codes: Codes, train: Codes, test: Codes, fit_params: Mapping[str, Any]
) -> Fold:
    adapter, columns = adapter_of(clf.estimator), (rows.y, rows.sample_weight)
    weighting = eval_weighting_of(clf, adapter, as_policy(clf.weighting), columns, fit_params)
    inner = clone(clf).set_params(
        correct_proba=False, n_rounds=None, threshold=None, eval_weighting=weighting
    )
    part, left_out = rows.part(train), rows.part(test)
    arguments = _check_method_params(rows.X, dict(fit_params), indices=train)
    arguments |= {"sample_weight": part.sample_weight, "row_costs": part.row_costs}
    if clf.n_rounds is None:
        return Fold(clf=inner.fit(part.X, part.y, **arguments), test=test, losses=None)
    rounds, settings = adapter.rounds, adapter.get_params(clf.estimator)
    every_round = rounds.all_trained(settings, len(np.unique(codes)))
    inner.estimator = unfitted_with(adapter, clf.estimator, every_round)
    if rounds.RECORDED:
        arguments = {**rounds.QUIET, **arguments, "X_val": left_out.X, "y_val": left_out.y}
        arguments |= {"sample_weight_val": left_out.sample_weight, "row_costs_val": left_out.row_costs}
    fitted = inner.fit(part.X, part.y, **arguments)
    losses = rounds.losses(fitted.estimator_, *(() if rounds.RECORDED else _evaluated(fitted, left_out)))
    return Fold(clf=fitted, test=test, losses=np.asarray(losses, np.float64))


def _evaluated(fitted: Any, rows: Rows) -> tuple[EvaluationSet, Floats]:
    """Rows as their loss is to be computed, and what is added to their scores before."""
    codes = encode(rows.y, fitted.resolved_weights_.classes)
    weight = fitted.native_.eval_weight(codes, rows.sample_weight, fitted.eval_weighting)
    shift: Floats = np.zeros(1)
    if fitted.eval_weighting == "shifted":
        kind = adapter_of(fitted.estimator_).raw_scores.link(fitted.estimator_).kind
        shift = link_shift(fitted.class_weights_, kind)
    return EvaluationSet(X=rows.X, y=codes, weight=weight), shift


def _proba(clf: Wrapping, fitted: Any, X: Any, found: CrossFit) -> Floats:
    """Probabilities of rows left out, corrected as those of the whole model are."""
    if found.calibration is None and found.rounds is None:
        return np.asarray(fitted.set_params(correct_proba=bool(clf.correct_proba)).predict_proba(X))
    known, weights = margins(fitted.estimator_, X, found.rounds), by_class(fitted.resolved_weights_)
    scores = known.values
    if found.calibration is not None:
        affine = affine_of(replace(found.calibration, weights=weights), known.kind)
        scores = affine(found.calibration.prepared(scores))
    elif clf.correct_proba:
        scores = known.without(weights).values
    return np.exp(log_proba(scores, known.kind))


def _best_rounds(folds: Sequence[Fold], row_weights: Floats) -> int:
    """The number of rounds at which the mean loss of all rows left out is least."""
    losses = [fold.losses for fold in folds if fold.losses is not None]
    fewest = min(map(len, losses))
    by_fold = [fold_losses[:fewest] for fold_losses in losses]
    mean = np.average(by_fold, axis=0, weights=[row_weights[fold.test].sum() for fold in folds])
    return int(np.argmin(mean)) + 1
