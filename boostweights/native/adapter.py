"""What the rest of boostweights asks of a library."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from boostweights.errors import (
    IgnoredParameterError,
    InvalidTypeError,
    InvalidValueError,
    MissingLibraryError,
    shown,
)
from boostweights.labels import Label
from boostweights.native.auditing import Subject, Told
from boostweights.native.form import Expression, Form, Guarantee, NativeForm, Request
from boostweights.native.link import Correction, Link
from boostweights.native.outofcore import Bins, OutOfCore
from boostweights.native.recipe import Reading, Rescaled
from boostweights.native.reuse import Reuse
from boostweights.native.tree import Tree
from boostweights.policy import Policy

__all__ = ["Adapter", "EvaluationSet", "is_from", "is_installed", "require_installed", "row_weights"]


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluationSet:
    """Rows on which a fit is evaluated: features as given, labels encoded, weights ready."""

    X: Any
    y: Any
    weight: Any = None


class Adapter(Protocol):
    """A library: its forms, its estimators, its evaluation sets. An adapter never counts labels."""

    @property
    def library(self) -> str:
        """The name in ``ADAPTERS``."""

    @property
    def module(self) -> str:
        """The importable module."""

    @property
    def extra(self) -> str:
        """The extra of boostweights that installs it."""

    @property
    def dtype(self) -> type[np.floating[Any]]:
        """The dtype in which it stores row weights."""

    @property
    def evaluation_arguments(self) -> tuple[str, ...]:
        """Arguments of ``fit``, besides ``eval_set``, that would bypass ours."""

    @property
    def class_settings(self) -> tuple[str, ...]:
        """Settings that say which classes there are, in the order of the probabilities, or how many."""

    @property
    def forms(self) -> Mapping[str, Form]:
        """Name → form, row weights first."""

    def owns(self, estimator: Any) -> bool:
        """Whether an estimator is this library's."""

    def unfitted(self, estimator: Any) -> Any:
        """Return an unfitted copy."""

    def settings(self, estimator: Any) -> dict[str, Any]:
        """Return an estimator's parameters by name, those that are unset left out."""

    def class_weighting(self, settings: Mapping[str, Any]) -> dict[str, Any]:
        """Return the settings that already weigh classes."""

    @property
    def causes(self) -> Mapping[str, str]:
        """Pin → what it takes out of play: "intercept", "cuts"."""

    @property
    def cells(self) -> Mapping[str, Mapping[str, Any]]:
        """Name → constructor settings that matter to the claims, each of which is tested by training."""

    def trees(self, model: Any) -> list[Tree]:
        """Return a fitted model's trees as plain data."""

    def rescale(self, params: Mapping[str, Any], c: float) -> Rescaled:
        """Return the parameters that scale along when all weights are multiplied by `c`."""

    def read(self, source: Any) -> Reading:
        """Return what an estimator, parameters, a model or its file say of class weights."""

    def policy_of(self, reading: Reading, classes: Sequence[Label] | None) -> Policy:
        """Return the policy that a reading stands for, or raise."""

    def evaluation(
        self, estimator: Any, sets: Sequence[EvaluationSet], fit_params: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Return the arguments of ``fit`` that name these evaluation sets; raises where there are none."""

    def reuse(self, estimator: Any, X: Any, *, frozen: bool = False) -> Reuse:
        """Return whether and how bins of the training data serve for many weights.

        `frozen`: where bins follow the weights, those of unweighted data; raises where there are none such.
        """

    def out_of_core(
        self, estimator: Any, *, bins: Bins = "auto", cache_folder: Any = None, frozen: bool = False
    ) -> OutOfCore:
        """Return what trains an estimator on rows read block by block; raises where nothing does.

        `bins`: where binned features are kept, on disk under `cache_folder`; `frozen`: as in `reuse`.
        """

    def fold_opener(self) -> Callable[[Any], Any]:
        """Return what makes a fold of the library's ``cv`` readable; raises where there is no such ``cv``."""

    def uncorrectable(self, settings: Mapping[str, Any]) -> str:
        """Say which setting leaves a model without probabilities that could be corrected; or nothing."""

    def link(self, model: Any) -> Link:
        """Return how a fitted model comes to its probabilities; raises where it is none of the library's."""

    def scores(self, model: Any, X: Any) -> npt.NDArray[np.float64] | None:
        """Return raw scores, (n,) log-odds or (n, k), as logarithms; None where there are none."""

    def members(self, model: Any, X: Any) -> Iterator[npt.NDArray[np.float64]]:
        """Yield the probabilities of each member of a model whose link is "mean"."""

    def baked(self, model: Any, correction: Correction) -> Any:
        """Return a copy of a model that predicts corrected probabilities by itself, and is marked."""

    def stated(self, model: Any) -> dict[str, Any]:
        """Return the parameters that an estimator or a native model states itself, those unset left out."""

    def told(self, subject: Subject) -> Told:
        """Return what the library makes of a model's settings, for an audit."""

    def mark(self, model: Any) -> str | None:
        """Return the mark of a model into which a correction is baked."""

    def read_note(self, model: Any, name: str) -> str | None:
        """Return the text that a fitted model keeps under a name, or None."""

    def write_note(self, model: Any, name: str, text: str) -> None:
        """Keep a text under a name in a fitted model, which is changed by that."""

    def training(self, model: Any) -> str:
        """Return what another training of the model changes, where notes outlive that."""

    def is_file(self, path: Path, head: bytes) -> bool:
        """Whether a file that begins like this is a model of the library's."""

    def load(self, path: Path) -> Any:
        """Return the model of a file, or raise; nothing in it is run."""


def is_from(estimator: Any, module: str) -> bool:
    """Whether an estimator's class, or one it derives from, is of a module, without importing it."""
    return any(base.__module__.partition(".")[0] == module for base in type(estimator).__mro__)


def is_installed(adapter: Adapter) -> bool:
    """Whether the library can be imported."""
    if adapter.module in sys.modules:
        return sys.modules[adapter.module] is not None
    return find_spec(adapter.module) is not None


def require_installed(adapter: Adapter) -> None:
    """Raise unless the library can be imported."""
    if not is_installed(adapter):
        raise MissingLibraryError(
            f"the library {adapter.library} must be installed",
            f"no module named {adapter.module!r}",
            f"Install it with: pip install 'boostweights[{adapter.extra}]'.",
        )


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
    return Form(
        name="sample_weight",
        parameter=parameter,
        tasks=("binary", "multiclass"),
        guarantee=Guarantee.IDENTICAL,
        reason="the reference",
        express=express,
    )


def cloned(estimator: Any) -> Any:
    """Return an unfitted copy, as scikit-learn makes it."""
    from sklearn.base import clone

    return clone(estimator)


def set_parameters(estimator: Any) -> dict[str, Any]:
    """Return an estimator's parameters, nested ones too; None is these libraries' word for unset."""
    return {name: value for name, value in estimator.get_params().items() if value is not None}


def unchanged(given: Mapping[str, Any], wanted: Mapping[str, Any]) -> dict[str, Any]:
    """Return the wanted settings that are not among the given ones."""
    return {name: value for name, value in wanted.items() if name not in given}


def only_objectives(
    settings: Mapping[str, Any], names: Sequence[str], known: Sequence[str], form: str
) -> None:
    """Raise where the objective is one for which the library ignores a form."""
    for name in names:
        objective = settings.get(name)
        if objective is None or (isinstance(objective, str) and objective in known):
            continue
        raise IgnoredParameterError(
            f"form={form!r} needs one of the objectives {', '.join(known)}; others ignore it",
            f"{name}={objective!r}",
            "Use form='sample_weight'.",
        )


def native_form(
    adapter: Adapter, form: Form, request: Request, *, allow_different: bool = False
) -> NativeForm:
    """Express a request in a form, its notes and roundings added to the reason."""
    task = "binary" if len(request.weights.classes) == 2 else "multiclass"
    if task not in form.tasks:
        able = [other.name for other in adapter.forms.values() if task in other.tasks]
        raise IgnoredParameterError(
            f"form={form.name!r} of {adapter.library} needs two classes; with more it is ignored",
            f"{len(request.weights.classes)} classes",
            f"Use form={' or '.join(map(repr, able))}.",
        )
    said = form.express(request)
    if said.guarantee is Guarantee.DIFFERENT and not allow_different:
        raise InvalidValueError(
            f"form={form.name!r} of {adapter.library} must train the model that row weights train",
            said.reason,
            "Use form='sample_weight', or to_native(…, allow_different=True) to have the other model.",
        )
    return NativeForm(
        library=adapter.library,
        form=form.name,
        params=dict(said.params),
        pins=dict(said.pins),
        guarantee=said.guarantee,
        reason="; ".join([said.reason, *_roundings(request, adapter.dtype), *request.weights.notes]),
        weights=request.weights,
        dtype=adapter.dtype,
        row_weight=said.row_weight,
        eval_factor=said.eval_factor,
        takes_sample_weight=said.takes_sample_weight,
    )


def no_evaluation(estimator: Any) -> InvalidTypeError:
    """Return the error for an estimator that takes no evaluation set."""
    return InvalidTypeError(
        f"{type(estimator).__name__} must take an evaluation set for X_val, eval_set or validation_fraction",
        "an estimator whose fit() has no evaluation set",
        "Leave them out, or use a booster; HistGradientBoosting takes one from scikit-learn 1.7 on.",
    )


def no_fpreproc(library: str) -> InvalidValueError:
    """Return the error for a library whose ``cv`` takes no function that prepares a fold."""
    return InvalidValueError(
        "fpreproc serves xgboost.cv and lightgbm.cv",
        shown(library),
        "Use cross_validate(WeightedClassifier(estimator), X, y).",
    )


def _roundings(request: Request, dtype: type[np.floating[Any]]) -> list[str]:
    """Say so where weights that differ are the same number to the library."""
    weights = request.weights.class_weight
    by_stored: dict[float, list[Any]] = {}
    for label, weight in weights.items():
        by_stored.setdefault(float(dtype(weight)), []).append(label)
    return [
        f"the weights of {labels!r} round to the same {dtype.__name__}, {stored!r}"
        for stored, labels in by_stored.items()
        if len({weights[label] for label in labels}) > 1
    ]
