"""Probabilities of a weighted model, made honest in six ways from the same fits."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.calibration import CalibratedClassifierCV
from sklearn.frozen import FrozenEstimator

import boostweights as bw
from boostweights.benchmark.run.figures import BetaMap
from boostweights.probabilities import fit_correction
from boostweights.probabilities.link import LinkKind, log_proba

Floats = np.ndarray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FoldScores:
    """What a model that was trained without a fold says, its shift apart.

    Attributes
    ----------
    y : ndarray of int
        The labels of the fold.
    scores, tests : ndarray of shape (n,) or (n, k)
        Raw scores of the fold, and of the test rows.
    shift : ndarray
        The analytic correction of this model.
    outputs : tuple of two ndarrays
        What CalibratedClassifierCV reads of the fold and the test rows: the decision function where there is
        one, else probabilities.
    """

    y: Floats
    scores: Floats
    tests: Floats
    shift: Floats
    outputs: tuple[Floats, Floats]


def ways(
    tests: Floats, shift: Floats, folds: list[FoldScores], kind: LinkKind
) -> Iterator[tuple[str, Floats]]:
    """Yield the name of each way, and its probabilities of the test rows.

    `tests` are raw scores of the model of all training rows, `shift` its analytic correction.
    """

    def proba(scores: Floats) -> Floats:
        return np.exp(log_proba(scores, kind))

    yield "raw", proba(tests)
    yield "analytic", proba(tests + shift)
    y = np.concatenate([fold.y for fold in folds])
    left_out = np.concatenate([fold.scores + fold.shift for fold in folds])
    found = fit_correction(left_out, y, bw.Unweighted().resolve(y)).affine()
    yield "fitted", proba(found(tests + shift))
    yield "fold ensemble", np.mean([proba(found(fold.tests + fold.shift)) for fold in folds], axis=0)
    yield "sigmoid", np.mean([sigmoid(fold.y, *fold.outputs) for fold in folds], axis=0)
    yield "beta", beta(log_proba(left_out, kind), y, log_proba(tests + shift, kind))


class Outputs(ClassifierMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """A classifier whose features are its own probabilities."""

    def __init__(self, classes: Any = (0, 1)) -> None:
        self.classes = classes
        self.classes_ = np.asarray(classes)

    def fit(self, X: Any, y: Any) -> Outputs:
        """Learn nothing."""
        return self

    def predict_proba(self, X: Floats) -> Floats:
        """Return the features."""
        return X

    def predict(self, X: Floats) -> Floats:
        """Return the class of the largest feature."""
        return np.asarray(self.classes_[X.argmax(axis=1)])  # asked for, and not used


class Decisions(Outputs):
    """A classifier whose features are its own decision function."""

    def decision_function(self, X: Floats) -> Floats:
        """Return the features, of two classes as one number a row."""
        return X[:, 0] if X.shape[1] == 1 else X


def sigmoid(y: Floats, outputs: Floats, tests: Floats) -> Floats:
    """What CalibratedClassifierCV(method="sigmoid") learns of one fold; scores of two classes are 1-d."""
    kind = Outputs if outputs.ndim == 2 and np.allclose(outputs.sum(axis=1), 1, atol=1e-5) else Decisions
    outputs, tests = (each.reshape(len(each), -1) for each in (outputs, tests))
    found = CalibratedClassifierCV(FrozenEstimator(kind(tuple(np.unique(y)))), method="sigmoid", cv=2)
    return np.asarray(found.fit(outputs, y).predict_proba(tests))


def beta(left_out: Floats, y: Floats, tests: Floats) -> Floats:
    """Beta calibration of log-probabilities, of the harness; of several classes one against the rest."""
    classes = range(left_out.shape[1])
    left_out, tests = np.exp(left_out), np.exp(tests)
    if len(classes) == 2:
        positive = BetaMap(left_out[:, 1], y)(tests[:, 1])
        return np.column_stack([1 - positive, positive])
    each = np.column_stack([BetaMap(left_out[:, k], (y == k).astype(int))(tests[:, k]) for k in classes])
    return np.asarray(each / each.sum(axis=1, keepdims=True))
