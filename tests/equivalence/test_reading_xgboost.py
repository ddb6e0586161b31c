"""Class weighting read back from settings, fitted models and files; what cannot be known is said."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from equivalence.trials_xgboost import data, make, xgb

import boostweights as bw
from boostweights.adapters.readback import Reading
from boostweights.adapters.xgboost.settings import policy_of, read

NINE = {"scale_pos_weight": 9.0}


def fitted(**settings: Any) -> Any:
    X, y = data("hard")
    return make(settings).fit(X, y)


def test_settings() -> None:
    assert read(NINE | {"eta": 0.1}).settings == NINE
    assert read(make(NINE)).settings == NINE
    assert read({"scale_pos_weight": "9.0"}).settings == NINE
    for unweighted in ({}, {"scale_pos_weight": 1}, {"scale_pos_weight": None}):
        assert read(unweighted) == Reading()
    assert read(make({})) == Reading()


def test_an_ignored_weight_is_no_weighting() -> None:
    reading = read(NINE | {"objective": "multi:softprob"})
    assert reading.settings == {}
    assert "ignores scale_pos_weight=9.0" in reading.note
    model = xgb.XGBClassifier(n_estimators=2, n_jobs=1, verbosity=0, **NINE)
    X = data("hard")[0]
    reading = read(model.fit(X, np.arange(len(X)) % 3))
    assert reading.settings == {}
    assert "multi:softprob" in reading.note


@pytest.mark.parametrize("weight", [9.0, 8.77, 1e6, 1 / 3, 1e-6])
@pytest.mark.parametrize("booster", ["gbtree", "dart", "gblinear"])
def test_fitted_models_and_files(booster: str, weight: float, tmp_path: Path) -> None:
    model = fitted(booster=booster, scale_pos_weight=weight)
    files = [tmp_path / "model.ubj", tmp_path / "model.json"]
    for file in files:
        model.save_model(file)
    loaded = xgb.XGBClassifier()
    loaded.load_model(files[0])
    for source in (model, model.get_booster(), loaded, files[0], str(files[1])):
        reading = read(source)
        assert reading.unknown == ""
        assert reading.classes == (0, 1)
        assert reading.settings["scale_pos_weight"] == pytest.approx(weight, rel=3e-7)
        assert "float32" in reading.note


def test_row_weights_leave_no_trace() -> None:
    X, y = data("hard")
    reading = read(make({}).fit(X, y, sample_weight=1.0 + y))
    assert (reading.settings, reading.unknown) == ({}, "")
    assert "row weights leave no trace" in reading.note


def custom(labels: np.ndarray, scores: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    proba = 1 / (1 + np.exp(-scores))
    return proba - labels, proba * (1 - proba)


def train_custom() -> Any:
    X, y = data("hard")
    train = xgb.DMatrix(X, y)
    return xgb.train(NINE, train, 2, obj=lambda scores, data: custom(data.get_label(), scores))


def continued() -> Any:
    X, y = data("hard")
    before = fitted(n_estimators=3)
    return make({"n_estimators": 4, **NINE}).fit(X, y, xgb_model=before.get_booster())


UPDATE = {"tree_method": "exact", "process_type": "update", "updater": "refresh", "verbosity": 0}


def updated() -> Any:
    X, y = data("hard")
    return make({**NINE, **UPDATE}).fit(X, y, xgb_model=fitted().get_booster())


UNKNOWN: dict[str, tuple[Any, str]] = {
    "custom, configured": (lambda: NINE | {"objective": custom}, "custom objective"),
    "custom, an estimator": (lambda: make(NINE | {"objective": custom}), "custom objective"),
    "custom, fitted": (lambda: fitted(objective=custom), "custom objective"),
    "custom, a Booster": (train_custom, "custom objective"),
    "continued": (continued, "7 rounds where n_estimators=4"),
    "updated": (updated, "the trees of another model"),
    "to be updated": (lambda: NINE | UPDATE, "the trees of another model"),
}


@pytest.mark.parametrize("case", UNKNOWN)
def test_what_cannot_be_known(case: str) -> None:
    source, said = UNKNOWN[case]
    reading = read(source())
    assert said in reading.unknown
    assert reading.settings == {}
    with pytest.raises(bw.errors.InvalidValueError, match=said):
        policy_of(reading, (0, 1))


def test_a_source_of_another_kind(tmp_path: Path) -> None:
    for wrong in (9.0, None, ["scale_pos_weight"], np.ones(2)):
        with pytest.raises(bw.errors.InvalidTypeError, match="a model file"):
            read(wrong)
    broken = tmp_path / "model.json"
    with pytest.raises(bw.errors.InvalidValueError, match="model.json"):
        read(broken)
    broken.write_text("{}")
    with pytest.raises(bw.errors.InvalidValueError, match="model.json"):
        read(broken)


def test_policies() -> None:
    assert policy_of(read({}), (0, 1)) == bw.Unweighted()
    assert policy_of(read(NINE), ("bad", "good")) == bw.Explicit({"bad": 1.0, "good": 9.0})
    assert policy_of(read(fitted(**NINE))) == bw.Explicit({0: 1.0, 1: 9.0})
    for classes in (None, (0, 1, 2), (0,)):
        with pytest.raises(bw.errors.InvalidValueError, match="two classes"):
            policy_of(read(NINE), classes)
    with pytest.raises(bw.errors.InvalidValueError, match="positive"):
        policy_of(read({"scale_pos_weight": 0.0}), (0, 1))


def test_round_trip() -> None:
    """What was expressed is read back, and expressed again as it was."""
    X, y = data("hard")
    native = bw.to_native({0: 1.0, 1: 8.77}, "xgboost", y, form="scale_pos_weight")
    model = make({**native.pins, **native.params}).fit(X, y)
    again = bw.to_native(policy_of(read(model)), "xgboost", y, form="scale_pos_weight")
    assert np.float32(again.params["scale_pos_weight"]) == np.float32(native.params["scale_pos_weight"])
    np.testing.assert_array_equal(
        make({**again.pins, **again.params}).fit(X, y).predict_proba(X), model.predict_proba(X)
    )
