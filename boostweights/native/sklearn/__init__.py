"""scikit-learn, and any other classifier with its interface: row weights and ``class_weight``.

``HistGradientBoostingClassifier`` looks the keys of ``class_weight`` up among encoded labels 0 to k-1; the
other estimators look them up among the labels themselves.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import numpy as np

from boostweights.errors import InvalidTypeError, InvalidValueError
from boostweights.native.adapter import EvaluationSet, no_evaluation, no_fpreproc, row_weights
from boostweights.native.form import Expression, Form, Guarantee, Request
from boostweights.native.sklearn.trees import trees
from boostweights.native.tree import Tree

__all__ = ["ScikitLearn"]

_ENCODED_KEYS: Final = "HistGradientBoostingClassifier"
_TREES: Final = (
    _ENCODED_KEYS,
    "RandomForestClassifier",
    "ExtraTreesClassifier",
    "DecisionTreeClassifier",
    "ExtraTreeClassifier",
)


def _class_weight(request: Request) -> Expression:
    estimator = request.estimator
    if estimator is None:
        raise InvalidValueError(
            "form='class_weight' of scikit-learn needs the estimator, whose keys it must follow",
            "the name 'sklearn'",
            "Call to_native(weights, estimator, form='class_weight').",
        )
    if "class_weight" not in inspect.signature(type(estimator)).parameters:
        raise InvalidValueError(
            "form='class_weight' needs an estimator with that parameter",
            type(estimator).__name__,
            "Use form='sample_weight'.",
        )
    family = {base.__name__ for base in type(estimator).__mro__}
    weights = request.weights.encoded() if _ENCODED_KEYS in family else request.weights
    known = not family.isdisjoint(_TREES)
    return Expression(
        guarantee=Guarantee.IDENTICAL if known else Guarantee.EQUIVALENT,
        reason="it becomes float64 row weights"
        if known
        else f"scikit-learn documents it as row weights; not measured for {type(estimator).__name__}",
        params={"class_weight": weights.class_weight},
    )


class ScikitLearn:
    """The adapter of scikit-learn, and of what no other adapter owns."""

    library: Final = "sklearn"
    module: Final = "sklearn"
    extra: Final = "dev"
    dtype: Final = np.float64
    causes: Final[Mapping[str, str]] = {}
    evaluation_arguments: Final[tuple[str, ...]] = ()
    forms: Final[Mapping[str, Form]] = {
        form.name: form
        for form in (
            Form(
                name="sample_weight",
                parameter="fit(sample_weight=)",
                tasks=("binary", "multiclass"),
                guarantee=Guarantee.IDENTICAL,
                reason="the reference",
                express=row_weights,
            ),
            Form(
                name="class_weight",
                parameter="class_weight",
                tasks=("binary", "multiclass"),
                guarantee=Guarantee.IDENTICAL,
                reason="becomes float64 row weights, in trees, forests and HistGradientBoosting",
                express=_class_weight,
            ),
        )
    }

    def owns(self, estimator: Any) -> bool:
        """Whether an estimator may be fitted as scikit-learn's are: any may."""
        return True

    def unfitted(self, estimator: Any) -> Any:
        """Return an unfitted copy."""
        from sklearn.base import clone

        return clone(estimator)

    def settings(self, estimator: Any) -> dict[str, Any]:
        """Return the parameters, nested ones too, that were set."""
        return {name: value for name, value in estimator.get_params(deep=True).items() if value is not None}

    def class_weighting(self, settings: Mapping[str, Any]) -> dict[str, Any]:
        """Return ``class_weight``, also of estimators inside, where it is set."""
        return {name: value for name, value in settings.items() if name.rpartition("__")[2] == "class_weight"}

    def trees(self, model: Any) -> list[Tree]:
        """Return a fitted model's trees as plain data."""
        return trees(model)

    def evaluation(
        self,
        estimator: Any,
        sets: Sequence[EvaluationSet],
        fit_params: Mapping[str, Any],
    ) -> dict[str, Any]:
        """Return ``X_val``, ``y_val`` and ``sample_weight_val``, which HistGradientBoosting takes."""
        if "X_val" not in inspect.signature(estimator.fit).parameters:
            raise no_evaluation(estimator)
        if len(sets) != 1:
            raise InvalidTypeError(
                f"{type(estimator).__name__} takes one evaluation set",
                f"{len(sets)}",
                "Pass X_val and y_val.",
            )
        arguments = {"X_val": sets[0].X, "y_val": sets[0].y}
        return arguments if sets[0].weight is None else {**arguments, "sample_weight_val": sets[0].weight}

    def fold_opener(self) -> Callable[[Any], Any]:
        """Refuse: scikit-learn splits without a function that prepares a fold."""
        raise no_fpreproc(self.library)
