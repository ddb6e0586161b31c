"""Text features and columns in the names of folders train as a frame's own, to the bit."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from libraries import make_estimator
from outofcore_frames import frame

import boostweights as bw
from boostweights.outofcore import count_parquet, fit_parquet, predict_parquet

WHERE = [
    ("xgboost", "disk"),
    pytest.param("xgboost", "memory", marks=pytest.mark.full),
    ("lightgbm", "memory"),
]
PLACES = np.array(["north", "east", "", "west"])
CATEGORIES = {"xgboost": {"enable_categorical": True}, "lightgbm": {"min_data_per_group": 5}}


def with_places(rows: int = 300) -> pd.DataFrame:
    """Rows whose text tells of the label, some missing; no file holds all texts in one order."""
    table = frame(rows=rows)[["a", "b", "label"]]
    rng = np.random.default_rng(5)
    late = (table["label"] == "late").to_numpy()
    table["place"] = PLACES[(rng.integers(0, 3, rows) + 2 * late) % 4]
    table.loc[rng.random(rows) < 0.1, "place"] = None
    return table.sort_values("place", kind="stable", ignore_index=True)


def in_memory(table: pd.DataFrame, *names: str) -> pd.DataFrame:
    """The same features as a frame's categories, which are sorted."""
    return table.assign(**{name: table[name].astype("category") for name in names}).drop(columns="label")


@pytest.mark.parametrize("encoded", [False, True])
@pytest.mark.parametrize(("library", "bins"), WHERE)
def test_text_trains_as_a_frames_categories(
    library: str, bins: Any, encoded: bool, tmp_path: Path, write: Callable[..., Path]
) -> None:
    rows = with_places()
    table = pa.Table.from_pandas(rows, preserve_index=False)
    folder = write(table, (130, 0, 170))
    if encoded:  # each file with codes of its own, and a text that no row has
        for number, part in enumerate((table.slice(0, 130), table.slice(130))):
            place = pa.array(pd.Categorical(part["place"].to_pandas(), [*PLACES[:: 2 * number - 1], "x"]))
            recoded = part.set_column(part.column_names.index("place"), "place", place)
            pq.write_table(recoded, folder / f"part-{2 * number}.parquet", row_group_size=37)
    clf = bw.WeightedClassifier(make_estimator(library, **CATEGORIES[library]), correct_proba=True)
    ours = fit_parquet(clf, folder, "label", bins=bins, block_rows=64)
    X = in_memory(rows, "place")
    theirs = clf.fit(X, rows["label"])
    np.testing.assert_array_equal(ours.predict_proba(X), theirs.predict_proba(X))
    shuffled = X.assign(place=X["place"].cat.set_categories(["west", "", "north", "east"]))
    np.testing.assert_array_equal(ours.predict_proba(shuffled), theirs.predict_proba(X))
    without = fit_parquet(clf, folder, "label", columns=["a", "b"], bins=bins)
    assert (without.predict_proba(X[["a", "b"]]) != ours.predict_proba(X)).any()
    assert ours.feature_levels_ == {"place": ("", "east", "north", "west")}
    out = predict_parquet(ours, folder, tmp_path / "out", block_rows=50)
    np.testing.assert_array_equal(pq.read_table(out)["proba_late"], theirs.predict_proba(X)[:, 1])


def test_a_text_that_training_never_saw(tmp_path: Path, write: Callable[..., Path]) -> None:
    rows = with_places()
    new = rows.assign(place=rows["place"].where(rows.index != 7, "south"))
    folder, evaluated = write(rows), write(new, name="new")
    clf = fit_parquet(make_estimator("lightgbm"), folder, "label")
    message = r"must be one of the 4 that column 'place'.*; got 'south' in part-0\.parquet"
    with pytest.raises(bw.errors.InvalidValueError, match=message):
        fit_parquet(make_estimator("lightgbm"), folder, "label", eval_folder=evaluated)
    with pytest.raises(bw.errors.InvalidValueError, match=message):
        predict_parquet(clf, evaluated, tmp_path / "out")
    assert not (tmp_path / "out").exists()
    out = predict_parquet(clf, evaluated, tmp_path / "out", unseen="missing")
    expected = clf.predict_proba(in_memory(rows.assign(place=rows["place"].where(rows.index != 7)), "place"))
    np.testing.assert_array_equal(pq.read_table(out)["proba_late"], expected[:, 1])


def test_text_that_a_library_was_not_told_of(write: Callable[..., Path]) -> None:
    folder = write(with_places())
    for library, settings, said in (
        ("xgboost", {}, "with enable_categorical=True, and no feature_types; got .*'place'"),
        ("lightgbm", {"categorical_feature": [0]}, r"categorical_feature=\[0\] with column 'place'"),
    ):
        with pytest.raises(bw.errors.InvalidValueError, match=said):
            fit_parquet(make_estimator(library, **settings), folder, "label")
    identified = with_places(2000).assign(name=[f"n{number}" for number in range(2000)])
    with pytest.raises(bw.errors.InvalidValueError, match=r"half as many levels.*2,000 rows"):
        fit_parquet(make_estimator("lightgbm"), write(identified, name="named"), "label")
    numbers = pa.table({"a": [1.0], "b": [1.0], "label": ["fine"], "place": [1]})
    pq.write_table(numbers, folder / "part-1.parquet")
    with pytest.raises(bw.errors.InvalidTypeError, match=r"int64 in part-1.*, of .*string in part-0"):
        fit_parquet(make_estimator("lightgbm"), folder, "label")


def partitioned(folder: Path, rows: pd.DataFrame, keys: list[str]) -> Path:
    table = pa.Table.from_pandas(rows, preserve_index=False)
    pq.write_to_dataset(table, folder, partition_cols=keys)
    return folder


@pytest.mark.parametrize("library", [pytest.param("xgboost", marks=pytest.mark.full), "lightgbm"])
def test_columns_in_the_names_of_folders(library: str, tmp_path: Path) -> None:
    rows = with_places().assign(year=lambda table: 2020 + table.index % 3)
    rows["place"] = rows["place"].replace("", "a b").fillna("x/y")
    folder = partitioned(tmp_path / "rows", rows, ["year", "place"])
    read = pd.read_parquet(folder).reset_index(drop=True)  # pyarrow's own way, whose keys are categories
    read["year"] = read["year"].astype(int)
    read["place"] = read["place"].astype(str).astype("category")
    assert count_parquet(folder, "year") == {2020: 100, 2021: 100, 2022: 100}
    assert count_parquet(folder, "label") == dict(rows["label"].value_counts())
    clf = bw.WeightedClassifier(make_estimator(library, **CATEGORIES[library]))
    names = ["a", "b", "year", "place"]
    ours = fit_parquet(clf, folder, "label", block_rows=64)
    assert ours.feature_names_in_.tolist() == names
    X = read[names].assign(place=read["place"].cat.set_categories(sorted(read["place"].cat.categories)))
    np.testing.assert_array_equal(ours.predict_proba(X), clf.fit(X, read["label"]).predict_proba(X))
    by_year = fit_parquet(clf, folder, "year", columns=["a", "place"])
    assert by_year.classes_.tolist() == [2020, 2021, 2022]


def test_partitions_that_differ(tmp_path: Path) -> None:
    def parquet(name: str, **columns: Any) -> None:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(pa.table(columns), tmp_path / name)

    parquet("year=1/0.parquet", label=[0, 1], a=[1.0, 2.0])
    parquet("year=2/0.parquet", label=[0, 1], a=[1.0, 2.0], b=[1.0, 2.0])
    with pytest.raises(bw.errors.InvalidValueError, match=r"'b', only in year=2/0\.parquet\. Pass columns="):
        fit_parquet(make_estimator("lightgbm"), tmp_path, "label")
    parquet("month=2/0.parquet", label=[0, 1], a=[1.0, 2.0])
    with pytest.raises(bw.errors.InvalidValueError, match=r"equal columns \(key=value\).*month"):
        count_parquet(tmp_path, "label")
    (tmp_path / "month=2/0.parquet").unlink()
    parquet("year=2/0.parquet", label=[0, 1], a=[1.0, 2.0], year=[2, 2])
    with pytest.raises(bw.errors.InvalidValueError, match=r"'year', in both, of year=2/0\.parquet"):
        count_parquet(tmp_path, "label")
