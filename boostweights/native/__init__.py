"""Class weights in each library's own form."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

import numpy as np

from boostweights.counts import ClassCounts
from boostweights.errors import InvalidTypeError, InvalidValueError, did_you_mean, shown
from boostweights.native.adapter import Adapter, native_form, require_installed
from boostweights.native.catboost import CatBoost
from boostweights.native.form import EvalWeighting, Form, Guarantee, NativeForm, Request
from boostweights.native.lightgbm import LightGBM
from boostweights.native.sklearn import ScikitLearn
from boostweights.native.xgboost import XGBoost
from boostweights.policy import Policy, Weighting, as_policy, class_policy
from boostweights.tables import as_text, to_frame
from boostweights.weights import ClassWeights, RowWeights, check_same_labels

__all__ = ["ADAPTERS", "FormTable", "Guarantee", "NativeForm", "adapter_of", "forms", "fpreproc", "to_native"]

ADAPTERS: Final[Mapping[str, Adapter]] = {
    "xgboost": XGBoost(),
    "lightgbm": LightGBM(),
    "catboost": CatBoost(),
    "sklearn": ScikitLearn(),  # last: it takes what no other owns
}
"""Library → adapter. A new library is one folder beside this file and one line here."""


def adapter_of(target: Any) -> Adapter:
    """Return the adapter of a library's name or of an estimator.

    Raises
    ------
    InvalidValueError
        If no library has that name.
    MissingLibraryError
        If the library of that name is not installed.
    """
    if not isinstance(target, str):
        return next(adapter for adapter in ADAPTERS.values() if adapter.owns(target))
    if target not in ADAPTERS:
        raise InvalidValueError(
            "a library's name must be known", shown(target), did_you_mean(target, ADAPTERS)
        )
    require_installed(ADAPTERS[target])
    return ADAPTERS[target]


def to_native(
    weights: ClassWeights | RowWeights | Policy | str | Mapping[Any, float],
    target: Any,
    form: str = "auto",
    y: Any = None,
    *,
    sample_weight: Any = None,
    allow_different: bool = False,
) -> NativeForm:
    """Express class weights in one library's native form.

    Parameters
    ----------
    weights : ClassWeights, RowWeights or policy
        A policy (or its shorthand) is resolved on `y`. RowWeights can only be said as row weights.
    target : str or estimator
        A library's name: the guarantee is for its defaults plus `pins`. An estimator: for its settings.
    form : str, default="auto"
        A name in ``forms(library)``; ``"auto"`` is row weights, which say any policy exactly.
    y : array-like of shape (n,), default=None
        The training labels. They resolve a policy, and give the row counts that automatic forms count.
    sample_weight : array-like of shape (n,), default=None
        The caller's row weights that will be trained with: some automatic forms sum them.
    allow_different : bool, default=False
        Whether a form that trains another model may be returned.

    Returns
    -------
    NativeForm

    Raises
    ------
    InvalidValueError
        If the library or form is unknown, the form cannot say these weights or trains another model, or `y`
        has other classes than the weights.

    Examples
    --------
    >>> native = to_native({0: 1.0, 1: 99.0}, "xgboost", form="scale_pos_weight", y=[0, 1, 0])
    >>> native.params, native.pins, native.guarantee.value
    ({'scale_pos_weight': 99.0}, {'tree_method': 'exact', 'base_score': 0.5}, 'identical')
    """
    adapter = adapter_of(target)
    estimator = None if isinstance(target, str) else target
    if isinstance(weights, RowWeights):
        return _by_row(adapter, checked_form(adapter, form), weights, estimator)
    resolved = _resolved(weights, y, sample_weight)
    rows = resolved.counts if y is None else ClassCounts.of(y)
    check_same_labels(resolved.class_weight, rows, "the weights that y is trained with")
    settings = {} if estimator is None else adapter.settings(estimator)
    refuse_class_weighting(
        adapter, settings, resolved if isinstance(weights, ClassWeights) else as_policy(weights)
    )
    request = Request(
        weights=resolved,
        settings=settings,
        estimator=estimator,
        row_counts=rows,
        weight_sums=None if sample_weight is None else ClassCounts.of(y, sample_weight),
    )
    return native_form(adapter, checked_form(adapter, form), request, allow_different=allow_different)


class FormTable(Sequence[Form]):
    """Rows of the table of forms; prints as a table.

    Examples
    --------
    >>> table = forms("xgboost")
    >>> [row.name for row in table]
    ['sample_weight', 'scale_pos_weight']
    """

    def __init__(self, rows: Sequence[tuple[str, Form]]) -> None:
        self._rows = tuple(rows)

    def __getitem__(self, index: Any) -> Any:
        return self._rows[index][1] if isinstance(index, int) else FormTable(self._rows[index])

    def __iter__(self) -> Iterator[Form]:
        return (form for _, form in self._rows)

    def __len__(self) -> int:
        return len(self._rows)

    def columns(self) -> dict[str, list[str]]:
        """Return the table's columns."""
        return {
            "library": [library for library, _ in self._rows],
            "form": [form.name for form in self],
            "parameter": [form.parameter for form in self],
            "tasks": [", ".join(form.tasks) for form in self],
            "guarantee": [form.guarantee.value for form in self],
            "reason": [form.reason for form in self],
        }

    def to_frame(self, backend: str = "pandas") -> Any:
        """Return the table as a data frame."""
        return to_frame(self.columns(), backend)

    def __repr__(self) -> str:
        return as_text(self.columns())


def forms(library: str | None = None) -> FormTable:
    """Return the forms of a library, or of all: name, parameter, tasks, guarantee, reason.

    Guarantees are for the library's defaults plus pins; ``to_native(weights, estimator, form=…)`` says what
    holds for an estimator.

    Examples
    --------
    >>> forms("sklearn").to_frame()["form"].tolist()
    ['sample_weight', 'class_weight']
    """
    if library is not None and library not in ADAPTERS:
        raise InvalidValueError(
            "a library's name must be known", shown(library), did_you_mean(library, ADAPTERS)
        )
    chosen = ADAPTERS if library is None else {library: ADAPTERS[library]}
    return FormTable([(name, form) for name, adapter in chosen.items() for form in adapter.forms.values()])


def fpreproc(
    policy: Policy | str | Mapping[Any, float] | None,
    library: str,
    form: str = "auto",
    eval_weighting: EvalWeighting = "same",
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
    eval_weighting : {"same", "none"}
        Whether held-out rows weigh as their class does in training.

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
    chosen = checked_form(adapter, form)
    open_fold = adapter.fold_opener()
    checked_eval_weighting(eval_weighting)

    def prepare(dtrain: Any, dtest: Any, params: dict[str, Any]) -> tuple[Any, Any, dict[str, Any]]:
        refuse_class_weighting(adapter, params, policy)
        open_fold(dtrain)
        open_fold(dtest)
        train_y, train_weight = _labels_and_weights(dtrain)
        test_y, test_weight = _labels_and_weights(dtest)
        weights = policy.resolve(train_y, train_weight)
        request = Request(weights=weights, settings=params, row_counts=ClassCounts.of(train_y))
        native = native_form(adapter, chosen, request)
        for data, weight in (
            (dtrain, native.fit_kwargs(train_y, train_weight).get("sample_weight")),
            (dtest, native.eval_weight(test_y, test_weight, eval_weighting)),
        ):
            if weight is not None:
                data.set_weight(weight)
        return dtrain, dtest, {**params, **native.pins, **native.params}

    return prepare


def refuse_class_weighting(
    adapter: Adapter, settings: Mapping[str, Any], weighting: Weighting | ClassWeights | RowWeights
) -> None:
    """Raise where settings weigh classes already: weights never multiply by accident."""
    already = adapter.class_weighting(settings)
    if not already:
        return
    name, value = next(iter(already.items()))
    raise InvalidValueError(
        "classes may be weighted in one place",
        f"both {name}={shown(value)} and weighting={weighting!r}",
        f"Take {name} out of the {adapter.library} settings, or move its value into the policy.",
    )


def checked_eval_weighting(value: Any) -> EvalWeighting:
    """Return the value if it is "same" or "none", or raise."""
    options: tuple[EvalWeighting, ...] = ("same", "none")
    for option in options:
        if value == option:
            return option
    raise InvalidValueError(
        f"eval_weighting must be one of {options}", shown(value), did_you_mean(value, options)
    )


def checked_form(adapter: Adapter, name: str) -> Form:
    """Return the form of that name, or raise."""
    if name == "auto":
        return next(iter(adapter.forms.values()))
    if name not in adapter.forms:
        raise InvalidValueError(
            f"a form of {adapter.library} must be known", shown(name), did_you_mean(name, adapter.forms)
        )
    return adapter.forms[name]


def _by_row(adapter: Adapter, form: Form, weights: RowWeights, estimator: Any) -> NativeForm:
    """Express row weights: the form of row weights, with classes that weigh 1."""
    reference = checked_form(adapter, "auto")
    if form is not reference:
        raise InvalidValueError(
            f"row costs are said as row weights, form={reference.name!r}",
            f"form={form.name!r}, which weighs classes",
            f"Use form='auto' or form={reference.name!r}.",
        )
    settings = {} if estimator is None else adapter.settings(estimator)
    refuse_class_weighting(adapter, settings, weights)
    request = Request(
        weights=ClassWeights(dict.fromkeys(weights.classes, 1.0), counts=weights.counts),
        settings=settings,
        estimator=estimator,
        row_counts=weights.counts,
    )
    native = native_form(adapter, form, request)
    reason = "; ".join(["row weights are the reference and say each row's costs", *weights.notes])
    return dataclasses.replace(native, weights=weights, reason=reason)


def _resolved(weights: Any, y: Any, sample_weight: Any) -> ClassWeights:
    if isinstance(weights, ClassWeights):
        return weights
    policy = class_policy(weights)
    if y is None:
        raise InvalidTypeError(
            "a policy is resolved on the training labels",
            f"{policy!r} without y",
            "Pass y=, or policy.resolve(y).",
        )
    return policy.resolve(y, sample_weight)


def _labels_and_weights(data: Any) -> tuple[Any, Any]:
    """Labels of a fold, and its row weights or None."""
    weight = data.get_weight()
    return np.asarray(data.get_label()), None if weight is None or not len(weight) else np.asarray(weight)
