"""A regularised logistic regression on a prepared table: the linear model that boosters are compared with."""

from typing import Any, Self

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.compose import make_column_transformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.utils.validation import check_is_fitted

_RARE = 10
"""Levels of fewer rows share one column."""


class LinearClassifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """Logistic regression on numbers that are scaled and categories that are columns of 0 and 1.

    A missing number is the median, beside a column that says so; a missing category is all zeros.

    Parameters
    ----------
    C : float, default=1.0
        The inverse of the strength of the ridge penalty, on columns of unit variance.
    max_iter : int, default=1000
        At most so many steps of the solver.

    Attributes
    ----------
    classes_ : ndarray of shape (k,)
        Labels, sorted.

    Examples
    --------
    >>> import pandas as pd
    >>> X = pd.DataFrame({"age": [20.0, None, 40.0, 60.0] * 9, "city": pd.Categorical(list("abab") * 9)})
    >>> LinearClassifier().fit(X, [0, 0, 1, 1] * 9).predict(X[:4]).tolist()
    [0, 0, 1, 1]
    """

    def __init__(self, *, C: float = 1.0, max_iter: int = 1000) -> None:
        self.C = C
        self.max_iter = max_iter

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Learn columns and coefficients; see `LogisticRegression.fit` of scikit-learn."""
        numbers = make_pipeline(SimpleImputer(strategy="median", add_indicator=True), StandardScaler())
        levels = OneHotEncoder(handle_unknown="ignore", min_frequency=_RARE)
        names = [list(X.select_dtypes("number")), list(X.select_dtypes(exclude="number"))]
        columns = make_column_transformer((numbers, names[0]), (levels, names[1]))
        self.model_ = make_pipeline(columns, LogisticRegression(C=self.C, max_iter=self.max_iter))
        self.model_.fit(X, y, logisticregression__sample_weight=sample_weight)
        self.classes_ = self.model_.classes_
        self.n_features_in_ = X.shape[1]
        return self

    def predict_proba(self, X: Any) -> npt.NDArray[np.float64]:
        """Return probabilities of shape (n, k)."""
        check_is_fitted(self)
        return np.asarray(self.model_.predict_proba(X))

    def decision_function(self, X: Any) -> npt.NDArray[np.float64]:
        """Return log odds of shape (n,), or scores of shape (n, k)."""
        check_is_fitted(self)
        return np.asarray(self.model_.decision_function(X))

    def predict(self, X: Any) -> npt.NDArray[Any]:
        """Return labels of shape (n,)."""
        check_is_fitted(self)
        return np.asarray(self.model_.predict(X))
