"""Whether the forms of a library are the same model, found by training them on the caller's own data."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from boostweights.adapters.expressing import form_for, refuse_class_weighting
from boostweights.adapters.form import Estimator, FormName
from boostweights.adapters.registry import adapter_of
from boostweights.equivalence.report import EquivalenceReport, FormRow
from boostweights.equivalence.trials import Trials, folds_of
from boostweights.errors import BoostweightsError, IgnoredParameterError, InvalidTypeError
from boostweights.weighting.policies.names import WeightingLike, class_policy


def verify(
    estimator: Estimator,
    policy: WeightingLike,
    X: Any,
    y: Any,
    forms: Sequence[FormName] | None = None,
    cv: Any = None,
    positive: Any = None,
) -> EquivalenceReport:
    """Train a policy's forms side by side and say which are the same model as row weights.

    Each form is trained twice: as it would be pasted (its parameter alone), and as `to_native` gives it (with
    pins and row weights). Where the first differs from row weights, pins are taken away one at a time to
    name the cause. Each distinct model is trained once.

    Parameters
    ----------
    estimator : classifier
        Of any library; its own settings hold.
    policy : policy or shorthand
        Resolved on each training part.
    X : array-like of shape (n, p)
        Whatever the estimator takes.
    y : array-like of shape (n,)
        Labels of any kind.
    forms : sequence of str, default=None
        Names in ``forms(library)``; by default all but row weights themselves.
    cv : int or splitter, default=None
        Folds; by default one stratified split, three quarters to train on.
    positive : label, default=None
        The positive label; needed between two classes unless they are {0, 1}, {-1, 1} or bool.

    Returns
    -------
    EquivalenceReport
        Prints as a line a form and a table.

    Raises
    ------
    InvalidValueError
        If a form that is asked for cannot say the policy.

    Examples
    --------
    >>> import numpy as np
    >>> from lightgbm import LGBMClassifier
    >>> rng = np.random.default_rng(0)
    >>> X = rng.normal(size=(400, 3)); y = (X[:, 0] + rng.normal(size=400) > 1.5).astype(int)
    >>> lgbm = LGBMClassifier(n_estimators=5, n_jobs=1, verbose=-1)
    >>> report = verify(lgbm, "balanced", X, y, forms=["scale_pos_weight"])
    >>> print(report.answer)
    scale_pos_weight: the same model as row weights, with boost_from_average=False and a constant row weight;
    alone another one (intercept, scale)
    """
    adapter = adapter_of(estimator)
    policy = class_policy(policy)
    settings = adapter.get_params(estimator)
    refuse_class_weighting(adapter, settings, policy)
    if not hasattr(estimator, "predict_proba"):
        raise InvalidTypeError(
            "verify compares probabilities", type(estimator).__name__, "Use a classifier with predict_proba."
        )
    names = [name for name in adapter.forms if name != "sample_weight"] if forms is None else list(forms)
    chosen = [form_for(adapter, name, policy, settings, estimator) for name in names]
    folds = folds_of(X, y, cv, positive)
    rows = []
    for checked in chosen:
        name = checked.form.name
        try:
            trials = [Trials(checked, policy, fold) for fold in folds]
        except BoostweightsError as refused:
            if forms is not None:
                raise
            causes = ("ignored parameter",) if isinstance(refused, IgnoredParameterError) else ()
            rows.append(FormRow(form=name, reason=str(refused), causes=causes))
            continue
        rows.append(FormRow.measured(name, trials))
    return EquivalenceReport(
        library=adapter.name, estimator=type(estimator).__name__, policy=policy, rows=tuple(rows)
    )
