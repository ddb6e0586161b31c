"""What a policy resolves to: one weight a class, or one a row."""

from __future__ import annotations

from boostweights.weights.classes import ClassWeights, check_same_labels, checked_weights
from boostweights.weights.rows import RowWeights, checked_values, cost_gaps

__all__ = [
    "ClassWeights",
    "RowWeights",
    "check_same_labels",
    "checked_values",
    "checked_weights",
    "cost_gaps",
]
