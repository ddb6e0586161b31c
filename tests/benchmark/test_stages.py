"""A comparison in stages: which cells are trained, with how many rounds, and that these are recommended."""

import dataclasses
import json
import math
import time
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from commands import call, train_here
from lightgbm import LGBMClassifier
from scipy.special import softmax
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss

import boostweights as bw
from boostweights.benchmark.compare.dataset import TableData, as_table_data
from boostweights.benchmark.compare.folds import table_folds
from boostweights.benchmark.compare.plan import Wanted, run_digest, table_plan, table_suite
from boostweights.benchmark.compare.recommend import answer, losses_of_libraries
from boostweights.benchmark.compare.stages import train_in_stages
from boostweights.benchmark.plan.plan import Plan
from boostweights.benchmark.plan.splits import inner_splits
from boostweights.benchmark.run.run import run
from boostweights.benchmark.run.store import Store
from boostweights.estimator.classifier import WeightedClassifier
from boostweights.probabilities import fit_correction
from boostweights.serving.scoring import load_model
from boostweights.tables.linear import LinearClassifier
from boostweights.tables.roles import Roles

LIBRARIES = ("lightgbm", "linear")
USUAL = ("unweighted", "sqrt_balanced", "balanced")


def rows(shape: str = "linear", n: int = 300) -> pd.DataFrame:
    """Two classes, whose log odds a line describes, or a checkerboard."""
    rng = np.random.default_rng(0)
    x, z = rng.normal(size=(2, n))
    score = x + 0.5 * z if shape == "linear" else 3.0 * np.sign(x * z) - 0.5
    bad = score + rng.logistic(size=n) > 1.5
    return pd.DataFrame({"y": np.where(bad, "bad", "good"), "x": x, "z": z})


def data_of(shape: str = "linear", frame: pd.DataFrame | None = None) -> TableData:
    table = pa.Table.from_pandas(rows(shape) if frame is None else frame, preserve_index=False)
    positive = "bad" if frame is None else None
    return as_table_data(table, Roles(target="y", positive=positive), name="d")


def staged(data: TableData, folder: Path, **wanted: Any) -> tuple[Plan, tuple[str, ...], list[Plan], Store]:
    """The plan that is trained in the end, what was left out, and every plan on the way."""
    suite = table_suite(data, Wanted(folds=3, **wanted), name="t")
    splits = table_folds(data, suite)
    store, plans = Store(folder / "store.sqlite"), []

    def train(plan: Plan, until: float) -> None:
        assert until == math.inf
        plans.append(plan)
        run(plan, store)

    plan, left_out = train_in_stages(partial(table_plan, data, suite, splits, folder), store, data, train)
    assert {one.facts["run_digest"] for each in plans for one in each.data} == {
        run_digest(data, suite, splits)
    }
    return plan, left_out, plans, store


def losses(settings: dict[str, Any], split: Any, X: Any, y: Any) -> Any:
    """The mean log loss of a fold's test rows after 1 to 500 rounds, by LightGBM alone."""
    clf = LGBMClassifier(**settings | {"n_estimators": 500}).fit(X[split.train], y[split.train])
    proba = [clf.booster_.predict(X[split.test], num_iteration=number) for number in range(1, 501)]
    return -np.log(np.where(y[split.test], proba, np.subtract(1, proba))).mean(axis=1)


@pytest.fixture(autouse=True)
def trained(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The keys of models that were trained, in this process."""
    return train_here(monkeypatch)


@pytest.mark.parametrize(
    ("wanted", "stages"),
    [
        ({}, ("rounds", "policies")),
        ({"trees": 100}, ("policies",)),
        ({"libraries": LIBRARIES}, ("rounds", "policies")),
        ({"policies": ["balanced"]}, ("rounds", "policies")),
        ({"libraries": LIBRARIES, "policies": ["balanced"]}, ("rounds",)),
        ({"libraries": LIBRARIES, "policies": ["balanced"], "trees": 100}, ()),
        ({"search": 3, "ensemble": True}, ("rounds", "search", "policies", "ensemble")),
    ],
)
def test_what_is_named_is_not_chosen(wanted: dict[str, Any], stages: tuple[str, ...]) -> None:
    data = data_of()
    suite = table_suite(data, Wanted(**wanted), name="t")
    assert suite.stages == stages
    assert suite.libraries[-1] == "linear"
    assert ("n_estimators" in suite.settings["lightgbm"]) == ("rounds" in stages)
    splits = table_folds(data, suite)
    others = [
        table_suite(data, Wanted(**options), name="t")
        for options in ({}, {"trees": 100}, {"trees": 500}, {"libraries": LIBRARIES, "trees": 7})
    ]
    digests = [run_digest(data, other, splits) for other in others]
    assert len(set(digests)) == len(digests)


@pytest.mark.parametrize(
    ("shape", "wanted", "cells"),
    [
        ("linear", {}, {"lightgbm": USUAL[:1], "linear": USUAL}),
        ("checkerboard", {}, {"lightgbm": USUAL, "linear": USUAL[:1]}),
        ("linear", {"policies": ("balanced",)}, dict.fromkeys(LIBRARIES, ("unweighted", "balanced"))),
        ("linear", {"fn": 9.0}, {"lightgbm": USUAL[:1], "linear": (*USUAL, "costs")}),
    ],
)
def test_policies_are_trained_in_the_library_with_the_lowest_log_loss(
    shape: str, wanted: dict[str, Any], cells: dict[str, tuple[str, ...]], tmp_path: Path, trained: list[str]
) -> None:
    asked = {"libraries": LIBRARIES, "trees": 30, **wanted}
    data = data_of(shape)
    plan, left_out, _, store = staged(data, tmp_path, **asked)
    places = [(cell.library, cell.arm) for cell in plan.cells if cell.fold == 0]
    assert places == [(library, arm) for library in LIBRARIES for arm in cells[library]]
    assert sorted(trained) == sorted(plan.models)
    assert store.cells()["status"].tolist() == ["ok"] * len(plan.cells)
    lacking = [library for library in LIBRARIES if len(cells[library]) == 1]
    assert [note.partition(". ")[0] for note in left_out] == [
        f"{', '.join(arm for arms in cells.values() for arm in arms[1:])} of {library}" for library in lacking
    ]
    store.close()
    staged(data, tmp_path, **asked)
    assert len(trained) == len(plan.models)  # nothing is left to train


def test_an_arm_that_the_best_library_lacks_is_trained_by_the_next_one(tmp_path: Path) -> None:
    data = data_of()
    suite = table_suite(data, Wanted(policies=["native_is_unbalance"], trees=5, folds=3), name="t")
    suite = dataclasses.replace(suite, libraries=LIBRARIES)
    planned = partial(table_plan, data, suite, table_folds(data, suite), tmp_path)
    with Store(tmp_path / "store.sqlite") as store:
        plan, left_out = train_in_stages(planned, store, data, lambda plan, until: run(plan, store) and None)
    assert ("lightgbm", "native_is_unbalance") in {(cell.library, cell.arm) for cell in plan.cells}
    assert left_out == ()


def test_libraries_are_compared_by_mapped_probabilities_of_three_classes(tmp_path: Path) -> None:
    frame = rows().assign(y=lambda rows: pd.cut(rows["x"], 3, labels=list("abc")).astype(str))
    data = data_of(frame=frame)
    asked = {"libraries": LIBRARIES, "policies": ["unweighted"], "trees": 5}
    plan, _, _, store = staged(data, tmp_path, **asked)
    codes = pd.factorize(data.dataset.y, sort=True)[0]
    weights = bw.Unweighted().resolve(codes)
    for library in LIBRARIES:
        logs, folds, mapped = np.zeros((len(codes), 3)), np.zeros(len(codes), int), np.zeros((len(codes), 3))
        for (_, _, fold, *way), predictions in store.predictions():
            row, proba = predictions.arrays()
            if library in way:
                logs[row], folds[row] = np.log(np.clip(proba, 1e-6, 1 - 1e-6)), fold
        for fold in range(3):
            learned = fit_correction(logs[folds != fold], codes[folds != fold], weights)
            mapped[folds == fold] = softmax(logs[folds == fold] * learned.slopes + learned.offsets, axis=1)
        expected = log_loss(codes, mapped)
        assert losses_of_libraries(store, plan, data)[library] == pytest.approx(expected, rel=1e-3)


def test_rounds_have_the_lowest_loss_of_all_test_rows(tmp_path: Path, trained: list[str]) -> None:
    data = data_of("checkerboard")
    plan, _, plans, _ = staged(data, tmp_path, libraries=["lightgbm"])
    assert len(trained) == 3 + len(plan.models)
    settings = {json.dumps(dict(model.recipe.parameters), sort_keys=True) for model in plan.models.values()}
    assert len(settings) == 1  # of all folds and policies
    (parameters,) = map(json.loads, settings)
    assert (parameters["learning_rate"], parameters["num_leaves"]) == (0.05, 15)
    X, y = data.dataset.X.to_numpy(), data.dataset.y == "bad"
    splits = [model.split for model in plans[1].models.values()]
    total = sum(len(split.test) * losses(parameters, split, X, y) for split in splits)
    assert parameters["n_estimators"] == total.argmin() + 1
    assert 1 < parameters["n_estimators"] < 500


def test_libraries_are_compared_by_mapped_probabilities(tmp_path: Path) -> None:
    data = data_of("checkerboard")
    asked = {"libraries": ["lightgbm"], "policies": ["unweighted"], "trees": 5}
    plan, _, _, store = staged(data, tmp_path, **asked)
    y = data.dataset.y == "bad"
    score, folds, mapped = np.zeros(len(y)), np.zeros(len(y), int), np.zeros(len(y))
    for (_, _, fold, *_), predictions in store.predictions():
        row, proba = predictions.arrays()
        score[row], folds[row] = np.log(proba[:, 1] / proba[:, 0]), fold
    for fold in range(3):
        platt = LogisticRegression(C=np.inf).fit(score[folds != fold, None], y[folds != fold])
        mapped[folds == fold] = platt.predict_proba(score[folds == fold, None])[:, 1]
    expected = log_loss(y, mapped)
    assert losses_of_libraries(store, plan, data)["lightgbm"] == pytest.approx(expected, rel=1e-3)
    assert log_loss(y, 1 / (1 + np.exp(-score))) > 1.1 * expected  # five rounds are too few


def test_a_fold_that_cannot_choose_rounds_is_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from boostweights.benchmark.run import pools, train

    losses_by_round, calls = train.losses_by_round, []

    def failing(*arguments: Any) -> Any:
        calls.append(arguments)
        if len(calls) == 2:
            raise ValueError("no rounds")
        return losses_by_round(*arguments)

    monkeypatch.setattr(train, "losses_by_round", failing)
    monkeypatch.setattr(pools, "local", lambda models, *_: map(train.attempt, models))
    plan, left_out, _, _ = staged(data_of(), tmp_path, libraries=["lightgbm"], policies=["balanced"])
    assert left_out == ("fold 2 in the choice of lightgbm's rounds: ValueError: no rounds",)
    (rounds,) = {model.recipe.parameters["n_estimators"] for model in plan.models.values()}
    assert 1 <= rounds < 500  # type: ignore[operator]


def test_a_mean_of_fold_models_is_tested_on_rows_that_none_of_them_has_seen(tmp_path: Path) -> None:
    data = data_of("checkerboard")
    plan, _, _, store = staged(data, tmp_path, libraries=LIBRARIES, trees=20, ensemble=True)
    means = {cell.fold: cell.model_key for cell in plan.cells if cell.regime == "ensemble"}
    assert {(cell.library, cell.arm) for cell in plan.cells if cell.model_key in means.values()} == {
        ("lightgbm", "unweighted")
    }
    X, y = data.dataset.X, data.dataset.y == "bad"
    mixed = np.zeros(len(y))
    for (_, _, fold, _, regime, _), predictions in store.predictions():
        if regime == "ensemble":
            row, proba = predictions.arrays()
            model = plan.models[means[fold]]
            train, settings = model.split.train, dict(model.recipe.parameters)
            inner = list(inner_splits(y[train].astype(int), None, 0, 5))
            clf = WeightedClassifier(
                LGBMClassifier(**settings), None, correct_proba="fitted", ensemble=True, calibration_cv=inner
            )
            expected = clf.fit(X.iloc[train], y[train]).predict_proba(X.iloc[row])
            np.testing.assert_allclose(proba, expected, rtol=1e-6)
            mixed[row] = expected[:, 1]
    options = answer(store, plan, data, "probabilities").evidence["options"]
    (mean,) = [option for option in options if option["correction"] == "ensemble"]
    assert mean["value"] == pytest.approx(log_loss(y, mixed), rel=1e-6)


def test_a_search_keeps_the_better_half_fold_by_fold(tmp_path: Path, trained: list[str]) -> None:
    data = data_of("checkerboard")
    asked: dict[str, Any] = {"libraries": ["lightgbm"], "policies": ["unweighted"], "search": 4}
    plan, _, plans, store = staged(data, tmp_path, **asked)
    X, y = data.dataset.X.to_numpy(), data.dataset.y == "bad"

    def settings_of(models: Any) -> set[str]:
        return {repr(dict(model.recipe.parameters) | {"n_estimators": 500}) for model in models}

    def loss(settings: str) -> float:
        return float(losses(eval(settings), first, X, y).min())

    first = next(model.split for model in plans[1].models.values())
    all_of_them, half, two = (settings_of(plans[at].models.values()) for at in (1, 2, 3))
    assert [len(all_of_them), len(half), len(two)] == [5, 3, 2]
    assert half == set(sorted(all_of_them, key=loss)[:3])
    assert two < half
    (chosen,) = settings_of(plan.models.values())
    assert chosen in two
    finalists = [part for part in plans[4:6] if settings_of(part.models.values()) == {chosen}]
    assert finalists, "what is chosen has been trained on all folds"
    assert len(trained) == 5 + 3 + 2 + 2 * 3
    store.close()


def test_a_budget_leaves_out_what_it_cannot_train_and_reports_it(tmp_path: Path) -> None:
    data = data_of()
    suite = table_suite(data, Wanted(libraries=LIBRARIES, folds=3, ensemble=True), name="t")
    planned = partial(table_plan, data, suite, table_folds(data, suite), tmp_path)
    ends: list[float] = []

    def all_but_lightgbm(plan: Plan, until: float) -> None:
        ends.append(until - begun)
        run(plan, store, part=lambda model: model.library != "lightgbm")

    with Store(tmp_path / "store.sqlite") as store:
        train: Any = partial(run, store=store)
        plan, left_out = train_in_stages(planned, store, data, train, 0.001)
        assert {(cell.library, cell.arm) for cell in plan.cells} == {("linear", "unweighted")}
        assert left_out[-1].endswith("nothing was trained on all folds within 0.001 seconds")
        assert answer(store, plan, data, "decisions", left_out).recommendation is not None
        begun = time.monotonic()
        plan, left_out = train_in_stages(planned, store, data, all_but_lightgbm, 100.0)
    assert {cell.library for cell in plan.cells} == {"linear"}
    assert left_out[-1] == "unweighted of lightgbm: not trained on all folds within 100 seconds"
    assert ends == sorted(ends)
    assert 80 < ends[-1] < 101


def test_what_was_late_is_named_and_the_others_are_recommended(tmp_path: Path) -> None:
    data = data_of()
    suite = table_suite(data, Wanted(libraries=["linear"], folds=3, ensemble=True), name="t")
    planned = partial(table_plan, data, suite, table_folds(data, suite), tmp_path)

    def one_mean(plan: Plan, until: float) -> None:
        run(plan, store, part=lambda model: model.recipe.regime.name != "ensemble" or model.split.fold == 1)

    with Store(tmp_path / "store.sqlite") as store:
        plan, left_out = train_in_stages(planned, store, data, one_mean, 100.0)
        best = answer(store, plan, data, "probabilities", left_out).recommendation
    assert left_out == ("the mean of fold models of linear: not trained on all folds within 100 seconds",)
    assert best is not None
    assert best.correction != "ensemble"


@pytest.mark.filterwarnings("ignore::boostweights.serving.scoring.ModelWarning")
@pytest.mark.parametrize(("library", "shape"), [("lightgbm", "checkerboard"), ("linear", "linear")])
def test_what_is_recommended_has_the_settings_that_were_compared(
    library: str, shape: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    frame = rows(shape, 500)
    frame[:300].to_csv("t.csv", index=False)
    frame[300:].drop(columns="y").to_csv("new.csv", index=False)
    asked = ("t.csv", "--target", "y", "--need", "probabilities", "--libraries", ",".join(LIBRARIES))
    code, out, _ = call("compare", *asked, "--folds", "3", "--json")
    plain = json.loads(out)
    assert (code, plain["recommendation"]["library"]) == (0, library)
    assert plain["data"]["stages"] == ["rounds", "policies"]
    other = LIBRARIES[library == "lightgbm"]
    mean, note = plain["recommendation"]["notes"]
    assert mean.startswith("ensemble (mean of 2 libraries): log loss ")
    assert note.startswith(f"sqrt_balanced, balanced of {other}. Only the library with")
    stored = json.loads((Path(plain["directory"]) / "recommendation.json").read_text())
    assert stored["notes"] == [mean, note]

    model = load_model(plain["model"])
    with Store(Path(plain["directory"]) / "store.sqlite") as store:
        settings = store.runs()[-1]["estimators"]
    clf = model[-1].estimator
    (compared,) = [value for name, value in settings.items() if name.endswith(f":{type(clf).__name__}")]
    assert compared.items() <= clf.get_params().items()
    program = (Path(plain["directory"]) / "recommended.py").read_text()
    assert all(f"{name}={value!r}" in program for name, value in compared.items())
    if library == "linear":
        assert isinstance(clf, LinearClassifier)

    assert call("predict", plain["directory"], "new.csv", "-o", "scored.csv")[0] == 0
    scored = pd.read_csv("scored.csv")["probability"]
    np.testing.assert_allclose(scored, model.predict_proba(pd.read_csv("new.csv"))[:, 0], rtol=1e-12)
    known, new = ((part == "bad").to_numpy() for part in (frame["y"][:300], frame["y"][300:]))
    assert log_loss(new, scored) < log_loss(new, np.full(200, known.mean()))
