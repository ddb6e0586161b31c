"""Folds, suite and plan of a user's own table."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from owntables import roles, table
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import StratifiedKFold

from boostweights.benchmark.compare.dataset import TableData, as_table_data
from boostweights.benchmark.compare.describe import as_lines, described
from boostweights.benchmark.compare.folds import table_folds
from boostweights.benchmark.compare.plan import Wanted, named_arms, table_plan, table_suite
from boostweights.benchmark.data.dataset import read as read_dataset
from boostweights.benchmark.plan.suite import load_suite
from boostweights.errors import InvalidValueError
from boostweights.tables.roles import Roles
from boostweights.weighting.policies.names import as_policy


def suite_of(data: TableData, **wanted: Any) -> Any:
    return table_suite(data, Wanted(**wanted), name="t")


def test_stratified_folds_are_scikit_learns() -> None:
    frame = load_breast_cancer(as_frame=True).frame
    data = as_table_data(pa.Table.from_pandas(frame), Roles(target="target"), name="t")
    found = table_folds(data, suite_of(data, folds=4, repeats=2, seed=3))
    for repeat in (0, 1):
        splitter = StratifiedKFold(4, shuffle=True, random_state=3 + repeat)
        wanted = splitter.split(np.zeros(len(frame)), frame["target"])
        for split, (train, test) in zip(found[4 * repeat :], wanted, strict=False):
            assert (split.train.tolist(), split.test.tolist()) == (train.tolist(), test.tolist())


def test_equal_rows_and_groups_are_on_one_side() -> None:
    data = as_table_data(table(), roles(), name="t")
    key = [tuple(row) for row in data.dataset.X.astype(str).to_numpy()]
    for split in table_folds(data, suite_of(data, folds=2)):
        assert not {key[i] for i in split.train} & {key[i] for i in split.test}
    rng = np.random.default_rng(0)
    grouped = table(age=rng.normal(size=24), person=np.repeat(range(8), 3))
    data = as_table_data(grouped, roles(group="person", drop=("day",)), name="t")
    assert data.dataset.group is not None
    for split in table_folds(data, suite_of(data, folds=3)):
        assert not set(data.dataset.group[split.train]) & set(data.dataset.group[split.test])


def timed(times: Any, y: Any = None, **features: Any) -> TableData:
    n = len(times)
    labels = [0, 1] * n if y is None else y
    columns = {"y": list(labels)[:n], "t": times, "x": np.arange(n) * 1.5} | features
    return as_table_data(pa.table(columns), Roles(target="y", time="t"), name="t")


@pytest.mark.parametrize(
    "times",
    [
        pd.date_range("2026-01-01", periods=12, freq="h"),
        pd.date_range("2026-01-01", periods=12, tz="Europe/Vienna"),
        [day.date() for day in pd.date_range("2026-01-01", periods=12)],
        np.linspace(-3, 5, 12),
    ],
)
def test_times_are_dates_or_numbers(times: Any) -> None:
    backwards = timed(list(times)[::-1])
    (first, second) = table_folds(backwards, suite_of(backwards, folds=2))
    assert (first.train.tolist(), first.test.tolist()) == ([8, 9, 10, 11], [4, 5, 6, 7])
    assert (second.train.tolist(), second.test.tolist()) == ([*range(4, 12)], [0, 1, 2, 3])


def test_a_fold_in_time_without_a_class_is_named() -> None:
    late = timed(range(30), [0] * 20 + [0, 1] * 5)
    with pytest.raises(InvalidValueError, match="got no '1' among the 10 training rows of fold 1 of 2"):
        table_folds(late, suite_of(late, folds=2))
    early = timed(range(30), [0, 1] * 10 + [0] * 10)
    with pytest.raises(InvalidValueError, match="got no '1' among the 10 test rows of fold 2 of 2"):
        table_folds(early, suite_of(early, folds=2))
    one_day = timed([1] * 28 + [2, 2])
    with pytest.raises(InvalidValueError, match="none for fold 1 of 3: too many rows have one time"):
        table_folds(one_day, suite_of(one_day, folds=3))


def test_groups_that_occur_at_all_times_are_refused_and_the_remedy_works() -> None:
    rows = table(person=np.arange(24) % 5, age=np.arange(24.0))
    both = as_table_data(rows, roles(drop=(), group="person", time="day"), name="t")
    with pytest.raises(InvalidValueError, match="got no 'no', 'yes' among the 0 training.* Leave --time out"):
        table_folds(both, suite_of(both, folds=2))
    for role, column in (("group", "person"), ("time", "day")):
        alone = as_table_data(rows, roles(drop=(), **{role: column}), name="t")
        assert len(table_folds(alone, suite_of(alone, folds=2))) == 2


def test_equal_rows_of_a_training_fold_in_time_are_not_parted_by_tuning() -> None:
    data = timed(range(24), x=[1.0, 2.0, 3.0, 4.0] * 6)
    for split in table_folds(data, suite_of(data, folds=2)):
        assert split.groups is not None
        assert len(np.unique(split.groups)) == 4


@pytest.mark.parametrize(
    ("positives", "says"),
    [
        (3, "in at least 5 groups of rows, one a fold; got 'yes' in 3. Use 3 folds"),
        (1, "got 'yes' in 1. Add rows of it, or leave it out"),
    ],
)
def test_fewer_positives_than_folds_are_counted(positives: int, says: str) -> None:
    rows = table(label=["yes"] * positives + ["no"] * (24 - positives), age=np.arange(24.0))
    data = as_table_data(rows, roles(), name="t")
    with pytest.raises(InvalidValueError, match=says):
        table_folds(data, suite_of(data, folds=5))


def test_arms_are_policies_and_the_default_suites() -> None:
    named = {name: named_arms([name])[-1] for name in ("unweighted", "balanced", "sqrt_balanced")}
    for name, arm in named.items():
        counts = as_policy(name).resolve([0] * 9 + [1])  # type: ignore[union-attr]
        assert arm.policy.resolve(counts.counts, load_suite("tiny").cost("")).values == counts.values
    assert [arm.name for arm in named_arms(["smote", "unweighted"])] == ["unweighted", "smote"]
    with pytest.raises(InvalidValueError, match="got 'balenced'. Did you mean 'balanced'?"):
        named_arms(["balenced"])


def data_of(**changes: Any) -> TableData:
    rng = np.random.default_rng(0)
    return as_table_data(table(age=rng.normal(size=24), **changes), roles(), name="t")


@pytest.mark.parametrize(
    ("wanted", "says"),
    [
        ({"libraries": ["lihgtgbm"]}, "Did you mean 'lightgbm'?"),
        (
            {"policies": ["native_is_unbalance"], "libraries": ["sklearn"]},
            "got native_is_unbalance for sklearn",
        ),
        ({"policies": ["costs"]}, "costs must say --fn"),
        ({"fp": 2.0}, "costs must say --fn"),
        ({"fn": -1.0}, "must be positive and finite"),
        ({"fn": float("nan")}, "must be positive and finite"),
    ],
)
def test_a_comparison_that_cannot_be_is_refused(wanted: dict[str, Any], says: str) -> None:
    with pytest.raises(InvalidValueError, match=says):
        suite_of(data_of(), **wanted)


def test_what_is_for_two_classes_is_refused_with_more() -> None:
    rows = table(label=["a", "b", "c"] * 8)
    data = as_table_data(rows, roles(positive=None), name="t")
    with pytest.raises(InvalidValueError, match="--fn and --fp are for two classes"):
        suite_of(data, fn=5.0)
    with pytest.raises(InvalidValueError, match="got target_prior for 3 classes"):
        suite_of(data, policies=["target_prior"])
    with pytest.raises(InvalidValueError, match="--ensemble is for two classes"):
        suite_of(data, ensemble=True)


def test_repeats_of_a_split_by_time_are_refused() -> None:
    with pytest.raises(InvalidValueError, match="a split by time is made once; got --repeats 2"):
        suite_of(timed(range(30)), repeats=2)


def test_costs_become_a_policy_and_a_threshold(tmp_path: Path) -> None:
    data = data_of()
    suite = suite_of(data, fn=50.0, fp=2.0, libraries=["lightgbm"], folds=2)
    assert [arm.name for arm in suite.arms] == ["unweighted", "sqrt_balanced", "balanced", "costs"]
    plan = table_plan(data, suite, table_folds(data, suite), tmp_path)
    of_costs = {cell.model_key for cell in plan.cells if cell.arm == "costs"}
    for key in of_costs:
        low, high = plan.models[key].recipe.weights
        assert high / low == pytest.approx(25)
        assert plan.models[key].asked.costs == (50.0, 2.0)


def test_a_threshold_is_tuned_where_the_training_rows_suffice(tmp_path: Path) -> None:
    data = data_of()  # 8 positives
    for folds, tuned in ((2, True), (8, True)):
        suite = suite_of(data, folds=folds, libraries=["sklearn"])
        splits = table_folds(data, suite)
        plan = table_plan(data, suite, splits, tmp_path)
        assert all(model.asked.tune == tuned for model in plan.models.values())
        assert bool(described(data, suite, splits)["tuned"]) == tuned
    few = data_of(label=["yes"] * 4 + ["no"] * 20)  # 2 in a training fold, and 4 are needed
    suite = suite_of(few, folds=2, libraries=["sklearn"])
    splits = table_folds(few, suite)
    assert not any(model.asked.tune for model in table_plan(few, suite, splits, tmp_path).models.values())
    assert "not tuned: too few rows" in as_lines(described(few, suite, splits))


def test_fitted_corrections_are_of_all_arms_but_dummies(tmp_path: Path) -> None:
    data = data_of(label=["yes", "no"] * 12)
    policies = ["balanced", "dummy"]
    for fitted in (False, True):
        suite = suite_of(data, fitted=fitted, policies=policies, folds=6, libraries=["sklearn"])
        splits = table_folds(data, suite)
        plan = table_plan(data, suite, splits, tmp_path)
        asked = {cell.arm for cell in plan.cells if plan.models[cell.model_key].asked.fitted}
        assert asked == ({"unweighted", "balanced"} if fitted else set())
        said = as_lines(described(data, suite, splits))
        assert bool(re.search("\n  corrections +fitted for 2: unweighted, balanced\n", said)) == fitted


def test_too_few_rows_or_groups_to_learn_a_correction_are_reported() -> None:
    columns = {"label": ["yes", "no"] * 12, "group": np.arange(24) // 2 % 4, "age": np.sin(np.arange(24))}
    rows = table(**columns, job=None, person=None, day=None)
    grouped = as_table_data(rows, roles(group="group", drop=()), name="t")
    for data, groups in ((grouped, 2), (data_of(), 4)):
        suite = suite_of(data, fitted=True, folds=2, libraries=["sklearn"])
        with pytest.raises(InvalidValueError, match=f"a fitted correction needs 5 rows .* got {groups} such"):
            table_folds(data, suite)


def test_a_plans_models_have_the_folds_that_were_made(tmp_path: Path) -> None:
    data = timed(range(30))
    suite = suite_of(data, folds=2, libraries=["sklearn"])
    splits = table_folds(data, suite)
    models = table_plan(data, suite, splits, tmp_path).models.values()
    assert {model.split.digest for model in models} == {split.digest for split in splits}


def test_the_data_set_is_kept_beside_the_run_named_by_its_content(tmp_path: Path) -> None:
    one, other = data_of(), data_of(label=["yes", "no", "no"] * 8)
    for data in (one, other, one):
        suite = suite_of(data, folds=2, libraries=["sklearn"])
        table_plan(data, suite, table_folds(data, suite), tmp_path)
    kept = {read_dataset(path).digest for path in tmp_path.glob("data-*.parquet")}
    assert kept == {one.dataset.digest, other.dataset.digest}


def test_what_was_used_as_what_is_said() -> None:
    rows = table(**{"<b>": ["x", "y"] * 12, "age": [31.0, None, 40.0] * 8})
    data = as_table_data(rows, roles(group="person", drop=("day",)), name="my data.csv")
    suite = suite_of(data, folds=3, libraries=["sklearn"])
    facts = described(data, suite, [])
    text = as_lines(facts | {"training_rows": [16]})
    for line in (
        "my data.csv",
        "  rows        24",
        "  target      label: 'yes' 8 (positive), 'no' 16",
        "  numbers     1: age",
        "  categories  2: job, '<b>'",
        "  group       person, no feature: 3 groups",
        "  dropped     1: day",
        "  missing     8 cells",
        "  split       3 folds, by group and stratified",
    ):
        assert f"\n{line}\n" in f"\n{text}\n"
