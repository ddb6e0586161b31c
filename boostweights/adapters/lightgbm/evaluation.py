"""LightGBM's evaluation sets: their rows, weights and start scores, and what they say after each round."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from boostweights.adapters.adapter import EvaluationSet, WeightedTraining
from boostweights.adapters.lightgbm.dask import evaluation_sets
from boostweights.adapters.lightgbm.model import link
from boostweights.adapters.lightgbm.parameters import EARLY_STOPPING, name_of, value_of
from boostweights.adapters.rounds import own_start, refuse_shift, repeated
from boostweights.probabilities.link import LinkKind, link_shift

RECORDED: Final = True
QUIET: Final[Mapping[str, Any]] = {}
_OWN_STARTS: Final = ("init_score", "eval_init_score", "init_model")
_AVERAGED: Final = ("rf", "random_forest")
_ONE_VS_ALL: Final = ("multiclassova", "multiclass_ova", "ova", "ovr")

Floats = npt.NDArray[np.float64]


def evaluation(
    estimator: Any, sets: Sequence[EvaluationSet], fit_params: Mapping[str, Any]
) -> dict[str, Any]:
    """Return ``eval_X``, ``eval_y`` (before 4.7: ``eval_set``) and ``eval_sample_weight``."""
    arguments = evaluation_sets(estimator, sets)
    if any(each.weight is not None for each in sets):
        arguments["eval_sample_weight"] = [each.weight for each in sets]
    if any(each.is_training for each in sets) and fit_params.get("eval_names") is None:
        # LightGBM knows its training rows by identity, which encoded labels lose, or by this name: they
        # do not stop it early
        arguments["eval_names"] = [
            "training" if each.is_training else f"valid_{number}" for number, each in enumerate(sets)
        ]
    return arguments


def unshiftable(settings: Mapping[str, Any]) -> str:
    """Name what keeps evaluation rows from a start score: averaged trees, or the caller's own; or nothing."""
    if value_of(settings, "boosting", "gbdt") in _AVERAGED:
        return "boosting_type='rf', which averages trees"
    return own_start(_OWN_STARTS, settings)


def shifted(estimator: Any, training: WeightedTraining, sets: Sequence[EvaluationSet]) -> dict[str, Any]:
    """Return ``eval_init_score``, the shift: the start of training itself is in the first tree."""
    params = estimator.get_params()
    refuse_shift(unshiftable({**params, **training.fit_params}))
    kind: LinkKind = "logit" if len(training.weights.classes) == 2 else "softmax"
    if value_of(params, "objective", "") in _ONE_VS_ALL:
        kind = "ovr"
    sigmoid = 1.0 if kind == "softmax" else float(value_of(params, "sigmoid", 1.0))
    shift = link_shift(training.weights, kind) / sigmoid
    return {"eval_init_score": [repeated(shift, len(each.y)) for each in sets]}


def stops(params: Mapping[str, Any]) -> str:
    """Name the setting that stops training early; or nothing."""
    return next((f"{name}={params[name]}" for name in EARLY_STOPPING if params.get(name)), "")


def all_trained(params: Mapping[str, Any], classes: int) -> dict[str, Any]:
    """Return the metric to be recorded."""
    return {name_of(params, "metric"): "binary_logloss" if classes == 2 else "multi_logloss"}


def number(params: Mapping[str, Any], rounds: int, like: Any = None) -> dict[str, Any]:
    """Return the number of rounds under the name by which it is set."""
    return {name_of(params, "num_iterations"): rounds}


def losses(model: Any, *unrecorded: Any) -> Sequence[float]:
    """Return the recorded losses of the first evaluation set."""
    return list(next(iter(next(iter(model.evals_result_.values())).values())))


def scores(model: Any, X: Any, rounds: int) -> Floats:
    """Return raw scores of the first rounds."""
    raw = model.predict(X, raw_score=True, num_iteration=rounds)
    averaged = value_of(model.get_params(), "boosting", "gbdt") in _AVERAGED
    return link(model).to_logarithms(raw / rounds if averaged else raw)
