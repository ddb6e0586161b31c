"""One QuantileDMatrix for many weights: another model, for XGBoost's own cut points follow the weights."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from boostweights.adapters.reuse import Prediction, Reuse, functions_in, is_own_class
from boostweights.errors import InvalidValueError

__all__ = ["HISTOGRAM_TREES", "frozen_reuse", "reuse"]

HISTOGRAM_TREES: Final = {"booster": ("gbtree", "dart"), "tree_method": ("hist", "auto")}
"""Settings of models whose bins can be made once."""

_FROZEN: Final = "frozen cuts (approximation): xgboost's cut points are found once a fold, without weights"
_REFIT: Final = "none: xgboost's cut points follow the weights (reuse='frozen' finds them once)"


def reuse(estimator: Any, X: Any) -> Reuse:
    """Return that an XGBClassifier's cut points serve for one weight."""
    return Reuse(how=_REFIT)


def frozen_reuse(estimator: Any, X: Any) -> Reuse:
    """Return how its cut points, frozen, serve for many weights."""
    reason = _obstacle(estimator)
    if reason:
        raise InvalidValueError(
            "reuse='frozen' needs an XGBClassifier of histogram trees without functions or early stopping",
            reason,
            "Use reuse='auto'.",
        )
    return Reuse(how=_FROZEN, bin=lambda X, y: _Fold.of(estimator, X, y))


def _obstacle(estimator: Any) -> str:
    settings = {name: value for name, value in estimator.get_params().items() if value is not None}
    if not is_own_class(estimator, "XGBClassifier", "xgboost"):
        return type(estimator).__name__
    # `missing` is a number and metrics are never asked for: an eval_metric without data is not called
    if functions := functions_in({name: value for name, value in settings.items() if name != "eval_metric"}):
        return f"{functions[0]}={settings[functions[0]]!r}"
    for name, values in {"objective": ("binary:logistic",), **HISTOGRAM_TREES}.items():
        if settings.get(name, values[0]) not in values:
            return f"{name}={settings[name]!r}"
    if "early_stopping_rounds" in settings:
        return f"early_stopping_rounds={settings['early_stopping_rounds']!r}"
    return ""


@dataclass(slots=True, kw_only=True)
class _Fold:
    data: Any
    params: dict[str, Any]
    rounds: int
    options: dict[str, Any]

    @classmethod
    def of(cls, estimator: Any, X: Any, y: npt.NDArray[np.intp]) -> _Fold:
        import xgboost as xgb

        options = {
            "missing": estimator.missing,
            "nthread": estimator.n_jobs,
            "enable_categorical": estimator.enable_categorical,
            "feature_types": estimator.feature_types,
        }
        options = {name: value for name, value in options.items() if value is not None}
        data = xgb.QuantileDMatrix(X, label=y, max_bin=estimator.max_bin or 256, **options)
        params, rounds = estimator.get_xgb_params(), estimator.get_num_boosting_rounds()
        return cls(data=data, params=params, rounds=rounds, options=options)

    def fit_predict(self, weight: npt.NDArray[Any] | None, X: Any) -> Prediction:
        """Train with these row weights, and predict other rows."""
        import xgboost as xgb

        rows = self.data.num_row()
        self.data.set_weight(np.ones(rows, np.float32) if weight is None else weight)
        booster = xgb.train(self.params, self.data, self.rounds)
        tested = xgb.DMatrix(X, **self.options)
        return Prediction(
            proba=np.asarray(booster.predict(tested), np.float64),
            score=np.asarray(booster.predict(tested, output_margin=True), np.float64),
        )
