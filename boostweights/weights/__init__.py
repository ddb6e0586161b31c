"""What a policy resolves to: one weight a class, or one a row."""

from __future__ import annotations

from boostweights.weights.classes import ClassWeights, check_same_labels, checked_weights
from boostweights.weights.rows import RowWeights, checked_values, cost_gaps
from boostweights.weights.shift import Kind, log_shift, sum_of_others

__all__ = [
    "ClassWeights",
    "Kind",
    "RowWeights",
    "check_same_labels",
    "checked_values",
    "checked_weights",
    "cost_gaps",
    "log_shift",
    "sum_of_others",
]
