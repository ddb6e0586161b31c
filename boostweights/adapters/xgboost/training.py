"""XGBoost's evaluation sets, its rounds, and its training on Dask."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from boostweights.adapters.behaviour import Floats, Params
from boostweights.adapters.training import (
    Arguments,
    EvaluationSet,
    Job,
    WeightedTraining,
    own_start,
    refuse_shift,
    repeated,
)
from boostweights.adapters.xgboost.model import start_scores
from boostweights.errors import InvalidValueError, shown
from boostweights.probabilities.link import link_shift

RECORDED = True
QUIET: Params = {"verbose": False}
_OF_THE_START = ("objective", "base_score", "scale_pos_weight", "n_jobs", "random_state")
_OWN_STARTS = ("base_margin", "base_margin_eval_set")


def evaluation(estimator: Any, sets: Sequence[EvaluationSet], fit_params: Params) -> Arguments:
    """Return ``eval_set`` and, where any is weighted, ``sample_weight_eval_set``."""
    arguments: Arguments = {"eval_set": [(rows.X, rows.y) for rows in sets]}
    if any(rows.weight is not None for rows in sets):
        arguments["sample_weight_eval_set"] = [rows.weight_or_ones() for rows in sets]
    return arguments


def unshiftable(settings: Params) -> str:
    """Name the caller's start scores; or nothing."""
    return own_start(_OWN_STARTS, settings)


def shifted(estimator: Any, training: WeightedTraining, sets: Sequence[EvaluationSet]) -> Arguments:
    """Return ``base_margin_eval_set``: the intercept, whose place margins take, and the shift.

    The intercept depends on labels and weights alone, and each version finds it in its own way: a booster of
    one round on a constant tells.
    """
    refuse_shift(unshiftable(training.fit_params))
    params = estimator.get_params()
    settings = {name: params[name] for name in _OF_THE_START if params.get(name) is not None}
    constant = type(estimator)(**settings, n_estimators=1, max_depth=1)
    constant.fit(np.zeros((len(training.codes), 1)), training.codes, sample_weight=training.sample_weight)
    shift = link_shift(training.weights, "logit" if len(training.weights.classes) == 2 else "softmax")
    start = start_scores(constant, len(shift)) + shift
    return {"base_margin_eval_set": [repeated(start, len(rows.y)) for rows in sets]}


def stops(params: Params) -> str:
    """Name the setting that stops training early; or nothing."""
    patience = params.get("early_stopping_rounds")
    return "" if patience is None else f"early_stopping_rounds={patience}"


def all_trained(params: Params, classes: int) -> Arguments:
    """Return the metric to be recorded."""
    return {"eval_metric": "logloss" if classes == 2 else "mlogloss"}


def number(params: Params, rounds: int, like: Any = None) -> Arguments:
    """Return ``n_estimators``."""
    return {"n_estimators": rounds}


def losses(model: Any, *unrecorded: Any) -> Sequence[float]:
    """Return the recorded losses of the first evaluation set."""
    return list(next(iter(next(iter(model.evals_result().values())).values())))


def scores(model: Any, X: Any, rounds: int) -> Floats:
    """Return margins of the first rounds."""
    return np.asarray(model.predict(X, output_margin=True, iteration_range=(0, rounds)), np.float64)


_BINS = 256
_METHODS = (None, "auto", "hist", "approx")


class XGBoostOnDask:
    """Labels must be 0 to k-1 everywhere; a worker may lack classes."""

    library = "xgboost"
    classifier = "DaskXGBClassifier"
    proba_dtype: type[np.floating[Any]] = np.float32
    raised = "xgboost.core:XGBoostError"
    carried = frozenset({"verbose", "feature_weights", "xgb_model"})

    def settings(self, settings: Params) -> Arguments:
        """Return settings with the histogram method and its bins, which xgboost takes on a cluster."""
        method = settings.get("tree_method")
        return {"max_bin": _BINS, **settings, "tree_method": "hist" if method in (None, "auto") else method}

    def check(self, settings: Params) -> None:
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
        arguments: Arguments = {"verbose": False, **fit_params}
        if job.sets:
            arguments |= evaluation(estimator, job.sets, fit_params)
        fitted = estimator.fit(job.data.X, job.data.y, sample_weight=job.data.weight, **arguments)

        params = {name: value for name, value in fitted.get_params().items() if name != "coll_cfg"}
        local = XGBClassifier(**params)
        local.load_model(fitted.get_booster().save_raw("ubj"))
        local.set_params(**params)  # those of the file are fewer
        if hasattr(fitted, "evals_result_"):
            local.evals_result_ = fitted.evals_result_
        return local

    def bins(self, form: str, settings: Params) -> int | None:
        """Return the bins of a feature, where weights say nothing of rows: cut points follow row weights."""
        return int(settings["max_bin"]) if form == "scale_pos_weight" else None
