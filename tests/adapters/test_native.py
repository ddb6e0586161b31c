"""What goes to fit and to the constructor, by hand."""

import numpy as np
import pytest
from libraries import ADAPTERS, ESTIMATORS, hard_data, make_estimator
from sklearn.base import clone

import boostweights as bw

Y = ["good"] * 90 + ["bad"] * 10
WEIGHTS = bw.Balanced().resolve(Y)  # bad: 5, good: 5/9
SEVERAL = [(library, name) for library, names in ESTIMATORS.items() for name in names]


@pytest.mark.parametrize("library", ADAPTERS)
def test_unweighted_passes_nothing_but_what_the_caller_gave(library: str) -> None:
    native = bw.to_native(bw.Unweighted(), library, y=Y)
    assert native.fit_kwargs(Y) == {}
    np.testing.assert_array_equal(native.fit_kwargs(Y, np.full(100, 2.0))["sample_weight"], np.full(100, 2.0))


PARAMS = {
    ("xgboost", "scale_pos_weight"): {"scale_pos_weight": 9.0},
    ("lightgbm", "scale_pos_weight"): {"scale_pos_weight": 9.0},
    ("lightgbm", "is_unbalance"): {"is_unbalance": True},
    ("lightgbm", "class_weight"): {"class_weight": {"neg": 1.0, "pos": 9.0}},
    ("catboost", "scale_pos_weight"): {"scale_pos_weight": 9.0},
    ("catboost", "class_weights"): {"class_weights": (1.0, 9.0)},
    ("catboost", "auto_class_weights"): {"auto_class_weights": "Balanced"},
}


BY_NAME = [
    (library, form)
    for library, adapter in ADAPTERS.items()
    for form in adapter.forms
    if form != "sample_weight" and (library, form) != ("sklearn", "class_weight")  # needs the estimator
]


@pytest.mark.parametrize(("library", "form"), BY_NAME)
def test_params_of_each_form(library: str, form: str) -> None:
    y = ["neg"] * 90 + ["pos"] * 10
    native = bw.to_native(bw.Balanced(scale="majority"), library, y, form=form)
    assert native.params == PARAMS.get((library, form), native.params)
    assert native.fit_kwargs(y) == {}
    back = bw.from_native(library, native.params, classes=("neg", "pos")).resolve(y)
    assert back.class_weight == pytest.approx({"neg": 1.0, "pos": 9.0})


@pytest.mark.parametrize(
    ("name", "keys"),
    [("HistGradientBoostingClassifier", [0, 1]), ("RandomForestClassifier", ["bad", "good"])],
)
def test_sklearn_class_weight_has_the_keys_that_the_estimator_looks_up(name: str, keys: list[object]) -> None:
    native = bw.to_native(WEIGHTS, make_estimator("sklearn", name), form="class_weight")
    assert native.params == {"class_weight": dict(zip(keys, [5.0, 5 / 9], strict=True))}


@pytest.mark.parametrize("library", ["xgboost", "lightgbm", "catboost"])
def test_a_scale_goes_along_as_a_constant_row_weight(library: str) -> None:
    native = bw.to_native(WEIGHTS, library, form="scale_pos_weight")
    (weight,) = native.fit_kwargs(Y).values()
    assert set(weight.tolist()) == {5.0}  # "bad" is first in sorted order
    assert native.params["scale_pos_weight"] == pytest.approx(1 / 9)


@pytest.mark.parametrize(("library", "name"), SEVERAL)
def test_params_and_pins_survive_clone(library: str, name: str) -> None:
    y = [0] * 90 + [1] * 10
    for form in ADAPTERS[library].forms:
        estimator = make_estimator(library, name)
        try:
            native = bw.to_native(bw.Balanced(scale="majority"), estimator, y, form=form)
        except bw.errors.InvalidValueError:
            continue
        estimator.set_params(**native.pins, **native.params)
        assert native.params.items() <= clone(estimator).get_params().items()


def test_notes_and_roundings_are_said_in_the_reason() -> None:
    nearly = {0: 1.0, 1: 1.0 + 1e-12}
    native = bw.to_native(nearly, "lightgbm", y=[0, 1])
    assert "round to the same float32" in native.reason
    assert "round" not in bw.to_native(nearly, "sklearn", y=[0, 1]).reason
    matrix = [[0, 1, 2], [3, 0, 5], [9, 1, 0]]
    assert "approximates" in bw.to_native(bw.Costs(matrix=matrix), "xgboost", y=[0, 1, 2]).reason


def test_forms_is_the_adapters_table() -> None:
    table = bw.forms()
    assert len(table) == sum(len(adapter.forms) for adapter in ADAPTERS.values())
    frame = table.to_frame()
    assert list(frame.columns) == ["library", "form", "parameter", "tasks", "guarantee", "reason"]
    assert "scale_pos_weight" in repr(bw.forms("xgboost"))
    assert "is_unbalance" not in repr(bw.forms("xgboost"))
    with pytest.raises(bw.errors.InvalidValueError, match="Did you mean 'catboost'"):
        bw.forms("catbost")


@pytest.mark.parametrize("library", ["xgboost", "lightgbm", "catboost"])
def test_claims_hold_in_the_librarys_own_train(library: str) -> None:
    """Params and pins are parameters of ``train`` as well."""
    X, y = hard_data(2)
    native = bw.to_native(bw.Balanced(scale="majority"), library, y, form="scale_pos_weight")
    reference = bw.to_native(bw.Balanced(scale="majority"), library, y=y)
    weight = reference.fit_kwargs(y)["sample_weight"]
    train = {"xgboost": _xgb_train, "lightgbm": _lgb_train, "catboost": _cat_train}[library]
    ours = train({**native.pins, **native.params}, X, y, None)
    theirs = train(native.pins, X, y, weight)
    np.testing.assert_array_equal(ours, theirs)


def _xgb_train(params: dict, X: np.ndarray, y: np.ndarray, weight: np.ndarray | None) -> np.ndarray:
    xgb = pytest.importorskip("xgboost")
    data = xgb.DMatrix(X, y, weight=weight)
    return xgb.train({"objective": "binary:logistic", "nthread": 1, **params}, data, 15).predict(data)


def _lgb_train(params: dict, X: np.ndarray, y: np.ndarray, weight: np.ndarray | None) -> np.ndarray:
    lgb = pytest.importorskip("lightgbm")
    quiet = {"objective": "binary", "num_threads": 1, "verbose": -1}
    return lgb.train({**quiet, **params}, lgb.Dataset(X, y, weight=weight), 15).predict(X)


def _cat_train(params: dict, X: np.ndarray, y: np.ndarray, weight: np.ndarray | None) -> np.ndarray:
    catboost = pytest.importorskip("catboost")
    quiet = {"loss_function": "Logloss", "iterations": 15, "thread_count": 1, "logging_level": "Silent"}
    pool = catboost.Pool(X, y, weight=weight)
    settings = {**quiet, "allow_writing_files": False, **params}
    return catboost.train(pool, settings).predict(X, prediction_type="Probability")
