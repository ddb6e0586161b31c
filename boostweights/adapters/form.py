"""What a policy looks like in one library, and what is promised of it."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Literal, Protocol

import numpy as np
import numpy.typing as npt

from boostweights.adapters.behaviour import Floats, Params
from boostweights.errors import (
    ClaimBrokenError,
    IgnoredParameterError,
    InvalidTypeError,
    InvalidValueError,
)
from boostweights.weighting.class_weights import ClassWeights
from boostweights.weighting.counts import ClassCounts
from boostweights.weighting.labels.arrays import is_array, namespace, on_host, place, read, rows_of
from boostweights.weighting.labels.counting import map_labels, weights_beside
from boostweights.weighting.labels.rules import Label
from boostweights.weighting.row_weights import RowWeights


def quotient(product: float, factor: float, dtype: type[np.floating[Any]]) -> float:
    """Return the number that times `factor` is `product` in `dtype`, or the nearest to it.

    Division alone may miss a power of two, below which float numbers are closer: then its neighbour is taken.

    Examples
    --------
    >>> q = quotient(5.0, 5 / 9, np.float32)
    >>> float(np.float32(q) * np.float32(5 / 9))
    5.0
    """
    wanted, by = dtype(product), dtype(factor)
    nearest = wanted / by
    above = np.nextafter(nearest, dtype(np.inf))
    return float(above if nearest * by != wanted == above * by else nearest)


def gives(product: float, factor: float, other: float, dtype: type[np.floating[Any]]) -> bool:
    """Whether two factors multiply to `product` in `dtype`, to the last bit.

    Examples
    --------
    >>> gives(9.0, 3.0, 3.0, np.float32)
    True
    """
    return bool(dtype(factor) * dtype(other) == dtype(product))


def is_power_of_two(number: float) -> bool:
    """Whether products with a number lose no digits.

    Examples
    --------
    >>> is_power_of_two(0.25), is_power_of_two(3.0)
    (True, False)
    """
    return math.frexp(number)[0] == 0.5


def stays_normal(weights: Iterable[float], factor: float) -> bool:
    """Whether all weights are within a factor of 1: products with a caller's weight are normal in float32.

    Examples
    --------
    >>> stays_normal([1.0, 9.0], 2.0**60), stays_normal([1e-38, 1.0], 2.0**60)
    (True, False)
    """
    return all(1 / factor <= weight <= factor for weight in weights)


Task = Literal["binary", "multiclass"]
EvalWeighting = Literal["auto", "none", "shifted", "same"]
FormName = Literal[
    "auto",
    "sample_weight",
    "class_weight",
    "class_weights",
    "scale_pos_weight",
    "is_unbalance",
    "auto_class_weights",
]
"""Forms of the libraries known here; an adapter from outside may have more."""


class Estimator(Protocol):
    """A classifier as scikit-learn, and the boosters after it, define it."""

    @property
    def fit(self) -> Callable[..., Any]:
        """Train; takes ``sample_weight``."""

    @property
    def get_params(self) -> Callable[..., dict[str, Any]]:
        """Return the parameters."""


class Guarantee(Enum):
    """How a form compares with row weights, its own `params`, `fit_kwargs` and shared `pins` applied."""

    IDENTICAL = "identical"
    """Bit for bit the same predictions and trees (CPU, one thread)."""
    EQUIVALENT = "equivalent"
    """The same objective in exact arithmetic: within 1e-6, or a tie decides a split or the round to stop."""
    DIFFERENT = "different"
    """Another objective: refused unless asked for."""

    def __reduce__(self) -> tuple[type[Guarantee], tuple[str]]:  # for skops; pickle asks the Enum
        return type(self), (self.value,)


def claimed(guarantee: Guarantee, condition: str) -> str:
    """Return a guarantee with its condition, as one says it.

    Examples
    --------
    >>> claimed(Guarantee.IDENTICAL, "the first tree splits")
    'identical if the first tree splits'
    """
    return f"{guarantee.value} if {condition}" if condition else guarantee.value


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What a form is asked to express, and where."""

    weights: ClassWeights
    settings: Params = field(default_factory=dict)
    """The parameters that were set: of the estimator, or of the library's ``train``."""
    estimator: Any = None
    row_counts: ClassCounts
    """Rows of each class, whatever they weigh."""
    weight_sums: ClassCounts | None = None
    """Sum of the caller's row weights of each class, where there are such weights."""
    distinct: int | None = None
    """The most distinct values of a feature, where they were counted: never more than rows."""

    @property
    def row_weighted(self) -> bool:
        """Whether rows have weights of the caller's."""
        return self.weight_sums is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Expression:
    """How a form answers a request."""

    guarantee: Guarantee
    reason: str
    params: Params = field(default_factory=dict)
    pins: Params = field(default_factory=dict)
    row_weight: Mapping[Label, float] | None = None
    """What a row of each class weighs beside `params`; None where nothing need be passed."""
    eval_factor: Mapping[Label, float] | None = None
    """By what the library itself, unasked, weighs evaluation rows of each class."""
    takes_sample_weight: bool = True
    """Whether row weights of the caller's may come along: not if an automatic form was judged without."""
    condition: str = ""
    """What the data must do for the guarantee to hold, as a sentence; empty where nothing."""
    holds: Callable[[Any, Params], bool] | None = field(default=None, repr=False, compare=False)
    """Fitted model, other arguments of ``fit`` → whether the condition was met."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """A row of a library's table of forms.

    `guarantee` and `reason` hold for the library's defaults plus pins and a policy that the form can say.
    """

    name: str
    parameter: str = ""
    """Where it is passed, if that is no parameter of its name."""
    tasks: tuple[Task, ...] = ("binary", "multiclass")
    guarantee: Guarantee = Guarantee.IDENTICAL
    reason: str
    pins: Params = field(default_factory=dict)
    """What makes it the same model as row weights, whatever the estimator says."""
    condition: str = ""
    """What the data must do besides, as a sentence."""
    express: Callable[[Request], Expression] = field(repr=False, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class NativeForm(Expression):
    """Class weights, or row weights, in one library's own form.

    Attributes
    ----------
    library, form : str
    params : dict
        Keyword arguments for the estimator, or parameters for the library's ``train``.
    pins : dict
        Constructor settings that both sides must share to be the same model as with row weights.
    guarantee : Guarantee
        For fits without row weights of the caller's, unless these were given to `to_native`.
    reason : str
        One sentence: under what the guarantee holds, or why it is no stronger.
    condition : str
        What the data must do for the guarantee to hold; `check` tells whether a fitted model's did.
    weights : ClassWeights or RowWeights
        What is expressed.

    Examples
    --------
    >>> from boostweights import Balanced, to_native
    >>> weights = Balanced(scale="majority").resolve([0] * 90 + [1] * 10)
    >>> native = to_native(weights, "catboost", form="class_weights")
    >>> native.params, native.guarantee.value
    ({'class_weights': (1.0, 9.0)}, 'identical')
    """

    library: str
    form: str
    params: dict[str, Any]
    pins: dict[str, Any]
    weights: ClassWeights | RowWeights
    dtype: type[np.floating[Any]] = np.float32
    device_arrays: bool = field(default=False, repr=False, compare=False)
    """Whether the library trains on labels and row weights on a device."""

    @property
    def claim(self) -> str:
        """The guarantee with its condition, as one says it."""
        return claimed(self.guarantee, self.condition)

    def texts(self) -> dict[str, str]:
        """Return library, form, guarantee, reason, params and pins, each as a text."""
        texts = {name: getattr(self, name) for name in ("library", "form", "reason")}
        for name in ("params", "pins"):
            texts[name] = ", ".join(f"{key}={value!r}" for key, value in getattr(self, name).items())
        return texts | {"guarantee": self.guarantee.value}

    def check(self, model: Any, fit_params: Params | None = None) -> None:
        """Raise if a fitted model does not meet the condition of the guarantee.

        Parameters
        ----------
        model : classifier or Booster
            Trained with `params`, `pins` and `fit_kwargs`.
        fit_params : mapping, default=None
            Other arguments of its ``fit``.

        Raises
        ------
        ClaimBrokenError
            If it does not: row weights would have trained another model.

        Examples
        --------
        >>> import numpy as np
        >>> from lightgbm import LGBMClassifier
        >>> from boostweights import Explicit, to_native
        >>> X, y = np.ones((60, 1)), np.arange(60) % 6 == 0  # nothing to split on
        >>> weights = Explicit({False: 1.0, True: 5.0}).resolve(y)
        >>> native = to_native(weights, "lightgbm", form="scale_pos_weight")
        >>> native.condition
        'the first tree splits'
        >>> model = LGBMClassifier(n_jobs=1, verbose=-1, **native.params, **native.pins).fit(X, y)
        >>> native.check(model)
        Traceback (most recent call last):
            ...
        boostweights.errors.ClaimBrokenError: form='scale_pos_weight' trains what row weights train if ...
        """
        if self.holds is not None and not self.holds(model, fit_params or {}):
            raise ClaimBrokenError(
                f"form={self.form!r} trains what row weights train if {self.condition}",
                f"a {type(model).__name__} for which that is not so",
                "Use form='sample_weight'.",
            )

    def fit_kwargs(self, y: Any, sample_weight: Any = None, *, to_host: bool = False) -> dict[str, Any]:
        """Return what must go to ``fit`` for these rows.

        Parameters
        ----------
        y : array-like of shape (n,)
            Labels of the training rows; on a device, they are weighed there.
        sample_weight : array-like of shape (n,), default=None
            The caller's weights, which multiply, in the dtype that the library stores.
        to_host : bool, default=False
            Whether row weights of labels on a device are copied to the host, for libraries that train there.

        Returns
        -------
        dict
            ``{"sample_weight": ndarray of shape (n,)}``, or ``{}`` where no row weight is needed. Of labels
            on a device: an array beside them, unless `to_host`.

        Raises
        ------
        InvalidTypeError
            If labels or weights lie on a device, the library trains on the host, and `to_host` is not set.

        Examples
        --------
        >>> from boostweights import Explicit, to_native
        >>> weights = Explicit({0: 1.0, 1: 9.0}).resolve([0] * 90 + [1] * 10)
        >>> to_native(weights, "lightgbm").fit_kwargs([0, 0, 1], sample_weight=[1.0, 2.0, 0.5])
        {'sample_weight': array([1. , 2. , 4.5], dtype=float32)}
        >>> to_native(weights, "lightgbm", form="scale_pos_weight").fit_kwargs([0, 0, 1])
        {}
        """
        if sample_weight is not None and not self.takes_sample_weight:
            raise InvalidValueError(
                f"form={self.form!r} depends on the row weights that it is trained with",
                "sample_weight in fit_kwargs, but not in to_native",
                "Call to_native(weights, …, y=y, sample_weight=sample_weight).",
            )
        if not to_host and not self.device_arrays:
            refuse_on_device(self.library, y, sample_weight)
        if isinstance(self.weights, RowWeights):
            return {"sample_weight": _times(self.weights.sample_weight(y, self.dtype), sample_weight)}
        weight = self._weight(self.row_weight, y, sample_weight)
        if weight is None:
            return {}
        return {"sample_weight": on_host(weight) if to_host and is_array(weight) else weight}

    def eval_weight(
        self,
        y: Any,
        sample_weight: Any = None,
        weighting: EvalWeighting = "none",
        *,
        row_weight: Floats | None = None,
    ) -> npt.NDArray[Any] | None:
        """Return the row weights for an evaluation set, or None where none are needed.

        Parameters
        ----------
        y : array-like of shape (n,)
            Labels of the evaluation rows.
        sample_weight : array-like of shape (n,), default=None
            The caller's weights of the evaluation rows, which multiply.
        weighting : {"none", "shifted", "same"}, default="none"
            Whether evaluation rows are weighted as their class is in training ("same"). What the library does
            by itself (CatBoost weights metrics by its class weights) is added or taken back as needed.
        row_weight : ndarray of shape (n,), default=None
            What these rows weigh by their own costs (`RowWeights.weigh`): needed for ``"same"`` where
            `weights` are RowWeights.

        Raises
        ------
        InvalidTypeError
            If it is needed and not given.
        """
        if not isinstance(self.weights, RowWeights):
            ones = dict.fromkeys(self.weights.classes, 1.0)
            wanted, factor = (
                self.weights.class_weight if weighting == "same" else ones,
                self.eval_factor or ones,
            )
            rest = {label: quotient(wanted[label], factor[label], self.dtype) for label in wanted}
            return self._weight(rest, y, sample_weight)
        if weighting != "same":
            return self._weight(None, y, sample_weight)
        if row_weight is None:
            raise InvalidTypeError(
                "evaluation rows weigh by their own costs",
                "none given",
                "Pass row_weight=weights.weigh(y, row_costs), or eval_weighting='none'.",
            )
        return _times(row_weight.astype(self.dtype), sample_weight)

    def _weight(
        self, by_label: Mapping[Label, float] | None, y: Any, sample_weight: Any
    ) -> npt.NDArray[Any] | None:
        if by_label is not None and set(by_label.values()) != {1.0}:
            return _times(map_labels(y, by_label, self.dtype), sample_weight)
        if sample_weight is None:
            return None
        weights, xp = weights_beside(y, sample_weight), namespace(y)
        stored: npt.NDArray[Any] = xp.asarray(weights, dtype=getattr(xp, np.dtype(self.dtype).name))
        return stored


def refuse_on_device(what: str, *columns: Any) -> None:
    """Raise where a column lies on a device, for a library or a setting that works on the host."""
    for column in columns:
        if is_array(column):
            raise InvalidTypeError(
                f"{what} needs labels and row weights on the host",
                place(column),
                "Pass to_host=True to have them copied to the host.",
            )


def _times(weights: npt.NDArray[Any], sample_weight: Any) -> npt.NDArray[Any]:
    """Row weights times the caller's, in the dtype that the library stores; none may be lost in it."""
    if sample_weight is None:
        return weights
    factors, xp = weights_beside(weights, sample_weight), namespace(weights)
    with np.errstate(over="ignore", under="ignore"):
        product: npt.NDArray[Any] = weights * xp.asarray(factors, dtype=weights.dtype)
    lost = xp.isinf(product) | ((product == 0) & (weights > 0) & (factors > 0))
    if rows_of(weights) and read(xp.any(lost)):
        row = read(xp.argmax(xp.asarray(lost, dtype=xp.uint8)))
        weight = on_host(weights[row])
        raise InvalidValueError(
            f"a row's own weight times its sample_weight must fit in {weight.dtype.name}",
            f"{weight} times {on_host(factors[row])} in row {row}",
            "Scale one of them by a factor.",
        )
    return product


def row_weights(request: Request) -> Expression:
    """Row weights, the reference of all guarantees."""
    weights = request.weights.class_weight
    return Expression(
        guarantee=Guarantee.IDENTICAL,
        reason="row weights are the reference and say exactly the policy",
        row_weight=None if set(weights.values()) == {1.0} else weights,
    )


def reference_form(parameter: str, express: Callable[[Request], Expression] = row_weights) -> Form:
    """Return the row of a library's table for row weights, by what its ``fit`` calls them."""
    return Form(name="sample_weight", parameter=parameter, reason="the reference", express=express)


def unset(given: Params, wanted: Params) -> dict[str, Any]:
    """Return the wanted settings that are not among the given ones."""
    return {name: value for name, value in wanted.items() if name not in given}


def only_objectives(settings: Params, names: Sequence[str], known: Sequence[str], form: str) -> None:
    """Raise where the objective is one for which the library ignores a form."""
    for name in names:
        objective = settings.get(name)
        if objective is not None and objective not in known:
            raise IgnoredParameterError(
                f"form={form!r} needs one of the objectives {', '.join(known)}; others ignore it",
                f"{name}={objective!r}",
                "Use form='sample_weight'.",
            )


def by_name(*forms: Form) -> dict[str, Form]:
    """Return a library's table of forms; row weights come first."""
    return {form.name: form for form in forms}
