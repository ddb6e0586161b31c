"""XGBoost: row weights and ``scale_pos_weight``.

``scale_pos_weight`` multiplies the gradients of rows with label 1, but neither the intercept nor the cut
points see it; so the same model needs a fixed ``base_score`` and cut points that weights do not move.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import numpy as np

from boostweights.native.adapter import EvaluationSet, is_from, only_objectives, row_weights, unchanged
from boostweights.native.form import Expression, Form, Guarantee, Request
from boostweights.native.ratio import gives, quotient
from boostweights.native.tree import Tree
from boostweights.native.xgboost.trees import trees

__all__ = ["XGBoost"]

_OBJECTIVES: Final = ("binary:logistic", "binary:logitraw", "reg:logistic")
_PINS: Final = {"tree_method": "exact", "base_score": 0.5}


def _scale_pos_weight(request: Request) -> Expression:
    settings = request.settings
    only_objectives(settings, ["objective"], _OBJECTIVES, "scale_pos_weight")
    first, second = request.weights.values
    ratio = quotient(second, first, np.float32)
    exact = gives(second, first, ratio, np.float32) and (first == 1 or not request.row_weighted)
    guarantee, reason = _claim(settings, exact=exact)
    return Expression(
        guarantee=guarantee,
        reason=reason,
        params={"scale_pos_weight": ratio},
        pins=unchanged(settings, _PINS),
        row_weight=None if first == 1 else dict.fromkeys(request.weights.classes, first),
    )


def _claim(settings: Mapping[str, Any], *, exact: bool) -> tuple[Guarantee, str]:
    tree_method = settings.get("tree_method", "exact")
    if settings.get("booster") == "gblinear":
        return Guarantee.DIFFERENT, "gblinear scales its gradients by the sum of row weights"
    if tree_method != "exact":
        return (
            Guarantee.DIFFERENT,
            f"the cut points of tree_method={tree_method!r} follow row weights but not scale_pos_weight",
        )
    if not exact:
        return (
            Guarantee.EQUIVALENT,
            "the ratio times the other row weights misses the class weights by float32 roundings",
        )
    return Guarantee.IDENTICAL, "exact splits and a fixed base_score, neither of which sees weights"


class XGBoost:
    """The adapter of xgboost (and of xgboost-cpu, which is the same module)."""

    library: Final = "xgboost"
    module: Final = "xgboost"
    extra: Final = "xgboost"
    dtype: Final = np.float32
    causes: Final[Mapping[str, str]] = {"base_score": "intercept", "tree_method": "cuts"}
    evaluation_arguments: Final[tuple[str, ...]] = ("sample_weight_eval_set",)
    forms: Final[Mapping[str, Form]] = {
        form.name: form
        for form in (
            Form(
                name="sample_weight",
                parameter="fit(sample_weight=) or DMatrix(weight=)",
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
                reason="with tree_method='exact' and base_score set, if the ratio is exact in float32",
                pins=_PINS,
                express=_scale_pos_weight,
            ),
        )
    }

    def owns(self, estimator: Any) -> bool:
        """Whether an estimator is xgboost's."""
        return is_from(estimator, "xgboost")

    def unfitted(self, estimator: Any) -> Any:
        """Return an unfitted copy."""
        from sklearn.base import clone

        return clone(estimator)

    def settings(self, estimator: Any) -> dict[str, Any]:
        """Return the parameters that were set; None is xgboost's own word for unset."""
        return {name: value for name, value in estimator.get_params().items() if value is not None}

    def class_weighting(self, settings: Mapping[str, Any]) -> dict[str, Any]:
        """Return ``scale_pos_weight`` if it weighs."""
        return {name: value for name, value in settings.items() if name == "scale_pos_weight" and value != 1}

    def trees(self, model: Any) -> list[Tree]:
        """Return a fitted model's trees as plain data."""
        return trees(model)

    def evaluation(
        self,
        estimator: Any,
        sets: Sequence[EvaluationSet],
        fit_params: Mapping[str, Any],
    ) -> dict[str, Any]:
        """Return ``eval_set`` and, where any is weighted, ``sample_weight_eval_set``."""
        arguments: dict[str, Any] = {"eval_set": [(each.X, each.y) for each in sets]}
        if any(each.weight is not None for each in sets):
            arguments["sample_weight_eval_set"] = [
                np.ones(len(each.y), np.float32) if each.weight is None else each.weight for each in sets
            ]
        return arguments

    def fold_opener(self) -> Callable[[Any], Any]:
        """Return what does nothing: a DMatrix's labels are readable at once."""
        return lambda data: data
