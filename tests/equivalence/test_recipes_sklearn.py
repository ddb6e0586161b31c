"""scikit-learn: weights times a factor, bins that no weight moves, evaluation sets."""

import warnings
from typing import Any

import numpy as np
import pytest
from equivalence import trials
from equivalence.recipes import few_values
from equivalence.ties import CLOSE, TIE
from equivalence.trials import Found, data

import boostweights as bw
from boostweights.adapters.sklearn.forms import rescale
from boostweights.versions import at_least

HIST, GB, RF = "HistGradientBoostingClassifier", "GradientBoostingClassifier", "RandomForestClassifier"
EXACT: dict[str, tuple[str, dict[str, Any]]] = {
    "boosting": (GB, {}),
    "boosting, pruned": (GB, {"min_impurity_decrease": 0.01, "ccp_alpha": 1e-4}),
    "boosting, squared error": (GB, {"min_impurity_decrease": 0.01, "criterion": "squared_error"}),
    "boosting, early stopping": (GB, {"n_estimators": 30, "n_iter_no_change": 2, "subsample": 0.5}),
    "AdaBoost": ("AdaBoostClassifier", {"n_estimators": 8}),
    "forest": (RF, {}),
    "forest, pruned": (RF, {"ccp_alpha": 0.01, "min_impurity_decrease": 0.001, "max_features": None}),
    "forest, least share of weight": (RF, {"min_weight_fraction_leaf": 0.05, "criterion": "entropy"}),
    "forest, rows sampled": (RF, {"max_samples": 0.1}),
    "extra trees": ("ExtraTreesClassifier", {"bootstrap": True}),
    "tree": ("DecisionTreeClassifier", {"max_depth": 5}),
}
HISTOGRAM: dict[str, dict[str, Any]] = {
    "defaults": {},
    "penalty": {"l2_regularization": 5.0},
    "few bins": {"max_bins": 16, "max_features": 0.5},
    "early stopping": {"early_stopping": True, "max_iter": 30, "n_iter_no_change": 2},
}
WEIGHT = np.array([0.7, 8.77])
SINCE_1_9 = at_least("scikit-learn", 1, 9)


def make(name: str, **settings: Any) -> Any:
    return trials.make("sklearn", {"class": name, **settings})


def compare(ours: Any, theirs: Any, X: Any) -> Found:
    return trials.compare("sklearn", ours, theirs, X)


def rescaled(name: str, settings: Any, c: float, X: Any, y: Any) -> tuple[Any, Any, Any, Found]:
    """A claim about weights times c, the models before and after, and how they differ."""
    estimator = make(name, **settings)
    claim = rescale(estimator.get_params(), c)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of few rows sampled, where that is what is tried
        before = estimator.fit(X, y, sample_weight=WEIGHT[y])
        after = make(name, **{**settings, **claim.params}).fit(X, y, sample_weight=WEIGHT[y] * c)
    return claim, before, after, compare(before, after, X)


def complete(name: str) -> tuple[np.ndarray, np.ndarray]:
    X, y = data(name, "binary")
    return np.nan_to_num(X), y


@pytest.mark.parametrize("case", EXACT)
def test_powers_of_two_are_exact_in_boosting_and_forests(case: str) -> None:
    name, settings = EXACT[case]
    for c in (2.0, 2.0**-6, 1024.0):
        claim, *_, found = rescaled(name, settings, c, *complete("hard"))
        assert claim.guarantee is bw.adapters.Guarantee.IDENTICAL
        assert found.identical, (c, claim, found)


@pytest.mark.parametrize("case", [case for case in EXACT if case != "forest, rows sampled"])
def test_other_factors_leave_ties_to_rounding(case: str) -> None:
    name, settings = EXACT[case]
    for c in (3.0, 0.013):
        claim, before, after, found = rescaled(name, settings, c, *complete("hard"))
        assert claim.guarantee is bw.adapters.Guarantee.EQUIVALENT
        if found.delta > CLOSE and "ccp_alpha" in settings:  # pruning hides where trees parted
            _, before, after, _ = rescaled(name, {**settings, "ccp_alpha": 0.0}, c, *complete("hard"))
        assert found.delta <= CLOSE or grown_tie(before, after), (c, found)


def grown_tie(before: Any, after: Any) -> bool:
    """Whether the first splits that differ take the same off the impurity."""
    for one, other in zip(np.ravel(before.estimators_), np.ravel(after.estimators_), strict=True):
        mine, theirs = one.tree_, other.tree_
        for node in range(min(mine.node_count, theirs.node_count)):
            if (mine.feature[node], mine.threshold[node]) == (theirs.feature[node], theirs.threshold[node]):
                continue
            gains = [_decrease(tree, node) for tree in (mine, theirs)]
            return bool(abs(gains[0] - gains[1]) <= TIE * max(*gains, TIE))
    return False


def _decrease(tree: Any, node: int) -> float:
    """What a node's split takes off the impurity, as a share of the node's weight; 0 in a leaf."""
    children = [tree.children_left[node], tree.children_right[node]]
    if -1 in children:
        return 0.0
    shares = [tree.weighted_n_node_samples[child] / tree.weighted_n_node_samples[node] for child in children]
    return float(
        tree.impurity[node] - sum(s * tree.impurity[c] for s, c in zip(shares, children, strict=True))
    )


@pytest.mark.skipif(not SINCE_1_9, reason="max_samples is of the rows before scikit-learn 1.9")
def test_a_share_of_the_weight_is_rounded_at_other_factors() -> None:
    X, y = complete("hard")
    weight, factors = WEIGHT[y], np.random.default_rng(0).uniform(0.01, 9, 40)
    rows, c = next(
        (rows, float(c))
        for rows in range(20, 60)
        for c in factors
        if int(rows / weight.sum() / c * (weight * c).sum()) != int(rows / weight.sum() * weight.sum())
    )
    claim, *_, found = rescaled(RF, {"max_samples": rows / weight.sum(), "n_estimators": 8}, c, X, y)
    assert claim.guarantee is bw.adapters.Guarantee.DIFFERENT
    assert found.delta > 1e-6


@pytest.mark.parametrize("name", ["hard", "adversarial"])
@pytest.mark.parametrize("case", HISTOGRAM)
def test_powers_of_two_in_histogram_boosting(case: str, name: str) -> None:
    X, y = data(name, "binary")
    for c in (0.25, 2.0, 1024.0):
        claim, before, after, found = rescaled(HIST, HISTOGRAM[case], c, X, y)
        assert claim.guarantee is bw.adapters.Guarantee.EQUIVALENT
        assert found.delta <= CLOSE or histogram_tie(before, after, c), (c, found)


def histogram_tie(before: Any, after: Any, c: float) -> bool:
    """Whether the gains of the first splits that differ are one up to the factor."""
    for (one,), (other,) in zip(before._predictors, after._predictors, strict=False):
        for mine, theirs in zip(one.nodes, other.nodes, strict=False):
            if mine["is_leaf"] and theirs["is_leaf"]:
                continue
            where = ("is_leaf", "feature_idx", "num_threshold", "missing_go_to_left")
            if any(mine[field] != theirs[field] for field in where):
                gains = max(mine["gain"] * c, 0.0), max(theirs["gain"], 0.0)  # a leaf says -1
                unit = max(gains) if min(gains) > 0 else other.nodes[0]["gain"]  # to split for nothing or not
                return bool(abs(gains[0] - gains[1]) <= TIE * unit)
    return False


def test_histogram_boosting_has_parts_that_cannot_be_scaled() -> None:
    """A least hessian of 1e-3, and the smoothing of categories: DIFFERENT, and they do differ."""
    X, y = data("adversarial", "binary")
    for settings, c in (({}, 2.0**-20), ({"categorical_features": [2]}, 2.0**-9)):
        claim, *_, found = rescaled(HIST, {**settings, "max_iter": 20}, c, X, y)
        assert claim.guarantee is bw.adapters.Guarantee.DIFFERENT
        assert found.delta > 1e-3


def test_the_penalty_must_scale_along() -> None:
    X, y = data("hard", "binary")
    assert rescale({"l2_regularization": 5.0}, 0.25).params == {"l2_regularization": 1.25}
    before, after = (
        make(HIST, l2_regularization=5.0).fit(X, y, sample_weight=WEIGHT[y] * c) for c in (1.0, 0.25)
    )
    assert compare(before, after, X).delta > 1e-3


FACTORS = (3.0, 0.7, 1 / 3, 1.1, 10.0, 0.1)


def many_values() -> tuple[np.ndarray, np.ndarray]:
    """More values than bins, so that quantiles fall on single rows."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(400, 4))
    return X, (X[:, 0] + rng.normal(size=400) > 1).astype(int)


def test_bins_move_at_other_factors_only_with_many_values_and_since_1_9() -> None:
    X, y = many_values()
    deltas = []
    for c in FACTORS:
        claim, before, after, found = rescaled(HIST, {"max_iter": 30}, c, X, y)
        expected = bw.adapters.Guarantee.DIFFERENT if SINCE_1_9 else bw.adapters.Guarantee.EQUIVALENT
        assert claim.guarantee is expected
        deltas.append(found.delta)
        assert SINCE_1_9 or found.delta <= CLOSE or histogram_tie(before, after, c)
    assert not SINCE_1_9 or max(deltas) > 1e-6


def test_on_few_values_no_factor_moves_bins() -> None:
    X, y = many_values()
    coarse = few_values(X)
    assert max(len(np.unique(column[~np.isnan(column)])) for column in coarse.T) <= 255
    for c in FACTORS:
        _, before, after, found = rescaled(HIST, {}, c, coarse, y)
        assert found.delta <= CLOSE or histogram_tie(before, after, c), (c, found)


def test_parameters_must_tell_the_estimator() -> None:
    with pytest.raises(bw.errors.InvalidValueError, match="get_params"):
        rescale({"learning_rate": 0.1}, 2.0)
    assert rescale({"n_estimators": 1}, 1.0).guarantee is bw.adapters.Guarantee.IDENTICAL
    assert "min_samples_leaf" in rescale(make(RF).get_params(), 2.0).left
