"""The fitted correction against scikit-learn's and scipy's own optimisers, and what must hold of any map."""

import dataclasses

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize
from scipy.special import expit, log_softmax, softmax
from sklearn.linear_model import LogisticRegression

from boostweights import Balanced, Explicit, Unweighted, correct_proba
from boostweights.errors import InvalidValueError, UnknownLabelError
from boostweights.probabilities import CalibrationMap, correct_scores, fit_correction
from boostweights.probabilities.calibration import posterior_mode
from boostweights.weighting.class_weights import ClassWeights

FLAT = (np.inf, np.inf)


def binary(
    rows: int, slope: float = 0.6, offset: float = 0.8, seed: int = 0
) -> tuple[np.ndarray, np.ndarray]:
    """Scores, and labels drawn as if slope and offset made them right."""
    rng = np.random.default_rng(seed)
    scores = rng.normal(-3, 2, rows)
    return scores, (rng.random(rows) < expit(slope * scores + offset)).astype(int)


def multiclass(rows: int, classes: int = 3, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    scores = rng.normal(0, 2, (rows, classes))
    shares = softmax(scores * np.linspace(0.5, 1.5, classes) + np.linspace(0, 1, classes), axis=1)
    return scores, (rng.random(rows)[:, None] > shares.cumsum(axis=1)).sum(axis=1)


def unweighted(y: np.ndarray) -> ClassWeights:
    return Unweighted().resolve(y)


def weighted(seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).uniform(0.2, 3.0, 2000)


def test_without_a_prior_it_is_the_most_likely_map() -> None:
    scores, y = binary(2000)
    found = posterior_mode(scores[:, None], y[:, None] == 1, weighted(), "logit", FLAT)
    oracle = LogisticRegression(C=np.inf, tol=1e-10, max_iter=1000).fit(scores[:, None], y, weighted())
    assert np.exp(found[0]) == pytest.approx(oracle.coef_[0, 0], abs=1e-5)
    assert found[1] == pytest.approx(oracle.intercept_[0], abs=1e-5)


def scales(scores: np.ndarray) -> np.ndarray:
    return np.sqrt(1 + scores.var(axis=0))


@pytest.mark.parametrize("rows", [60, 70, 300, 2000])
def test_the_map_is_that_of_another_optimiser(rows: int) -> None:
    scores, y = binary(rows)
    found = fit_correction(scores, y, unweighted(y))

    def lost(both: np.ndarray) -> float:
        margins = np.exp(both[0]) * scores + both[1]
        loss = np.logaddexp(0, np.where(y == 1, -margins, margins)).sum()
        return float(loss + (both[0] + np.log(scales(scores))) ** 2 / 2)

    for start in ([0.0, 0.0], [-1.0, 2.0], [1.0, -2.0]):
        oracle = minimize(lost, start, method="Nelder-Mead", options={"xatol": 1e-9, "fatol": 1e-12})
        assert np.log(found.slopes[0]) == pytest.approx(oracle.x[0], abs=1e-5)
        assert found.offsets[0] == pytest.approx(oracle.x[1], abs=1e-5)


def test_the_mode_of_many_classes_is_that_of_another_optimiser() -> None:
    scores, y = multiclass(900)
    found = fit_correction(scores, y, unweighted(y))

    def lost(both: np.ndarray) -> float:
        logs = log_softmax(np.exp(both[:3]) * scores + np.append(0.0, both[3:]), axis=1)
        return float(-logs[np.arange(900), y].sum() + ((both[:3] + np.log(scales(scores))) ** 2).sum() / 2)

    oracle = minimize(
        lost, np.zeros(5), method="Powell", options={"xtol": 1e-10, "ftol": 1e-14, "maxiter": 9999}
    )
    np.testing.assert_allclose(np.log(found.slopes), oracle.x[:3], atol=2e-4)
    np.testing.assert_allclose(np.diff(found.offsets), np.diff(oracle.x[3:], prepend=0.0), atol=2e-4)


@pytest.mark.parametrize("rarest", [1, 2, 5, 9, 30, 500])
@pytest.mark.parametrize("kind", ["logit", "softmax", "ovr"])
def test_the_mean_probability_of_a_class_is_its_share(kind: str, rarest: int) -> None:
    rng = np.random.default_rng(rarest)
    classes = 2 if kind == "logit" else 3
    y = np.repeat(np.arange(classes), [500, rarest, 200][:classes])
    scores = 5 * rng.normal(size=len(y)) if kind == "logit" else 5 * rng.normal(size=(len(y), 3))
    found = fit_correction(scores, y, Balanced().resolve(y), kind="ovr" if kind == "ovr" else "softmax")
    changed = correct_scores(scores, found, kind="ovr" if kind == "ovr" else "softmax")
    proba = softmax(changed, axis=1) if kind == "softmax" else expit(changed)
    shares = np.bincount(y)[-1:] / len(y) if kind == "logit" else np.bincount(y) / len(y)
    np.testing.assert_allclose(proba.mean(axis=0), shares, rtol=1e-5)
    assert found.rarest_rows == min(rarest, 200 if classes == 3 else 500)


def test_one_against_the_rest_is_one_map_a_class() -> None:
    scores, y = multiclass(900)
    found = fit_correction(scores, y, unweighted(y), kind="ovr")
    for label in range(3):
        of_rest = fit_correction(scores[:, label], y == label, Unweighted().resolve(y == label))
        assert found.slopes[label] == pytest.approx(of_rest.slopes[0], abs=1e-6)
        assert found.offsets[label] == pytest.approx(of_rest.offsets[0], abs=1e-6)
    expected = expit(np.array(found.slopes) * scores + found.offsets)
    np.testing.assert_allclose(correct_proba(expit(scores), found, kind="ovr"), expected, atol=1e-9)


@pytest.mark.parametrize("policy", [Balanced(), Explicit({0: 1.0, 1: 20.0})])
def test_the_analytic_shift_is_taken_out_first(policy: Balanced | Explicit) -> None:
    scores, y = binary(2000)
    weights = policy.resolve(y)
    plain = fit_correction(scores, y, unweighted(y))
    found = fit_correction(scores + np.log(weights.values[1] / weights.values[0]), y, weights)
    np.testing.assert_allclose(found.slopes, plain.slopes, rtol=1e-6)
    np.testing.assert_allclose(found.offsets, plain.offsets, atol=1e-6)


def test_row_weights_are_repetition() -> None:
    scores, y = binary(400)
    times = np.random.default_rng(1).integers(0, 4, 400)
    found = fit_correction(scores, y, unweighted(y), sample_weight=times.astype(float))
    again = fit_correction(np.repeat(scores, times), np.repeat(y, times), unweighted(y))
    np.testing.assert_allclose(found.slopes, again.slopes, rtol=1e-6)
    np.testing.assert_allclose(found.offsets, again.offsets, atol=1e-6)
    assert (found.rows, found.rarest_rows) == (again.rows, again.rarest_rows)


@settings(max_examples=30, deadline=None)
@given(slope=st.floats(0.05, 20), offset=st.floats(-5, 5), rows=st.integers(40, 200), seed=st.integers(0, 99))
def test_rows_keep_their_order(slope: float, offset: float, rows: int, seed: int) -> None:
    scores, y = binary(rows, seed=seed)
    y[:2] = 0, 1
    found = fit_correction(slope * scores + offset, y, unweighted(y))
    proba = expit(slope * scores + offset)
    corrected = correct_proba(proba, found)
    assert (np.diff(corrected[np.argsort(scores)]) >= 0).all()


def test_separable_scores_do_not_explode() -> None:
    scores = np.r_[np.full(90, -1.0), np.full(30, 1.0)]
    y = (scores > 0).astype(int)
    assert fit_correction(scores, y, unweighted(y)).slopes[0] < 8
    hardly, y = np.random.default_rng(0).normal(-3, 1e-6, 300), np.arange(300) < 5
    assert fit_correction(hardly, y, unweighted(y)).slopes[0] == pytest.approx(1, rel=1e-3)


def test_scores_of_many_classes_are_corrected_as_learned() -> None:
    scores, y = multiclass(600)
    weights = Balanced().resolve(y)
    raw = fit_correction(scores, y, weights)
    logs = fit_correction(log_softmax(scores, axis=1), y, weights)
    assert (raw.of_proba, logs.of_proba) == (False, True)
    shifted = np.asarray(raw.slopes) * (scores - np.log(weights.values)) + raw.offsets
    np.testing.assert_allclose(correct_scores(scores, raw), shifted, atol=1e-12)
    with pytest.raises(InvalidValueError, match="raw scores of 3 classes"):
        correct_proba(softmax(scores, axis=1), raw)
    by_scores = softmax(correct_scores(scores, logs), axis=1)
    np.testing.assert_allclose(correct_proba(softmax(scores, axis=1), logs), by_scores, atol=1e-12)
    frame = pd.DataFrame(softmax(scores, axis=1)[:, ::-1], columns=["2", "1", "0"])
    np.testing.assert_allclose(correct_proba(frame, logs)[["0", "1", "2"]], by_scores, atol=1e-12)


def test_scores_of_two_classes_are_corrected_like_probabilities() -> None:
    scores, y = binary(500)
    found = fit_correction(scores, y, Balanced().resolve(y))
    corrected = correct_proba(expit(scores), found)
    np.testing.assert_allclose(expit(correct_scores(scores, found)), corrected, rtol=1e-9)
    pair = correct_scores(np.column_stack([np.ones(500), scores + 1]), found)
    np.testing.assert_allclose(softmax(pair, axis=1)[:, 1], corrected, rtol=1e-9)
    of_pair = fit_correction(np.column_stack([np.full(500, 3.0), scores + 3]), y, found.weights)
    assert of_pair.slopes == pytest.approx(found.slopes, rel=1e-6)


@pytest.mark.parametrize(
    ("changes", "error", "says"),
    [
        ({"scores": np.full(200, np.inf)}, InvalidValueError, "finite"),
        ({"scores": np.zeros((200, 3))}, InvalidValueError, "shape"),
        ({"scores": np.zeros(199)}, InvalidValueError, "same rows"),
        ({"y": np.zeros(200, int)}, InvalidValueError, "no row of 1"),
        ({"sample_weight": 1 - binary(200)[1]}, InvalidValueError, "no row of 1"),
        ({"y": np.full(200, 7)}, UnknownLabelError, "7"),
        ({"weights": Balanced()}, TypeError, "Resolve a policy"),
        ({"kind": "none"}, InvalidValueError, "kind"),
    ],
    ids=str,
)
def test_mistakes_are_told(changes: dict[str, object], error: type[Exception], says: str) -> None:
    scores, y = binary(200)
    with pytest.raises(error, match=says):
        fit_correction(**{"scores": scores, "y": y, "weights": unweighted(y)} | changes)  # type: ignore[arg-type]


@pytest.mark.parametrize("changes", [{"slopes": (0.0,)}, {"offsets": (np.nan,)}, {"kind": "softmax"}])
def test_a_map_that_would_reorder_rows_is_refused(changes: dict[str, object]) -> None:
    scores, y = binary(200)
    with pytest.raises(InvalidValueError):
        dataclasses.replace(fit_correction(scores, y, unweighted(y)), **changes)  # type: ignore[arg-type]


def test_a_map_of_other_classes_or_another_prior_is_refused() -> None:
    scores, y = binary(200)
    found: CalibrationMap = fit_correction(scores, y, unweighted(y))
    with pytest.raises(InvalidValueError, match="3 classes|shape"):
        correct_proba(np.full((5, 3), 1 / 3), found)
    with pytest.raises(InvalidValueError, match="prior"):
        correct_proba([0.5], found, prior={0: 0.5, 1: 0.5})
    with pytest.raises(InvalidValueError, match="kind"):
        correct_proba([[0.5, 0.5]], found, kind="ovr")
    with pytest.raises(InvalidValueError, match="trees"):
        correct_proba([[[0.5, 0.5]]], found)
