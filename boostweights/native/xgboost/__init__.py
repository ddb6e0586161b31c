"""XGBoost: row weights and ``scale_pos_weight``."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from boostweights.labels import Label
from boostweights.native.adapter import EvaluationSet, cloned, is_from, reference_form, set_parameters
from boostweights.native.auditing import Subject, Told
from boostweights.native.form import Form, Guarantee
from boostweights.native.link import Correction, Link
from boostweights.native.outofcore import Bins, OutOfCore
from boostweights.native.recipe import Reading, Rescaled
from boostweights.native.reuse import Reuse
from boostweights.native.tree import Tree
from boostweights.native.xgboost.audit import stated, told
from boostweights.native.xgboost.cells import CELLS
from boostweights.native.xgboost.claims import PINS, scale_pos_weight
from boostweights.native.xgboost.correction import baked, link, mark, scores, uncorrectable
from boostweights.native.xgboost.files import is_file, load
from boostweights.native.xgboost.notes import read_note, training, write_note
from boostweights.native.xgboost.outofcore import out_of_core
from boostweights.native.xgboost.reading import policy_of, read
from boostweights.native.xgboost.rescale import rescale
from boostweights.native.xgboost.reuse import reuse
from boostweights.native.xgboost.trees import trees
from boostweights.policy import Policy

__all__ = ["XGBoost"]


class XGBoost:
    """The adapter of xgboost (and of xgboost-cpu, which is the same module)."""

    library: Final = "xgboost"
    module: Final = "xgboost"
    extra: Final = "xgboost"
    dtype: Final = np.float32
    causes: Final[Mapping[str, str]] = {
        "base_score": "intercept",
        "tree_method": "cuts",
        "max_bin": "cuts",
    }
    cells: Final[Mapping[str, Mapping[str, Any]]] = CELLS
    evaluation_arguments: Final[tuple[str, ...]] = ("sample_weight_eval_set",)
    forms: Final[Mapping[str, Form]] = {
        form.name: form
        for form in (
            reference_form("fit(sample_weight=) or DMatrix(weight=)"),
            Form(
                name="scale_pos_weight",
                parameter="scale_pos_weight",
                tasks=("binary",),
                guarantee=Guarantee.IDENTICAL,
                reason="with tree_method='exact' and base_score set, if the ratio is exact in float32",
                pins=PINS,
                express=scale_pos_weight,
            ),
        )
    }

    def owns(self, estimator: Any) -> bool:
        """Whether an estimator is xgboost's."""
        return is_from(estimator, "xgboost")

    def unfitted(self, estimator: Any) -> Any:
        """Return an unfitted copy."""
        return cloned(estimator)

    def settings(self, estimator: Any) -> dict[str, Any]:
        """Return the parameters that were set; None is xgboost's own word for unset."""
        return set_parameters(estimator)

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

    def reuse(self, estimator: Any, X: Any, *, frozen: bool = False) -> Reuse:
        """Return whether and how bins serve for many weights."""
        return reuse(estimator, frozen=frozen)

    def out_of_core(
        self, estimator: Any, *, bins: Bins = "auto", cache_folder: Any = None, frozen: bool = False
    ) -> OutOfCore:
        """Return what trains an estimator on rows read block by block."""
        return out_of_core(estimator, bins=bins, cache_folder=cache_folder, frozen=frozen)

    def fold_opener(self) -> Callable[[Any], Any]:
        """Return what does nothing: a DMatrix's labels are readable at once."""
        return lambda data: data

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
        """Yield nothing: no model of this library averages probabilities."""
        return iter(())

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

    def rescale(self, params: Mapping[str, Any], c: float) -> Rescaled:
        """Return the parameters that scale along when all weights are multiplied by `c`."""
        return rescale(params, c)

    def read(self, source: Any) -> Reading:
        """Return what an estimator, parameters, a model or its file say of class weights."""
        return read(source)

    def policy_of(self, reading: Reading, classes: Sequence[Label] | None) -> Policy:
        """Return the policy that a reading stands for."""
        return policy_of(reading, classes)

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
