"""Trainings on two workers, one of which lacks a class, beside the library on one machine: to the bit."""

from typing import Any

import numpy as np
import pytest
from daskrows import ENGINES, FEATURES, arrays, dask_estimator, dealt, frame, local_estimator, rows
from sklearn.base import clone
from sklearn.utils.class_weight import compute_sample_weight

import boostweights as bw
from boostweights.distributed.dask.classifier import DaskWeightedClassifier

pytestmark = [
    # DaskLGBM… warns of its own default.
    pytest.mark.filterwarnings("ignore:Parameter n_jobs will be ignored:UserWarning"),
    # Of two evaluation partitions and more training partitions some worker may get none: metrics only.
    pytest.mark.filterwarnings("ignore:Worker .* was not allocated eval_set data:UserWarning"),
]
NAMES = np.array(["no", "yes", "maybe?", "zz"])


def reference(library: str, X: Any, y: Any, own: Any = None, **settings: Any) -> Any:
    """The library itself, on one machine, with scikit-learn's weights."""
    weight = compute_sample_weight("balanced", y).astype(np.float32)
    if own is not None:
        weight = bw.Balanced().resolve(y, own).sample_weight(y) * own.astype(np.float32)
    return local_estimator(library, **settings).fit(X, y, sample_weight=weight)


@pytest.mark.parametrize("classes", [2, 3])
@pytest.mark.parametrize("library", ENGINES)
def test_the_model_is_the_one_of_one_machine(client: Any, library: str, classes: int) -> None:
    X, y = rows(classes)
    assert classes - 1 not in y[:600]
    dX, dy = arrays(X, y)
    clf = DaskWeightedClassifier(dask_estimator(library)).fit(dX, dy)
    expected = reference(library, X, y)
    assert clf.class_weights_ == bw.Balanced().resolve(y)
    assert clf.estimator_.predict_proba(X).tobytes() == expected.predict_proba(X).tobytes()
    assert type(clf.estimator_) is type(expected)

    proba, labels = clf.predict_proba(dX), clf.predict(dX)
    assert proba.chunks == (dX.chunks[0], (classes,))
    assert np.asarray(proba.compute()).tobytes() == expected.predict_proba(X).tobytes()
    assert proba.dtype == expected.predict_proba(X).dtype
    assert labels.compute().tolist() == expected.predict(X).tolist()
    logarithm = clf.predict_log_proba(dX)
    assert logarithm.dtype == logarithm.compute().dtype == proba.dtype


@pytest.mark.parametrize("library", ENGINES)
def test_frames_text_labels_row_weights_and_empty_partitions(client: Any, library: str) -> None:
    X, codes = rows(3)
    y = NAMES[codes]
    own = np.random.default_rng(1).integers(1, 5, len(y)) / 4
    own[codes == 1] = 0  # its weight is 1 then, and the model keeps it
    table = frame(X, y, own, parts=6)
    table = table[table["a"] > 0]  # unknown lengths
    empty = table.partitions[[0]]
    import dask.dataframe as dd

    table = dd.concat([empty[empty["a"] > 99], table], interleave_partitions=False)
    kept = table.compute()
    clf = DaskWeightedClassifier(dask_estimator(library))
    clf.fit(table[FEATURES], table["label"], sample_weight=table["weight"])
    expected = bw.WeightedClassifier(local_estimator(library)).fit(
        kept[FEATURES], kept["label"], sample_weight=kept["weight"]
    )
    assert clf.class_weights_ == expected.class_weights_
    assert list(clf.feature_names_in_) == FEATURES
    local = clf.to_local()
    assert local.predict_proba(kept[FEATURES]).tobytes() == expected.predict_proba(kept[FEATURES]).tobytes()
    assert local.predict(kept[FEATURES]).tolist() == expected.predict(kept[FEATURES]).tolist()
    assert clf.predict(table[FEATURES]).compute().tolist() == expected.predict(kept[FEATURES]).tolist()
    assert str(local.summary()).replace("Dask", "") == str(clf.summary()).replace("Dask", "")


def test_evaluation_rows_weigh_as_in_training_and_stop_early(client: Any) -> None:
    X, y = rows(2)
    X_val, y_val = rows(2, seed=1)
    settings = {"n_estimators": 60, "early_stopping_rounds": 3, "eval_metric": "logloss"}
    clf = DaskWeightedClassifier(dask_estimator("xgboost", **settings))
    (dX, dy), (dX_val, dy_val) = arrays(X, y), arrays(X_val, y_val, parts=3)
    clf.fit(dX, dy, X_val=dX_val, y_val=dy_val)
    expected = bw.WeightedClassifier(local_estimator("xgboost", **settings))
    expected.fit(X, y, X_val=X_val, y_val=y_val, verbose=False)
    assert clf.estimator_.best_iteration == expected.estimator_.best_iteration < 59
    history, other = clf.estimator_.evals_result(), expected.estimator_.evals_result()
    assert history["validation_0"]["logloss"] == pytest.approx(other["validation_0"]["logloss"], rel=1e-12)
    assert clf.predict_proba(X_val).tobytes() == expected.predict_proba(X_val).tobytes()

    unweighted = clone(clf).set_params(eval_weighting="none", weighting__power=0.5)
    unweighted.fit(dX, dy, X_val=dX_val, y_val=dy_val)
    assert unweighted.class_weights_ == bw.Balanced(power=0.5).resolve(y)
    theirs = bw.WeightedClassifier(
        local_estimator("xgboost", **settings), "sqrt_balanced", eval_weighting="none"
    )
    theirs.fit(X, y, X_val=X_val, y_val=y_val, verbose=False)
    assert unweighted.predict_proba(X_val).tobytes() == theirs.predict_proba(X_val).tobytes()


def test_several_evaluation_sets_some_weighted(client: Any) -> None:
    X, y = rows(2)
    own = np.random.default_rng(1).integers(1, 5, len(y)) / 4
    dX, dy, dw = arrays(X, y, own)
    clf = DaskWeightedClassifier(dask_estimator("xgboost"), weighting=None)
    clf.fit(dX, dy, eval_set=[(dX, dy), (dX, dy)], sample_weight_val=[None, dw])
    expected = local_estimator("xgboost")
    weights = [np.ones(len(y)), own]
    expected.fit(X, y, eval_set=[(X, y), (X, y)], sample_weight_eval_set=weights, verbose=False)
    for name, history in expected.evals_result().items():
        assert clf.estimator_.evals_result()[name]["logloss"] == pytest.approx(history["logloss"], rel=1e-12)


def test_lightgbm_evaluates(client: Any) -> None:
    X, y = rows(3)
    dX, dy = arrays(X, y)
    clf = DaskWeightedClassifier(dask_estimator("lightgbm")).fit(dX, dy, X_val=dX, y_val=dy)
    assert len(clf.estimator_.evals_result_["valid_0"]["multi_logloss"]) == 8


@pytest.mark.parametrize(
    ("library", "form", "settings"),
    [
        ("xgboost", "scale_pos_weight", {}),
        ("lightgbm", "scale_pos_weight", {"boost_from_average": False}),
        ("lightgbm", "is_unbalance", {"boost_from_average": False}),
        ("lightgbm", "class_weight", {}),
    ],
)
def test_native_forms_are_what_they_claim(
    client: Any, library: str, form: str, settings: dict[str, Any]
) -> None:
    X, y = rows(2)
    clf = DaskWeightedClassifier(dask_estimator(library, **settings), form=form).fit(*arrays(X, y))
    expected = reference(library, X, y, **settings)
    assert clf.native_.form == form
    delta = np.abs(clf.estimator_.predict_proba(X) - expected.predict_proba(X)).max()
    assert delta <= (0 if clf.native_.guarantee is bw.adapters.Guarantee.IDENTICAL else 1e-6)
    if (library, form) in {("xgboost", "scale_pos_weight"), ("lightgbm", "class_weight")}:
        assert clf.native_.guarantee is bw.adapters.Guarantee.IDENTICAL


def test_a_form_is_refused_where_cut_points_may_differ(client: Any) -> None:
    X, y = rows(2)
    X[:, 0] += np.arange(len(X)) / 1e4
    with pytest.raises(bw.errors.InvalidValueError, match="scale_pos_weight"):
        DaskWeightedClassifier(dask_estimator("xgboost"), form="scale_pos_weight").fit(*arrays(X, y))
    table = frame(X, y).assign(text="x")
    with pytest.raises(bw.errors.InvalidValueError, match="features must be numbers to count"):
        DaskWeightedClassifier(dask_estimator("xgboost"), form="scale_pos_weight").fit(
            table[["text"]], table["label"]
        )


@pytest.mark.parametrize("placement", ["free", "pinned"])
def test_pinned_repeats_are_equal_and_free_ones_are_not(client: Any, placement: str) -> None:
    """More distinct values than bins, whose cut points depend on which worker holds which rows."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(3000, 3))
    y = (X[:, 0] + rng.normal(size=3000) > 1.5).astype(int)
    models = set()
    for deal in ([0, 0, 0, 0, 0, 0], [0, 1, 0, 1, 0, 1], [1, 1, 1, 0, 0, 0]):
        dX, dy = dealt(client, deal, X, y)
        clf = DaskWeightedClassifier(dask_estimator("xgboost", max_bin=16), placement=placement).fit(dX, dy)
        models.add(clf.predict_proba(X).tobytes())
    assert (len(models) == 1) is (placement == "pinned")


def test_honest_probabilities_and_baking(client: Any) -> None:
    X, y = rows(2)
    dX, dy = arrays(X, y)
    clf = DaskWeightedClassifier(dask_estimator("xgboost"), correct_proba=True).fit(dX, dy)
    expected = bw.WeightedClassifier(local_estimator("xgboost"), correct_proba=True).fit(X, y)
    assert np.asarray(clf.predict_proba(dX).compute()).tobytes() == expected.predict_proba(X).tobytes()
    assert clf.predict_proba(dX).dtype == np.float64
    assert clf.predict_log_proba(dX).compute().tobytes() == expected.predict_log_proba(X).tobytes()
    baked = bw.bake_correction(clf)
    assert baked.predict_proba(X) == pytest.approx(expected.predict_proba(X), abs=1e-6)


def test_a_clone_is_unfitted_and_keeps_the_client(client: Any) -> None:
    clf = DaskWeightedClassifier(
        dask_estimator("lightgbm", client=client), weighting=bw.Balanced(power=0.5), placement="pinned"
    )
    copied = clone(clf)
    assert copied.estimator is not clf.estimator
    assert copied.estimator.client is client
    assert copied.weighting == bw.Balanced(power=0.5)
    assert copied.get_params()["weighting__power"] == 0.5
    assert not hasattr(copied, "estimator_")
    with pytest.raises(Exception, match="not fitted"):
        copied.to_local()


@pytest.mark.parametrize("library", ENGINES)
def test_a_threshold_decides_as_on_one_machine(client: Any, library: str) -> None:
    X, codes = rows(2)
    y = NAMES[codes]
    dX, dy = arrays(X, y)
    costs = bw.Costs(fn=9, fp=1, pos_label="yes")
    for settings, value in (
        ({"threshold": 0.3, "pos_label": "yes"}, 0.3),
        ({"threshold": costs, "correct_proba": True}, 0.1),
    ):
        clf = DaskWeightedClassifier(dask_estimator(library), **settings).fit(dX, dy)
        assert clf.threshold_ == clf.to_local().threshold_ == value
        expected = np.where(clf.predict_proba(X)[:, 1] >= value, "yes", "no").tolist()
        assert clf.predict(dX).compute().tolist() == expected
        assert clf.predict(X).tolist() == clf.to_local().predict(X).tolist() == expected
        assert len(set(expected)) == 2
