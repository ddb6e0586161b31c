"""A table is split in two files: whatever scores the second one says what the fit in memory says."""

import json
import runpy
import warnings
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from commands import call, train_here
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline

import boostweights as bw
from boostweights.benchmark.compare.dataset import as_table_data
from boostweights.benchmark.compare.results import write_model
from boostweights.benchmark.plan.learners import LEARNERS, installed_distribution, parameters
from boostweights.benchmark.plan.learners import estimator as make
from boostweights.errors import InvalidValueError
from boostweights.serving.scoring import ModelWarning, _remarks, load_model, save_model, score, score_file
from boostweights.tables.files import read_file
from boostweights.tables.linear import LinearClassifier
from boostweights.tables.preparation import Differences, PreparedColumn, TablePreparation
from boostweights.tables.reading import Reading
from boostweights.tables.roles import Roles
from boostweights.tables.target import as_read

TRAINED, NEW = 300, 60
LINEAR = "linear"


def table() -> pd.DataFrame:
    rng = np.random.default_rng(0)
    n = TRAINED + NEW
    x = rng.normal(size=n)
    days = pd.Timestamp("2025-01-01") + pd.to_timedelta(rng.integers(0, 400, n), unit="D")
    return pd.DataFrame(
        {
            "amount [EUR]": [f"{value * 100:.2f}".replace(".", ",") for value in x],
            "rooms": np.where(rng.random(n) < 0.1, "", rng.integers(1, 6, n).astype(str)),
            "city, state": rng.choice(["Graz", "Wien", "Łódź", ""], n),
            "member": rng.choice(["true", "false"], n),
            "since": days.strftime("%d.%m.%Y"),
            "code": rng.choice(["7", "12"], n),
            "customer": [f"c{at:06d}" for at in range(n)],
            "bad": np.where(x + 0.5 * rng.normal(size=n) > 1, "yes", "no"),
        }
    )


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder, rows = tmp_path_factory.mktemp("tables"), table()
    rows[:TRAINED].to_csv(folder / "train.csv", index=False, sep=";")
    rows[TRAINED:].drop(columns="bad").to_csv(folder / "new.csv", index=False, sep=";")
    return folder / "train.csv", folder / "new.csv"


def trained(library: str, files: tuple[Path, Path], **settings: Any) -> tuple[Pipeline, Any]:
    """A pipeline that was fitted on the first file, and its table."""
    data = as_table_data(
        read_file(files[0], Reading(as_text=("bad", "code"))),
        Roles(target="bad", categorical=("code",)),
        name="t",
    )
    if library == LINEAR:
        estimator: Any = LinearClassifier()
    else:
        if installed_distribution(LEARNERS[library]) is None:
            pytest.skip(f"{library} is not installed")
        record, categorical = LEARNERS[library], data.dataset.categorical
        settings_of = parameters(record, trees=20, seed=0, threads=1, categorical=categorical)
        estimator = make(record.classifier, settings_of)
    categories = "dtype" if library == LINEAR else LEARNERS[library].categories
    clf = bw.WeightedClassifier(estimator, **{"threshold": "f1", "pos_label": "yes", **settings})
    preparation = clone(data.preparation).set_params(categories=categories)
    model = Pipeline([("prepare", preparation), ("classify", clf)])
    labels = as_read(data.dataset.y)
    model.fit(data.table, labels)
    return bw.Card.of(model[-1], labels, target="bad").attach(model), data


FRAMES: dict[str, Callable[[pd.DataFrame], Any]] = {
    "pandas": lambda frame: frame,
    "pyarrow": lambda frame: pa.Table.from_pandas(frame, preserve_index=False),
    "polars": lambda frame: pytest.importorskip("polars").from_pandas(frame),
}


ENSEMBLE = {"correct_proba": "fitted", "ensemble": True, "calibration_cv": 2}


@pytest.mark.parametrize(
    ("library", "settings"),
    [*((library, {}) for library in (*LEARNERS, LINEAR)), ("lightgbm", ENSEMBLE), ("catboost", ENSEMBLE)],
)
def test_a_file_is_scored_as_its_rows_are_in_memory(
    library: str, settings: dict[str, Any], files: tuple[Path, Path], tmp_path: Path
) -> None:
    model, data = trained(library, files, **settings)
    new = pd.read_csv(files[1], sep=";", dtype=str)
    typed = pd.read_csv(files[1], sep=";", decimal=",")
    expected = model.predict_proba(new)[:, 1]
    assert len(np.unique(expected)) > 3
    path = write_model(model, bw.Card.from_model(model), data, tmp_path)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ModelWarning)
        again = load_model(path)
    same = {"rtol": 0, "atol": 1e-12 if library == LINEAR else 0}
    for name, frame in FRAMES.items():
        for rows in (new, typed, new[new.columns[::-1]].assign(other="a")):
            np.testing.assert_allclose(again.predict_proba(frame(rows))[:, 1], expected, **same, err_msg=name)
    one_by_one = [again.predict_proba(new.iloc[[at]])[0, 1] for at in range(0, NEW, 7)]
    np.testing.assert_allclose(one_by_one, expected[::7], **same)

    out = tmp_path / "scored.parquet"
    scored = score_file(again, files[1], out, Reading(), key=["customer"])
    found = pq.read_table(out)
    assert found.column_names == ["customer", "label", "probability", "decision", "threshold"]
    np.testing.assert_allclose(found["probability"].to_numpy(), expected, **same)
    assert found["label"].to_pylist() == model.predict(new).tolist()
    assert found["customer"].to_pylist() == new["customer"].tolist()
    assert found["decision"].to_pylist() == [label == "yes" for label in found["label"].to_pylist()]
    assert (scored.rows, scored.flagged) == (NEW, sum(found["decision"].to_pylist()))
    in_memory = score(again, typed, key=["customer"])
    np.testing.assert_allclose(in_memory["probability"].to_numpy(), expected, **same)


def test_the_endings_hold_the_same_rows(files: tuple[Path, Path], tmp_path: Path) -> None:
    model, _ = trained("lightgbm", files)
    tables = {}
    for ending in (".csv", ".tsv", ".parquet", ".xlsx"):
        out = tmp_path / f"scored{ending}"
        score_file(model, files[1], out, Reading(), key=["customer"])
        tables[ending] = read_file(out, Reading()).rows.to_pandas() if ending != ".xlsx" else None
    for ending in (".csv", ".tsv"):
        pd.testing.assert_frame_equal(tables[ending], tables[".parquet"], check_exact=True)
    pytest.importorskip("python_calamine")
    sheet = read_file(tmp_path / "scored.xlsx", Reading()).rows.to_pandas()
    # a workbook keeps 16 digits
    np.testing.assert_allclose(sheet["probability"], tables[".parquet"]["probability"], rtol=1e-15)


def test_parts_of_a_file_are_scored_as_the_whole(
    files: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model, _ = trained("lightgbm", files)
    whole = score_file(model, files[1], tmp_path / "whole.csv", Reading())
    monkeypatch.setattr("boostweights.tables.delimited._BLOCK", 1_000)
    monkeypatch.setattr("boostweights.serving.scoring._ROWS", 7)
    assert score_file(model, files[1], tmp_path / "parts.csv", Reading()) == whole
    assert (tmp_path / "parts.csv").read_text() == (tmp_path / "whole.csv").read_text()


def test_what_differs_from_the_training_rows_is_told(files: tuple[Path, Path], tmp_path: Path) -> None:
    model, _ = trained("lightgbm", files)
    new = pd.read_csv(files[1], sep=";", dtype=str)
    new["city, state"] = ["Linz", "w" * 10_000, *["Graz"] * (NEW - 2)]
    new["rooms"] = [None] * (NEW // 2) + ["3"] * (NEW // 2)
    new.assign(bad="no", more="1").to_csv(tmp_path / "new.csv", index=False)
    remarks = " ".join(score_file(model, tmp_path / "new.csv", tmp_path / "o.csv", Reading()).remarks)
    assert "never seen in 'city, state': 'Linz', 'wwww" in remarks
    assert "(2 rows)" in remarks
    assert "'rooms' is missing in 50% of the rows" in remarks
    assert "not used: 'bad', 'more'" in remarks
    assert len(remarks) < 1_000


def test_the_positive_label_and_the_threshold_are_those_that_decide(files: tuple[Path, Path]) -> None:
    costs = bw.Costs(fn=5, fp=1, pos_label="no")
    model, _ = trained(LINEAR, files, weighting=None, threshold=costs, pos_label=None)
    new = pd.read_csv(files[1], sep=";", dtype=str)
    for threshold, positive, least in ((costs, None, 1 / 6), (0.9, "no", 0.9)):
        model.set_params(classify__threshold=threshold, classify__pos_label=positive)
        found = score(model, new)
        reached = found["probability"].to_numpy() >= least
        assert 0 < reached.sum() < NEW
        assert found["decision"].to_numpy().tolist() == reached.tolist()
        assert (found["label"].to_numpy(zero_copy_only=False) == "no").tolist() == reached.tolist()


def test_of_three_classes_none_is_flagged_and_a_workbook_has_room_or_is_refused(tmp_path: Path) -> None:
    rows = pd.DataFrame({"x": np.arange(30) % 7, "who": ["w" * 40_000] * 30, "a": ["=1+1"] * 30})
    steps = [
        ("prepare", TablePreparation(drop=["who", "a"])),
        ("c", bw.WeightedClassifier(LogisticRegression())),
    ]
    model = Pipeline(steps).fit(rows, ["a", "b", "c"] * 10)
    rows.to_parquet(tmp_path / "new.parquet")
    scored = score_file(model, tmp_path / "new.parquet", tmp_path / "o.csv", Reading())
    assert (str(scored), scored.flagged) == ("30 rows scored", None)
    one = Pipeline(steps).set_params(c__threshold=0.34, c__pos_label="b").fit(rows, ["a", "b", "c"] * 10)
    found = score(one, rows)
    names = [f"probability of '{label}'" for label in "abc"]
    assert found.column_names == ["label", *names, "decision", "threshold"]
    reached = found["probability of 'b'"].to_numpy() >= 0.34
    assert found["decision"].to_numpy().tolist() == reached.tolist()
    assert 0 < reached.sum() < 30
    flagged = score_file(one, tmp_path / "new.parquet", tmp_path / "one.csv", Reading()).flagged
    assert flagged == reached.sum()
    two = (
        Pipeline(steps)
        .set_params(c__threshold=None, c__pos_label=None)
        .fit(rows, np.repeat([True, False], 15))
    )
    assert two.classes_.tolist() == [False, True]
    np.testing.assert_array_equal(score(two, rows)["probability"], two.predict_proba(rows)[:, 1])
    flagged = score_file(two, tmp_path / "new.parquet", tmp_path / "two.csv", Reading()).flagged
    assert flagged == two.predict(rows).sum() > 0
    assert pd.read_csv(tmp_path / "o.csv").columns.tolist()[1:] == [f"probability of '{c}'" for c in "abc"]
    with pytest.raises(InvalidValueError, match="no room for row 1"):
        score_file(model, tmp_path / "new.parquet", tmp_path / "o.xlsx", Reading(), key=["who"])
    pytest.importorskip("python_calamine")
    score_file(model, tmp_path / "new.parquet", tmp_path / "o.xlsx", Reading(), key=["a"])
    assert read_file(tmp_path / "o.xlsx", Reading()).rows["a"].to_pylist() == ["=1+1"] * 30


@pytest.mark.parametrize(("rows", "least"), [(100, 33), (10_000, 1501)])
def test_a_share_of_missing_values_is_told_from_five_points_or_four_standard_errors_on(
    rows: int, least: int
) -> None:
    preparation = TablePreparation()
    preparation.columns_ = {"a": PreparedColumn(kind="number", typed="number", missing=0.1)}
    told = [at for at in range(rows // 10, rows // 2) if [*_remarks(preparation, missing(rows, at))]]
    assert told == [*range(least, rows // 2)]


def missing(rows: int, count: int) -> Differences:
    return Differences(rows=rows, missing=Counter({"a": count}))


BAD: dict[str, tuple[Callable[[pd.DataFrame], pd.DataFrame], str]] = {
    "text where numbers were": (lambda rows: rows.assign(rooms="many"), "'rooms'.*'many' in row 1"),
    "no column": (lambda rows: rows.drop(columns=["rooms", "since"]), "none named 'rooms', 'since'"),
    "no rows": (lambda rows: rows[:0], "must have rows"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_table_of_another_meaning_is_refused_before_anything_is_written(
    name: str, files: tuple[Path, Path], tmp_path: Path
) -> None:
    change, message = BAD[name]
    model, _ = trained("lightgbm", files)
    change(pd.read_csv(files[1], sep=";", dtype=str)).to_csv(tmp_path / "new.csv", index=False)
    before = sorted(tmp_path.iterdir())
    with pytest.raises(InvalidValueError, match=message):
        score_file(model, tmp_path / "new.csv", tmp_path / "o.csv", Reading())
    assert sorted(tmp_path.iterdir()) == before


def test_a_scored_file_is_not_replaced_unless_it_is_asked_for(
    files: tuple[Path, Path], tmp_path: Path
) -> None:
    model, _ = trained("lightgbm", files)
    out = tmp_path / "o.csv"
    out.write_text("mine")
    with pytest.raises(InvalidValueError, match="--force"):
        score_file(model, files[1], out, Reading())
    assert out.read_text() == "mine"
    score_file(model, files[1], out, Reading(), force=True)
    assert out.read_text() != "mine"
    for place, message in (
        (tmp_path / "o.txt", "must end in"),
        (tmp_path / "no" / "o.csv", "folder that exists"),
    ):
        with pytest.raises(InvalidValueError, match=message):
            score_file(model, files[1], place, Reading())
    with pytest.raises(InvalidValueError, match="must not replace the new rows"):
        score_file(model, files[1], files[1], Reading(), force=True)
    with pytest.raises(InvalidValueError, match=r"--key must name a column.*'customer'"):
        score_file(model, files[1], tmp_path / "p.csv", Reading(), key=["custmer"])
    rows = pd.read_csv(files[1], sep=";", dtype=str).rename(columns={"customer": "label"})
    with pytest.raises(InvalidValueError, match=r"key column must have another name.*'label'"):
        score(model, rows, key=["label"])


def test_a_model_file_that_is_none_is_refused_and_a_pickle_is_told(
    files: tuple[Path, Path], tmp_path: Path
) -> None:
    for name, content in {"a.skops": b"no", "b.joblib": b"no", "c.pkl": b"no"}.items():
        (tmp_path / name).write_bytes(content)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ModelWarning)
            with pytest.raises(InvalidValueError, match="a model file must"):
                load_model(tmp_path / name)
    model, data = trained("lightgbm", files)
    joblib.dump(model, tmp_path / "model.joblib")
    with pytest.warns(ModelWarning, match="is a pickle: reading it runs code"):
        load_model(tmp_path / "model.joblib")
    joblib.dump(model[-1], tmp_path / "clf.joblib")
    with pytest.raises(InvalidValueError, match="needs a pipeline"), pytest.warns(ModelWarning):
        load_model(tmp_path / "clf.joblib")
    path = write_model(model, bw.Card.from_model(model), data, tmp_path)
    assert path.name == "model.skops"
    linear, rows = trained("linear", files)
    assert save_model(linear, tmp_path / "linear", rows.table).suffix == ".skops"
    assert not (tmp_path / "model.joblib").exists()
    card = model[-1]._card
    object.__setattr__(card, "versions", {**card.versions, "lightgbm": "0.1"})
    with pytest.warns(ModelWarning, match="trained with lightgbm 0.1"):
        load_model(save_model(model, tmp_path / "old", data.table))


def test_two_commands_lead_from_a_table_to_scored_rows(
    files: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    train_here(monkeypatch)
    quick = ("--libraries", "lightgbm", "--policies", "balanced", "--folds", "2", "--trees", "5")
    code, out, err = call("compare", files[0], "--target", "bad", *quick)
    assert code == 0, err
    for guess in ("'yes' is the positive label", "'customer': 300 different texts", "'since'"):
        assert guess in " ".join(out.split())
    assert "--strict --positive yes --drop customer --dates" in " ".join(out.split())
    (run,) = (tmp_path / "runs").iterdir()
    assert f"  boostweights predict {run.relative_to(tmp_path)} NEW.csv -o SCORED.csv\n" in out
    keys = ("--key", "customer", "--key", "city, state")
    code, out, err = call("predict", run, files[1], "-o", "scored.csv", *keys, "--json")
    assert (code, err) == (0, "")
    assert json.loads(out)["rows"] == NEW
    scored = pd.read_csv("scored.csv")
    program = runpy.run_path(str(run / "recommended.py"), run_name="program")
    again = program["score"](
        pd.read_csv(files[1], sep=";", dtype=str), key=["customer", "city, state"]
    ).to_pandas()
    pd.testing.assert_frame_equal(again, scored, check_dtype=False, check_exact=True)
    code, _, err = call("predict", run, files[1], "-o", "scored.csv")
    assert code == 2
    assert "--force" in err
    data = as_table_data(read_file(files[0], Reading()), Roles(target="bad"), name="t")
    assert again["label"].isin(as_read(data.dataset.y)).all()


def test_a_column_of_costs_decides_each_row_of_the_new_file(
    files: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    train_here(monkeypatch)
    for at, file in enumerate(files):
        frame = pd.read_csv(file, sep=";", dtype=str)
        frame["lost"] = [f"{row % 9},5" for row in range(len(frame))]
        frame.to_csv(f"{at}.csv", index=False, sep=";")
    quick = ("--libraries", "lightgbm", "--folds", "2", "--trees", "5", "--name", "run")
    code, out, err = call("compare", "0.csv", "--target", "bad", "--fn", "lsot", *quick)
    assert (code, out) == (2, "")
    assert "numbers, or name columns of numbers; got 'lsot'. Did you mean 'lost'?" in err
    code, out, err = call("compare", "0.csv", "--target", "bad", "--fn", "lost", "--drop", "lost", *quick)
    assert code == 0, err
    assert "each row is decided by its own" in " ".join(out.split())
    code, out, err = call("predict", "runs/run", "1.csv", "-o", "scored.csv")
    assert (code, err) == (0, "")
    new, scored = pd.read_csv("1.csv", sep=";", dtype=str), pd.read_csv("scored.csv")
    threshold = 1 / (1 + new["lost"].str.replace(",", ".").astype(float))
    np.testing.assert_allclose(scored["threshold"], threshold)
    flagged = (scored["probability"] >= threshold).rename("decision")
    pd.testing.assert_series_equal(scored["decision"], flagged)
    assert len(set(scored["decision"])) == 2
    model = load_model("runs/run/model.skops")
    for labels in (model.predict(new), runpy.run_path("runs/run/recommended.py")["score"](new)["label"]):
        assert np.array(labels).tolist() == np.where(flagged, "yes", "no").tolist()
    new.drop(columns="lost").to_csv("without.csv", index=False, sep=";")
    new.replace({"lost": {"3,5": "-3,5"}}).to_csv("negative.csv", index=False, sep=";")
    for name, says in {"without": "none named 'lost'", "negative": "must be at least 0"}.items():
        code, _, err = call("predict", "runs/run", f"{name}.csv", "-o", "other.csv")
        assert (code, says in err, Path("other.csv").exists()) == (2, True, False)
