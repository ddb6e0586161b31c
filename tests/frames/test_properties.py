"""Counts add up over any split, and weights are rounded to float32 once, in every in-process engine."""

from collections import Counter
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa
from frameengines import rows
from hypothesis import given, settings
from hypothesis import strategies as st

import boostweights as bw
from boostweights.weighting.class_weights import LEAST, MOST

LABELS = st.one_of(
    st.lists(st.integers(-5, 5), min_size=1),
    st.lists(st.sampled_from(["a", "b", "A", "", "ü", "a "]), min_size=1),
    st.lists(st.booleans(), min_size=1),
)


def duckdb_relation(table: pa.Table) -> Any:
    import duckdb

    connection = duckdb.connect()
    connection.register("given", table)
    return connection.table("given")


def frames(labels: list[Any]) -> list[Any]:
    table = pa.table({"row": range(len(labels)), "label": labels})
    return [table, pl.from_arrow(table).lazy(), duckdb_relation(table)]  # type: ignore[union-attr]


@settings(max_examples=30)
@given(LABELS, st.integers(0, 20))
def test_counts_add_up_over_any_split(labels: list[Any], cut: int) -> None:
    cut = min(cut, len(labels) - 1)
    for whole, first, second in zip(
        frames(labels), frames(labels[:cut] or labels[:1]), frames(labels[cut:]), strict=True
    ):
        counts = bw.frames.count_classes(whole, "label")
        assert dict(counts) == dict(Counter(labels))
        parts = [first, second] if cut else [second]
        assert bw.frames.count_classes(parts, "label") == counts


@settings(max_examples=30)
@given(st.lists(st.floats(LEAST, MOST), min_size=2, max_size=5))
def test_weights_are_float32_of_the_weight(weights: list[float]) -> None:
    labels = list(range(len(weights)))
    resolved = bw.ClassWeights(dict(enumerate(weights)), counts=bw.ClassCounts(dict.fromkeys(labels, 1)))
    expected = np.asarray(weights).astype(np.float32).tolist()
    for frame in frames(labels):
        assert rows(bw.frames.with_weights(frame, "label", resolved))["weight"] == expected
