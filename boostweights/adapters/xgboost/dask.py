"""XGBoost on Dask."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np

from boostweights.adapters.dask import Job, Packed
from boostweights.errors import InvalidValueError, shown

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
