"""Class weights in each library's own form: the table of forms, one estimator, the folds of a ``cv``."""

import dataclasses
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, cast, get_args

import numpy as np

from boostweights.adapters.adapter import Adapter
from boostweights.adapters.behaviour import Params
from boostweights.adapters.form import (
    Estimator,
    EvalWeighting,
    Form,
    FormName,
    Guarantee,
    NativeForm,
    Request,
    claimed,
)
from boostweights.adapters.registry import adapter_named, adapter_of, adapters
from boostweights.errors import (
    IgnoredParameterError,
    InvalidTypeError,
    InvalidValueError,
    check_known,
    shown,
)
from boostweights.pages.notebook import table, view
from boostweights.tables.results import to_frame
from boostweights.tables.text import as_text
from boostweights.weighting.class_weights import ClassWeights, check_same_labels
from boostweights.weighting.counts import ClassCounts
from boostweights.weighting.policies.names import Weighting, WeightingLike, as_policy, class_policy
from boostweights.weighting.row_weights import RowWeights


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedForm:
    """A library's form beside settings that weigh no classes: weights may be said in it."""

    adapter: Adapter
    form: Form
    settings: Params
    estimator: Any = None

    def express(
        self,
        weights: ClassWeights,
        rows: ClassCounts,
        sums: ClassCounts | None = None,
        *,
        distinct: int | None = None,
        allow_different: bool = False,
    ) -> NativeForm:
        """Return weights in this form; the other arguments are what `Request` says of the rows.

        Raises
        ------
        InvalidValueError
            If the form cannot say them, or trains another model and that was not allowed.
        """
        form, library, classes = self.form, self.adapter.name, weights.classes
        task = "binary" if len(classes) == 2 else "multiclass"
        if task not in form.tasks:
            able = [other.name for other in self.adapter.forms.values() if task in other.tasks]
            raise IgnoredParameterError(
                f"form={form.name!r} of {library} needs two classes; with more it is ignored",
                f"{len(classes)} classes",
                f"Use form={' or '.join(map(repr, able))}.",
            )
        expression = form.express(
            Request(
                weights=weights,
                settings=self.settings,
                estimator=self.estimator,
                row_counts=rows,
                weight_sums=sums,
                distinct=distinct,
            )
        )
        if expression.guarantee is Guarantee.DIFFERENT and not allow_different:
            raise InvalidValueError(
                f"form={form.name!r} of {library} must train the model that row weights train",
                expression.reason,
                "Use form='sample_weight', or to_native(…, allow_different=True) to have the other model.",
            )
        dtype, by_stored = self.adapter.dtype, defaultdict(list)
        for label, value in weights.class_weight.items():
            by_stored[float(dtype(value))].append(label)
        rounded = [
            f"the weights of {labels!r} round to the same {dtype.__name__}, {stored!r}"
            for stored, labels in by_stored.items()
            if len({weights.class_weight[label] for label in labels}) > 1
        ]
        fields = {field.name: getattr(expression, field.name) for field in dataclasses.fields(expression)}
        fields |= {"params": dict(expression.params), "pins": dict(expression.pins)}
        fields["reason"] = "; ".join([expression.reason, *rounded, *weights.notes])
        return NativeForm(
            **fields,
            library=library,
            form=form.name,
            weights=weights,
            dtype=dtype,
            device_arrays=self.adapter.device_arrays,
        )


def form_for(
    adapter: Adapter,
    form: str,
    weighting: Weighting | ClassWeights | RowWeights,
    settings: Params,
    estimator: Any = None,
) -> CheckedForm:
    """Return a library's form for settings, before anything is counted; weights are expressed in it.

    Raises
    ------
    InvalidValueError
        If there is no such form, or the settings weigh classes already.
    """
    chosen = checked_form(adapter, form)
    refuse_class_weighting(adapter, settings, weighting)
    return CheckedForm(adapter=adapter, form=chosen, settings=settings, estimator=estimator)


def to_native(
    weights: ClassWeights | RowWeights | WeightingLike,
    target: str | Estimator,
    y: Any = None,
    *,
    form: FormName = "auto",
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
    y : array-like of shape (n,), default=None
        The training labels. They resolve a policy, and give the row counts that automatic forms count.
    form : str, default="auto"
        A name in ``forms(library)``; ``"auto"`` is row weights, which express any policy exactly.
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
    >>> native = to_native({0: 1.0, 1: 99.0}, "xgboost", [0, 1, 0], form="scale_pos_weight")
    >>> native.params, native.pins, native.guarantee.value
    ({'scale_pos_weight': 99.0}, {'tree_method': 'exact', 'base_score': 0.5}, 'identical')
    """
    adapter = adapter_of(target)
    estimator = None if isinstance(target, str) else target
    settings = {} if estimator is None else adapter.get_params(estimator)
    if isinstance(weights, RowWeights):
        return _by_row(form_for(adapter, form, weights, settings, estimator), weights)
    if isinstance(weights, ClassWeights):
        resolved = weights
    elif y is None:
        rule, remedy = "a policy is resolved on the training labels", "Pass y=, or policy.resolve(y)."
        raise InvalidTypeError(rule, f"{class_policy(weights)!r} without y", remedy)
    else:
        resolved = class_policy(weights).resolve(y, sample_weight)
    rows = resolved.counts if y is None else ClassCounts.of(y)
    check_same_labels(resolved.class_weight, rows, "the weights that y is trained with")
    said = resolved if isinstance(weights, ClassWeights) else as_policy(weights)
    checked = form_for(adapter, form, said, settings, estimator)
    sums = None if sample_weight is None else ClassCounts.of(y, sample_weight)
    return checked.express(resolved, rows, sums, allow_different=allow_different)


def refuse_class_weighting(
    adapter: Adapter, settings: Params, weighting: Weighting | ClassWeights | RowWeights
) -> None:
    """Raise where settings weigh classes already: weights never multiply by accident."""
    already = adapter.class_weighting(settings)
    if not already:
        return
    name, value = next(iter(already.items()))
    raise InvalidValueError(
        "classes may be weighted in one place",
        f"both {name}={shown(value)} and weighting={weighting!r}",
        f"Take {name} out of the {adapter.name} settings, or move its value into the policy.",
    )


def checked_eval_weighting(value: Any, *, shifted: bool = False) -> EvalWeighting:
    """Return the value if it is one of `EvalWeighting`, "shifted" only where that is supported, or raise.

    Where it is not supported, "auto" is "none".
    """
    options = tuple(option for option in get_args(EvalWeighting) if shifted or option != "shifted")
    check_known(value, options, f"eval_weighting must be one of {options}")
    return "none" if value == "auto" and not shifted else cast("EvalWeighting", value)


def checked_form(adapter: Adapter, name: str) -> Form:
    """Return the form of that name, or raise."""
    if name == "auto":
        return next(iter(adapter.forms.values()))
    check_known(name, adapter.forms, f"a form of {adapter.name} must be known")
    return adapter.forms[name]


def _by_row(checked: CheckedForm, weights: RowWeights) -> NativeForm:
    """Express row weights: the form of row weights, with classes that weigh 1."""
    form, reference = checked.form, checked_form(checked.adapter, "auto")
    if form is not reference:
        raise InvalidValueError(
            f"row costs are said as row weights, form={reference.name!r}",
            f"form={form.name!r}, which weighs classes",
            f"Use form='auto' or form={reference.name!r}.",
        )
    even = ClassWeights(dict.fromkeys(weights.classes, 1.0), counts=weights.counts)
    native = checked.express(even, weights.counts)
    reason = "; ".join(["row weights are the reference and say each row's costs", *weights.notes])
    return dataclasses.replace(native, weights=weights, reason=reason)


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
        return [form for _, form in self._rows][index]

    def __len__(self) -> int:
        return len(self._rows)

    def columns(self) -> dict[str, list[str]]:
        """Return the table's columns."""
        return {
            "library": [library for library, _ in self._rows],
            "form": [form.name for form in self],
            "parameter": [form.parameter or form.name for form in self],
            "tasks": [", ".join(form.tasks) for form in self],
            "guarantee": [claimed(form.guarantee, form.condition) for form in self],
            "reason": [form.reason for form in self],
        }

    def to_frame(self, backend: str = "pandas") -> Any:
        """Return the table as a data frame."""
        return to_frame(self.columns(), backend)

    def _repr_html_(self) -> str:
        return view("Forms", table(self.columns()))

    def __repr__(self) -> str:
        return as_text(self.columns(), keys=2)


def forms(library: str | None = None) -> FormTable:
    """Return the forms of a library, or of all: name, parameter, tasks, guarantee, reason.

    Guarantees are for the library's defaults plus pins; ``to_native(weights, estimator, form=…)`` says what
    holds for an estimator.

    Examples
    --------
    >>> forms("sklearn").to_frame()["form"].tolist()
    ['sample_weight', 'class_weight']
    """
    chosen = adapters() if library is None else [adapter_named(library)]
    return FormTable([(adapter.name, form) for adapter in chosen for form in adapter.forms.values()])


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
