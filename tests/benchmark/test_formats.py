"""Files in the small: what the parser of each format must bear."""

import dataclasses
import gzip
import io
from typing import Any

import numpy as np
import pandas as pd
import pytest

from boostweights.benchmark.data.dataset import Dataset
from boostweights.benchmark.data.entries import Entry, catalogue
from boostweights.benchmark.data.parse import parsed as dataset_of
from boostweights.benchmark.data.parse import table
from boostweights.errors import InvalidValueError


def entry_like(**changes: Any) -> Entry:
    """yeast4's entry with another target and file; what it lacks has its default."""
    return dataclasses.replace(catalogue().entry("yeast4"), name="small", target="y", **changes)


def read(entry: Entry, *content: bytes) -> Dataset:
    return dataset_of(entry, table(entry, *content))


def parsed(entry: Entry, *content: bytes) -> tuple[pd.DataFrame, np.ndarray[Any, Any]]:
    found = read(entry, *content)
    return found.X, found.y


KEEL = b".4, p\n\n1e-1 ,n\n"
ARFF = b"""% @data is not here
@relation r

% @attribute none real
@attribute 'v(g)' numeric
@attribute "two words" real
@attribute y {p, n}
@data
% 1,2,p
1.5,2,p

3,4,n
"""
BLANKS = {"format": "csv", "sep": " ", "columns": ("a", "b", "y")}


@pytest.mark.parametrize(
    ("settings", "contents", "columns"),
    [
        (
            {"format": "keel"},
            [b"@relation r\n@attribute a real[0,1]\n@attribute y {p,n}\n@data\n" + KEEL],
            {"a": [0.4, 0.1]},
        ),
        (
            {"format": "keel"},
            [
                b"@RELATION r\r\n@Attribute 'a' real [0, 1]\r\n@inputs a\r\n@attribute y{p, n}\r\n@DATA\r\n"
                + KEEL
            ],
            {"a": [0.4, 0.1]},
        ),
        (
            {"format": "keel"},
            ["\ufeff@attribute a integer\n@attribute y {p,n}\n@data\n".encode() + KEEL],
            {"a": [0.4, 0.1]},
        ),
        ({"format": "arff"}, [ARFF], {"v(g)": [1.5, 3.0], "two words": [2.0, 4.0]}),
        ({"format": "csv", "missing": ("?",)}, [b"a,y\n1,p\n2,?\n3,n\n"], {"a": [1.0, 3.0]}),
        ({"format": "csv", "sep": ";"}, [b"a;y\n1;p\n2;n\n"], {"a": [1.0, 2.0]}),
        ({"format": "csv", "sep": "\t"}, [b"a\ty\n1\tp\n2\tn\n"], {"a": [1.0, 2.0]}),
        (BLANKS, [b"1 2  p \n", b" 5  6 n\n"], {"a": [1.0, 5.0], "b": [2.0, 6.0]}),
        (
            {"format": "csv", "path": "some/file.csv.gz"},
            [gzip.compress("\ufeffa,y\r1,p\r2,n\r".encode(), mtime=0)],
            {"a": [1.0, 2.0]},
        ),
        ({"format": "matrix"}, [b"1 0 \n0 1 \n", b"p\nn\n"], {"x1": [1.0, 0.0], "x2": [0.0, 1.0]}),
    ],
)
def test_a_file_is_its_rows_and_labels(
    settings: dict[str, Any], contents: list[bytes], columns: dict[str, list[float]]
) -> None:
    X, y = parsed(entry_like(**settings), *contents)
    assert X.to_dict("list") == columns
    assert y.tolist() == ["p", "n"]


def test_csv_has_no_missing_tokens_but_the_catalogues() -> None:
    content = "\ufeffa, c, y\n1, NA, 0.0\n?, nan, 1.0\n2.50, ?, 1\n".encode()
    X, y = parsed(entry_like(format="csv", categorical=("c",), missing=("?",)), content)
    assert list(X["c"].cat.categories) == ["NA", "nan"]
    assert X["c"].isna().tolist() == [False, False, True]
    assert X["a"].isna().tolist() == [False, True, False]
    assert y.tolist() == ["0", "1", "1"]


def test_labels_are_canonical_text_and_sentinels_may_be_numbers() -> None:
    labels = [1, "1.0", " 1. ", -3.0, "1.5", "5more", "007"]
    raw = pd.DataFrame({"a": np.arange(7.0), "y": pd.Series(labels, dtype=object)})
    dataset = dataset_of(entry_like(sentinels={"a": ("6",)}), raw)
    assert dataset.y.tolist() == ["1", "1", "1", "-3", "1.5", "5more", "007"]
    assert dataset.X["a"].isna().tolist() == [False] * 6 + [True]


def test_text_in_a_numeric_column_is_refused() -> None:
    with pytest.raises(InvalidValueError, match="column 'a' of small must be numeric"):
        parsed(entry_like(format="csv"), b"a,y\nred,p\n")


FRAME = pd.DataFrame({"a": [1.0, np.nan], "c": ["?", "x"], "y": [1, 0]})


def as_bytes(kind: str) -> bytes:
    buffer = io.BytesIO()
    if kind == "parquet":
        FRAME.to_parquet(buffer, compression="brotli")
    else:
        FRAME.to_pickle(buffer, compression="xz")
    return buffer.getvalue()


@pytest.mark.parametrize("kind", ["parquet", "pickle-xz"])
def test_frames_keep_their_missing_values_and_get_the_catalogues(kind: Any) -> None:
    X, y = parsed(entry_like(format=kind, categorical=("c",), missing=("?",)), as_bytes(kind))
    assert X["a"].isna().tolist() == [False, True]
    assert X["c"].isna().tolist() == [True, False]
    assert y.tolist() == ["1", "0"]


def test_sentinels_of_one_column_are_values_in_another() -> None:
    entry = entry_like(format="csv", sentinels={"a": ("96", "98"), "c": ("9",)}, categorical=("c",))
    X, _ = parsed(entry, b"a,b,c,y\n96,96,9,p\n1,98,96,n\n98.0,1,1,n\n")
    assert X["a"].isna().tolist() == [True, False, True]
    assert X["b"].tolist() == [96.0, 98.0, 1.0]
    assert X["c"].cat.categories.tolist() == ["1", "96"]


def test_rows_with_certain_values_are_dropped_by_text() -> None:
    entry = entry_like(format="csv", drop=("id",), drop_rows={"id": ("7",), "y": ("x",)})
    found = read(entry, b"id,a,y\n7.0,1,p\n8,2,x\n9,3,n\n")
    assert (found.X["a"].tolist(), found.y.tolist(), found.X.index.tolist()) == ([3.0], ["n"], [0])


def test_one_class_against_the_others() -> None:
    found = read(entry_like(format="csv", positive="4", others="other"), b"a,y\n1,4\n2,1\n3,2\n")
    assert found.y.tolist() == ["4", "other", "other"]


def test_a_group_is_numbered_and_no_feature() -> None:
    found = read(entry_like(format="csv", group="who"), b"who,a,y\nzoe,1,p\nann,2,n\nzoe,3,n\n")
    assert list(found.X) == ["a"]
    assert found.group is not None
    assert found.group.tolist() == [1, 0, 1]


def test_a_row_without_its_group_is_refused() -> None:
    with pytest.raises(InvalidValueError, match="every row of small must have a group; got 1 rows"):
        read(entry_like(format="csv", group="who", missing=("",)), b"who,a,y\n,1,p\nann,2,n\n")


def test_recorded_costs_are_no_features() -> None:
    recipe = {"kind": "columns", "tn": "t", "fp": "f", "fn": "g", "tp": "h"}
    found = read(entry_like(format="csv", costs=recipe), b"t,f,g,h,a,y\n0,1,2,3,9,p\n")
    assert list(found.X) == ["a"]
    assert found.costs is not None
    assert found.costs.fixed.tolist() == [[0.0, 1.0, 2.0, 3.0]]


@pytest.mark.parametrize(
    ("settings", "values", "places"),
    [
        ({}, "10 9 9 -1.5", [2, 1, 1, 0]),
        (
            {"time_format": "ISO8601"},
            "2026-01-01T00:00:00Z 2025-12-31T23:59:59Z 2026-01-01 2026-01-01T01:00+02:00",
            [2, 1, 2, 0],
        ),
        ({"time_format": "%m/%d/%y"}, "10/1/13 9/30/13 1/1/14 09/30/13", [1, 0, 2, 0]),
        ({"time_runs": True}, "30 30 1 30", [0, 0, 1, 2]),
    ],
    ids=["numbers", "text", "formatted", "runs"],
)
def test_times_are_numbered_in_their_order(settings: dict[str, Any], values: str, places: list[int]) -> None:
    entry = entry_like(format="csv", time="t", drop=("t",), **settings)
    rows = zip(values.split(), "abcd", "pnpn", strict=True)
    content = "t,c,y\n" + "".join(f"{','.join(row)}\n" for row in rows)
    found = read(dataclasses.replace(entry, categorical=("c",)), content.encode())
    assert found.time is not None
    assert (found.time.tolist(), list(found.X)) == (places, ["c"])


@pytest.mark.parametrize(
    ("value", "says"),
    [
        ("?", "every row of small must have a time; got 1 rows without one"),
        ("noon", "column 't' of small must hold times in the format ISO8601; got .*noon"),
    ],
)
def test_a_row_without_a_time_that_can_be_read_is_refused(value: str, says: str) -> None:
    entry = entry_like(format="csv", time="t", time_format="ISO8601", drop=("t",), missing=("?",))
    with pytest.raises(InvalidValueError, match=says):
        read(entry, f"t,a,y\n2026-01-01,1,p\n{value},2,n\n".encode())
