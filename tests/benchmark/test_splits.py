"""Folds: stratified, seeded, equal rows and groups on one side, large sets cut to a sample; folds in time."""

import dataclasses
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.model_selection import StratifiedKFold, TimeSeriesSplit

from boostweights.benchmark.data.dataset import Dataset
from boostweights.benchmark.plan.splits import (
    INNER_FOLDS,
    Split,
    check_classes,
    folds,
    inner_splits,
    sampled,
    time_folds,
)
from boostweights.benchmark.plan.suite import Suite
from boostweights.errors import InvalidValueError

MakeSuite = Callable[..., Suite]


def test_without_equal_rows_the_folds_are_scikit_learns(toy: Dataset, make_suite: MakeSuite) -> None:
    suite = make_suite(repeats=2, seed=5)
    found = list(folds(toy, suite))
    assert [(f.repeat, f.fold) for f in found] == [(r, f) for r in (0, 1) for f in (0, 1, 2)]
    for repeat in (0, 1):
        splitter = StratifiedKFold(3, shuffle=True, random_state=5 + repeat)
        wanted = splitter.split(np.zeros(len(toy.y)), toy.y)
        for fold, (train, test) in zip(found[3 * repeat :], wanted, strict=False):
            assert fold.train.tolist() == train.tolist()
            assert fold.test.tolist() == test.tolist()
            assert fold.groups is None


def test_the_seed_alone_decides_the_folds(toy: Dataset, make_suite: MakeSuite) -> None:
    zero, again, one = (next(folds(toy, make_suite(seed=seed))).digest for seed in (0, 0, 1))
    assert zero == again != one


def with_equal_rows(toy: Dataset) -> Dataset:
    """Every third row stands there three times, at the end of the data too."""
    again = np.arange(0, len(toy.y), 3)
    rows = np.concatenate([np.arange(len(toy.y)), again, again])
    return dataclasses.replace(toy, X=toy.X.iloc[rows].reset_index(drop=True), y=toy.y[rows])


def test_equal_rows_are_on_one_side_of_every_split(toy: Dataset, make_suite: MakeSuite) -> None:
    data = with_equal_rows(toy)
    row = [tuple(values) for values in data.X.astype(str).to_numpy()]
    found = list(folds(data, make_suite()))
    assert sorted(np.concatenate([fold.test for fold in found])) == list(range(len(data.y)))
    for fold in found:
        assert not {row[i] for i in fold.train} & {row[i] for i in fold.test}
    shares = [(data.y[fold.test] == "yes").mean() for fold in found]
    assert max(shares) - min(shares) < 0.1
    for fold in found:
        fit, tune = next(
            inner_splits(np.unique(data.y[fold.train], return_inverse=True)[1], fold.groups, 0, INNER_FOLDS)
        )
        assert not {row[i] for i in fold.train[fit]} & {row[i] for i in fold.train[tune]}
        assert len(tune) == pytest.approx(len(fold.train) / 4, rel=0.2)


def grouped(toy: Dataset) -> Dataset:
    return dataclasses.replace(toy, group=np.repeat(np.arange(20), len(toy.y) // 20))


def test_groups_stay_together_where_asked_for(toy: Dataset, make_suite: MakeSuite) -> None:
    data = grouped(toy)
    assert data.group is not None
    for fold in folds(data, make_suite(split="group")):
        assert not set(data.group[fold.train]) & set(data.group[fold.test])
        fit, tune = next(inner_splits(data.y[fold.train], fold.groups, 0, INNER_FOLDS))
        parts = [(fit, tune), *inner_splits(data.y[fold.train], fold.groups, 0, 5)]
        for kept, left_out in parts:
            assert not set(data.group[fold.train[kept]]) & set(data.group[fold.train[left_out]])
        assert sorted(np.concatenate([test for _, test in parts[1:]])) == list(range(len(fold.train)))
        assert len(tune) == pytest.approx(len(fold.train) / 4, rel=0.3)
    assert any(set(data.group[f.train]) & set(data.group[f.test]) for f in folds(data, make_suite()))


def test_a_large_set_is_cut_to_a_stratified_sample(toy: Dataset, make_suite: MakeSuite) -> None:
    suite = make_suite(max_rows=100)
    rows = sampled(toy, suite)
    assert len(rows) == len(set(rows)) == 100
    assert (toy.y[rows] == "yes").mean() == pytest.approx((toy.y == "yes").mean(), abs=0.01)
    for fold in folds(toy, suite):
        assert sorted([*fold.train, *fold.test]) == rows.tolist()
    assert sampled(toy, make_suite(max_rows=10_000)).tolist() == list(range(len(toy.y)))


@pytest.mark.parametrize("copies", [1, 5])
def test_fewer_positives_than_folds_are_refused_with_their_number(
    toy: Dataset, make_suite: MakeSuite, copies: int
) -> None:
    few = [*np.flatnonzero(toy.y == "no"), *np.repeat(np.flatnonzero(toy.y == "yes")[:2], copies)]
    with pytest.raises(InvalidValueError, match=r"every class of toy .* at least 3 groups.*got 'yes' in 2\."):
        list(folds(toy.take(np.array(few)), make_suite()))


def test_fewer_groups_of_a_class_than_folds_are_refused(toy: Dataset, make_suite: MakeSuite) -> None:
    data = dataclasses.replace(toy, group=np.where(toy.y == "yes", 0, np.arange(1, len(toy.y) + 1)))
    with pytest.raises(InvalidValueError, match=r"at least 3 groups of rows, one a fold; got 'yes' in 1\."):
        list(folds(data, make_suite(split="group")))
    assert len(list(folds(data, make_suite()))) == 3


def small(n: int) -> Dataset:
    return Dataset(name="t", X=pd.DataFrame({"x": np.arange(n) * 1.5}), y=np.array(["0", "1"] * n)[:n])


@given(st.integers(2, 6), st.integers(0, 40), st.randoms(use_true_random=False))
def test_folds_in_order_of_time_are_scikit_learns(count: int, more: int, random: Any) -> None:
    n = 2 * (count + 1) + more
    times = np.arange(n)
    random.shuffle(times)
    in_order = np.argsort(times)
    wanted = TimeSeriesSplit(count).split(np.zeros(n))
    for split, (train, test) in zip(time_folds(small(n), times, count), wanted, strict=True):
        assert split.train.tolist() == sorted(in_order[train])
        assert split.test.tolist() == sorted(in_order[test])


@given(st.lists(st.integers(0, 12), min_size=12, max_size=60), st.integers(2, 4))
def test_training_rows_are_earlier_than_test_rows_of_whole_times(values: list[int], count: int) -> None:
    times = np.unique(values, return_inverse=True)[1]
    with suppress(InvalidValueError):  # too many rows of one time, which another test is about
        check_order(times, count, list(time_folds(small(len(times)), times, count)))


def check_order(times: Any, count: int, found: list[Split]) -> None:
    ends = np.cumsum(np.bincount(times))
    plain = TimeSeriesSplit(count).split(np.zeros(len(times)))
    for before, split, (train, _) in zip([None, *found], found, plain, strict=False):
        assert times[split.train].max() < times[split.test].min()
        assert (
            sorted([*split.train, *split.test]) == np.flatnonzero(times <= times[split.test].max()).tolist()
        )
        assert abs(len(split.train) - len(train)) == min(abs(ends - len(train)))
        if before is not None:
            assert sorted([*before.train, *before.test]) == split.train.tolist()
    assert len(found) == count
    assert times[found[-1].test].max() == times.max()


@given(st.lists(st.integers(0, 9), min_size=12, max_size=60), st.integers(2, 4), st.integers(0, 5))
def test_in_time_no_group_is_on_both_sides_and_no_other_row_is_lost(
    groups: list[int], count: int, seed: int
) -> None:
    group, times = np.array(groups), np.random.default_rng(seed).permutation(len(groups))
    plain = list(time_folds(small(len(group)), times, count))
    with suppress(InvalidValueError):  # all groups of a fold occur again, which another test is about
        found = list(time_folds(dataclasses.replace(small(len(group)), group=group), times, count))
        for split, whole in zip(found, plain, strict=True):
            assert split.test.tolist() == whole.test.tolist()
            tested = set(group[split.test])
            assert split.train.tolist() == [row for row in whole.train if group[row] not in tested]
            own = group[split.train]
            inner = np.arange(len(own)) if split.groups is None else split.groups
            assert all(len(set(inner[own == one])) == 1 for one in own)


def test_groups_that_all_occur_again_leave_nothing_to_train_on() -> None:
    data = dataclasses.replace(small(40), group=np.arange(40) % 3)
    first, *_ = time_folds(data, np.arange(40), 4)
    with pytest.raises(InvalidValueError, match="the 0 training rows of fold 1 of 4: earlier rows of the"):
        check_classes(data, first, 4, apart=True)


def in_time(toy: Dataset, seed: int = 0) -> Dataset:
    """The rows were noted in any order, no two at one time."""
    return dataclasses.replace(toy, time=np.random.default_rng(seed).permutation(len(toy.y)))


@pytest.mark.parametrize("max_rows", [0, 100])
def test_a_suite_in_time_has_scikit_learns_folds_of_its_rows(
    toy: Dataset, make_suite: MakeSuite, max_rows: int
) -> None:
    data, suite = in_time(toy), make_suite(split="time", folds=4, max_rows=max_rows)
    assert data.time is not None
    rows = sampled(data, suite)
    assert len(rows) == (max_rows or len(toy.y))
    in_order = rows[np.argsort(data.time[rows])]
    found = list(folds(data, suite))
    for split, (train, test) in zip(found, TimeSeriesSplit(4).split(in_order), strict=True):
        assert split.train.tolist() == sorted(in_order[train])
        assert split.test.tolist() == sorted(in_order[test])
    assert [(split.repeat, split.fold) for split in found] == [(0, fold) for fold in range(4)]


def test_in_time_equal_rows_are_parted_but_not_by_tuning(toy: Dataset, make_suite: MakeSuite) -> None:
    data = with_equal_rows(toy)
    row = [tuple(values) for values in data.X.astype(str).to_numpy()]
    found = list(folds(in_time(data), make_suite(split="time")))
    assert any({row[i] for i in fold.train} & {row[i] for i in fold.test} for fold in found)
    for fold in found:
        fit, tune = next(inner_splits(data.y[fold.train], fold.groups, 0, INNER_FOLDS))
        assert not {row[i] for i in fold.train[fit]} & {row[i] for i in fold.train[tune]}


def test_a_suite_in_time_has_no_groups(toy: Dataset, make_suite: MakeSuite) -> None:
    suite, data = make_suite(split="time"), in_time(toy)
    digests = [[fold.digest for fold in folds(one, suite)] for one in (data, in_time(grouped(toy)))]
    assert digests[0] == digests[1]


def test_times_change_no_other_split(toy: Dataset, make_suite: MakeSuite) -> None:
    for split in ("stratified", "group"):
        suite = make_suite(split=split, max_rows=200)
        digests = [[fold.digest for fold in folds(data, suite)] for data in (toy, in_time(toy))]
        assert digests[0] == digests[1]


@pytest.mark.parametrize(
    ("times", "says"),
    [
        (lambda _y: None, "a data set must have times .*; got toy"),
        (
            lambda y: np.argsort(np.argsort(y, kind="stable")),
            "every fold of toy must .*; got no 'yes' among the 60 training rows of fold 1",
        ),
        (lambda y: np.repeat([0, 1], [len(y) - 2, 2]), "none for fold 1 of 3: too many rows have one time"),
    ],
)
def test_times_that_leave_a_fold_without_rows_or_a_class_are_refused(
    toy: Dataset, make_suite: MakeSuite, times: Callable[[Any], Any], says: str
) -> None:
    with pytest.raises(InvalidValueError, match=says):
        list(folds(dataclasses.replace(toy, time=times(toy.y)), make_suite(split="time")))
