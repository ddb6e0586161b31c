"""A user's own table: each column is used as what it is, or refused with its reason."""

from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from owntables import roles, table

from boostweights.benchmark.compare.dataset import as_table_data
from boostweights.errors import InvalidValueError, InvalidValuesError
from boostweights.tables.features import as_feature
from boostweights.tables.roles import Roles


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (pa.array([1, 2, None]), [1.0, 2.0, None]),
        (pa.array([1.5, float("nan"), 2.5]), [1.5, None, 2.5]),
        (pa.array([Decimal("1.00"), Decimal("2.00"), Decimal("2.00")]), [1.0, 2.0, 2.0]),
        (pa.array([True, False, None]), ["True", "False", None]),
        (pa.array([" b ", "a", "a", " "]), ["b", "a", "a", None]),
        (pa.array(["x", "y", None]).dictionary_encode(), ["x", "y", None]),
        (pa.array(["x", "y", "x"], pa.large_string()), ["x", "y", "x"]),
    ],
)
def test_a_column_is_numbers_or_categories_by_its_type(values: pa.Array, expected: list[Any]) -> None:
    found = as_feature(pa.chunked_array([values])).values
    assert found is not None
    assert [None if pd.isna(value) else value for value in found.tolist()] == expected
    numeric = isinstance(expected[0], float)
    assert isinstance(found, np.ndarray) == numeric
    if not numeric:
        assert found.dictionary.to_pylist() == sorted({value for value in expected if value is not None})


def test_a_column_called_categorical_is_one() -> None:
    found = as_feature(pa.chunked_array([[8001, 8002, None, 8001]]), categorical=True).values
    assert found is not None
    assert found.dictionary.to_pylist() == ["8001", "8002"]
    many = as_feature(pa.chunked_array([[f"u{i}" for i in range(99)]]), categorical=True)
    assert (many.refused, len(many.values.dictionary)) == ("", 99)  # type: ignore[union-attr]


DAY = pd.Timestamp("2026-01-01")


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ([DAY, DAY], "dates or times"),
        ([DAY.date(), None], "dates or times"),
        ([DAY.time(), None], "dates or times"),
        ([pd.Timedelta(1, "s")] * 2, r"values of type duration\[.s\]"),
        ([None, None], "no value in any row"),
        ([1.0, float("inf")], "an infinite number in row 2"),
        ([[1], [2]], "values of type list<.*>"),
        ([b"a", b"b"], "values of type binary"),
        ([f"user {i}" for i in range(8)], "8 different texts in 8 rows, as identifiers have"),
        ([f"user {i // 2 * 2}" if i < 40 else f"user {i}" for i in range(120)], "100 different texts in 120"),
        ([*map(str, range(40)), "many"], "numbers but for 'many' in row 41"),
        ([f"{day}.12.2025" for day in range(1, 9)], "dates or times"),
        (["1/2/2025", "3/4/2025"], r"dates that can be %d/%m/%Y or %m/%d/%Y"),
        (list(range(5, 25)), "numbers that count the rows"),
    ],
)
def test_a_column_that_can_be_no_feature_is_refused_with_its_reason(values: list[Any], why: str) -> None:
    found = as_feature(pa.chunked_array([pa.array(values, from_pandas=True)]))
    assert found.values is None
    assert pd.Series([found.refused]).str.fullmatch(f"{why}.*").all(), found.refused


def test_numbers_as_text_are_noted() -> None:
    assert "numbers" in as_feature(pa.chunked_array([["1", "2", "1", "2"]])).note
    assert as_feature(pa.chunked_array([[1, 2, 2, 3] * 5])).note == ""


def test_each_column_has_its_role() -> None:
    found = as_table_data(table(), roles(group="person", drop=("day",)), name="t.csv")
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
        ([1.0, 0.0, -0.0] * 8, None, "1"),
        ([True, False] * 12, None, "True"),
        (["1", "0"] * 12, None, "1"),
        ([0, 1] * 12, "0", "0"),
        ([0, 1] * 12, "1.0", "1"),
        (["good", " bad"] * 12, "bad", "bad"),
        ([1, 2, 3] * 8, None, None),
    ],
)
def test_the_positive_label_is_said_or_plain(labels: list[Any], given: str | None, positive: str) -> None:
    found = as_table_data(table(label=labels), roles(positive=given), name="t")
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
        as_table_data(table(label=pa.array(labels)), roles(positive=given, strict=True), name="t")


MANY = {
    "a count": (
        np.arange(600) % 11,
        "at most 10 classes that are whole numbers; got 11 from 0 to 10, as a count",
    ),
    "an amount": (100 * (np.arange(600) % 400), "got 400 from 0 to 39900, as a count or an amount has"),
    "letters": ([f"{chr(65 + at % 26)}" for at in range(600)], "at most 20 classes; got 26."),
    "codes": ([f"{at % 21:03d}" for at in range(600)], "at most 20 classes; got 21."),
}


@pytest.mark.parametrize("name", MANY)
def test_many_classes_are_refused_unless_an_option_confirms_them(name: str) -> None:
    labels, says = MANY[name]
    rows = pa.table({"label": labels, "age": np.random.default_rng(0).normal(size=600)})
    with pytest.raises(InvalidValueError, match=f"{says}.*add --many-classes"):
        as_table_data(rows, Roles(target="label"), name="t")
    confirmed = as_table_data(rows, Roles(target="label", many_classes=True), name="t")
    assert len(np.unique(confirmed.dataset.y)) == len(set(map(str, labels)))


@pytest.mark.parametrize("labels", [np.arange(600) % 10, [chr(65 + at % 20) for at in range(600)]])
def test_ten_numbers_and_twenty_texts_are_classes(labels: Any) -> None:
    rows = pa.table({"label": labels, "age": np.random.default_rng(0).normal(size=600)})
    assert len(np.unique(as_table_data(rows, Roles(target="label"), name="t").dataset.y)) in (10, 20)


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
        (
            table(person=[1, None, 2] * 8),
            roles(group="person", drop=("day",)),
            "none in 8 of 24 .* row 2.*--sql",
        ),
        (
            table(day=pa.array([None, *pd.date_range("2026", periods=23)])),
            roles(time="day", drop=("person",)),
            "the column of --time; got none in 1 of 24 rows of 'day', the first of them row 1",
        ),
        (table(day=["week 5"] * 24), roles(time="day", drop=("person",)), r"got 'day', which holds string"),
        (
            table(),
            roles(drop=(), dates="refuse"),
            r"got 'day': dates or times. Add --dates .*, or --drop-dates \(here --drop day\)",
        ),
        (table(age=None, job=None), roles(), "a table must have features; got none"),
        (table().slice(0, 0), roles(), "a table must have rows"),
        (table().rename_columns(["label", "age", "age", "person", "day"]), roles(), "'age' more than once"),
    ],
)
def test_a_table_that_does_not_fit_is_refused(rows: pa.Table, asked: Roles, says: str) -> None:
    with pytest.raises(InvalidValueError, match=says):
        as_table_data(rows, asked, name="t")


def test_all_refused_columns_are_named_at_once_quoted_for_a_shell() -> None:
    rows = table(**{"my id": [f"u{i}" for i in range(24)], "job": [None] * 24})
    with pytest.raises(InvalidValueError, match="--drop 'job,day,my id', or add --dates .*, or correct"):
        as_table_data(rows, roles(drop=("person",), dates="refuse", strict=True), name="t")


def test_all_problems_of_options_target_and_columns_are_reported_at_once() -> None:
    rows = table(**{"my id": [f"u{i}" for i in range(24)]})
    asked = roles(positive="yess", group="persn", drop=("jbo", "day", "label"), strict=True)
    with pytest.raises(InvalidValuesError) as refused:
        as_table_data(rows, asked, name="t")
    first, *lines = str(refused.value).splitlines()
    assert first == "options and columns must be valid; got 5 problems. Correct them:"
    expected = [
        "--group must name a column; got 'persn'. Did you mean 'person'?",
        "--drop must name a column; got 'jbo'. Did you mean 'job'?",
        "a column must have one role; got 'label' as --target and --drop. Remove one.",
        "--positive must be a label; got 'yess'. Did you mean 'yes'?",
        "every feature must be numbers or categories; got 'my id': 24 different texts",
    ]
    assert len(lines) == len(expected)
    for line, beginning in zip(lines, expected, strict=True):
        assert line.startswith(f"  {beginning}")


def test_a_target_that_is_absent_hides_no_other_problem() -> None:
    rows = table(day=pa.array([None, *pd.date_range("2026", periods=23)]))
    with pytest.raises(
        InvalidValuesError, match="got 'lable'.*\n.*every row must have a value in the column"
    ):
        as_table_data(rows, roles(target="lable", time="day", drop=("person",)), name="t")


NASTY = ('"a",{b}', "<img src=x onerror=alert(1)>", "[c]:d", "", "column_1", "naïve", "plain")


@pytest.mark.parametrize("library", ["lightgbm", "xgboost"])
def test_libraries_take_columns_of_any_name(library: str) -> None:
    from boostweights.benchmark.plan.learners import LEARNERS, estimator, parameters

    rng = np.random.default_rng(0)
    rows = table(age=None, job=None, **{name: rng.normal(size=24) for name in NASTY})
    found = as_table_data(rows, roles(), name="t")
    assert list(found.names.values()) == list(NASTY)
    assert list(found.names)[-3:] == ["column_1", "column_6", "plain"]
    learner = LEARNERS[library]
    arguments = parameters(learner, trees=2, seed=0, threads=1, categorical=())
    estimator(learner.classifier, arguments).fit(found.dataset.X, found.dataset.y == "yes")
