"""What skops writes of classifiers, policies and cards is read again, with a list of types to trust."""

from typing import Any

import numpy as np
import pytest
from libraries import needed
from servedmodels import data, fitted

from boostweights import Costs, EffectiveNumber, Explicit, RowCosts, TargetPrior, bake_correction
from boostweights.card.card import Card
from boostweights.serving.skops import trusted_types

io = needed("skops.io")


def again(value: Any) -> Any:
    return io.loads(io.dumps(value), trusted=trusted_types())


MODELS = ["xgboost", "lightgbm", "catboost", "HistGradientBoosting", "RandomForest", "GradientBoosting"]


@pytest.mark.parametrize(
    ("name", "settings"),
    [
        *((name, {}) for name in MODELS),
        ("xgboost", {"correct_proba": "fitted", "calibration_cv": 2}),
        ("lightgbm", {"weighting": Explicit({"paid": 1.0, "bad": 7.0}), "form": "scale_pos_weight"}),
    ],
)
def test_a_fitted_classifier(name: str, settings: Any) -> None:
    clf, (X, _) = fitted(name, **settings), data()
    for each in (clf, bake_correction(clf)):
        read = again(each)
        assert np.array_equal(read.predict_proba(X), each.predict_proba(X))
        assert np.array_equal(read.predict(X), each.predict(X))
        assert str(read.summary()) == str(each.summary())
    read.fit(X, data()[1])


POLICIES = [
    Costs(fn=5.0, fp=1.0, pos_label="bad"),
    EffectiveNumber(beta=0.9),
    Explicit({1: 2.0, 0: 1.0}, rationale="r", owner="o"),
    TargetPrior({0: 0.5, 1: 0.5}),
    Explicit({False: 1.0, True: 3.0}),
    RowCosts(pos_label="bad"),
]


@pytest.mark.parametrize("policy", POLICIES, ids=repr)
def test_a_policy(policy: Any) -> None:
    read = again(policy)
    assert (read, read.rationale, read.owner) == (policy, policy.rationale, policy.owner)


def test_a_card_and_row_weights() -> None:
    card = Card.of(fitted("lightgbm"), affected={"fn": "the bank"}, reviewed="somebody")
    assert again(card) == card
    costs = np.column_stack([np.arange(1.0, 5.0), np.ones(4)])
    weights = RowCosts(pos_label=1).resolve([0, 1, 0, 1], row_costs=costs)
    assert again(weights) == weights
    with pytest.raises(AttributeError, match="cannot assign"):
        again(weights).pos_label = 0
