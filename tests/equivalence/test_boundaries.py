"""Where a claim changes, the library changes: both sides of each number are trained."""

import json
from typing import Any

import numpy as np
import pytest
from equivalence.trials import trial
from libraries import ADAPTERS, make_estimator

import boostweights as bw
from boostweights.adapters import Guarantee
from boostweights.adapters.expressing import form_for
from boostweights.adapters.form import quotient
from boostweights.versions import distribution_version

SPW = "scale_pos_weight"
DESCENT = {"class": "SGDClassifier", "loss": "log_loss"}


def version(module: str) -> tuple[int, ...]:
    return tuple(map(int, distribution_version(module).split(".")[:2]))


def halves() -> tuple[np.ndarray, np.ndarray]:
    """Two leaves of 60 each where a class of 1 weighs 3: the split that needs the least hessian."""
    return np.repeat([[0.0], [1.0]], [40, 20], axis=0), np.repeat([0, 1, 1], [30, 10, 20])


@pytest.mark.parametrize("own", [None, 0.25], ids=["", "own weights"])
@pytest.mark.parametrize("sigmoid", [0.5, 1.0, 2.0])
@pytest.mark.parametrize(("share", "splits"), [(0.99, False), (1.01, True)])
def test_lightgbm_splits_where_hessians_fill_two_leaves(
    sigmoid: float, share: float, splits: bool, own: float | None
) -> None:
    X, y = halves()
    least = 5.0
    total = share * 2 * least / (sigmoid**2 / 4) / (own or 1.0)
    weights = bw.Explicit({0: total / 120, 1: 3 * total / 120}).resolve(y)
    given = None if own is None else np.full(len(y), own)
    settings = {"sigmoid": sigmoid, "min_child_weight": least, "boost_from_average": False}
    model = make_estimator("lightgbm", min_child_samples=1, **settings)
    native = bw.to_native(weights, model, y, form=SPW, sample_weight=given, allow_different=True)
    by_row = weights.sample_weight(y) * np.float32(own or 1.0)
    assert (len(np.unique(model.fit(X, y, sample_weight=by_row).predict(X, raw_score=True))) > 1) == splits
    assert ("less hessian" in native.reason) != splits
    assert (native.guarantee is Guarantee.DIFFERENT) != splits


@pytest.mark.parametrize(
    ("rows", "weight", "reason"),
    [(39, 1.0, "fewer rows"), (40, 1.0, ""), (400, 1.9e-5, "less hessian"), (400, 2.1e-5, "")],
)
def test_lightgbms_own_defaults_are_known(rows: int, weight: float, reason: str) -> None:
    """Rows whose halves just fill two leaves, or do not, by ``lightgbm.train`` with no settings."""
    lgb = pytest.importorskip("lightgbm")
    half = rows // 2
    X, y = np.repeat([[0.0], [1.0]], [half, rows - half], axis=0), np.arange(rows) % 2
    y[half : half + half // 2] = 1
    params = {"objective": "binary", "verbose": -1, "num_threads": 1, "boost_from_average": False}
    booster = lgb.train(params, lgb.Dataset(X, y, weight=np.full(rows, weight)), 1)
    assert (booster.num_trees() == 0 or booster.dump_model()["tree_info"][0]["num_leaves"] == 1) == bool(
        reason
    )
    even = bw.Explicit({0: weight, 1: weight * (1 + 1e-7)}).resolve(y)
    native = bw.to_native(even, "lightgbm", form=SPW, allow_different=True)
    assert reason in native.reason
    assert (native.guarantee is Guarantee.DIFFERENT) == bool(reason)


def test_a_lightgbm_forest_without_features_starts_at_the_mean() -> None:
    X, y = np.ones((80, 1)), (np.arange(80) % 8 == 0).astype(int)
    forest = {"boosting_type": "rf", "subsample": 0.7, "subsample_freq": 1, "boost_from_average": False}
    model = make_estimator("lightgbm", **forest)
    weights = bw.Explicit({0: 1.0, 1: 8.0}).resolve(y)
    native = bw.to_native(weights, model, y, form=SPW)
    ours = make_estimator("lightgbm", **forest, **native.params).fit(X, y)
    theirs = model.fit(X, y, sample_weight=weights.sample_weight(y))
    apart = np.abs(ours.predict_proba(X) - theirs.predict_proba(X)).max()
    assert (apart > 0.1) == (version("lightgbm") >= (4, 6))  # before, both start at 0
    assert native.condition == "a feature can be split"
    with pytest.raises(bw.errors.ClaimBrokenError, match="a feature can be split"):
        native.check(ours)
    ours.fit(np.arange(80.0)[:, None], y)
    native.check(ours)


@pytest.mark.parametrize("bins", [26, 25, 24])
def test_xgboosts_cuts_see_no_weights_where_each_value_has_a_bin(bins: int) -> None:
    """Before 3.3 XGBoost keeps one value more than max_bin, and the claim falls one value too early."""
    rng = np.random.default_rng(0)
    X = rng.choice(26, 403, p=rng.dirichlet(np.full(26, 0.5))).astype(float)[:, None]
    X[:26, 0] = np.arange(26)
    y = (X[:, 0] + rng.normal(scale=6.5, size=403) > 15.6).astype(int)
    settings = {"tree_method": "hist", "max_bin": bins, "base_score": 0.5, "min_child_weight": 0.0}
    weights = bw.Explicit({0: 1.0, 1: 64.0}).resolve(y)
    checked = form_for(ADAPTERS["xgboost"], SPW, weights, settings)
    native = checked.express(weights, weights.counts, distinct=26, allow_different=True)
    ours = make_estimator("xgboost", **settings, **native.params).fit(X, y)
    theirs = make_estimator("xgboost", **settings).fit(X, y, sample_weight=weights.sample_weight(y))
    before_3_3 = version("xgboost") < (3, 3)
    assert np.array_equal(ours.predict_proba(X), theirs.predict_proba(X)) == (bins + before_3_3 >= 26)
    assert (native.guarantee is Guarantee.IDENTICAL) == (bins == 26)


@pytest.mark.parametrize(
    ("settings", "rows", "identical", "pinned"),
    [
        ({"max_bin": 100}, 100, True, None),
        ({"max_bin": 100}, 101, False, None),
        ({}, 256, True, None),
        ({}, 257, True, 257),
        ({}, 2**14, True, 2**14),
        ({}, 2**14 + 1, False, None),
    ],
)
def test_xgboost_has_a_bin_for_each_row(
    settings: dict[str, Any], rows: int, identical: bool, pinned: int | None
) -> None:
    weights = bw.Explicit({0: 1.0, 1: 2.0}).resolve(bw.ClassCounts({0: rows - 9, 1: 9}))
    model = make_estimator("xgboost", tree_method="hist", **settings)
    native = bw.to_native(weights, model, form=SPW, allow_different=True)
    assert native.guarantee is (Guarantee.IDENTICAL if identical else Guarantee.DIFFERENT)
    assert native.pins.get("max_bin") == pinned


@pytest.mark.parametrize("product", [1.0, 64.0, 0.7])
def test_a_quotient_is_found_wherever_there_is_one(product: float) -> None:
    factors = (10 ** np.random.default_rng(0).uniform(-3, 3, 2000)).astype(np.float32)
    wanted = np.float32(product)
    nearest = wanted / factors
    near = [nearest, *(np.nextafter(nearest, np.float32(end)) for end in (0, np.inf))]
    there = np.any([each * factors == wanted for each in near], axis=0)
    found = np.float32([quotient(product, float(factor), np.float32) for factor in factors])
    np.testing.assert_array_equal(found * factors == wanted, there)
    assert (product == 0.7) == ((nearest * factors == wanted) == there).all()


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (0.0060726130213608715, 1.5938099242994054e-18),
        (0.34009396540068365, 6.188006633146303e-17),
        (0.0014871489710187164, 23964531878096.18),
        (1.0, 28.724049579240287),
        (1.0, 3.3e17),
        (1.0, float(np.finfo(np.float32).tiny)),
        (1.0, float(np.finfo(np.float32).max)),
    ],
)
def test_xgboosts_ratio_is_taken_as_it_is_read(first: float, second: float) -> None:
    """XGBoost may read another float32 than the text's number: what it says that it read is the oracle."""
    native = bw.to_native(bw.Explicit({0: first, 1: second}).resolve([0, 1]), "xgboost", form=SPW)
    xgb = pytest.importorskip("xgboost")
    data = xgb.DMatrix(np.eye(2), label=[0, 1])
    config = xgb.Booster({"objective": "binary:logistic", **native.params}, [data]).save_config()
    read = np.float32(json.loads(config)["learner"]["objective"]["reg_loss_param"][SPW])
    negative, positive = (native.row_weight or {0: 1.0, 1: 1.0}).values()
    same = np.float32(negative) == np.float32(first) and read * np.float32(positive) == np.float32(second)
    assert (native.guarantee is Guarantee.IDENTICAL) == same


@pytest.mark.parametrize("scale", [2**20 + 3, 2**21 + 5])
def test_catboost_rounds_sums_beyond_2_to_the_24(scale: int) -> None:
    y = np.repeat([0, 1], [60, 17])
    model = make_estimator("catboost", auto_class_weights="Balanced")
    model.fit(np.arange(77.0)[:, None], y, sample_weight=np.full(77, scale))
    assert model.get_all_params()["class_weights"][1] != np.float32(60 / 17)
    policy = bw.Explicit({0: float(scale), 1: scale * 60 / 17})
    with pytest.raises(bw.errors.InvalidValueError, match="can only weigh by n_max"):
        bw.to_native(policy, make_estimator("catboost"), y, form="auto_class_weights")


@pytest.mark.parametrize("classes", [2, 3])
def test_descent_weighs_rows_of_two_classes_alone(classes: int) -> None:
    rng = np.random.default_rng(0)
    y = rng.integers(0, classes, 150)
    X = rng.normal(size=(150, 3)) + y[:, None]
    policy = bw.Explicit({label: 4.0**label for label in range(classes)})
    claimed, found = trial("sklearn", DESCENT, "class_weight", policy, X, y)
    assert claimed.guarantee is (Guarantee.IDENTICAL if classes == 2 else Guarantee.DIFFERENT)
    assert found.identical == (classes == 2)


@pytest.mark.parametrize("stops", [False, True])
def test_descent_that_stops_early_weighs_its_held_out_rows_otherwise(stops: bool) -> None:
    rng = np.random.default_rng(0)
    y = np.where(rng.random(300) < 0.15, 1, -1)
    X = rng.normal(size=(300, 3)) + 0.7 * y[:, None]
    settings = {"learning_rate": "constant", "eta0": 0.5, "validation_fraction": 0.3, "n_iter_no_change": 3}
    settings |= {"class": "SGDClassifier", "early_stopping": stops}
    claimed, found = trial("sklearn", settings, "class_weight", bw.Explicit({-1: 1.0, 1: 8.0}), X, y)
    assert claimed.guarantee is (Guarantee.DIFFERENT if stops else Guarantee.IDENTICAL)
    assert found.identical != stops
