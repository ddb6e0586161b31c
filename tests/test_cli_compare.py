"""``boostweights compare``: a table of one's own in, a table and a page out."""

import html
import json
import re
from functools import partial
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pytest
from commands import call, train_here
from lightgbm import LGBMClassifier
from scipy import stats
from sklearn.datasets import load_breast_cancer, load_digits
from sklearn.metrics import average_precision_score, log_loss, make_scorer
from sklearn.model_selection import StratifiedKFold, cross_validate

from boostweights.errors import BoostweightsError
from boostweights.estimator.classifier import WeightedClassifier

CANCER = ("cancer.csv", "--target", "target", "--positive", "malignant")
QUICK = ("--libraries", "lightgbm", "--folds", "2", "--trees", "20")

FOLDS = StratifiedKFold(2, shuffle=True, random_state=0)
lgbm = partial(
    LGBMClassifier,
    n_estimators=20,
    learning_rate=0.05,
    num_leaves=15,
    random_state=0,
    n_jobs=1,
    verbosity=-1,
    deterministic=True,
    force_row_wise=True,
)

SCORING = {
    "recall": "recall",
    "precision": "precision",
    "accuracy": "accuracy",
    "log_loss": make_scorer(log_loss, response_method="predict_proba"),
    "average_precision": make_scorer(average_precision_score, response_method="predict_proba"),
}


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    frame = load_breast_cancer(as_frame=True).frame
    frame["target"] = np.where(frame["target"] == 0, "malignant", "benign")
    frame.to_csv("cancer.csv", index=False)
    return tmp_path


@pytest.fixture
def trained(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The keys of models that were trained, in this process."""
    return train_here(monkeypatch)


compare = partial(call, "compare")


def test_one_command_gives_table_and_page(here: Path) -> None:
    code, out, _ = compare(*CANCER, *QUICK)
    assert code == 0
    assert "target      target: 'malignant' 212 (positive), 'benign' 357" in out
    assert "read as     utf-8, ',' between fields" in out
    for word in ("lightgbm", "sqrt_balanced", "recall", "report.html"):
        assert word in out
    (directory,) = (here / "runs").glob("compare-cancer-????????")
    page = html.unescape((directory / "report.html").read_text())
    assert "cancer.csv" in page
    for line in out.partition("\n\n")[0].splitlines():  # what each column is used as, printed before training
        assert line.rstrip() in page
    assert set(pd.read_parquet(directory / "metrics.parquet")["dataset"]) == {"cancer.csv"}


def test_the_figures_are_scikit_learns(here: Path, trained: list[str]) -> None:
    asked = (*CANCER, *QUICK, "--json")
    code, out, _ = compare(*asked)
    found = {row["policy"]: row["means"] for row in json.loads(out)["rows"]}
    frame = pd.read_csv("cancer.csv")
    X, y = frame.drop(columns="target"), frame["target"] == "malignant"
    X.columns = [f"x{i}" for i in range(30)]
    for policy, class_weight in {"unweighted": None, "balanced": "balanced"}.items():
        scores = cross_validate(lgbm(class_weight=class_weight), X, y, cv=FOLDS, scoring=SCORING)
        for name in SCORING:
            assert found[policy][name] == pytest.approx(scores[f"test_{name}"].mean(), rel=1e-12)
    assert code == 0

    assert len(trained) == 6
    assert compare(*asked)[:2] == (0, out)  # nothing is left to train
    assert len(trained) == 6


def test_fitted_figures_are_those_of_the_classifier(here: Path, trained: list[str]) -> None:
    code, text, _ = compare(*CANCER, *QUICK, "--policies", "balanced", "--fitted")
    assert "fitted for 2: unweighted, balanced" in text
    lines = [line.split() for line in text.partition("fitted")[2].partition("\nFor ")[0].splitlines()]
    losses = {line[0]: [float(number) for number in line[1:4]] for line in lines if len(line) == 7}
    frame = pd.read_csv("cancer.csv")
    X, y = frame.drop(columns="target").to_numpy(), frame["target"] == "malignant"
    for policy in ("unweighted", "balanced"):
        clf = WeightedClassifier(lgbm(), weighting=policy, correct_proba="fitted")
        scores = cross_validate(clf, X, y, cv=FOLDS, scoring="neg_log_loss")["test_score"]
        _, corrected, fitted = losses[policy]
        assert fitted == pytest.approx(-scores.mean(), rel=1e-3)
        assert fitted < corrected
    assert (code, len(trained)) == (0, 4)


def test_more_than_two_classes_groups_and_queries(here: Path, trained: list[str]) -> None:
    digits = load_digits(as_frame=True).frame.head(600)
    digits["writer"] = np.arange(600) // 10
    digits.to_parquet("digits.parquet")
    by_group = ("--target", "target", "--group", "writer", "--policies", "balanced")
    code, out, _ = compare("digits.parquet", *by_group, *QUICK, "--json")
    found = json.loads(out)
    assert code == 0
    assert found["data"]["split"] == "group"
    assert found["data"]["policies"] == ["unweighted", "balanced"]
    assert len(found["data"]["classes"]) == 10
    with duckdb.connect("digits.duckdb") as connection:
        connection.sql("CREATE TABLE digits AS SELECT * FROM 'digits.parquet'")
    query = "SELECT * FROM digits WHERE target IN (0, 1) ORDER BY writer"
    by_time = ("--target", "target", "--time", "writer", *QUICK, "--json")
    code, out, _ = compare("digits.duckdb", "--sql", query, *by_time)
    found = json.loads(out)
    assert (code, found["data"]["positive"], found["data"]["split"]) == (0, "1", "time")
    assert found["data"]["training_rows"][0] < found["data"]["training_rows"][1]


def test_a_sample_keeps_the_share_of_each_class(here: Path, trained: list[str]) -> None:
    assert "rows        100, a stratified sample of 569" in compare(*CANCER, *QUICK, "--max-rows", "100")[1]
    facts = json.loads(compare(*CANCER, *QUICK, "--max-rows", "100", "--json")[1])["data"]
    assert (facts["rows"], facts["sampled_from"]) == (100, 569)
    assert facts["classes"] == {"benign": 63, "malignant": 37}  # of 357 and 212
    assert facts["training_rows"] == [50, 50]
    whole = json.loads(compare(*CANCER, *QUICK, "--max-rows", "569", "--json")[1])["data"]
    assert (whole["rows"], whole["sampled_from"]) == (569, None)


def test_other_options_or_data_make_another_run(here: Path, trained: list[str]) -> None:
    asked = (*QUICK, "--policies", "balanced", "--json")
    runs = [json.loads(compare(*CANCER, *asked, *more)[1])["directory"] for more in ((), ("--seed", "1"), ())]
    assert runs[0] == runs[2] != runs[1]
    assert len(trained) == 8  # the third time none
    frame = pd.read_csv("cancer.csv")
    frame.iloc[:, 0] += 1
    frame.to_csv("cancer.csv", index=False)
    runs.append(json.loads(compare(*CANCER, *asked)[1])["directory"])
    assert len(set(runs)) == 3

    named = ("--name", "nightly")
    assert compare(*CANCER, *asked, *named)[0] == compare(*CANCER, *asked, *named)[0] == 0
    before = Path("runs/nightly/store.sqlite").read_bytes()
    code, _, err = compare(*CANCER, *asked, *named, "--seed", "1")
    assert (code, "got 'nightly', which is there" in err) == (2, True)
    assert Path("runs/nightly/store.sqlite").read_bytes() == before


def test_weights_are_said_by_label_or_as_a_policy_prints(here: Path, trained: list[str]) -> None:
    written = "Explicit({'malignant': 27.0, 'benign': 1.0}, scale='none')"
    policies = f"unweighted,{written},Balanced(power=0.5),sqrt_balanced"
    options = ("--weight", "malignant=27", "--policies", policies)
    code, out, err = compare(*CANCER, *QUICK, *options, "--json")
    assert code == 0, err
    found = json.loads(out)
    assert len(trained) == 6  # two folds of three different weights
    rows = {row["policy"]: row["means"] for row in found["rows"]}
    assert rows["weights"] == rows[written] != rows["unweighted"]
    assert rows["Balanced(power=0.5)"] == rows["sqrt_balanced"]
    for wrong, says in (
        (("--weight", "malign=27"), "Did you mean 'malignant'?"),
        (("--policies", "Explicit({'malignant': 27.0})"), "benign"),
        (("--policies", "Balanced(power=__import__('os'))"), "as it prints"),
        (("--policies", "Balanced(powr=1)"), "powr"),
    ):
        code, _, err = compare(*CANCER, *QUICK, *wrong)
        assert (code, says in err) == (2, True), err


def test_how_long_it_takes_is_told_after_the_first_fits(here: Path, trained: list[str]) -> None:
    _, _, err = compare(*CANCER, "--libraries", "lightgbm,sklearn", *QUICK[2:])
    assert re.search(r"about \d+ s for 10 more models, by 2 first fits", " ".join(err.split())), err
    _, _, err = compare(*CANCER, "--libraries", "lightgbm,sklearn", *QUICK[2:])
    assert "more models" not in err


def write_ragged() -> None:
    lines = Path("cancer.csv").read_text().splitlines()
    Path("ragged.csv").write_text("\n".join([*lines[:40], lines[40] + ",1", *lines[41:]]))


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["cancer.csv", "--target", "taget"], "Did you mean 'target'?"),
        (["cancer.csv", "--target", "target", "--strict"], "Add --positive benign or --positive malignant."),
        (["ragged.csv", "--target", "target"], "got 32 in line 41 of ragged.csv"),
        ([*CANCER, "--folds", "300"], "got 'malignant' in 212. Use 212 folds"),
        ([*CANCER, "--policies", "smoth"], "Did you mean 'smote'?"),
        (["cancer.csv", "--target", "target", "--name", "a/b"], "got 'a/b'"),
        ([*CANCER, "--max-rows", "9"], "3 of 'malignant' with --max-rows 9. Use --max-rows 14 or more."),
    ],
)
def test_bad_input_is_one_line_and_exit_code_2_before_anything_is_written(
    here: Path, arguments: list[str], says: str
) -> None:
    write_ragged()
    code, out, err = compare(*arguments)
    assert (code, out) == (2, "")
    assert err.startswith("error: ")
    assert err.count("\n") == 1
    assert says in err
    assert not (here / "runs").exists()
    with pytest.raises(BoostweightsError):
        compare(*arguments, "--debug")


def test_arms_are_compared_by_what_a_promise_costs(here: Path, trained: list[str]) -> None:
    compare(*CANCER, *QUICK)
    before = list(trained)
    asked = (*CANCER, *QUICK, "--at-least", "recall=.9", "--confidence", ".8")
    code, out, _ = compare(*asked)
    assert (code, len(trained)) == (0, 12)
    assert set(before).isdisjoint(trained[6:])
    assert "promise     recall of at least 0.9 with confidence 0.8, made on the rows" in out
    found = json.loads(compare(*asked, "--json")[1])["promised"]
    assert found["promise"] == {"recall": 0.9, "alarms": None, "confidence": 0.8}
    alarms = [row["alarms"] for row in found["rows"]]
    assert alarms == sorted(alarms)
    table = [line.split() for line in out.partition("alarms")[2].splitlines()]
    printed = {line[0]: line[2] for line in table if len(line) > 2 and line[1] == "lightgbm"}
    assert printed == {row["policy"]: f"{row['alarms']:.3f}" for row in found["rows"]}
    check_alarms({row["policy"]: row for row in found["rows"]})
    directory = Path(json.loads(compare(*asked, "--json")[1])["directory"])
    page = (directory / "report.html").read_text()
    assert "What the promise costs" in page
    places = [page.index(f"<td>lightgbm</td><td>{row['policy']}</td>") for row in found["rows"]]
    assert places == sorted(places)
    assert repr(alarms[0]) in call("report", directory.name, "--json")[1]
    assert "promise" not in compare(*CANCER, *QUICK)[1]


def check_alarms(rows: dict[str, Any]) -> None:
    """The oracle: scikit-learn's folds, the same model, and the beta distribution of an order statistic.

    A third of the 212 positives is held out: 71 of them.
    """
    rank = max(k for k in range(1, 71) if stats.binom(71, 0.1).cdf(k - 1) <= 0.2)
    shares = stats.beta(rank, 71 - rank + 1).ppf((np.arange(50) + 0.5) / 50)
    frame = pd.read_csv("cancer.csv")
    X, y = frame.drop(columns="target").to_numpy(), (frame["target"] == "malignant").to_numpy()
    flagged = []
    for train_rows, test in FOLDS.split(X, y):
        clf = WeightedClassifier(lgbm(), "balanced").fit(X[train_rows], y[train_rows])
        score = clf.predict_proba(X[test])[:, 1]
        places = (score[~y[test]] >= score[:, None]).mean(axis=1)  # among the negatives
        worst = np.sort(places[y[test]])[::-1]
        m = len(worst)
        limits = np.interp(shares, np.arange(m + 1) / (m + 1), [1, *worst])
        recalls = places[y[test], None] <= worst[np.ceil(shares * m - 0.5).astype(int)]
        called = np.concatenate([recalls, places[~y[test], None] <= limits])
        flagged.append((called.mean(), recalls.mean()))
    alarms, recall = np.mean(flagged, axis=0)
    assert rows["balanced"]["alarms"] == pytest.approx(alarms)
    assert rows["balanced"]["recall"] == pytest.approx(recall)
    assert rows["unweighted"]["alarms_difference"] is None
    difference = rows["balanced"]["alarms"] - rows["unweighted"]["alarms"]
    assert rows["balanced"]["alarms_difference"] == pytest.approx(difference)


def test_a_limit_on_alarms_is_compared_by_the_recall_that_it_leaves(here: Path, trained: list[str]) -> None:
    frame = pd.read_csv("cancer.csv")
    frame["ward"] = np.arange(569) // 2
    frame.to_csv("cancer.csv", index=False)
    limits = ("--at-most", "alarms=100/1000", "--group", "ward", "--json")
    code, out, _ = compare(*CANCER, *QUICK, *limits)
    rows = json.loads(out)["promised"]["rows"]
    recalls = [row["recall"] for row in rows]
    assert (code, recalls) == (0, sorted(recalls, reverse=True))
    assert all(row["alarms"] < 0.12 for row in rows)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--at-least", "recall=.99"], "or promise at least 0.978, or this with a confidence of 0.655"),
        (["--at-least", "alarms=.1"], "--at-least must be recall=RATE; got 'alarms=.1'"),
        (["--at-most", "alarms=1/0"], "Write --at-most alarms=50/1000."),
        (["--at-least", "recall=1.5"], "recall must lie between 0 and 1"),
        (["--at-least", "recall=.9", "--at-most", "alarms=.1"], "by the cost of one promise"),
        (["--confidence", ".9"], "--confidence is that of a promise"),
        (["--at-least", "recall=.9", "--confidence", "1"], "confidence must lie between"),
    ],
)
def test_a_promise_that_cannot_be_made_is_refused_before_training(
    here: Path, trained: list[str], options: list[str], says: str
) -> None:
    code, _, err = compare(*CANCER, *QUICK, *options)
    assert (code, trained, err.count("\n")) == (2, [], 1)
    assert says in err
    assert not (here / "runs").exists()


def test_problems_of_options_and_table_are_one_error_before_training(here: Path, trained: list[str]) -> None:
    mistakes = {
        ("--fp", "-3"): "--fn and --fp must be positive and finite; got -3.0.",
        ("--seed", "0"): "costs must say --fn; got none.",
        ("--need", "costs"): "--need costs must know what a missed positive costs; got no --fn.",
        ("--policies", "balancd,sqrt_balanced"): "a policy or arm must be known; got 'balancd'.",
        ("--libraries", "lightgb"): "a library must be known; got 'lightgb'.",
        ("--weight", "9"): "--weight must be LABEL=NUMBER, not '9'; got ValueError",
        ("--at-most", "alarms=2"): "alarms must lie between 0 and 1",
        ("--group", "patient"): "--group must name a column; got 'patient'.",
        ("--drop", "mean radios"): "--drop must name a column; got 'mean radios'.",
    }
    options = [text for pair in mistakes for text in pair]
    code, out, err = compare(*CANCER, *options)
    assert (code, out, trained) == (2, "", [])
    first, *lines = err.splitlines()
    assert first == f"error: options and columns must be valid; got {len(mistakes)} problems. Correct them:"
    assert len(lines) == len(mistakes)
    for mistake in mistakes.values():
        assert any(line.startswith(f"  {mistake}") for line in lines), mistake
    assert not (here / "runs").exists()
