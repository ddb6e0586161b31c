"""What fit takes besides rows and labels, and predict besides rows: nothing is lost in silence."""

from typing import Any

import numpy as np
import pytest
from libraries import ADAPTERS, RECORDS, hard_data, make_estimator
from sklearn.ensemble import RandomForestClassifier
from sklearn.feature_selection import RFECV, SelectFromModel
from sklearn.linear_model import LogisticRegression

import boostweights as bw

X, Y = hard_data(2)
X_VAL, Y_VAL = hard_data(2, rows=150, seed=3)


def test_labels_that_are_tuples_are_refused() -> None:
    pairs = np.empty(len(Y), object)
    pairs[:] = [("a", int(label)) for label in Y]
    with pytest.raises(bw.errors.InvalidTypeError, match="must be scalars.*Join a pair"):
        bw.WeightedClassifier(RandomForestClassifier(5)).fit(np.nan_to_num(X), pairs)


@pytest.mark.parametrize("dtype", ["<U21", "<U4", "S3", "int8", "float32", "bool"])
def test_classes_keep_the_type_of_the_labels(dtype: str) -> None:
    y = Y.astype(dtype)
    clf = bw.WeightedClassifier(make_estimator("sklearn")).fit(X, y)
    assert clf.classes_.dtype == y.dtype
    assert clf.predict(X).dtype == y.dtype


CONTINUING = [name for name, adapter in ADAPTERS.items() if adapter.continued_from]


@pytest.mark.parametrize("library", CONTINUING)
def test_one_of_our_classifiers_is_trained_on_from(library: str) -> None:
    argument = ADAPTERS[library].continued_from
    first, again = (bw.WeightedClassifier(make_estimator(library)).fit(X, Y) for _ in range(2))
    ours = bw.WeightedClassifier(make_estimator(library)).fit(X, Y, **{argument: first})
    weight = first.class_weights_.sample_weight(Y, np.float32)
    before = again.estimator_  # CatBoost goes on otherwise from a model that it went on from once
    theirs = make_estimator(library).fit(X, Y, sample_weight=weight, **{argument: before})
    np.testing.assert_array_equal(ours.predict_proba(X), theirs.predict_proba(X))
    assert np.abs(ours.predict_proba(X) - again.predict_proba(X)).max() > 0.01


@pytest.mark.parametrize("library", CONTINUING)
def test_what_cannot_be_trained_on_from_is_refused(library: str) -> None:
    argument = ADAPTERS[library].continued_from
    clf = bw.WeightedClassifier(make_estimator(library))
    with pytest.raises(bw.errors.InvalidTypeError, match="must be a fitted model"):
        clf.fit(X, Y, **{argument: bw.WeightedClassifier(make_estimator(library))})
    first = bw.WeightedClassifier(make_estimator(library)).fit(X, Y)
    with pytest.raises(bw.errors.InvalidValueError, match="its own classes"):
        clf.fit(X, Y + 1, **{argument: first})
    with pytest.raises(bw.errors.InvalidValueError, match="baked correction"):
        clf.fit(X, Y, **{argument: bw.bake_correction(first)})


@pytest.mark.filterwarnings("ignore:Only training set found", "ignore:.*eval_set")
def test_lightgbm_does_not_stop_by_its_training_rows() -> None:
    """As LGBMClassifier itself, which knows them by identity."""
    settings = {"n_estimators": 50, "early_stopping_round": 3, "learning_rate": 0.5}
    bare = make_estimator("lightgbm", **settings)
    clf = bw.WeightedClassifier(make_estimator("lightgbm", **settings), weighting=None)
    for given in ([(X, Y)], [(X_VAL, Y_VAL), (X, Y)]):
        bare.fit(X, Y, eval_set=given)
        clf.fit(X, Y, eval_set=given)
        assert clf.estimator_.best_iteration_ == bare.best_iteration_
        assert set(clf.estimator_.evals_result_) == set(bare.evals_result_)


LIMITS = {
    "lightgbm": {"num_iteration": 3},
    "xgboost": {"iteration_range": (0, 3)},
    "catboost": {"ntree_end": 3},
}


@pytest.mark.parametrize("library", LIMITS)
def test_limits_on_iterations_reach_the_library(library: str) -> None:
    clf = bw.WeightedClassifier(make_estimator(library)).fit(X, Y + 1)
    fewer = clf.predict_proba(X, **LIMITS[library])
    np.testing.assert_array_equal(fewer, clf.estimator_.predict_proba(X, **LIMITS[library]))
    assert np.abs(fewer - clf.predict_proba(X)).max() > 0.01
    np.testing.assert_array_equal(clf.predict(X, **LIMITS[library]), fewer.argmax(axis=1) + 1)
    for corrected in (clf.set_params(correct_proba=True), bw.bake_correction(clf)):
        for predict in (corrected.predict, corrected.predict_proba):
            with pytest.raises(bw.errors.InvalidValueError, match="correction is of the whole model"):
                predict(X, **LIMITS[library])


@pytest.mark.parametrize("library", ADAPTERS)
def test_other_arguments_of_predict_point_inside(library: str) -> None:
    clf = bw.WeightedClassifier(make_estimator(library)).fit(np.nan_to_num(X), Y)
    with pytest.raises(bw.errors.InvalidTypeError, match="pred_contrib=True.*estimator_"):
        clf.predict_proba(X, pred_contrib=True)


@pytest.mark.parametrize("library", ["xgboost", "lightgbm"])
def test_evaluation_weights_by_the_librarys_own_name(library: str) -> None:
    name = ADAPTERS[library].evaluation_weight
    record = RECORDS[library]
    weight = np.random.default_rng(0).uniform(0.5, 2, len(Y_VAL))

    def losses(**given: Any) -> list[float]:
        clf = bw.WeightedClassifier(make_estimator(library, **record.evaluated))
        clf.fit(X, Y, eval_set=[(X_VAL, Y_VAL)], **given, **record.fit_quietly)
        assert record.losses is not None
        return list(record.losses(clf.estimator_))

    assert losses(**{name: [weight]}) == losses(sample_weight_val=weight) != losses()
    with pytest.raises(bw.errors.InvalidTypeError, match=f"given once.*{name}"):
        losses(**{name: [weight]}, sample_weight_val=weight)


def test_importances_and_coefficients_are_those_inside() -> None:
    X = np.nan_to_num(hard_data(2)[0])
    forest = bw.WeightedClassifier(RandomForestClassifier(10, random_state=0)).fit(X, Y)
    np.testing.assert_array_equal(forest.feature_importances_, forest.estimator_.feature_importances_)
    assert not hasattr(forest, "coef_")
    assert not hasattr(bw.WeightedClassifier(RandomForestClassifier()), "feature_importances_")
    linear = bw.WeightedClassifier(LogisticRegression()).fit(X, Y)
    np.testing.assert_array_equal(linear.coef_, linear.estimator_.coef_)
    assert not hasattr(linear, "feature_importances_")
    chosen = SelectFromModel(bw.WeightedClassifier(RandomForestClassifier(10, random_state=0))).fit(X, Y)
    assert 0 < chosen.get_support().sum() < X.shape[1]
    assert RFECV(bw.WeightedClassifier(LogisticRegression()), cv=2).fit(X, Y).n_features_ >= 1


@pytest.mark.parametrize("library", ADAPTERS)
def test_a_weight_that_its_product_loses_is_refused(library: str) -> None:
    """1e-30 times 1e-30 is 0 in float32: a class would vanish without a word."""
    dtype = np.dtype(ADAPTERS[library].dtype)
    far = 1e-30 if dtype == np.float32 else 1e-300
    for factor, given in ((1e-30, far), (1e30, 1 / far)):
        policy = bw.Explicit({0: 1.0, 1: factor})
        clf = bw.WeightedClassifier(make_estimator(library), weighting=policy)
        with pytest.raises(bw.errors.InvalidValueError, match=f"must fit in {dtype.name}"):
            clf.fit(X, Y, sample_weight=np.where(Y == 1, given, 1.0))
        assert not hasattr(clf, "estimator_")
