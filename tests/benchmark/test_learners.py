"""Each library is given its categories as it takes them, and trains as asked."""

import dataclasses

import numpy as np
import pandas as pd
import pytest

from boostweights.benchmark.data.dataset import Dataset
from boostweights.benchmark.plan.learners import LEARNERS, estimator, parameters
from boostweights.tables.preparation import with_categories


@pytest.mark.parametrize("library", LEARNERS)
def test_every_learner_takes_categories_and_missing_values_and_is_trained_as_asked(
    library: str, toy: Dataset
) -> None:
    learner = LEARNERS[library]
    arguments = parameters(learner, trees=7, seed=3, threads=1, categorical=toy.categorical)
    before = toy.digest
    X = with_categories(toy.X, learner.categories)
    model = estimator(learner.classifier, arguments).fit(X, (toy.y == "yes").astype(int))
    assert model.predict_proba(X).shape == (len(toy.y), 2)
    assert toy.digest == before
    expected = {learner.trees: 7, learner.seed: 3, learner.threads: 1}
    assert arguments == {**arguments, **{name: value for name, value in expected.items() if name}}
    assert "" not in arguments
    competitor = estimator(learner.classifier, {**arguments, **learner.competitive})
    changed = competitor.fit(X, (toy.y == "yes").astype(int)).predict_proba(X) != model.predict_proba(X)
    assert changed.any() == bool(learner.competitive)


def awkward(toy: Dataset) -> Dataset:
    """A column called self with three hundred levels, more than HistGradientBoosting takes."""
    many = np.array([f"l{number % 300:03}" for number in range(len(toy.y) * 2)], object)
    X = pd.concat([toy.X, toy.X], ignore_index=True)
    X["self"] = pd.Categorical(many)
    return dataclasses.replace(toy, X=X, y=np.concatenate([toy.y, toy.y]))


@pytest.mark.parametrize("library", LEARNERS)
def test_awkward_columns_are_taken(library: str, toy: Dataset) -> None:
    data, learner = awkward(toy), LEARNERS[library]
    before = data.digest
    arguments = parameters(learner, trees=3, seed=0, threads=1, categorical=data.categorical)
    model = estimator(learner.classifier, arguments)
    model.fit(with_categories(data.X, learner.categories), (data.y == "yes").astype(int))
    assert data.digest == before


def test_the_most_common_levels_stay_and_the_others_become_one(toy: Dataset) -> None:
    column = awkward(toy).X["self"]
    counts = column.value_counts()
    few = with_categories(awkward(toy).X, "few")["self"]
    assert len(few.cat.categories) == 255
    kept = few != "(other)"
    assert (few[kept].astype(str) == column[kept].astype(str)).all()
    assert counts[column[~kept].unique()].max() <= counts[column[kept].unique()].min()
    missing = column.copy()
    missing[0] = None
    assert (
        with_categories(pd.DataFrame({"self": missing}), "few")["self"].isna().tolist()
        == missing.isna().tolist()
    )
    small = toy.X[["colour"]]
    assert with_categories(small, "few") is small
