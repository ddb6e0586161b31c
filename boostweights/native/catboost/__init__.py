"""CatBoost: row weights, ``class_weights``, ``scale_pos_weight`` and ``auto_class_weights``.

All three parameters become row weights inside CatBoost, and, unlike row weights, also weigh the metrics of
evaluation sets. ``class_weights`` is passed as a tuple in label order: a dict's order would set the order of
the classes, and a list cannot be cloned.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from typing import Any, Final

import numpy as np

from boostweights.errors import InvalidValueError
from boostweights.native.adapter import EvaluationSet, is_from, no_fpreproc, only_objectives, row_weights
from boostweights.native.catboost.trees import trees
from boostweights.native.form import Expression, Form, Guarantee, Request
from boostweights.native.ratio import gives, quotient
from boostweights.native.tree import Tree

__all__ = ["CatBoost"]

_OBJECTIVE_NAMES: Final = ("loss_function", "objective")
_CLASS_WEIGHTING: Final = ("class_weights", "scale_pos_weight", "auto_class_weights")
_SAME: Final = 1e-6
_POOL_COLUMNS: Final = ("cat_features", "text_features", "embedding_features")


def _class_weights(request: Request) -> Expression:
    only_objectives(
        request.settings, _OBJECTIVE_NAMES, ("Logloss", "MultiClass", "MultiClassOneVsAll"), "class_weights"
    )
    return Expression(
        guarantee=Guarantee.IDENTICAL,
        reason="CatBoost multiplies them into the row weights",
        params={"class_weights": request.weights.values},
        eval_factor=request.weights.class_weight,
    )


def _scale_pos_weight(request: Request) -> Expression:
    only_objectives(request.settings, _OBJECTIVE_NAMES, ("Logloss",), "scale_pos_weight")
    first, second = request.weights.values
    classes = request.weights.classes
    ratio = quotient(second, first, np.float32)
    exact = gives(second, first, ratio, np.float32) and (first == 1 or not request.row_weighted)
    return Expression(
        guarantee=Guarantee.IDENTICAL if exact else Guarantee.EQUIVALENT,
        reason="CatBoost multiplies it into the row weights"
        if exact
        else "the ratio times the other row weights misses the class weights by float32 roundings",
        params={"scale_pos_weight": ratio},
        row_weight=None if first == 1 else dict.fromkeys(classes, first),
        eval_factor=dict(zip(classes, (1.0, ratio), strict=True)),
    )


def _auto_class_weights(request: Request) -> Expression:
    only_objectives(
        request.settings,
        _OBJECTIVE_NAMES,
        ("Logloss", "MultiClass", "MultiClassOneVsAll"),
        "auto_class_weights",
    )
    counted = request.row_counts if request.weight_sums is None else request.weight_sums
    rows = np.floor(np.array(list(counted.values()), np.float32))  # as CatBoost does with weighted rows
    if rows.min() < 1:
        raise InvalidValueError(
            "form='auto_class_weights' needs row weights that sum to at least 1 in each class",
            str(dict(counted)),
            "Use form='class_weights'.",
        )
    wanted = np.array(request.weights.values, np.float32)
    balanced = rows.max() / rows
    for name, own in (("Balanced", balanced), ("SqrtBalanced", np.sqrt(balanced))):
        if np.allclose(own, wanted, rtol=_SAME, atol=0):
            same = bool((own == wanted).all())
            return Expression(
                guarantee=Guarantee.IDENTICAL if same else Guarantee.EQUIVALENT,
                reason="CatBoost computes the same weights from the rows of each class"
                + ("" if same else ", up to a float32 rounding"),
                params={"auto_class_weights": name},
                eval_factor=dict(zip(request.weights.classes, own.tolist(), strict=True)),
                takes_sample_weight=request.row_weighted,
            )
    raise InvalidValueError(
        "form='auto_class_weights' can only weigh by n_max / n_k or its square root",
        f"weights {request.weights.class_weight} for counts {dict(request.row_counts)}",
        "Use scale='majority', or form='class_weights'.",
    )


class CatBoost:
    """The adapter of catboost."""

    library: Final = "catboost"
    module: Final = "catboost"
    extra: Final = "catboost"
    dtype: Final = np.float32
    causes: Final[Mapping[str, str]] = {}
    evaluation_arguments: Final[tuple[str, ...]] = ()
    forms: Final[Mapping[str, Form]] = {
        form.name: form
        for form in (
            Form(
                name="sample_weight",
                parameter="fit(sample_weight=) or Pool(weight=)",
                tasks=("binary", "multiclass"),
                guarantee=Guarantee.IDENTICAL,
                reason="the reference",
                express=row_weights,
            ),
            Form(
                name="scale_pos_weight",
                parameter="scale_pos_weight",
                tasks=("binary",),
                guarantee=Guarantee.IDENTICAL,
                reason="becomes row weights, if the ratio is exact in float32",
                express=_scale_pos_weight,
            ),
            Form(
                name="class_weights",
                parameter="class_weights",
                tasks=("binary", "multiclass"),
                guarantee=Guarantee.IDENTICAL,
                reason="becomes row weights",
                express=_class_weights,
            ),
            Form(
                name="auto_class_weights",
                parameter="auto_class_weights",
                tasks=("binary", "multiclass"),
                guarantee=Guarantee.IDENTICAL,
                reason="only balanced or root-balanced weights of scale 'majority'; becomes row weights",
                express=_auto_class_weights,
            ),
        )
    }

    def owns(self, estimator: Any) -> bool:
        """Whether an estimator is catboost's."""
        return is_from(estimator, "catboost")

    def unfitted(self, estimator: Any) -> Any:
        """Return an unfitted copy."""
        copied = type(estimator)(**deepcopy(estimator.get_params()))  # clone refuses cat_features=[…]
        if hasattr(estimator, "_metadata_request"):
            copied._metadata_request = deepcopy(estimator._metadata_request)
        return copied

    def settings(self, estimator: Any) -> dict[str, Any]:
        """Return the parameters that were set."""
        return {name: value for name, value in estimator.get_params().items() if value is not None}

    def class_weighting(self, settings: Mapping[str, Any]) -> dict[str, Any]:
        """Return the parameters that weigh classes."""
        return {
            name: value
            for name, value in settings.items()
            if name in _CLASS_WEIGHTING and not _is_neutral(value)
        }

    def trees(self, model: Any) -> list[Tree]:
        """Return a fitted model's trees as plain data."""
        return trees(model)

    def evaluation(
        self, estimator: Any, sets: Sequence[EvaluationSet], fit_params: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Return ``eval_set``; weighted sets as Pools, which alone carry weights."""
        if all(each.weight is None for each in sets):
            return {"eval_set": [(each.X, each.y) for each in sets]}
        from catboost import Pool

        settings = {**self.settings(estimator), **fit_params}
        columns = {name: settings[name] for name in _POOL_COLUMNS if settings.get(name) is not None}
        return {"eval_set": [Pool(each.X, each.y, weight=each.weight, **columns) for each in sets]}

    def fold_opener(self) -> Callable[[Any], Any]:
        """Refuse: ``catboost.cv`` takes no function that prepares a fold."""
        raise no_fpreproc(self.library)


def _is_neutral(value: Any) -> bool:
    if isinstance(value, (int, float)):
        return value == 1
    return value is None or value == "None" or (isinstance(value, (list, tuple, dict)) and not value)
