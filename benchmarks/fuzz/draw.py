"""How random settings are drawn."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import numpy as np

from benchmarks.fuzz.data import one

Settings: TypeAlias = dict[str, Any]
Space: TypeAlias = Mapping[str, tuple[Any, ...]]


def some(rng: np.random.Generator, space: Space, share: float) -> Settings:
    """Of each name, with this probability, one of its values."""
    drawn = {name: one(rng, *values) for name, values in space.items() if rng.random() < share}
    return {name: value(rng) if callable(value) else value for name, value in drawn.items()}


def upto(low: float, high: float) -> Callable[[np.random.Generator], float]:
    """A number between powers of ten."""
    return lambda rng: float(10 ** rng.uniform(low, high))


def few(rng: np.random.Generator) -> int:
    """A number of trees."""
    return int(np.exp(rng.uniform(0, np.log(25))))
