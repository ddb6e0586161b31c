"""Parameters, clones, pickles, pipelines, routing, reprs: scikit-learn's protocols."""

import pickle
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import scipy.sparse as sp
import sklearn
from libraries import ESTIMATORS, hard_data, make_estimator
from sklearn.base import clone
from sklearn.cluster import KMeans
from sklearn.linear_model import Ridge
from sklearn.model_selection import cross_validate
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

import boostweights as bw

X, Y = hard_data(2)
ALL = [(library, name) for library, names in ESTIMATORS.items() for name in names]
IDS = [name for _, name in ALL]


def lgb(**settings: Any) -> Any:
    return make_estimator("lightgbm", **settings)


# --- parameters ----------------------------------------------------------------------------------


def test_set_params_replaces_the_policy_and_leaves_the_old_one() -> None:
    policy = bw.Balanced(rationale="missed fraud costs more", owner="risk")
    clf = bw.WeightedClassifier(lgb(), weighting=policy)
    params = clf.get_params()
    assert (params["weighting__power"], params["estimator__n_estimators"]) == (1.0, 8)
    assert not any(name.startswith("weighting__") for name in clf.get_params(deep=False))
    clf.set_params(weighting__power=0.5, weighting__cap=10)
    assert clf.weighting == bw.Balanced(power=0.5, cap=10)
    assert (clf.weighting.rationale, clf.weighting.owner) == ("missed fraud costs more", "risk")
    assert policy == bw.Balanced()
    clf.set_params(weighting__power=0.2, weighting="balanced", estimator__n_estimators=3)  # plain ones first
    assert (clf.weighting, clf.estimator.n_estimators) == (bw.Balanced(power=0.2), 3)


def test_an_unknown_parameter_is_an_error() -> None:
    for name, words in (("weighting__beta", r"field of Balanced\(\)"), ("wieghting", "Invalid parameter")):
        with pytest.raises(ValueError, match=words):
            bw.WeightedClassifier(lgb()).set_params(**{name: 1})


@pytest.mark.parametrize(("library", "name"), ALL, ids=IDS)
def test_clone_and_pickle_keep_everything(library: str, name: str) -> None:
    clf = bw.WeightedClassifier(make_estimator(library, name), weighting=bw.Balanced(power=0.5))
    copied = clone(clf)
    assert copied.weighting == clf.weighting
    assert copied.estimator is not clf.estimator
    assert type(copied.estimator) is type(clf.estimator)
    assert not hasattr(copied, "estimator_")
    X_full = np.nan_to_num(X)
    clf.fit(X_full, Y)
    thawed = pickle.loads(pickle.dumps(clf))
    np.testing.assert_array_equal(thawed.predict_proba(X_full), clf.predict_proba(X_full))
    assert thawed.class_weights_ == clf.class_weights_
    assert thawed.native_ == clf.native_
    assert not hasattr(clone(clf), "native_")


def test_catboost_with_a_list_of_categoricals_can_be_cloned_and_cross_validated() -> None:
    """scikit-learn's own clone refuses a CatBoostClassifier with list parameters."""
    frame = pd.DataFrame({"number": X[:, 0], "colour": np.where(X[:, 2] > 1, "red", "blue")})
    clf = bw.WeightedClassifier(make_estimator("catboost", cat_features=["colour"]))
    result = cross_validate(clf, frame, Y, cv=2, error_score="raise", return_estimator=True)
    assert [each.estimator_.get_cat_feature_indices() for each in result["estimator"]] == [[1], [1]]


# --- features pass through -----------------------------------------------------------------------

CONTAINERS = {
    "xgboost": ["numpy", "csr", "pandas", "polars", "arrow"],
    "lightgbm": ["numpy", "csr", "pandas", "polars", "arrow"],
    "catboost": ["numpy", "csr", "pandas", "polars"],
    "sklearn": ["numpy", "pandas", "polars", "arrow"],
}
NAMES = [f"f{column}" for column in range(X.shape[1])]
MAKE = {
    "numpy": lambda: X.copy(),
    "csr": lambda: sp.csr_matrix(np.nan_to_num(X)),
    "pandas": lambda: pd.DataFrame(X, columns=NAMES),
    "polars": lambda: pl.DataFrame(X, schema=NAMES),
    "arrow": lambda: pa.table({name: X[:, column] for column, name in enumerate(NAMES)}),
}


@pytest.mark.parametrize(
    ("library", "container"),
    [pytest.param(lib, each, id=f"{lib}-{each}") for lib, kinds in CONTAINERS.items() for each in kinds],
)
def test_features_pass_through_untouched(
    library: str, container: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    features = MAKE[container]()
    estimator = make_estimator(library)
    seen: list[Any] = []
    fit = type(estimator).fit

    def watched(self: Any, X: Any, *args: Any, **kwargs: Any) -> Any:
        seen.append(X)
        return fit(self, X, *args, **kwargs)

    watched.__signature__ = __import__("inspect").signature(fit)
    monkeypatch.setattr(type(estimator), "fit", watched)
    clf = bw.WeightedClassifier(estimator, weighting={0: 1.0, 1: 8.77}).fit(features, Y)
    assert seen[0] is features
    monkeypatch.undo()
    weight = np.where(Y == 1, 8.77, 1.0).astype(clf.native_.dtype)
    theirs = make_estimator(library).fit(features, Y, sample_weight=weight)
    np.testing.assert_array_equal(clf.predict_proba(features), theirs.predict_proba(features))


@pytest.mark.parametrize("library", ["xgboost", "lightgbm", "sklearn"])
def test_categoricals_and_missing_values_pass_through(library: str) -> None:
    frame = pd.DataFrame(X, columns=NAMES)
    frame["colour"] = pd.Categorical(np.where(X[:, 2] > 1, "red", "blue"))
    settings = {"xgboost": {"enable_categorical": True}, "sklearn": {"categorical_features": "from_dtype"}}
    clf = bw.WeightedClassifier(
        make_estimator(library, **settings.get(library, {})), weighting={0: 1.0, 1: 9.0}
    )
    weight = np.where(Y == 1, 9.0, 1.0)
    theirs = make_estimator(library, **settings.get(library, {})).fit(frame, Y, sample_weight=weight)
    np.testing.assert_array_equal(clf.fit(frame, Y).predict_proba(frame), theirs.predict_proba(frame))
    assert clf.feature_names_in_.tolist() == frame.columns.tolist()


def test_nothing_of_the_callers_is_modified() -> None:
    frame, y, weight = pd.DataFrame(X, columns=NAMES), pd.Series(Y), np.random.default_rng(0).random(len(Y))
    estimator, policy = lgb(), {0: 1.0, 1: 9.0}
    before = frame.copy(), y.copy(), weight.copy(), estimator.get_params(), dict(policy)
    weight.setflags(write=False)
    bw.WeightedClassifier(estimator, weighting=policy).fit(
        frame, y, sample_weight=weight, X_val=frame, y_val=y, sample_weight_val=weight
    )
    pd.testing.assert_frame_equal(frame, before[0])
    pd.testing.assert_series_equal(y, before[1])
    np.testing.assert_array_equal(weight, before[2])
    assert estimator.get_params() == before[3]
    assert policy == before[4]
    assert not hasattr(estimator, "booster_") or not estimator.__sklearn_is_fitted__()


# --- the caller's row weights --------------------------------------------------------------------


@pytest.mark.parametrize("library", ESTIMATORS)
def test_row_weights_count_and_multiply(library: str) -> None:
    given = np.random.default_rng(0).uniform(0.5, 2, len(Y))
    clf = bw.WeightedClassifier(make_estimator(library)).fit(X, Y, sample_weight=given)
    sums = {k: given[k == Y].sum() for k in (0, 1)}
    assert clf.class_weights_.class_weight == pytest.approx({k: given.sum() / (2 * sums[k]) for k in (0, 1)})
    dtype = clf.native_.dtype
    own = np.array([clf.class_weights_.class_weight[k] for k in Y]).astype(dtype)
    theirs = make_estimator(library).fit(X, Y, sample_weight=own * given.astype(dtype))
    np.testing.assert_array_equal(clf.predict_proba(X), theirs.predict_proba(X))


# --- weights never multiply by accident ----------------------------------------------------------

DOUBLED: list[tuple[str, dict[str, Any]]] = [
    ("xgboost", {"scale_pos_weight": 9.0}),
    *(("lightgbm", {name: True}) for name in ("is_unbalance", "unbalance")),
    ("catboost", {"class_weights": [1, 9]}),
    ("catboost", {"auto_class_weights": "Balanced"}),
    *((library, {"class_weight": {0: 1, 1: 9}}) for library in ("lightgbm", "sklearn")),
]


@pytest.mark.parametrize("weighting", ["balanced", None])
@pytest.mark.parametrize(("library", "setting"), DOUBLED)
def test_an_estimator_that_weighs_already_is_an_error(library: str, setting: dict, weighting: Any) -> None:
    clf = bw.WeightedClassifier(make_estimator(library, **setting), weighting=weighting)
    with pytest.raises(bw.errors.InvalidValueError) as raised:
        clf.fit(X, Y)
    assert next(iter(setting)) in str(raised.value)
    assert repr(bw.as_policy(weighting)) in str(raised.value)


@pytest.mark.parametrize("setting", [{"class_weight": "balanced_subsample"}, {"class_weight": "balanced"}])
def test_an_estimator_inside_that_weighs_already_is_an_error(setting: dict) -> None:
    from sklearn.ensemble import BaggingClassifier

    inner = make_estimator("sklearn", "RandomForestClassifier", **setting)
    with pytest.raises(bw.errors.InvalidValueError, match="estimator__class_weight"):
        bw.WeightedClassifier(BaggingClassifier(inner)).fit(np.nan_to_num(X), Y)


# --- composition ---------------------------------------------------------------------------------


def test_without_predict_proba() -> None:
    from sklearn.linear_model import RidgeClassifier

    X_full = np.nan_to_num(X)
    clf = bw.WeightedClassifier(RidgeClassifier(), weighting={"a": 1.0, "b": 9.0})
    labels = np.array(["a", "b"])[Y]
    theirs = RidgeClassifier().fit(X_full, labels, sample_weight=np.where(Y == 1, 9.0, 1.0))
    assert not hasattr(clf.fit(X_full, labels), "predict_proba")
    np.testing.assert_array_equal(clf.predict(X_full), theirs.predict(X_full))
    np.testing.assert_array_equal(clf.decision_function(X_full), theirs.decision_function(X_full))
    corrected = bw.WeightedClassifier(make_estimator("sklearn"), correct_proba=True)
    assert not hasattr(corrected.fit(X, Y), "decision_function")


@pytest.mark.parametrize("enabled", [False, True])
def test_cross_validate_slices_sample_weight(enabled: bool) -> None:
    weight = np.random.default_rng(0).uniform(0.5, 2, len(Y))
    with sklearn.config_context(enable_metadata_routing=enabled):
        clf = bw.WeightedClassifier(lgb())
        if enabled:
            clf.set_fit_request(sample_weight=True).set_score_request(sample_weight=False)
        kept = {"return_estimator": True, "return_indices": True, "error_score": "raise"}
        result = cross_validate(clf, X, Y, cv=3, params={"sample_weight": weight}, **kept)
    for each, rows in zip(result["estimator"], result["indices"]["train"], strict=True):
        sums = {k: weight[rows][Y[rows] == k].sum() for k in (0, 1)}
        assert dict(each.class_weights_.counts) == pytest.approx(sums)


def test_an_evaluation_set_is_transformed_inside_a_pipeline() -> None:
    """Pipeline(transform_input=["X_val"]) reaches it, as with HistGradientBoosting."""
    X_val, y_val = hard_data(2, seed=1)
    with sklearn.config_context(enable_metadata_routing=True):
        clf = bw.WeightedClassifier(lgb(metric="binary_logloss")).set_fit_request(X_val=True, y_val=True)
        pipe = Pipeline([("scale", StandardScaler()), ("clf", clf)], transform_input=["X_val"])
        pipe.fit(X, Y, X_val=X_val, y_val=y_val)
    scaler = StandardScaler().fit(X)
    by_hand = bw.WeightedClassifier(lgb(metric="binary_logloss"))
    by_hand.fit(scaler.transform(X), Y, X_val=scaler.transform(X_val), y_val=y_val)
    assert pipe["clf"].estimator_.evals_result_ == by_hand.estimator_.evals_result_


def test_other_metadata_are_routed_to_the_estimator() -> None:
    with sklearn.config_context(enable_metadata_routing=True):
        routed = bw.WeightedClassifier(lgb().set_fit_request(feature_name=True)).fit(X, Y, feature_name=NAMES)
    for clf in (routed, bw.WeightedClassifier(lgb()).fit(X, Y, feature_name=NAMES)):
        assert clf.estimator_.booster_.feature_name() == NAMES


# --- forms ---------------------------------------------------------------------------------------


def test_the_forms_params_and_pins_are_set() -> None:
    clf = bw.WeightedClassifier(
        make_estimator("xgboost", enable_categorical=False),  # the default is True since 3.4
        bw.Balanced(scale="majority"),
        form="scale_pos_weight",
    )
    clf.fit(X, Y)
    ratio = np.float32((Y == 0).sum() / (Y == 1).sum())
    assert clf.estimator_.get_params()["scale_pos_weight"] == ratio
    assert clf.estimator_.get_params()["tree_method"] == "exact"
    assert clf.estimator.get_params()["tree_method"] is None


def test_automatic_forms_are_refused_where_the_policy_counts_weighted_rows() -> None:
    given = np.where(Y == 1, 3.0, 1.0)
    clf = bw.WeightedClassifier(lgb(), bw.Balanced(scale="majority"), form="is_unbalance")
    clf.fit(X, Y)
    with pytest.raises(bw.errors.InvalidValueError, match="is_unbalance"):
        clf.fit(X, Y, sample_weight=given)
    clf.set_params(count_rows=True).fit(X, Y, sample_weight=given)


# --- what it says of itself ----------------------------------------------------------------------


@pytest.fixture
def hostile() -> bw.WeightedClassifier:
    policy = bw.Balanced(rationale="<script>alert(1)</script>", owner="A & B")
    labels = np.array(["<b>bad</b>", "good"])[Y]
    return bw.WeightedClassifier(lgb(), weighting=policy).fit(X, labels)


def test_summary_shows_policy_counts_weights_form_and_guarantee(hostile: bw.WeightedClassifier) -> None:
    text = repr(hostile.summary())
    counts = hostile.class_weights_.counts
    parts = ("Balanced(", "alert(1)", "A & B", "sample_weight (lightgbm)", "identical", str(counts["good"]))
    assert all(part in text for part in parts)
    frame = hostile.summary().to_frame()
    assert frame["weight"].tolist() == list(hostile.class_weights_.values)
    assert frame["weighted share"].tolist() == pytest.approx([0.5, 0.5])
    assert hostile.summary().to_frame("polars").shape == (2, 5)


def test_html_shows_it_too_and_escapes_names(hostile: bw.WeightedClassifier) -> None:
    for html in (hostile._repr_html_(), hostile._repr_mimebundle_()["text/html"]):
        assert "&lt;script&gt;alert(1)" in html
        assert "<script>alert(1)" not in html
        assert "&lt;b&gt;bad&lt;/b&gt;" in html
        assert "sample_weight (lightgbm)" in html
    assert "boostweights-summary" not in clone(hostile)._repr_html_()


# --- bad input -----------------------------------------------------------------------------------

BAD: list[tuple[Any, ...]] = [
    ({"estimator": KNeighborsClassifier()}, {}, TypeError, "KNeighborsClassifier"),
    ({"estimator": GaussianNB}, {}, TypeError, "unfitted classifier"),
    ({"estimator": Ridge()}, {}, TypeError, "got Ridge, a regressor"),
    ({"estimator": KMeans(2)}, {}, TypeError, "got KMeans, a"),
    ({}, {"y": (label for label in Y)}, TypeError, "column of labels"),
    ({"estimator": make_pipeline(GaussianNB())}, {}, TypeError, "inside the Pipeline"),
    ({"weighting": "balenced"}, {}, ValueError, "Did you mean 'balanced'"),
    ({"weighting": bw.Balanced}, {}, TypeError, r"Call it: Balanced\(…\)"),
    ({"form": "class_weights"}, {}, ValueError, "Did you mean 'class_weight'"),
    ({}, {"y": Y[:-1]}, ValueError, "399 rows of y"),
    ({}, {"y": None}, ValueError, "target y is None"),
    ({}, {"y": np.zeros(len(Y))}, ValueError, "one class"),
    ({}, {"y": np.column_stack([Y, Y])}, ValueError, "MultiOutputClassifier"),
    ({}, {"sample_weight": np.ones(3)}, ValueError, r"\(400,\)"),
]


@pytest.mark.parametrize(("settings", "data", "error", "message"), BAD)
def test_bad_input_raises_before_any_training(
    settings: dict[str, Any], data: dict[str, Any], error: type[Exception], message: str
) -> None:
    clf = bw.WeightedClassifier(**{"estimator": lgb(), **settings})
    with pytest.raises(error, match=message) as raised:
        clf.fit(**{"X": X, "y": Y, **data})
    assert isinstance(raised.value, bw.BoostweightsError)
    assert not hasattr(clf, "estimator_")
