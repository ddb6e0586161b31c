"""What a Spark model decides by: a number, or the threshold of costs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from boostweights.errors import InvalidTypeError, InvalidValueError, shown
from boostweights.estimator.crossfit import refuse_folds
from boostweights.estimator.thresholds import check_asked, known_threshold, positive_at
from boostweights.frames.spark import column
from boostweights.weighting.labels.rules import Label
from boostweights.weighting.policies.base import Policy


@dataclass(frozen=True, slots=True, kw_only=True)
class Deciding:
    """A ``threshold``, and what it is read by, as a `WeightedClassifier` has them."""

    threshold: Any
    pos_label: Label
    weighting: Policy
    correct_proba: bool = False

    def check(self, inner: Any) -> None:
        """Raise unless it needs no scores of rows, and the estimator inside gives probabilities."""
        if self.threshold is None:
            return
        refuse_folds(self)
        check_asked(self, self.weighting)
        if not (inner.hasParam("probabilityCol") and inner.getOrDefault("probabilityCol")):
            raise InvalidTypeError(
                "a threshold is one of probabilities",
                f"{type(inner).__name__} without a probabilityCol",
                "Set the column, choose a classifier that gives probabilities, or threshold=None.",
            )

    def value(self, classes: Sequence[Label]) -> float | None:
        """Return the threshold among these classes, or raise; None where the most probable one is decided."""
        if self.threshold is None:
            return None
        positive_at(self, classes)
        return known_threshold(self, classes)

    def codes(self, classes: Sequence[Label], name: str) -> Any:
        """Return an expression of the class of each row, by position, from a column of probabilities."""
        from pyspark.ml.functions import vector_to_array
        from pyspark.sql import functions

        at, threshold = positive_at(self, classes), known_threshold(self, classes)
        proba = functions.get(vector_to_array(column(name)), functions.lit(at))
        return functions.when(proba >= threshold, at).otherwise(1 - at)


def stored_threshold(threshold: Any) -> Any:
    """Return a threshold as JSON has it, or raise."""
    if threshold is None or isinstance(threshold, str):
        return threshold
    if isinstance(threshold, bool) or not isinstance(threshold, (int, float)):
        raise InvalidValueError(
            'on Spark a threshold is a number or "costs"',
            shown(threshold),
            "Set a number; promise on scores of rows that were not trained on: boostweights.promise.",
        )
    return float(threshold)
