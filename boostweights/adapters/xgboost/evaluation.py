"""XGBoost's evaluation sets: their rows, weights and start scores, and what they say after each round."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from boostweights.adapters.adapter import EvaluationSet, WeightedTraining
from boostweights.adapters.rounds import own_start, refuse_shift, repeated
from boostweights.adapters.xgboost.model import start_scores
from boostweights.probabilities.link import link_shift

RECORDED: Final = True
QUIET: Final[Mapping[str, Any]] = {"verbose": False}
_OF_THE_START: Final = ("objective", "base_score", "scale_pos_weight", "n_jobs", "random_state")
_OWN_STARTS: Final = ("base_margin", "base_margin_eval_set")

Floats = npt.NDArray[np.float64]


def evaluation(
    estimator: Any, sets: Sequence[EvaluationSet], fit_params: Mapping[str, Any]
) -> dict[str, Any]:
    """Return ``eval_set`` and, where any is weighted, ``sample_weight_eval_set``."""
    arguments: dict[str, Any] = {"eval_set": [(each.X, each.y) for each in sets]}
    if any(each.weight is not None for each in sets):
        arguments["sample_weight_eval_set"] = [
            np.ones(len(each.y), np.float32) if each.weight is None else each.weight for each in sets
        ]
    return arguments


def unshiftable(settings: Mapping[str, Any]) -> str:
    """Name the caller's start scores; or nothing."""
    return own_start(_OWN_STARTS, settings)


def shifted(estimator: Any, training: WeightedTraining, sets: Sequence[EvaluationSet]) -> dict[str, Any]:
    """Return ``base_margin_eval_set``: the intercept, whose place margins take, and the shift.

    The intercept depends on labels and weights alone, and each version finds it in its own way: a booster of
    one round on a constant tells.
    """
    refuse_shift(unshiftable(training.fit_params))
    params = estimator.get_params()
    own = {name: params[name] for name in _OF_THE_START if params.get(name) is not None}
    one = type(estimator)(**own, n_estimators=1, max_depth=1)
    one.fit(np.zeros((len(training.codes), 1)), training.codes, sample_weight=training.sample_weight)
    shift = link_shift(training.weights, "logit" if len(training.weights.classes) == 2 else "softmax")
    start = start_scores(one, len(shift)) + shift
    return {"base_margin_eval_set": [repeated(start, len(each.y)) for each in sets]}


def stops(params: Mapping[str, Any]) -> str:
    """Name the setting that stops training early; or nothing."""
    found = params.get("early_stopping_rounds")
    return "" if found is None else f"early_stopping_rounds={found}"


def all_trained(params: Mapping[str, Any], classes: int) -> dict[str, Any]:
    """Return the metric to be recorded."""
    return {"eval_metric": "logloss" if classes == 2 else "mlogloss"}


def number(params: Mapping[str, Any], rounds: int, like: Any = None) -> dict[str, Any]:
    """Return ``n_estimators``."""
    return {"n_estimators": rounds}


def losses(model: Any, *unrecorded: Any) -> Sequence[float]:
    """Return the recorded losses of the first evaluation set."""
    return list(next(iter(next(iter(model.evals_result().values())).values())))


def scores(model: Any, X: Any, rounds: int) -> Floats:
    """Return margins of the first rounds."""
    return np.asarray(model.predict(X, output_margin=True, iteration_range=(0, rounds)), np.float64)
