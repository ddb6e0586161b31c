"""Fits on folds of the training rows: what their scores out of fold, and their losses by round, show."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

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
from boostweights.estimator.corrected import corrected_log_proba, margins, out_of_fold_correction
from boostweights.estimator.deciding import tuned
from boostweights.estimator.rows import Rows, class_array
from boostweights.estimator.settings import Wrapping, eval_weighting_of, seed_of, threshold_of
from boostweights.probabilities.calibration import CalibrationMap, check_learnable
from boostweights.probabilities.link import Floats, link_shift, log_proba
from boostweights.weighting.class_weights import ClassWeights
from boostweights.weighting.labels.counting import encode
from boostweights.weighting.labels.rules import checked_sample_weight
from boostweights.weighting.policies.names import as_policy
from boostweights.weighting.row_weights import RowWeights, by_class

Codes = npt.NDArray[np.intp]
_SETS = ("X_val", "y_val", "eval_set", "sample_weight_val", "row_costs_val")
"""Arguments of ``fit`` that are evaluation rows, which all folds have in common."""


def cross_fit(
    clf: Wrapping, rows: Rows, weights: ClassWeights | RowWeights, fit_params: Mapping[str, Any]
) -> tuple[dict[str, Any], Mapping[str, Any]]:
    """Fit a classifier's clones on folds of its training rows, as its parameters ask, and learn from them.

    `weights` are those of all these rows; `fit_params` are all other arguments of ``fit``.

    Returns
    -------
    learned : dict
        Attributes of the classifier: with ``n_rounds="cv"`` ``n_rounds_``, with ``correct_proba="fitted"``
        ``calibration_``, with a tuned threshold ``rule_`` and ``threshold_report_`` (of more than two classes
        ``offsets_``), with ``ensemble=True`` ``estimators_`` and ``calibrations_``.
    settings : mapping
        Under which the estimator trains ``n_rounds_`` rounds as the folds did.
    """
    decides = threshold_of(clf)
    if not (decides.is_tuned or clf.n_rounds is not None or clf.correct_proba == "fitted"):
        return {}, {}
    codes, classes = encode(rows.y, weights.classes), weights.classes
    row_weights: Floats = np.ones(len(codes))
    if rows.sample_weight is not None:
        row_weights = checked_sample_weight(rows.sample_weight, len(codes)).astype(np.float64)
    if clf.correct_proba == "fitted":
        check_learnable(np.bincount(codes, weights=row_weights, minlength=len(classes)), classes)
    splits = _splits(clf, codes, rows.groups)
    fold = delayed(_fold)
    fits = Parallel(n_jobs=clf.n_jobs)(fold(clf, rows, codes, *split, fit_params) for split in splits)
    models, losses = zip(*fits, strict=True)
    tests = [test for _, test in splits]
    learned: dict[str, Any] = {}
    settings: Mapping[str, Any] = {}
    if clf.n_rounds == "cv":
        fewest = min(map(len, losses))
        by_fold = [fold_losses[:fewest] for fold_losses in losses]
        mean = np.average(by_fold, axis=0, weights=[row_weights[test].sum() for test in tests])
        learned["n_rounds_"] = rounds = int(np.argmin(mean)) + 1
        adapter = adapter_of(clf.estimator)
        settings = adapter.rounds.number(adapter.get_params(clf.estimator), rounds, models[0].estimator_)
    left_out = [_safe_indexing(rows.X, test) for test in tests]
    calibrations: Sequence[CalibrationMap | None] = [None] * len(models)
    if clf.correct_proba == "fitted":
        own_weights = [by_class(model.resolved_weights_) for model in models]
        scored = (
            (
                margins(model.estimator_, X, learned.get("n_rounds_")).without(own),
                codes[test],
                row_weights[test],
            )
            for model, X, own, test in zip(models, left_out, own_weights, tests, strict=True)
        )
        learned["calibration_"] = calibration = out_of_fold_correction(scored, by_class(weights))
        calibrations = [replace(calibration, weights=own) for own in own_weights]
    if clf.ensemble:
        learned["estimators_"] = tuple(model.estimator_ for model in models)
        learned["calibrations_"] = tuple(calibrations)
    if decides.is_tuned:
        of_folds = zip(models, left_out, calibrations, strict=True)
        proba = [_proba(clf, *fold, learned.get("n_rounds_")) for fold in of_folds]
        part = rows.part(np.concatenate(tests))
        learned |= tuned(
            *(decides, part.X, part.y, part.sample_weight),
            np.concatenate(proba).astype(np.float64),
            class_array(classes, rows.y),
            np.repeat(np.arange(len(tests)), list(map(len, tests))),
        )
    return learned, settings


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
) -> tuple[Any, Floats]:
    """Return a fit on a part of the rows, and the mean loss of the others by round, if rounds are chosen."""
    adapter, columns = adapter_of(clf.estimator), (rows.y, rows.sample_weight)
    weighting = eval_weighting_of(clf, adapter, as_policy(clf.weighting), columns, fit_params)
    inner = clone(clf).set_params(
        correct_proba=False, ensemble=False, n_rounds=None, threshold=None, eval_weighting=weighting
    )
    part, left_out = rows.part(train), rows.part(test)
    sets = {name: fit_params[name] for name in (*_SETS, adapter.evaluation_weight) if name in fit_params}
    arguments = _check_method_params(rows.X, dict(fit_params), indices=train) | sets
    arguments |= {"sample_weight": part.sample_weight, "row_costs": part.row_costs}
    if clf.n_rounds is None:
        return inner.fit(part.X, part.y, **arguments), np.empty(0)
    rounds, settings = adapter.rounds, adapter.get_params(clf.estimator)
    every_round = rounds.all_trained(settings, len(np.unique(codes)))
    inner.estimator = unfitted_with(adapter, clf.estimator, every_round)
    if rounds.RECORDED:
        arguments = {**rounds.QUIET, **arguments, "X_val": left_out.X, "y_val": left_out.y}
        arguments |= {"sample_weight_val": left_out.sample_weight, "row_costs_val": left_out.row_costs}
        fitted = inner.fit(part.X, part.y, **arguments)
        return fitted, np.asarray(rounds.losses(fitted.estimator_), np.float64)
    fitted, tested = inner.fit(part.X, part.y, **arguments), codes[test]
    weight = fitted.native_.eval_weight(tested, left_out.sample_weight, weighting)
    shift: Floats = np.zeros(1)
    if weighting == "shifted":
        kind = adapter.raw_scores.link(fitted.estimator_).kind
        shift = link_shift(fitted.class_weights_, kind)
    evaluated = EvaluationSet(X=left_out.X, y=tested, weight=weight)
    return fitted, np.asarray(rounds.losses(fitted.estimator_, evaluated, shift), np.float64)


def _proba(
    clf: Wrapping, fitted: Any, X: Any, calibration: CalibrationMap | None, rounds: int | None
) -> Floats:
    """Probabilities of rows left out, corrected as those of the whole model are."""
    if calibration is not None:
        return np.exp(corrected_log_proba(fitted.estimator_, X, calibration, rounds=rounds))
    if rounds is None:
        return np.asarray(fitted.set_params(correct_proba=bool(clf.correct_proba)).predict_proba(X))
    scores = margins(fitted.estimator_, X, rounds)
    scores = scores.without(by_class(fitted.resolved_weights_)) if clf.correct_proba else scores
    return np.exp(log_proba(scores.values, scores.kind))
