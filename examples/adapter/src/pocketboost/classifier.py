"""Boosted regression trees on the gradients of the log loss, one tree a class and round."""

import numpy as np
from scipy.special import softmax
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.metrics import log_loss
from sklearn.tree import DecisionTreeRegressor
from sklearn.utils.validation import check_is_fitted


class PocketClassifier(ClassifierMixin, BaseEstimator):
    """A classifier whose scores start at `intercept_`, the logarithms of the weighted shares of classes.

    Parameters
    ----------
    rounds : int
    learning_rate : float
    max_depth : int
    class_weight : dict or None
        Label → weight, multiplied with row weights.
    """

    def __init__(self, rounds=20, learning_rate=0.3, max_depth=3, class_weight=None):
        self.rounds = rounds
        self.learning_rate = learning_rate
        self.max_depth = max_depth
        self.class_weight = class_weight

    def fit(self, X, y, sample_weight=None, valid=None, valid_weight=None):
        """Train; the weighted log loss on `valid`, (X, y), is kept round by round in `losses_`."""
        X = np.asarray(X, np.float64)
        self.classes_, codes = np.unique(y, return_inverse=True)
        weight = np.ones(len(X)) if sample_weight is None else np.asarray(sample_weight, np.float64)
        if self.class_weight is not None:
            weight = weight * np.array([self.class_weight[label] for label in self.classes_])[codes]
        target = np.eye(len(self.classes_))[codes]
        self.intercept_ = np.log(target.T @ weight / weight.sum())
        self.trees_, self.losses_ = [], []
        for _ in range(self.rounds):
            gradient = target - self.predict_proba(X)
            tree = DecisionTreeRegressor(max_depth=self.max_depth, random_state=0)
            self.trees_.append(tree.fit(X, gradient, sample_weight=weight))
            if valid is not None:
                loss = log_loss(valid[1], self.predict_proba(valid[0]), sample_weight=valid_weight)
                self.losses_.append(loss)
        return self

    def decision_function(self, X):
        """Return the scores, (n, k)."""
        check_is_fitted(self)
        X = np.asarray(X, np.float64)
        start = np.tile(self.intercept_, (len(X), 1))
        return sum((self.learning_rate * tree.predict(X) for tree in self.trees_), start)

    def predict_proba(self, X):
        """Return probabilities, (n, k)."""
        return softmax(self.decision_function(X), axis=1)

    def predict(self, X):
        """Return labels."""
        return self.classes_[self.predict_proba(X).argmax(axis=1)]
