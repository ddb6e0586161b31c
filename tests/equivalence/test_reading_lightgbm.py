"""Class weighting read back from everything that LightGBM keeps it in, and never guessed."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from equivalence.harness_lightgbm import data, fitted
from libraries import make_estimator

import boostweights as bw
from boostweights.adapters.lightgbm.settings import policy_of, read

RATIO = 8.770000457763672
SETTINGS: dict[str, tuple[dict[str, Any], dict[str, Any], bw.Policy]] = {
    "none": ({}, {}, bw.Unweighted()),
    "ratio": (
        {"scale_pos_weight": RATIO},
        {"scale_pos_weight": RATIO},
        bw.Explicit({"bad": 1.0, "good": RATIO}),
    ),
    "unbalance": ({"is_unbalance": True}, {"is_unbalance": True}, bw.Balanced(scale="majority")),
    "unbalance under another name": (
        {"unbalanced_sets": True},
        {"is_unbalance": True},
        bw.Balanced(scale="majority"),
    ),
    "balanced": ({"class_weight": "balanced"}, {"class_weight": "balanced"}, bw.Balanced()),
    "class weights": (
        {"class_weight": {"bad": 0.5, "good": 4.0}},
        {"class_weight": {"bad": 0.5, "good": 4.0}},
        bw.Explicit({"bad": 0.5, "good": 4.0}),
    ),
    "a class left out weighs 1": (
        {"class_weight": {"good": 4.0}},
        {"class_weight": {"good": 4.0}},
        bw.Explicit({"bad": 1.0, "good": 4.0}),
    ),
    "class weights times a ratio": (
        {"class_weight": {"bad": 0.5, "good": 4.0}, "scale_pos_weight": 2.0},
        {"class_weight": {"bad": 0.5, "good": 4.0}, "scale_pos_weight": 2.0},
        bw.Explicit({"bad": 0.5, "good": 8.0}),
    ),
}
CLASSES = ("bad", "good")


def labelled() -> tuple[Any, np.ndarray]:
    X, y = data("hard", "binary")
    return X, np.array(CLASSES)[y]


@pytest.mark.parametrize("case", SETTINGS)
@pytest.mark.parametrize("source", ["parameters", "configured", "fitted"])
def test_settings_are_read_and_become_a_policy(case: str, source: str) -> None:
    params, settings, policy = SETTINGS[case]
    if source == "parameters":
        reading = read(params)
    elif source == "configured":
        reading = read(make_estimator("lightgbm", **params))
    else:
        reading = read(fitted(params, {}, *labelled(), {}))
        assert reading.classes == CLASSES
        assert "row weights leave no trace" in reading.note
    assert (reading.settings, reading.unknown) == (settings, "")
    assert policy_of(reading, CLASSES) == policy


@pytest.mark.parametrize("case", SETTINGS)
def test_the_policy_trains_what_the_settings_trained(case: str) -> None:
    """Row weights of the policy that was read back, with the start score pinned."""
    params, _, policy = SETTINGS[case]
    X, y = labelled()
    pins = {"boost_from_average": False}
    theirs = fitted(params, pins, X, y, {})
    weight = policy.resolve(y).sample_weight(y)
    ours = fitted({}, pins, X, y, {"sample_weight": weight})
    np.testing.assert_allclose(ours.predict_proba(X), theirs.predict_proba(X), rtol=0, atol=1e-6)


@pytest.mark.parametrize("how", ["file", "path as text", "loaded booster"])
def test_a_saved_model_keeps_six_digits_and_no_class_weight(how: str, tmp_path: Path) -> None:
    lgb = pytest.importorskip("lightgbm")
    path = tmp_path / "model.txt"

    def saved(**params: Any) -> Any:
        fitted(params, {}, *labelled(), {}).booster_.save_model(path)
        return {"file": path, "path as text": str(path)}.get(how) or lgb.Booster(model_file=path)

    reading = read(saved(scale_pos_weight=RATIO))
    assert reading.settings == {"scale_pos_weight": 8.77}
    assert "six digits" in reading.note
    assert policy_of(reading, (0, 1)) == bw.Explicit({0: 1.0, 1: 8.77}, exact=True)
    assert read(saved(is_unbalance=True)).settings == {"is_unbalance": True}
    forgotten = read(saved(class_weight={"bad": 1.0, "good": 9.0}))
    assert forgotten.settings == {}
    assert "no class_weight" in forgotten.note


def test_a_booster_in_memory_keeps_all_digits() -> None:
    reading = read(fitted({"scale_pos_weight": RATIO}, {}, *labelled(), {}).booster_)
    assert reading.settings == {"scale_pos_weight": RATIO}


def custom(y: np.ndarray, score: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return score - y, np.ones_like(score)


def test_a_custom_objective_is_unknown(tmp_path: Path) -> None:
    model = fitted({"objective": custom, "scale_pos_weight": 9.0}, {}, *labelled(), {})
    model.booster_.save_model(tmp_path / "model.txt")
    for source in (
        make_estimator("lightgbm", objective=custom),
        {"objective": custom},
        {"objective": "none"},
        model,
        model.booster_,
        tmp_path / "model.txt",
    ):
        reading = read(source)
        assert "custom objective" in reading.unknown
        with pytest.raises(bw.errors.InvalidValueError, match="custom objective.*by hand"):
            policy_of(reading, CLASSES)


def test_a_continued_model_is_unknown(tmp_path: Path) -> None:
    X, y = labelled()
    first = fitted({}, {}, X, y, {})
    model = fitted({"scale_pos_weight": 9.0}, {}, X, y, {"init_model": first})
    model.booster_.save_model(tmp_path / "model.txt")
    for source in (model, model.booster_, tmp_path / "model.txt"):
        assert "continues another one" in read(source).unknown
    assert read(first).unknown == ""
    multi = fitted({}, {}, *data("hard", "multiclass"), {})
    multi.booster_.save_model(tmp_path / "multi.txt")
    assert read(multi).unknown == read(tmp_path / "multi.txt").unknown == ""


UNKNOWN = {
    "one-vs-all": ({"objective": "ova", "scale_pos_weight": 9.0}, "own class of each one-vs-all"),
    "two at once": ({"is_unbalance": True, "scale_pos_weight": 9.0}, "refuses"),
}


@pytest.mark.parametrize("case", UNKNOWN)
def test_what_is_no_class_weighting_is_unknown(case: str) -> None:
    params, message = UNKNOWN[case]
    assert message in read(params).unknown
    with pytest.raises(bw.errors.InvalidValueError, match=message):
        policy_of(read(params), CLASSES)


def test_what_the_objective_ignores_is_left_out_and_said() -> None:
    X, y = data("hard", "multiclass")
    reading = read(fitted({"scale_pos_weight": 9.0}, {}, X, y, {}))
    assert (reading.settings, reading.classes) == ({}, (0, 1, 2, 3))
    assert "objective='multiclass' ignores scale_pos_weight=9.0" in reading.note
    assert read({"objective": "cross_entropy", "is_unbalance": True}).settings == {}


def test_dask_balances_each_worker() -> None:
    class DaskLGBMClassifier:
        def get_params(self) -> dict[str, Any]:
            return {"class_weight": "balanced"}

    assert "Dask worker" in read(DaskLGBMClassifier()).unknown


REFUSED: dict[str, tuple[dict[str, Any], Any, str]] = {
    "a ratio without labels": ({"scale_pos_weight": 9.0}, None, "names no label.*classes="),
    "a ratio of three labels": ({"scale_pos_weight": 9.0}, (0, 1, 2), "two classes.*class_weight"),
    "is_unbalance of three labels": ({"is_unbalance": True}, (0, 1, 2), "two classes"),
    "counts times a ratio": ({"class_weight": "balanced", "scale_pos_weight": 2.0}, (0, 1), "one policy"),
    "counts times weights": ({"class_weight": {0: 2.0}, "is_unbalance": True}, (0, 1), "one policy"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_no_policy_is_made_up(case: str) -> None:
    params, classes, message = REFUSED[case]
    with pytest.raises(bw.errors.InvalidValueError, match=message):
        policy_of(read(params), classes)


def test_what_is_no_model_refuses(tmp_path: Path) -> None:
    with pytest.raises(bw.errors.InvalidValueError, match="saved model"):
        read(tmp_path / "absent.txt")
    (tmp_path / "other.txt").write_text("{}")
    with pytest.raises(bw.errors.InvalidValueError, match="text format"):
        read(tmp_path / "other.txt")
    with pytest.raises(bw.errors.InvalidTypeError, match="Pass one of these"):
        read(3.0)
