"""Names of columns that an engine would read as a pattern, as all columns or as a path."""

import subprocess
import sys
from typing import Any

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import boostweights as bw

OTHER = [1, 1, 1, 2]  # counted, if another column is taken for the target
LABELS = [0, 1, 1, 1]
WANTED = [2.0, 2 / 3, 2 / 3, 2 / 3]
NAMES = ["^x$", "*", "^.*$", "^$", "^a b#~$", "a.b", "a`b", 'a"b']


def columns(target: str) -> dict[str, list[int]]:
    return {"x": OTHER, target: LABELS}


def check(frame: Any, target: str, read: Any) -> None:
    assert dict(bw.frames.count_classes(frame, target)) == {0: 1, 1: 3}
    assert read(bw.frames.with_weights(frame, target, "balanced")) == pytest.approx(WANTED)


@pytest.mark.parametrize("target", NAMES)
def test_polars_takes_a_target_for_no_pattern(target: str) -> None:
    check(pl.LazyFrame(columns(target)), target, lambda frame: frame.collect()["weight"].to_list())


@pytest.mark.parametrize("target", [name for name in NAMES if name != "*"])
def test_duckdb_finds_the_very_column(target: str) -> None:
    held = pa.table(columns(target))  # noqa: F841  by its name
    check(duckdb.sql("select * from held"), target, lambda frame: [row[-1] for row in frame.fetchall()])


@pytest.mark.parametrize("target", ["*", "x"])
def test_duckdb_knows_no_column_of_the_name_of_all(target: str) -> None:
    rows = pa.table(columns("*"))  # noqa: F841  by its name
    frame = duckdb.sql("select * from rows")
    for asked in (bw.frames.count_classes, lambda *given: bw.frames.with_weights(*given, "balanced")):
        with pytest.raises(bw.errors.InvalidValueError, match=r"reads the name '\*' as all columns.*Rename"):
            asked(frame, target)


@pytest.mark.parametrize("target", ["a.b", "a`b", "*"])
def test_spark_finds_the_very_column(target: str, spark: Any) -> None:
    frame = spark.createDataFrame(list(zip(OTHER, LABELS, strict=True)), ["x", target])
    check(frame, target, lambda found: [row[-1] for row in found.collect()])


WITHOUT_PYARROW = """
import sys
sys.modules["pyarrow"] = None
import pandas as pd
import boostweights as bw
for labels in ([0, 1, 1, 1], ["a", "b", "b", "b"], pd.Categorical(["a", "b", "b", "b"])):
    frame = pd.DataFrame({"y": labels})
    weights = bw.frames.with_weights(frame, "y", "balanced")["weight"]
    print(list(bw.frames.count_classes(frame, "y").values()), [round(float(weight), 3) for weight in weights])
"""


def test_pandas_needs_no_pyarrow() -> None:
    done = subprocess.run([sys.executable, "-c", WITHOUT_PYARROW], capture_output=True, text=True, check=True)
    assert set(done.stdout.splitlines()) == {"[1, 3] [2.0, 0.667, 0.667, 0.667]"}


VIEWS = pa.array(["a", "b", "b", "b"], pa.string_view())
CODED = pa.DictionaryArray.from_arrays(pa.array([0, 1, 1, 1]), pa.array(["a", "b"], pa.string_view()))


@pytest.mark.parametrize("labels", [VIEWS, CODED], ids=["text", "dictionary"])
@pytest.mark.parametrize("owner", [lambda labels: labels, pa.chunked_array, pd.Series])
def test_text_held_as_views(labels: Any, owner: Any) -> None:
    column = {
        pa.chunked_array: lambda: pa.chunked_array([labels]),
        pd.Series: lambda: pd.Series(labels, dtype=pd.ArrowDtype(labels.type)),
    }.get(owner, lambda: labels)()
    weights = bw.Balanced().resolve(column)
    assert dict(weights.counts) == {"a": 1, "b": 3}
    assert weights.sample_weight(column).tolist() == pytest.approx(WANTED)
    frame = pd.DataFrame({"y": column}) if owner is pd.Series else pa.table({"y": column})
    assert bw.frames.count_classes(frame, "y") == weights.counts
    assert list(bw.frames.with_weights(frame, "y", weights)["weight"].to_numpy()) == pytest.approx(WANTED)
