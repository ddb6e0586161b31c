"""A promise of precision holds where the luckiest threshold would not."""

import math

import numpy as np
import pytest
from scipy import stats

import boostweights as bw
from boostweights.experimental import promise_precision


def violations(draws: int, n: int) -> tuple[float, float]:
    """Shares of draws in which a promise, and the lowest lucky threshold, have less precision than said.

    Probabilities p are uniform and honest: the precision from t on is (1 + t) / 2.
    """
    rng, ours, lucky, made = np.random.default_rng(0), 0, 0, 0
    for _ in range(draws):
        p = rng.random(n)
        y = rng.random(n) < p
        try:
            promise = promise_precision(p, y, at_least=0.9)
        except bw.errors.InvalidValueError:
            continue
        made += 1
        ours += (1 + promise.threshold) / 2 < 0.9
        order = np.sort(p)[::-1]
        hits = np.cumsum(y[np.argsort(-p)])
        tests = stats.binom.sf(hits - 1, np.arange(1, n + 1), 0.9) <= 0.1
        lucky += (1 + order[np.flatnonzero(tests).max()]) / 2 < 0.9 if tests.any() else 0
    assert made > draws / 4
    return ours / draws, lucky / draws


@pytest.mark.full
def test_many_draws() -> None:
    ours, lucky = violations(400, 3000)
    assert ours <= 0.1 + 3 * math.sqrt(0.09 / 400)
    assert lucky > ours


def test_some_draws() -> None:
    assert violations(60, 3000)[0] <= 0.2


def test_it_is_scipys_test_at_a_fifth() -> None:
    rng = np.random.default_rng(1)
    p = rng.random(3000)
    y = rng.random(3000) < p
    promise = promise_precision(p, y, at_least=0.8)
    assert promise.flagged == (p >= promise.threshold).sum()
    assert promise.found == y[promise.decide(p)].sum()
    assert stats.binomtest(promise.found, promise.flagged, 0.8, alternative="greater").pvalue <= 0.02
    given = promise_precision(10 * p, y, at_least=0.8, thresholds=[9, 8, 2])
    assert given.threshold == 8


def test_bad_input_is_refused() -> None:
    p = np.linspace(0.01, 0.99, 50)
    y = p > 0.5
    with pytest.raises(bw.errors.InvalidValueError, match="some threshold must be shown"):
        promise_precision(p, y, at_least=0.99)
    with pytest.raises(bw.errors.InvalidValueError, match="thresholds for scores"):
        promise_precision(10 * p, y, at_least=0.9)
    with pytest.raises(bw.errors.InvalidTypeError, match="labelled rows"):
        promise_precision(p, None, at_least=0.9)
    with pytest.raises(bw.errors.InvalidValueError, match="between 0 and 1"):
        promise_precision(p, y, at_least=1.5)
