"""What a column is is learned once, by name; a new row becomes what it would have been among the others."""

import datetime
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from sklearn.base import clone
from sklearn.utils import get_tags

from boostweights.errors import InvalidValueError
from boostweights.tables.files import read_file
from boostweights.tables.numerals import Texts
from boostweights.tables.preparation import Differences, TablePreparation
from boostweights.tables.reading import Reading

ROWS = 60
RNG = np.random.default_rng(0)
DAYS = [datetime.date(2025, 1, 1) + datetime.timedelta(days=3 * at) for at in range(ROWS)]
TABLE = pd.DataFrame(
    {
        "amount": RNG.normal(size=ROWS),
        "price [EUR]": [f"{1000 + at},{at % 7}" if at % 9 else "?" for at in range(ROWS)],
        "visits": [None if at % 11 == 0 else at % 5 for at in range(ROWS)],
        "city": [["Graz", "Wien", None][at % 3] for at in range(ROWS)],
        "member": [at % 4 == 0 for at in range(ROWS)],
        "since": [day.strftime("%d.%m.%Y") for day in DAYS],
        "code": [["007", "010"][at % 2] for at in range(ROWS)],
        "zone": [at % 6 for at in range(ROWS)],
        "customer": [f"c{at:05d}" for at in range(ROWS)],
    }
)
ENGINES: dict[str, Callable[[pd.DataFrame], Any]] = {
    "pandas": lambda frame: frame,
    "pyarrow": lambda frame: pa.Table.from_pandas(frame, preserve_index=False),
    "polars": lambda frame: pytest.importorskip("polars").from_pandas(frame),
}
MODES = ("dtype", "text", "few", "codes")


def fitted(**settings: Any) -> TablePreparation:
    return TablePreparation(categorical=("zone",), **settings).fit(TABLE)


def same(left: pd.DataFrame, right: pd.DataFrame) -> None:
    pd.testing.assert_frame_equal(left.reset_index(drop=True), right.reset_index(drop=True), check_exact=True)


def as_texts(frame: pd.DataFrame) -> pd.DataFrame:
    """A table as a text file holds it: nothing but texts."""
    texts = frame.astype(object).where(frame.notna(), None)
    return texts.map(
        lambda value: None if value is None else str(value).lower() if value is True else str(value)
    )


def test_columns_are_what_they_look_like() -> None:
    made = fitted().transform(TABLE)
    assert made["column_2"].tolist()[1:3] == [1001.1, 1002.2]
    assert np.isnan(made["column_2"][0])
    assert made["city"].cat.categories.tolist() == ["Graz", "Wien"]
    assert made["code"].cat.categories.tolist() == ["007", "010"]
    assert made["member"].tolist() == [str(value) for value in TABLE["member"]]
    assert made["zone"].tolist() == [str(value) for value in TABLE["zone"]]
    assert made["since_weekday"].tolist() == [day.isoweekday() for day in DAYS]
    assert made["since_days"].tolist() == [(day - datetime.date(1970, 1, 1)).days for day in DAYS]
    assert fitted().left_out_ == {"customer": "60 different texts in 60 rows, as identifiers have"}
    assert fitted().names_["column_2"] == "price [EUR]"
    assert "taken as missing: '?' in 7 rows" in fitted().notes_["price [EUR]"]
    assert fitted(categories="codes").transform(TABLE)["code"].tolist() == [0, 1] * (ROWS // 2)
    comma = fitted().transform(TABLE[:1].assign(amount="1.234,5"))  # as "price [EUR]" is written
    assert comma["amount"].tolist() == [1234.5]
    assert get_tags(fitted()).input_tags.allow_nan


def test_texts_are_levels_and_numbers_as_they_were() -> None:
    texts = pd.DataFrame({"code": ["7", "12"] * 9, "price": ["1.234", "2.500"] * 9})
    preparation, new = TablePreparation(categorical=["code"]).fit(texts), texts[:2].assign(code=["007", "7"])
    assert preparation.transform(texts)["price"].tolist()[:2] == [1.234, 2.5]
    assert preparation.transform(new)["code"].isna().tolist() == [True, False]


@pytest.mark.parametrize(("first", "second"), [("1.5", 1.5), ("1,5", 1.5)])
def test_a_lone_letter_among_numbers_is_a_missing_number(first: str, second: float, tmp_path: Path) -> None:
    texts = [first, *map(str, range(20)), "N"]
    rows = pd.DataFrame({"amount": texts})
    preparation = TablePreparation().fit(rows)
    assert preparation.transform(rows)["amount"].tolist()[:2] == [second, 0]
    assert preparation.transform(rows[-1:])["amount"].isna().all()
    assert "taken as missing: 'N' in 1 row" in preparation.notes_["amount"]
    for other in ("Y", "NN"):  # which the training rows lack
        with pytest.raises(InvalidValueError, match=f"numbers\\): '{other}' in row 1"):
            preparation.transform(pd.DataFrame({"amount": [other]}))
    with pytest.raises(InvalidValueError, match="numbers but for 'N'"):
        TablePreparation(identifiers="refuse").fit(rows)
    rows.to_csv(tmp_path / "rows.csv", sep=";", index=False)
    read = read_file(tmp_path / "rows.csv", Reading(sep=";"))
    from_file = TablePreparation(marks=read.marks).fit(read.rows)
    same(from_file.transform(rows), preparation.transform(rows))


@pytest.mark.parametrize(
    "texts", [["1", "2", "3", "N"], [*map(str, range(20)), "N", "Y"], ["a"] * 20 + ["N"]]
)
def test_letters_that_may_mean_something_are_no_missing_numbers(texts: list[str]) -> None:
    assert Texts(pa.array(texts)).letter == ""


def test_columns_of_an_array_have_names() -> None:
    values = RNG.normal(size=(ROWS, 2))
    made = TablePreparation().fit(values).transform(values)
    pd.testing.assert_frame_equal(made, pd.DataFrame(values, columns=["x0", "x1"]))


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("mode", MODES)
def test_new_rows_are_what_they_were_among_all_others(mode: str, engine: str) -> None:
    preparation = fitted(categories=mode)
    whole, frame = preparation.transform(TABLE), ENGINES[engine]
    same(preparation.transform(frame(TABLE)), whole)
    same(preparation.transform(frame(TABLE[TABLE.columns[::-1]].assign(other=1.0))), whole)
    for rows in ([5], [0], range(9, 30), []):
        same(preparation.transform(frame(TABLE.iloc[list(rows)])), whole.iloc[list(rows)])
    same(preparation.transform(frame(as_texts(TABLE))), whole)
    same(preparation.transform(frame(as_texts(TABLE).iloc[[7]])), whole.iloc[[7]])
    same(clone(preparation).fit(frame(TABLE)).transform(TABLE), whole)


@pytest.mark.parametrize("value", ["Linz", "w" * 10_000])
def test_a_level_that_was_never_seen_is_missing_and_counted(value: str) -> None:
    new = TABLE.iloc[:4].assign(city=["Graz", value, None, value])
    for mode, missing in {"dtype": None, "text": "(missing)", "codes": None}.items():
        differences = Differences()
        made = fitted(categories=mode).compared(new, differences)
        assert (made["city"].isna() if missing is None else made["city"] == missing).tolist()[1:] == [
            True
        ] * 3
        assert differences.unseen == {"city": {value: 2}}
        assert differences.missing["city"] == 1


def test_the_common_levels_stay_where_a_library_takes_few() -> None:
    texts = [f"t{at}" for at in range(300)] + ["t5", "t299"] * 300
    preparation = TablePreparation(categories="few").fit(pd.DataFrame({"text": texts}))
    made = preparation.transform(pd.DataFrame({"text": ["t5", "t99", "t299", "new"]}))["text"]
    assert len(made.cat.categories) == 255
    few = pd.DataFrame({"text": texts[:255] * 2})
    assert TablePreparation(categories="few").fit(few).transform(few)["text"].tolist() == texts[:255] * 2
    assert made.astype(object).where(made.notna(), None).tolist() == ["t5", "(other)", "t299", None]


BAD = {
    "a text in numbers": ({"amount": "many"}, r"'amount' \(numbers\): 'many' in row 1"),
    "an infinite number": ({"amount": np.inf}, r"'amount' \(finite numbers\): infinite in row 1"),
    "another way to write dates": (
        {"since": "2025-13-01"},
        r"'since' \(dates written %d.%m.%Y\): '2025-13-01'",
    ),
    "a list in categories": ({"city": [["a"]]}, r"'city' \(categories\): values of type list"),
    "two at once": ({"amount": "x", "visits": "y"}, "'amount'.*; 'visits'"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_column_of_another_meaning_is_refused(name: str) -> None:
    values, message = BAD[name]
    with pytest.raises(InvalidValueError, match=message):
        fitted().transform(TABLE.iloc[[3]].assign(**values))


def test_absent_columns_are_named_together() -> None:
    with pytest.raises(InvalidValueError, match="none named 'amount', 'city'.*Did you mean"):
        fitted().transform(TABLE.drop(columns=["amount", "city"]).assign(amout=1.0))
    with pytest.raises(InvalidValueError, match="none named 'amount'.*\n.*'visits' .numbers.: 'many'"):
        fitted().transform(TABLE.drop(columns="amount").assign(visits="many"))


@pytest.mark.parametrize(
    ("settings", "columns", "message"),
    [
        ({"dates": "refuse"}, {}, "'since': dates or times"),
        ({"identifiers": "refuse"}, {}, "'customer': 60 different texts"),
        ({"dates": "refuse", "identifiers": "refuse"}, {}, "'since'.*; 'customer'"),
        ({"drop": ["amuont"]}, {}, "drop must name a column.*'amount'"),
        ({"drop": ["amuont"], "dates": "refuse"}, {}, "drop must name a column.*\n.*'since': dates"),
        ({"dates": "both"}, {}, "dates must be one of"),
        ({}, {"since": ["01/02/2025"] * ROWS}, "dates that can be"),
    ],
)
def test_what_can_be_no_feature_is_refused_together(
    settings: dict[str, Any], columns: dict[str, Any], message: str
) -> None:
    with pytest.raises(InvalidValueError, match=message):
        TablePreparation(**settings).fit(TABLE.assign(**columns))


def test_dates_can_be_left_out_and_typed_dates_take_iso_texts() -> None:
    assert fitted(dates="drop").left_out_["since"] == "dates"
    typed = pd.DataFrame({"on": pd.to_datetime(DAYS) + pd.Timedelta(hours=6), "x": np.arange(ROWS) % 7})
    preparation = TablePreparation().fit(typed)
    whole = preparation.transform(typed)
    assert whole["on_hour"].tolist() == [6.0] * ROWS
    texts = typed.assign(on=[f"{day}T06:00:00" for day in DAYS])
    same(preparation.transform(texts), whole)
    midnight = preparation.transform(typed.iloc[[0]].assign(on=pd.Timestamp("2030-01-01")))
    assert midnight["on_hour"].tolist() == [0.0]


def test_a_frame_is_not_changed() -> None:
    before = TABLE.copy(deep=True)
    fitted(categories="text").transform(TABLE)
    pd.testing.assert_frame_equal(TABLE, before)
