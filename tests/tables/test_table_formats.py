"""Folders of Delta Lake, Iceberg and Hudi hold files that were removed: no reader of Parquet counts them."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from commands import read_rows
from libraries import make_estimator
from pyarrow import fs

import boostweights as bw
from boostweights.outofcore import count_parquet, fit_parquet
from boostweights.outofcore.folder import open_folder

ROWS = 200
FORMATS = {
    "Delta Lake": ("_delta_log/00000000000000000001.json", r"deltalake\.DeltaTable\('.*t'\).*delta_scan\('"),
    "Iceberg": ("metadata/v2.metadata.json", r"pyiceberg .*iceberg_scan\('"),
    "Hudi": (".hoodie/hoodie.properties", r"format\('hudi'\)\.load\('.*t'\)"),
}
READERS: dict[str, Callable[[Any], Any]] = {
    "read_rows": read_rows,
    "count_parquet": lambda place: count_parquet(place, "label"),
    "fit_parquet": lambda place: fit_parquet(make_estimator("lightgbm"), place, "label"),
}


@pytest.fixture(params=FORMATS)
def table(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Path, str]:
    """A table of 200 rows whose folder has 400: its log removes the file of before."""
    place = tmp_path / "t"
    for part in ("before", "now"):
        file = place / "day=1" / f"{part}.parquet"
        file.parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(pa.table({"label": [0, 1] * (ROWS // 2), "x": [1.0, 2.0] * (ROWS // 2)}), file)
    log = place / FORMATS[request.param][0]
    log.parent.mkdir()
    log.write_text(json.dumps({"remove": {"path": "day=1/before.parquet"}}))
    return (
        place,
        rf"must not be a {request.param} table.*; got .*t with .*\. Pass .*{FORMATS[request.param][1]}",
    )


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("part", ["", "day=1", "day=1/now.parquet", ".."])
def test_a_table_with_a_log_is_refused(reader: str, part: str, table: tuple[Path, str]) -> None:
    place, message = table
    with pytest.raises(bw.errors.InvalidValueError, match=message):
        READERS[reader](place / part if part != ".." else place.parent)


def test_it_is_refused_by_a_list_a_link_another_file_system_and_a_relative_path(
    table: tuple[Path, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place, message = table
    (tmp_path / "link").symlink_to(place / "day=1")
    monkeypatch.chdir(place / "day=1")
    below = fs.SubTreeFileSystem(str(place.parent), fs.LocalFileSystem())
    for files in (sorted(Path().glob("*.parquet")), tmp_path / "link", place.as_uri()):
        with pytest.raises(bw.errors.InvalidValueError, match=message):
            count_parquet(files, "label")
    with pytest.raises(bw.errors.InvalidValueError, match=message):
        count_parquet("t/day=1", "label", filesystem=below)


def test_a_folder_that_became_a_table_meanwhile_is_refused(tmp_path: Path) -> None:
    pq.write_table(pa.table({"label": [0, 1]}), tmp_path / "1.parquet")
    opened = open_folder(tmp_path)
    (tmp_path / "_delta_log").mkdir()
    (tmp_path / "_delta_log" / "0.json").write_text("{}")
    with pytest.raises(bw.errors.InvalidValueError, match="Delta Lake"):
        opened.check_unchanged()


def test_other_folders_of_these_names_are_read(tmp_path: Path) -> None:
    pq.write_table(pa.table({"label": [0, 1]}), tmp_path / "1.parquet")
    (tmp_path / "metadata").mkdir()
    (tmp_path / "metadata" / "notes.json").write_text("{}")
    assert count_parquet(tmp_path, "label") == {0: 1, 1: 1}
    os.remove(tmp_path / "metadata" / "notes.json")
    assert read_rows(tmp_path).num_rows == 2
