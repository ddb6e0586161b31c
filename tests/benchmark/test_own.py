"""A user's own table: read as it is, each column used as what it is, split as asked for, refused with a reason."""

from __future__ import annotations

import gzip
import io
import zipfile
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import StratifiedKFold, TimeSeriesSplit

from boostweights.benchmark import own
from boostweights.benchmark.data import Dataset
from boostweights.benchmark.data import read as read_dataset
from boostweights.benchmark.own.columns import as_feature
from boostweights.benchmark.suite import load_suite
from boostweights.errors import InvalidValueError
from boostweights.policy import as_policy

CSV = 'id,colour,size,when\n1,red,0.5,2026-01-01\n2,"blue, dark",,2026-01-02\n\n3,"a ""b""\nc",7,2026-01-03\n'


def written(path: Path, content: str | bytes) -> Path:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def parquet(table: dict[str, Any]) -> bytes:
    buffer = io.BytesIO()
    pq.write_table(pa.table(table), buffer)
    return buffer.getvalue()


def zipped() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
    return buffer.getvalue()


# Files


@pytest.mark.parametrize(
    ("name", "content", "sep"),
    [
        ("a.csv", CSV, None),
        ("A.CSV", b"\xef\xbb\xbf" + CSV.encode(), None),
        ("a.csv", CSV.replace("\n", "\r\n"), None),
        ("a.csv.gz", gzip.compress(CSV.encode()), None),
        ("a.tsv", pd.read_csv(io.StringIO(CSV)).to_csv(index=False, sep="\t"), None),
        ("a.csv", pd.read_csv(io.StringIO(CSV)).to_csv(index=False, sep=";"), ";"),
    ],
)
def test_a_delimited_file_is_what_pandas_reads(
    tmp_path: Path, name: str, content: str | bytes, sep: str | None
) -> None:
    rows = own.read_rows(written(tmp_path / name, content), sep=sep).to_pandas()
    expected = pd.read_csv(io.StringIO(CSV))
    assert rows["size"].equals(expected["size"])
    assert rows["id"].tolist() == expected["id"].tolist()
    assert [text.replace("\r", "") for text in rows["colour"]] == expected["colour"].tolist()
    assert [str(day) for day in rows["when"]] == expected["when"].tolist()


def test_a_type_is_that_of_all_values_not_of_the_first_ones(tmp_path: Path) -> None:
    content = "n\n" + "1\n" * 300_000 + "0.5\n"
    rows = own.read_rows(written(tmp_path / "a.csv", content))
    assert rows["n"].type == pa.float64()
    assert rows["n"][-1].as_py() == 0.5


def test_spaces_around_names_are_no_part_of_them(tmp_path: Path) -> None:
    assert own.read_rows(written(tmp_path / "a.csv", "a, b\n1,2\n")).column_names == ["a", "b"]


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("a.csv", "a,b\n1,2\n3\n", r"header, 2; got 1 in line 3 of .*a\.csv"),
        ("a.csv", "a,b\n1,2\n3,4,5\n", "got 3 in line 3 of"),
        ("a.csv", 'a,b\n\n1,"x\ny"\n3\n', "got 1 in line 5 of"),  # neither blank nor quoted lines mislead
        ("a.csv", 'a,b\n1,"x\n3,4\n', r"quotes .* closed; got .*a\.csv, line 2"),
        ("a.csv", "", "must hold rows; got .*, which is empty"),
        ("a.csv", " \n\n", "which is empty"),
        ("a.csv", "a,b\n1,\xff\n".encode("latin-1"), "UTF-8; got .* another byte in line 2"),
        ("a.csv", "a,b\n1,2\n".encode("utf-16"), "UTF-8; got .* another byte in line 1"),
        ("a.csv", "a,b\n1,\0\n", "a zero byte in line 2"),
        (
            "a.csv",
            parquet({"a": [1]}),
            r"ends in \.csv must hold what that says; got .*, which holds Parquet",
        ),
        ("a.csv", gzip.compress(b"a\n1\n"), "which holds gzip"),
        ("a.csv", zipped(), "which holds a zip archive, as Excel's files are"),
        ("a.csv", "<!DOCTYPE html><html></html>", "which holds HTML"),
        ("a.csv.gz", "a,b\n1,2\n", r"ends in \.csv\.gz .* which holds no gzip"),
        ("a.csv.gz", gzip.compress(b"a,b\n1,2\n" * 99)[:-9], r"a \.gz file must be whole"),
        ("a.parquet", "a,b\n1,2\n", "which holds no Parquet"),
        ("a.parquet", parquet({"a": [1]})[:40], "Parquet files must be whole"),
        ("a.duckdb", "a,b\n1,2\n", "which holds no DuckDB"),
        ("a.xlsx", zipped(), r"must end in \.csv, .*; got 'a\.xlsx'"),
    ],
)
def test_a_file_that_is_not_what_it_should_be_is_refused(
    tmp_path: Path, name: str, content: str | bytes, says: str
) -> None:
    path = written(tmp_path / name, content)
    with pytest.raises(InvalidValueError, match=f"(?s){says}"):
        own.read_rows(path, sql="SELECT 1" if name.endswith("duckdb") else None)


def test_the_nearest_file_is_suggested(tmp_path: Path) -> None:
    written(tmp_path / "churn.csv", CSV)
    with pytest.raises(InvalidValueError, match="Did you mean 'churn.csv'?"):
        own.read_rows(tmp_path / "chrun.csv")


def test_a_separator_is_one_character_of_a_delimited_file(tmp_path: Path) -> None:
    for name, content, sep in (("a.csv", CSV, "::"), ("a.parquet", parquet({"a": [1]}), ";")):
        with pytest.raises(InvalidValueError, match="a separator must be one character"):
            own.read_rows(written(tmp_path / name, content), sep=sep)


def test_parquet_is_read_from_a_file_and_from_a_folder(tmp_path: Path) -> None:
    written(tmp_path / "one.parquet", parquet({"a": [1, 2]}))
    assert own.read_rows(tmp_path / "one.parquet")["a"].to_pylist() == [1, 2]
    for place, values in {"land=at": [1, 2], "land=ch": [3]}.items():
        (tmp_path / "many" / place).mkdir(parents=True)
        written(tmp_path / "many" / place / "0.parquet", parquet({"a": values}))
    rows = own.read_rows(tmp_path / "many")
    assert list(zip(rows["a"].to_pylist(), rows["land"].to_pylist(), strict=True)) == [
        (1, "at"),
        (2, "at"),
        (3, "ch"),
    ]


def test_a_folder_without_parquet_or_with_something_else_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidValueError, match="a folder must hold Parquet files; got none in"):
        own.read_rows(tmp_path)
    written(tmp_path / "a.csv", CSV)
    with pytest.raises(InvalidValueError, match="Parquet files must be whole and of one schema"):
        own.read_rows(tmp_path)


def test_a_query_is_asked_of_a_database_and_of_files(tmp_path: Path) -> None:
    database = tmp_path / "shop.duckdb"
    with duckdb.connect(str(database)) as connection:
        connection.sql("CREATE TABLE sales AS SELECT * FROM range(5) AS t(n)")
    before = database.read_bytes()
    rows = own.read_rows(database, sql="SELECT n, sum(n) OVER () AS total FROM sales WHERE n > 2 ORDER BY n")
    assert rows.to_pydict() == {"n": [3, 4], "total": [7, 7]}
    assert database.read_bytes() == before
    for path in (
        written(tmp_path / "a.csv", "n,c\n1,x\n2,y\n"),
        written(tmp_path / "a.parquet", parquet({"n": [1, 2], "c": ["x", "y"]})),
    ):
        assert own.read_rows(path, sql="SELECT c FROM data WHERE n = 2").to_pydict() == {"c": ["y"]}


@pytest.mark.parametrize(
    ("sql", "says"),
    [
        (None, "a query must say which rows of a DuckDB database"),
        ("SELEC 1", "the query must be one that DuckDB answers"),
        ("SELECT * FROM salse", "salse"),
        ("CREATE TABLE t (n INT)", "read-only"),
        ("DROP TABLE sales", "read-only"),
    ],
)
def test_a_query_that_fails_is_one_line(tmp_path: Path, sql: str | None, says: str) -> None:
    database = tmp_path / "shop.duckdb"
    with duckdb.connect(str(database)) as connection:
        connection.sql("CREATE TABLE sales AS SELECT 1 AS n")
    with pytest.raises(InvalidValueError, match=says) as refused:
        own.read_rows(database, sql=sql)
    assert "\n" not in str(refused.value)


def test_a_query_without_rows_to_return_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidValueError, match="the query must return rows"):
        own.read_rows(written(tmp_path / "a.csv", CSV), sql="CREATE TABLE t (n INT)")


# Columns


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (pa.array([1, 2, None]), [1.0, 2.0, None]),
        (pa.array([1.5, float("nan"), 2.5]), [1.5, None, 2.5]),
        (pa.array([1, 2, 2]).cast(pa.decimal128(5, 2)), [1.0, 2.0, 2.0]),
        (pa.array([True, False, None]), ["True", "False", None]),
        (pa.array([" b ", "a", "a", " "]), ["b", "a", "a", None]),
        (pa.array(["x", "y", None]).dictionary_encode(), ["x", "y", None]),
        (pa.array(["x", "y", "x"], pa.large_string()), ["x", "y", "x"]),
    ],
)
def test_a_column_is_numbers_or_categories_by_its_type(values: pa.Array, expected: list[Any]) -> None:
    found = as_feature(pa.chunked_array([values])).values
    assert found is not None
    assert [None if pd.isna(value) else value for value in found] == expected
    numeric = isinstance(expected[0], float)
    assert (found.dtype == np.float64) == numeric
    if not numeric:
        assert found.cat.categories.tolist() == sorted({value for value in expected if value is not None})


def test_a_column_called_categorical_is_one() -> None:
    found = as_feature(pa.chunked_array([[8001, 8002, None, 8001]]), categorical=True).values
    assert found is not None
    assert found.cat.categories.tolist() == ["8001", "8002"]
    many = as_feature(pa.chunked_array([[f"u{i}" for i in range(99)]]), categorical=True)
    assert (many.refused, len(many.values.cat.categories)) == ("", 99)  # type: ignore[union-attr]


DAY = pd.Timestamp("2026-01-01")


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ([DAY, DAY], "dates or times"),
        ([DAY.date(), None], "dates or times"),
        ([DAY.time(), None], "dates or times"),
        ([pd.Timedelta(1, "s")] * 2, r"values of type duration\[ns\]"),
        ([None, None], "no value in any row"),
        ([1.0, float("inf")], "an infinite number in row 2"),
        ([[1], [2]], "values of type list<.*>"),
        ([b"a", b"b"], "values of type binary"),
        ([f"user {i}" for i in range(8)], "8 different texts in 8 rows, as identifiers have"),
        ([f"user {i // 2 * 2}" if i < 40 else f"user {i}" for i in range(120)], "100 different texts in 120"),
        ([*map(str, range(40)), "?"], r"numbers but for '\?' in row 41"),
        (list(range(5, 25)), "numbers that count the rows"),
    ],
)
def test_a_column_that_can_be_no_feature_is_refused_with_its_reason(values: list[Any], why: str) -> None:
    found = as_feature(pa.chunked_array([pa.array(values, from_pandas=True)]))
    assert found.values is None
    assert pd.Series([found.refused]).str.fullmatch(f"{why}.*").all(), found.refused


def test_what_may_be_an_identifier_or_numbers_as_text_is_noted() -> None:
    rng = np.random.default_rng(0)
    assert "identifier?" in as_feature(pa.chunked_array([rng.permutation(50)])).note
    assert "numbers" in as_feature(pa.chunked_array([["1", "2", "1", "2"]])).note
    assert as_feature(pa.chunked_array([[1, 2, 2, 3] * 5])).note == ""


# Tables


def table(**changes: Any) -> pa.Table:
    columns: dict[str, Any] = {
        "label": ["no", "no", "yes", "no", "yes", "no"] * 4,
        "age": [31.0, 25.0, 40.0, 52.0, 18.0, 77.0] * 4,
        "job": ["a", "b", "a", "c", "b", "c"] * 4,
        "person": [1, 1, 2, 2, 3, 3] * 4,
        "day": pd.date_range("2026-01-01", periods=24),
    }
    return pa.table({name: value for name, value in (columns | changes).items() if value is not None})


def roles(**changes: Any) -> own.Roles:
    return own.Roles(**{"target": "label", "positive": "yes", "drop": ("person", "day")} | changes)


def test_each_column_has_its_role() -> None:
    found = own.as_own_data(table(), roles(group="person", drop=("day",)), name="t.csv")
    assert (found.split, found.dataset.name, found.dataset.positive) == ("group", "t.csv", "yes")
    assert found.dataset.y.tolist() == ["no", "no", "yes", "no", "yes", "no"] * 4
    assert list(found.dataset.X) == ["age", "job"]
    assert found.dataset.categorical == ("job",)
    assert found.dataset.group is not None
    assert found.dataset.group.tolist() == [0, 0, 1, 1, 2, 2] * 4


@pytest.mark.parametrize(
    ("labels", "given", "positive"),
    [
        ([0, 1] * 12, None, "1"),
        ([1.0, -1.0] * 12, None, "1"),
        ([True, False] * 12, None, "True"),
        (["1", "0"] * 12, None, "1"),
        ([0, 1] * 12, "0", "0"),
        ([0, 1] * 12, "1.0", "1"),
        (["good", " bad"] * 12, "bad", "bad"),
        ([1, 2, 3] * 8, None, None),
    ],
)
def test_the_positive_label_is_said_or_plain(labels: list[Any], given: str | None, positive: str) -> None:
    found = own.as_own_data(table(label=labels), roles(positive=given), name="t")
    assert found.dataset.positive == found.roles.positive == positive


@pytest.mark.parametrize(
    ("labels", "given", "says"),
    [
        (["good", "bad"] * 12, None, r"got \['bad', 'good'\]. Add --positive bad or --positive good"),
        ([1, 2] * 12, None, "--positive must say which label"),
        (["good", "bad"] * 12, "goood", r"must be a label; got 'goood'. Did you mean 'good'\?"),
        ([1, 2, 3] * 8, "1", "--positive is for two classes; got '1' among 3"),
        (["no"] * 24, None, r"'label' must have two classes or more; got 'no' in all 24 rows"),
        ([0, 1, None, 1] * 6, None, r"a label in 'label'; got none in 6 of 24 rows, the first of them row 3"),
        ([0.0, 1.0, float("nan"), 1.0] * 6, None, "none in 6 of 24 rows"),
        (["a", "", "b", " "] * 6, None, "none in 12 of 24 rows, the first of them row 2"),
        (np.linspace(0, 1.5, 24), None, r"must hold class labels; got double, such as '0'"),
        (pd.date_range("2026-01-01", periods=24), None, r"must hold class labels; got timestamp"),
    ],
)
def test_labels_that_cannot_be_learned_are_refused(labels: Any, given: str | None, says: str) -> None:
    with pytest.raises(InvalidValueError, match=says):
        own.as_own_data(table(label=pa.array(labels)), roles(positive=given), name="t")


@pytest.mark.parametrize(
    ("rows", "asked", "says"),
    [
        (table(), roles(target="lable"), r"--target must name a column; got 'lable'. Did you mean 'label'\?"),
        (table(), roles(group="persn"), r"--group must name a column; .* Did you mean 'person'\?"),
        (table(), roles(time="dya"), r"--time must name a column; .* Did you mean 'day'\?"),
        (table(), roles(drop=("jbo",)), r"--drop must name a column; .* Did you mean 'job'\?"),
        (table(), roles(categorical=("jbo",)), "--categorical must name a column"),
        (table(), roles(drop=("label",)), "one role; got 'label' as --target and --drop"),
        (table(), roles(categorical=("day",)), "one role; got 'day' as --drop and --categorical"),
        (table(), roles(group="person", time="day", drop=()), "must be by group or by time"),
        (table(person=[1, None, 2] * 8), roles(group="person", drop=("day",)), "none in 8 of 24 .* row 2"),
        (
            table(day=pa.array([None, *pd.date_range("2026", periods=23)])),
            roles(time="day", drop=("person",)),
            "the column of --time; got none in 1 of 24 rows of 'day', the first of them row 1",
        ),
        (table(day=["1.2.26"] * 24), roles(time="day", drop=("person",)), r"got 'day', which holds string"),
        (table(), roles(drop=()), r"got 'day': dates or times. Leave out with --drop day"),
        (table(age=None, job=None), roles(), "a table must have features; got the target alone"),
        (table().slice(0, 0), roles(), "a table must have rows"),
        (table().rename_columns(["label", "age", "age", "person", "day"]), roles(), "'age' more than once"),
    ],
)
def test_a_table_that_does_not_fit_is_refused(rows: pa.Table, asked: own.Roles, says: str) -> None:
    with pytest.raises(InvalidValueError, match=says):
        own.as_own_data(rows, asked, name="t")


def test_all_refused_columns_are_named_at_once_quoted_for_a_shell() -> None:
    rows = table(**{"my id": [f"u{i}" for i in range(24)], "job": [None] * 24})
    with pytest.raises(InvalidValueError, match="--drop job --drop day --drop 'my id', or correct"):
        own.as_own_data(rows, roles(drop=("person",)), name="t")


NASTY = ('"a",{b}', "<img src=x onerror=alert(1)>", "[c]:d", "", "column_1", "naïve", "plain")


@pytest.mark.parametrize("library", ["lightgbm", "xgboost"])
def test_libraries_take_columns_of_any_name(library: str) -> None:
    from boostweights.benchmark.learners import LEARNERS, estimator, parameters

    rng = np.random.default_rng(0)
    rows = table(age=None, job=None, **{name: rng.normal(size=24) for name in NASTY})
    found = own.as_own_data(rows, roles(), name="t")
    assert list(found.names.values()) == list(NASTY)
    assert list(found.names)[-3:] == ["column_1", "column_6", "plain"]
    learner = LEARNERS[library]
    arguments = parameters(learner, trees=2, seed=0, threads=1, categorical=())
    estimator(learner.classifier, arguments).fit(found.dataset.X, found.dataset.y == "yes")


# Folds


def suite_of(data: own.OwnData, **wanted: Any) -> Any:
    return own.own_suite(data, own.Wanted(**wanted), name="t")


def test_stratified_folds_are_scikit_learns() -> None:
    frame = load_breast_cancer(as_frame=True).frame
    data = own.as_own_data(pa.Table.from_pandas(frame), own.Roles(target="target"), name="t")
    found = own.own_folds(data, suite_of(data, folds=4, repeats=2, seed=3))
    for repeat in (0, 1):
        splitter = StratifiedKFold(4, shuffle=True, random_state=3 + repeat)
        wanted = splitter.split(np.zeros(len(frame)), frame["target"])
        for split, (train, test) in zip(found[4 * repeat :], wanted, strict=False):
            assert (split.train.tolist(), split.test.tolist()) == (train.tolist(), test.tolist())


def test_equal_rows_and_groups_are_on_one_side() -> None:
    data = own.as_own_data(table(), roles(), name="t")
    key = [tuple(row) for row in data.dataset.X.astype(str).to_numpy()]
    for split in own.own_folds(data, suite_of(data, folds=2)):
        assert not {key[i] for i in split.train} & {key[i] for i in split.test}
    rng = np.random.default_rng(0)
    grouped = table(age=rng.normal(size=24), person=np.repeat(range(8), 3))
    data = own.as_own_data(grouped, roles(group="person", drop=("day",)), name="t")
    assert data.dataset.group is not None
    for split in own.own_folds(data, suite_of(data, folds=3)):
        assert not set(data.dataset.group[split.train]) & set(data.dataset.group[split.test])


def timed(times: Any, y: Any = None, **features: Any) -> own.OwnData:
    n = len(times)
    labels = [0, 1] * n if y is None else y
    columns = {"y": list(labels)[:n], "t": times, "x": np.arange(n) * 1.5} | features
    return own.as_own_data(pa.table(columns), own.Roles(target="y", time="t"), name="t")


def small(n: int) -> Dataset:
    return Dataset(name="t", X=pd.DataFrame({"x": np.arange(n) * 1.5}), y=np.array(["0", "1"] * n)[:n])


@given(st.integers(2, 6), st.integers(0, 40), st.randoms(use_true_random=False))
def test_folds_in_order_of_time_are_scikit_learns(folds: int, more: int, random: Any) -> None:
    n = 2 * (folds + 1) + more
    times = np.arange(n)
    random.shuffle(times)
    in_order = np.argsort(times)
    wanted = TimeSeriesSplit(folds).split(np.zeros(n))
    for split, (train, test) in zip(own.time_folds(small(n), times, folds), wanted, strict=True):
        assert split.train.tolist() == sorted(in_order[train])
        assert split.test.tolist() == sorted(in_order[test])


@given(st.lists(st.integers(0, 12), min_size=12, max_size=60), st.integers(2, 4))
def test_training_rows_are_earlier_than_test_rows_of_whole_times(values: list[int], folds: int) -> None:
    times = np.unique(values, return_inverse=True)[1]
    try:
        found = list(own.time_folds(small(len(times)), times, folds))
    except InvalidValueError as refused:
        assert "too many rows have one time" in str(refused)
        return
    for before, split in zip([None, *found], found, strict=False):
        assert times[split.train].max() < times[split.test].min()
        assert (
            sorted([*split.train, *split.test]) == np.flatnonzero(times <= times[split.test].max()).tolist()
        )
        if before is not None:
            assert sorted([*before.train, *before.test]) == split.train.tolist()
    assert len(found) == folds
    assert times[found[-1].test].max() == times.max()


@pytest.mark.parametrize(
    "times",
    [
        pd.date_range("2026-01-01", periods=12, freq="h"),
        pd.date_range("2026-01-01", periods=12, tz="Europe/Vienna"),
        [day.date() for day in pd.date_range("2026-01-01", periods=12)],
        np.linspace(-3, 5, 12),
    ],
)
def test_times_are_dates_or_numbers(times: Any) -> None:
    backwards = timed(list(times)[::-1])
    (first, second) = own.own_folds(backwards, suite_of(backwards, folds=2))
    assert (first.train.tolist(), first.test.tolist()) == ([8, 9, 10, 11], [4, 5, 6, 7])
    assert (second.train.tolist(), second.test.tolist()) == ([*range(4, 12)], [0, 1, 2, 3])


def test_a_fold_in_time_without_a_class_is_named() -> None:
    late = timed(range(30), [0] * 20 + [0, 1] * 5)
    with pytest.raises(InvalidValueError, match="got no '1' among the 10 training rows of fold 1 of 2"):
        own.own_folds(late, suite_of(late, folds=2))
    early = timed(range(30), [0, 1] * 10 + [0] * 10)
    with pytest.raises(InvalidValueError, match="got no '1' among the 10 test rows of fold 2 of 2"):
        own.own_folds(early, suite_of(early, folds=2))
    one_day = timed([1] * 28 + [2, 2])
    with pytest.raises(InvalidValueError, match="none for fold 1 of 3: too many rows have one time"):
        own.own_folds(one_day, suite_of(one_day, folds=3))


def test_equal_rows_of_a_training_fold_in_time_are_not_parted_by_tuning() -> None:
    data = timed(range(24), x=[1.0, 2.0, 3.0, 4.0] * 6)
    for split in own.own_folds(data, suite_of(data, folds=2)):
        assert split.groups is not None
        assert len(np.unique(split.groups)) == 4


@pytest.mark.parametrize(
    ("positives", "says"),
    [
        (3, r"as there are folds, 5; got 3 rows of the positive 'yes'. Use --folds 3"),
        (1, r"got 1 row of the positive 'yes'. Add rows of the class"),
    ],
)
def test_fewer_positives_than_folds_are_counted(positives: int, says: str) -> None:
    rows = table(label=["yes"] * positives + ["no"] * (24 - positives), age=np.arange(24.0))
    data = own.as_own_data(rows, roles(), name="t")
    with pytest.raises(InvalidValueError, match=says):
        own.own_folds(data, suite_of(data, folds=5))


# Suites and plans


def test_arms_are_policies_and_the_default_suites() -> None:
    named = {name: own.named_arms([name])[-1] for name in ("unweighted", "balanced", "sqrt_balanced")}
    for name, arm in named.items():
        counts = as_policy(name).resolve([0] * 9 + [1])  # type: ignore[union-attr]
        assert arm.policy.resolve(counts.counts, load_suite("tiny").cost("")).values == counts.values
    assert [arm.name for arm in own.named_arms(["smote", "unweighted"])] == ["unweighted", "smote"]
    with pytest.raises(InvalidValueError, match="got 'balenced'. Did you mean 'balanced'?"):
        own.named_arms(["balenced"])


def data_of(**changes: Any) -> own.OwnData:
    rng = np.random.default_rng(0)
    return own.as_own_data(table(age=rng.normal(size=24), **changes), roles(), name="t")


@pytest.mark.parametrize(
    ("wanted", "says"),
    [
        ({"libraries": ["lihgtgbm"]}, "Did you mean 'lightgbm'?"),
        (
            {"policies": ["native_is_unbalance"], "libraries": ["sklearn"]},
            "got native_is_unbalance for sklearn",
        ),
        ({"policies": ["costs"]}, "costs must say --fn"),
        ({"fp": 2.0}, "costs must say --fn"),
        ({"fn": -1.0}, "must be positive and finite"),
        ({"fn": float("nan")}, "must be positive and finite"),
    ],
)
def test_a_comparison_that_cannot_be_is_refused(wanted: dict[str, Any], says: str) -> None:
    with pytest.raises(InvalidValueError, match=says):
        suite_of(data_of(), **wanted)


def test_what_is_for_two_classes_is_refused_with_more() -> None:
    rows = table(label=["a", "b", "c"] * 8)
    data = own.as_own_data(rows, roles(positive=None), name="t")
    with pytest.raises(InvalidValueError, match="--fn and --fp are for two classes"):
        suite_of(data, fn=5.0)
    with pytest.raises(InvalidValueError, match="got target_prior for 3 classes"):
        suite_of(data, policies=["target_prior"])


def test_repeats_of_a_split_by_time_are_refused() -> None:
    with pytest.raises(InvalidValueError, match="a split by time is made once; got --repeats 2"):
        suite_of(timed(range(30)), repeats=2)


def test_costs_become_a_policy_and_a_threshold(tmp_path: Path) -> None:
    data = data_of()
    suite = suite_of(data, fn=50.0, fp=2.0, libraries=["lightgbm"], folds=2)
    assert [arm.name for arm in suite.arms] == ["unweighted", "sqrt_balanced", "balanced", "costs"]
    plan = own.own_plan(data, suite, own.own_folds(data, suite), tmp_path)
    of_costs = {cell.model_key for cell in plan.cells if cell.arm == "costs"}
    for key in of_costs:
        low, high = plan.models[key].recipe.weights
        assert high / low == pytest.approx(25)
        assert plan.models[key].asked.costs == (50.0, 2.0)


def test_a_threshold_is_tuned_where_the_training_rows_suffice(tmp_path: Path) -> None:
    data = data_of()  # 8 positives
    for folds, tuned in ((2, True), (8, True)):
        suite = suite_of(data, folds=folds, libraries=["sklearn"])
        splits = own.own_folds(data, suite)
        plan = own.own_plan(data, suite, splits, tmp_path)
        assert all(model.asked.tune == tuned for model in plan.models.values())
        assert bool(own.described(data, suite, splits)["tuned"]) == tuned
    few = data_of(label=["yes"] * 4 + ["no"] * 20)  # 2 in a training fold, and 4 are needed
    suite = suite_of(few, folds=2, libraries=["sklearn"])
    splits = own.own_folds(few, suite)
    assert not any(model.asked.tune for model in own.own_plan(few, suite, splits, tmp_path).models.values())
    assert "not tuned: too few rows" in own.as_lines(own.described(few, suite, splits))


def test_the_data_set_is_kept_beside_the_run_named_by_its_content(tmp_path: Path) -> None:
    one, other = data_of(), data_of(label=["yes", "no", "no"] * 8)
    for data in (one, other, one):
        suite = suite_of(data, folds=2, libraries=["sklearn"])
        own.own_plan(data, suite, own.own_folds(data, suite), tmp_path)
    kept = {read_dataset(path).digest for path in tmp_path.glob("data-*.parquet")}
    assert kept == {one.dataset.digest, other.dataset.digest}


def test_what_was_used_as_what_is_said() -> None:
    rows = table(**{"<b>": ["x", "y"] * 12, "age": [31.0, None, 40.0] * 8})
    data = own.as_own_data(rows, roles(group="person", drop=("day",)), name="my data.csv")
    suite = suite_of(data, folds=3, libraries=["sklearn"])
    # three persons, who have both labels but for the first
    facts = own.described(data, suite, [])
    text = own.as_lines(facts | {"training_rows": [16]})
    for line in (
        "my data.csv",
        "  rows         24",
        "  target       label: 'yes' 8 (positive), 'no' 16",
        "  numbers      1: age",
        "  categories   2: job, '<b>'",
        "  group        person, no feature: 3 groups",
        "  dropped      1: day",
        "  missing      8 cells",
        "  split        3 folds, by group and stratified",
    ):
        assert f"\n{line}\n" in f"\n{text}\n"
