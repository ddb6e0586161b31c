"""Libraries, their records, and how each library's estimators are made for a test."""

import importlib
import os
import tomllib
from pathlib import Path
from typing import Any

import pytest

from boostweights.adapters.record import named_class, record_of
from boostweights.adapters.registry import adapters
from boostweights.testing import case

hard_data = case.hard_data
ADAPTERS = {adapter.name: adapter for adapter in adapters()}
RECORDS = {name: record_of(adapter) for name, adapter in ADAPTERS.items()}
"""A library of the registry is tested by being there."""
CELLS = tomllib.loads(Path(__file__).with_name("cells.toml").read_text())
"""Library → name → constructor settings that matter to the claims of forms."""
ESTIMATORS = {
    name: {
        spelled.partition(":")[2]: (spelled, dict(settings))
        for spelled, settings in record.estimators.items()
    }
    for name, record in RECORDS.items()
}
"""Library → class → (``"module:Class"``, constructor arguments)."""


def needed(*modules: str) -> Any:
    """The first of some modules; tests skip where one is missing, but fail in CI."""
    try:
        first, *_ = map(importlib.import_module, modules)
    except ImportError as missing:
        if os.environ.get("CI"):
            raise
        pytest.skip(f"{missing.name} is not installed", allow_module_level=True)
    return first


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


EVALUATED = [library for library, adapter in ADAPTERS.items() if adapter.can("evaluation")]
"""Libraries that take evaluation sets."""


def evaluated(library: str, **settings: Any) -> Any:
    """An estimator that records its loss on the evaluation set."""
    return make_estimator(library, **{**RECORDS[library].evaluated, **settings})


def stopping(library: str, rounds: int = 150) -> Any:
    """The same, which stops three rounds after its best one."""
    record = RECORDS[library]
    return evaluated(library, **{**record.stopping, record.patience: 3, record.trees: rounds})


def losses(library: str, clf: Any) -> list[float]:
    """The library's own loss of a fitted WeightedClassifier on its evaluation set, after each round."""
    of_fitted = RECORDS[library].losses
    assert of_fitted is not None
    return list(of_fitted(clf.estimator_))
