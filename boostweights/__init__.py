"""One class-weighting policy for every gradient boosting library.

A policy is resolved on the training fold (`Balanced().resolve(y)`), expressed in a library's own form
(`to_native`) and trained by `WeightedClassifier`. Names load on first use: importing this package imports
numpy and the standard library only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np  # noqa: F401  the one library that every part needs

if TYPE_CHECKING:
    from boostweights.audits import audit
    from boostweights.audits.advice import Advice, advise
    from boostweights.card import Card
    from boostweights.counts import ClassCounts
    from boostweights.equivalence import EquivalenceReport, verify
    from boostweights.errors import (
        BoostweightsError,
        IgnoredParameterError,
        InvalidTypeError,
        InvalidValueError,
        MissingLibraryError,
        UnknownLabelError,
    )
    from boostweights.estimator import WeightedClassifier
    from boostweights.findings import Finding, Findings
    from boostweights.frames import count_classes, with_weights
    from boostweights.native import Guarantee, NativeForm, forms, fpreproc, to_native
    from boostweights.native.back import from_native, rescale, translate
    from boostweights.native.correction import bake_correction, baked_weights
    from boostweights.outofcore import count_parquet, fit_parquet, sweep_parquet
    from boostweights.path import WeightPath, weight_path
    from boostweights.plots import (
        CalibrationShiftDisplay,
        ConfusionPathDisplay,
        PrecisionRecallPathDisplay,
        WeightPathDisplay,
        weight_path_page,
        write_weight_path_page,
    )
    from boostweights.policy import (
        Balanced,
        Costs,
        EffectiveNumber,
        Explicit,
        Policy,
        RowCosts,
        TargetPrior,
        Unweighted,
        as_policy,
    )
    from boostweights.proba import (
        correct_proba,
        correct_scores,
        cost_loss,
        decide,
        estimate_prior,
        savings_score,
        score_shift,
    )
    from boostweights.weights import ClassWeights, RowWeights

__version__ = "0.1.0"

__all__ = [
    "Advice",
    "Balanced",
    "BoostweightsError",
    "CalibrationShiftDisplay",
    "Card",
    "ClassCounts",
    "ClassWeights",
    "ConfusionPathDisplay",
    "Costs",
    "EffectiveNumber",
    "EquivalenceReport",
    "Explicit",
    "Finding",
    "Findings",
    "Guarantee",
    "IgnoredParameterError",
    "InvalidTypeError",
    "InvalidValueError",
    "MissingLibraryError",
    "NativeForm",
    "Policy",
    "PrecisionRecallPathDisplay",
    "RowCosts",
    "RowWeights",
    "TargetPrior",
    "UnknownLabelError",
    "Unweighted",
    "WeightPath",
    "WeightPathDisplay",
    "WeightedClassifier",
    "advise",
    "as_policy",
    "audit",
    "bake_correction",
    "baked_weights",
    "correct_proba",
    "correct_scores",
    "cost_loss",
    "count_classes",
    "count_parquet",
    "decide",
    "estimate_prior",
    "fit_parquet",
    "forms",
    "fpreproc",
    "from_native",
    "rescale",
    "savings_score",
    "score_shift",
    "sweep_parquet",
    "to_native",
    "translate",
    "verify",
    "weight_path",
    "weight_path_page",
    "with_weights",
    "write_weight_path_page",
]

_ROOMS: Final = {
    "audits": ("audit",),
    "card": ("Card",),
    "audits.advice": ("Advice", "advise"),
    "counts": ("ClassCounts",),
    "equivalence": ("EquivalenceReport", "verify"),
    "errors": (
        "BoostweightsError",
        "IgnoredParameterError",
        "InvalidTypeError",
        "InvalidValueError",
        "MissingLibraryError",
        "UnknownLabelError",
    ),
    "estimator": ("WeightedClassifier",),
    "frames": ("count_classes", "with_weights"),
    "findings": ("Finding", "Findings"),
    "native.correction": ("bake_correction", "baked_weights"),
    "native.back": ("from_native", "rescale", "translate"),
    "native": ("Guarantee", "NativeForm", "forms", "fpreproc", "to_native"),
    "outofcore": ("count_parquet", "fit_parquet", "sweep_parquet"),
    "path": ("WeightPath", "weight_path"),
    "plots": (
        "CalibrationShiftDisplay",
        "ConfusionPathDisplay",
        "PrecisionRecallPathDisplay",
        "WeightPathDisplay",
        "weight_path_page",
        "write_weight_path_page",
    ),
    "policy": (
        "Balanced",
        "Costs",
        "EffectiveNumber",
        "Explicit",
        "Policy",
        "RowCosts",
        "TargetPrior",
        "Unweighted",
        "as_policy",
    ),
    "proba": (
        "correct_proba",
        "correct_scores",
        "cost_loss",
        "decide",
        "estimate_prior",
        "savings_score",
        "score_shift",
    ),
    "weights": ("ClassWeights", "RowWeights"),
}
_ROOM_OF: Final = {name: room for room, names in _ROOMS.items() for name in names}


def __getattr__(name: str) -> Any:
    if name not in _ROOM_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    value = getattr(import_module(f"{__name__}.{_ROOM_OF[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
