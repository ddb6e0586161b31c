"""XGBoost's evaluation sets, its rounds, and its training on Dask."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from boostweights.adapters.training import (
    EvaluationSet,
    Job,
    Packed,
    WeightedTraining,
    own_start,
    refuse_shift,
    repeated,
)
from boostweights.adapters.xgboost.model import start_scores
from boostweights.errors import InvalidValueError, shown
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


_BINS: Final = 256
_METHODS: Final = (None, "auto", "hist", "approx")


class XGBoostOnDask:
    """Labels must be 0 to k-1 everywhere; a worker may lack classes."""

    library: Final = "xgboost"
    classifier: Final = "DaskXGBClassifier"
    proba_dtype: Final = np.float32
    raised: Final = "xgboost.core:XGBoostError"
    carried: Final = frozenset({"verbose", "feature_weights", "xgb_model"})

    def settings(self, settings: Mapping[str, Any]) -> dict[str, Any]:
        """Return settings with the histogram method and its bins, which xgboost takes on a cluster."""
        method = settings.get("tree_method")
        known = {"tree_method": "hist" if method in (None, "auto") else method, "max_bin": _BINS}
        return {**known, **settings, "tree_method": known["tree_method"]}

    def check(self, settings: Mapping[str, Any]) -> None:
        """Raise for exact splits, which need all rows in one place."""
        method = settings.get("tree_method")
        if method not in _METHODS:
            raise InvalidValueError(
                "tree_method must be 'hist' or 'approx' on a cluster",
                f"tree_method={shown(method)}",
                "Use tree_method='hist', with max_bin at least the distinct values for exact splits.",
            )

    def fit(self, estimator: Any, job: Job, **fit_params: Any) -> Any:
        """Train a DaskXGBClassifier, and return the XGBClassifier of its booster."""
        from xgboost import XGBClassifier

        estimator.client = job.client
        arguments: dict[str, Any] = {"verbose": False, **fit_params}
        if job.sets:
            arguments["eval_set"] = [(each.X, each.y) for each in job.sets]
            if any(each.weight is not None for each in job.sets):
                arguments["sample_weight_eval_set"] = [each.weight_or_ones() for each in job.sets]
        fitted = estimator.fit(job.data.X, job.data.y, sample_weight=job.data.weight, **arguments)

        params = {name: value for name, value in fitted.get_params().items() if name != "coll_cfg"}
        local = XGBClassifier(**params)
        local.load_model(fitted.get_booster().save_raw("ubj"))
        local.set_params(**params)  # those of the file are fewer
        if hasattr(fitted, "evals_result_"):
            local.evals_result_ = fitted.evals_result_
        return local

    def train(self, params: Mapping[str, Any], job: Job, **train_params: Any) -> tuple[Any, dict[str, Any]]:
        """Train by ``xgboost.dask.train``."""
        from xgboost import dask as xgboost_dask

        many = {"objective": "multi:softprob", "num_class": job.classes}
        given = {**({"objective": "binary:logistic"} if job.classes == 2 else many), **params}
        matrix = self._matrix(given, job.client, job.data)
        sets = [self._matrix(given, job.client, each, matrix) for each in job.sets]
        others = {"verbose_eval": False, **train_params}
        evals = list(zip(sets, job.names, strict=True))
        found = xgboost_dask.train(job.client, given, matrix, evals=evals, **others)
        return found["booster"], found["history"]

    def bins(self, form: str, settings: Mapping[str, Any]) -> int | None:
        """Return the bins of a feature, where weights say nothing of rows: cut points follow row weights."""
        return int(settings["max_bin"]) if form == "scale_pos_weight" else None

    def repeatable(self, distinct: int | None, heaviest: float) -> tuple[dict[str, Any], bool, str]:
        """Return a fixed base_score, and a bin a value where values are few enough."""
        if distinct is None:
            return (
                {"base_score": 0.5},
                False,
                "cut points are a sketch of values that depends on which worker holds which rows: repeats on "
                "as many workers are equal with placement='pinned', other placements and one machine are not",
            )
        return (
            {"base_score": 0.5, "max_bin": max(_BINS, distinct)},
            True,
            "each distinct value has a bin, and the start score is given",
        )

    def _matrix(self, params: Mapping[str, Any], client: Any, data: Packed, ref: Any = None) -> Any:
        from xgboost import dask as xgboost_dask

        if params.get("tree_method") == "approx":
            return xgboost_dask.DaskDMatrix(client, data.X, data.y, weight=data.weight)
        return xgboost_dask.DaskQuantileDMatrix(
            client, data.X, data.y, weight=data.weight, max_bin=params.get("max_bin"), ref=ref
        )
