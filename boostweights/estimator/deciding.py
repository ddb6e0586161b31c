"""What a fitted classifier decides by: found after training, on the scale of its probabilities."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, cast

import numpy as np
import numpy.typing as npt
from sklearn import config_context
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.metrics import get_scorer

from boostweights.errors import InvalidTypeError, InvalidValueError, explained, shown
from boostweights.estimator.corrected import corrected_log_proba
from boostweights.estimator.crossfit import NOTHING, CrossFit
from boostweights.estimator.evaluation import Rows
from boostweights.estimator.thresholds import Aside, is_number, is_tuned, known_threshold, positive_at
from boostweights.probabilities.promises import Promise
from boostweights.probabilities.promising import promise_of
from boostweights.probabilities.scored import scored
from boostweights.probabilities.thresholds import best_candidate
from boostweights.weighting.labels.counting import encode

Floats = npt.NDArray[np.float64]
_MOST: Final = 100
"""Thresholds that a scorer is asked about."""
_ROUNDING: Final = 1e-6
"""Of probabilities, relative, where all rows are decided alike."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """A threshold, found while fitting.

    Attributes
    ----------
    asked : number, str, scorer or Promised
        What it was found for.
    threshold : float
        A row is positive from it on.
    promise : Promise or None
    correct : bool or "fitted"
        The ``correct_proba`` of the probabilities that it is one of.
    """

    asked: Any
    threshold: float
    promise: Promise | None = None
    correct: Any = False

    def __str__(self) -> str:
        if self.promise is not None:
            return str(self.promise)
        how = "" if is_number(self.asked) else f", by {shown(self.asked)}"
        return f"positive from {self.threshold:.6g} on{how}"


def keep_decision(
    clf: Any, found: CrossFit = NOTHING, rows: Rows | None = None, aside: Aside | None = None
) -> None:
    """Set what a classifier that was just trained decides by, if it has a ``threshold``.

    `rows` are those of the folds, `aside` those that were held out for a promise; a number or the threshold
    of costs needs neither.
    """
    if clf.threshold is None:
        return
    clf._decision = decision = _decision_of(clf, found, rows, aside)
    clf.threshold_ = decision.threshold
    if decision.promise is not None:
        clf.promise_ = decision.promise


def _decision_of(clf: Any, found: CrossFit, rows: Rows | None, aside: Aside | None) -> Decision:
    asked, promise = clf.threshold, None
    at = positive_at(clf, clf.classes_.tolist())
    if aside is not None:
        proba = _float64(clf.predict_proba(aside.rows.X)[:, at])
        positive = clf.classes_.tolist()[at]
        made = promise_of(
            asked, scored(proba, aside.rows.y, positive=positive, clusters=aside.groups), positive
        )
        threshold = _between(made, proba)
        promise = replace(made, threshold=threshold, strict=False)
    elif is_tuned(asked):
        assert rows is not None
        threshold = _tuned(clf, found, rows, at)
    else:
        threshold = known_threshold(clf, clf.classes_.tolist())
    return Decision(asked=asked, threshold=threshold, promise=promise, correct=clf.correct_proba)


def decided(clf: Any, X: Any, limits: Mapping[str, Any]) -> npt.NDArray[np.intp]:
    """Return the class of each row, by position, as a classifier's ``threshold`` decides."""
    known = _known(clf)
    if known.promise is not None and limits:
        raise InvalidValueError(
            "a promise is kept by the model that it was made with",
            f"{', '.join(limits)} with {known.asked!r}",
            "Predict with all trees.",
        )
    at = positive_at(clf, clf.classes_.tolist())
    if _undoes(clf, known):
        proba = np.exp(corrected_log_proba(clf.estimator_, X, clf._correction(), direction=-1))
    else:
        proba = clf.predict_proba(X, **limits)
    return np.where(_float64(proba[:, at]) >= known.threshold, at, 1 - at)


def decision_factors(clf: Any) -> tuple[tuple[float, float], bool]:
    """Return what two probabilities are multiplied by so that the higher one is decided for.

    Positive from a threshold t on: its probability is multiplied by 1 - t, the other one by t. Also whether
    the correction is taken out of them first.
    """
    known = _known(clf)
    at = positive_at(clf, clf.classes_.tolist())
    factors = (known.threshold, 1.0 - known.threshold)
    return (factors if at == 1 else factors[::-1]), _undoes(clf, known)


def _undoes(clf: Any, known: Decision) -> bool:
    """Whether the threshold is one of uncorrected probabilities, and the model gives corrected ones."""
    return clf._is_baked() and not known.correct


def _known(clf: Any) -> Decision:
    """What a fitted classifier decides by; a number may be changed after the fit."""
    asked, known = clf.threshold, cast("Decision | None", getattr(clf, "_decision", None))
    if is_number(asked):
        correct = known.correct if known is not None else clf.correct_proba
        return Decision(asked=asked, threshold=float(asked), correct=correct)
    if known is None or known.asked != asked or (known.correct != clf.correct_proba and not clf._is_baked()):
        seen = "another" if known is None else f"threshold={known.asked!r}, correct_proba={known.correct!r}"
        raise InvalidTypeError(
            f"threshold={shown(asked)} is found while fitting, for the probabilities of this correct_proba",
            f"a classifier that was fitted with {seen}",
            "Fit it again, or set a number.",
        )
    return known


def _between(promise: Promise, scores: Floats) -> float:
    """Half way to the next score that is decided otherwise: no rounding, as of a baked model, crosses it.

    It keeps the promise: for recall more rows are positive, for alarms fewer.
    """
    flagged = promise.decide(scores)
    if flagged.all():
        return promise.threshold * (1 - _ROUNDING)
    if not flagged.any():
        return max(promise.threshold * (1 + _ROUNDING), math.nextafter(promise.threshold, math.inf))
    below, lowest = float(scores[~flagged].max()), float(scores[flagged].min())
    middle = (below + lowest) / 2
    return middle if below < middle else lowest


def _tuned(clf: Any, found: CrossFit, rows: Rows, at: int) -> float:
    """The threshold that a scorer likes best on scores out of fold, pooled.

    Tried are the scores of positives: between two of them only false alarms change.
    """
    assert found.proba is not None
    part, proba = rows.part(found.tested), _float64(found.proba[:, at])
    classes = clf.classes_
    truth = encode(part.y, classes.tolist()) == at
    given, labels = (part.y, classes) if callable(clf.threshold) else (truth.astype(int), np.array([0, 1]))
    positive = at if callable(clf.threshold) else 1
    scorer = get_scorer(clf.threshold)
    weights = {} if part.sample_weight is None else {"sample_weight": part.sample_weight}
    candidates = np.unique(proba[truth])
    steps = np.linspace(0, len(candidates) - 1, min(_MOST, len(candidates)))
    tried = candidates[np.round(steps).astype(np.intp)]
    worths = []
    with (
        config_context(skip_parameter_validation=True),  # which takes as long as the scoring
        explained(
            (AttributeError, TypeError, ValueError),
            "a threshold is tuned by a scorer of decisions, such as f1",
            "Pass a scorer that asks for predict, and takes sample_weight where rows are weighted.",
        ),
    ):
        for threshold in tried:
            called = _Called(labels[np.where(proba >= threshold, positive, 1 - positive)], labels)
            worths.append(float(scorer(called, part.X, given, **weights)))
    return best_candidate(tried, worths)


class _Called(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """A classifier that has decided already."""

    def __init__(self, labels: Any, classes: Any) -> None:
        self.labels = labels
        self.classes_ = classes

    def fit(self) -> None:
        """For scikit-learn, which asks whether it could be fitted."""

    def predict(self, X: Any) -> Any:
        """Return what was decided."""
        return self.labels


def _float64(values: Any) -> Floats:
    return np.asarray(values, np.float64)
