"""Labels and row weights of any array library are counted and weighed where they lie, as numpy's are."""

import subprocess
import sys
from typing import Any

import numpy as np
import pytest
from arrays import Library, each, leaving

import boostweights as bw
from boostweights.weighting.labels.arrays import on_host, place
from boostweights.weighting.labels.counting import column_where_it_lies

V, T, K = bw.errors.InvalidValueError, bw.errors.InvalidTypeError, bw.errors.UnknownLabelError
ROWS = 3000
rng = np.random.default_rng(0)
LABELS = {
    "codes": rng.integers(0, 3, ROWS),
    "one": np.ones(ROWS, int),
    "bytes": rng.integers(-3, 4, ROWS).astype("i1"),
    "unsigned": rng.integers(0, 100, ROWS).astype("u1"),
    "apart": rng.integers(0, 200, ROWS) * 1000 - 7,
    "signs": rng.integers(0, 2, ROWS) * 2 - 1,
    "bool": rng.integers(0, 2, ROWS) == 1,
    "float": rng.integers(-2, 3, ROWS).astype("f4"),
}
SAMPLE_WEIGHT = {
    "float32": rng.random(ROWS).astype("f4"),
    "whole": rng.integers(0, 4, ROWS),
    "apart": np.exp(rng.normal(0, 20, ROWS)).astype("f4"),
    "small": (rng.random(ROWS) * 1e-25).astype("f4"),
    "zero": np.zeros(ROWS, "f4"),
    "float64": rng.random(ROWS),
}


@each()
@pytest.mark.parametrize("kind", LABELS)
def test_counts_codes_and_weights_are_those_of_numpy(kind: str, library: Library) -> None:
    y = LABELS[kind]
    there = library.make(y)
    counts = bw.ClassCounts.of(there)
    assert counts == bw.ClassCounts.of(y)
    assert [type(label) for label in counts] == [type(label) for label in bw.ClassCounts.of(y)]
    codes = column_where_it_lies(there).codes
    np.testing.assert_array_equal(on_host(codes), np.unique(y, return_inverse=True)[1])
    weights = bw.ClassWeights({label: 2.0 ** (at % 50) for at, label in enumerate(counts)}, counts=counts)
    row_weights = weights.sample_weight(there)
    assert place(row_weights) == place(codes) == place(there)
    assert on_host(row_weights).dtype == np.float32
    np.testing.assert_array_equal(on_host(row_weights), weights.sample_weight(y))


@each()
@pytest.mark.parametrize("kind", SAMPLE_WEIGHT)
def test_sums_of_row_weights_are_exact(kind: str, library: Library) -> None:
    weight = SAMPLE_WEIGHT[kind]
    if weight.dtype == np.float64 and not library.wide:
        weight = weight.astype(np.float32)
    for y in (LABELS["codes"], LABELS["apart"], LABELS["bool"]):
        there = bw.ClassCounts.of(library.make(y), library.make(weight))
        assert there == bw.ClassCounts.of(y, weight)  # to the last bit


@each()
def test_a_policy_is_resolved_as_on_numpy(library: Library) -> None:
    y, weight = LABELS["signs"], SAMPLE_WEIGHT["float32"]
    there = library.make(y), library.make(weight)
    for policy in (bw.Balanced(), bw.Costs(fn=9.0, fp=1.0), bw.TargetPrior({-1: 0.5, 1: 0.5})):
        assert policy.resolve(*there) == policy.resolve(y, weight)


@each()
def test_no_more_than_a_few_numbers_a_class_come_to_the_host(library: Library) -> None:
    y, weight = library.make(LABELS["codes"]), library.make(SAMPLE_WEIGHT["float32"])
    with leaving() as sizes:
        bw.Balanced().resolve(y, weight)
        bw.Balanced().resolve(y).sample_weight(y)
        bw.to_native("balanced", "xgboost", y=y).fit_kwargs(y, weight)
        column_where_it_lies(y)
    assert sizes
    assert max(sizes) <= 3
    assert sum(sizes) < 120


@each("torch")
def test_a_strided_column_is_read(library: Library) -> None:
    import torch

    y = torch.as_tensor(np.stack([LABELS["signs"], LABELS["codes"]], axis=1))[:, 0]
    assert bw.ClassCounts.of(y) == bw.ClassCounts.of(LABELS["signs"])
    weights = bw.Balanced().resolve(y)
    np.testing.assert_array_equal(weights.sample_weight(y), weights.sample_weight(LABELS["signs"]))


def test_numpy_needs_no_array_api_compat() -> None:
    code = (
        "import sys; sys.modules['array_api_compat'] = None\n"
        "import boostweights as bw, numpy as np\n"
        "w = bw.Balanced().resolve(np.array([0, 0, 1]), np.ones(3))\n"
        "print(bw.to_native(w, 'lightgbm').fit_kwargs(np.array([0, 0, 1]), np.ones(3))['sample_weight'])\n"
        "import array_api_strict\n"
        "bw.ClassCounts.of(array_api_strict.asarray([0, 1]))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout == "[0.75 0.75 1.5 ]\n"
    assert "MissingLibraryError" in done.stderr
    assert "pip install 'boostweights[arrays]'" in done.stderr


TWO = bw.ClassWeights({0: 1.0, 1: 9.0}, counts=bw.ClassCounts({0: 9, 1: 1}))
SIGNS = bw.ClassWeights({-1: 1.0, 1: 9.0}, counts=bw.ClassCounts({-1: 9, 1: 1}))
TEXT = bw.ClassWeights({"bad": 9.0, "good": 1.0}, counts=bw.ClassCounts({"bad": 1, "good": 9}))
BAD: dict[str, tuple[Any, type[Exception], str]] = {
    "unknown": (lambda to: TWO.sample_weight(to([0, 2])), K, r"got 2 \(int\)"),
    "apart": (lambda to: TWO.sample_weight(to([0, 10**6])), K, r"got 1000000 \(int\)"),
    "between": (lambda to: SIGNS.sample_weight(to([-1, 0])), K, r"got 0 \(int\)"),
    "beyond": (lambda to: SIGNS.sample_weight(to([1, 2])), K, r"got 2 \(int\)"),
    "text": (lambda to: TEXT.sample_weight(to([0, 1])), K, r"got 0 \(int\). Use one of: 'bad', 'good'"),
    "empty": (lambda to: bw.ClassCounts.of(to(np.empty(0, int))), V, "0 rows"),
    "table": (lambda to: bw.ClassCounts.of(to(np.ones((2, 1)))), V, r"1-d.*\(2, 1\)"),
    "missing": (lambda to: bw.ClassCounts.of(to(np.array([1.0, np.nan]))), V, "NaN"),
    "infinite": (lambda to: bw.ClassCounts.of(to(np.array([1.0, np.inf]))), V, "inf"),
    "continuous": (lambda to: bw.ClassCounts.of(to(np.array([1.0, 0.5]))), V, "continuous; got 0.5"),
    "complex": (lambda to: bw.ClassCounts.of(to(np.array([1j], "c8"))), T, "complex64"),
    "identifiers": (lambda to: bw.ClassCounts.of(to(np.arange(10_001))), V, "10,000"),
    "half": (lambda to: bw.Balanced().resolve(to(np.arange(2000) // 1.5 // 1)), V, "half as many"),
    "negative": (
        lambda to: bw.ClassCounts.of(to([0, 1]), to(np.array([1.0, -1.0]))),
        V,
        "at least 0; got -1.0 at row 1",
    ),
    "no weight": (
        lambda to: bw.ClassCounts.of(to([0, 1]), to(np.array([np.nan, 1.0]))),
        V,
        "finite.*nan at row 0",
    ),
    "short": (
        lambda to: bw.ClassCounts.of(to([0, 1]), to(np.array([1.0]))),
        V,
        r"shape \(2,\).*shape \(1,\)",
    ),
    "weights on the host": (
        lambda to: bw.ClassCounts.of(to([0, 1]), np.ones(2)),
        V,
        "one library on one device.*and numpy on the host. Move one",
    ),
    "lost in float32": (
        lambda to: bw.to_native(TWO, "xgboost").fit_kwargs(to([0, 1]), to(np.array([1e38, 1e38], "f4"))),
        V,
        "must fit in float32; got 9.0 times .*e.3[78] in row 1",
    ),
}


@each()
@pytest.mark.parametrize("case", BAD)
def test_bad_input_raises_as_on_the_host(case: str, library: Library) -> None:
    asked, error, said = BAD[case]
    with pytest.raises(error, match=said):
        asked(library.make)


def on(device: str, values: Any) -> Any:
    import array_api_strict as xp

    return xp.asarray(values, device=xp.Device(device))


def test_arrays_on_different_devices() -> None:
    y, weight = on("device1", [0, 1]), on("device2", [1.0, 2.0])
    for asked in (bw.ClassCounts.of, bw.to_native(TWO, "xgboost").fit_kwargs):
        with pytest.raises(V, match="array_api_strict on device1 and .* on device2"):
            asked(y, weight)


def test_a_device_weight_beside_labels_on_the_host() -> None:
    with pytest.raises(V, match="must be in the host's memory here.*Copy them"):
        bw.ClassCounts.of([0, 1], on("device1", [1.0, 2.0]))


def test_float64_weights_need_a_device_that_holds_them() -> None:
    with pytest.raises(T, match="float64 need.*no_float64.*dtype=np.float32"):
        TWO.sample_weight(on("no_float64", [0, 1]), dtype="float64")


def test_what_works_on_the_host_copies_nothing_unasked() -> None:
    y = on("device1", [0, 1])
    for asked in (
        lambda: bw.RowCosts().resolve(y, row_costs=[[1.0, 2.0]] * 2),
        lambda: bw.probabilities.cost_loss(y, [0, 1], bw.Costs(fn=2.0, fp=1.0)),
    ):
        with pytest.raises(V, match="must be in the host's memory here"):
            asked()


def test_lazy_columns_of_dask_are_not_computed() -> None:
    import dask.array as da
    import dask.dataframe as dd
    import pandas as pd

    def computed(block: Any) -> Any:
        raise AssertionError("computed")

    array = da.from_array(np.array([0, 1]), chunks=1).map_blocks(computed, dtype=int)
    series = dd.from_pandas(pd.Series([0, 1]), npartitions=1).map_partitions(computed, meta=(None, "int64"))
    for lazy in (array, series):
        for asked in (
            lambda lazy=lazy: bw.ClassCounts.of(lazy),
            lambda lazy=lazy: bw.ClassCounts.of([0, 1], lazy),
        ):
            with pytest.raises(T, match="in memory; got .* of dask. Count it with"):
                asked()


@each("torch")
def test_a_tensor_without_numbers(library: Library) -> None:
    import torch

    with pytest.raises(V, match="in memory when they are counted"):
        bw.ClassCounts.of(torch.empty(3, device="meta", dtype=torch.int64))
    with pytest.raises(T, match="uint16.*int64"):
        bw.ClassCounts.of(torch.tensor([0, 1], dtype=torch.uint16))


@each("jax")
def test_nothing_is_counted_inside_jit(library: Library) -> None:
    import jax

    with pytest.raises(V, match="in memory when they are counted.*outside of jit"):
        jax.jit(bw.ClassCounts.of)(library.make([0, 1]))
