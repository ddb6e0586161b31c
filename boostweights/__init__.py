"""One class-weighting policy for every gradient boosting library.

A policy is resolved on the training fold (`Balanced().resolve(y)`), expressed in a library's own form
(`to_native`) and trained by `WeightedClassifier`. Names load on first use: importing this package imports
numpy and the standard library only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np  # noqa: F401  the one library that every part needs

if TYPE_CHECKING:
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
    from boostweights.native import Guarantee, NativeForm, forms, fpreproc, to_native
    from boostweights.native.back import from_native, rescale, translate
    from boostweights.policy import (
        Balanced,
        Costs,
        EffectiveNumber,
        Explicit,
        Policy,
        TargetPrior,
        Unweighted,
        as_policy,
    )
    from boostweights.proba import correct_proba
    from boostweights.weights import ClassWeights

__version__ = "0.1.0"

__all__ = [
    "Balanced",
    "BoostweightsError",
    "ClassCounts",
    "ClassWeights",
    "Costs",
    "EffectiveNumber",
    "EquivalenceReport",
    "Explicit",
    "Guarantee",
    "IgnoredParameterError",
    "InvalidTypeError",
    "InvalidValueError",
    "MissingLibraryError",
    "NativeForm",
    "Policy",
    "TargetPrior",
    "UnknownLabelError",
    "Unweighted",
    "WeightedClassifier",
    "as_policy",
    "correct_proba",
    "forms",
    "fpreproc",
    "from_native",
    "rescale",
    "to_native",
    "translate",
    "verify",
]

_ROOMS: Final = {
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
    "native.back": ("from_native", "rescale", "translate"),
    "native": ("Guarantee", "NativeForm", "forms", "fpreproc", "to_native"),
    "policy": (
        "Balanced",
        "Costs",
        "EffectiveNumber",
        "Explicit",
        "Policy",
        "TargetPrior",
        "Unweighted",
        "as_policy",
    ),
    "proba": ("correct_proba",),
    "weights": ("ClassWeights",),
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
