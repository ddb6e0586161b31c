"""A key changes when something that can change the model changes, and at nothing else."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from boostweights.benchmark import plan as plan_module
from boostweights.benchmark.data import Dataset, write
from boostweights.benchmark.learners import LEARNERS, estimator, features, parameters
from boostweights.benchmark.plan import Plan, Split, make_plan, stratified
from boostweights.benchmark.suite import Suite
from boostweights.policy import Unweighted
from boostweights.weights import ClassWeights

MakeSuite = Callable[..., Suite]


def keys(plan: Plan) -> list[str]:
    return [cell.model_key for cell in plan.cells]


@pytest.fixture
def plain(toy_file: Path, make_suite: MakeSuite) -> Plan:
    return make_plan(make_suite(), {"toy": toy_file})


def test_a_plan_has_every_cell_once(plain: Plan) -> None:
    cells = [(c.dataset, c.fold, c.library, c.policy) for c in plain.cells]
    assert len(cells) == len(set(cells)) == 3 * 2 * 3
    assert set(keys(plain)) == set(plain.models)


def test_the_same_plan_has_the_same_keys(plain: Plan, toy_file: Path, make_suite: MakeSuite) -> None:
    assert keys(make_plan(make_suite(), {"toy": toy_file})) == keys(plain)


@pytest.mark.parametrize("change", [{"name": "other"}, {"title": "Other"}, {"seconds_per_model": 1.0}])
def test_names_and_budgets_change_no_key(
    plain: Plan, toy_file: Path, make_suite: MakeSuite, change: dict[str, object]
) -> None:
    assert keys(make_plan(make_suite(**change), {"toy": toy_file})) == keys(plain)


@pytest.mark.parametrize("change", [{"trees": 6}, {"seed": 1}, {"threads": 2}, {"folds": 4}])
def test_settings_change_every_key(
    plain: Plan, toy_file: Path, make_suite: MakeSuite, change: dict[str, object]
) -> None:
    assert not set(keys(make_plan(make_suite(**change), {"toy": toy_file}))) & set(keys(plain))


def test_another_cell_shares_no_key_unless_its_weights_are_the_same(plain: Plan) -> None:
    assert len(set(keys(plain))) == len(plain.cells)


def test_data_that_differ_in_one_value_change_every_key(
    plain: Plan, toy: Dataset, tmp_path: Path, make_suite: MakeSuite
) -> None:
    X = toy.X.copy()
    X.loc[0, "noise"] = 99.0
    write(dataclasses.replace(toy, X=X), tmp_path / "other")
    assert not set(keys(make_plan(make_suite(), {"toy": tmp_path / "other"}))) & set(keys(plain))


def moved(part: str) -> Callable[[Dataset, Suite], list[Split]]:
    def split(dataset: Dataset, suite: Suite) -> list[Split]:
        return [
            dataclasses.replace(fold, **{part: np.sort(getattr(fold, part))[1:]})
            for fold in stratified(dataset, suite)
        ]

    return split


@pytest.mark.parametrize("part", ["train", "test"])
def test_other_rows_change_every_key(plain: Plan, toy_file: Path, make_suite: MakeSuite, part: str) -> None:
    other = make_plan(make_suite(), {"toy": toy_file}, split=moved(part))
    assert not set(keys(other)) & set(keys(plain))


def test_another_version_of_a_library_changes_its_own_keys_alone(
    plain: Plan, toy_file: Path, make_suite: MakeSuite, monkeypatch: pytest.MonkeyPatch
) -> None:
    true = plan_module.installed_version
    monkeypatch.setattr(
        plan_module, "installed_version", lambda name: "0" if name == "lightgbm" else true(name)
    )
    other = make_plan(make_suite(), {"toy": toy_file})
    for old, new in zip(plain.cells, other.cells, strict=True):
        assert (old.model_key == new.model_key) == (old.library != "lightgbm")


@pytest.mark.parametrize("package", ["numpy", "pandas", "scikit-learn", "imbalanced-learn", "boostweights"])
def test_another_version_of_what_all_share_changes_every_key(
    plain: Plan, toy_file: Path, make_suite: MakeSuite, monkeypatch: pytest.MonkeyPatch, package: str
) -> None:
    true = plan_module.installed_version
    monkeypatch.setattr(plan_module, "installed_version", lambda name: "0" if name == package else true(name))
    other = make_plan(make_suite(libraries=("lightgbm",)), {"toy": toy_file})
    assert not set(keys(other)) & set(keys(plain))


def test_another_version_of_the_code_changes_every_key(
    plain: Plan, toy_file: Path, make_suite: MakeSuite, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plan_module, "CODE_VERSION", 999)
    assert not set(keys(make_plan(make_suite(), {"toy": toy_file}))) & set(keys(plain))


def test_policies_that_resolve_to_the_same_weights_share_a_model(
    toy: Dataset, tmp_path: Path, make_suite: MakeSuite
) -> None:
    even = np.resize(np.array(["no", "yes"]), len(toy.y))
    write(dataclasses.replace(toy, y=even), tmp_path / "even")
    plan = make_plan(make_suite(), {"toy": tmp_path / "even"})
    assert len(plan.models) * 3 == len(plan.cells)


def test_weights_are_resolved_on_training_labels_alone(
    toy: Dataset, toy_file: Path, make_suite: MakeSuite, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[np.ndarray] = []

    class Spy(Unweighted):
        def resolve(self, y: np.ndarray, sample_weight: None = None) -> ClassWeights:
            seen.append(y)
            return super().resolve(y)

    monkeypatch.setattr(plan_module, "as_policy", lambda _: Spy())
    suite = make_suite(policies=("balanced",))
    make_plan(suite, {"toy": toy_file})
    for found, fold in zip(seen, stratified(toy, suite), strict=True):
        assert found.tolist() == toy.y[fold.train].tolist()


def test_a_library_that_is_not_installed_is_known_as_such(toy_file: Path, make_suite: MakeSuite) -> None:
    gone = dataclasses.replace(LEARNERS["lightgbm"], distributions=("no-such-package",))
    plan = make_plan(make_suite(libraries=("lightgbm",)), {"toy": toy_file}, learners={"lightgbm": gone})
    assert {model.installed for model in plan.models.values()} == {False}
    assert plan.versions["no-such-package"] is None


def test_the_seed_alone_decides_the_folds(toy: Dataset, make_suite: MakeSuite) -> None:
    zero, again, one = (stratified(toy, make_suite(seed=seed))[0].test.tolist() for seed in (0, 0, 1))
    assert zero == again != one


def test_folds_are_stratified_and_every_row_is_tested_once(toy: Dataset, make_suite: MakeSuite) -> None:
    folds = stratified(toy, make_suite())
    assert sorted(np.concatenate([fold.test for fold in folds])) == list(range(len(toy.y)))
    positives = [int((toy.y[fold.test] == "yes").sum()) for fold in folds]
    assert max(positives) - min(positives) <= 1
    assert all(not set(fold.train) & set(fold.test) for fold in folds)


@pytest.mark.parametrize("library", LEARNERS)
def test_every_learner_takes_categories_and_missing_values_and_is_trained_as_asked(
    library: str, toy: Dataset
) -> None:
    learner = LEARNERS[library]
    arguments = parameters(learner, trees=7, seed=3, threads=1, categorical=toy.categorical)
    before = toy.digest
    X = features(toy.X, learner.categories)
    model = estimator(learner.classifier, arguments).fit(X, (toy.y == "yes").astype(int))
    assert model.predict_proba(X).shape == (len(toy.y), 2)
    assert toy.digest == before
    assert {arguments[learner.trees], arguments[learner.seed]} == {7, 3}
    if learner.threads is not None:
        assert arguments[learner.threads] == 1
