"""Models that are known: forests whose leaves are counted by hand, one-vs-all models, other priors."""

from typing import Any

import numpy as np
import pytest
from libraries import make_estimator
from scipy.optimize import minimize
from scipy.special import softmax
from sklearn.datasets import make_classification
from sklearn.metrics import log_loss
from sklearn.model_selection import train_test_split

import boostweights as bw
from boostweights.probabilities import correct_scores, estimate_prior

ROWS, LABELS = 400, np.array(["a", "b", "c"])


def grouped(seed: int = 0) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(ROWS, 4))
    return X, LABELS[np.searchsorted([0.5, 1.6], X[:, 0] + rng.normal(scale=0.8, size=ROWS))]


def test_a_forest_is_corrected_tree_by_tree() -> None:
    """A tree's corrected probability is the share of unweighted rows in its leaf, counted by hand."""
    X, y = grouped()
    weights = bw.Balanced().resolve(y)
    forest = make_estimator("sklearn", "RandomForestClassifier", bootstrap=False, max_features=1, max_depth=3)
    forest.fit(X, y, sample_weight=weights.sample_weight(y, "float64"))
    of_trees = np.stack([tree.predict_proba(X) for tree in forest.estimators_])
    leaves = forest.apply(X)  # (n, trees)
    onehot = (y[:, None] == LABELS).astype(float)
    counted = np.mean(
        [[onehot[leaf == own].mean(axis=0) for own in leaf] for leaf in leaves.T],
        axis=0,
    )
    np.testing.assert_allclose(bw.correct_proba(of_trees, weights), counted, atol=1e-12)
    average_first = bw.correct_proba(forest.predict_proba(X), weights)
    assert np.abs(average_first - counted).max() > 0.01
    ovr = bw.correct_proba(of_trees, weights, "ovr")
    np.testing.assert_allclose(ovr, np.mean([bw.correct_proba(t, weights, "ovr") for t in of_trees], axis=0))


def ideal(rows: int = 500, seed: int = 0) -> tuple[Any, Any, bw.ClassWeights]:
    """True posteriors, what ideal weighted one-vs-all models would give, and the weights."""
    rng = np.random.default_rng(seed)
    posterior = rng.dirichlet([4.0, 1.0, 0.5], size=rows)
    counts = bw.ClassCounts(enumerate((1e4 * posterior.mean(axis=0)).tolist()))
    weights = bw.Balanced().resolve(counts)
    weighed = posterior * weights.values
    return posterior, weighed / weighed.sum(axis=1, keepdims=True), weights


def test_ideal_one_vs_all_models() -> None:
    """Rows that sum to 1 are exact as "softmax"; "ovr" takes most of the distortion away, not all."""
    posterior, weighed, weights = ideal()
    np.testing.assert_allclose(bw.correct_proba(weighed, weights), posterior, atol=1e-12)
    left = np.abs(bw.correct_proba(weighed, weights, "ovr") - posterior).mean()
    assert 0 < left < 0.5 * np.abs(weighed - posterior).mean()


def test_lightgbm_one_vs_all() -> None:
    """Its log loss after correction: most of what weights added is gone, more of it as "softmax"."""
    X, y = make_classification(
        4000, 8, n_informative=5, n_classes=4, weights=[0.7, 0.2, 0.07, 0.03], class_sep=0.7, random_state=0
    )
    X, X_test, y, y_test = train_test_split(X, y, stratify=y, random_state=0)
    settings = {"objective": "multiclassova", "n_estimators": 30, "num_leaves": 7}
    weights = bw.Balanced().resolve(y)
    plain = make_estimator("lightgbm", **settings).fit(X, y).predict_proba(X_test)
    model = make_estimator("lightgbm", **settings).fit(X, y, sample_weight=weights.sample_weight(y))
    q = model.predict_proba(X_test)
    assert np.abs(q.sum(axis=1) - 1).max() > 0.05  # so that "softmax" refuses it
    with pytest.raises(bw.errors.InvalidValueError, match="sum to 1"):
        bw.correct_proba(q, weights)

    def loss(p: np.ndarray[Any, Any]) -> float:
        return float(log_loss(y_test, p / p.sum(axis=1, keepdims=True)))

    def removed(p: np.ndarray[Any, Any]) -> float:
        return (loss(q) - loss(p)) / (loss(q) - loss(plain))

    corrected = bw.correct_proba(q, weights, "ovr")
    as_softmax = bw.correct_proba(q / q.sum(axis=1, keepdims=True), weights)
    assert loss(q) > loss(plain) + 0.1
    assert 0.5 < removed(corrected) < removed(as_softmax)
    scores = model.predict(X_test, raw_score=True)
    of_scores = 1 / (1 + np.exp(-correct_scores(scores, weights, "ovr")))
    np.testing.assert_allclose(of_scores, corrected, rtol=1e-9)


def shifted_rows(
    prior: list[float], rows: int = 4000, seed: int = 0
) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Probabilities of a model that is right where classes are as common as in (.7, .2, .1); true labels."""
    rng = np.random.default_rng(seed)
    y = rng.choice(3, size=rows, p=prior)
    X = rng.normal(size=(rows, 2)) + np.array([[0, 0], [1.5, 0], [0, 1.5]])[y]
    likelihood = np.exp(-0.5 * ((X[:, None, :] - np.array([[0, 0], [1.5, 0], [0, 1.5]])) ** 2).sum(axis=2))
    joint = likelihood * [0.7, 0.2, 0.1]
    return joint / joint.sum(axis=1, keepdims=True), likelihood


COUNTS = bw.ClassCounts({0: 700, 1: 200, 2: 100})


@pytest.mark.parametrize("policy", [bw.Unweighted(), bw.Balanced(), bw.Explicit({0: 1.0, 1: 7.0, 2: 0.5})])
def test_another_prior_is_bayes_rule(policy: bw.Policy) -> None:
    prior = [0.2, 0.5, 0.3]
    weights = policy.resolve(COUNTS)
    p, likelihood = shifted_rows(prior)
    weighed = p * weights.values
    weighed /= weighed.sum(axis=1, keepdims=True)
    expected = likelihood * prior / (likelihood @ prior)[:, None]
    moved = bw.correct_proba(weighed, weights, prior=dict(enumerate(prior)))
    np.testing.assert_allclose(moved, expected, atol=1e-12)
    scores = correct_scores(np.log(weighed), weights, prior=dict(enumerate(prior)))
    np.testing.assert_allclose(scores - scores[:, :1], np.log(expected) - np.log(expected[:, :1]), atol=1e-9)


@pytest.mark.parametrize("prior", [[0.2, 0.5, 0.3], [0.05, 0.05, 0.9], [0.7, 0.2, 0.1]], ids=str)
def test_an_estimated_prior_is_the_most_likely_one(prior: list[float]) -> None:
    weights = bw.Balanced().resolve(COUNTS)
    p, _ = shifted_rows(prior)
    weighed = p * weights.values
    weighed /= weighed.sum(axis=1, keepdims=True)
    estimate = estimate_prior(weighed, weights)
    ratio = p / [0.7, 0.2, 0.1]

    def unlikely(free: np.ndarray[Any, Any]) -> float:
        return -float(np.log(ratio @ softmax(np.r_[0.0, free])).mean())

    best = softmax(np.r_[0.0, minimize(unlikely, [0.0, 0.0], method="BFGS", options={"gtol": 1e-8}).x])
    assert list(estimate.values()) == pytest.approx(best.tolist(), abs=1e-5)
    assert list(estimate.values()) == pytest.approx(prior, abs=0.04)
    assert sum(estimate.values()) == pytest.approx(1.0, abs=1e-12)
    np.testing.assert_array_equal(
        bw.correct_proba(weighed, weights, prior="estimate"),
        bw.correct_proba(weighed, weights, prior=estimate),
    )


def test_one_share_that_stands_still_does_not_end_it() -> None:
    """In the first step one share stays. At the most likely shares no likelihood ratio averages above 1."""
    q = np.array([0.9, 0.8, 0.3, 0.7, 0.95])
    three = np.column_stack([np.full(5, 0.5), 0.5 * (1 - q), 0.5 * q])
    found = estimate_prior(three, bw.Unweighted().resolve([0, 0, 0, 0, 1, 1, 1, 2]))
    shares, ratio = np.array(list(found.values())), three / [0.5, 0.375, 0.125]
    slope = (ratio / (ratio @ shares)[:, None]).mean(axis=0)
    assert slope.max() < 1 + 1e-6
    np.testing.assert_allclose(shares * slope, shares, atol=1e-6)


def test_a_class_of_which_no_row_is() -> None:
    weights = bw.Unweighted().resolve(["a", "b", "c"])
    q = np.array([[0.0, 0.4, 0.6], [0.0, 0.9, 0.1]])
    assert estimate_prior(q, weights)["a"] == 0
    moved = bw.correct_proba(q, weights, prior="estimate")
    assert np.isfinite(moved).all()
    assert (moved[:, 0] == 0).all()


def test_a_prior_for_one_against_the_rest() -> None:
    """Odds by the odds of the shares: Bayes' rule where the rest keeps its composition."""
    weights = bw.Unweighted().resolve(COUNTS)
    prior = {0: 0.4, 1: 0.35, 2: 0.25}
    q = np.array([[0.6, 0.3, 0.2]])
    expected = [
        (odds := q[0, k] / (1 - q[0, k]) * (new / (1 - new)) / (old / (1 - old))) / (1 + odds)
        for k, (new, old) in enumerate(zip(prior.values(), [0.7, 0.2, 0.1], strict=True))
    ]
    np.testing.assert_allclose(bw.correct_proba(q, weights, "ovr", prior=prior), [expected], rtol=1e-12)
