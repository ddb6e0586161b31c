"""Net benefit is Vickers and Elkin's formula, by counts of scikit-learn's confusion matrix."""

from typing import Any

import numpy as np
import pytest
from sklearn.metrics import confusion_matrix

import boostweights as bw
from boostweights.benchmark.metrics import named_metric
from boostweights.probabilities import net_benefit

RNG = np.random.default_rng(0)
P = np.round(RNG.random(500), 2)
Y = (RNG.random(500) < P).astype(int)
W = RNG.random(500)


def formula(y: Any, p: Any, t: float, w: Any = None) -> float:
    (_, fp), (_, tp) = confusion_matrix(y, p >= t, sample_weight=w)
    total = len(y) if w is None else w.sum()
    return float(tp / total - fp / total * t / (1 - t))


@pytest.mark.parametrize("weight", [None, W], ids=["rows", "weighted"])
def test_it_is_the_formula(weight: Any) -> None:
    thresholds = [0.9, 0.0, 0.37, 0.37, 0.5, 0.999]
    expected = [formula(Y, P, t, weight) for t in thresholds]
    np.testing.assert_allclose(net_benefit(Y, P, thresholds, weight), expected, rtol=0, atol=1e-12)
    for t, value in zip(thresholds, expected, strict=True):
        assert net_benefit(Y, P, t, weight) == pytest.approx(value, abs=1e-12)


def test_all_nobody_and_words() -> None:
    t, share = 0.3, Y.mean()
    assert net_benefit(Y, np.ones(500), t) == pytest.approx(share - (1 - share) * t / (1 - t), abs=1e-12)
    assert net_benefit(Y, np.zeros(500), t) == 0
    words = np.where(Y, "bad", "good")
    assert net_benefit(words, P, t, pos_label="bad") == net_benefit(Y, P, t)
    assert net_benefit(np.zeros(3), np.ones(3), 0.5) == -1


def test_it_is_a_metric_of_suites() -> None:
    metric = named_metric("net_benefit_0.2")
    assert metric.value is not None
    assert metric.value(Y, np.column_stack([1 - P, P])) == pytest.approx(formula(Y, P, 0.2), abs=1e-12)
    assert np.isnan(metric.value(Y, np.full((500, 3), 1 / 3)))
    for name in ("net_benefit", "net_benefit_1.5", "net_benefit_0", "recal"):
        with pytest.raises(bw.errors.InvalidValueError, match="must be net_benefit_T"):
            named_metric(name)


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: net_benefit(Y, P, 1.0), r"must lie in \[0, 1\)"),
        (lambda: net_benefit(Y, P, [0.1, -0.1]), r"must lie in \[0, 1\)"),
        (lambda: net_benefit(Y, P, "half"), "must be a number"),
        (lambda: net_benefit(Y, P + 1, 0.5), "each probability must lie"),
        (lambda: net_benefit(Y[1:], P, 0.5), "499 rows of y"),
        (lambda: net_benefit(Y, P, 0.5, W[1:]), "499"),
        (lambda: net_benefit(Y, np.where(P > 0.5, np.nan, P), 0.5), "nan"),
    ],
)
def test_bad_input_is_refused(call: Any, said: str) -> None:
    with pytest.raises(bw.BoostweightsError, match=said):
        call()
