"""Data frames in, the same data frames out: columns by name, index kept, nothing changed in place."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import boostweights as bw
from boostweights.errors import InvalidTypeError, InvalidValueError
from boostweights.probabilities import correct_scores, estimate_prior

Q = np.array([[0.5, 0.3, 0.2], [0.1, 0.1, 0.8]])
INDEX = pd.Index([7, 3], name="id")
STRINGS = bw.Explicit({"a": 1.0, "b": 4.0, "c": 10.0}).resolve(["a", "b", "c"])
NUMBERS = STRINGS.encoded()
EXPECTED = bw.correct_proba(Q, STRINGS)
ORDERS = [[0, 1, 2], [2, 0, 1], [1, 2, 0]]

FRAMES: dict[str, Callable[[Any, Any], Any]] = {
    "pandas": lambda values, names: pd.DataFrame(values, columns=names, index=INDEX),
    "pandas float32": lambda values, names: pd.DataFrame(values, columns=names, index=INDEX, dtype="float32"),
    "pandas Float64": lambda values, names: pd.DataFrame(values, columns=names, index=INDEX, dtype="Float64"),
    "pandas two-level index": lambda values, names: pd.DataFrame(
        values, columns=names, index=pd.MultiIndex.from_tuples([("x", 1), ("y", 1)])
    ),
    "polars": lambda values, names: pl.DataFrame(values, schema=[str(name) for name in names], orient="row"),
    "arrow": lambda values, names: pa.table(
        {str(name): column for name, column in zip(names, values.T, strict=True)}
    ),
}


def names_of(frame: Any) -> list[Any]:
    return list(frame.column_names if isinstance(frame, pa.Table) else frame.columns)


def values_of(frame: Any) -> np.ndarray[Any, Any]:
    return np.asarray(frame.to_pandas() if isinstance(frame, pa.Table) else frame, np.float64)


@pytest.mark.parametrize("order", ORDERS, ids=str)
@pytest.mark.parametrize("kind", FRAMES)
@pytest.mark.parametrize("weights", [STRINGS, NUMBERS], ids=["strings", "numbers"])
def test_columns_go_by_name(kind: str, order: list[int], weights: bw.ClassWeights) -> None:
    names = [weights.classes[at] for at in order]
    frame = FRAMES[kind](Q[:, order], names)
    before = values_of(frame)
    corrected = bw.correct_proba(frame, weights)
    assert type(corrected) is type(frame)
    assert names_of(corrected) == names_of(frame)
    if isinstance(frame, pd.DataFrame):
        pd.testing.assert_index_equal(corrected.index, frame.index)
        pd.testing.assert_index_equal(corrected.columns, frame.columns)
        assert set(map(str, corrected.dtypes)) == {"float64"}
    np.testing.assert_allclose(values_of(corrected), EXPECTED[:, order], rtol=1e-6)
    np.testing.assert_array_equal(values_of(frame), before)


@pytest.mark.parametrize("order", ORDERS, ids=str)
@pytest.mark.parametrize("kind", FRAMES)
@pytest.mark.parametrize("link", ["softmax", "ovr"])
def test_scores_too(kind: str, order: list[int], link: Any) -> None:
    frame = FRAMES[kind](np.log(Q)[:, order], [STRINGS.classes[at] for at in order])
    expected = correct_scores(np.log(Q), STRINGS, link)
    np.testing.assert_allclose(values_of(correct_scores(frame, STRINGS, link)), expected[:, order], rtol=1e-6)


@pytest.mark.parametrize("order", ORDERS, ids=str)
def test_a_prior_follows_the_names(order: list[int]) -> None:
    frame = pd.DataFrame(Q[:, order], columns=[STRINGS.classes[at] for at in order])
    for prior in ({"a": 0.2, "b": 0.3, "c": 0.5}, "estimate"):
        expected = bw.correct_proba(Q, STRINGS, prior=prior)
        np.testing.assert_allclose(
            bw.correct_proba(frame, STRINGS, prior=prior), expected[:, order], rtol=1e-9
        )
    assert estimate_prior(frame, STRINGS) == pytest.approx(estimate_prior(Q, STRINGS))


@pytest.mark.parametrize("labels", [(False, True), (0, 1), (-1, 1), (1.0, 2.0), ("no", "yes")], ids=str)
def test_labels_of_any_kind(labels: tuple[Any, Any]) -> None:
    weights = bw.Explicit(dict(zip(labels, [1.0, 9.0], strict=True))).resolve(list(labels))
    as_they_are = pd.DataFrame([[0.9, 0.1]], columns=list(labels)[::-1])
    as_text = pl.DataFrame([[0.9], [0.1]], schema=[str(label) for label in labels][::-1])
    for frame in (as_they_are, as_text):
        np.testing.assert_allclose(np.asarray(bw.correct_proba(frame, weights)), [[0.5, 0.5]], rtol=1e-14)


@pytest.mark.parametrize(("labels", "names"), [((0, 1), (0.0, 1.0)), ((False, True), (0, 1))], ids=str)
def test_columns_are_named_by_what_equals_a_label(labels: Any, names: Any) -> None:
    weights = bw.Explicit(dict(zip(labels, [1.0, 9.0], strict=True))).resolve(list(labels))
    frame = pd.DataFrame([[0.9, 0.1]], columns=list(names)[::-1])
    np.testing.assert_allclose(bw.correct_proba(frame, weights), [[0.5, 0.5]], rtol=1e-14)
    costs = bw.Costs(fn=1, fp=4, pos_label=labels[1])
    assert bw.decide(frame, costs, classes=labels).tolist() == [labels[1]]


COLUMNS: dict[str, Callable[[Any], Any]] = {
    "pandas": lambda values: pd.Series(values, index=INDEX, name=1),
    "pandas without name": lambda values: pd.Series(values, index=INDEX),
    "polars": lambda values: pl.Series("p", values),
    "arrow": lambda values: pa.chunked_array([values]),
}


@pytest.mark.parametrize("kind", COLUMNS)
def test_columns_of_two_classes(kind: str) -> None:
    weights = bw.Explicit({0: 1.0, 1: 9.0}).resolve([0, 1])
    column = COLUMNS[kind]([0.5, 0.9])
    corrected = bw.correct_proba(column, weights)
    assert type(corrected) is type(column)
    np.testing.assert_allclose(np.asarray(corrected), [0.1, 0.5], rtol=1e-14)
    if isinstance(column, pd.Series):
        pd.testing.assert_index_equal(corrected.index, column.index)
    assert getattr(corrected, "name", None) == getattr(column, "name", None)
    shifted = np.asarray(correct_scores(column, weights))
    np.testing.assert_allclose(shifted, np.array([0.5, 0.9]) - np.log(9))


@pytest.mark.parametrize(
    ("frame", "value", "mend"),
    [
        (pd.DataFrame(Q), "0 among the columns [0, 1, 2]", "pass an array"),
        (pd.DataFrame(Q, columns=["a", "b", "d"]), "'d' among", "Use one of: 'a', 'b', 'c'"),
        (pd.DataFrame(Q, columns=["a", "b", "C"]), "'C' among", "Did you mean 'c'?"),
        (pl.DataFrame(Q, schema=["p_a", "p_b", "p_c"], orient="row"), "'p_a' among", "pass an array"),
        (pd.DataFrame(Q, columns=["a", "b", "b"]), "['a', 'b', 'b']", "Rename"),
    ],
)
def test_columns_of_other_classes(frame: Any, value: str, mend: str) -> None:
    for function in (bw.correct_proba, correct_scores):
        with pytest.raises(InvalidValueError) as caught:
            function(frame, STRINGS)
        assert value in caught.value.value
        assert mend in caught.value.mend


@pytest.mark.parametrize("correct", [bw.correct_proba, correct_scores])
def test_frames_that_cannot_be_read(correct: Any) -> None:
    with pytest.raises(InvalidValueError, match="each once"):
        correct(pd.DataFrame(Q[:, :2], columns=[1, "1"]), bw.Balanced().resolve([0, 1]))
    with pytest.raises(InvalidTypeError, match="LazyFrame.*Collect"):
        correct(pl.LazyFrame({"a": [1.0]}), STRINGS)
    with pytest.raises(InvalidTypeError, match="in memory.*RecordBatch.*arrow table"):
        correct(pa.record_batch({"b": [0.9], "a": [0.1], "c": [0.0]}), STRINGS)
    missing = {"a": [0.5, None], "b": [0.5, 0.5], "c": [0.0, 0.5]}
    for frame in (pd.DataFrame(missing), pl.DataFrame(missing)):
        with pytest.raises(InvalidValueError, match="row 1"):
            correct(frame, STRINGS)
