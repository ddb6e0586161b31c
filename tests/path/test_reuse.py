"""Bins that serve for many weights train, bit for bit, what the library's own fit trains; or say why not."""

from typing import Any

import numpy as np
import pytest
from libraries import ADAPTERS, CELLS, hard_data, make_estimator
from scipy.special import logit

import boostweights as bw

X, Y = hard_data(rows=500)
TRAIN, TEST = np.arange(350), np.arange(350, 500)
RATIOS = (7.3, None, 0.2)  # None: no weights at all, after weights

REFUSED: dict[str, dict[str, str]] = {
    "lightgbm": {
        "dart as xgboost's, linear trees": "linear trees",
        "linear trees": "linear trees",
        "linear trees, bagging": "linear trees",
        "random forest": "random forest",
        "random forest from the average": "random forest",
        "cross-entropy": "objective='cross_entropy'",
        "one-vs-all": "objective='multiclassova'",
    },
    "catboost": {
        "categorical": "categories",
        "categorical, Ordered, MVS": "categories",
        "categorical, one-hot, Depthwise": "categories",
        "one-vs-all": "loss_function",
        "one-vs-all, Depthwise, Gradient": "loss_function",
        "softmax": "loss_function",
        "classes reversed": "class_names",
        "cross entropy": "loss_function",
        "focal": "loss_function",
    },
}
NEEDS_EVALUATION_ROWS = {"early stopping"}  # which no cross-validated fit has
TRIED = [
    (library, name) for library in REFUSED for name in CELLS[library] if name not in NEEDS_EVALUATION_ROWS
]


def weights(ratio: float | None) -> Any:
    return None if ratio is None else np.where(Y[TRAIN] == 1, ratio, 0.7).astype(np.float32)


def refitted(library: str, settings: dict[str, Any], ratio: float | None, data: Any = X) -> Any:
    model = make_estimator(library, **settings)
    rows = data.iloc if hasattr(data, "iloc") else data
    model.fit(rows[TRAIN], Y[TRAIN], sample_weight=weights(ratio))
    return model.predict_proba(rows[TEST])[:, 1]


@pytest.mark.parametrize(("library", "cell"), TRIED)
def test_reused_bins_equal_a_fit_of_the_librarys_own(library: str, cell: str) -> None:
    settings = dict(CELLS[library][cell])
    reuse = ADAPTERS[library].reuse(make_estimator(library, **settings), X)
    if cell in REFUSED[library]:
        assert reuse.bin is None
        assert reuse.how.startswith("none: ")
        assert REFUSED[library][cell] in reuse.how
        return
    assert reuse.bin is not None
    assert reuse.how.startswith("exact: ")
    fold = reuse.bin(X[TRAIN], Y[TRAIN])
    for ratio in RATIOS:
        fitted = fold.fit(weights(ratio))
        proba = fitted.predict_proba(X[TEST])[:, 1]
        np.testing.assert_array_equal(proba, refitted(library, settings, ratio))
        scores = ADAPTERS[library].raw_scores.scores(fitted, X[TEST])
        np.testing.assert_allclose(scores, logit(proba), atol=1e-9)


def test_a_frame_with_categories_is_binned_once_by_lightgbm() -> None:
    pd = pytest.importorskip("pandas")
    frame = pd.DataFrame(X[:, [0, 2, 5]], columns=["many", "few", "more"])
    frame["few"] = frame["few"].astype(int).astype("category")
    estimator = make_estimator("lightgbm")
    fold = ADAPTERS["lightgbm"].reuse(estimator, frame).bin(frame.iloc[TRAIN], Y[TRAIN])
    for ratio in RATIOS:
        found = fold.fit(weights(ratio)).predict_proba(frame.iloc[TEST])[:, 1]
        np.testing.assert_array_equal(found, refitted("lightgbm", {}, ratio, frame))


@pytest.mark.filterwarnings("ignore:categorical_feature")
def test_categories_named_beside_those_of_a_frame_are_fitted_by_lightgbm_itself() -> None:
    pd = pytest.importorskip("pandas")
    frame = pd.DataFrame(X[:, [0, 2, 5]], columns=["many", "few", "more"])
    frame["kind"] = pd.Categorical(frame["few"].astype(int))
    estimator = make_estimator("lightgbm", categorical_feature="name:few")
    path = bw.weight_path(estimator, frame, Y, [6.0], cv=[(TRAIN, TEST)], scale="none", tuning="nested")
    assert "categorical_feature joins" in path.reused
    own = make_estimator("lightgbm", categorical_feature="name:few")
    own.fit(frame.iloc[TRAIN], Y[TRAIN], sample_weight=np.where(Y[TRAIN] == 1, 6.0, 1.0))
    np.testing.assert_array_equal(path.proba[0], own.predict_proba(frame.iloc[TEST])[:, 1])


@pytest.mark.parametrize("rows", [200_000, 200_001])
def test_of_more_rows_catboost_draws_those_that_give_borders(rows: int) -> None:
    catboost = pytest.importorskip("catboost")
    rng = np.random.default_rng(0)
    many = rng.lognormal(size=(rows, 1))
    y = (many[:, 0] * rng.lognormal(size=rows) > 9).astype(int)
    weight = np.where(y == 1, 6.0, 1.0).astype(np.float32)
    settings = {"iterations": 2, "depth": 4, "border_count": 20}
    fold = ADAPTERS["catboost"].reuse(make_estimator("catboost", **settings), many).bin(many, y)
    own = make_estimator("catboost", **settings).fit(many, y, sample_weight=weight).predict_proba(many)[:, 1]
    if rows == 200_000:
        fold.fit(None)
        np.testing.assert_array_equal(fold.fit(weight).predict_proba(many)[:, 1], own)
        return
    assert fold is None  # for the library's own quantised Pool trains another model than its fit
    pool = catboost.Pool(many, y, weight=weight)
    pool.quantize(border_count=20)
    found = make_estimator("catboost", **settings).fit(pool).predict_proba(many)[:, 1]
    assert np.abs(found - own).max() > 1e-4


@pytest.mark.parametrize(
    ("library", "settings", "reason"),
    [
        ("lightgbm", {"objective": lambda y, p: (p - y, p)}, "objective is a function"),
        ("catboost", {"eval_fraction": 0.2}, "eval_fraction"),
        ("catboost", {"cat_features": np.array([0])}, "categories"),
        ("catboost", {"cat_features": np.array([2, 5])}, "categories"),
        ("xgboost", {"max_bin": 100}, "follow the weights"),
        ("xgboost", {"booster": "dart"}, "follow the weights"),
        ("xgboost", {"updater": "grow_colmaker"}, "follow the weights"),
        ("xgboost", {"max_delta_step": 1, "device": "cuda"}, "follow the weights"),
        ("sklearn", {}, "by weight"),
    ],
)
def test_bins_that_cannot_serve_say_why(library: str, settings: dict[str, Any], reason: str) -> None:
    reuse = ADAPTERS[library].reuse(make_estimator(library, **settings), X)
    assert reuse.bin is None
    assert reuse.how.startswith("none: ")
    assert reason in reuse.how


@pytest.mark.parametrize("library", ["lightgbm", "catboost"])
def test_an_estimator_of_the_users_own_class_is_fitted_by_itself(library: str) -> None:
    class Mine(type(make_estimator(library))):  # type: ignore[misc]
        pass

    assert "may train in its own way" in ADAPTERS[library].reuse(Mine(), X).how


@pytest.mark.parametrize("data", [X.tolist(), X.astype(object)], ids=["list", "object"])
def test_features_that_lightgbm_converts_are_fitted_by_itself(data: Any) -> None:
    assert (
        "converts these features itself" in ADAPTERS["lightgbm"].reuse(make_estimator("lightgbm"), data).how
    )


@pytest.mark.parametrize("patience", [0, -1])
def test_early_stopping_that_is_off_is_no_obstacle(patience: int) -> None:
    estimator = make_estimator("lightgbm", early_stopping_round=patience)
    try:
        estimator.fit(X[TRAIN], Y[TRAIN])
    except ValueError as refused:
        pytest.skip(f"this LightGBM itself: {refused}")
    fold = ADAPTERS["lightgbm"].reuse(estimator, X).bin(X[TRAIN], Y[TRAIN])
    expected = refitted("lightgbm", {"early_stopping_round": patience}, 7.3)
    np.testing.assert_array_equal(fold.fit(weights(7.3)).predict_proba(X[TEST])[:, 1], expected)


@pytest.mark.parametrize("library", ["lightgbm", "catboost", "xgboost"])
@pytest.mark.parametrize("positive", [0, 1])
def test_a_path_on_reused_bins_is_the_path_of_fits(library: str, positive: int) -> None:
    estimator = make_estimator(library)
    few = np.round(X, 1)  # values, for which xgboost has bins
    row_weight = np.linspace(0.5, 2, len(Y))
    once, anew = (
        bw.weight_path(
            estimator, few, Y, [0.5, 6.0], cv=2, pos_label=positive, sample_weight=row_weight, reuse=reuse
        )
        for reuse in ("auto", "none")
    )
    assert once.reused.startswith("exact: ")
    assert anew.reused == "none: as asked for"
    np.testing.assert_array_equal(once.proba, anew.proba)
    np.testing.assert_array_equal(once.baseline, anew.baseline)
    np.testing.assert_array_equal(once.corrected, anew.corrected)


@pytest.mark.parametrize(
    ("library", "wrapper"),
    [
        ("lightgbm", {"form": "scale_pos_weight"}),
        ("lightgbm", {"validation_fraction": 0.2}),
    ],
)
def test_what_the_wrapper_does_around_a_fit_is_not_left_out(library: str, wrapper: dict[str, Any]) -> None:
    clf = bw.WeightedClassifier(make_estimator(library), **wrapper)
    path = bw.weight_path(clf, X, Y, [6.0], cv=2)
    assert next(iter(wrapper)) in path.reused
    rows = path.row[path.fold == 0]
    train = np.setdiff1d(np.arange(len(Y)), rows)
    clf.set_params(weighting=bw.Explicit({0: 1.0, 1: 6.0}, scale="mean")).fit(X[train], Y[train])
    np.testing.assert_array_equal(path.proba[0][path.fold == 0], clf.predict_proba(X[rows])[:, 1])


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"max_bin": 300, "subsample": 0.7, "colsample_bytree": 0.6},
        {"missing": 2.0, "grow_policy": "lossguide", "max_leaves": 9},
    ],
)
def test_xgboosts_bins_serve_where_each_value_has_one(settings: dict[str, Any]) -> None:
    pd = pytest.importorskip("pandas")
    few = np.round(X, 1)
    estimator = make_estimator("xgboost", **settings)
    reuse = ADAPTERS["xgboost"].reuse(estimator, few)
    assert reuse.how.startswith("exact: ")
    assert ADAPTERS["xgboost"].reuse(estimator, pd.DataFrame(few)).how == reuse.how
    fold = reuse.bin(few[TRAIN], Y[TRAIN])
    for ratio in (300.0, *RATIOS, 0.01):
        found = fold.fit(weights(ratio)).predict_proba(few[TEST])[:, 1]
        np.testing.assert_array_equal(found, refitted("xgboost", settings, ratio, few))


def test_rows_that_weigh_nothing_have_no_part_in_xgboosts_bins() -> None:
    estimator, row_weight = make_estimator("xgboost"), np.where(np.arange(len(Y)) % 3 == 0, 0.0, 1.0)
    path = bw.weight_path(estimator, np.round(X, 1), Y, [6.0], cv=2, sample_weight=row_weight)
    assert "weighs 0" in path.reused
