"""One quantised Pool for many weights: CatBoost's borders do not see row weights."""

from __future__ import annotations

from copy import deepcopy
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from boostweights.adapters.adapter import get_params
from boostweights.adapters.binning import Prediction, Reuse, is_own_class

_SAMPLED: Final = 200_000  # of more rows a fit draws as many to find borders, in an order of its own
_EXACT: Final = (
    f"exact: a catboost Pool is quantised once a fold of at most {_SAMPLED:,} rows, its weights are set anew"
)
_QUANTISING: Final = (
    "ignored_features",
    "per_float_feature_quantization",
    "border_count",
    "max_bin",
    "feature_border_type",
    "sparse_features_conflict_fraction",
    "nan_mode",
    "input_borders",
    "used_ram_limit",
    "dev_efb_max_buckets",
    "dev_max_subset_size_for_build_borders",
)
_REFITTED: Final = {
    "cat_features": "categories are encoded as they are trained on",
    "text_features": "texts are encoded as they are trained on",
    "embedding_features": "embeddings are encoded as they are trained on",
    "class_names": "class_names orders the classes",
    "eval_fraction": "eval_fraction splits the rows before they are quantised",
    "save_snapshot": "a snapshot belongs to one fit",
}


def unfitted(estimator: Any) -> Any:
    """Return an unfitted copy."""
    copied = type(estimator)(**deepcopy(estimator.get_params()))  # clone refuses cat_features=[…]
    if hasattr(estimator, "_metadata_request"):
        copied._metadata_request = deepcopy(estimator._metadata_request)
    return copied


def reuse(estimator: Any, X: Any) -> Reuse:
    """Return how a CatBoostClassifier's borders serve for many weights: exactly, or why not."""
    reason = _obstacle(estimator)
    if reason:
        return Reuse(how=f"none: {reason}")
    return Reuse(how=_EXACT, bin=lambda X, y: None if len(y) > _SAMPLED else _Fold(estimator, X, y))


def _obstacle(estimator: Any) -> str:
    settings = get_params(estimator)
    loss = settings.get("loss_function", settings.get("objective", "Logloss"))
    if not is_own_class(estimator, "CatBoostClassifier", "catboost"):
        return f"{type(estimator).__name__} may train in its own way"
    if loss != "Logloss":
        return f"loss_function={loss!r}"
    if str(settings.get("task_type", "CPU")).upper() != "CPU":
        return f"task_type={settings['task_type']!r}, where nothing is proved"
    return next((reason for name, reason in _REFITTED.items() if _is_set(settings.get(name))), "")


def _is_set(value: Any) -> bool:
    return len(value) > 0 if hasattr(value, "__len__") else bool(value)  # an array of features has no truth


class _Fold:
    def __init__(self, estimator: Any, X: Any, y: npt.NDArray[np.intp]) -> None:
        from catboost import Pool

        settings = get_params(estimator)
        quantising = {name: settings[name] for name in _QUANTISING if name in settings}
        seed = settings.get("random_seed", settings.get("random_state"))
        self._estimator, self._pool = estimator, Pool(X, y)
        self._pool.quantize(**quantising, random_seed=seed)

    def fit(self, weight: npt.NDArray[Any] | None) -> Any:
        """Return a fitted CatBoostClassifier."""
        rows = self._pool.num_row()
        self._pool.set_weight(np.ones(rows, np.float32) if weight is None else weight)
        return unfitted(self._estimator).fit(self._pool)

    def fit_predict(self, weight: npt.NDArray[Any] | None, X: Any) -> Prediction:
        """Train with these row weights, and predict other rows."""
        model = self.fit(weight)
        return Prediction(
            proba=np.asarray(model.predict_proba(X)[:, 1], np.float64),
            score=np.asarray(model.predict(X, prediction_type="RawFormulaVal"), np.float64),
        )
