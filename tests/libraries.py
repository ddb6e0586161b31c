"""Libraries, their records, and how each library's estimators are made for a test."""

from __future__ import annotations

import os
from typing import Any

import pytest

from boostweights.adapters.record import named_class, record_of
from boostweights.adapters.registry import adapters
from boostweights.testing.data import hard_data

__all__ = ["ADAPTERS", "ESTIMATORS", "RECORDS", "hard_data", "make_estimator"]

ADAPTERS = {adapter.name: adapter for adapter in adapters()}
RECORDS = {name: record_of(adapter) for name, adapter in ADAPTERS.items()}
"""A library of the registry is tested by being there."""
ESTIMATORS = {
    name: {
        spelled.partition(":")[2]: (spelled, dict(settings))
        for spelled, settings in record.estimators.items()
    }
    for name, record in RECORDS.items()
}
"""Library → class → (``"module:Class"``, constructor arguments)."""


def make_estimator(library: str, name: str | None = None, **settings: Any) -> Any:
    """A fresh estimator; its test skips where the library is missing, but fails in CI."""
    classes = ESTIMATORS[library]
    spelled, defaults = classes[name or next(iter(classes))]
    try:
        factory = named_class(spelled)
    except ImportError:
        if os.environ.get("CI"):
            raise
        pytest.skip(f"{spelled} is not installed")
    return factory(**{**defaults, **settings})
