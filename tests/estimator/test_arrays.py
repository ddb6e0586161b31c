"""Labels on a device train the model that numpy's train, and are copied to the host where that is asked."""

from typing import Any

import numpy as np
import pytest
from arrays import Library, each, leaving
from lightgbm import LGBMClassifier
from xgboost import XGBClassifier

import boostweights as bw
from boostweights.weighting.labels.arrays import place

rng = np.random.default_rng(0)
X = rng.normal(size=(300, 3))
Y = np.where(X[:, 0] + rng.normal(size=300) > 1, 7, -2)
SAMPLE_WEIGHT = rng.random(300).astype(np.float32)
IN_MEMORY = ("array-api-strict", "torch", "jax")  # which xgboost itself reads through __array__


def xgboost(**settings: Any) -> XGBClassifier:
    return XGBClassifier(n_estimators=4, n_jobs=1, tree_method="exact", verbosity=0, **settings)


def lightgbm() -> LGBMClassifier:
    return LGBMClassifier(n_estimators=4, n_jobs=1, verbose=-1)


def proba(clf: Any, to: Any, evaluated: bool = False) -> Any:
    given = {"eval_set": [(X, to(Y))], "sample_weight_val": to(SAMPLE_WEIGHT), "verbose": False}
    fitted = clf.fit(X, to(Y), sample_weight=to(SAMPLE_WEIGHT), **(given if evaluated else {}))
    assert fitted.classes_.tolist() == [-2, 7]
    return fitted.predict_proba(X)


@each(*IN_MEMORY)
@pytest.mark.parametrize("form", ["sample_weight", "scale_pos_weight"])
def test_xgboost_takes_them_as_they_are(form: str, library: Library) -> None:
    clf = bw.WeightedClassifier(xgboost(), form=form, eval_weighting="same")
    with leaving() as sizes:
        clf.fit(X, library.make(Y), sample_weight=library.make(SAMPLE_WEIGHT))
    own = [size for size in sizes if size < len(Y)]  # xgboost itself reads whole columns, on the CPU
    assert max(own) == 2  # a number for each label
    assert sum(own) < 100
    there = proba(clf, library.make, evaluated=True)
    np.testing.assert_array_equal(there, proba(clf, np.asarray, evaluated=True))


@each(*IN_MEMORY)
def test_left_open_evaluation_rows_of_arrays_are_not_shifted(library: Library) -> None:
    losses = []
    for weighting, to in (("auto", library.make), ("none", np.asarray), ("auto", np.asarray)):
        clf = bw.WeightedClassifier(xgboost(), correct_proba=True, eval_weighting=weighting)
        proba(clf, to, evaluated=True)
        losses.append(clf.estimator_.evals_result())
    assert losses[0] == losses[1] != losses[2]


@each()
@pytest.mark.parametrize("make", [xgboost, lightgbm])
def test_to_host_copies_them_for_any_library(make: Any, library: Library) -> None:
    clf = bw.WeightedClassifier(make(), to_host=True)
    np.testing.assert_array_equal(proba(clf, library.make), proba(clf, np.asarray))


@each()
def test_other_libraries_refuse_them_before_training(library: Library) -> None:
    from sklearn.ensemble import HistGradientBoostingClassifier

    for estimator in (lightgbm(), HistGradientBoostingClassifier()):
        for y, weight in ((library.make(Y), None), (Y, library.make(SAMPLE_WEIGHT))):
            with pytest.raises(bw.errors.InvalidTypeError, match=r"on the host.*to_host=True"):
                bw.WeightedClassifier(estimator).fit(X, y, sample_weight=weight)
    with pytest.raises(bw.errors.InvalidTypeError, match="lightgbm needs .* on the host"):
        bw.WeightedClassifier(lightgbm()).fit(X, Y, X_val=X, y_val=library.make(Y))


@pytest.mark.parametrize(
    "settings",
    [
        {"validation_fraction": 0.1},
        {"n_rounds": "cv"},
        {"correct_proba": "fitted"},
        {"eval_weighting": "shifted"},
        {"weighting": bw.RowCosts(pos_label=7)},
    ],
    ids=repr,
)
@each("array-api-strict elsewhere")
def test_settings_that_draw_rows_ask_for_the_host(settings: dict[str, Any], library: Library) -> None:
    clf = bw.WeightedClassifier(xgboost(), **settings)
    costs = {"row_costs": np.ones((300, 2))} if "weighting" in settings else {}
    name = "RowCosts" if costs else next(iter(settings))
    with pytest.raises(bw.errors.InvalidTypeError, match=f"{name}.* on the host.*to_host=True"):
        clf.fit(X, library.make(Y), **costs)
    clf.set_params(to_host=True).fit(X, library.make(Y), **costs)


@each()
def test_fit_kwargs_are_of_the_labels_own_device(library: Library) -> None:
    y, weight = library.make(Y), library.make(SAMPLE_WEIGHT)
    weights = bw.Balanced().resolve(y)
    wanted = bw.to_native(weights, "xgboost").fit_kwargs(Y, SAMPLE_WEIGHT)["sample_weight"]
    there = bw.to_native(weights, "xgboost").fit_kwargs(y, weight)["sample_weight"]
    assert place(there) == place(y)
    for native in (bw.to_native(weights, "lightgbm"), bw.to_native(weights, "catboost")):
        with pytest.raises(bw.errors.InvalidTypeError, match="on the host.*to_host=True"):
            native.fit_kwargs(y, weight)
        here = native.fit_kwargs(y, weight, to_host=True)["sample_weight"]
        assert here.dtype == np.float32
        np.testing.assert_array_equal(here, wanted)
    even = bw.to_native(bw.Unweighted().resolve(y), "xgboost")
    assert place(even.fit_kwargs(y, weight)["sample_weight"]) == place(y)
    assert even.fit_kwargs(y) == {}


def test_evaluation_labels_stay_the_training_labels_where_they_are_one_column() -> None:
    from array_api_strict import asarray

    y = asarray(Y)
    clf = bw.WeightedClassifier(lightgbm(), to_host=True).fit(X, y, eval_set=[(X, y)])
    assert list(clf.estimator_.evals_result_) == ["training"]  # lightgbm's name for the training rows
