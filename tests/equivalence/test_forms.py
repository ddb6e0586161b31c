"""What single forms do beyond the cells: orders of classes, scales, objectives of one's own, bins."""

from typing import Any

import numpy as np
import pytest
from equivalence import trials
from equivalence.trials import POLICIES, compare, data, fitted, make, policy_of, settings_of, trial
from libraries import ADAPTERS, hard_data, needed

import boostweights as bw
from boostweights.adapters import Guarantee
from boostweights.errors import IgnoredParameterError, InvalidValueError
from boostweights.versions import at_least

xgb = needed("xgboost")
RATIO = bw.Explicit({0: 1.0, 1: 8.77})


def native(library: str, settings: Any, form: str, y: Any, policy: Any, **arguments: Any) -> Any:
    return bw.to_native(policy, make(library, settings), y, form=form, **arguments)


# --- xgboost ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("settings", [{}, {"booster": "gblinear"}, {"tree_method": "approx"}], ids=str)
@pytest.mark.parametrize("classes", [2, 4])
def test_softmax_ignores_xgboosts_form_and_so_it_is_refused(settings: dict[str, Any], classes: int) -> None:
    X, y = hard_data(classes)
    softmax = {"objective": "multi:softprob", "n_jobs": 1, "verbosity": 0, **settings}
    if classes == 2:
        softmax["num_class"] = 2
    models = [
        xgb.XGBClassifier(n_estimators=4, scale_pos_weight=weight, **softmax).fit(X, y).predict_proba(X)
        for weight in (1.0, 9.0)
    ]
    np.testing.assert_array_equal(*models)
    with pytest.raises(IgnoredParameterError, match="form='sample_weight'"):
        native("xgboost", {"objective": "multi:softprob"}, "scale_pos_weight", y, "balanced")


UNPROVED = {
    "updated trees": {"process_type": "update", "updater": "refresh"},
    "another updater": {"updater": "refresh"},
    "an unknown method": {"tree_method": "gpu_hist"},
}


@pytest.mark.parametrize("case", UNPROVED)
def test_what_is_not_proved_is_refused(case: str) -> None:
    with pytest.raises(InvalidValueError, match="no claim is proved"):
        native("xgboost", UNPROVED[case], "scale_pos_weight", hard_data(2)[1], "balanced")


@pytest.mark.parametrize("counts", [{0: 90_000, 1: 10_000}, {0: 9.5, 1: 1.2}], ids=str)
def test_too_many_rows_for_a_bin_each_or_sums_of_weights(counts: Any) -> None:
    weights = bw.Balanced(scale="majority").resolve(bw.ClassCounts(counts))
    with pytest.raises(InvalidValueError, match="frozen_cuts"):
        bw.to_native(weights, make("xgboost", {"tree_method": "hist"}), form="scale_pos_weight")


def test_penalties_of_gblinear_are_scaled_for_given_row_weights_only() -> None:
    y = hard_data(2)[1]
    penalties = settings_of("xgboost", "gblinear, penalties")
    with pytest.raises(InvalidValueError, match="sample_weight"):
        native("xgboost", penalties, "scale_pos_weight", y, "balanced").fit_kwargs(y, np.ones(len(y)))


BEYOND_EXACT: dict[str, Any] = {
    **{"enable_categorical": True, "max_depth": 0, "max_leaves": 8, "grow_policy": "lossguide"},
    **{"colsample_bynode": 0.5, "sampling_method": "gradient_based", "multi_strategy": "multi_output_tree"},
    "feature_types": ["q"] * 5 + ["c"],
}


@pytest.mark.parametrize("name", BEYOND_EXACT)
def test_what_exact_refuses_or_ignores_is_pinned_to_hist(name: str) -> None:
    y = hard_data(2)[1]
    form = native("xgboost", {name: BEYOND_EXACT[name]}, "scale_pos_weight", y, "balanced")
    assert form.pins == {"tree_method": "hist", "base_score": 0.5, "max_bin": len(y)}
    assert form.guarantee is Guarantee.IDENTICAL


def test_two_roundings_are_no_identity() -> None:
    """The caller's weights times a scale times a ratio: claimed weaker, and not the same bits."""
    deltas = []
    for name in ("hard", "adversarial"):
        X, y = data(name, "binary")
        policy, own = policy_of("ratio and scale", "binary"), trials.row_weights(len(y))
        form, found = trial("xgboost", {}, "scale_pos_weight", policy, X, y, own)
        assert form.guarantee is Guarantee.EQUIVALENT
        assert "float32 roundings" in form.reason
        deltas.append(found.delta)
    assert 0 < max(deltas) <= 1e-6


# --- lightgbm -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("cell", ["defaults", "dart", "goss", "random forest", "linear trees"])
def test_is_unbalance_is_identical_where_its_ratio_is_a_float32(cell: str) -> None:
    X, y = data("positives common", "binary")
    settings, policy = settings_of("lightgbm", cell), POLICIES["balanced majority"]
    form, found = trial("lightgbm", settings, "is_unbalance", policy, X, y)
    assert form.guarantee is Guarantee.IDENTICAL
    assert found.identical


def test_roundings_of_quantized_gradients_differ() -> None:
    """One data set in some twenty shows it."""
    settings = {**settings_of("lightgbm", "quantized gradients"), "n_estimators": 20}
    if trials.aborts("lightgbm", settings):
        pytest.skip("quantized training ends the process in this version")
    X, y = trials.with_categories(2, 500, 10)
    own = trials.row_weights(len(y))
    form, found = trial("lightgbm", settings, "scale_pos_weight", policy_of("heavy", "binary"), X, y, own)
    assert form.guarantee is Guarantee.DIFFERENT
    assert found.delta > 1e-3


@pytest.mark.parametrize("form", ["sample_weight", "class_weight"])
def test_an_objective_without_weights_refuses_even_row_weights(form: str) -> None:
    def logistic(y: np.ndarray, score: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        p = 1 / (1 + np.exp(-score))
        return p - y, p * (1 - p)

    def weighted(y: np.ndarray, score: np.ndarray, weight: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        gradient, hessian = logistic(y, score)
        return (gradient, hessian) if weight is None else (gradient * weight, hessian * weight)

    X, y = hard_data(2)
    heavy = np.where(y == 1, 9.0, 1.0)

    def moved(objective: Any) -> float:
        sides = ({}, {"sample_weight": heavy})
        scores = (
            fitted("lightgbm", {"objective": objective}, X, y, **weight).booster_.predict(X)
            for weight in sides
        )
        return float(np.abs(np.subtract(*scores)).max())

    assert moved(logistic) == 0
    assert moved(weighted) > 1e-6
    with pytest.raises(InvalidValueError, match="ignores them.*labels, scores, weights"):
        native("lightgbm", {"objective": logistic}, form, y, "balanced")
    assert native("lightgbm", {"objective": weighted}, form, y, "balanced")


# --- catboost -----------------------------------------------------------------------------------------


def test_weights_follow_the_estimators_own_order_of_classes() -> None:
    y = ["bad", "good", "good", "good"]
    order, policy = {"class_names": ["good", "bad"]}, {"bad": 9.0, "good": 1.0}
    for settings, form, params in (
        (order, "class_weights", {"class_weights": (1.0, 9.0)}),
        (order, "scale_pos_weight", {"scale_pos_weight": 9.0}),
        ({}, "class_weights", {"class_weights": (9.0, 1.0)}),
    ):
        assert native("catboost", settings, form, y, policy).params == params
    with pytest.raises(InvalidValueError, match="'bad' is not among.*unset"):
        native("catboost", {"class_names": ["good", "worse"]}, "class_weights", y, policy)


def test_classes_that_the_fold_lacks_weigh_one() -> None:
    X, y = data("hard", "multiclass")
    settings = {"classes_count": 5, "loss_function": "MultiClass"}
    form, found = trial("catboost", settings, "class_weights", policy_of("ratio", "multiclass"), X, y)
    assert form.params == {"class_weights": (1.0, 8.77, 0.3, 24.31, 1.0)}
    assert found.identical


def normal(negatives: int, positives: int) -> tuple[np.ndarray, np.ndarray]:
    y = np.repeat([0, 1], [negatives, positives])
    return np.random.default_rng(0).normal(size=(len(y), 3)) + y[:, None], y


@pytest.mark.parametrize("scale", [2.0, 0.25, 3.0])
def test_auto_carries_a_scale_that_leaves_sums_of_weights_whole(scale: float) -> None:
    X, y = normal(320, 64)
    policy = bw.Explicit({0: scale, 1: 5 * scale})
    form, found = trial("catboost", {}, "auto_class_weights", policy, X, y)
    assert form.fit_kwargs(y)["sample_weight"].max() == scale
    assert form.guarantee is Guarantee.IDENTICAL
    assert found.identical


def test_auto_cannot_carry_a_scale_that_its_whole_sums_would_bend() -> None:
    """A constant row weight beside it is summed and rounded down: the ratio becomes another."""
    X, y = hard_data(2)
    weights = bw.Balanced().resolve(y)
    with pytest.raises(InvalidValueError, match="scale='majority'.*form='class_weights'"):
        native("catboost", {}, "auto_class_weights", y, bw.Balanced())
    constant = np.full(len(y), weights.class_weight[0], np.float32)
    naive = fitted("catboost", {"auto_class_weights": "Balanced"}, X, y, sample_weight=constant)
    theirs = fitted("catboost", {}, X, y, sample_weight=weights.sample_weight(y))
    assert compare("catboost", naive, theirs, X).delta > 1e-6


def test_auto_beside_row_weights_that_sum_between_whole_numbers() -> None:
    X, y = hard_data(2)
    sums = np.floor([(y == k).sum() * 0.3 for k in (0, 1)])
    policy = bw.Explicit({0: 1.0, 1: float(np.float32(sums[0] / sums[1]))})
    form, found = trial("catboost", {}, "auto_class_weights", policy, X, y, np.full(len(y), 0.3))
    assert form.guarantee is Guarantee.IDENTICAL
    assert found.identical


@pytest.mark.parametrize("more", [0.0, 5e-9])
def test_auto_beside_row_weights_that_sum_to_a_whole_number_is_different(more: float) -> None:
    """47 times 8/47, or a little more, is 7.9999995 in CatBoost's float32, of which it takes 7.

    With a little more, the other class's sum is far from a whole number.
    """
    X, y = normal(400, 47)
    own = np.where(y == 1, 8 / 47 * (1 + more), 1.0)
    own[0] = 1.5 if more else 1.0
    policy = bw.Explicit({0: 1.0, 1: 50.0})
    form, found = trial("catboost", {}, "auto_class_weights", policy, X, y, own)
    assert form.guarantee is Guarantee.DIFFERENT
    assert found.delta > 1e-6
    with pytest.raises(InvalidValueError, match="whole number.*allow_different"):
        native("catboost", {}, "auto_class_weights", y, policy, sample_weight=own)


class OwnLoss:
    """Logloss, written by hand."""

    def calc_ders_range(self, approxes: Any, targets: Any, weights: Any) -> list[tuple[float, float]]:
        p = 1 / (1 + np.exp(-np.array(approxes)))
        w = np.ones(len(p)) if weights is None else np.array(weights)
        return list(zip(w * (np.array(targets) - p), -w * p * (1 - p), strict=True))


@pytest.mark.filterwarnings("ignore:Failed to (import numba|optimize method)")
def test_a_loss_of_ones_own_is_handed_class_weights_as_row_weights() -> None:
    X, y = hard_data(2)
    settings, policy = {"loss_function": OwnLoss(), "eval_metric": "Logloss"}, POLICIES["balanced majority"]
    for name in ("class_weights", "auto_class_weights"):
        form, found = trial("catboost", settings, name, policy, X, y)
        assert form.guarantee is Guarantee.IDENTICAL
        assert found.identical
    with pytest.raises(IgnoredParameterError, match="sample_weight"):
        native("catboost", settings, "scale_pos_weight", y, policy)


# --- scikit-learn -------------------------------------------------------------------------------------


def test_weights_of_one_are_left_out() -> None:
    """Since scikit-learn 1.9 a forest draws other rows for weights of 1 than for none."""
    forest = {"class": "RandomForestClassifier"}
    form = native("sklearn", forest, "class_weight", hard_data(2)[1], bw.Unweighted())
    assert form.params == {"class_weight": None}


@pytest.mark.parametrize("labels", [["bad", "good"], [-1, 1], [False, True], [1, 2]], ids=str)
@pytest.mark.parametrize("name", ["HistGradientBoostingClassifier", "RandomForestClassifier"])
def test_labels_of_any_kind(name: str, labels: list[Any]) -> None:
    X, codes = hard_data(2)
    policy = bw.Explicit(dict(zip(labels, [1.0, 9.0], strict=True)))
    form, found = trial("sklearn", {"class": name}, "class_weight", policy, X, np.array(labels)[codes])
    assert form.guarantee is Guarantee.IDENTICAL
    assert found.identical


def test_a_fit_that_is_not_scikit_learns_is_not_vouched_for() -> None:
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.svm import LinearSVC

    class Same(RandomForestClassifier):
        pass

    class Resampled(RandomForestClassifier):
        def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Any:
            return super().fit(X[::2], y[::2])

    policy, y = bw.Explicit({0: 1.0, 1: 2.0}), [0, 0, 1]
    same = bw.to_native(policy, Same(random_state=0), y, form="class_weight")
    assert same.guarantee is Guarantee.IDENTICAL
    for estimator, reason in ((Resampled(), "whose fit is not scikit-learn's"), (LinearSVC(), "LinearSVC")):
        with pytest.raises(InvalidValueError, match=f"{reason}.*allow_different"):
            bw.to_native(policy, estimator, y, form="class_weight")


STOPPING: dict[str, tuple[dict[str, Any], str]] = {
    "catboost": ({"iterations": 200, "learning_rate": 0.3, "early_stopping_rounds": 3}, "tree_count_"),
    "sklearn": (
        {
            **{"class": "HistGradientBoostingClassifier", "early_stopping": True, "n_iter_no_change": 2},
            **{"max_iter": 60, "learning_rate": 0.5},
        },
        "n_iter_",
    ),
}


@pytest.mark.parametrize("weighting", ["same", "none"])
@pytest.mark.parametrize(
    ("library", "form"),
    [("sklearn", "class_weight"), *(("catboost", form) for form in list(ADAPTERS["catboost"].forms)[1:])],
)
def test_evaluation_rows_weighed_by_the_native_form_stop_alike(
    library: str, form: str, weighting: Any
) -> None:
    if library == "sklearn" and not at_least("scikit-learn", 1, 7):
        pytest.skip("HistGradientBoosting takes no X_val before 1.7")
    X, y = hard_data(2)
    train, held_out = slice(None, None, 2), slice(1, None, 2)
    settings, rounds = STOPPING[library]
    weights = bw.Balanced(scale="majority").resolve(y[train])
    models = []
    for name in (form, "sample_weight"):
        estimator = make(library, settings)
        expressed = bw.to_native(weights, estimator, y[train], form=name)
        weight = expressed.eval_weight(y[held_out], weighting=weighting)
        sets = {"X_val": X[held_out], "y_val": y[held_out], "sample_weight_val": weight}
        if library == "catboost":
            sets = {"eval_set": needed("catboost").Pool(X[held_out], y[held_out], weight=weight)}
        estimator.set_params(**expressed.params)
        models.append(estimator.fit(X[train], y[train], **expressed.fit_kwargs(y[train]), **sets))
    assert getattr(models[0], rounds) < 60
    assert compare(library, *models, X).identical


# --- devices --------------------------------------------------------------------------------------


ON_A_GPU: list[tuple[str, dict[str, Any]]] = [
    *(("xgboost", {"device": device}) for device in ("cuda", "cuda:1", "gpu")),
    ("xgboost", {"device": "cuda", "booster": "gblinear"}),
    ("xgboost", {"device": "cuda", "tree_method": "exact"}),
    ("xgboost", {"tree_method": "gpu_hist"}),
    ("xgboost", {"booster": "gblinear", "updater": "gpu_coord_descent"}),
    *(("lightgbm", {name: device}) for name in ("device_type", "device") for device in ("gpu", "cuda")),
    ("catboost", {"task_type": "GPU"}),
]


@pytest.mark.parametrize(("library", "settings"), ON_A_GPU, ids=repr)
def test_nothing_but_the_reference_is_claimed_of_a_gpu(library: str, settings: dict[str, Any]) -> None:
    estimator, y = make(library, settings), [0, 0, 0, 1]
    weights = bw.Balanced(scale="majority").resolve(y)
    for name in list(ADAPTERS[library].forms)[1:]:
        form = bw.to_native(weights, estimator, y, form=name, allow_different=True)
        assert form.guarantee is Guarantee.DIFFERENT, name
        assert any(str(value) in form.reason for value in settings.values())
        with pytest.raises(InvalidValueError, match="allow_different"):
            bw.to_native(weights, estimator, y, form=name)
    assert ADAPTERS[library].reuse(estimator, np.zeros((4, 1))).bin is None
