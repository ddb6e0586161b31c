"""How a table is written is found out, told, and said otherwise by an option; what is unclear is refused."""

import csv
import datetime
import gzip
import io
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from commands import call, is_one_line, read_rows
from hostile import as_csv, columns, with_commas, workbook

from boostweights.benchmark.compare.dataset import as_table_data
from boostweights.errors import InvalidValueError
from boostweights.tables.features import as_feature
from boostweights.tables.files import read_batches, read_file
from boostweights.tables.preparation import TablePreparation
from boostweights.tables.reading import Reading
from boostweights.tables.roles import Roles


def written(path: Path, content: str | bytes) -> Path:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


LARGE = [1234567.25, 0.5, -12.75, 1000.0]
WAYS = {
    "1,234,567.25": ("{:,.2f}", ".", ",", str.maketrans("", "")),
    "1.234.567,25": ("{:,.2f}", ",", ".", str.maketrans(",.", ".,")),
    "1 234 567,25": ("{:,.2f}", ",", " ", str.maketrans(",.", " ,")),
    "1\u202f234\u202f567,25": ("{:,.2f}", ",", " ", str.maketrans(",.", "\u202f,")),
    "1'234'567.25": ("{:,.2f}", ".", "'", str.maketrans(",", "'")),
    "1’234’567.25": ("{:,.2f}", ".", "'", str.maketrans(",", "’")),
    "1234567,25": ("{:.2f}", ",", None, str.maketrans(".", ",")),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("sep", [",", ";", "\t", "|"])
def test_numbers_with_marks_are_numbers(way: str, sep: str, tmp_path: Path) -> None:
    format, decimal, thousands, table = WAYS[way]
    texts = [format.format(value).translate(table) for value in LARGE]
    assert texts[0] == way
    path = written(tmp_path / "a.csv", as_csv({"a": texts, "y": [0, 1, 0, 1]}, sep))
    found = read_file(path, Reading())
    assert found.rows["a"].to_pylist() == LARGE
    said = {"encoding": "utf-8", "separator": sep, "decimal": decimal}
    assert found.inferred == said | ({"thousands": thousands} if thousands else {})
    if "\u202f" not in way and "’" not in way:
        plain = pd.read_csv(path, sep=sep, decimal=decimal, thousands=thousands)
        assert found.rows.to_pandas().equals(plain)


@pytest.mark.parametrize(
    ("table", "sep", "expected"),
    [
        ({"a": ["1,234", "5,678"], "b": ["0,5", "1,25"]}, ";", {"a": [1.234, 5.678], "b": [0.5, 1.25]}),
        ({"a": ["1,234", "5,678"], "b": ["0.5", "1.25"]}, ",", {"a": [1234, 5678], "b": [0.5, 1.25]}),
        ({"a": ["1.234", "5.678"], "b": ["0,5", "1,25"]}, ",", {"a": [1234, 5678], "b": [0.5, 1.25]}),
        ({"a": ["1.234", "5.678"], "b": ["1.5", "x"]}, ";", None),
        ({"a": ["1.234", "5.678"]}, ",", {"a": [1.234, 5.678]}),
        ({"a": ["0.125", "0.250"]}, ";", {"a": [0.125, 0.25]}),
        ({"a": ["1,5", "n/a"]}, ";", {"a": [1.5, None]}),
        ({"a": ["1,5,7", "2,3"]}, ";", {"a": ["1,5,7", "2,3"]}),
        ({"a": ["10,5 kg", "3,2 kg"]}, ";", {"a": ["10,5 kg", "3,2 kg"]}),
    ],
)
def test_decimal_and_thousands_marks_are_told_together(
    table: dict[str, list[str]], sep: str, expected: dict[str, list[Any]] | None, tmp_path: Path
) -> None:
    path = written(tmp_path / "a.csv", as_csv(table | {"y": ["p", "q"]}, sep))
    if expected is None:
        with pytest.raises(InvalidValueError, match="--decimal"):
            read_file(path, Reading())
        return
    rows = read_file(path, Reading()).rows
    assert {name: rows[name].to_pylist() for name in expected} == expected


@pytest.mark.parametrize(
    ("text", "sep", "readings"),
    [("1,234", ",", {".": 1234, ",": 1.234}), ("1.234", ";", {".": 1.234, ",": 1234})],
)
def test_what_can_be_read_in_two_ways_is_refused_by_the_option_that_settles_it(
    text: str, sep: str, readings: dict[str, float], tmp_path: Path
) -> None:
    path = written(tmp_path / "a.csv", as_csv({"price": [text, "7"], "y": ["p", "q"]}, sep))
    with pytest.raises(InvalidValueError) as refused:
        read_file(path, Reading())
    assert f"got '{text}' in column 'price', row 1" in str(refused.value)
    for decimal, value in readings.items():
        assert f"--decimal {decimal} for {value}" in str(refused.value)
        assert read_file(path, Reading(decimal=decimal)).rows["price"].to_pylist() == [value, 7]


def test_columns_of_two_ways_are_refused_where_they_would_be_features(tmp_path: Path) -> None:
    path = written(tmp_path / "a.csv", as_csv({"a": ["1,5", "2,5"] * 9, "b": ["1.5", "2.5"] * 9}, ";"))
    rows = read_rows(path)
    assert rows["b"].to_pylist() == [1.5, 2.5] * 9
    with pytest.raises(
        InvalidValueError, match="'a': numbers with other marks than the rest, as '1,5' in row 1"
    ):
        TablePreparation(marks={}).fit(rows)
    assert TablePreparation(categorical=["a"]).fit(rows).columns_["a"].levels == ["1,5", "2,5"]


def test_labels_and_categories_stay_the_texts_that_they_are(tmp_path: Path) -> None:
    path = written(tmp_path / "a.csv", as_csv({"a": ["1,1", "1,10"], "b": ["1,5", "2,25"]}, ";"))
    rows = read_file(path, Reading(as_text=("a",))).rows
    assert rows.to_pydict() == {"a": ["1,1", "1,10"], "b": [1.5, 2.25]}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32", "cp1252", "latin-1"])
@pytest.mark.parametrize("packed", [False, True])
def test_an_encoding_is_found(encoding: str, packed: bool, tmp_path: Path) -> None:
    content = as_csv({"naïve": ["Zürich", "Łódź" if encoding.startswith("utf") else "Genève"], "y": [0, 1]})
    raw = content.encode(encoding)
    path = written(tmp_path / f"a.csv{'.gz' * packed}", gzip.compress(raw) if packed else raw)
    found = read_file(path, Reading())
    assert found.rows.to_pandas().equals(pd.read_csv(io.StringIO(content)))
    assert found.inferred["encoding"] == ("cp1252" if encoding == "latin-1" else encoding)
    (batch,) = read_batches(path, Reading())
    assert batch.column_names == found.rows.column_names
    assert batch[0].to_pylist() == found.rows[0].to_pylist()


def test_a_packed_file_that_is_cut_is_not_taken_for_the_scored_one(tmp_path: Path) -> None:
    path = written(tmp_path / "a.csv.gz", gzip.compress(b"a,b\n1,2\n" * 99, mtime=0)[:-9])
    with pytest.raises(InvalidValueError, match=r"must be rows of text .*a\.csv\.gz"):
        list(read_batches(path, Reading()))


@pytest.mark.parametrize("line", ["sep=|\r\n", '"sep=|"\n', "SEP=|\n"])
@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_a_line_above_the_header_names_the_separator(line: str, encoding: str, tmp_path: Path) -> None:
    content = as_csv({"a": ["1;5", "2,5"], "b": ["x", 'y "z"'], "y": [0, 1]}, "|")
    path = written(tmp_path / "a.csv", (line + content).encode(encoding))
    found = read_file(path, Reading())
    assert found.inferred == {"encoding": encoding, "separator": "|"}
    assert found.rows.to_pandas().equals(pd.read_csv(io.StringIO(content), sep="|"))
    (batch,) = read_batches(path, Reading())
    assert batch.to_pydict() == {"a": ["1;5", "2,5"], "b": ["x", 'y "z"'], "y": ["0", "1"]}
    written(path, (line + content + "1|2\r\n").encode(encoding))
    with pytest.raises(InvalidValueError, match="2 in line 5 of"):
        read_file(path, Reading())


def test_options_say_otherwise(tmp_path: Path) -> None:
    path = written(tmp_path / "a.csv", "name:y\nŻubr:1\nkoń:2\n".encode("cp1250"))
    found = read_file(path, Reading(sep=":", encoding="cp1250"))
    assert found.rows.to_pydict() == {"name": ["Żubr", "koń"], "y": [1, 2]}
    for said, rule in (
        ({"encoding": "cp1255x"}, "--encoding must name an encoding; got 'cp1255x'. Did you mean 'cp1255'?"),
        ({"encoding": "utf-8"}, "here utf-8; got .* another byte in line 2. Name another --encoding"),
        ({"encoding": "base64"}, "--encoding must name an encoding"),
        ({"decimal": ";"}, "--decimal must be . or ,"),
        ({"sheet": "one"}, "--sheet is for a workbook"),
    ):
        with pytest.raises(InvalidValueError, match=rule):
            read_file(path, Reading(**said))  # type: ignore[arg-type]


QUOTED = {
    "double": ('a,b\n"x, ""y""\nz",1\nw,2\n', {"a": ['x, "y"\nz', "w"], "b": [1, 2]}),
    "single": ("a,b\n'x, y',1\n'w',2\n", {"a": ["x, y", "w"], "b": [1, 2]}),
    "escaped": ('a,b\n"x \\", y",1\n"w",2\n', {"a": ['x ", y', "w"], "b": [1, 2]}),
    "commas within": ("price, EUR;sold\n1,5;2\n2,5;3\n", {"price, EUR": [1.5, 2.5], "sold": [2, 3]}),
    "one column": ("y\n1\n0\n", {"y": [1, 0]}),
}


@pytest.mark.parametrize("name", QUOTED)
def test_quotes_are_found(name: str, tmp_path: Path) -> None:
    content, expected = QUOTED[name]
    assert read_rows(written(tmp_path / "a.csv", content)).to_pydict() == expected


@pytest.mark.parametrize(
    "format",
    ["%d.%m.%Y", "%d.%m.%Y %H:%M", "%Y/%m/%d", "%m/%d/%Y %H:%M:%S", "%d-%m-%Y", "%m/%d/%y %H:%M", "%d.%m.%y"],
)
def test_dates_as_text_are_dates(format: str) -> None:
    begin = datetime.datetime(2025, 1, 30, 7, 30)
    days = [begin + datetime.timedelta(days=11 * each) for each in range(40)]
    column = pa.chunked_array([[*(day.strftime(format) for day in days), "", None]])
    assert as_feature(column).refused == "dates or times"
    rows = pa.table({"on": column, "on_days": [0.5] * 42})
    found = TablePreparation().fit(rows).transform(rows)
    known = pd.to_datetime(pd.Series([day.strftime(format) for day in days]), format=format)
    assert found["on_days_"][:40].tolist() == [(day - datetime.datetime(1970, 1, 1)).days for day in days]
    assert found["on_month"][:40].tolist() == known.dt.month.tolist()
    assert found["on_weekday"][:40].tolist() == (known.dt.day_of_week + 1).tolist()
    assert np.isnan(found["on_month"][40:]).all()
    assert ("on_hour" in found) == ("%H" in format)
    assert found["on_days"].tolist() == [0.5] * 42
    assert TablePreparation(dates="drop").fit(rows).left_out_ == {"on": "dates"}


def test_a_date_that_can_be_two_is_refused_by_the_query_that_says_which(tmp_path: Path) -> None:
    table = {"on": ["01/02/2025", "03/04/2025"] * 9, "x": [1.0, 2.0] * 9, "y": [0, 1] * 9}
    path = written(tmp_path / "a.csv", as_csv(table))
    asked = ("verify", path, "--target", "y", "--library", "lightgbm", "--form", "sample_weight")
    code, _, err = call(*asked)
    assert code == 2
    (query,) = re.findall(r'specify which it is with (--sql ".*FROM data")', err)
    found = read_file(path, Reading(sql=shlex.split(query)[1])).rows["on"]
    assert found[0].as_py() == datetime.datetime(2025, 2, 1)
    timed = Roles(target="y", time="on")
    with pytest.raises(InvalidValueError, match=r"dates that can be .* Add --sql \"SELECT"):
        as_table_data(read_rows(path), timed, name="a")
    rows = pa.table(table)
    with pytest.raises(
        InvalidValueError, match=r"dates that can be %d/%m/%Y or %m/%d/%Y. Leave out with --drop on"
    ):
        TablePreparation().fit(rows)


@pytest.mark.parametrize(
    ("texts", "expected", "note"),
    [
        (["1", "2.5", "?"], [1.0, 2.5, None], "taken as missing: '?' in 1 row"),
        (["1", "-", "N.A.", " 3 "], [1.0, None, None, 3.0], "'-' in 1 row, 'N.A.' in 1 row"),
        (["1", "", None], [1.0, None, None], "text that holds numbers"),
        (["007", "008"] * 9, ["007", "008"] * 9, "leading zeros, taken as categories"),
        (["a", "?", "a"] * 9, ["a", "?", "a"] * 9, ""),
    ],
)
def test_text_is_numbers_when_all_but_missing_marks_are(
    texts: list[Any], expected: list[Any], note: str
) -> None:
    found = as_feature(pa.chunked_array([pa.array(texts, pa.string())]))
    assert found.values is not None
    assert [None if pd.isna(value) else value for value in found.values.tolist()] == expected
    assert note in found.note


def test_a_workbook_is_what_was_written(tmp_path: Path) -> None:
    pytest.importorskip("python_calamine")
    day = datetime.date(2026, 1, 31)
    table: dict[str, list[Any]] = {
        "whole": [1, 2, None],
        "part": [1.5, None, 2.0],
        "text": ["a", "b & c", None],
        "true": [True, False, None],
        "on": [day, None, day],
        "mixed": [1, "x", 2.5],
        "comma": ["1,5", "2,5", "3"],
    }
    path = written(tmp_path / "a.xlsx", workbook({"rows": table, "empty": {}}))
    found = read_file(path, Reading())
    expected = {**table, "mixed": ["1", "x", "2.5"], "comma": [1.5, 2.5, 3.0]}
    expected["on"] = [datetime.datetime(2026, 1, 31), None, datetime.datetime(2026, 1, 31)]
    assert found.rows.to_pydict() == expected
    assert found.inferred == {"sheet": "rows", "decimal": ","}
    both = written(tmp_path / "b.xlsx", workbook({"rows": table, "my notes": {"n": [1]}}))
    with pytest.raises(InvalidValueError, match="Add --sheet 'rows' or --sheet 'my notes'"):
        read_file(both, Reading())
    assert read_file(both, Reading(sheet="my notes")).rows.to_pydict() == {"n": [1]}
    with pytest.raises(InvalidValueError, match="Did you mean 'rows'?"):
        read_file(both, Reading(sheet="row"))
    assert read_file(path, Reading(sql="SELECT max(whole) AS m FROM data")).rows.to_pydict() == {"m": [2]}


def test_how_a_file_was_read_is_told_where_it_is_unusual(tmp_path: Path) -> None:
    table = columns()
    usual = written(tmp_path / "usual.csv", as_csv(table))
    rate = [str(value).replace(".", ",") for value in table["rate"]]
    marked = table | {"balance": with_commas(table["balance"]), "rate": rate}
    unusual = written(tmp_path / "unusual.csv", as_csv(marked, ";", quoting=csv.QUOTE_ALL).encode("utf-16"))
    code, out, err = call("advise", usual, "--target", "churn")
    assert (code, err) == (0, "")
    code, same, err = call("advise", unusual, "--target", "churn")
    assert (code, same) == (0, out)
    read_as = "utf-16, ';' between fields, decimal mark ',', thousands mark '.'"
    assert err == f"unusual.csv: read as {read_as}\n"


def test_rows_without_a_label_are_left_out_unless_nothing_is_guessed(tmp_path: Path) -> None:
    table = columns()
    path = written(tmp_path / "a.csv", as_csv(table | {"churn": ["", *table["churn"][1:]]}))
    for strict in ((), ("--strict", "--drop-missing-target")):
        code, _, err = call("advise", path, "--target", "churn", *strict)
        assert (code, err) == (0, "a.csv: 1 rows without a label are left out\n")
    code, _, err = call("advise", path, "--target", "churn", "--strict")
    assert (code, is_one_line(err)) == (2, True)
    assert "none in 1 of 160 rows, the first of them row 1. Add --drop-missing-target" in err


def test_a_missing_file_is_told_before_anything_heavy_is_imported(tmp_path: Path) -> None:
    code = (
        "import sys; from boostweights.cli.app import app\n"
        "try: app(sys.argv[1:])\n"
        "finally: print(*sorted({name.partition('.')[0] for name in sys.modules}), file=sys.stderr)"
    )
    for command in (["compare"], ["verify", "--library", "lightgbm"], ["advise"]):
        asked = [command[0], "none.csv", "--target", "y", *command[1:]]
        done = subprocess.run(
            [sys.executable, "-c", code, *asked], cwd=tmp_path, capture_output=True, text=True, check=False
        )
        error, loaded = done.stderr.splitlines()
        assert done.returncode == 2
        assert error.startswith("error: a data file must exist; got 'none.csv'")
        assert not {"pyarrow", "pandas", "sklearn", "scipy", "duckdb", "lightgbm"} & set(loaded.split())
