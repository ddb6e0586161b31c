"""LightGBM: row weights, ``scale_pos_weight``, ``is_unbalance`` and LGBMClassifier's ``class_weight``.

``scale_pos_weight`` and ``is_unbalance`` multiply the gradients of a class, but the start score does not see
them; so the same model needs ``boost_from_average=False``. ``class_weight`` becomes row weights in Python.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from boostweights.native.adapter import EvaluationSet, cloned, is_from, reference_form, set_parameters
from boostweights.native.form import Form, Guarantee
from boostweights.native.lightgbm import audit, correction, files, notes, outofcore, reading
from boostweights.native.lightgbm import rescale as scaling
from boostweights.native.lightgbm import trees as growth
from boostweights.native.lightgbm.cells import CELLS
from boostweights.native.lightgbm.claims import (
    PINS,
    class_weight,
    is_unbalance,
    sample_weight,
    scale_pos_weight,
)
from boostweights.native.lightgbm.names import UNWEIGHTED
from boostweights.native.lightgbm.reuse import reuse
from boostweights.native.reuse import Reuse, no_frozen_cuts

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
    class_settings: Final[tuple[str, ...]] = ("num_class", "num_classes")
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

    unfitted = staticmethod(cloned)
    settings = staticmethod(set_parameters)
    read = staticmethod(reading.read)
    policy_of = staticmethod(reading.policy_of)
    rescale = staticmethod(scaling.rescale)
    trees = staticmethod(growth.trees)
    out_of_core = staticmethod(outofcore.out_of_core)
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
        """Whether an estimator is lightgbm's."""
        return is_from(estimator, "lightgbm")

    def class_weighting(self, settings: Mapping[str, Any]) -> dict[str, Any]:
        """Return the parameters, under any of their names, that weigh classes."""
        return {
            name: value
            for name, value in settings.items()
            if name in UNWEIGHTED and (isinstance(value, dict) or value != UNWEIGHTED[name])
        }

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

    def fold_opener(self) -> Callable[[Any], Any]:
        """Return what constructs a Dataset, without which a fold's labels cannot be read."""
        return lambda data: data.construct()

    def members(self, model: Any, X: Any) -> Iterator[npt.NDArray[np.float64]]:
        """Yield nothing: no model of this library averages probabilities."""
        return iter(())
