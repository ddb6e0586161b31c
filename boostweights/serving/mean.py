"""A classifier that predicts the equal mean in log odds of classifiers of several libraries."""

from collections.abc import Sequence
from typing import Any, Self

import numpy as np
import numpy.typing as npt
from scipy.special import softmax
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.validation import check_is_fitted

from boostweights.estimator.classifier import WeightedClassifier
from boostweights.tables.preparation import common_levels, with_categories
from boostweights.tables.reading import Categories


class MeanClassifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """Predict the equal mean in log odds of several classifiers, each after its own fitted correction.

    scikit-learn's ``VotingClassifier(voting="soft")`` averages probabilities. Of more than two classes the
    mean is that of log probabilities, renormalised. A `WeightedClassifier` around it decides by a threshold.

    Parameters
    ----------
    estimators : list of (str, classifier, {"dtype", "text", "few", "codes"})
        The name of each classifier, the classifier, and how it takes categories of a pandas frame, as
        `TablePreparation` returns them. Each is trained as ``WeightedClassifier(classifier, weighting=None,
        correct_proba="fitted")``: one fit on all rows and five on folds.

    Attributes
    ----------
    classes_ : ndarray of shape (k,)
        Labels, sorted.
    members_ : list of WeightedClassifier
        The fitted classifiers.
    correction_ : str
        What the probabilities are, for summaries and cards.

    Examples
    --------
    >>> import pandas as pd
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sklearn.naive_bayes import GaussianNB
    >>> X, y = pd.DataFrame({"x": np.arange(100.0)}), np.arange(100) >= 60
    >>> clf = MeanClassifier([("bayes", GaussianNB(), "dtype"), ("linear", LogisticRegression(), "dtype")])
    >>> logs = [np.diff(member.predict_log_proba(X))[:, 0] for member in clf.fit(X, y).members_]
    >>> np.allclose(clf.predict_proba(X)[:, 1], 1 / (1 + np.exp(-np.mean(logs, axis=0))))
    True
    """

    def __init__(self, estimators: Sequence[tuple[str, Any, Categories]]) -> None:
        self.estimators = estimators

    def fit(self, X: Any, y: Any, sample_weight: Any = None, groups: Any = None) -> Self:
        """Train each classifier on a data frame; the folds of its correction keep `groups` together."""
        self.common_ = {name: common_levels(X[name]) for name in X.select_dtypes("category")}
        names = ", ".join(name for name, *_ in self.estimators)
        self.correction_ = f"fitted, of each classifier; predictions are the mean in log odds of {names}"
        arguments = {"y": y, "sample_weight": sample_weight, "groups": groups}
        self.members_ = [
            WeightedClassifier(estimator, None, correct_proba="fitted").fit(rows, **arguments)
            for (_, estimator, _), rows in zip(self.estimators, self._rows(X), strict=True)
        ]
        self.classes_ = self.members_[0].classes_
        return self

    def predict_proba(self, X: Any) -> npt.NDArray[np.float64]:
        """Return probabilities of shape (n, k)."""
        check_is_fitted(self)
        logs = [one.predict_log_proba(rows) for one, rows in zip(self.members_, self._rows(X), strict=True)]
        return np.asarray(softmax(np.mean(logs, axis=0), axis=1))

    def predict(self, X: Any) -> npt.NDArray[Any]:
        """Return the most probable label of each row, of shape (n,)."""
        return np.asarray(self.classes_[np.argmax(self.predict_proba(X), axis=1)])

    def _rows(self, X: Any) -> list[Any]:
        """Return the frame as each classifier takes it; levels are those of the training rows."""
        return [with_categories(X, categories, self.common_) for *_, categories in self.estimators]
