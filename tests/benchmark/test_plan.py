"""A key changes when something that can change the model changes, and at nothing else."""

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.utils.class_weight import compute_class_weight

from boostweights.benchmark.data.dataset import Dataset, write
from boostweights.benchmark.plan import plan as plan_module
from boostweights.benchmark.plan.learners import LEARNERS
from boostweights.benchmark.plan.plan import Plan, make_plan
from boostweights.benchmark.plan.problem import as_problem
from boostweights.benchmark.plan.splits import Split, folds
from boostweights.benchmark.plan.suite import Suite
from boostweights.benchmark.plan.weighting import Cost

MakeSuite = Callable[..., Suite]


def keys(plan: Plan) -> list[str]:
    return [cell.model_key for cell in plan.cells]


@pytest.fixture
def plain(toy_file: Path, make_suite: MakeSuite) -> Plan:
    return make_plan(make_suite(), {"toy": toy_file})


def test_a_plan_has_every_cell_once(plain: Plan) -> None:
    cells = [(c.dataset, c.repeat, c.fold, c.library, c.arm) for c in plain.cells]
    assert len(cells) == len(set(cells)) == 3 * 2 * 3
    assert set(keys(plain)) == set(plain.models)


KeysOf = Callable[..., list[str]]


@pytest.fixture
def keys_of(toy_file: Path, make_suite: MakeSuite) -> KeysOf:
    """The keys of the cells of a plan of the toy data, some settings of whose suite are changed."""

    def make(file: Path = toy_file, split: Any = folds, **changes: Any) -> list[str]:
        return keys(make_plan(make_suite(**changes), {"toy": file}, split=split))

    return make


@pytest.mark.parametrize(
    "change", [{}, {"name": "o"}, {"title": "O"}, {"seconds_per_model": 1.0}, {"megabytes_per_model": 99}]
)
def test_names_and_budgets_change_no_key(plain: Plan, keys_of: KeysOf, change: dict[str, object]) -> None:
    assert keys_of(**change) == keys(plain)


@pytest.mark.parametrize(
    "change", [{"trees": 6}, {"seed": 1}, {"threads": 2}, {"folds": 4}, {"max_rows": 200}]
)
def test_settings_change_every_key(plain: Plan, keys_of: KeysOf, change: dict[str, object]) -> None:
    assert not set(keys_of(**change)) & set(keys(plain))


def test_another_cell_shares_no_key_unless_its_weights_are_the_same(plain: Plan) -> None:
    assert len(set(keys(plain))) == len(plain.cells)


def test_data_that_differ_in_one_value_change_every_key(
    plain: Plan, toy: Dataset, tmp_path: Path, keys_of: KeysOf
) -> None:
    X = toy.X.copy()
    X.loc[0, "noise"] = 99.0
    write(dataclasses.replace(toy, X=X), tmp_path / "other")
    assert not set(keys_of(tmp_path / "other")) & set(keys(plain))


def moved(part: str) -> Callable[[Dataset, Suite], list[Split]]:
    def split(dataset: Dataset, suite: Suite) -> list[Split]:
        return [
            dataclasses.replace(fold, **{part: np.sort(getattr(fold, part))[1:]})
            for fold in folds(dataset, suite)
        ]

    return split


@pytest.mark.parametrize("part", ["train", "test"])
def test_other_rows_change_every_key(plain: Plan, keys_of: KeysOf, part: str) -> None:
    assert not set(keys_of(split=moved(part))) & set(keys(plain))


def arm_key(keys_of: KeysOf, arm: object, **changes: object) -> str:
    return keys_of(libraries=("lightgbm",), arms=[arm], **changes)[0]


@pytest.mark.parametrize(
    "change",
    [
        {"policy": {"kind": "Balanced", "scale": "majority"}},
        {"form": "class_weight"},
        {"form": "class_weight", "pinned": False},
        {"resample": "over", "resolve": "before"},
        {"resample": "under", "resolve": "before"},
        {"resolve": "all"},
        {"early_stopping": "unweighted"},
        {"early_stopping": "weighted"},
        {"tune": True},
        {"correction": "fitted"},
    ],
    ids=str,
)
def test_each_setting_of_an_arm_is_another_model(keys_of: KeysOf, change: dict[str, object]) -> None:
    plain = {"name": "a", "policy": "balanced"}
    assert arm_key(keys_of, {**plain, **change}) != arm_key(keys_of, plain)
    assert arm_key(keys_of, {**plain, "name": "b"}) == arm_key(keys_of, plain)


@pytest.mark.parametrize(
    "change", [{"costs": {"": Cost(fn=3.0)}}, {"predictions": True}, {"early_stopping_rounds": 3}], ids=str
)
def test_what_is_measured_is_in_the_key(keys_of: KeysOf, change: dict[str, object]) -> None:
    arm = {"name": "a", "policy": "balanced", "early_stopping": "weighted"}
    assert arm_key(keys_of, arm, **change) != arm_key(keys_of, arm)


def test_a_fitted_correction_is_shared_and_takes_five_models_more(
    toy_file: Path, make_suite: MakeSuite
) -> None:
    arms = [{"name": name, "policy": "balanced", "correction": "fitted"} for name in "ab"]
    plan = make_plan(make_suite(arms=[*arms, "balanced"], libraries=("lightgbm",)), {"toy": toy_file})
    work = {
        arm: [plan.models[cell.model_key].work for cell in plan.cells if cell.arm == arm]
        for arm in ("a", "balanced")
    }
    assert len(plan.models) == 2 * 3
    assert work["a"] == pytest.approx([5 * each for each in work["balanced"]], rel=1e-3)


def test_weights_after_resampling_to_one_size_are_no_weights(keys_of: KeysOf) -> None:
    over = {"name": "over", "resample": "over"}
    weighted = {"name": "w", "resample": "over", "policy": "balanced", "resolve": "resampled"}
    assert arm_key(keys_of, weighted) == arm_key(keys_of, over)


def test_the_dummy_is_one_model_beside_every_library(toy_file: Path, make_suite: MakeSuite) -> None:
    suite = make_suite(arms=[{"name": "dummy", "dummy": True}], libraries=tuple(LEARNERS))
    plan = make_plan(suite, {"toy": toy_file})
    assert (len(plan.cells), len(plan.models)) == (3 * len(LEARNERS), 3)


def test_an_arm_has_cells_only_where_it_can_be_said(
    toy_of_three: Dataset, toy_file: Path, tmp_path: Path, make_suite: MakeSuite
) -> None:
    write(toy_of_three, tmp_path / "three")
    arms = [
        {"name": "spw", "policy": "balanced", "form": "scale_pos_weight", "pinned": False},
        {"name": "auto", "policy": "balanced", "form": "auto_class_weights", "pinned": False},
        {"name": "costs", "policy": "costs"},
        "balanced",
    ]
    suite = make_suite(arms=arms, libraries=tuple(LEARNERS), folds=2)
    said = {
        name: {(cell.library, cell.arm) for cell in make_plan(suite, {"toy": file}).cells}
        for name, file in {"two": toy_file, "three": tmp_path / "three"}.items()
    }
    everywhere = {(library, arm) for library in LEARNERS for arm in ("costs", "balanced")}
    spw = {(library, "spw") for library in ("xgboost", "lightgbm", "catboost")}
    assert said["two"] == everywhere | spw | {("catboost", "auto")}
    assert said["three"] == {(library, "balanced") for library in LEARNERS} | {("catboost", "auto")}


@pytest.mark.parametrize(
    "package", ["lightgbm", "numpy", "pandas", "scikit-learn", "imbalanced-learn", "boostweights", "the code"]
)
def test_another_version_changes_the_keys_of_a_library_or_of_all(
    plain: Plan, keys_of: KeysOf, monkeypatch: pytest.MonkeyPatch, package: str
) -> None:
    true = plan_module.installed_version
    monkeypatch.setattr(plan_module, "installed_version", lambda name: "0" if name == package else true(name))
    if package == "the code":
        monkeypatch.setattr(plan_module, "CODE_VERSION", 999)
    for cell, key in zip(plain.cells, keys_of(), strict=True):
        assert (cell.model_key == key) == (package == "lightgbm" != cell.library)


def test_policies_that_resolve_to_the_same_weights_share_a_model(
    toy: Dataset, tmp_path: Path, make_suite: MakeSuite
) -> None:
    even = np.resize(np.array(["no", "yes"]), len(toy.y))
    write(dataclasses.replace(toy, y=even), tmp_path / "even")
    plan = make_plan(make_suite(), {"toy": tmp_path / "even"})
    assert len(plan.models) * 3 == len(plan.cells)


def test_weights_are_those_of_the_training_fold_unless_an_arm_leaks(
    toy: Dataset, toy_file: Path, make_suite: MakeSuite
) -> None:
    arms = ["balanced", {"name": "leak", "policy": "balanced", "resolve": "all"}]
    suite = make_suite(arms=arms, libraries=("lightgbm",))
    plan = make_plan(suite, {"toy": toy_file})
    for cell in plan.cells:
        model = plan.models[cell.model_key]
        labels = toy.y if cell.arm == "leak" else toy.y[model.split.train]
        by_sklearn = compute_class_weight("balanced", classes=np.array(["no", "yes"]), y=labels)
        assert model.recipe.weights == tuple(by_sklearn)


def test_the_positive_class_is_the_last_one_whatever_it_is_called(
    toy: Dataset, tmp_path: Path, make_suite: MakeSuite
) -> None:
    renamed = dataclasses.replace(toy, y=np.where(toy.y == "yes", "bad", "good"), positive="bad")
    write(renamed, tmp_path / "renamed")
    explicit = {"name": "e", "policy": {"kind": "Explicit", "positive": 9}}
    plan = make_plan(make_suite(arms=[explicit]), {"toy": tmp_path / "renamed"})
    assert {model.recipe.weights for model in plan.models.values()} == {(1.0, 9.0)}
    assert as_problem(renamed).classes == ("good", "bad")
    assert ((as_problem(renamed).y == 1) == (renamed.y == "bad")).all()


def test_a_library_that_is_not_installed_is_known_as_such(toy_file: Path, make_suite: MakeSuite) -> None:
    gone = dataclasses.replace(LEARNERS["lightgbm"], distributions=("no-such-package",))
    plan = make_plan(make_suite(libraries=("lightgbm",)), {"toy": toy_file}, learners={"lightgbm": gone})
    assert {model.installed for model in plan.models.values()} == {False}
    assert plan.versions["no-such-package"] is None


def test_what_holds_for_many_classes_only_is_set_for_them_only(
    toy_of_three: Dataset, toy_file: Path, tmp_path: Path, make_suite: MakeSuite
) -> None:
    write(toy_of_three, tmp_path / "three")
    suite = make_suite(libraries=("catboost",), arms=["balanced"])
    for file, value in {toy_file: None, tmp_path / "three": 10}.items():
        models = make_plan(suite, {"toy": file}).models.values()
        assert {model.recipe.parameters.get("one_hot_max_size") for model in models} == {value}
