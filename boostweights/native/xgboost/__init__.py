"""XGBoost: row weights and ``scale_pos_weight``."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from boostweights.native.adapter import EvaluationSet, cloned, is_from, reference_form, set_parameters
from boostweights.native.form import Form, Guarantee
from boostweights.native.reuse import Reuse
from boostweights.native.xgboost import audit, correction, files, notes, outofcore, reading
from boostweights.native.xgboost import rescale as scaling
from boostweights.native.xgboost import trees as growth
from boostweights.native.xgboost.cells import CELLS
from boostweights.native.xgboost.claims import PINS, scale_pos_weight
from boostweights.native.xgboost.reuse import reuse

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
    class_settings: Final[tuple[str, ...]] = ("num_class",)
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
        """Whether an estimator is xgboost's."""
        return is_from(estimator, "xgboost")

    def class_weighting(self, settings: Mapping[str, Any]) -> dict[str, Any]:
        """Return ``scale_pos_weight`` if it weighs."""
        return {name: value for name, value in settings.items() if name == "scale_pos_weight" and value != 1}

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

    def fold_opener(self) -> Callable[[Any], Any]:
        """Return what does nothing: a DMatrix's labels are readable at once."""
        return lambda data: data

    def members(self, model: Any, X: Any) -> Iterator[npt.NDArray[np.float64]]:
        """Yield nothing: no model of this library averages probabilities."""
        return iter(())
