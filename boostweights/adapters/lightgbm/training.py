"""LightGBM's evaluation sets, its rounds, and its training on Dask.

``DaskLGBMClassifier`` encodes labels on each worker by itself: where a worker lacks a class, codes mean other
classes there, and the model is wrong or training hangs. So labels are encoded over all partitions, and trees
are grown by ``DaskLGBMRegressor`` with the classifier's objective, which takes codes as they are.
"""

import inspect
import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np

from boostweights.adapters.behaviour import Floats, Params
from boostweights.adapters.lightgbm.model import link
from boostweights.adapters.lightgbm.parameters import (
    ALIASES,
    EARLY_STOPPING,
    ONE_VS_ALL,
    is_custom,
    is_forest,
    name_of,
    value_of,
)
from boostweights.adapters.training import (
    Arguments,
    EvaluationSet,
    Job,
    WeightedTraining,
    own_start,
    refuse_shift,
    repeated,
)
from boostweights.errors import InvalidValueError, shown
from boostweights.probabilities.link import LinkKind, link_shift

RECORDED = True
QUIET: Params = {}
_OWN_STARTS = ("init_score", "eval_init_score", "init_model")


def evaluation(estimator: Any, sets: Sequence[EvaluationSet], fit_params: Params) -> Arguments:
    """Return ``eval_X``, ``eval_y`` (before 4.7: ``eval_set``) and ``eval_sample_weight``."""
    arguments = evaluation_sets(estimator, sets)
    if any(rows.weight is not None for rows in sets):
        arguments["eval_sample_weight"] = [rows.weight for rows in sets]
    if any(rows.is_training for rows in sets) and fit_params.get("eval_names") is None:
        # LightGBM knows its training rows by identity, which encoded labels lose, or by this name: they
        # do not stop it early
        arguments["eval_names"] = [
            "training" if rows.is_training else f"valid_{number}" for number, rows in enumerate(sets)
        ]
    return arguments


def unshiftable(settings: Params) -> str:
    """Name what keeps evaluation rows from a start score: averaged trees, or the caller's own; or nothing."""
    if is_forest(settings):
        return "boosting_type='rf', which averages trees"
    return own_start(_OWN_STARTS, settings)


def shifted(estimator: Any, training: WeightedTraining, sets: Sequence[EvaluationSet]) -> Arguments:
    """Return ``eval_init_score``, the shift: the start of training itself is in the first tree."""
    params = estimator.get_params()
    refuse_shift(unshiftable({**params, **training.fit_params}))
    kind: LinkKind = "logit" if len(training.weights.classes) == 2 else "softmax"
    if value_of(params, "objective", "") in ONE_VS_ALL:
        kind = "ovr"
    sigmoid = 1.0 if kind == "softmax" else float(value_of(params, "sigmoid", 1.0))
    shift = link_shift(training.weights, kind) / sigmoid
    return {"eval_init_score": [repeated(shift, len(rows.y)) for rows in sets]}


def stops(params: Params) -> str:
    """Name the setting that stops training early; or nothing."""
    return next((f"{name}={params[name]}" for name in EARLY_STOPPING if (params.get(name) or 0) > 0), "")


def all_trained(params: Params, classes: int) -> Arguments:
    """Return the metric to be recorded."""
    return {name_of(params, "metric"): "binary_logloss" if classes == 2 else "multi_logloss"}


def number(params: Params, rounds: int, like: Any = None) -> Arguments:
    """Return the number of rounds under the name by which it is set."""
    return {name_of(params, "num_iterations"): rounds}


def losses(model: Any, *unrecorded: Any) -> Sequence[float]:
    """Return the recorded losses of the first evaluation set."""
    return list(next(iter(next(iter(model.evals_result_.values())).values())))


def scores(model: Any, X: Any, rounds: int) -> Floats:
    """Return raw scores of the first rounds."""
    raw = model.predict(X, raw_score=True, num_iteration=rounds)
    return link(model).to_logarithms(raw / rounds if is_forest(model.get_params()) else raw)


_BINS = 255
_LEAST = 3
"""Rows of a bin, unless ``min_data_in_bin`` says otherwise."""
_UNEVEN = 4


class LightGBMOnDask:
    """Labels are encoded over all partitions; a worker may lack classes."""

    library = "lightgbm"
    classifier = "DaskLGBMClassifier"
    proba_dtype: type[np.floating[Any]] = np.float64
    raised = "lightgbm.basic:LightGBMError"
    carried = frozenset({"eval_metric", "eval_names", "feature_name", "categorical_feature"})

    def settings(self, settings: Params) -> Arguments:
        """Return settings without the client, which is none of the library's."""
        return {name: value for name, value in settings.items() if name != "client"}

    def check(self, settings: Params) -> None:
        """Raise for early stopping and objectives of the user's own."""
        if stopping := stops(settings):
            raise InvalidValueError(
                "LightGBM cannot stop early on Dask: each worker judges by its own rows, and training hangs "
                "where they disagree (LightGBM issue 6351)",
                stopping,
                "Leave it out and set n_estimators; or train on one machine, or xgboost on Dask.",
            )
        objective = value_of(settings, "objective", None)
        if is_custom(objective):
            raise InvalidValueError(
                "the objective must be one of LightGBM's own on Dask",
                f"objective={shown(objective)}",
                "Leave it out.",
            )

    def fit(self, estimator: Any, job: Job, **fit_params: Any) -> Any:
        """Train, and return the LGBMClassifier of the booster."""
        from lightgbm import LGBMClassifier
        from sklearn.preprocessing import LabelEncoder

        params = self.settings(estimator.get_params())
        trained = self._trained(params, job, fit_params)
        local = LGBMClassifier(**params)
        settings = local.get_params()
        for name, value in vars(trained.to_local()).items():
            if name not in settings and name != "_other_params":
                setattr(local, name, value)
        # what the classifier's own fit finds in labels
        codes = np.arange(job.classes)
        local._le, local._classes, local._n_classes = LabelEncoder().fit(codes), codes, job.classes
        local._class_map = dict(enumerate(codes.tolist()))
        return local

    def bins(self, form: str, settings: Params) -> None:
        """Return None: bins do not see weights."""
        return

    def _trained(self, params: Params, job: Job, fit_params: Arguments) -> Any:
        from lightgbm import DaskLGBMRegressor

        shares = job.data.shares
        rows, mean = min(shares.values()), sum(shares.values()) / len(shares)
        if rows < min(_BINS * _LEAST, mean / _UNEVEN):
            warnings.warn(
                "LightGBM makes the bins of a feature from the rows of one worker, and one of "
                f"{len(shares)} holds {rows} of {sum(shares.values())} rows: its features lose most of their "
                "cut points. Deal rows out evenly first, with frame.repartition(npartitions=…) or "
                "array.rechunk(…).",
                UserWarning,
                stacklevel=2,
            )
        objective = value_of(params, "objective", "binary" if job.classes == 2 else "multiclass")
        others = {
            name: value for name, value in params.items() if name not in ("objective", *ALIASES["objective"])
        }
        if job.classes > 2:
            others["num_class"] = job.classes
        regressor = DaskLGBMRegressor(**{**others, "objective": objective, "client": job.client})
        if job.sets:
            fit_params = {**fit_params, **evaluation_sets(regressor, job.sets)}
            if any(part.weight is not None for part in job.sets):
                fit_params["eval_sample_weight"] = [part.weight_or_ones() for part in job.sets]
        else:
            fit_params.pop("eval_names", None)
        return regressor.fit(job.data.X, job.data.y, sample_weight=job.data.weight, **fit_params)


def evaluation_sets(estimator: Any, sets: Sequence[Any]) -> Arguments:
    """Return evaluation sets under the names that the installed version uses."""
    if "eval_X" in inspect.signature(estimator.fit).parameters:
        return {"eval_X": tuple(part.X for part in sets), "eval_y": tuple(part.y for part in sets)}
    return {"eval_set": [(part.X, part.y) for part in sets]}
