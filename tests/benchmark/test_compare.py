"""``boostweights.compare``: the figures of the command, what it refuses, and its views."""

import html
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from commands import call, train_here
from lightgbm import LGBMClassifier
from sklearn.base import clone
from sklearn.ensemble import ExtraTreesClassifier, RandomForestClassifier
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.svm import SVC
from test_notebook import Whole

import boostweights as bw
from boostweights.errors import BoostweightsError
from boostweights.probabilities import Promised

N = 240
SMALL = LGBMClassifier(n_estimators=3, num_leaves=4)
RNG = np.random.default_rng(0)
QUICK: dict[str, Any] = {"estimators": ["lightgbm", "sklearn"], "folds": 2, "trees": 5}
FLAGS = ("--libraries", "lightgbm,sklearn", "--folds", "2", "--trees", "5")


@pytest.fixture(autouse=True)
def trained(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The keys of models that were trained, in this process."""
    return train_here(monkeypatch)


def table(classes: int = 2) -> tuple[pd.DataFrame, pd.Series]:
    """Text, booleans, dates, decimal commas, missing values, identifiers; an index that is out of order."""
    rng = np.random.default_rng(0)
    income = rng.normal(size=N)
    job = rng.choice(["clerk", "smith", None], N)
    X = pd.DataFrame(
        {
            "income [EUR]": income,
            "price": [f"{value:.2f}".replace(".", ",") for value in 9 * rng.random(N)],
            "job": job,
            "member": rng.random(N) < 0.4,
            "since": pd.date_range("2026-01-01", periods=N),
            "key": [f"k{row}" for row in range(N)],
            "person": np.arange(N) // 3,
        },
        index=rng.permutation(N),
    )
    names = np.array(["paid", "late", "lost"])
    scores = 3 * income + rng.normal(size=N)
    codes = (scores > 2).astype(int) + (scores > 3).astype(int) if classes == 3 else (scores > 2).astype(int)
    return X, pd.Series(names[codes], name="state", index=X.index)


CASES: dict[str, tuple[dict[str, Any], tuple[str, ...], int]] = {
    "decisions": ({}, (), 2),
    "costs": ({"costs": (20, 1)}, ("--fn", "20", "--fp", "1"), 2),
    "costs by row": ({"costs": ("price", 2)}, ("--fn", "price", "--fp", "2"), 2),
    "costs with a label": (
        {"costs": bw.Costs(fn=1, fp=20, pos_label="paid")},
        ("--fn", "1", "--fp", "20", "--positive", "paid"),
        2,
    ),
    "groups": (
        {"groups": "person", "need": "probabilities", "seed": 3},
        ("--group", "person", "--need", "probabilities", "--seed", "3"),
        2,
    ),
    "time": ({"time": "since", "need": "ranking"}, ("--time", "since", "--need", "ranking"), 2),
    "promise": ({"promised": Promised(recall=0.6)}, ("--at-least", "recall=.6"), 2),
    "policies": (
        {"policies": ["balanced", bw.Balanced(power=0.75)], "drop": ["person"], "categorical": ["member"]},
        ("--policies", "balanced,Balanced(power=0.75)", "--drop", "person", "--categorical", "member"),
        2,
    ),
    "three classes": ({}, (), 3),
}


def figures(means: dict[str, float]) -> dict[str, float]:
    return {name: value for name, value in means.items() if name != "fit_cpu"}


@pytest.mark.parametrize("case", CASES)
def test_figures_and_recommendation_are_those_of_the_command(
    case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    parameters, flags, classes = CASES[case]
    X, y = table(classes)
    X.assign(state=y).to_parquet("t.parquet", index=False)
    code, out, _ = call("compare", "t.parquet", "--target", "state", *FLAGS, *flags, "--json")
    printed = json.loads(out)
    result = bw.compare(X, y, **QUICK, **parameters)
    assert code == 0
    rows = [
        ({"library": row["library"], "policy": row["policy"]}, figures(row["means"]))
        for row in printed["rows"]
    ]
    assert rows == [
        ({"library": row.library, "policy": row.policy}, figures(dict(row.means)))
        for row in result.summary.rows
    ]
    answered = result.answer.as_plain()
    codes = [plain.pop("code", "") for plain in (printed["recommendation"], answered)]
    assert printed["recommendation"] == json.loads(json.dumps(answered))
    if result.model is not None:
        proba = result.model.predict_proba(X)
        taken = {parameters.get(role) for role in ("groups", "time")} & set(X)
        names = {"X": X.drop(columns=list(taken)), "y": y, "groups": X["person"].astype(str)}
        for program in codes:  # each runs as pasted, where X and y are those of the call
            pasted = dict(names)
            exec(program, pasted)
            np.testing.assert_array_equal(pasted["model"].predict_proba(X), proba)
    apart = ("name", "guesses", "read_as")
    facts = {name: value for name, value in result.facts.items() if name not in apart}
    assert {name: value for name, value in printed["data"].items() if name not in apart} == facts
    assert list(printed["data"]["guesses"]) == list(result.facts["guesses"])


FRAMES: dict[str, Callable[[pd.DataFrame], Any]] = {
    "polars": pl.from_pandas,
    "pyarrow": lambda frame: pa.Table.from_pandas(frame, preserve_index=False),
    "shuffled columns": lambda frame: frame[list(frame)[::-1]],
}


def test_a_result_is_the_same_for_each_frame_and_its_model_scores_each_alike() -> None:
    X, y = table()
    before = X.copy()
    result = bw.compare(X, y, **QUICK, costs=(20, 1))
    pd.testing.assert_frame_equal(X, before)
    expected = result.model.predict_proba(X)
    for make in FRAMES.values():
        np.testing.assert_array_equal(result.model.predict_proba(make(X)), expected)
    for make, labels in (
        (FRAMES["polars"], pl.Series("state", y.to_numpy())),
        (FRAMES["pyarrow"], y.tolist()),
    ):
        again = bw.compare(make(X), labels, **QUICK, costs=(20, 1))
        assert str(again.recommendation) == str(result.recommendation)
        np.testing.assert_array_equal(again.model.predict_proba(X), expected)
    assert result.card.target == "state"
    assert set(result.model.predict(X)) <= {"late", "paid"}


def test_arrays_have_names_of_their_columns_and_groups_have_a_value_for_each_row() -> None:
    X, y = table()
    numbers = np.column_stack([X["income [EUR]"], X["member"]]).astype(float)
    person = X["person"].to_numpy()
    result = bw.compare(numbers, y == "late", groups=person, time=None, **QUICK)
    named = bw.compare(
        pd.DataFrame({"x0": numbers[:, 0], "x1": numbers[:, 1], "person": person}),
        y == "late",
        groups="person",
        **QUICK,
    )
    assert result.facts["groups"] == named.facts["groups"] == N // 3
    assert str(result.recommendation) == str(named.recommendation)
    assert result.model.predict(numbers).dtype == bool


def of_a_function() -> Any:
    class Inner(LGBMClassifier):  # type: ignore[misc]
        """Which no other process can import."""

    return Inner()


def of_y(**changes: Any) -> Callable[[], Any]:
    X, y = table()
    return lambda: bw.compare(**{"X": X, "y": y, **QUICK, **changes})


REFUSED: dict[str, tuple[Callable[[], Any], str]] = {
    "another length": (of_y(y=["a", "b"]), "y must have one value for each of the 240 rows of X; got 2."),
    "one class": (of_y(y=["a"] * N), "the target 'target' must have two classes or more"),
    "no frame": (of_y(X=[[1]] * N), "a table must be a data frame"),
    "a frame of labels": (of_y(y=pd.DataFrame({"a": range(N)})), "y must have one value for each"),
    "target in X": (
        lambda: bw.compare(table()[0].assign(state=0), table()[1]),
        "X must not contain the column of y; got 'state'. Drop it from X.",
    ),
    "groups in X": (of_y(groups=table()[0]["person"]), "not contain the column of groups; got 'person'"),
    "groups of another length": (of_y(groups=[1, 2]), "groups must have one value for each"),
    "no such column": (of_y(time="sinze"), "Did you mean 'since'?"),
    "no label": (of_y(pos_label="lates"), "pos_label must be a label; got 'lates'. Did you mean 'late'?"),
    "two labels": (of_y(pos_label="late", costs=bw.Costs(fn=2, fp=1, pos_label="paid")), "'paid'"),
    "a matrix": (of_y(costs=bw.Costs(matrix=[[0, 1], [5, 0]])), "costs must be Costs(fn=, fp=) or (fn, fp)"),
    "three costs": (of_y(costs=(1, 2, 3)), "costs must be Costs(fn=, fp=) or (fn, fp); got (1, 2, 3)"),
    "costs below zero": (of_y(costs=(-1, 1)), "the cost fn must be positive and finite"),
    "a need": (of_y(need="profit"), "profit"),
    "costs that are needed": (of_y(need="costs"), "Add costs=(50, 1), say."),
    "one fold": (of_y(folds=1), "folds must be a whole number, 2 or more; got 1."),
    "no jobs": (of_y(jobs=0), "jobs must be a whole number, 1 or more; got 0."),
    "an estimator alone": (of_y(estimators="lightgbm"), "estimators must be a list; got 'lightgbm'."),
    "a library": (of_y(estimators=["lightgbn"]), "Did you mean 'lightgbm'?"),
    "a class": (
        of_y(estimators=[LGBMClassifier]),
        "an estimator must be a name, a classifier with predict_p",
    ),
    "no probabilities": (of_y(estimators=[SVC()]), "a classifier with predict_proba, or a pair"),
    "a pipeline": (of_y(estimators=[make_pipeline(RandomForestClassifier())]), "of Pipeline. Make it in a"),
    "a random state": (
        of_y(estimators=[LGBMClassifier(random_state=RNG)]),
        "estimator must be numbers, text",
    ),
    "a class of a function": (of_y(estimators=[of_a_function()]), "class must be in a module of a file"),
    "no sample weights": (of_y(estimators=[KNeighborsClassifier()]), "fit must take sample_weight"),
    "weights twice": (of_y(estimators=[LGBMClassifier(scale_pos_weight=9)]), "weighted in one place"),
    "one name twice": (
        of_y(estimators=[SMALL, SMALL]),
        "a name of its own; got LGBMClassifier(n_estimators=3",
    ),
    "a name that is taken": (of_y(estimators=[("linear", SMALL)]), "a name of its own; got linear."),
    "several": (
        of_y(folds=1, costs=(-3, 1), time="sinze", estimators=[("linear", SMALL)], search=99, need="profit"),
        "options and columns must be valid; got 6 problems",
    ),
    "two promises": (of_y(promised=Promised(recall=0.9, alarms=0.1)), "the cost of one promise"),
    "no promise": (of_y(promised={"recall": 0.9}), "promised must be a Promised"),
    "costs of three classes": (lambda: bw.compare(*table(3), costs=(2, 1)), "costs are for two classes"),
    "a promise of three classes": (
        lambda: bw.compare(*table(3), promised=Promised(recall=0.9)),
        "promised are for two classes",
    ),
    "many classes": (of_y(y=np.arange(N) % 30), "or add many_classes if they are classes"),
    "few rows": (of_y(folds=200), "groups of rows, one a fold; got "),
    "infinite": (lambda: bw.compare({}, []), "a table must be a data frame"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_bad_input_raises_before_training_and_names_parameters(case: str, trained: list[str]) -> None:
    ask, words = REFUSED[case]
    with pytest.raises(BoostweightsError) as refused:
        ask()
    assert words in str(refused.value)
    assert " --" not in str(refused.value)
    assert trained == []


def test_classifiers_compete_as_they_are(tmp_path: Path) -> None:
    X, y = table()
    fitted = LGBMClassifier(num_leaves=4).fit(X[["person"]], y)
    before = fitted.booster_.model_to_string()
    forest = RandomForestClassifier(n_estimators=np.int64(5), max_depth=1)  # takes no texts
    kinds: list[Any] = [fitted, LGBMClassifier(num_leaves=2, n_estimators=1), ("woods", forest)]
    asked: dict[str, Any] = {"folds": 2, "trees": 50, "policies": ["unweighted"], "need": "ranking"}
    result = bw.compare(X, y, estimators=kinds, directory=tmp_path, **asked)
    names = ["LGBMClassifier(num_leaves=4)", "LGBMClassifier(n_estimators=1, num_leaves=2)"]
    assert (result.facts["libraries"], result.notes) == ([*names, "woods"], [])
    assert result.recommendation.library == names[0]
    assert fitted.booster_.model_to_string() == before
    prepared = result.model[0].transform(X)
    alone = LGBMClassifier(num_leaves=4, random_state=0, n_jobs=1).fit(prepared, y)
    proba = result.model.predict_proba(X)
    np.testing.assert_array_equal(proba, alone.predict_proba(prepared))
    pasted = {"X": X, "y": y}
    exec(result.answer.code, pasted)
    np.testing.assert_array_equal(pasted["model"].predict_proba(X), proba)
    assert "num_leaves=4" in result.answer.code
    others = [ExtraTreesClassifier(n_estimators=5, max_depth=1), clone(forest).set_params(max_depth=2)]
    for other in others:  # another class, or another setting
        with pytest.raises(BoostweightsError, match="a run's name must be new"):
            bw.compare(X, y, estimators=[*kinds[:2], ("woods", other)], directory=tmp_path, **asked)


def test_y_may_be_the_name_of_a_column() -> None:
    X, y = table()
    asked: dict[str, Any] = {"estimators": [SMALL], "folds": 2, "groups": "person"}
    named, apart = bw.compare(X.assign(state=y), "state", **asked), bw.compare(X, y, **asked)
    assert (named.facts, str(named.recommendation)) == (apart.facts, str(apart.recommendation))
    assert "without state, person\n" in named.answer.code
    by_model = named.to_frame().dropna(subset="library")
    assert set(by_model["policy"]) == {"unweighted", "Balanced()", "Balanced(power=0.5)"}


def test_a_folder_keeps_the_run_and_the_same_call_trains_nothing(tmp_path: Path, trained: list[str]) -> None:
    X, y = table()
    first = bw.compare(X, y, **QUICK, directory=tmp_path / "run")
    count = len(trained)
    again = bw.compare(X, y, **QUICK, directory=tmp_path / "run")
    assert (count > 0, len(trained)) == (True, count)
    assert str(again) == str(first)
    assert {"card.toml", "report.html", "store.sqlite"} <= {
        file.name for file in (tmp_path / "run").iterdir()
    }
    assert len(list((tmp_path / "run").glob("model.*"))) == 1
    with pytest.raises(BoostweightsError, match="a run's name must be new"):
        bw.compare(X, y, **QUICK, seed=1, directory=tmp_path / "run")
    bw.compare(X, y, **QUICK, ensemble=True, directory=tmp_path / "run")
    assert len(set(trained[count:])) == len(trained[count:]) == QUICK["folds"]  # only means of folds
    assert not set(trained[:count]) & set(trained[count:])


def test_a_result_has_a_text_a_frame_and_a_page(tmp_path: Path) -> None:
    X, y = table()
    result = bw.compare(X, y, **QUICK, costs=(20, 1))
    text = str(result)
    for words in ("guessed", "lightgbm", "For costs: ", "'late' 64 (positive)"):
        assert words in text
    assert "--" not in text.replace("-" * 3, "")
    competitors = result.to_frame()
    best = competitors[competitors["role"] == "chosen"]
    assert best["value"].tolist() == [result.recommendation.expected[0].value]
    assert best["name"].tolist() == [result.recommendation.name]
    assert len(result.to_frame("polars")) == len(competitors) > 10
    result.page(tmp_path / "page.html")
    page = html.unescape((tmp_path / "page.html").read_text("utf-8"))
    for line in text.partition("\n\n")[0].splitlines():
        assert line.rstrip() in page
    with pytest.raises(BoostweightsError, match="folder that exists"):
        result.page(tmp_path / "none" / "page.html")
    of_classes = bw.compare(*table(3), **QUICK)
    nothing = bw.compare(table()[0], np.arange(N) < 9, **QUICK)
    for view in (result, of_classes, nothing):
        whole = Whole()
        whole.feed(view._repr_html_())
        assert whole.open == []
    assert of_classes.to_frame()["name"].tolist()[0] == of_classes.recommendation.name
    assert (nothing.recommendation, nothing.model, nothing.card) == (None, None, None)
    assert "Nothing is recommended" in nothing._repr_html_()
    assert {"library", "policy", "log_loss"} <= set(nothing.to_frame())


SCRIPT = """
import numpy as np
import boostweights as bw
print("begun")
X = np.random.default_rng(0).normal(size=(80, 2))
result = bw.compare(X, X[:, 0] > 1, estimators=["lightgbm"], policies=["balanced"], folds=2, trees=2)
print(len(result.summary.rows), "rows")
"""


def test_a_script_may_call_it_outside_of_a_main_block(tmp_path: Path) -> None:
    (tmp_path / "script.py").write_text(SCRIPT)
    command = [sys.executable, str(tmp_path / "script.py")]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout == "begun\n2 rows\n"
    assert done.stderr == ""
