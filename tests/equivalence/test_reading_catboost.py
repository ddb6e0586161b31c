"""CatBoost's weighting read from estimators, parameters, models and files, and back to a policy."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from equivalence.trials_catboost import catboost, data
from libraries import make_estimator

import boostweights as bw
from boostweights.adapters.catboost.settings import policy_of, read

X, Y = data("hard", "binary")
NAMES = np.array(["good", "bad"])[Y]
STORED = float(np.float32(0.1))


def fitted(y: Any = Y, sample_weight: Any = None, init_model: Any = None, **settings: Any) -> Any:
    return make_estimator("catboost", **settings).fit(
        X, y, sample_weight=sample_weight, init_model=init_model
    )


ROUND_TRIPS: dict[str, tuple[Any, dict[str, Any], Any]] = {
    "tuple": (Y, {"class_weights": (1.0, 0.1)}, bw.Explicit({0: 1.0, 1: STORED})),
    "dict in another order": (Y, {"class_weights": {1: 9.0, 0: 2.0}}, bw.Explicit({0: 2.0, 1: 9.0})),
    "dict of text": (
        NAMES,
        {"class_weights": {"good": 2.0, "bad": 9.0}},
        bw.Explicit({"bad": 9.0, "good": 2.0}),
    ),
    "scale_pos_weight": (Y, {"scale_pos_weight": 9.0}, bw.Explicit({0: 1.0, 1: 9.0})),
    "balanced": (Y, {"auto_class_weights": "Balanced"}, bw.Balanced(scale="majority")),
    "root": (Y, {"auto_class_weights": "SqrtBalanced"}, bw.Balanced(power=0.5, scale="majority")),
    "classes reversed": (
        Y,
        {"class_names": [1, 0], "class_weights": (9.0, 2.0)},
        bw.Explicit({0: 2.0, 1: 9.0}),
    ),
    "none": (Y, {}, bw.Unweighted()),
    "neutral": (Y, {"scale_pos_weight": 1.0}, bw.Unweighted()),
    "bool labels": (Y == 1, {"class_weights": (1.0, 9.0)}, bw.Explicit({False: 1.0, True: 9.0})),
}


@pytest.mark.parametrize("case", ROUND_TRIPS)
def test_a_model_its_files_and_its_settings_read_as_the_policy(case: str, tmp_path: Path) -> None:
    y, settings, policy = ROUND_TRIPS[case]
    model = fitted(y, **settings)
    assert policy_of(read(model)) == policy
    for name in ("model.cbm", "model.json"):
        model.save_model(str(tmp_path / name), format=name.partition(".")[2])
        assert policy_of(read(tmp_path / name)) == policy
        assert read(str(tmp_path / name)).classes == tuple(np.unique(y).tolist())


@pytest.mark.parametrize("case", [case for case in ROUND_TRIPS if case != "tuple"])
def test_settings_alone_read_as_the_policy(case: str) -> None:
    y, settings, policy = ROUND_TRIPS[case]
    for source in (settings, make_estimator("catboost", **settings)):
        assert policy_of(read(source), classes=np.unique(y).tolist()) == policy


@pytest.mark.parametrize("case", [case for case in ROUND_TRIPS if case != "neutral"])
def test_the_policy_read_trains_the_model_that_was_read(case: str) -> None:
    y, settings, _ = ROUND_TRIPS[case]
    model = fitted(y, **settings)
    rest = {"class_names": settings["class_names"]} if "class_names" in settings else {}
    if case == "dict in another order":
        rest = {"class_names": [1, 0]}
    if case == "dict of text":
        rest = {"class_names": ["good", "bad"]}
    native = bw.to_native(policy_of(read(model)), "catboost", y=y)
    again = fitted(y, **native.fit_kwargs(y), **rest)
    np.testing.assert_array_equal(model.predict_proba(X), again.predict_proba(X))


def test_row_weights_leave_no_trace_and_stored_digits_are_said() -> None:
    assert read(fitted(sample_weight=1.0 + Y)).settings == {}
    reading = read(fitted(class_weights=(1.0, 0.1)))
    assert reading.settings == {"class_weights": (1.0, STORED)}
    assert "float32" in reading.note


class OwnLoss:
    def calc_ders_range(self, approxes: Any, targets: Any, weights: Any) -> list[tuple[float, float]]:
        p = 1 / (1 + np.exp(-np.array(approxes)))
        return list(zip(np.array(targets) - p, -p * (1 - p), strict=True))


@pytest.mark.filterwarnings("ignore:Failed to (import numba|optimize method)")
def test_what_cannot_be_known_is_said() -> None:
    own = {"loss_function": OwnLoss(), "eval_metric": "Logloss", "class_weights": (1.0, 9.0)}
    first = fitted(class_weights=(1.0, 9.0))
    unknown = {
        "custom objective": own,
        "UserDefined": fitted(**own),
        "continued": fitted(init_model=first, iterations=4),
        "sum_models": catboost.sum_models([first, first]),
    }
    for word, source in unknown.items():
        reading = read(source)
        assert word in reading.unknown
        with pytest.raises(bw.errors.InvalidValueError, match="must be known"):
            policy_of(reading, classes=[0, 1])


def test_labels_must_be_known_and_fit() -> None:
    reading = read({"class_weights": [1.0, 9.0]})
    with pytest.raises(bw.errors.InvalidValueError, match="Pass classes="):
        policy_of(reading)
    with pytest.raises(bw.errors.InvalidValueError, match="2 weights for"):
        policy_of(reading, classes=[0, 1, 2])


def test_what_is_no_source(tmp_path: Path) -> None:
    with pytest.raises(bw.errors.InvalidTypeError, match="estimator, parameters, a model or its file"):
        read(3)
    with pytest.raises(bw.errors.InvalidValueError, match="saved model"):
        read(tmp_path / "absent.cbm")
    (tmp_path / "model.onnx").write_text("nothing")
    with pytest.raises(bw.errors.InvalidValueError, match=r"\.cbm or \.json"):
        read(tmp_path / "model.onnx")
    (tmp_path / "no.cbm").write_text("nothing")
    with pytest.raises(bw.errors.InvalidValueError, match="CatBoost saved"):
        read(tmp_path / "no.cbm")
