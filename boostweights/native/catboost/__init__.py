"""CatBoost: row weights, ``class_weights``, ``scale_pos_weight`` and ``auto_class_weights``."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import deepcopy
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from boostweights.labels import Label
from boostweights.native.adapter import EvaluationSet, is_from, no_fpreproc, reference_form, set_parameters
from boostweights.native.auditing import Subject, Told
from boostweights.native.catboost.audit import stated, told
from boostweights.native.catboost.cells import CELLS
from boostweights.native.catboost.claims import auto_class_weights, class_weights, scale_pos_weight
from boostweights.native.catboost.correction import baked, link, mark, scores, uncorrectable
from boostweights.native.catboost.files import is_file, load
from boostweights.native.catboost.notes import read_note, training, write_note
from boostweights.native.catboost.reading import policy_of, read
from boostweights.native.catboost.rescale import rescale
from boostweights.native.catboost.reuse import reuse
from boostweights.native.catboost.trees import trees
from boostweights.native.form import Form, Guarantee
from boostweights.native.link import Correction, Link
from boostweights.native.outofcore import Bins, OutOfCore, no_out_of_core
from boostweights.native.recipe import Reading, Rescaled
from boostweights.native.reuse import Reuse, no_frozen_cuts
from boostweights.native.tree import Tree
from boostweights.policy import Policy

__all__ = ["CatBoost"]

_CLASS_WEIGHTING: Final = ("class_weights", "scale_pos_weight", "auto_class_weights")
_POOL_COLUMNS: Final = ("cat_features", "text_features", "embedding_features")


class CatBoost:
    """The adapter of catboost."""

    library: Final = "catboost"
    module: Final = "catboost"
    extra: Final = "catboost"
    dtype: Final = np.float32
    causes: Final[Mapping[str, str]] = {}
    cells: Final[Mapping[str, Mapping[str, Any]]] = CELLS
    evaluation_arguments: Final[tuple[str, ...]] = ()
    forms: Final[Mapping[str, Form]] = {
        form.name: form
        for form in (
            reference_form("fit(sample_weight=) or Pool(weight=)"),
            Form(
                name="scale_pos_weight",
                parameter="scale_pos_weight",
                tasks=("binary",),
                guarantee=Guarantee.IDENTICAL,
                reason="becomes row weights, if the ratio is exact in float32",
                express=scale_pos_weight,
            ),
            Form(
                name="class_weights",
                parameter="class_weights",
                tasks=("binary", "multiclass"),
                guarantee=Guarantee.IDENTICAL,
                reason="becomes row weights",
                express=class_weights,
            ),
            Form(
                name="auto_class_weights",
                parameter="auto_class_weights",
                tasks=("binary", "multiclass"),
                guarantee=Guarantee.IDENTICAL,
                reason="only balanced or root-balanced weights of scale 'majority'; becomes row weights",
                express=auto_class_weights,
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
        return set_parameters(estimator)

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

    def rescale(self, params: Mapping[str, Any], c: float) -> Rescaled:
        """Return the parameters that scale along when all weights are multiplied by `c`."""
        return rescale(params, c)

    def read(self, source: Any) -> Reading:
        """Return what an estimator, parameters, a model or its file say of class weights."""
        return read(source)

    def policy_of(self, reading: Reading, classes: Sequence[Label] | None) -> Policy:
        """Return the policy that a reading stands for."""
        return policy_of(reading, classes)

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

    def reuse(self, estimator: Any, X: Any, *, frozen: bool = False) -> Reuse:
        """Return whether and how bins serve for many weights."""
        if frozen:
            raise no_frozen_cuts(self.library)
        return reuse(estimator, self.unfitted)

    def out_of_core(
        self, estimator: Any, *, bins: Bins = "auto", cache_folder: Any = None, frozen: bool = False
    ) -> OutOfCore:
        """Raise: the library wants all rows at once."""
        raise no_out_of_core(self.library)

    def fold_opener(self) -> Callable[[Any], Any]:
        """Refuse: ``catboost.cv`` takes no function that prepares a fold."""
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


def _is_neutral(value: Any) -> bool:
    if isinstance(value, (int, float)):
        return value == 1
    return value is None or value == "None" or (isinstance(value, (list, tuple, dict)) and not value)
