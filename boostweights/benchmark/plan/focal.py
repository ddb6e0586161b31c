r"""Focal loss (Lin et al. 2017, doi:10.1109/ICCV.2017.324) for two classes, where a library has it not.

.. math:: L = -\alpha_t (1 - p_t)^\gamma \log p_t

where :math:`p_t` is the probability of a row's own class, and :math:`\alpha_t` weighs its class. A custom
objective's scores are margins: probabilities come from the logistic function.
"""

from collections.abc import Mapping
from typing import Any, Self

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize_scalar
from scipy.special import expit, log_expit
from sklearn.base import BaseEstimator, ClassifierMixin

from boostweights.adapters.training import EvaluationSet

ALPHA = 0.25
GAMMA = 2.0
_LEAST_HESSIAN = 1e-6

Floats = npt.NDArray[np.float64]
HeldOut = tuple[Any, npt.NDArray[Any]] | None


def focal_loss(y: npt.NDArray[Any], margins: npt.NDArray[Any]) -> Floats:
    """Return the loss of each row, of shape (n,).

    Examples
    --------
    >>> focal_loss(np.array([1, 0]), np.array([0.0, 0.0])).round(3)
    array([0.043, 0.13 ])
    """
    sign = 2.0 * np.asarray(y, np.float64) - 1.0
    own = sign * np.asarray(margins, np.float64)
    return -_alpha(sign) * expit(-own) ** GAMMA * log_expit(own)


def focal_derivatives(y: npt.NDArray[Any], margins: npt.NDArray[Any]) -> tuple[Floats, Floats]:
    """Return gradient and hessian by the margin; the hessian is held above 0."""
    sign = 2.0 * np.asarray(y, np.float64) - 1.0
    own = sign * np.asarray(margins, np.float64)
    p, rest, log_p, alpha = expit(own), expit(-own), log_expit(own), _alpha(sign)
    bend = GAMMA * p * log_p - rest
    gradient = sign * alpha * rest**GAMMA * bend
    hessian = alpha * p * rest**GAMMA * (rest * (GAMMA * (log_p + 1.0) + 1.0) - GAMMA * bend)
    return gradient, np.maximum(hessian, _LEAST_HESSIAN)


def _alpha(sign: Floats) -> Floats:
    return np.where(sign > 0, ALPHA, 1.0 - ALPHA)


def best_constant(y: npt.NDArray[Any]) -> float:
    """Return the margin from which training starts: of all constants, that of least loss."""
    return float(minimize_scalar(lambda at: focal_loss(y, np.full(len(y), at)).mean(), bounds=(-20, 20)).x)


class _Focal(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """A booster with focal loss; arguments are those of the library's own classifier.

    Attributes
    ----------
    classes_ : ndarray
        0 and 1.
    best_iteration_ : int
        Rounds with which it predicts.
    """

    classes_ = np.array([0, 1])
    start_: float
    _own: Any
    _as_margins: Mapping[str, bool]

    def __init__(self, **settings: Any) -> None:
        self.settings = settings

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Return the arguments."""
        return dict(self.settings)

    def decision_function(self, X: Any) -> Floats:
        """Return margins of shape (n,)."""
        return np.asarray(self._own.predict(X, **self._as_margins), np.float64) + self.start_

    def predict_proba(self, X: Any) -> Floats:
        """Return probabilities of shape (n, 2)."""
        margins = self.decision_function(X)
        return np.column_stack([expit(-margins), expit(margins)])


class FocalLightGBM(_Focal):
    """LightGBM's classifier with focal loss."""

    _as_margins: Mapping[str, bool] = {"raw_score": True}

    def fit(self, X: Any, y: npt.NDArray[Any], held_out: HeldOut = None) -> Self:
        """Train; where rows are held out, until their focal loss makes no progress."""
        from lightgbm import LGBMClassifier

        from boostweights.adapters.lightgbm.training import evaluation

        def loss(truth: Any, margins: Any) -> tuple[str, float, bool]:
            return "focal", float(focal_loss(truth, margins).mean()), False

        self.start_ = best_constant(y)
        objective: Any = focal_derivatives
        own = LGBMClassifier(**self.settings, objective=objective, metric="None")
        evaluated: dict[str, Any] = {}
        if held_out is not None:
            rows = EvaluationSet(X=held_out[0], y=held_out[1])
            start = [np.full(len(rows.y), self.start_)]
            evaluated = {**evaluation(own, [rows], {}), "eval_init_score": start, "eval_metric": loss}
        self._own = own.fit(X, y, init_score=np.full(len(y), self.start_), **evaluated)
        self.best_iteration_ = int(own.best_iteration_ or own.n_estimators)
        return self


class FocalXGBoost(_Focal):
    """XGBoost's classifier with focal loss."""

    _as_margins: Mapping[str, bool] = {"output_margin": True}

    def fit(self, X: Any, y: npt.NDArray[Any], held_out: HeldOut = None) -> Self:
        """Train; where rows are held out, until their focal loss makes no progress."""
        from xgboost import XGBClassifier

        def loss(truth: Any, margins: Any) -> float:
            return float(focal_loss(truth, margins).mean())

        self.start_ = best_constant(y)
        settings = {**self.settings, "base_score": 0.5, "objective": focal_derivatives}
        evaluated: dict[str, Any] = {}
        if held_out is not None:
            settings |= {"eval_metric": loss, "disable_default_eval_metric": True}
            start = [np.full(len(held_out[1]), self.start_)]
            evaluated = {"eval_set": [held_out], "base_margin_eval_set": start, "verbose": False}
        self._own = XGBClassifier(**settings).fit(X, y, base_margin=np.full(len(y), self.start_), **evaluated)
        stopped = held_out is not None and "early_stopping_rounds" in settings
        self.best_iteration_ = int(self._own.best_iteration) + 1 if stopped else self._own.n_estimators
        return self
