"""Weights per training fold in the libraries' own ``cv``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from boostweights.adapters.expressing import checked_eval_weighting, checked_form, form_for
from boostweights.adapters.form import EvalWeighting, FormName
from boostweights.adapters.registry import adapter_of
from boostweights.weighting.counts import ClassCounts
from boostweights.weighting.policies.names import WeightingLike, class_policy


def fpreproc(
    policy: WeightingLike,
    library: str,
    form: FormName = "auto",
    eval_weighting: EvalWeighting = "auto",
) -> Callable[[Any, Any, dict[str, Any]], tuple[Any, Any, dict[str, Any]]]:
    """Return the function by which ``xgb.cv`` and ``lgb.cv`` weigh each training fold by itself.

    Parameters
    ----------
    policy : policy or shorthand
        Resolved on each training fold's labels (and its row weights, with which the class weights multiply).
    library : {"xgboost", "lightgbm"}
        Whose ``cv`` will call it.
    form : str, default="auto"
        The form in which the fold's weights are expressed; its params and pins are added.
    eval_weighting : {"auto", "none", "same"}, default="auto"
        Whether held-out rows are weighted as their class is in training ("same"); "auto" is "none".

    Returns
    -------
    callable
        ``(dtrain, dtest, params) -> (dtrain, dtest, params)``, to be passed as ``cv(…, fpreproc=)``.

    Raises
    ------
    InvalidValueError
        If the library's ``cv`` takes no such function, or `params` weigh classes already.

    Examples
    --------
    >>> import numpy as np, xgboost as xgb
    >>> X, y = np.arange(40.0)[:, None], np.arange(40) % 4 == 3
    >>> history = xgb.cv({"objective": "binary:logistic"}, xgb.DMatrix(X, y), 3, nfold=2, stratified=True,
    ...                  fpreproc=fpreproc("balanced", "xgboost"), as_pandas=False)
    """
    adapter = adapter_of(library)
    policy = class_policy(policy)
    checked_form(adapter, form)
    adapter.require("open_fold")
    weighting = checked_eval_weighting(eval_weighting)

    def prepare(dtrain: Any, dtest: Any, params: dict[str, Any]) -> tuple[Any, Any, dict[str, Any]]:
        checked = form_for(adapter, form, policy, params)
        for data in (dtrain, dtest):
            adapter.open_fold(data)
        train_y, train_weight = _labels_and_weights(dtrain)
        test_y, test_weight = _labels_and_weights(dtest)
        weights = policy.resolve(train_y, train_weight)
        native = checked.express(weights, ClassCounts.of(train_y))
        for data, weight in (
            (dtrain, native.fit_kwargs(train_y, train_weight).get("sample_weight")),
            (dtest, native.eval_weight(test_y, test_weight, weighting)),
        ):
            if weight is not None:
                data.set_weight(weight)
        return dtrain, dtest, {**params, **native.pins, **native.params}

    return prepare


def _labels_and_weights(data: Any) -> tuple[Any, Any]:
    """Labels of a fold, and its row weights or None."""
    weight = data.get_weight()
    return np.asarray(data.get_label()), None if weight is None or not len(weight) else np.asarray(weight)
