"""Counts of Dask columns: the same as on one machine, to the last bit, whatever the partitions."""

import math
import os
import signal
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.utils.class_weight import compute_class_weight

import boostweights as bw
from boostweights.distributed.dask.counting import count_classes, sample_weight

da = pytest.importorskip("dask.array")
dd = pytest.importorskip("dask.dataframe")
wait = pytest.importorskip("distributed").wait

LABELS = {
    "int": np.array([3, 1, 1, 2, 1, 1, 3, 1, 1, 7]),
    "negative": np.array([-1, 1, 1, -1, 1, 1, 1, 1, 1, 1]),
    "bool": np.array([True, False, False, True, False, False, False, False, False, False]),
    "float": np.array([1.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]),
    "text": np.array(["b", "a", "a", "c", "a", "a", "a", "a", "a", "zz"]),
}


def as_column(y: Any, kind: str, chunks: Any) -> Any:
    if kind == "array":
        return da.from_array(y, chunks=chunks)
    series = pd.Series(y, dtype="category" if kind == "category" else None)
    return dd.from_pandas(series, npartitions=4)


@pytest.mark.parametrize("kind", ["array", "series", "category"])
@pytest.mark.parametrize("labels", LABELS)
def test_counts_and_weights_are_those_of_one_machine(labels: str, kind: str) -> None:
    y = LABELS[labels]
    column = as_column(y, kind, 3)
    counts = count_classes(column)
    assert dict(counts) == dict(Counter(y.tolist()))
    assert [type(label) for label in counts] == [type(label) for label in sorted(set(y.tolist()))]
    weights = bw.Balanced().resolve(counts)
    assert list(weights.values) == compute_class_weight("balanced", classes=np.unique(y), y=y).tolist()

    lazy = sample_weight(column, weights)
    assert hasattr(lazy, "dask")
    expected = np.array(weights.values)[np.unique(y, return_inverse=True)[1]].astype(np.float32)
    computed = np.asarray(lazy.compute())
    assert computed.dtype == np.float32
    assert computed.tobytes() == expected.tobytes()


def test_a_class_of_a_later_partition_and_empty_ones() -> None:
    y = da.from_array(np.array([0, 0, 0, 0, 0, 1]), chunks=((2, 0, 2, 0, 2),))
    assert count_classes(y) == {0: 5, 1: 1}
    weights = bw.Balanced().resolve(count_classes(y))
    assert sample_weight(y, weights).compute().tolist() == pytest.approx([0.6] * 5 + [3.0])


def test_sums_of_weights_are_exact_for_any_partitions() -> None:
    rng = np.random.default_rng(0)
    y, weight = rng.integers(0, 3, 200), rng.lognormal(0, 8, 200)
    expected = {label: math.fsum(weight[y == label]) for label in range(3)}
    for chunks in (200, 90, 17):
        labels, own = da.from_array(y, chunks=chunks), da.from_array(weight, chunks=chunks)
        assert dict(count_classes(labels, own)) == expected


def test_row_weights_multiply_in_float32() -> None:
    y, own = np.array([0, 0, 0, 1]), np.array([0.1, 2.0, 0.0, 3.3])
    table = dd.from_pandas(pd.DataFrame({"y": y, "own": own}), npartitions=2)
    counts = count_classes(table["y"], table["own"])
    assert dict(counts) == {0: 2.1, 1: 3.3}
    weights = bw.Balanced().resolve(counts)
    found = sample_weight(table["y"], weights, table["own"]).compute()
    expected = weights.sample_weight(y) * own.astype(np.float32)
    assert found.to_numpy().tobytes() == expected.tobytes()
    assert found.index.equals(table.index.compute())


def test_a_class_without_weight_keeps_its_place() -> None:
    y, own = da.from_array(np.array([0, 1, 2]), chunks=1), da.from_array(np.array([1.0, 0.0, 2.0]), chunks=1)
    assert count_classes(y, own) == {0: 1, 1: 0, 2: 2}


def test_weights_are_lazy_and_features_are_never_read() -> None:
    def boom(block: Any) -> Any:
        raise RuntimeError("computed")

    X = da.ones((4, 2), chunks=(2, 2)).map_blocks(boom, dtype=float, meta=np.empty((0, 2)))
    y = da.from_array(np.array([0, 1, 0, 0]), chunks=2)
    table = da.concatenate([X, y[:, None].astype(float)], axis=1)
    assert count_classes(table[:, 2]) == {0.0: 3, 1.0: 1}  # the other columns' blocks are not computed
    broken = y.map_blocks(boom, dtype=int, meta=np.empty(0, int))
    sample_weight(broken, bw.Balanced().resolve([0, 1]))


def test_only_counts_travel(client: Any) -> None:
    """640 kB of labels stay on their workers; what travels is counts."""

    def received(dask_worker: Any) -> int:
        return sum(int(entry["total"]) for entry in dask_worker.transfer_incoming_log)

    y = client.persist(da.from_array(np.arange(80_000) % 4, chunks=4000))
    wait(y)
    before = sum(client.run(received).values())
    assert count_classes(y, client=client) == dict.fromkeys(range(4), 20_000)
    assert sum(client.run(received).values()) - before < 200_000  # of 640,000; a block may be stolen


def test_a_worker_that_dies_is_counted_elsewhere(client: Any, tmp_path: Path) -> None:
    struck = str(tmp_path / "struck")

    def die_once(block: Any) -> Any:
        if len(block) and block[0] == 300 and not os.path.exists(struck):
            open(struck, "w").close()
            os.kill(os.getpid(), signal.SIGKILL)
        return block // 300

    y = da.from_array(np.arange(400), chunks=50).map_blocks(die_once, dtype=int, meta=np.empty(0, int))
    assert count_classes(y, client=client) == {0: 300, 1: 100}
    assert Path(struck).exists()


def test_workers_that_always_die_are_said(client: Any, cluster: Any) -> None:
    def die(block: Any) -> Any:
        os.kill(os.getpid(), signal.SIGKILL)

    y = da.from_array(np.arange(4), chunks=4).map_blocks(die, dtype=int, meta=np.empty(0, int))
    cluster.scheduler.allowed_failures, before = 0, cluster.scheduler.allowed_failures
    try:
        with pytest.raises(bw.errors.InvalidValueError, match="needs workers that live") as caught:
            count_classes(y, client=client)
    finally:
        cluster.scheduler.allowed_failures = before
    assert "smaller partitions" in caught.value.mend


def test_a_partition_that_cannot_be_computed() -> None:
    def divide(block: Any) -> Any:
        return np.array([1 // each for each in block.tolist()], int)

    y = da.from_array(np.array([1, 1, 0, 1]), chunks=2).map_blocks(divide, dtype=int, meta=np.empty(0, int))
    with pytest.raises(bw.errors.InvalidValueError, match="dask can compute") as caught:
        count_classes(y)
    assert isinstance(caught.value.__cause__, ZeroDivisionError)


@pytest.mark.parametrize(
    ("y", "rule", "value"),
    [
        (lambda: np.array([0, 1]), "y must be a Dask series or a 1-d Dask array", "numpy's ndarray"),
        (lambda: da.ones((4, 1), chunks=2), "1-d Dask array", "2 dimensions"),
        (lambda: da.from_array(np.array([], int), chunks=1), "labels must not be empty", "0 rows"),
        (lambda: da.from_array(np.array([0, 1, 1, np.nan]), chunks=2), "labels", "(partition 1)"),
        (lambda: da.from_array(np.array([1, "a"], object), chunks=1), "can be sorted together", "int, str"),
    ],
    ids=["local", "2-d", "empty", "missing", "mixed"],
)
def test_labels_that_cannot_be_counted(y: Any, rule: str, value: str) -> None:
    with pytest.raises(bw.BoostweightsError) as caught:
        count_classes(y())
    assert rule in caught.value.rule
    assert value in caught.value.value


def test_weights_that_do_not_align() -> None:
    y = da.from_array(np.array([0, 1, 0, 1]), chunks=2)
    with pytest.raises(bw.errors.InvalidValueError, match="same partitions"):
        count_classes(y, da.ones(4, chunks=1))
    with pytest.raises(bw.errors.InvalidValueError, match=r"\(partition [01]\)"):
        count_classes(y, da.ones(4, chunks=((1, 3),)))
    unknown = da.ones(4, chunks=2)
    unknown = unknown[unknown > 0]  # as many rows, but Dask does not know
    assert count_classes(y, unknown) == {0: 2, 1: 2}
    fewer = da.arange(4, chunks=2)
    with pytest.raises(bw.errors.InvalidValueError, match=r"2 and 1 \(partition 0\)"):
        count_classes(y, fewer[fewer > 0])
    with pytest.raises(bw.errors.InvalidTypeError, match="resolved on the counts of all partitions"):
        sample_weight(y, "balanced")  # type: ignore[arg-type]


def test_an_unknown_label_raises_when_its_weight_is_computed() -> None:
    weights = bw.Balanced().resolve([0, 1])
    lazy = sample_weight(da.from_array(np.array([0, 2]), chunks=1), weights)
    with pytest.raises(bw.errors.UnknownLabelError, match="2"):
        lazy.compute()
