"""What is read of labels and weights, against scikit-learn and numpy; settings that a search will try."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from libraries import needed
from scipy.stats import randint
from sklearn.utils.class_weight import compute_class_weight

import boostweights as bw
from boostweights.audits.evidence import evidence_of
from boostweights.audits.parts import tried
from boostweights.audits.rules.weights import _is_balanced as is_balanced

COUNTS = st.lists(st.integers(1, 60), min_size=2, max_size=5)
SCALES = st.floats(1e-3, 1e3)


def labels_of(counts: list[int]) -> np.ndarray:
    return np.repeat(np.arange(len(counts)), counts)


@given(counts=COUNTS, scale=SCALES)
def test_scikit_learns_balanced_weights_are_balanced_at_any_scale(counts: list[int], scale: float) -> None:
    y = labels_of(counts)
    weights = compute_class_weight("balanced", classes=np.unique(y), y=y) * scale
    uneven = len(set(counts)) > 1
    given_counts = bw.ClassCounts.of(y)
    assert is_balanced(dict(enumerate(weights.tolist())), given_counts) == uneven
    for place in range(len(counts)):
        moved = weights.copy()
        moved[place] *= 1.01
        assert not is_balanced(dict(enumerate(moved.tolist())), given_counts)


@given(counts=COUNTS, scale=SCALES, turned=st.booleans())
def test_weights_favour_the_rare_class_if_they_grow_with_rarity(
    counts: list[int], scale: float, turned: bool
) -> None:
    y = labels_of(counts)
    by_class = np.array(counts, float) if turned else 1 / np.array(counts)
    evidence = evidence_of(y, None, (by_class * scale)[y], None)
    assert bool(evidence.rare_weighed_up) == (len(set(counts)) > 1 and not turned)


@given(counts=COUNTS, data=st.data())
def test_row_weights_are_summed_by_class(counts: list[int], data: st.DataObject) -> None:
    y = labels_of(counts)
    some = st.lists(st.sampled_from([0.5, 1.0, 3.0]), min_size=len(y), max_size=len(y))
    weights = np.array(data.draw(some))
    given_weights = evidence_of(y, None, weights, None).given
    assert given_weights is not None
    assert given_weights.total == weights.sum()
    assert given_weights.mean == pytest.approx(weights.mean())
    assert given_weights.sums == {label: weights[y == label].sum() for label in range(len(counts))}
    constant = all(len(set(weights[y == label])) == 1 for label in range(len(counts)))
    assert bool(given_weights.by_class) == constant
    if constant:
        assert given_weights.by_class == {label: weights[y == label][0] for label in range(len(counts))}


def test_weights_without_labels_have_a_sum_only() -> None:
    found = evidence_of(None, None, [1.0, 3.0], None).given
    assert found is not None
    assert (found.total, found.mean, dict(found.by_class)) == (4.0, 2.0, {})
    assert evidence_of(bw.ClassCounts({0: 1, 1: 1}), None, [1.0, 3.0], None).given == found


@pytest.mark.parametrize("kind", ["list", "pandas", "polars", "text"])
def test_labels_may_be_any_column(kind: str) -> None:
    y: Any = ["no"] * 90 + ["yes"] * 9
    if kind in ("pandas", "polars"):
        y = needed(kind).Series(y)
    elif kind == "text":
        y = np.array(y)
    weights = np.where(np.array(list(y)) == "yes", 10.0, 1.0)
    found = evidence_of(y, np.zeros((99, 2)), weights, [(np.zeros((2, 2)), y[:2])])
    assert found.labels == ("no", "yes")
    assert found.given is not None
    assert found.given.by_class == {"no": 1.0, "yes": 10.0}
    assert [rows.weighted for rows in found.evaluation] == [False]
    assert found.evaluation[0].counts == {"no": 2}


def test_a_search_is_tried_with_all_that_weighs_and_the_rest_one_by_one() -> None:
    grid = {
        "scale_pos_weight": range(1, 3),
        "objective": ["a", "b"],
        "x": [1, 2],
        "y": np.array([5, 6]),
        "z": [],
    }
    found = list(tried({"param_grid": grid}))
    assert len(found) == 2 * 2 + 1 + 1
    assert {(trial["scale_pos_weight"], trial["objective"]) for trial in found[:4]} == {
        (weight, objective) for weight in (1, 2) for objective in ("a", "b")
    }
    assert [(trial["x"], trial["y"]) for trial in found] == [(1, 5)] * 4 + [(2, 5), (1, 6)]
    assert all("z" not in trial for trial in found)


def test_large_and_odd_searches_are_bounded() -> None:
    large = {name: list(range(20)) for name in ("scale_pos_weight", "class_weight", "is_unbalance")}
    assert len(list(tried({"param_grid": large}))) == 256
    assert list(tried({"param_distributions": {"scale_pos_weight": randint(2, 5)}})) == [
        {"scale_pos_weight": 3.0}
    ]
    assert list(tried({"param_distributions": {"scale_pos_weight": "log"}})) == [{}]
    assert list(tried({"param_grid": 7})) == []
    assert list(tried({})) == [{}]
