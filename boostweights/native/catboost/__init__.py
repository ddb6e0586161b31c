"""CatBoost: row weights, ``class_weights``, ``scale_pos_weight`` and ``auto_class_weights``."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import deepcopy
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from boostweights.native.adapter import EvaluationSet, is_from, no_fpreproc, reference_form, set_parameters
from boostweights.native.catboost import audit, correction, files, notes, reading
from boostweights.native.catboost import rescale as scaling
from boostweights.native.catboost import trees as growth
from boostweights.native.catboost.cells import CELLS
from boostweights.native.catboost.claims import auto_class_weights, class_weights, scale_pos_weight
from boostweights.native.catboost.reuse import reuse
from boostweights.native.form import Form, Guarantee
from boostweights.native.outofcore import Bins, OutOfCore, no_out_of_core
from boostweights.native.reuse import Reuse, no_frozen_cuts

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
    class_settings: Final[tuple[str, ...]] = ("class_names", "classes_count")
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

    settings = staticmethod(set_parameters)
    read = staticmethod(reading.read)
    policy_of = staticmethod(reading.policy_of)
    rescale = staticmethod(scaling.rescale)
    trees = staticmethod(growth.trees)
    uncorrectable = staticmethod(correction.uncorrectable)
    link = staticmethod(correction.link)
    scores = staticmethod(correction.scores)
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
        """Whether an estimator is catboost's."""
        return is_from(estimator, "catboost")

    def unfitted(self, estimator: Any) -> Any:
        """Return an unfitted copy."""
        copied = type(estimator)(**deepcopy(estimator.get_params()))  # clone refuses cat_features=[…]
        if hasattr(estimator, "_metadata_request"):
            copied._metadata_request = deepcopy(estimator._metadata_request)
        return copied

    def class_weighting(self, settings: Mapping[str, Any]) -> dict[str, Any]:
        """Return the parameters that weigh classes."""
        return {
            name: value
            for name, value in settings.items()
            if name in _CLASS_WEIGHTING and not _is_neutral(value)
        }

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

    def members(self, model: Any, X: Any) -> Iterator[npt.NDArray[np.float64]]:
        """Yield nothing: no model of this library averages probabilities."""
        return iter(())


def _is_neutral(value: Any) -> bool:
    if isinstance(value, (int, float)):
        return value == 1
    return value is None or value == "None" or (isinstance(value, (list, tuple, dict)) and not value)
