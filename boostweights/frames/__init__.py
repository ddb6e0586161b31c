"""Counts and weight columns on any data frame, where its rows are: nothing but one number a class moves."""

from __future__ import annotations

from boostweights.frames.counting import count_classes
from boostweights.frames.weighing import with_weights

__all__ = ["count_classes", "with_weights"]
