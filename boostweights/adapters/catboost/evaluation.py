"""CatBoost's evaluation sets: their rows, weights and start scores, and what they say after each round."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from boostweights.adapters.adapter import EvaluationSet, WeightedTraining, get_params
from boostweights.adapters.rounds import own_start, refuse_shift, repeated
from boostweights.probabilities.link import LinkKind, link_shift

RECORDED: Final = True
QUIET: Final[Mapping[str, Any]] = {}
_POOL_COLUMNS: Final = ("cat_features", "text_features", "embedding_features")
_ROUNDS: Final = ("iterations", "n_estimators", "num_boost_round", "num_trees")
_OF_ROUNDS: Final = (("learning_rate", "eta"), ("leaf_estimation_iterations",), ("max_ctr_complexity",))
"""What CatBoost derives from the number of rounds where it is not set, by its names."""
_OWN_STARTS: Final = ("baseline", "init_model")
_STOPPING: Final = ("early_stopping_rounds", "od_type", "od_wait", "od_pval")

Floats = npt.NDArray[np.float64]


def evaluation(
    estimator: Any, sets: Sequence[EvaluationSet], fit_params: Mapping[str, Any]
) -> dict[str, Any]:
    """Return ``eval_set``; weighted sets as Pools, which alone carry weights."""
    if all(each.weight is None for each in sets):
        return {"eval_set": [(each.X, each.y) for each in sets]}
    return {"eval_set": [_pool(estimator, each, fit_params) for each in sets]}


def unshiftable(settings: Mapping[str, Any]) -> str:
    """Name what keeps evaluation rows from a baseline: a start score, or the caller's own; or nothing."""
    if settings.get("boost_from_average"):
        return "boost_from_average=True, for which CatBoost takes no baseline"
    return own_start(_OWN_STARTS, settings)


def shifted(estimator: Any, training: WeightedTraining, sets: Sequence[EvaluationSet]) -> dict[str, Any]:
    """Return ``eval_set`` of Pools whose baseline is the shift, beside one of zeros for the training rows."""
    params = {**get_params(estimator), **training.fit_params}
    refuse_shift(unshiftable(params))
    loss = str(params.get("loss_function", params.get("objective", "")))
    kind: LinkKind = (
        "logit" if len(training.weights.classes) == 2 and not loss.startswith("MultiClass") else "softmax"
    )
    shift = link_shift(training.weights, "ovr" if loss == "MultiClassOneVsAll" else kind)
    pools = [
        _pool(estimator, each, training.fit_params, baseline=repeated(shift, len(each.y))) for each in sets
    ]
    return {"eval_set": pools, "baseline": repeated(np.zeros(len(shift)), len(training.codes))}


def _pool(estimator: Any, rows: EvaluationSet, fit_params: Mapping[str, Any], **more: Any) -> Any:
    from catboost import Pool

    params = {**get_params(estimator), **fit_params}
    columns = {name: params[name] for name in _POOL_COLUMNS if params.get(name) is not None}
    return Pool(rows.X, rows.y, weight=rows.weight, **columns, **more)


def stops(params: Mapping[str, Any]) -> str:
    """Name the setting that stops training early; or nothing."""
    return next((f"{name}={params[name]!r}" for name in _STOPPING if params.get(name) is not None), "")


def all_trained(params: Mapping[str, Any], classes: int) -> dict[str, Any]:
    """Keep all rounds, where the best ones would be kept otherwise; the loss is recorded in any case."""
    return {"use_best_model": False}


def number(params: Mapping[str, Any], rounds: int, like: Any = None) -> dict[str, Any]:
    """Return the number of rounds under the name by which it is set, and what another one would change."""
    found = {next((name for name in _ROUNDS if name in params), _ROUNDS[0]): rounds}
    if like is None:
        return found
    trained = like.get_all_params()
    left_open = [names[0] for names in _OF_ROUNDS if all(params.get(name) is None for name in names)]
    return found | {name: trained[name] for name in left_open if name in trained}


def losses(model: Any, *unrecorded: Any) -> Sequence[float]:
    """Return the recorded losses of the first evaluation set, under the name of the loss."""
    recorded = next(values for name, values in model.evals_result_.items() if name != "learn")
    loss = str(model.get_all_params()["loss_function"])
    return list(next(values for name, values in recorded.items() if name.partition(":")[0] == loss))


def scores(model: Any, X: Any, rounds: int) -> Floats:
    """Return raw formula values of the first rounds."""
    return np.asarray(model.predict(X, prediction_type="RawFormulaVal", ntree_end=rounds), np.float64)
