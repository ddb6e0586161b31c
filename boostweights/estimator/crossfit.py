"""Fits on folds of the training rows: what their scores out of fold, and their losses by round, say."""

from __future__ import annotations

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

from boostweights.adapters.adapter import EvaluationSet, unfitted_with
from boostweights.adapters.registry import adapter_of
from boostweights.errors import InvalidTypeError, InvalidValueError, did_you_mean, shown
from boostweights.estimator.corrected import OutOfFold, margins, out_of_fold_correction
from boostweights.estimator.evaluation import Rows
from boostweights.estimator.steps import eval_weighting_of, seed_of
from boostweights.estimator.thresholds import is_tuned
from boostweights.probabilities.calibration import CalibrationMap, affine_of, check_learnable
from boostweights.probabilities.link import Floats, link_shift, log_proba
from boostweights.probabilities.promised import Promised
from boostweights.weighting.class_weights import ClassWeights
from boostweights.weighting.labels.counting import encode
from boostweights.weighting.labels.rules import checked_sample_weight
from boostweights.weighting.policies.names import as_policy
from boostweights.weighting.row_weights import RowWeights, by_class

CORRECTIONS: Final = (False, True, "fitted")


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
    test: npt.NDArray[np.intp]
    losses: Floats | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CrossFit:
    """What folds found: rounds of least loss, the map to corrected scores, and probabilities by both.

    `settings` are those under which the estimator trains these rounds as the folds did.

    `proba`, of shape (m, k), are those of the rows `tested`, out of fold, as the whole model would give them.
    """

    rounds: int | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)
    calibration: CalibrationMap | None = None
    proba: Floats | None = None
    tested: npt.NDArray[np.intp] | None = None


NOTHING: Final = CrossFit()
"""What a fit without folds finds."""


def check_settings(clf: Any) -> None:
    """Raise unless ``correct_proba`` and ``n_rounds`` are what they may be."""
    if not any(clf.correct_proba is each or clf.correct_proba == each for each in CORRECTIONS):
        raise InvalidValueError(
            f"correct_proba must be one of {CORRECTIONS}",
            shown(clf.correct_proba),
            did_you_mean(clf.correct_proba, CORRECTIONS)
            if isinstance(clf.correct_proba, str)
            else 'Use "fitted" to learn the correction out of fold, True for the analytic one.',
        )
    if clf.n_rounds not in (None, "cv"):
        raise InvalidValueError(
            'n_rounds must be "cv" or None', shown(clf.n_rounds), "Set a number on the estimator itself."
        )
    if clf.n_rounds is None:
        return
    adapter = adapter_of(clf.estimator)
    adapter.require("rounds")
    stops = adapter.rounds.stops(adapter.get_params(clf.estimator))
    if stops:
        raise InvalidValueError(
            'n_rounds="cv" looks at all rounds before it chooses',
            f"{stops}, which stops early",
            "Leave one of them out.",
        )
    check_given_or_taken(clf, clf.validation_fraction is not None, "validation_fraction", ("n_rounds",))


def check_given_or_taken(
    clf: Any,
    given: Any,
    what: str = "an evaluation set",
    taking: Sequence[str] = ("validation_fraction", "n_rounds"),
) -> None:
    """Raise where evaluation rows come in two ways."""
    for name in taking:
        if given and getattr(clf, name) is not None:
            raise InvalidTypeError(
                "evaluation rows are given, or taken from the training fold in one way",
                f"{name}={getattr(clf, name)!r} beside {what}",
                "Leave one of them out.",
            )


def refuse_folds(clf: Any) -> None:
    """Raise where settings ask for fits on folds, of rows that are not in memory here."""
    names = ("correct_proba", "n_rounds", "threshold")
    asked = [f"{name}={getattr(clf, name)!r}" for name in names if _asks(clf, name)]
    if asked:
        raise InvalidValueError(
            "folds are cut out of rows in the memory of one machine",
            ", ".join(asked),
            'Set correct_proba=True or False, n_rounds=None, threshold to a number, "costs" or None; learn a '
            "map from a sample, and promise on scores of rows that were not trained on: the threshold of "
            "boostweights.promise is a number.",
        )


def _asks(clf: Any, name: str) -> bool:
    if name == "threshold":
        return is_tuned(clf.threshold) or isinstance(clf.threshold, Promised)
    return getattr(clf, name, None) in ("fitted", "cv")


def cross_fit(
    clf: Any,
    rows: Rows,
    weights: ClassWeights | RowWeights,
    groups: Any,
    fit_params: Mapping[str, Any],
) -> CrossFit:
    """Fit a classifier's clones on folds of its training rows, as its parameters ask, and learn from them.

    `weights` are those of all these rows; `fit_params` are all other arguments of ``fit``.
    """
    choose, fitted, tunes = clf.n_rounds == "cv", clf.correct_proba == "fitted", is_tuned(clf.threshold)
    if not (choose or fitted or tunes):
        return NOTHING
    codes = encode(rows.y, weights.classes)
    own = np.ones(len(codes))
    if rows.sample_weight is not None:
        own = checked_sample_weight(rows.sample_weight, len(codes)).astype(np.float64)
    if fitted:
        check_learnable(np.bincount(codes, weights=own, minlength=len(weights.classes)), weights.classes)
    folds = Parallel(n_jobs=clf.n_jobs)(
        delayed(_fold)(clf, rows, codes, train, test, fit_params)
        for train, test in _splits(clf, codes, groups)
    )
    rounds = _best_rounds(folds, own) if choose else None
    settings = {} if rounds is None else _settings_of(clf, folds[0], rounds)
    found = _learned(folds, rows.X, codes, own, weights, rounds) if fitted else None
    if not tunes:
        return CrossFit(rounds=rounds, settings=settings, calibration=found)
    proba = [_proba(clf, fold, _safe_indexing(rows.X, fold.test), found, rounds) for fold in folds]
    tested = np.concatenate([fold.test for fold in folds])
    return CrossFit(
        rounds=rounds, settings=settings, calibration=found, proba=np.concatenate(proba), tested=tested
    )


def _splits(clf: Any, codes: npt.NDArray[np.intp], groups: Any) -> list[tuple[Any, Any]]:
    """Return (train, test) rows of each fold; each trains on each class, and no row is tested twice."""
    cv, classes = clf.calibration_cv, np.unique(codes)
    if isinstance(cv, (int, np.integer)) and not isinstance(cv, bool):
        fewest = int(np.bincount(codes).min())
        if not 2 <= cv <= fewest:
            raise InvalidValueError(
                "calibration_cv must be at least 2, and each class have as many rows",
                f"calibration_cv={cv} with {fewest} rows of the rarest class",
                "Use fewer folds, or gather more rows.",
            )
        kind = StratifiedKFold if groups is None else StratifiedGroupKFold
        cv = kind(int(cv), shuffle=True, random_state=seed_of(clf.estimator))
    splits = list(check_cv(cv, codes, classifier=True).split(np.zeros(len(codes)), codes, groups))
    for number, (train, _) in enumerate(splits):
        lacking = np.setdiff1d(classes, codes[train])
        if len(lacking):
            raise InvalidValueError(
                "each fold of calibration_cv must train on each class",
                f"fold {number} lacks class number {lacking[0]} of the {len(classes)} sorted classes",
                "Use fewer folds, or a splitter that stratifies.",
            )
    tested = np.concatenate([test for _, test in splits])
    if len(np.unique(tested)) < len(tested):
        raise InvalidValueError(
            "calibration_cv must leave out each row once at most", shown(cv), "Use one that does not repeat."
        )
    return splits


def _fold(
    clf: Any,
    rows: Rows,
    codes: npt.NDArray[np.intp],
    train: npt.NDArray[np.intp],
    test: npt.NDArray[np.intp],
    fit_params: Mapping[str, Any],
) -> Fold:
    adapter = adapter_of(clf.estimator)
    weighting = eval_weighting_of(clf, adapter, as_policy(clf.weighting), rows, fit_params)
    inner = clone(clf).set_params(
        correct_proba=False, n_rounds=None, threshold=None, eval_weighting=weighting
    )
    part, left_out = rows.part(train), rows.part(test)
    given = _check_method_params(rows.X, dict(fit_params), indices=train)
    if clf.n_rounds is None:
        return Fold(clf=_fit(inner, part, given), test=test, losses=None)
    rounds, settings = adapter.rounds, adapter.get_params(clf.estimator)
    inner.estimator = unfitted_with(
        adapter, clf.estimator, rounds.all_trained(settings, len(np.unique(codes)))
    )
    if rounds.RECORDED:
        evaluated = {"X_val": left_out.X, "y_val": left_out.y, "sample_weight_val": left_out.sample_weight}
        given = {**rounds.QUIET, **given, **evaluated, "row_costs_val": left_out.row_costs}
    fitted = _fit(inner, part, given)
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


def _proba(clf: Any, fold: Fold, X: Any, found: CalibrationMap | None, rounds: int | None) -> Floats:
    """Probabilities of rows left out, corrected as those of the whole model are."""
    if found is None and rounds is None:
        return np.asarray(fold.clf.set_params(correct_proba=bool(clf.correct_proba)).predict_proba(X))
    known, own = margins(fold.clf.estimator_, X, rounds), by_class(fold.clf.resolved_weights_)
    scores = known.values
    if found is not None:
        scores = affine_of(replace(found, weights=own), known.kind)(found.prepared(scores))
    elif clf.correct_proba:
        scores = known.without(own).values
    return np.exp(log_proba(scores, known.kind))


def _fit(inner: Any, rows: Rows, given: Mapping[str, Any]) -> Any:
    return inner.fit(rows.X, rows.y, sample_weight=rows.sample_weight, row_costs=rows.row_costs, **given)


def _best_rounds(folds: Sequence[Fold], own: Floats) -> int:
    """The number of rounds at which the mean loss of all rows left out is least."""
    fewest = min(len(fold.losses) for fold in folds if fold.losses is not None)
    by_fold = [fold.losses[:fewest] for fold in folds if fold.losses is not None]
    mean = np.average(by_fold, axis=0, weights=[own[fold.test].sum() for fold in folds])
    return int(np.argmin(mean)) + 1


def _settings_of(clf: Any, fold: Fold, rounds: int) -> dict[str, Any]:
    adapter = adapter_of(clf.estimator)
    return adapter.rounds.number(adapter.get_params(clf.estimator), rounds, fold.clf.estimator_)


def _learned(
    folds: Sequence[Fold],
    X: Any,
    codes: npt.NDArray[np.intp],
    own: Floats,
    weights: ClassWeights | RowWeights,
    rounds: int | None,
) -> CalibrationMap:
    """The map of all scores out of fold, from each of which its fold's own shift is taken."""
    scored = (
        OutOfFold.scored(
            fold.clf.estimator_,
            _safe_indexing(X, fold.test),
            codes[fold.test],
            by_class(fold.clf.resolved_weights_),
            own[fold.test],
            rounds,
        )
        for fold in folds
    )
    return out_of_fold_correction(scored, by_class(weights))
