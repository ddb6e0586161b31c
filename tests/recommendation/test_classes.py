"""A recommendation for three or more classes, by out-of-fold probabilities, against scikit-learn."""

from typing import Any

import numpy as np
import pytest
from scipy.special import softmax
from sklearn import metrics as sk

import boostweights as bw
from boostweights.benchmark.compare.recommend import need_of
from boostweights.errors import InvalidValueError
from boostweights.path.others import fitted
from boostweights.probabilities import fit_correction
from boostweights.recommendation.evidence import evidence
from boostweights.recommendation.figures import metrics_of
from boostweights.recommendation.needs import OF_CLASSES
from boostweights.recommendation.options import AT_RANDOM, CONSTANT, SHARES, Model, Option, Rows
from boostweights.recommendation.recommend import Chosen, choose
from boostweights.recommendation.skill import skill
from boostweights.recommendation.worth import Resamples, worths

M, K = 600, 4
Y = np.random.default_rng(0).choice(K, M, p=[0.5, 0.3, 0.15, 0.05])
FOLD = np.arange(M) % 5
ROWS = Rows(y=Y, unit=np.arange(M), fold=FOLD)


def proba(signal: float, seed: int = 1, y: Any = Y) -> Any:
    scores = np.random.default_rng(seed).normal(size=(len(y), K)) + np.log([0.5, 0.3, 0.15, 0.05])
    scores[np.arange(len(y)), y] += signal
    return np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)


def models(*signals: float, y: Any = Y) -> list[Model]:
    """Models of so much signal, unweighted and weighted, each as it is and corrected to the same."""
    policies = zip((None, "balanced", "sqrt_balanced"), signals, strict=False)
    return [
        Model(
            library="lightgbm",
            policy=bw.as_policy(policy),
            correction=correction,
            proba=proba(signal, at, y),
        )
        for at, (policy, signal) in enumerate(policies)
        for correction in ("none", "fitted")
    ]


def chosen(need: str, *signals: float) -> Chosen:
    return choose(models(*signals), ROWS, need, samples=100)


def test_figures_are_scikit_learns() -> None:
    found, [model, _] = chosen("decisions", 1.5), models(1.5)
    decided = model.proba.argmax(axis=1)
    figures = {figure.metric: figure for figure in found.expected}
    assert figures["f1_macro"].value == pytest.approx(sk.f1_score(Y, decided, average="macro"))
    assert figures["balanced_accuracy"].value == pytest.approx(sk.balanced_accuracy_score(Y, decided))
    assert figures["accuracy"].value == pytest.approx(sk.accuracy_score(Y, decided))
    losses = chosen("probabilities", 1.5).expected
    assert losses[0].value == pytest.approx(sk.log_loss(Y, model.proba))
    for figure in (*found.expected, *losses):
        assert figure.low < figure.value < figure.high
    matrix = evidence(found, ROWS)["matrix"]
    counts = [[one["value"] for one in row] for row in matrix]
    np.testing.assert_allclose(counts, 1000 / M * sk.confusion_matrix(Y, decided))
    assert all(0 <= one["low"] <= one["value"] <= one["high"] for row in matrix for one in row)


def test_figures_of_resamples_are_those_of_rows_as_often_as_they_are_drawn() -> None:
    resamples, [model, _] = Resamples(rows=ROWS, count=4, seed=3), models(1.5)
    drawn = np.concatenate([chunk for _, chunk in resamples.chunks()], axis=1)
    [decisions] = worths([Option(model=model, rule="argmax")], OF_CLASSES["decisions"], resamples, None)
    [losses] = worths([Option(model=model)], OF_CLASSES["probabilities"], resamples, None)
    for at, weights in enumerate(drawn.T):
        decided = model.proba.argmax(axis=1)
        for outcomes, counted in (
            (decisions.drawn, weights),
            (decisions.fixed, weights),
            (decisions.left, weights == 0),
        ):
            expected = sk.confusion_matrix(Y, decided, sample_weight=counted, labels=range(K)).ravel()
            np.testing.assert_allclose(outcomes[:, at], expected)
        assert losses.drawn[0, at] == pytest.approx(sk.log_loss(Y, model.proba, sample_weight=weights))


def test_rules_without_a_model_are_counted_as_expected_of_lots() -> None:
    resamples = Resamples(rows=ROWS, count=3, seed=3)
    drawn = np.concatenate([chunk for _, chunk in resamples.chunks()], axis=1)
    names = (CONSTANT[0], AT_RANDOM)
    of_decisions = worths([Option(trivial=name) for name in names], OF_CLASSES["decisions"], resamples, None)
    [of_losses] = worths([Option(trivial=SHARES)], OF_CLASSES["probabilities"], resamples, None)
    shares = np.bincount(Y) / M
    for at, weights in enumerate(drawn.T):
        constants = [sk.confusion_matrix(Y, np.full(M, code), sample_weight=weights) for code in range(K)]
        np.testing.assert_allclose(of_decisions[0].fixed[:, at], constants[0].ravel())
        lots = sum(share * matrix for share, matrix in zip(shares, constants, strict=True))
        np.testing.assert_allclose(of_decisions[1].fixed[:, at], np.ravel(lots))
        expected = sk.log_loss(Y, np.tile(shares, (M, 1)), sample_weight=weights)
        assert of_losses.fixed[0, at] == pytest.approx(expected)


def test_classes_without_rows_count_in_no_mean() -> None:
    few = Rows(y=np.repeat([0, 1, 2], 12), unit=np.arange(36), fold=np.arange(36) % 2)
    found = worths(
        [Option(model=Model(library="", policy=bw.Unweighted(), proba=np.eye(3)[few.y]), rule="argmax")],
        OF_CLASSES["decisions"],
        Resamples(rows=few, count=400, seed=0),
        None,
    )[0].left
    lacking = (found.reshape(3, 3, -1).sum(axis=1) == 0).any(axis=0)
    assert lacking.any()
    for value_of in metrics_of("f1_macro", None).values():
        assert (value_of(found) == 1).all()


def test_a_weighting_that_is_better_beyond_noise_replaces_the_baseline() -> None:
    assert str(chosen("decisions", 1.0, 3.0).best.option) == "lightgbm, balanced, most probable class"
    assert str(chosen("decisions", 3.0, 1.0).best.option) == "lightgbm, unweighted, most probable class"
    same = chosen("decisions", 1.5, 1.5)
    assert same.best is same.simple


@pytest.mark.parametrize("need", OF_CLASSES)
def test_noise_gets_no_model(need: str) -> None:
    recommended = []
    for seed in range(100):
        y = np.random.default_rng(seed).choice(K, M, p=[0.5, 0.3, 0.15, 0.05])
        rows = Rows(y=y, unit=np.arange(M), fold=FOLD)
        recommended.append(choose(models(0.0, y=y), rows, need, samples=20).best.option.model is not None)
    assert sum(recommended) <= 5  # 1 % of tables are expected


def test_skill_is_that_of_the_best_class_against_the_rest() -> None:
    scores = np.random.default_rng(5).random((M, K))
    scores[:, 2] += 0.2 * (Y == 2)
    found = skill(scores, ROWS, candidates=3)
    assert found == skill(
        scores[:, 2], Rows(y=Y == 2, unit=ROWS.unit, fold=FOLD), candidates=3 * K, trained=2**0.5
    )
    assert found.evident


def test_a_fold_is_corrected_by_the_map_of_the_others() -> None:
    scores = np.random.default_rng(2).normal(size=(M, K))
    scores[np.arange(M), Y] += 2
    raw = np.exp(2 * scores) / np.exp(2 * scores).sum(axis=1, keepdims=True)
    mapped = fitted(raw[None], Y, np.arange(M), FOLD, np.ones(M))[0]
    np.testing.assert_allclose(mapped.sum(axis=1), 1)
    assert sk.log_loss(Y, mapped) < sk.log_loss(Y, raw) - 0.05
    tested = FOLD == 0
    learned = fit_correction(np.log(raw[~tested]), Y[~tested], bw.Unweighted().resolve(Y))
    expected = softmax(np.log(raw[tested]) * learned.slopes + learned.offsets, axis=1)
    np.testing.assert_allclose(mapped[tested], expected, atol=1e-4)


def test_needs_of_two_classes_are_refused() -> None:
    with pytest.raises(InvalidValueError, match="--need ranking is for two classes; got 4. Use prob"):
        need_of("ranking", fn=None, promised=None, classes=4)
