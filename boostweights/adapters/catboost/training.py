"""CatBoost's evaluation sets and rounds, and one quantised Pool for all weights, which borders do not see."""

from collections.abc import Mapping, Sequence
from copy import deepcopy
from typing import Any, cast

import numpy as np
import numpy.typing as npt

from boostweights.adapters.adapter import get_params
from boostweights.adapters.behaviour import Floats, Params
from boostweights.adapters.binning import Reuse, obstacle_in
from boostweights.adapters.catboost.forms import STOPPING, objective_of
from boostweights.adapters.training import EvaluationSet, WeightedTraining, own_start, refuse_shift, repeated
from boostweights.probabilities.link import LinkKind, link_shift

RECORDED = True
QUIET: Params = {}
_ENCODED: Mapping[str, str] = {
    "cat_features": "categories are encoded as they are trained on",
    "text_features": "texts are encoded as they are trained on",
    "embedding_features": "embeddings are encoded as they are trained on",
}
_ROUNDS = ("iterations", "n_estimators", "num_boost_round", "num_trees")
_OF_ROUNDS = (("learning_rate", "eta"), ("leaf_estimation_iterations",), ("max_ctr_complexity",))
"""What CatBoost derives from the number of rounds where it is not set, by its names."""
_OWN_STARTS = ("baseline", "init_model")


def evaluation(estimator: Any, sets: Sequence[EvaluationSet], fit_params: Params) -> dict[str, Any]:
    """Return ``eval_set``; weighted sets as Pools, which alone carry weights."""
    if all(rows.weight is None for rows in sets):
        return {"eval_set": [(rows.X, rows.y) for rows in sets]}
    return {"eval_set": [_pool(estimator, rows, fit_params) for rows in sets]}


def unshiftable(settings: Params) -> str:
    """Name what keeps evaluation rows from a baseline: a start score, or the caller's own; or nothing."""
    if settings.get("boost_from_average"):
        return "boost_from_average=True, for which CatBoost takes no baseline"
    return own_start(_OWN_STARTS, settings)


def shifted(estimator: Any, training: WeightedTraining, sets: Sequence[EvaluationSet]) -> dict[str, Any]:
    """Return ``eval_set`` of Pools whose baseline is the shift, beside one of zeros for the training rows."""
    params = {**get_params(estimator), **training.fit_params}
    refuse_shift(unshiftable(params))
    loss, kind = str(objective_of(params)), "softmax"
    if loss == "MultiClassOneVsAll":
        kind = "ovr"
    elif len(training.weights.classes) == 2 and not loss.startswith("MultiClass"):
        kind = "logit"
    shift = link_shift(training.weights, cast("LinkKind", kind))
    pools = [
        _pool(estimator, rows, training.fit_params, baseline=repeated(shift, len(rows.y))) for rows in sets
    ]
    return {"eval_set": pools, "baseline": repeated(np.zeros(len(shift)), len(training.codes))}


def _pool(estimator: Any, rows: EvaluationSet, fit_params: Params, **more: Any) -> Any:
    from catboost import Pool

    params = {**get_params(estimator), **fit_params}
    columns = {name: params[name] for name in _ENCODED if params.get(name) is not None}
    return Pool(rows.X, rows.y, weight=rows.weight, **columns, **more)


def stops(params: Params) -> str:
    """Name the setting that stops training early; or nothing."""
    return next((f"{name}={params[name]!r}" for name in STOPPING if params.get(name) is not None), "")


def all_trained(params: Params, classes: int) -> dict[str, Any]:
    """Keep all rounds, where the best ones would be kept otherwise; the loss is recorded in any case."""
    return {"use_best_model": False}


def number(params: Params, rounds: int, like: Any = None) -> dict[str, Any]:
    """Return the number of rounds under the name by which it is set, and what another one would change."""
    settings = {next((name for name in _ROUNDS if name in params), _ROUNDS[0]): rounds}
    trained = {} if like is None else like.get_all_params()
    left_open = [names[0] for names in _OF_ROUNDS if all(params.get(name) is None for name in names)]
    return settings | {name: trained[name] for name in left_open if name in trained}


def losses(model: Any, *unrecorded: Any) -> Sequence[float]:
    """Return the recorded losses of the first evaluation set, under the name of the loss."""
    recorded = next(values for name, values in model.evals_result_.items() if name != "learn")
    loss = str(model.get_all_params()["loss_function"])
    return list(next(values for name, values in recorded.items() if name.partition(":")[0] == loss))


def scores(model: Any, X: Any, rounds: int) -> Floats:
    """Return raw formula values of the first rounds."""
    return np.asarray(model.predict(X, prediction_type="RawFormulaVal", ntree_end=rounds), np.float64)


_SAMPLED = 200_000  # of more rows a fit draws as many to find borders, in an order of its own
_EXACT = (
    f"exact: a catboost Pool is quantised once a fold of at most {_SAMPLED:,} rows, its weights are set anew"
)
_QUANTISING = (
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
_REFITTED = {
    **_ENCODED,
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
    settings = get_params(estimator)
    if (loss := objective_of(settings)) != "Logloss":
        obstacle = f"loss_function={loss!r}"
    elif str(settings.get("task_type", "CPU")).upper() != "CPU":
        obstacle = f"task_type={settings['task_type']!r}, where nothing is proved"
    else:  # an array of features has no truth value
        used = {
            name for name, value in settings.items() if (len(value) if hasattr(value, "__len__") else value)
        }
        altered = obstacle_in(estimator, "CatBoostClassifier", "catboost", {})
        obstacle = altered or next((why for name, why in _REFITTED.items() if name in used), "")
    if obstacle:
        return Reuse(how=f"none: {obstacle}")
    return Reuse(how=_EXACT, bin=lambda X, y: None if len(y) > _SAMPLED else _Fold(estimator, X, y))


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
