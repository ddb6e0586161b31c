"""Counts and weight columns: a table of engines and label types, beside Counter and scikit-learn."""

from collections import Counter
from typing import Any

import narwhals as nw
import numpy as np
import pytest
from frameengines import CELLS, EAGER, LABELS, LAZY, make, rows
from sklearn.utils.class_weight import compute_class_weight
from sparksession import session

import boostweights as bw

MISSING = [(engine, kind) for engine, kind in CELLS if kind in ("int", "bool", "str", "category", "enum")]


def of(engine: str, kind: str, labels: list[Any] | None = None) -> Any:
    return make(engine, kind, LABELS[kind] if labels is None else labels, session)


def balanced(labels: list[Any]) -> list[float]:
    classes = np.array(sorted(set(labels)))
    weights = compute_class_weight("balanced", classes=classes, y=np.array(labels))
    by_label = dict(zip(classes.tolist(), weights.astype(np.float32).tolist(), strict=True))
    return [by_label[label] for label in labels]


@pytest.mark.parametrize(("engine", "kind"), CELLS)
def test_counts_are_those_of_the_labels(engine: str, kind: str) -> None:
    counts = bw.frames.count_classes(of(engine, kind), "label")
    assert dict(counts) == dict(Counter(LABELS[kind]))
    assert {type(label) for label in counts} == {type(LABELS[kind][0])}
    assert list(counts) == sorted(set(LABELS[kind]))
    assert all(type(count) is int for count in counts.values())


@pytest.mark.parametrize(("engine", "kind"), CELLS)
def test_the_weight_column_is_the_policy_s_to_the_last_bit(engine: str, kind: str) -> None:
    frame = of(engine, kind)
    weighted = bw.frames.with_weights(frame, "label", "balanced")
    assert type(weighted) is type(frame)
    schema = nw.from_native(weighted).collect_schema()
    assert schema.names() == ["row", "label", "weight"]
    assert schema["weight"] == nw.Float32
    labels = LABELS[kind]
    assert rows(weighted) == {"row": list(range(6)), "label": labels, "weight": balanced(labels)}
    assert nw.from_native(frame).collect_schema().names() == ["row", "label"]


@pytest.mark.parametrize(("engine", "kind"), MISSING)
def test_missing_labels_are_no_class(engine: str, kind: str) -> None:
    frame = of(engine, kind, [LABELS[kind][0], None, LABELS[kind][1], None])
    seen = "2 of 4 missing" if engine in LAZY else "(2 of 4 missing|NaN|None)"
    for asked in (
        lambda: bw.frames.count_classes(frame, "label"),
        lambda: bw.frames.with_weights(frame, "label", None),
    ):
        with pytest.raises(bw.errors.InvalidValueError, match=f"must not be missing; got {seen}"):
            asked()


@pytest.mark.parametrize(("engine", "kind"), CELLS)
def test_a_label_without_a_weight_is_an_error_or_a_null(engine: str, kind: str) -> None:
    known, unknown = sorted(set(LABELS[kind]))[:2]
    weights = bw.ClassWeights({known: 3.0}, counts=bw.ClassCounts({known: 5}))
    if engine in EAGER:
        with pytest.raises(bw.errors.UnknownLabelError, match="every label must be one of"):
            bw.frames.with_weights(of(engine, kind, [known, unknown]), "label", weights)
        return
    missing = [None] * (kind == "str")
    frame = of(engine, kind, [known, known, unknown, *missing])
    first, second, *others = rows(bw.frames.with_weights(frame, "label", weights))["weight"]
    assert (first, second) == (3.0, 3.0)
    assert all(weight is None or np.isnan(weight) for weight in others)


@pytest.mark.parametrize("engine", [*EAGER, *LAZY])
def test_numbers_that_are_no_classes(engine: str) -> None:
    with pytest.raises(bw.errors.InvalidValueError, match=r"discrete.*got 1\.5"):
        bw.frames.count_classes(of(engine, "float", [1.0, 1.5, 0.0]), "label")
    with pytest.raises(bw.errors.InvalidValueError, match="labels must not be missing"):
        bw.frames.count_classes(of(engine, "float", [1.0, float("nan"), 0.0]), "label")


@pytest.mark.parametrize("engine", [engine for engine, kind in CELLS if kind == "enum"])
def test_an_enum_need_not_hold_every_label_that_has_a_weight(engine: str) -> None:
    weights = bw.ClassWeights(
        {"good": 2.0, "elsewhere": 1.0}, counts=bw.ClassCounts({"good": 1, "elsewhere": 2})
    )
    weighted = rows(bw.frames.with_weights(of(engine, "enum", ["good", "good"]), "label", weights))
    assert weighted["weight"] == [2.0, 2.0]


@pytest.mark.parametrize("engine", [*EAGER, *LAZY])
def test_labels_that_the_column_cannot_hold_are_refused_at_once(engine: str) -> None:
    weights = bw.ClassWeights({"0": 3.0, "1": 1.0}, counts=bw.ClassCounts({"0": 1, "1": 3}))
    with pytest.raises(bw.errors.UnknownLabelError):
        bw.frames.with_weights(of(engine, "codes"), "label", weights)


@pytest.mark.parametrize("engine", [*EAGER, *LAZY])
def test_equal_labels_of_another_type_are_met(engine: str) -> None:
    """As in numpy: True is 1, 1.0 is 1."""
    weights = bw.ClassWeights({0.0: 3.0, 1.0: 0.5}, counts=bw.ClassCounts({0.0: 1, 1.0: 3}))
    for kind in ("codes", "bool"):
        expected = [0.5 if label else 3.0 for label in LABELS[kind]]
        assert rows(bw.frames.with_weights(of(engine, kind), "label", weights))["weight"] == expected


@pytest.mark.parametrize("engine", [*EAGER, *LAZY])
def test_many_classes(engine: str) -> None:
    labels = [number % 70 for number in range(200)]
    frame = of(engine, "int", labels)
    assert dict(bw.frames.count_classes(frame, "label")) == dict(Counter(labels))
    assert rows(bw.frames.with_weights(frame, "label", "balanced"))["weight"] == balanced(labels)


@pytest.mark.parametrize("engine", ["dask", pytest.param("spark", marks=pytest.mark.full)])
def test_thousands_of_classes_need_no_chain_of_conditions(engine: str) -> None:
    labels = [f"class {number % 3000}" for number in range(7000)]
    weight = rows(bw.frames.with_weights(of(engine, "str", labels), "label", "balanced"))["weight"]
    assert weight == balanced(labels)


@pytest.mark.parametrize("engine", [*EAGER, *LAZY])
def test_no_rows(engine: str) -> None:
    frame = nw.from_native(of(engine, "int")).filter(nw.col("row") > 100).to_native()
    with pytest.raises(bw.errors.InvalidValueError, match="labels must not be empty"):
        bw.frames.count_classes(frame, "label")
    weights = bw.ClassWeights({0: 3.0}, counts=bw.ClassCounts({0: 1}))
    assert rows(bw.frames.with_weights(frame, "label", weights)) == {"row": [], "label": [], "weight": []}
