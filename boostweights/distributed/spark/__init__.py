"""Weighted fits on Spark: counts by a group-by, weights as a column, resolved on each fold's training rows.

Names load on first use, and need pyspark.
"""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Final

from boostweights.errors import MissingLibraryError

if TYPE_CHECKING:
    from boostweights.distributed.spark.classifier import SparkWeightedClassifier
    from boostweights.distributed.spark.model import SparkWeightedClassifierModel

__all__ = ["SparkWeightedClassifier", "SparkWeightedClassifierModel"]

_MODULE_OF: Final = {"SparkWeightedClassifier": "classifier", "SparkWeightedClassifierModel": "model"}


def __getattr__(name: str) -> Any:
    if name not in _MODULE_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    if find_spec("pyspark") is None:
        raise MissingLibraryError(
            "boostweights.distributed.spark needs pyspark",
            "no module named 'pyspark'",
            "Install it with: pip install 'boostweights[spark]'; it needs Java 17 or newer.",
        )
    return getattr(import_module(f"{__name__}.{_MODULE_OF[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
