"""scikit-learn, and any other classifier with its interface: row weights and ``class_weight``."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from boostweights.errors import InvalidTypeError
from boostweights.labels import Label
from boostweights.native.adapter import (
    EvaluationSet,
    cloned,
    no_evaluation,
    no_fpreproc,
    reference_form,
    set_parameters,
)
from boostweights.native.auditing import Subject, Told
from boostweights.native.form import Form, Guarantee
from boostweights.native.link import Correction, Link
from boostweights.native.outofcore import Bins, OutOfCore, no_out_of_core
from boostweights.native.recipe import Reading, Rescaled
from boostweights.native.reuse import Reuse, no_frozen_cuts
from boostweights.native.sklearn.audit import stated, told
from boostweights.native.sklearn.cells import CELLS
from boostweights.native.sklearn.claims import class_weight
from boostweights.native.sklearn.correction import baked, link, mark, members, scores, uncorrectable
from boostweights.native.sklearn.files import is_file, load
from boostweights.native.sklearn.notes import read_note, training, write_note
from boostweights.native.sklearn.reading import policy_of, read
from boostweights.native.sklearn.rescale import rescale
from boostweights.native.sklearn.trees import trees
from boostweights.native.tree import Tree
from boostweights.policy import Policy

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

    def owns(self, estimator: Any) -> bool:
        """Whether an estimator may be fitted as scikit-learn's are: any may."""
        return True

    def unfitted(self, estimator: Any) -> Any:
        """Return an unfitted copy."""
        return cloned(estimator)

    def settings(self, estimator: Any) -> dict[str, Any]:
        """Return the parameters, nested ones too, that were set."""
        return set_parameters(estimator)

    def class_weighting(self, settings: Mapping[str, Any]) -> dict[str, Any]:
        """Return ``class_weight``, also of estimators inside, where it is set."""
        return {name: value for name, value in settings.items() if name.rpartition("__")[2] == "class_weight"}

    def trees(self, model: Any) -> list[Tree]:
        """Return a fitted model's trees as plain data."""
        return trees(model)

    def rescale(self, params: Mapping[str, Any], c: float) -> Rescaled:
        """Return the parameters that scale along when all weights are multiplied by `c`."""
        return rescale(params, c)

    def read(self, source: Any) -> Reading:
        """Return what an estimator or parameters say of class weights."""
        return read(source)

    def policy_of(self, reading: Reading, classes: Sequence[Label] | None) -> Policy:
        """Return the policy that a reading stands for."""
        return policy_of(reading, classes)

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

    def uncorrectable(self, settings: Mapping[str, Any]) -> str:
        """Say which setting leaves a model without probabilities that could be corrected; or nothing."""
        return uncorrectable(settings)

    def link(self, model: Any) -> Link:
        """Return how a fitted model comes to its probabilities."""
        return link(model)

    def scores(self, model: Any, X: Any) -> npt.NDArray[np.float64] | None:
        """Return raw scores on the scale of logarithms, or None."""
        return scores(model, X)

    def members(self, model: Any, X: Any) -> Iterator[npt.NDArray[np.float64]]:
        """Yield the probabilities of each tree of a forest."""
        return members(model, X)

    def baked(self, model: Any, correction: Correction) -> Any:
        """Return a marked copy that predicts corrected probabilities by itself."""
        return baked(model, correction)

    def stated(self, model: Any) -> dict[str, Any]:
        """Return the parameters that a model states, those that are unset left out."""
        return stated(model)

    def told(self, subject: Subject) -> Told:
        """Return what the library makes of a model's settings."""
        return told(subject)

    def mark(self, model: Any) -> str | None:
        """Return the mark of a baked model, or None."""
        return mark(model)

    def read_note(self, model: Any, name: str) -> str | None:
        """Return the text that a fitted model keeps under a name, or None."""
        return read_note(model, name)

    def write_note(self, model: Any, name: str, text: str) -> None:
        """Keep a text under a name in a fitted model, which is changed by that."""
        write_note(model, name, text)

    def training(self, model: Any) -> str:
        """Return what another training of the model changes, where notes outlive that."""
        return training(model)

    def is_file(self, path: Path, head: bytes) -> bool:
        """Whether a file that begins like this is a model of the library's."""
        return is_file(path, head)

    def load(self, path: Path) -> Any:
        """Return the model of a file, or raise; nothing in it is run."""
        return load(path)
