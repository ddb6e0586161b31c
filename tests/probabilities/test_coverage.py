"""Abstentions cost what the costs specify, and coverage is that of deciding at each cost of abstaining."""

from typing import Any

import numpy as np
import pytest

import boostweights as bw
from boostweights.probabilities import Promised, cost_loss, coverage_curve

ABSTAIN = np.array([-1.0, 0.2, 0.5, 1.0, 2.0, 50.0])


@pytest.mark.parametrize("k", [2, 3, 5])
@pytest.mark.parametrize("named", [False, True])
def test_each_point_is_that_of_decide(k: int, named: bool) -> None:
    rng = np.random.default_rng(k)
    proba, codes = rng.dirichlet(np.ones(k), 300), rng.integers(0, k, 300)
    matrix = rng.integers(1, 9, (k, k)) * (1.0 - np.eye(k))
    labels: Any = np.array(list("edcba")[:k])[::-1] if named else np.arange(k)
    costs = bw.Costs(matrix=matrix.tolist(), classes=labels.tolist())
    curve = coverage_curve(labels[codes], proba, costs, ABSTAIN, classes=labels)
    for at, value in enumerate(ABSTAIN):
        expected = proba @ matrix
        decided = expected.min(axis=1) <= value
        of_rows = np.where(decided, matrix[codes, expected.argmin(axis=1)], value)
        if k == 2:  # ties are decided for the positive class; there are none here
            assert len(np.unique(expected[:, 0] == expected[:, 1])) == 1
        assert curve["coverage"][at] == pytest.approx(decided.mean())
        assert curve["cost"][at] == pytest.approx(of_rows.mean())
        if decided.any():
            assert curve["decided_cost"][at] == pytest.approx(of_rows[decided].mean())
        else:
            assert np.isnan(curve["decided_cost"][at])
    np.testing.assert_array_equal(curve["abstain"], ABSTAIN)
    assert curve["coverage"][0] == 0
    assert curve["coverage"][-1] == 1


def test_rows_without_a_decision_cost_the_same_each() -> None:
    costs = bw.Costs(fn=9, fp=1, abstain=2)
    found = ["ask", 1, 0, "ask"]
    assert cost_loss([0, 0, 1, 1], found, costs, abstain_label="ask", normalize=False) == 2 + 1 + 9 + 2
    weighted = cost_loss([0, 0, 1, 1], found, costs, abstain_label="ask", sample_weight=[1, 0, 0, 3])
    assert weighted == 2
    assert cost_loss([0, 1], [-1, 1], costs, abstain_label=-1) == 1
    with pytest.raises(bw.errors.InvalidValueError, match="requires Costs"):
        cost_loss([0, 1], ["ask", 1], bw.Costs(fn=9, fp=1), abstain_label="ask")


def test_precision_is_refused_with_what_can_be_promised() -> None:
    with pytest.raises(
        bw.errors.InvalidTypeError, match=r"a recall or alarms can be promised; got precision"
    ):
        Promised(precision=0.9)
