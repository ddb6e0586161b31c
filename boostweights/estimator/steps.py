"""The steps of a fit before training: what was set, which rows, which weights."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from numbers import Real
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.utils import get_tags
from sklearn.utils.validation import _num_samples, column_or_1d, has_fit_parameter

from boostweights.adapters.adapter import Adapter
from boostweights.adapters.behaviour import Behaviour, Subject
from boostweights.adapters.expressing import checked_eval_weighting, checked_form, refuse_class_weighting
from boostweights.adapters.form import EvalWeighting, refuse_on_device
from boostweights.adapters.registry import adapter_of
from boostweights.errors import InvalidTypeError, InvalidValueError, shown
from boostweights.estimator.evaluation import Rows, hold_out, unread
from boostweights.weighting.class_weights import ClassWeights
from boostweights.weighting.counts import ClassCounts
from boostweights.weighting.labels.arrays import is_array, on_host, rows_of
from boostweights.weighting.labels.counting import count_labels
from boostweights.weighting.labels.rules import Label, check_few_classes
from boostweights.weighting.policies.by_class import Unweighted
from boostweights.weighting.policies.by_row import RowCosts, check_given
from boostweights.weighting.policies.names import Weighting, as_policy
from boostweights.weighting.row_costs import checked_row_costs
from boostweights.weighting.row_weights import RowWeights


def checked_settings(clf: Any, fit_params: Mapping[str, Any]) -> tuple[Weighting, Adapter]:
    """Return policy and adapter of a classifier's parameters, or raise."""
    policy = as_policy(clf.weighting)
    if isinstance(clf.estimator, type) or not hasattr(clf.estimator, "fit"):
        raise InvalidTypeError(
            "estimator must be an unfitted classifier",
            shown(clf.estimator),
            "Pass LGBMClassifier(), say.",
        )
    if not has_fit_parameter(clf.estimator, "sample_weight"):
        raise InvalidTypeError(
            "the estimator's fit must take sample_weight",
            type(clf.estimator).__name__,
            "Wrap the classifier inside the Pipeline, not the Pipeline."
            if hasattr(clf.estimator, "steps")
            else "It takes no weights: choose another classifier, or tune its threshold without weights.",
        )
    checked_eval_weighting(clf.eval_weighting, shifted=True)
    adapter = adapter_of(clf.estimator)
    checked_form(adapter, clf.form)
    _check_classifier(clf.estimator)
    if isinstance(policy, RowCosts) and clf.correct_proba is True:
        raise InvalidValueError(
            "correct_proba=True undoes weights by class, which weights by row are not",
            f"correct_proba=True with weighting={policy!r}",
            'Set correct_proba="fitted", or train unweighted and decide by row costs.',
        )
    if isinstance(policy, RowCosts) and clf.eval_weighting == "shifted":
        raise InvalidValueError(
            'eval_weighting="shifted" takes weights by class out of scores, which weights by row are not',
            f"weighting={policy!r}",
            'Set eval_weighting="none".',
        )
    refuse_class_weighting(adapter, adapter.get_params(clf.estimator), policy)
    for name in adapter.prepared:
        if name in fit_params:
            raise InvalidTypeError(
                "labels and weights of evaluation sets are prepared by WeightedClassifier",
                f"{name}= for {type(clf.estimator).__name__}.fit",
                "Pass X_val, y_val and sample_weight_val, or eval_set.",
            )
    return policy, adapter


def _check_classifier(estimator: Any) -> None:
    try:
        kind = get_tags(estimator).estimator_type
    except AttributeError:  # a class that knows of no tags
        kind = None
    if kind == "classifier" or (kind is None and hasattr(estimator, "predict_proba")):
        return
    raise InvalidTypeError(
        "WeightedClassifier trains a classifier: predictions of anything else are no labels",
        f"{type(estimator).__name__}, a {kind or 'class without predict_proba'}",
        "Pass the library's classifier, such as LGBMClassifier.",
    )


def check_classes(counts: Mapping[Label, int]) -> None:
    """Raise where labels are identifiers, or ``classes_`` could not be an array of one label each."""
    check_few_classes(len(counts), sum(counts.values()))
    for label in counts:
        if isinstance(label, tuple):
            raise InvalidTypeError(
                "a classifier's labels must be scalars", shown(label), "Join a pair into one text or number."
            )


def own_arguments(
    adapter: Adapter, fit_params: Mapping[str, Any], sample_weight_val: Any
) -> tuple[dict[str, Any], Any]:
    """Return arguments of ``fit`` and weights of evaluation rows, which the library may call otherwise."""
    rest, name = dict(fit_params), adapter.evaluation_weight
    given = rest.pop(name, None)
    if given is None or sample_weight_val is None:
        return rest, sample_weight_val if given is None else given
    raise InvalidTypeError(
        "weights of evaluation rows are given once", f"{name} and sample_weight_val", "Pass one of them."
    )


def continued(adapter: Adapter, fit_params: Mapping[str, Any], classes: tuple[Label, ...]) -> dict[str, Any]:
    """Return arguments of ``fit`` in which a model to train on from is the library's own, or raise."""
    name = adapter.continued_from
    before = fit_params.get(name)
    if before is None or not hasattr(before, "__boostweights_bake__"):
        return dict(fit_params)
    if not hasattr(before, "estimator_"):
        raise InvalidTypeError(f"{name} must be a fitted model", shown(before), "Fit it first.")
    if before._is_baked():
        raise InvalidValueError(
            "a model is trained on from weighted trees, which a baked correction is not",
            f"{name}= with a correction baked in",
            "Pass the classifier that it was baked from.",
        )
    if tuple(before.classes_.tolist()) != classes:
        raise InvalidValueError(
            "a model is trained on with its own classes",
            f"{name}= of the classes {shown(before.classes_.tolist())} for {shown(list(classes))}",
            "Train anew.",
        )
    return {**fit_params, name: before.estimator_}


def levels_of(X: Any) -> dict[int, list[Any] | None]:
    """Return the levels of pandas categories and polars Enums, by position; None where not JSON's.

    Examples
    --------
    >>> import pandas as pd
    >>> levels_of(pd.DataFrame({"age": [30, 40], "city": pd.Categorical(["Ulm", "Köln"])}))
    {1: ['Köln', 'Ulm']}
    """
    columns = enumerate(getattr(kind, "categories", None) for kind in getattr(X, "dtypes", ()))
    levels = {at: index.to_list() for at, index in columns if index is not None and hasattr(index, "to_list")}
    plain = (str, int, float, bool)
    return {
        at: values if all(isinstance(value, plain) for value in values) else None
        for at, values in levels.items()
    }


def check_limits(estimator: Any, limits: Mapping[str, Any], *, corrected: bool) -> None:
    """Raise unless arguments of ``predict`` limit the iterations of a model that is not corrected."""
    known = adapter_of(estimator).iteration_limits
    for name in limits:
        if name not in known:
            raise InvalidTypeError(
                f"predict of a WeightedClassifier takes {' and '.join(known) or 'no argument'} besides X",
                f"{name}={shown(limits[name])}",
                "Ask clf.estimator_ itself, whose labels are encoded 0 to k-1.",
            )
    if corrected:
        raise InvalidValueError(
            "a correction is of the whole model: with fewer trees weights have done less",
            f"{', '.join(limits)} with correct_proba",
            "Set correct_proba=False, or train fewer trees.",
        )


def check_own_classes(estimator: Any, classes: int) -> None:
    """Raise where an estimator expects other classes than the encoded labels, 0 to k-1, in this order."""
    adapter = adapter_of(estimator)
    settings = adapter.get_params(estimator)
    fitting = [list(map(str, range(classes))), str(classes), *(["0", "1"] if classes == 2 else [])]
    for name in adapter.class_names:
        said = settings.get(name)
        one_by_one = isinstance(said, (list, tuple, np.ndarray))
        if said is not None and (list(map(str, said)) if one_by_one else str(said)) not in fitting:
            raise InvalidValueError(
                f"an estimator's own classes must be the {classes} of y, which it sees as 0 to {classes - 1}",
                f"{name}={shown(said)}",
                f"Leave {name} out: the estimator finds the classes; labels and their order stay here.",
            )


def checked_labels(X: Any, y: Any) -> Any:
    """Return labels as a column, one for each row of X, or raise."""
    if y is None:
        raise InvalidValueError(
            "fit requires y to be passed, but the target y is None", "y=None", "Pass the labels."
        )
    if not hasattr(y, "__len__") and not is_array(y):
        y = np.asarray(y)
        if not y.ndim:
            raise InvalidTypeError(
                "y must be a column of labels", shown(y.item()), "Pass list(y), or an array."
            )
    if getattr(y, "ndim", 1) == 2 and y.shape[1] > 1:
        raise InvalidValueError(
            "y must be a column: one label a row",
            f"shape {y.shape}",
            "For several labels a row, a model each: MultiOutputClassifier(WeightedClassifier(…)).",
        )
    if getattr(y, "ndim", 1) == 2 and not is_array(y):
        y = column_or_1d(y, warn=True)
    if _num_samples(X) != rows_of(y):
        raise InvalidValueError(
            "X and y must have one row each", f"{_num_samples(X)} rows and {rows_of(y)} labels", "Align them."
        )
    return y


def placed(clf: Any, adapter: Adapter, every: Sequence[Rows]) -> list[Rows]:
    """Return rows whose labels and weights lie where training needs them; none is copied unasked."""
    columns = {id(column): column for rows in every for column in (rows.y, rows.sample_weight)}
    if clf.to_host:
        columns = {key: on_host(column) if is_array(column) else column for key, column in columns.items()}
    else:
        for what in _on_host_only(clf, adapter):
            refuse_on_device(what, *columns.values())
    return [
        rows._replace(y=columns[id(rows.y)], sample_weight=columns[id(rows.sample_weight)]) for rows in every
    ]


def _on_host_only(clf: Any, adapter: Adapter) -> list[str]:
    """What of a fit works on the host: most libraries, and settings that draw or weigh rows one by one."""
    known = {"validation_fraction": None, "n_rounds": None}
    asked = [name for name, usual in known.items() if getattr(clf, name) != usual]
    asked += ['correct_proba="fitted"'] if clf.correct_proba == "fitted" else []
    asked += ['eval_weighting="shifted"'] if clf.eval_weighting == "shifted" else []
    at_once = clf.threshold is None or isinstance(clf.threshold, Real) or clf.threshold == "costs"
    asked += [] if at_once else ["threshold"]
    asked += ["RowCosts"] if isinstance(as_policy(clf.weighting), RowCosts) else []
    return [*([] if adapter.device_arrays else [adapter.name]), *asked]


def eval_weighting_of(
    clf: Any,
    adapter: Adapter,
    policy: Weighting,
    rows: Rows | None = None,
    fit_params: Mapping[str, Any] = MappingProxyType({}),
) -> EvalWeighting:
    """Return how evaluation rows are weighted, "auto" decided: shifted if that is asked for and possible."""
    chosen: EvalWeighting = clf.eval_weighting
    if chosen != "auto":
        return chosen
    if not clf.correct_proba or isinstance(policy, (RowCosts, Unweighted)):
        return "none"
    if clf.n_rounds is not None and not adapter.rounds.RECORDED:  # losses are computed here, of any scores
        return "shifted"
    on_device = rows is not None and (is_array(rows.y) or is_array(rows.sample_weight))
    settings = {**adapter.get_params(clf.estimator), **fit_params}
    possible = adapter.can("shifted") and not on_device and not adapter.unshiftable(settings)
    return "shifted" if possible else "none"


def checked_costs(policy: Weighting, row_costs: Any, rows: int) -> npt.NDArray[np.float64] | None:
    """Return the costs of training rows, shape (n, 4), where the policy asks for them, or raise."""
    if isinstance(policy, RowCosts):
        check_given(policy, row_costs)
        return checked_row_costs(row_costs, rows)
    if row_costs is None:
        return None
    raise InvalidTypeError(
        "row_costs are for weighting=RowCosts()",
        f"row_costs with weighting={policy!r}",
        "Set weighting=RowCosts(), or leave row_costs out.",
    )


def resolved(
    policy: Weighting, rows: Rows, counts: ClassCounts, codes: Any, *, count_rows: bool
) -> ClassWeights | RowWeights:
    """Resolve a policy on training rows, counted by the caller's weights unless `count_rows`."""
    own = None if count_rows else rows.sample_weight
    if isinstance(policy, RowCosts):
        return policy.resolve(rows.y, own, row_costs=rows.row_costs)
    if own is None:
        return policy.resolve(counts)
    return policy.resolve(ClassCounts(zip(counts, count_labels(codes, own).values(), strict=True)))


def behaviour_of(adapter: Adapter, estimator: Any, fit_params: Mapping[str, Any]) -> Behaviour:
    """Return how the library behaves with an estimator's settings and the arguments of its ``fit``."""
    given = {name: value for name, value in fit_params.items() if name != adapter.continued_from}
    return adapter.describe(Subject(settings={**adapter.get_params(estimator), **given}))


def held_out(
    clf: Any, adapter: Adapter, rows: Rows, fit_params: Mapping[str, Any]
) -> tuple[Rows, list[Rows], str]:
    """Return rows by ``validation_fraction``, and a warning where nothing heeds those held out."""
    fraction, estimator = clf.validation_fraction, clf.estimator
    warning = unread(fraction, behaviour_of(adapter, estimator, fit_params), estimator)
    return *hold_out(rows, fraction, seed_of(estimator)), warning


def seed_of(estimator: Any) -> int:
    """Return an estimator's own integer seed, or 0."""
    settings = estimator.get_params()
    seeds = (settings.get(name) for name in ("random_state", "random_seed"))
    return next((int(seed) for seed in seeds if isinstance(seed, (int, np.integer))), 0)


def class_array(classes: tuple[Label, ...], y: Any) -> npt.NDArray[Any]:
    """Labels as an array of the type in which they came."""
    dtype = y.dtype if isinstance(y, np.ndarray) and y.dtype.kind in "biufOUS" else None
    return np.array(classes, dtype)


class Absent:
    """An attribute that only some fits set: where it is lacking, the error says why."""

    def __init__(self, why: str) -> None:
        self._why = why

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        if instance is None:
            return self
        raise AttributeError(self._why)


def unlogged() -> AbstractContextManager[None]:
    """Keep MLflow from logging the fit inside, whose model is uncorrected and knows codes for labels."""
    logging = sys.modules.get("mlflow.utils.autologging_utils")
    return nullcontext() if logging is None else logging.disable_autologging()
