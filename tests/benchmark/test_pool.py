"""The mean in log odds of the libraries: it competes, is trained, stored and scored, or is refused."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from catboost import CatBoostClassifier
from commands import call, train_here
from lightgbm import LGBMClassifier
from sklearn.base import clone
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss
from sklearn.pipeline import Pipeline

import boostweights as bw
from boostweights.audits.audit import audit
from boostweights.benchmark.run.store import Store
from boostweights.errors import InvalidTypeError
from boostweights.probabilities import Promised
from boostweights.serving import MeanClassifier, export, load_model
from boostweights.tables import LinearClassifier, TablePreparation

N = 600
QUICK: dict[str, Any] = {"need": "probabilities", "folds": 3, "trees": 100, "ensemble": True}
FLAGS = ("--target", "y", "--folds", "3", "--trees", "100", "--libraries", "lightgbm,catboost,linear")


@pytest.fixture(autouse=True)
def trained(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The keys of models that were trained, in this process."""
    return train_here(monkeypatch)


def rows(n: int = N, seed: int = 2) -> pd.DataFrame:
    """A line, which trees find hard, and a checkerboard with a category, which a line cannot be."""
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(rng.normal(size=(n, 4)), columns=["in use", "size [m]", "z", "v"])
    frame["city"] = rng.choice(["Graz", "Linz", "Wien", "Steyr"], n)
    board = (frame["z"] > 0) ^ frame["city"].isin(["Graz", "Linz"])
    score = 2 * (frame["in use"] + frame["size [m]"] + frame["v"]) + 4 * board - 2.5
    return frame.assign(person=np.arange(n) // 2, y=np.where(rng.logistic(size=n) < score, "yes", "no"))


def compared(**asked: Any) -> Any:
    frame = rows().drop(columns="person")
    names = ["lightgbm", "catboost", "linear"]
    return bw.compare(frame.drop(columns="y"), frame["y"], **{"estimators": names, **QUICK, **asked})


def logit(proba: Any) -> Any:
    return np.log(proba) - np.log1p(-np.asarray(proba))


def test_it_is_the_mean_of_the_mapped_models_that_each_fold_has_trained(
    tmp_path: Path, trained: list[str]
) -> None:
    result = compared(directory=tmp_path)
    y, scores = (rows()["y"] == "yes").to_numpy(), []
    with Store(tmp_path / "store.sqlite") as store:
        kept = [(cell, *predictions.arrays()) for cell, predictions in store.predictions()]
    for library in ("lightgbm", "catboost", "linear"):
        score, fold, mapped = np.zeros(N), np.zeros(N, int), np.zeros(N)
        for (_, _, number, *way), row, proba in kept:
            if way == [library, "fixed", "unweighted"]:
                score[row], fold[row] = logit(proba[:, 1]), number
        for number in range(3):
            platt = LogisticRegression(C=np.inf).fit(score[fold != number, None], y[fold != number])
            mapped[fold == number] = platt.decision_function(score[fold == number, None])
        scores.append(mapped)
    expected = log_loss(y, 1 / (1 + np.exp(-np.mean(scores, axis=0))))
    (option,) = [one for one in result.answer.evidence["options"] if one["correction"] == "mean"]
    assert option["value"] == pytest.approx(expected, rel=2e-3)
    assert option["name"] == "mean of 3 libraries, unweighted"
    assert option["role"] == "chosen"
    assert result.answer.notes[-1].startswith("sqrt_balanced, balanced of")
    count = len(trained)
    without = compared(directory=tmp_path, ensemble=False)
    assert len(trained) == count
    others = [(one["value"], one["name"].partition(", ")) for one in without.answer.evidence["options"]]
    loss, (best, *_) = min(one for one in others if one[1][2] == "unweighted, fitted correction")
    gain = option["value"] - loss
    note = f"ensemble (mean of 3 libraries): log loss {gain:+.4f} next to {best}"
    assert gain < -0.005
    assert without.answer.notes[0] == note
    assert f"\nLeft out: {note}.\n" in str(without)
    assert without.recommendation.correction != "mean"


@pytest.mark.parametrize(
    "asked",
    [
        pytest.param({}, marks=pytest.mark.full),
        pytest.param({"need": "decisions"}, marks=pytest.mark.full),
        {"need": "costs", "costs": (5, 1)},
        {"need": "alarms at recall", "promised": Promised(recall=0.6)},
        pytest.param({"need": "ranking", "estimators": ["lightgbm", "linear"]}, marks=pytest.mark.full),
    ],
    ids=str,
)
def test_what_is_recommended_is_the_mean_of_classifiers_that_are_trained_alone(asked: dict[str, Any]) -> None:
    result, frame, new = compared(**asked), rows(), rows(60, seed=1)
    assert result.recommendation.correction == "mean"
    X, y = frame.drop(columns=["y", "person"]), (frame["y"] == "yes").to_numpy()
    model = result.model
    assert isinstance(model, Pipeline)
    assert (type(model[-1].estimator_), list(model.classes_)) == (MeanClassifier, ["no", "yes"])
    assert model[-1].threshold == result.recommendation.threshold
    promise = isinstance(model[-1].threshold, Promised)
    if not promise:
        scores = []
        for name, estimator, kind in model[-1].estimator.estimators:
            prepare = TablePreparation(categories=kind).fit(X)
            clf = bw.WeightedClassifier(clone(estimator), "unweighted", correct_proba="fitted")
            proba = clf.fit(prepare.transform(X), y).predict_proba(prepare.transform(new))
            scores.append(logit(proba[:, 1]))
            assert kind == {"catboost": "text"}.get(name, "dtype")
        mean = 1 / (1 + np.exp(-np.mean(scores, axis=0)))
        np.testing.assert_allclose(model.predict_proba(new)[:, 1], mean, rtol=1e-9)
    else:
        assert model[-1].promise_.rates
    at = model[-1].threshold_ if model[-1].threshold is not None else 0.5
    np.testing.assert_array_equal(model.predict(new) == "yes", model.predict_proba(new)[:, 1] >= at)
    pasted: dict[str, Any] = {"X": X, "y": frame["y"]}
    exec(result.answer.code, pasted)
    np.testing.assert_array_equal(pasted["model"].predict_proba(new), model.predict_proba(new))
    names = [name for name, *_ in model[-1].estimator.estimators]
    assert f"mean in log odds of {', '.join(names)}" in result.card.correction
    assert {name for name in names if name != "linear"} <= result.card.versions.keys()
    assert bw.Card.from_model(model) == result.card
    assert not audit(model[-1], frame["y"])


@pytest.mark.parametrize(
    "costs",
    [
        pytest.param((), marks=pytest.mark.full),
        pytest.param(("--fn", "5", "--fp", "1"), marks=pytest.mark.full),
        ("--fn", "loss", "--fp", "1"),
    ],
    ids=str,
)
def test_from_file_to_scored_file(
    costs: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name, frame in {"t.csv": rows(), "new.csv": rows(60, seed=1).drop(columns="y")}.items():
        frame.assign(loss=5 + np.arange(len(frame)) % 3).to_csv(name, index=False)
    need = "costs" if costs else "decisions"
    asked = (*FLAGS, *costs, "--need", need, "--ensemble", "--group", "person", "--seed", "1", "--json")
    code, out, err = call("compare", "t.csv", *asked)
    assert code == 0, err
    plain = json.loads(out)
    assert plain["recommendation"]["correction"] == "mean"
    assert plain["model"].endswith("model.skops")
    directory = Path(plain["directory"])
    assert call("predict", directory, "new.csv", "-o", "scored.csv")[0] == 0
    scored, new = pd.read_csv("scored.csv"), pd.read_csv("new.csv")
    proba = load_model(plain["model"]).predict_proba(new)[:, 1]
    np.testing.assert_allclose(scored["probability"], proba, rtol=1e-12)
    np.testing.assert_array_equal(scored["label"] == "yes", scored["probability"] >= scored["threshold"])
    assert "model.fit(X, y, classify__groups=groups)" in plain["recommendation"]["code"]
    pasted: dict[str, Any] = {}
    exec(plain["recommendation"]["code"], pasted)
    np.testing.assert_array_equal(pasted["model"].predict_proba(new)[:, 1], proba)
    program: dict[str, Any] = {"__file__": str(directory / "recommended.py"), "__name__": "recommended"}
    exec((directory / "recommended.py").read_text(), program)
    program["train"]("t.csv")
    np.testing.assert_array_equal(program["score"](new)["probability"].to_numpy(), proba)
    assert 'pip install "boostweights[card,serving,cli,lightgbm,catboost]"' in program["__doc__"]
    assert "mean of 3 libraries" in (directory / "report.html").read_text()


def test_groups_reach_the_folds_of_each_correction() -> None:
    frame = rows()
    X, y, groups = frame[["in use", "z"]], frame["y"], np.arange(N) // 50
    clf = bw.WeightedClassifier(MeanClassifier([("linear", LinearClassifier(), "dtype")]), None)
    (member,) = clf.fit(X, y, groups=groups).estimator_.members_
    alone = bw.WeightedClassifier(LinearClassifier(), None, correct_proba="fitted")
    assert member.calibration_ == alone.fit(X, y == "yes", groups=groups).calibration_
    assert member.calibration_ != alone.fit(X, y == "yes").calibration_


def test_few_levels_are_those_of_the_training_rows() -> None:
    levels = np.array([f"street {number}" for number in range(300)])
    X = pd.DataFrame({"street": np.append(np.repeat(levels, 15), np.repeat(levels[:250], 2))})
    y = np.random.default_rng(0).random(len(X)) < pd.factorize(X["street"])[0] % 7 / 7
    prepare, few = TablePreparation(categorical=["street"]), TablePreparation(categories="few")
    boosted = HistGradientBoostingClassifier(categorical_features="from_dtype", max_iter=40)
    prepared, limited = prepare.fit_transform(X), few.set_params(categorical=["street"]).fit_transform(X)
    clf = MeanClassifier([("sklearn", boosted, "few")]).fit(prepared, y)
    alone = bw.WeightedClassifier(boosted, None, correct_proba="fitted").fit(limited, y)
    new = X.groupby("street").head(1).iloc[150:]
    expected = alone.predict_proba(few.transform(new))
    assert len(np.unique(expected)) > 2
    np.testing.assert_allclose(clf.predict_proba(prepare.transform(new)), expected, rtol=1e-9)
    np.testing.assert_array_equal(clf.predict(prepare.transform(new)), expected[:, 1] > 0.5)


def test_three_classes_have_the_mean_of_log_probabilities() -> None:
    X, y = rows()[["in use", "z"]], np.arange(N) % 3
    boosted = LGBMClassifier(n_estimators=5, n_jobs=1, verbose=-1)
    clf = MeanClassifier([("a", LinearClassifier(), "dtype"), ("b", boosted, "dtype")]).fit(X, y)
    proba = clf.predict_proba(X)
    logs = np.mean([one.predict_log_proba(X) for one in clf.members_], axis=0)
    np.testing.assert_allclose(proba, np.exp(logs) / np.exp(logs).sum(axis=1, keepdims=True), rtol=1e-12)


def test_one_library_has_no_such_competitor() -> None:
    for ensemble in (True, False):
        result = compared(estimators=["linear"], ensemble=ensemble)
        assert result.answer.notes == ()
        assert not [one for one in result.answer.evidence["options"] if one["correction"] == "mean"]


@pytest.mark.parametrize("name", ["model", "model.onnx", "model.txt", "model.skops"])
def test_what_holds_one_model_refuses_the_mean(name: str, tmp_path: Path) -> None:
    X, y = rows()[["in use", "z"]], rows()["y"]
    boosted = CatBoostClassifier(iterations=3, verbose=False)
    mean = MeanClassifier([("c", boosted, "text"), ("l", LinearClassifier(), "dtype")])
    clf = bw.WeightedClassifier(mean, None).fit(X, y)
    for call_ in (lambda: export(clf, tmp_path / name), lambda: bw.bake_correction(clf)):
        with pytest.raises(InvalidTypeError, match="a mean of classifiers is no library's own model"):
            call_()
    assert not list(tmp_path.iterdir())
