"""LightGBM: row weights, ``scale_pos_weight``, ``is_unbalance`` and LGBMClassifier's ``class_weight``.

``scale_pos_weight`` and ``is_unbalance`` multiply the gradients of a class, but the start score does not see
them; so the same model needs ``boost_from_average=False``. ``class_weight`` becomes row weights in Python.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from boostweights.labels import Label
from boostweights.native.adapter import EvaluationSet, cloned, is_from, reference_form, set_parameters
from boostweights.native.auditing import Subject, Told
from boostweights.native.form import Form, Guarantee
from boostweights.native.lightgbm.audit import stated, told
from boostweights.native.lightgbm.cells import CELLS
from boostweights.native.lightgbm.claims import (
    PINS,
    class_weight,
    is_unbalance,
    sample_weight,
    scale_pos_weight,
)
from boostweights.native.lightgbm.correction import baked, link, mark, scores, uncorrectable
from boostweights.native.lightgbm.files import is_file, load
from boostweights.native.lightgbm.names import UNWEIGHTED
from boostweights.native.lightgbm.notes import read_note, training, write_note
from boostweights.native.lightgbm.outofcore import out_of_core
from boostweights.native.lightgbm.reading import policy_of, read
from boostweights.native.lightgbm.rescale import rescale
from boostweights.native.lightgbm.reuse import reuse
from boostweights.native.lightgbm.trees import trees
from boostweights.native.link import Correction, Link
from boostweights.native.outofcore import Bins, OutOfCore
from boostweights.native.recipe import Reading, Rescaled
from boostweights.native.reuse import Reuse, no_frozen_cuts
from boostweights.native.tree import Tree
from boostweights.policy import Policy

__all__ = ["LightGBM"]


class LightGBM:
    """The adapter of lightgbm."""

    library: Final = "lightgbm"
    module: Final = "lightgbm"
    extra: Final = "lightgbm"
    dtype: Final = np.float32
    cells: Final[Mapping[str, Mapping[str, Any]]] = CELLS
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
            reference_form("fit(sample_weight=) or Dataset(weight=)", sample_weight),
            Form(
                name="scale_pos_weight",
                parameter="scale_pos_weight",
                tasks=("binary",),
                guarantee=Guarantee.IDENTICAL,
                reason="with boost_from_average=False, where the first tree splits",
                pins=PINS,
                express=scale_pos_weight,
            ),
            Form(
                name="is_unbalance",
                parameter="is_unbalance",
                tasks=("binary",),
                guarantee=Guarantee.EQUIVALENT,
                reason="only balanced weights, with boost_from_average=False; its ratio stays float64",
                pins=PINS,
                express=is_unbalance,
            ),
            Form(
                name="class_weight",
                parameter="LGBMClassifier(class_weight=)",
                tasks=("binary", "multiclass"),
                guarantee=Guarantee.IDENTICAL,
                reason="becomes row weights; not a parameter of lgb.train",
                express=class_weight,
            ),
        )
    }

    def owns(self, estimator: Any) -> bool:
        """Whether an estimator is lightgbm's."""
        return is_from(estimator, "lightgbm")

    def unfitted(self, estimator: Any) -> Any:
        """Return an unfitted copy."""
        return cloned(estimator)

    def settings(self, estimator: Any) -> dict[str, Any]:
        """Return the parameters that were set."""
        return set_parameters(estimator)

    def class_weighting(self, settings: Mapping[str, Any]) -> dict[str, Any]:
        """Return the parameters, under any of their names, that weigh classes."""
        return {
            name: value
            for name, value in settings.items()
            if name in UNWEIGHTED and (isinstance(value, dict) or value != UNWEIGHTED[name])
        }

    def read(self, source: Any) -> Reading:
        """Return the class weighting of parameters, an estimator, a model or a model file."""
        return read(source)

    def policy_of(self, reading: Reading, classes: Sequence[Label] | None) -> Policy:
        """Return the policy that a reading stands for."""
        return policy_of(reading, classes)

    def rescale(self, params: Mapping[str, Any], c: float) -> Rescaled:
        """Return the parameters for weights that are all multiplied by `c`."""
        return rescale(params, c)

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

    def reuse(self, estimator: Any, X: Any, *, frozen: bool = False) -> Reuse:
        """Return whether and how bins serve for many weights."""
        if frozen:
            raise no_frozen_cuts(self.library)
        return reuse(estimator, X)

    def out_of_core(
        self, estimator: Any, *, bins: Bins = "auto", cache_folder: Any = None, frozen: bool = False
    ) -> OutOfCore:
        """Return what trains an estimator on rows read block by block."""
        return out_of_core(estimator, bins=bins, cache_folder=cache_folder, frozen=frozen)

    def fold_opener(self) -> Callable[[Any], Any]:
        """Return what constructs a Dataset, without which a fold's labels cannot be read."""
        return lambda data: data.construct()

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
