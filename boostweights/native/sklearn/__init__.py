"""scikit-learn, and any other classifier with its interface: row weights and ``class_weight``."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import numpy as np

from boostweights.errors import InvalidTypeError
from boostweights.native.adapter import (
    EvaluationSet,
    cloned,
    no_evaluation,
    no_fpreproc,
    reference_form,
    set_parameters,
)
from boostweights.native.form import Form, Guarantee
from boostweights.native.outofcore import Bins, OutOfCore, no_out_of_core
from boostweights.native.reuse import Reuse, no_frozen_cuts
from boostweights.native.sklearn import audit, correction, files, notes, reading
from boostweights.native.sklearn import rescale as scaling
from boostweights.native.sklearn import trees as growth
from boostweights.native.sklearn.cells import CELLS
from boostweights.native.sklearn.claims import class_weight

__all__ = ["ScikitLearn"]


class ScikitLearn:
    """The adapter of scikit-learn, and of what no other adapter owns."""

    library: Final = "sklearn"
    module: Final = "sklearn"
    extra: Final = "dev"
    dtype: Final = np.float64
    causes: Final[Mapping[str, str]] = {}
    cells: Final[Mapping[str, Mapping[str, Any]]] = CELLS
    evaluation_arguments: Final[tuple[str, ...]] = ()
    class_settings: Final[tuple[str, ...]] = ()
    forms: Final[Mapping[str, Form]] = {
        form.name: form
        for form in (
            reference_form("fit(sample_weight=)"),
            Form(
                name="class_weight",
                parameter="class_weight",
                tasks=("binary", "multiclass"),
                guarantee=Guarantee.IDENTICAL,
                reason="becomes float64 row weights, in trees, forests and HistGradientBoosting",
                express=class_weight,
            ),
        )
    }

    unfitted = staticmethod(cloned)
    settings = staticmethod(set_parameters)
    read = staticmethod(reading.read)
    policy_of = staticmethod(reading.policy_of)
    rescale = staticmethod(scaling.rescale)
    trees = staticmethod(growth.trees)
    uncorrectable = staticmethod(correction.uncorrectable)
    link = staticmethod(correction.link)
    scores = staticmethod(correction.scores)
    members = staticmethod(correction.members)
    baked = staticmethod(correction.baked)
    mark = staticmethod(correction.mark)
    stated = staticmethod(audit.stated)
    told = staticmethod(audit.told)
    read_note = staticmethod(notes.read_note)
    write_note = staticmethod(notes.write_note)
    training = staticmethod(notes.training)
    is_file = staticmethod(files.is_file)
    load = staticmethod(files.load)

    def owns(self, estimator: Any) -> bool:
        """Whether an estimator may be fitted as scikit-learn's are: any may."""
        return True

    def class_weighting(self, settings: Mapping[str, Any]) -> dict[str, Any]:
        """Return ``class_weight``, also of estimators inside, where it is set."""
        return {name: value for name, value in settings.items() if name.rpartition("__")[2] == "class_weight"}

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

    def reuse(self, estimator: Any, X: Any, *, frozen: bool = False) -> Reuse:
        """Return whether and how bins serve for many weights."""
        if frozen:
            raise no_frozen_cuts(self.library)
        return Reuse(how="none: scikit-learn's estimators bin, if at all, by weight")

    def out_of_core(
        self, estimator: Any, *, bins: Bins = "auto", cache_folder: Any = None, frozen: bool = False
    ) -> OutOfCore:
        """Raise: the library wants all rows at once."""
        raise no_out_of_core(self.library)

    def fold_opener(self) -> Callable[[Any], Any]:
        """Refuse: scikit-learn splits without a function that prepares a fold."""
        raise no_fpreproc(self.library)
