"""One quantised Pool for many weights: CatBoost's borders do not see row weights."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from boostweights.adapters.reuse import Prediction, Reuse, is_own_class

__all__ = ["reuse"]

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
    "task_type",
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


def reuse(estimator: Any, unfitted: Callable[[Any], Any]) -> Reuse:
    """Return how a CatBoostClassifier's borders serve for many weights: exactly, or why not."""
    reason = _obstacle(estimator)
    if reason:
        return Reuse(how=f"none: {reason}")
    return Reuse(
        how=_EXACT, bin=lambda X, y: None if len(y) > _SAMPLED else _Fold.of(estimator, X, y, unfitted)
    )


def _obstacle(estimator: Any) -> str:
    settings = {name: value for name, value in estimator.get_params().items() if value is not None}
    loss = settings.get("loss_function", settings.get("objective", "Logloss"))
    if not is_own_class(estimator, "CatBoostClassifier", "catboost"):
        return f"{type(estimator).__name__} may train in its own way"
    if loss != "Logloss":
        return f"loss_function={loss!r}"
    return next((reason for name, reason in _REFITTED.items() if _is_set(settings.get(name))), "")


def _is_set(value: Any) -> bool:
    return len(value) > 0 if hasattr(value, "__len__") else bool(value)  # an array of features has no truth


@dataclass(slots=True, kw_only=True)
class _Fold:
    pool: Any
    estimator: Any
    unfitted: Callable[[Any], Any]

    @classmethod
    def of(cls, estimator: Any, X: Any, y: npt.NDArray[np.intp], unfitted: Callable[[Any], Any]) -> _Fold:
        from catboost import Pool

        settings = {name: value for name, value in estimator.get_params().items() if value is not None}
        quantising = {name: settings[name] for name in _QUANTISING if name in settings}
        seed = settings.get("random_seed", settings.get("random_state"))
        pool = Pool(X, y)
        pool.quantize(**quantising, random_seed=seed)
        return cls(pool=pool, estimator=estimator, unfitted=unfitted)

    def fit_predict(self, weight: npt.NDArray[Any] | None, X: Any) -> Prediction:
        """Train with these row weights, and predict other rows."""
        rows = self.pool.num_row()
        self.pool.set_weight(np.ones(rows, np.float32) if weight is None else weight)
        model = self.unfitted(self.estimator).fit(self.pool)
        return Prediction(
            proba=np.asarray(model.predict_proba(X)[:, 1], np.float64),
            score=np.asarray(model.predict(X, prediction_type="RawFormulaVal"), np.float64),
        )
