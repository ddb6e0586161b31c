"""Decision rules against their definitions, scikit-learn's threshold tuning and expected costs by hand."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import f1_score

from boostweights.benchmark.run.figures import Decision, best_f1_threshold, decisions


def by_rule(p: np.ndarray, **changes: object) -> dict[tuple[str, str], Decision]:
    proba = np.column_stack([1 - p, p]) if p.ndim == 1 else p
    settings = {"balanced": (0.625, 2.5), "costs": (9.0, 1.0), "thresholds": {}, **changes}
    kinds = settings.pop("by_kind", {"raw": proba})
    return {(d.rule, d.proba): d for d in decisions(kinds, **settings)}  # type: ignore[arg-type]


P = np.array([0.05, 0.15, 0.25, 0.45, 0.55, 0.9])


def test_thresholds_of_two_classes() -> None:
    found = by_rule(P, thresholds={"raw": 0.45})
    wanted = {"0.5": 0.5, "equivalent": 0.2, "cost": 0.1, "tuned": 0.45}  # w = 4; fp / (fp + fn) = 1 / 10
    assert {rule: d.threshold for (rule, _), d in found.items()} == pytest.approx(wanted)
    for (rule, _), decision in found.items():
        assert decision.predicted.tolist() == (wanted[rule] <= P).astype(int).tolist(), rule


def test_corrected_probabilities_are_read_where_it_makes_sense() -> None:
    raw = np.column_stack([1 - P, P])
    found = by_rule(P, thresholds={"raw": 0.3}, by_kind={"raw": raw, "corrected": raw[::-1]})
    assert set(found) == {
        ("0.5", "raw"),
        ("0.5", "corrected"),
        ("cost", "raw"),
        ("cost", "corrected"),
        ("equivalent", "corrected"),
        ("tuned", "raw"),
    }
    assert found["0.5", "corrected"].predicted.tolist() == [1, 1, 0, 0, 0, 0]


@pytest.mark.parametrize("kinds", [("raw", "fitted"), ("raw", "corrected", "fitted")], ids="-".join)
def test_fitted_probabilities_are_read_beside_the_analytic_ones(kinds: tuple[str, ...]) -> None:
    raw = np.column_stack([1 - P, P])
    found = by_rule(P, thresholds={"raw": 0.3}, by_kind=dict.fromkeys(kinds, raw) | {"fitted": raw[::-1]})
    honest = {("equivalent", kinds[-2]), ("equivalent", "fitted")}
    every = {(rule, kind) for rule in ("0.5", "cost") for kind in kinds}
    assert set(found) == honest | every | {("tuned", "raw")}
    assert found["equivalent", "fitted"].predicted.tolist() == [1, 1, 1, 1, 0, 0]


@given(st.lists(st.floats(0.001, 0.999), min_size=4, max_size=30), st.floats(0.1, 50), st.floats(0.1, 50))
@settings(max_examples=40)
def test_the_cost_rule_never_expects_a_higher_cost(scores: list[float], fn: float, fp: float) -> None:
    p = np.array(scores)
    decided = by_rule(p, costs=(fn, fp))["cost", "raw"].predicted
    expected = np.where(decided == 1, (1 - p) * fp, p * fn)
    assert (expected <= np.minimum((1 - p) * fp, p * fn) * (1 + 1e-9)).all()


def test_more_classes_have_no_threshold_and_no_costs() -> None:
    proba = np.array([[0.5, 0.3, 0.2], [0.5, 0.3, 0.2], [0.2, 0.2, 0.6]])
    found = by_rule(proba, balanced=(0.5, 1.0, 2.0))
    assert set(found) == {("0.5", "raw"), ("equivalent", "raw")}
    assert found["0.5", "raw"].predicted.tolist() == [0, 0, 2]
    assert found["equivalent", "raw"].predicted.tolist() == [2, 2, 2]  # .25, .3 and .4
    assert {d.threshold for d in found.values()} == {None}


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 12)), min_size=4, max_size=40))
@settings(max_examples=60)
def test_the_tuned_threshold_has_the_best_f1_of_all(rows: list[tuple[bool, int]]) -> None:
    y = np.array([1, 0, *(int(label) for label, _ in rows)])
    score = np.array([0.5, 0.5, *(tenth / 12 for _, tenth in rows)])
    every = {t: f1_score(y, score >= t, zero_division=0) for t in np.unique(score)}
    assert every[best_f1_threshold(y, score)] == pytest.approx(max(every.values()), abs=1e-15)


def test_of_thresholds_of_equal_f1_the_highest_is_taken() -> None:
    y, score = np.array([0, 0, 1, 1]), np.array([0.1, 0.2, 0.1, 0.9])
    assert f1_score(y, score >= 0.9) == f1_score(y, score >= 0.1)  # half and all of the positives
    assert best_f1_threshold(y, score) == 0.9
