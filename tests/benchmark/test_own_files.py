"""A user's own file: read as it is, or refused with the line or the reason."""

import gzip
import io
import os
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from commands import read_rows

from boostweights.errors import InvalidValueError

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


@pytest.mark.parametrize(
    ("name", "content", "sep"),
    [
        ("a.csv", CSV, None),
        ("A.CSV", b"\xef\xbb\xbf" + CSV.encode(), None),
        ("a.csv", CSV.replace("\n", "\r\n"), None),
        ("a.csv.gz", gzip.compress(CSV.encode(), mtime=0), None),
        ("a.tsv", pd.read_csv(io.StringIO(CSV)).to_csv(index=False, sep="\t"), None),
        ("a.csv", pd.read_csv(io.StringIO(CSV)).to_csv(index=False, sep=";"), ";"),
    ],
)
def test_a_delimited_file_is_what_pandas_reads(
    tmp_path: Path, name: str, content: str | bytes, sep: str | None
) -> None:
    rows = read_rows(written(tmp_path / name, content), sep=sep).to_pandas()
    expected = pd.read_csv(io.StringIO(CSV))
    assert rows["size"].equals(expected["size"])
    assert rows["id"].tolist() == expected["id"].tolist()
    assert [text.replace("\r", "") for text in rows["colour"]] == expected["colour"].tolist()
    assert [str(day) for day in rows["when"]] == expected["when"].tolist()


def test_a_type_is_that_of_all_values_not_of_the_first_ones(tmp_path: Path) -> None:
    content = "n\n" + "1\n" * 300_000 + "0.5\n"
    rows = read_rows(written(tmp_path / "a.csv", content))
    assert rows["n"].type == pa.float64()
    assert rows["n"][-1].as_py() == 0.5


def test_spaces_around_names_are_no_part_of_them(tmp_path: Path) -> None:
    assert read_rows(written(tmp_path / "a.csv", "a, b\n1,2\n")).column_names == ["a", "b"]


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("a.csv", "a,b\n1,2\n3\n", r"header, 2; got 1 in line 3 of .*a\.csv"),
        ("a.csv", "a,b\n1,2\n3,4,5\n", "got 3 in line 3 of"),
        ("a.csv", 'a,b\n\n1,"x\ny"\n3\n', "got 1 in line 5 of"),  # neither blank nor quoted lines mislead
        ("a.csv", 'a,b\n1,"x\n3,4\n', r"quotes .* closed; got .*a\.csv, line 2"),
        ("a.csv", "", "must hold rows; got .*, which is empty"),
        ("a.csv", " \n\n", "which is empty"),
        ("a.csv", b"a,b\n1,\x81\n", "encoding, here cp1252; got .* in line 2. Add --encoding latin-1"),
        ("a.csv", "a,é\n1,ü\n".encode() + b"2,\xff\n", "UTF-8 but for 1 bytes, the first in line 3.*cp1252"),
        ("a.csv", "a,b\n1,2\n".encode("utf-16-le"), "a zero byte in line 1. Add --encoding utf-16-le"),
        ("a.csv", "a,b\n1,2\n".encode("utf-16-be"), "a zero byte in line 1. Add --encoding utf-16-be"),
        ("a.csv", "a,b\n1,\0\n", "a zero byte in line 2"),
        (
            "a.csv",
            parquet({"a": [1]}),
            r"ends in \.csv must hold what that says; got .*, which holds Parquet",
        ),
        ("a.csv", gzip.compress(b"a\n1\n", mtime=0), "which holds gzip"),
        ("a.csv", zipped(), "which holds a zip archive, as Excel's files are"),
        ("a.csv", "<!DOCTYPE html><html></html>", "which holds HTML"),
        ("a.csv.gz", "a,b\n1,2\n", r"ends in \.csv\.gz .* which holds no gzip"),
        ("a.csv.gz", gzip.compress(b"a,b\n1,2\n" * 99, mtime=0)[:-9], r"a \.gz file must be whole"),
        ("a.parquet", "a,b\n1,2\n", "which holds no Parquet"),
        ("a.parquet", parquet({"a": [1]})[:40], "Parquet files must be whole"),
        ("a.duckdb", "a,b\n1,2\n", "which holds no DuckDB"),
        ("a.xlsx", zipped(), r"a workbook must be readable; got .*a\.xlsx"),
        ("a.xlsx", "a,b\n1,2\n", "which holds no zip"),
        ("a.docx", zipped(), r"must end in \.csv, .*; got 'a\.docx'"),
    ],
)
def test_a_file_that_is_not_what_it_should_be_is_refused(
    tmp_path: Path, name: str, content: str | bytes, says: str
) -> None:
    path = written(tmp_path / name, content)
    with pytest.raises(InvalidValueError, match=f"(?s){says}"):
        read_rows(path, sql="SELECT 1" if name.endswith("duckdb") else None)


def test_the_nearest_file_is_suggested(tmp_path: Path) -> None:
    written(tmp_path / "churn.csv", CSV)
    with pytest.raises(InvalidValueError, match="Did you mean 'churn.csv'?"):
        read_rows(tmp_path / "chrun.csv")


def test_a_separator_is_one_character_of_a_delimited_file(tmp_path: Path) -> None:
    for name, content, sep in (("a.csv", CSV, "::"), ("a.parquet", parquet({"a": [1]}), ";")):
        with pytest.raises(InvalidValueError, match="a separator must be one character"):
            read_rows(written(tmp_path / name, content), sep=sep)


def test_parquet_is_read_from_a_file_and_from_a_folder(tmp_path: Path) -> None:
    written(tmp_path / "one.parquet", parquet({"a": [1, 2]}))
    assert read_rows(tmp_path / "one.parquet")["a"].to_pylist() == [1, 2]
    for place, values in {"land=at": [1, 2], "land=ch": [3]}.items():
        (tmp_path / "many" / place).mkdir(parents=True)
        written(tmp_path / "many" / place / "0.parquet", parquet({"a": values}))
    rows = read_rows(tmp_path / "many")
    assert list(zip(rows["a"].to_pylist(), rows["land"].to_pylist(), strict=True)) == [
        (1, "at"),
        (2, "at"),
        (3, "ch"),
    ]


@pytest.mark.parametrize("sql", [None, "SELECT max(a) FROM data"])
def test_a_damaged_file_of_a_folder_is_named(tmp_path: Path, sql: str | None) -> None:
    written(tmp_path / "1.parquet", parquet({"a": [1, 2]}))
    whole = parquet({"a": list(range(999))})
    written(tmp_path / "2.parquet", whole[:100] + bytes(300) + whole[400:])
    with pytest.raises(
        InvalidValueError, match=r"Parquet files must be whole .*; got .*2\.parquet: "
    ) as said:
        read_rows(tmp_path, sql=sql)
    assert "\n" not in str(said.value)


def test_a_folder_without_parquet_or_with_something_else_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidValueError, match="a folder must hold Parquet files; got none in"):
        read_rows(tmp_path)
    written(tmp_path / "a.csv", CSV)
    with pytest.raises(InvalidValueError, match="Parquet files must be whole and of one schema"):
        read_rows(tmp_path)


def test_a_query_is_asked_of_a_database_and_of_files(tmp_path: Path) -> None:
    database = tmp_path / "shop.duckdb"
    with duckdb.connect(str(database)) as connection:
        connection.sql("CREATE TABLE sales AS SELECT * FROM range(5) AS t(n)")
    before = database.read_bytes()
    rows = read_rows(database, sql="SELECT n, sum(n) OVER () AS total FROM sales WHERE n > 2 ORDER BY n")
    assert rows.to_pydict() == {"n": [3, 4], "total": [7, 7]}
    assert database.read_bytes() == before
    for path in (
        written(tmp_path / "a.csv", "n,c\n1,x\n2,y\n"),
        written(tmp_path / "a.parquet", parquet({"n": [1, 2], "c": ["x", "y"]})),
    ):
        assert read_rows(path, sql="SELECT c FROM data WHERE n = 2").to_pydict() == {"c": ["y"]}


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
        read_rows(database, sql=sql)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("sql", ["CREATE TABLE t (n INT)", "SELECT * FROM data WHERE id > 9"])
def test_a_statement_that_returns_no_rows_is_refused(tmp_path: Path, sql: str) -> None:
    with pytest.raises(InvalidValueError, match="the query must return rows; got none from '[CS]"):
        read_rows(written(tmp_path / "a.csv", CSV), sql=sql)


BEYOND = {
    "another file": "SELECT * FROM read_csv('{secret}')",
    "another file by its name": "SELECT * FROM '{secret}'",
    "a file written": "COPY (SELECT 1) TO '{folder}/written.csv'",
    "another database": "ATTACH '{folder}/other.duckdb'",
    "an extension": "INSTALL httpfs",
    "settings": "SET enable_external_access = true",
    "two statements": "SELECT 1; SELECT 2",
    "an object of Python's": "SELECT * FROM rows_of_python",
    "the environment": "SELECT * FROM glob('/etc/*')",
}


@pytest.mark.parametrize("from_database", [False, True], ids=["table", "database"])
@pytest.mark.parametrize("what", BEYOND)
def test_a_query_reaches_nothing_but_the_named_data(what: str, from_database: bool, tmp_path: Path) -> None:
    rows_of_python = pa.table({"n": [1, 2]})
    assert rows_of_python.num_rows == 2
    secret = written(tmp_path / "secret.csv", CSV)
    path = written(tmp_path / "a.csv", CSV)
    if from_database:
        path = tmp_path / "a.duckdb"
        with duckdb.connect(str(path)) as connection:
            connection.sql("CREATE TABLE sales AS SELECT * FROM range(5) AS t(n)")
            connection.sql(f"CREATE VIEW peek AS SELECT * FROM '{secret}'")
    before = sorted(tmp_path.iterdir())
    with pytest.raises(InvalidValueError, match="query must"):
        read_rows(path, sql=BEYOND[what].format(secret=secret, folder=tmp_path))
    if from_database:
        with pytest.raises(InvalidValueError, match="query must"):
            read_rows(path, sql="SELECT * FROM peek")
    assert sorted(tmp_path.iterdir()) == before


READS = """
import sys
from pathlib import Path
from boostweights.errors import InvalidValueError
from boostweights.tables.delimited import read_delimited

try:
    read_delimited(Path(sys.argv[1]), ",")
except InvalidValueError:
    sys.exit(2)
"""


@pytest.mark.full
def test_two_hundred_reads_of_an_open_quote_end_as_they_should(tmp_path: Path) -> None:
    rows = "".join(f"{row},{row},x\n" if row % 7 else f"{row},1\n" for row in range(200_000))
    (tmp_path / "rows.csv").write_text(f'a,b,c\n{rows}1,"open,x\n')
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    for _ in range(200):
        command = [sys.executable, "-c", READS, str(tmp_path / "rows.csv")]
        done = subprocess.run(command, capture_output=True, timeout=60, env=environment, check=False)
        assert (done.returncode, done.stderr) == (2, b"")
