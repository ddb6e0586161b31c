"""``boostweights compare`` ends in a decision: printed, on the page, in JSON, as a program that runs."""

import json
import re
import subprocess
import sys
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from commands import call, train_here
from hostile import workbook
from sklearn.metrics import accuracy_score, confusion_matrix, f1_score

import boostweights as bw
from boostweights.benchmark.compare.plan import source_of
from boostweights.serving.scoring import ModelWarning, load_model
from boostweights.tables.reading import Reading

QUICK = ("--libraries", "lightgbm", "--policies", "balanced", "--folds", "2", "--trees", "5")
ROOT = Path(bw.__file__).parents[1]

PUBLIC = {"boostweights", "boostweights.serving", "boostweights.tables"}


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with tables; models are trained in this process, which starts at once."""
    train_here(monkeypatch)
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(0)
    x = rng.normal(size=300)
    churned = x + 0.7 * rng.normal(size=300) > 1
    frame = pd.DataFrame({"in use": x, "plan": rng.choice(list("abc"), 300), "who": np.arange(300) // 2})
    frame.assign(churn=np.where(churned, "yes", "no")).to_csv("churn.csv", index=False)
    frame.assign(churn=churned.astype(int)).to_csv("whole.csv", index=False)
    frame.assign(churn=pd.cut(x, 3, labels=list("abc"))).to_csv("three.csv", index=False)
    return tmp_path


def compare(*arguments: str) -> tuple[int, str, str]:
    return call("compare", *arguments, "--target", "churn", *QUICK)


def run_of(here: Path, table: str) -> Path:
    """The directory of a table's one run."""
    (found,) = (here / "runs").glob(f"compare-{table}-*")
    return found


def ran(program: Path, here: Path, says: str = "For ") -> Any:
    """The classifier that a program saved, run by another process where the comparison was run."""
    done = subprocess.run(
        [sys.executable, str(program)],
        check=False,
        cwd=here,
        env={"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(says)
    (model,) = program.parent.glob("model.*")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ModelWarning)
        return load_model(model)[-1]


ASKED = {
    "costs": ("churn.csv", "--positive", "yes", "--fn", "10", "--group", "who"),
    "decisions": ("whole.csv", "--drop", "who"),
    "probabilities": ("whole.csv", "--drop", "who", "--need", "probabilities"),
    "alarms at recall": ("churn.csv", "--positive", "yes", "--drop", "who", "--at-least", "recall=.7"),
}


@pytest.mark.parametrize("need", ASKED)
def test_the_program_trains_what_is_recommended(here: Path, need: str) -> None:
    code, out, _ = compare(*ASKED[need], "--json")
    assert code == 0
    found = json.loads(out)["recommendation"]
    keys = {"need", "library", "policy", "correction", "threshold", "expected", "baselines", "code"}
    assert keys <= found.keys()
    assert (found["need"], found["library"]) == (need, "lightgbm")
    directory = run_of(here, ASKED[need][0].removesuffix(".csv"))
    assert json.loads((directory / "recommendation.json").read_text()) == found

    assert f"\nFor {need}: {found['name']}\n" in call("report", str(directory))[1]
    pasted: dict[str, Any] = {}
    exec(found["code"], pasted)
    program = (directory / "recommended.py").read_text()
    assert f"path = '{ASKED[need][0]}'\n" in found["code"]
    for text in (found["code"], program):
        assert {*re.findall(r"(?:from|import) (boostweights[\w.]*)", text)} <= PUBLIC
        assert str(here) not in text
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ModelWarning)
        stored = load_model(next(directory.glob("model.*")))
    new = pd.read_csv(ASKED[need][0])
    np.testing.assert_array_equal(pasted["model"].predict_proba(new), stored.predict_proba(new))

    clf = ran(directory / "recommended.py", here, says=f"For {need}: {found['name']}"[:70])
    assert repr(clf.weighting) == found["policy"]
    threshold = clf.threshold if need != "alarms at recall" else repr(clf.threshold)
    assert threshold == found["threshold"]
    assert clf.n_features_in_ == 2
    assert list(clf.classes_) == (["no", "yes"] if "churn.csv" in ASKED[need] else [0, 1])
    assert bw.Card.read(directory / "card.toml").policy == clf.weighting


@pytest.mark.parametrize(
    "options",
    [
        ("--fn", "lost", "--fp", "900", "--group", "who", "--fitted"),
        ("--categorical", "zip", "--drop", "who", "--drop-dates", "--time", "day"),
        ("--decimal", ",", "--sep", ";", "--sql", "SELECT * FROM data WHERE x IS NOT NULL"),
    ],
)
def test_what_is_pasted_reads_each_file_as_the_comparison_did(here: Path, options: tuple[str, ...]) -> None:
    rng, rows = np.random.default_rng(0), np.arange(300)
    frame = (
        pd.read_csv("whole.csv")
        .rename(columns={"in use": "x"})
        .assign(
            since=pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 900, 300), unit="D"),
            day=rows // 3,
            zip=[f"0{row % 7}" for row in rows],
            sold=[None if row % 9 == 0 else row % 5 for row in rows],
            paid=np.where(rows % 8 == 0, "", np.where(rows % 2 == 0, "True", "False")),
            lost=[f"1.{row % 900 + 100},5" for row in rows],
        )
    )
    frame["churn"] = frame["churn"].where(rows % 11 > 0).astype("Int64")
    frame.to_csv("odd.csv", index=False, sep=";", decimal=",")
    code, out, err = compare("odd.csv", *options, "--json")
    assert code == 0, err
    plain, pasted = json.loads(out), dict[str, Any]()
    exec(plain["recommendation"]["code"], pasted)
    new = pd.read_csv("odd.csv", sep=";", dtype=str)
    expected = load_model(plain["model"]).predict_proba(new)
    assert len(np.unique(expected)) > 5
    np.testing.assert_array_equal(pasted["model"].predict_proba(new), expected)


def test_a_mean_of_fold_models_is_recommended_trained_described_and_scored(here: Path) -> None:
    asked = ("whole.csv", "--drop", "who", "--need", "ranking")
    code, out, _ = compare(*asked, "--ensemble", "--json")
    assert code == 0
    plain = json.loads(out)
    assert plain["recommendation"]["correction"] == "ensemble"
    directory, new = here / plain["directory"], pd.read_csv("whole.csv")
    assert "mean of fold models" in (directory / "report.html").read_text()
    assert "mean in log odds of 5 fold models" in bw.Card.read(directory / "card.toml").correction
    assert call("predict", str(directory), "whole.csv", "-o", "scored.csv")[0] == 0
    clf = ran(directory / "recommended.py", here)
    assert len(clf.estimators_) == 5
    proba = load_model(directory / "model.skops").predict_proba(new)[:, 1]
    np.testing.assert_allclose(pd.read_csv("scored.csv")["probability"], proba, rtol=1e-12)


def test_it_is_printed_last_and_stands_first_on_the_page(here: Path) -> None:
    code, out, _ = compare(*ASKED["costs"])
    assert code == 0
    said = out[out.rindex("For costs:") :]
    assert "flag nobody" in said
    assert "flag everybody" in said
    assert max(map(len, said.splitlines())) <= 80
    page = (run_of(here, "churn") / "report.html").read_text()
    assert page.index('class="choice"') < page.index('id="expected"') < page.index('id="figures-section"')
    assert "WeightedClassifier(" in page
    assert call("report", "compare-churn")[0] == 0
    assert (run_of(here, "churn") / "report.html").read_text() == page


@pytest.mark.parametrize("need", ["costs", "decisions", "probabilities", "ranking"])
def test_no_evidence_of_skill_comes_first(here: Path, need: str) -> None:
    frame = pd.read_csv("whole.csv")
    frame.assign(churn=np.random.default_rng(1).permutation(frame["churn"])).to_csv("noise.csv", index=False)
    code, out, _ = compare("noise.csv", "--drop", "who", "--fn", "5", "--need", need)
    statement = "No evidence of skill"
    assert code == 0
    assert out.index(statement) < out.index("\nlightgbm\n") < out.rindex(statement) < out.index("\nFor ")
    directory = run_of(here, "noise")
    page = (directory / "report.html").read_text().partition("<main>")[2]
    assert page.index(statement) < page.index('id="recommended"')
    stored = json.loads((directory / "recommendation.json").read_text())
    assert (stored["library"], stored["skill"]["evident"]) == (None, False)
    assert stored["statements"][0].startswith(statement)
    program = (directory / "recommended.py").read_text()
    assert statement in program
    assert "WeightedClassifier" not in program
    assert "beats" not in out
    assert "\nNo model is written" in out
    assert "boostweights predict" not in out


def test_a_learner_of_ones_own_is_found_where_it_was(here: Path) -> None:
    Path("smaller.py").write_text(
        "from sklearn.ensemble import HistGradientBoostingClassifier\n\n\n"
        "def small(max_iter=9, random_state=None):\n"
        "    return HistGradientBoostingClassifier(max_iter=max_iter, random_state=random_state)\n"
    )
    options = ("--drop", "who", "--target", "churn", "--libraries", "smaller:small", *QUICK[4:])
    assert call("compare", "whole.csv", *options)[0] == 0
    program = run_of(here, "whole") / "recommended.py"
    clf = ran(program, here)
    assert clf.estimator.max_iter == 5
    assert "smaller:small" in program.read_text()


@pytest.mark.parametrize("need", ["decisions", "probabilities"])
def test_three_classes_from_the_file_to_scored_rows(here: Path, need: str) -> None:
    asked = ("three.csv", "--drop", "who", *(["--need", need] if need != "decisions" else []))
    code, out, _ = compare(*asked, "--json")
    assert code == 0
    found, directory = json.loads(out)["recommendation"], run_of(here, "three")
    metric = {"decisions": "f1_macro", "probabilities": "log_loss"}[need]
    assert (found["need"], found["library"], next(iter(found["expected"]))) == (need, "lightgbm", metric)
    trivial = {
        "decisions": {"always the commonest class", "at random (class shares)"},
        "probabilities": {"the class shares for everyone"},
    }
    assert trivial[need] <= found["baselines"].keys()
    assert found["threshold"] is None

    code, out, _ = call("predict", str(directory), "three.csv", "-o", "scored.csv")
    assert code == 0
    scored = pd.read_csv("scored.csv", keep_default_na=False)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ModelWarning)
        stored = load_model(next(directory.glob("model.*")))
    new = pd.read_csv("three.csv")
    assert scored["label"].tolist() == stored.predict(new).tolist()
    np.testing.assert_allclose(scored.filter(like="probability"), stored.predict_proba(new))
    assert (scored["label"] == new["churn"]).mean() > 0.6

    clf = ran(directory / "recommended.py", here, says=f"For {need}: {found['name']}"[:70])
    assert list(clf.classes_) == list("abc")
    assert clf.correct_proba == {"none": False, "analytic": True}.get(found["correction"], "fitted")
    assert bw.Card.read(directory / "card.toml").policy == clf.weighting
    assert f"\nFor {need}: {found['name']}" in call("report", str(directory))[1]


def test_the_figures_of_three_classes_are_scikit_learns_of_pooled_rows(here: Path) -> None:
    code, out, _ = compare("three.csv", "--drop", "who")
    assert code == 0
    directory = run_of(here, "three")
    kept = pd.read_parquet(directory / "predictions.parquet")
    kept = kept[kept["arm"] == re.findall(r"For decisions: lightgbm, (\w+)", out)[0]]
    proba = kept.pivot_table(index="row", columns="label", values="proba")
    y = pd.read_csv("three.csv")["churn"].iloc[proba.index]
    decided = np.array(list("abc"))[proba.to_numpy().argmax(axis=1)]
    found = json.loads((directory / "recommendation.json").read_text())["expected"]
    assert found["f1_macro"]["value"] == pytest.approx(f1_score(y, decided, average="macro"))
    assert found["accuracy"]["value"] == pytest.approx(accuracy_score(y, decided))
    expected = json.loads((directory / "evidence.json").read_text())["matrix"]
    counts = [[one["value"] for one in row] for row in expected]
    np.testing.assert_allclose(counts, 1000 / len(y) * confusion_matrix(y, decided))

    page = (directory / "report.html").read_text()
    assert "Nothing is recommended" not in page
    for label in "abc":
        assert f"predicted {label}" in page
    assert "Trade-off" not in page


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--need", "costs"), "Add --fn 50 --fp 1, say."),
        (("--need", "rankin"), "Did you mean 'ranking'?"),
        (("--need", "f1"), "Use 'decisions'."),
        (("--need", "recall at alarm rate"), "or --at-most on the command line."),
    ],
)
def test_a_need_that_lacks_something_says_what_before_training(
    here: Path, arguments: tuple[str, ...], said: str
) -> None:
    code, _, err = compare("whole.csv", "--drop", "who", *arguments)
    assert code == 2
    assert said in err
    assert not (here / "runs").exists()


def test_each_file_of_equal_content_has_a_run_of_its_own_whose_program_reads_it(here: Path) -> None:
    pytest.importorskip("python_calamine")
    table = pd.read_csv("whole.csv").to_dict("list")
    Path("whole.xlsx").write_bytes(workbook({"one": table, "two": table}))
    asked = {("whole.csv",): "whole.csv", ("whole.xlsx", "--sheet", "two"): "whole.xlsx"}
    runs = {}
    for arguments in asked:
        code, out, err = compare(*arguments, "--json")
        assert code == 0, err
        runs[arguments] = Path(json.loads(out)["directory"])
    assert len(set(runs.values())) == len(asked)
    for arguments, file in asked.items():
        program = (runs[arguments] / "recommended.py").read_text()
        assert f"else '{file}')" in program
        assert ("sheet='two'" in program) == (file == "whole.xlsx")
    code, _, err = compare("whole.xlsx", "--sheet", "one", "--name", runs["whole.csv",].name)
    assert code == 2
    assert "that of a run of the same file, data and options" in err


def test_a_source_is_a_file_and_how_it_is_read_wherever_the_project_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project, plain = tmp_path / "project", Reading()
    (project / "copies").mkdir(parents=True)
    (project / "link.csv").symlink_to("a.csv")
    monkeypatch.chdir(project)
    source = source_of(Path("a.csv"), plain, Path("runs"))
    same = [project / "a.csv", Path("copies/../a.csv"), Path("link.csv")]
    assert {source_of(path, plain, Path("runs")) for path in same} == {source}
    others = [(path, plain) for path in ("copies/a.csv", "a.xlsx")]
    others += [("a.csv", Reading(sheet="b")), ("a.csv", Reading(sql="b"))]
    assert len({source, *(source_of(Path(path), how, Path("runs")) for path, how in others)}) == 5
    monkeypatch.chdir(project / "copies")
    assert source_of(Path("../a.csv"), plain, Path("../runs")) == source
    moved = project.rename(tmp_path / "moved")
    assert source_of(moved / "a.csv", plain, moved / "runs") == source
