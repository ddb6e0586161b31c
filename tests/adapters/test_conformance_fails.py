"""The conformance checks fail where an adapter is wrong: the example's adapter, each time with one fault."""

import dataclasses
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from faulty import Clipped, Constant, Ignored, Root, Sound, Swapped, adapter_for

from boostweights.adapters import Adapter, Expression, Guarantee, registry
from boostweights.errors import InvalidValueError
from boostweights.testing import check_adapter

SOURCE = Path(__file__).parents[2] / "examples" / "adapter" / "src"


@pytest.fixture
def adapter(monkeypatch: pytest.MonkeyPatch) -> Iterator[Adapter]:
    monkeypatch.syspath_prepend(str(SOURCE))
    from pocketboost.adapter import ADAPTER

    yield ADAPTER
    registry._registered.pop("pocketboost", None)


def failed(adapter: Adapter) -> set[str]:
    """The first words of the checks that fail."""
    registry._registered[adapter.name] = adapter
    found = set()
    for check in check_adapter(adapter):
        try:
            check()
        except (AssertionError, InvalidValueError):
            found.add(str(check).partition(": ")[2].partition(" on ")[0].partition(",")[0])
    return found


def shifted_weight(request: Any) -> Expression:
    params = {"class_weight": {**request.weights.class_weight, 1: 2 * request.weights.class_weight[1]}}
    return Expression(guarantee=Guarantee.IDENTICAL, reason="wrong", params=params)


def scores_with(adapter: Adapter, **members: Any) -> Any:
    own = {
        name: getattr(ability, name)
        for ability in (adapter.raw_scores, adapter.baking)
        for name in dir(ability)
        if not name.startswith("_")
    }
    return SimpleNamespace(**own | members)


def marked_only(model: Any, correction: Any) -> Any:
    copied = deepcopy(model)
    copied.mark_ = correction.mark
    return copied


FAULTS: dict[str, tuple[Any, set[str]]] = {
    "none": (lambda a: {}, set()),
    "weights in another dtype than trained": (lambda a: {"dtype": np.float32}, {"class_weight"}),
    "a form of other weights": (
        lambda a: {
            "forms": a.forms
            | {"class_weight": dataclasses.replace(a.forms["class_weight"], express=shifted_weight)}
        },
        {"class_weight"},
    ),
    "evaluation rows unweighted": (
        lambda a: {"evaluation": lambda estimator, sets, fit: {"valid": (sets[0].X, sets[0].y)}},
        {"evaluation sets"},
    ),
    "baked without the shift": (lambda a: {"baking": scores_with(a, baked=marked_only)}, {"baking"}),
    "baked without a mark": (
        lambda a: {"baking": scores_with(a, correction_mark=lambda m: None)},
        {"baking"},
    ),
    "scores of another scale": (
        lambda a: {"raw_scores": scores_with(a, scores=lambda m, X: m.decision_function(X) / 2)},
        {"correction"},
    ),
    "class weights unnoticed": (lambda a: {"class_weighting": lambda params: {}}, {"audit"}),
    "a copy that is none": (lambda a: {"unfitted": lambda estimator: estimator}, {"parameters"}),
    "settings dropped": (lambda a: {"configured": lambda estimator, params: estimator}, {"parameters"}),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_found(adapter: Adapter, fault: str) -> None:
    faulty, found = FAULTS[fault]
    failures = failed(dataclasses.replace(adapter, **faulty(adapter)))
    assert failures >= found
    assert bool(failures) == bool(found)


UNLIKE: dict[type[Sound], set[str]] = {
    Sound: set(),
    Root: {"repeated rows"},
    Clipped: {"repeated rows", "rising weights"},
    Swapped: {"columns"},
    Ignored: {"repeated rows", "rising weights", "labels"},  # which are weighted as if by hand
    Constant: {"repeated rows", "rising weights", "labels", "columns"},
}


@pytest.mark.parametrize("kind", UNLIKE, ids=lambda kind: kind.__name__)
def test_a_classifier_that_uses_weights_or_labels_otherwise_is_found(
    kind: type[Sound], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Although it does so alike inside a WeightedClassifier and by itself."""
    monkeypatch.setitem(registry._registered, "faulty", adapter_for(kind))
    assert failed(adapter_for(kind)) == UNLIKE[kind]
