"""Folds: stratified, seeded, equal rows and groups on one side, large sets cut to a sample."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import numpy as np
import pytest
from sklearn.model_selection import StratifiedKFold

from boostweights.benchmark.data import Dataset
from boostweights.benchmark.splits import folds, inner_split, sampled
from boostweights.benchmark.suite import Suite
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
        fit, tune = inner_split(np.unique(data.y[fold.train], return_inverse=True)[1], fold.groups, 0)
        assert not {row[i] for i in fold.train[fit]} & {row[i] for i in fold.train[tune]}
        assert len(tune) == pytest.approx(len(fold.train) / 4, rel=0.2)


def grouped(toy: Dataset) -> Dataset:
    return dataclasses.replace(toy, group=np.repeat(np.arange(20), len(toy.y) // 20))


def test_groups_stay_together_where_asked_for(toy: Dataset, make_suite: MakeSuite) -> None:
    data = grouped(toy)
    assert data.group is not None
    for fold in folds(data, make_suite(split="group")):
        assert not set(data.group[fold.train]) & set(data.group[fold.test])
        fit, tune = inner_split(data.y[fold.train], fold.groups, 0)
        assert not set(data.group[fold.train[fit]]) & set(data.group[fold.train[tune]])
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
