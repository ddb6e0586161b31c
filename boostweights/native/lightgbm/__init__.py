"""LightGBM: row weights, ``scale_pos_weight``, ``is_unbalance`` and LGBMClassifier's ``class_weight``.

``scale_pos_weight`` and ``is_unbalance`` multiply the gradients of a class, but the start score does not see
them; so the same model needs ``boost_from_average=False``. ``class_weight`` becomes row weights in Python.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import numpy as np

from boostweights.errors import InvalidValueError
from boostweights.native.adapter import EvaluationSet, is_from, only_objectives, row_weights, unchanged
from boostweights.native.form import Expression, Form, Guarantee, Request
from boostweights.native.lightgbm.trees import trees
from boostweights.native.tree import Tree

__all__ = ["LightGBM"]

_PINS: Final = {"boost_from_average": False}
_OBJECTIVE_NAMES: Final = (
    "objective",
    "objective_type",
    "app",
    "application",
    "loss",
)
_UNWEIGHTED: Final[Mapping[str, Any]] = {
    "scale_pos_weight": 1,
    "is_unbalance": False,
    "unbalance": False,
    "unbalanced_sets": False,
    "class_weight": None,
}
_SAME: Final = 1e-6  # relative; ratios nearer than this are one ratio up to float32 roundings


def _scale_pos_weight(request: Request) -> Expression:
    first, second = (float(np.float32(weight)) for weight in request.weights.values)
    return _label_weights(request, {"scale_pos_weight": second / first}, (1.0, second / first))


def _is_unbalance(request: Request) -> Expression:
    negative, positive = request.row_counts.values()
    own = (positive / negative, 1.0) if positive > negative else (1.0, negative / positive)
    first, second = request.weights.values
    if not np.isclose(second / first, own[1] / own[0], rtol=_SAME, atol=0):
        raise InvalidValueError(
            "form='is_unbalance' can only weigh inversely to the rows of each class",
            f"weights {request.weights.class_weight} for counts {dict(request.row_counts)}",
            "Use form='scale_pos_weight' or form='sample_weight'.",
        )
    return _label_weights(request, {"is_unbalance": True}, own)


def _label_weights(request: Request, params: Mapping[str, Any], own: tuple[float, float]) -> Expression:
    """Weights `own` that LightGBM applies to labels 0 and 1, and a constant row weight for the scale."""
    only_objectives(request.settings, _OBJECTIVE_NAMES, ("binary",), next(iter(params)))
    wanted = [float(np.float32(weight)) for weight in request.weights.values]
    scale = float(np.float32(wanted[0] / own[0]))
    exact = [scale * factor for factor in own] == wanted and not request.row_weighted
    guarantee = Guarantee.IDENTICAL if exact else Guarantee.EQUIVALENT
    reason = "the start score is fixed, and bins do not see weights (where some split is made)"
    if not exact:
        reason += "; the products of weights differ from the row weights by float32 roundings"
    if request.settings.get("boost_from_average", False) is not False:
        guarantee, reason = Guarantee.DIFFERENT, "boost_from_average=True starts from unweighted labels"
    return Expression(
        guarantee=guarantee,
        reason=reason,
        params=params,
        pins=unchanged(request.settings, _PINS),
        row_weight=None if scale == 1 else dict.fromkeys(request.weights.classes, scale),
    )


def _class_weight(request: Request) -> Expression:
    # As float32, so that LightGBM's float64 product with the caller's weights rounds once, as ours does.
    stored = {label: float(np.float32(weight)) for label, weight in request.weights.class_weight.items()}
    return Expression(
        guarantee=Guarantee.IDENTICAL,
        reason="LGBMClassifier turns class_weight into row weights (lgb.train does not know it)",
        params={"class_weight": stored},
    )


class LightGBM:
    """The adapter of lightgbm."""

    library: Final = "lightgbm"
    module: Final = "lightgbm"
    extra: Final = "lightgbm"
    dtype: Final = np.float32
    causes: Final[Mapping[str, str]] = {"boost_from_average": "intercept"}
    evaluation_arguments: Final[tuple[str, ...]] = (
        "eval_X",
        "eval_y",
        "eval_sample_weight",
        "eval_class_weight",
    )
    forms: Final[Mapping[str, Form]] = {
        form.name: form
        for form in (
            Form(
                name="sample_weight",
                parameter="fit(sample_weight=) or Dataset(weight=)",
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
                reason="with boost_from_average=False, where some split is made",
                pins=_PINS,
                express=_scale_pos_weight,
            ),
            Form(
                name="is_unbalance",
                parameter="is_unbalance",
                tasks=("binary",),
                guarantee=Guarantee.EQUIVALENT,
                reason="only balanced weights, with boost_from_average=False; its ratio stays float64",
                pins=_PINS,
                express=_is_unbalance,
            ),
            Form(
                name="class_weight",
                parameter="LGBMClassifier(class_weight=)",
                tasks=("binary", "multiclass"),
                guarantee=Guarantee.IDENTICAL,
                reason="becomes row weights; not a parameter of lgb.train",
                express=_class_weight,
            ),
        )
    }

    def owns(self, estimator: Any) -> bool:
        """Whether an estimator is lightgbm's."""
        return is_from(estimator, "lightgbm")

    def unfitted(self, estimator: Any) -> Any:
        """Return an unfitted copy."""
        from sklearn.base import clone

        return clone(estimator)

    def settings(self, estimator: Any) -> dict[str, Any]:
        """Return the parameters that were set."""
        return {name: value for name, value in estimator.get_params().items() if value is not None}

    def class_weighting(self, settings: Mapping[str, Any]) -> dict[str, Any]:
        """Return the parameters, under any of their names, that weigh classes."""
        return {
            name: value
            for name, value in settings.items()
            if name in _UNWEIGHTED and (isinstance(value, dict) or value != _UNWEIGHTED[name])
        }

    def trees(self, model: Any) -> list[Tree]:
        """Return a fitted model's trees as plain data."""
        return trees(model)

    def evaluation(
        self,
        estimator: Any,
        sets: Sequence[EvaluationSet],
        fit_params: Mapping[str, Any],
    ) -> dict[str, Any]:
        """Return ``eval_X``, ``eval_y`` (before 4.7: ``eval_set``) and ``eval_sample_weight``."""
        if "eval_X" in inspect.signature(estimator.fit).parameters:
            arguments: dict[str, Any] = {
                "eval_X": tuple(each.X for each in sets),
                "eval_y": tuple(each.y for each in sets),
            }
        else:
            arguments = {"eval_set": [(each.X, each.y) for each in sets]}
        if any(each.weight is not None for each in sets):
            arguments["eval_sample_weight"] = [each.weight for each in sets]
        return arguments

    def fold_opener(self) -> Callable[[Any], Any]:
        """Return what constructs a Dataset, without which a fold's labels cannot be read."""
        return lambda data: data.construct()
