"""Class weighting read from settings, models and files of every library, and back; never guessed."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from equivalence.trials import data, make
from libraries import ADAPTERS, needed
from sklearn.pipeline import make_pipeline

import boostweights as bw
from boostweights.adapters.readback import Reading
from boostweights.errors import InvalidTypeError, InvalidValueError

catboost, lgb, xgb = (needed(name) for name in ("catboost", "lightgbm", "xgboost"))
X, CODES = data("hard", "binary")
LABELS = ("bad", "good")
NAMES = np.array(LABELS)[CODES]
NINE = {"scale_pos_weight": 9.0}
RATIO = 8.770000457763672
STORED = float(np.float32(0.1))
HIST, RF = {"class": "HistGradientBoostingClassifier"}, {"class": "RandomForestClassifier"}
OF_LABELS = {"bad": 2.0, "good": 9.0}


def read(library: str, source: Any) -> Reading:
    return ADAPTERS[library].readback.read(source)


def policy_of(library: str, source: Any, classes: Any = None) -> bw.Policy:
    reading = source if isinstance(source, Reading) else read(library, source)
    return ADAPTERS[library].readback.policy_of(reading, classes)


def fitted(library: str, settings: Any, y: Any = CODES, **fit_kwargs: Any) -> Any:
    return make(library, settings).fit(X, y, **fit_kwargs)


CASES: dict[str, tuple[str, dict[str, Any], Any, bw.Policy]] = {
    "xgboost, none": ("xgboost", {}, CODES, bw.Unweighted()),
    "xgboost, ratio": ("xgboost", NINE, CODES, bw.Explicit({0: 1.0, 1: 9.0})),
    "lightgbm, none": ("lightgbm", {}, NAMES, bw.Unweighted()),
    "ratio": ("lightgbm", {"scale_pos_weight": RATIO}, NAMES, bw.Explicit({"bad": 1.0, "good": RATIO})),
    "unbalance": ("lightgbm", {"is_unbalance": True}, NAMES, bw.Balanced(scale="majority")),
    "unbalance by another name": (
        *("lightgbm", {"unbalanced_sets": True}, NAMES),
        bw.Balanced(scale="majority"),
    ),
    "class_weight balanced": ("lightgbm", {"class_weight": "balanced"}, NAMES, bw.Balanced()),
    "class_weight": ("lightgbm", {"class_weight": OF_LABELS}, NAMES, bw.Explicit(OF_LABELS)),
    "a class left out weighs 1": (
        *("lightgbm", {"class_weight": {"good": 4.0}}, NAMES),
        bw.Explicit({"bad": 1.0, "good": 4.0}),
    ),
    "class weights times a ratio": (
        *("lightgbm", {"class_weight": {"bad": 0.5, "good": 4.0}, "scale_pos_weight": 2.0}, NAMES),
        bw.Explicit({"bad": 0.5, "good": 8.0}),
    ),
    "dict in another order": (
        *("catboost", {"class_weights": {1: 9.0, 0: 2.0}}, CODES),
        bw.Explicit({0: 2.0, 1: 9.0}),
    ),
    "dict of text": ("catboost", {"class_weights": {"good": 9.0, "bad": 2.0}}, NAMES, bw.Explicit(OF_LABELS)),
    "catboost, ratio": ("catboost", NINE, CODES, bw.Explicit({0: 1.0, 1: 9.0})),
    "auto": ("catboost", {"auto_class_weights": "Balanced"}, CODES, bw.Balanced(scale="majority")),
    "root": (
        *("catboost", {"auto_class_weights": "SqrtBalanced"}, CODES),
        bw.Balanced(power=0.5, scale="majority"),
    ),
    "classes reversed": (
        *("catboost", {"class_names": [1, 0], "class_weights": (9.0, 2.0)}, CODES),
        bw.Explicit({0: 2.0, 1: 9.0}),
    ),
    "catboost, none": ("catboost", {}, CODES, bw.Unweighted()),
    "neutral": ("catboost", {"scale_pos_weight": 1.0}, CODES, bw.Unweighted()),
    "bool labels": (
        *("catboost", {"class_weights": (1.0, 9.0)}, CODES == 1),
        bw.Explicit({False: 1.0, True: 9.0}),
    ),
    "balanced forest": ("sklearn", {**RF, "class_weight": "balanced"}, NAMES, bw.Balanced()),
    "sklearn, none": ("sklearn", RF, NAMES, bw.Unweighted()),
    "labels": ("sklearn", {**RF, "class_weight": OF_LABELS}, NAMES, bw.Explicit(OF_LABELS)),
    "a label without a key": (
        *("sklearn", {**RF, "class_weight": {"good": 9.0}}, NAMES),
        bw.Explicit({"bad": 1.0, "good": 9.0}),
    ),
    "positions": ("sklearn", {**HIST, "class_weight": {0: 2.0, 1: 9.0}}, NAMES, bw.Explicit(OF_LABELS)),
    "a position without a key": (
        *("sklearn", {**HIST, "class_weight": {1: 9.0}}, NAMES),
        bw.Explicit({"bad": 1.0, "good": 9.0}),
    ),
    "balanced histogram": ("sklearn", {**HIST, "class_weight": "balanced"}, NAMES, bw.Balanced()),
}


@pytest.mark.parametrize("case", CASES)
def test_settings_an_estimator_its_model_and_files_read_as_the_policy(case: str, tmp_path: Path) -> None:
    library, settings, y, policy = CASES[case]
    classes = tuple(np.unique(y).tolist())
    sources = [make(library, settings)] if "class" in settings else [settings, make(library, settings)]
    for source in sources:
        assert read(library, source).unknown == ""
        assert policy_of(library, source, classes) == policy
    model = fitted(library, settings, y)
    models = [model]
    if library == "catboost":
        models += [tmp_path / "model.cbm", tmp_path / "model.json"]
        for path in models[1:]:
            model.save_model(str(path), format=path.suffix[1:])
    for source in models:
        assert read(library, source).classes == classes
        assert policy_of(library, source, classes if library == "lightgbm" else None) == policy


@pytest.mark.parametrize("case", [case for case in CASES if CASES[case][0] != "xgboost"])
def test_the_policy_trains_what_the_settings_trained(case: str) -> None:
    """Row weights of the policy that was read back; in LightGBM with the start score pinned."""
    library, settings, y, policy = CASES[case]
    pins = {"boost_from_average": False} if library == "lightgbm" else {}
    names = {name: value for name, value in settings.items() if name in ("class", "class_names")}
    if case.startswith("dict"):  # whose order becomes the order of the classes
        names["class_names"] = list(settings["class_weights"])
    theirs = fitted(library, {**settings, **pins}, y)
    native = bw.to_native(policy, make(library, names), y=y)
    ours = fitted(library, {**names, **pins}, y, **native.fit_kwargs(y))
    limit = 1e-6 if library == "lightgbm" else 0
    np.testing.assert_allclose(ours.predict_proba(X), theirs.predict_proba(X), rtol=0, atol=limit)


def custom(labels: np.ndarray, scores: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    proba = 1 / (1 + np.exp(-scores))
    return proba - labels, proba * (1 - proba)


class OwnLoss:
    def calc_ders_range(self, approxes: Any, targets: Any, weights: Any) -> list[tuple[float, float]]:
        p = 1 / (1 + np.exp(-np.array(approxes)))
        return list(zip(np.array(targets) - p, -p * (1 - p), strict=True))


def continued(library: str, argument: str, **settings: Any) -> Any:
    before = fitted(library, {})
    return fitted(library, {**NINE, **settings}, **{argument: before})


def saved(model: Any, path: Path) -> Path:
    model.booster_.save_model(path)
    return path


UPDATE = {"tree_method": "exact", "process_type": "update", "updater": "refresh", "verbosity": 0}
OWN = {"loss_function": OwnLoss(), "eval_metric": "Logloss", "class_weights": (1.0, 9.0)}


class DaskLGBMClassifier:
    def get_params(self) -> dict[str, Any]:
        return {"class_weight": "balanced"}


UNKNOWN: dict[str, tuple[str, Callable[[Path], Any], str]] = {
    "xgboost, custom": ("xgboost", lambda at: NINE | {"objective": custom}, "custom objective"),
    "xgboost, custom estimator": (
        *("xgboost", lambda at: make("xgboost", NINE | {"objective": custom})),
        "custom objective",
    ),
    "xgboost, custom, fitted": (
        *("xgboost", lambda at: fitted("xgboost", {"objective": custom})),
        "custom objective",
    ),
    "xgboost, a custom Booster": (
        "xgboost",
        lambda at: xgb.train(
            NINE, xgb.DMatrix(X, CODES), 2, obj=lambda scores, data: custom(data.get_label(), scores)
        ),
        "custom objective",
    ),
    "xgboost, continued": (
        *("xgboost", lambda at: continued("xgboost", "xgb_model", n_estimators=4)),
        "12 rounds where n_estimators=4",
    ),
    "xgboost, updated": (
        *("xgboost", lambda at: continued("xgboost", "xgb_model", **UPDATE)),
        "the trees of another model",
    ),
    "xgboost, to be updated": ("xgboost", lambda at: NINE | UPDATE, "the trees of another model"),
    "lightgbm, custom": ("lightgbm", lambda at: {"objective": custom}, "custom objective"),
    "lightgbm, none": ("lightgbm", lambda at: {"objective": "none"}, "custom objective"),
    "lightgbm, custom, fitted": (
        *("lightgbm", lambda at: fitted("lightgbm", NINE | {"objective": custom})),
        "custom objective",
    ),
    "lightgbm, custom, saved": (
        *("lightgbm", lambda at: saved(fitted("lightgbm", {"objective": custom}), at)),
        "custom objective",
    ),
    "lightgbm, continued": (
        *("lightgbm", lambda at: continued("lightgbm", "init_model")),
        "continues another one",
    ),
    "lightgbm, continued and saved": (
        *("lightgbm", lambda at: saved(continued("lightgbm", "init_model"), at)),
        "continues another one",
    ),
    "one-vs-all": ("lightgbm", lambda at: NINE | {"objective": "ova"}, "own class of each one-vs-all"),
    "two at once": ("lightgbm", lambda at: NINE | {"is_unbalance": True}, "refuses"),
    "Dask": ("lightgbm", lambda at: DaskLGBMClassifier(), "Dask worker"),
    "catboost, custom": ("catboost", lambda at: OWN, "custom objective"),
    "catboost, custom, fitted": ("catboost", lambda at: fitted("catboost", OWN), "UserDefined"),
    "catboost, continued": (
        *("catboost", lambda at: continued("catboost", "init_model", iterations=4)),
        "continued",
    ),
    "catboost, summed": (
        *("catboost", lambda at: catboost.sum_models([fitted("catboost", NINE)] * 2)),
        "sum_models",
    ),
    "sklearn, inside": (
        *("sklearn", lambda at: make_pipeline(make("sklearn", {**RF, "class_weight": "balanced"}))),
        "randomforestclassifier__class_weight",
    ),
}


@pytest.mark.filterwarnings("ignore:Failed to (import numba|optimize method)")
@pytest.mark.parametrize("case", UNKNOWN)
def test_what_cannot_be_known_is_not_guessed(case: str, tmp_path: Path) -> None:
    library, source, word = UNKNOWN[case]
    reading = read(library, source(tmp_path / "model.txt"))
    assert word in reading.unknown
    assert library == "catboost" or reading.settings == {}
    with pytest.raises(InvalidValueError, match=f"must be known.*{word}.*by hand"):
        policy_of(library, reading, (0, 1))


REFUSED: dict[str, tuple[str, Any, Any, str]] = {
    **{
        f"xgboost, {classes}": ("xgboost", NINE, classes, "two classes")
        for classes in (None, (0, 1, 2), (0,))
    },
    "xgboost, no weight": ("xgboost", {"scale_pos_weight": 0.0}, (0, 1), "positive"),
    "a ratio without labels": ("lightgbm", NINE, None, "names no label.*classes="),
    "a ratio of three labels": ("lightgbm", NINE, (0, 1, 2), "two classes.*class_weight"),
    "is_unbalance of three labels": ("lightgbm", {"is_unbalance": True}, (0, 1, 2), "two classes"),
    "counts times a ratio": ("lightgbm", NINE | {"class_weight": "balanced"}, (0, 1), "one policy"),
    "counts times weights": (
        *("lightgbm", {"class_weight": {0: 2.0}, "is_unbalance": True}, (0, 1)),
        "one policy",
    ),
    "weights without labels": ("catboost", {"class_weights": [1.0, 9.0]}, None, "Pass classes="),
    "two weights of three": ("catboost", {"class_weights": [1.0, 9.0]}, [0, 1, 2], "2 weights for"),
    "positions without labels": (
        *("sklearn", make("sklearn", {**HIST, "class_weight": {0: 1.0, 1: 9.0}}), None),
        "Pass classes=",
    ),
    "by tree": (
        *("sklearn", make("sklearn", {**RF, "class_weight": "balanced_subsample"}), None),
        "each tree's own rows",
    ),
    "no positions": (
        *("sklearn", make("sklearn", {**HIST, "class_weight": {1: 1.0, 2: 9.0}}), [1, 2]),
        "0 to 1",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_no_policy_is_made_up(case: str) -> None:
    library, source, classes, message = REFUSED[case]
    with pytest.raises(InvalidValueError, match=message):
        policy_of(library, source, classes)


NO_SOURCE = {
    "xgboost": (9.0, InvalidTypeError, "a model file"),
    "xgboost, a list": (["scale_pos_weight"], InvalidTypeError, "a model file"),
    "xgboost, a file": ("model.json", InvalidValueError, "model.json.*Save it again"),
    "lightgbm": (3.0, InvalidTypeError, "Pass one of these"),
    "lightgbm, a file": ("model.txt", InvalidValueError, "text format"),
    "catboost": (3, InvalidTypeError, "estimator, parameters, a model or its file"),
    "catboost, another format": ("model.onnx", InvalidValueError, r"\.cbm or \.json"),
    "catboost, a file": ("no.cbm", InvalidValueError, "CatBoost saved"),
    "sklearn": (3, InvalidTypeError, "Pass the estimator"),
    "sklearn, a file": ("model.joblib", InvalidTypeError, "runs code"),
}


@pytest.mark.parametrize("case", NO_SOURCE)
def test_what_is_no_source(case: str, tmp_path: Path) -> None:
    source, error, message = NO_SOURCE[case]
    library = case.partition(",")[0]
    if isinstance(source, str):
        source = tmp_path / source
        if library != "sklearn":
            with pytest.raises(InvalidValueError, match="saved model"):
                read(library, source)
        source.write_text("{}")
    with pytest.raises(error, match=message):
        read(library, source)


def test_sklearns_parameters_are_read_by_label() -> None:
    assert policy_of("sklearn", {"class_weight": {0: 1.0, 1: 9.0}}) == bw.Explicit({0: 1.0, 1: 9.0})
    assert read("sklearn", {"max_depth": 3}).settings == {}
    assert read("sklearn", make_pipeline(make("sklearn", RF))).unknown == ""
    with pytest.raises(InvalidTypeError, match="no policy"):
        policy_of("sklearn", {"class_weight": [{0: 1.0}]})


def test_xgboosts_parameters_are_read_as_numbers() -> None:
    assert read("xgboost", {"scale_pos_weight": "9.0", "eta": 0.1}).settings == NINE
    for unweighted in ({"scale_pos_weight": 1}, {"scale_pos_weight": None}, make("xgboost", {})):
        assert read("xgboost", unweighted) == Reading()


@pytest.mark.parametrize("library", ["xgboost", "lightgbm"])
def test_what_the_objective_ignores_is_left_out_and_said(library: str) -> None:
    name = {"xgboost": "multi:softprob", "lightgbm": "multiclass"}[library]
    reading = read(library, NINE | {"objective": name})
    assert reading.settings == {}
    assert "ignores scale_pos_weight=9.0" in reading.note
    quiet = {"verbosity": 0} if library == "xgboost" else {}
    reading = read(library, fitted(library, {**NINE, **quiet}, np.arange(len(X)) % 3))
    assert reading.settings == {}
    assert f"objective='{name}' ignores scale_pos_weight" in reading.note
    assert read("lightgbm", {"objective": "cross_entropy", "is_unbalance": True}).settings == {}


@pytest.mark.parametrize("library", ["xgboost", "lightgbm", "catboost"])
def test_row_weights_leave_no_trace(library: str) -> None:
    reading = read(library, fitted(library, {}, sample_weight=1.0 + CODES))
    assert (reading.settings, reading.unknown) == ({}, "")
    assert library == "catboost" or "row weights leave no trace" in reading.note


def test_catboost_stores_float32() -> None:
    model = fitted("catboost", {"class_weights": (1.0, 0.1)})
    assert read("catboost", model).settings == {"class_weights": (1.0, STORED)}
    assert "float32" in read("catboost", model).note
    assert policy_of("catboost", model) == bw.Explicit({0: 1.0, 1: STORED})


@pytest.mark.parametrize("weight", [9.0, 8.77, 1e6, 1 / 3, 1e-6])
@pytest.mark.parametrize("booster", ["gbtree", "dart", "gblinear"])
def test_xgboosts_models_and_files(booster: str, weight: float, tmp_path: Path) -> None:
    model = fitted("xgboost", {"booster": booster, "scale_pos_weight": weight})
    files = [tmp_path / "model.ubj", tmp_path / "model.json"]
    for file in files:
        model.save_model(file)
    loaded = xgb.XGBClassifier()
    loaded.load_model(files[0])
    for source in (model, model.get_booster(), loaded, files[0], str(files[1])):
        reading = read("xgboost", source)
        assert (reading.unknown, reading.classes) == ("", (0, 1))
        assert reading.settings["scale_pos_weight"] == pytest.approx(weight, rel=3e-7)
        assert "float32" in reading.note


def test_what_was_read_of_xgboost_is_expressed_as_it_was() -> None:
    native = bw.to_native({0: 1.0, 1: 8.77}, "xgboost", CODES, form="scale_pos_weight")
    model = fitted("xgboost", {**native.pins, **native.params})
    again = bw.to_native(policy_of("xgboost", model), "xgboost", CODES, form="scale_pos_weight")
    assert np.float32(again.params["scale_pos_weight"]) == np.float32(native.params["scale_pos_weight"])
    trained = fitted("xgboost", {**again.pins, **again.params})
    np.testing.assert_array_equal(trained.predict_proba(X), model.predict_proba(X))


@pytest.mark.parametrize("how", ["file", "path as text", "loaded booster"])
def test_a_saved_lightgbm_model_keeps_six_digits_and_no_class_weight(how: str, tmp_path: Path) -> None:
    path = tmp_path / "model.txt"

    def source(**params: Any) -> Any:
        saved(fitted("lightgbm", params, NAMES), path)
        return {"file": path, "path as text": str(path)}.get(how) or lgb.Booster(model_file=path)

    reading = read("lightgbm", source(scale_pos_weight=RATIO))
    assert reading.settings == {"scale_pos_weight": 8.77}
    assert "six digits" in reading.note
    assert policy_of("lightgbm", reading, (0, 1)) == bw.Explicit({0: 1.0, 1: 8.77}, exact=True)
    assert read("lightgbm", source(is_unbalance=True)).settings == {"is_unbalance": True}
    forgotten = read("lightgbm", source(class_weight={"bad": 1.0, "good": 9.0}))
    assert forgotten.settings == {}
    assert "no class_weight" in forgotten.note
    many = saved(fitted("lightgbm", {}, np.arange(len(X)) % 4), path)
    assert read("lightgbm", many).unknown == ""


def test_a_booster_of_lightgbm_in_memory_keeps_all_digits() -> None:
    model = fitted("lightgbm", {"scale_pos_weight": RATIO}, NAMES)
    assert read("lightgbm", model.booster_).settings == {"scale_pos_weight": RATIO}
    assert "row weights leave no trace" in read("lightgbm", model).note
