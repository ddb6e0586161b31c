"""Cards inside models: found again after saving, loading, pickling, fitting again, in a fresh process."""

import copy
import json
import pickle
import subprocess
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pytest
from cards import DAY, a_card
from libraries import ADAPTERS, ESTIMATORS, RECORDS, hard_data, make_estimator
from sklearn import config_context
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import boostweights as bw
from benchmarks.damaged.formats import saved_files
from boostweights.adapters.xgboost.document import is_whole
from boostweights.card.content import Review
from boostweights.card.model import loaded

X, CODES = hard_data()
X = np.nan_to_num(X)
Y = np.array(["good", "b[ad]\n"], object)[CODES]
FILED = [library for library, adapter in ADAPTERS.items() if adapter.can("files")]
MODELS = [(library, name) for library, classes in ESTIMATORS.items() for name in classes]
POLICY = bw.Balanced(power=0.5, rationale="[x]: é\n'\"]\\ =\nend of parameters", owner="o")


def fitted(library: str, name: str | None = None, **settings: Any) -> bw.WeightedClassifier:
    return bw.WeightedClassifier(make_estimator(library, name, **settings), weighting=POLICY).fit(X, Y)


def with_card(library: str, name: str | None = None) -> tuple[bw.WeightedClassifier, bw.Card]:
    clf = fitted(library, name)
    card = bw.Card.of(clf, Y, target="default", today=DAY, reviewed="me", affected={"fn": "the bank"})
    assert card.attach(clf) is clf
    return clf, card


def refused(model: Any, message: str) -> None:
    with pytest.raises(bw.errors.InvalidValueError, match=message) as raised:
        bw.Card.from_model(model)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(("library", "name"), MODELS)
def test_a_card_changes_no_prediction_and_is_found_again(library: str, name: str) -> None:
    clf = fitted(library, name)
    before = clf.predict_proba(X)
    refused(clf, f"must carry a card; got a {name} without one")
    card = bw.Card.of(clf, Y, today=DAY)
    card.attach(clf)
    np.testing.assert_array_equal(clf.predict_proba(X), before)
    for model in (clf, clf.estimator_, pickle.loads(pickle.dumps(clf)), copy.deepcopy(clf.estimator_)):
        assert bw.Card.from_model(model) == card
    newer = bw.Card.of(clf, Y, today=DAY, owner="another")
    assert bw.Card.from_model(newer.attach(clf)) == newer  # one card a model
    np.testing.assert_array_equal(clf.predict_proba(X), before)


@pytest.mark.parametrize(("library", "name"), MODELS)
def test_cards_and_baked_corrections_do_not_disturb_each_other(library: str, name: str) -> None:
    clf, card = with_card(library, name)
    baked = bw.bake_correction(clf)
    assert bw.Card.from_model(baked) == bw.Card.from_model(clf) == card
    assert bw.adapters.baked_weights(baked) == clf.class_weights_.values
    assert bw.adapters.baked_weights(clf) is None
    marked = bw.bake_correction(fitted(library, name))
    proba = marked.predict_proba(X)
    card.attach(marked)
    assert bw.adapters.baked_weights(marked) == clf.class_weights_.values
    assert bw.Card.from_model(pickle.loads(pickle.dumps(marked))) == card
    np.testing.assert_array_equal(marked.predict_proba(X), proba)


@pytest.mark.parametrize(("library", "name"), MODELS)
def test_a_classifier_fitted_again_has_a_card_of_the_new_fit(library: str, name: str) -> None:
    clf, card = with_card(library, name)
    clf.fit(X, Y)
    assert bw.Card.from_model(clf) == card  # reviewed: it states the same
    clf.fit(X[:300], Y[:300])
    fresh = bw.Card.from_model(clf)
    assert fresh.weights == clf.class_weights_ != card.weights
    assert fresh.labels == bw.Card.of(clf, Y[:300]).labels
    assert (fresh.owner, fresh.rationale, fresh.target) == ("o", POLICY.rationale, "default")
    assert fresh.review == Review()
    assert not [
        code for code in fresh.check(Y[:300]).codes() if code not in ("card-not-reviewed", "card-no-affected")
    ]
    fresh.attach(clf)
    three = np.where(np.arange(len(Y)) < 9, "new", Y)
    clf.fit(X, three)
    assert bw.Card.from_model(clf).weights.classes == ("b[ad]\n", "good", "new")
    clf.set_params(weighting="balanced").fit(X, Y)
    assert bw.Card.from_model(clf).policy == bw.Balanced()
    assert bw.Card.from_model(clf).owner == "o"


@pytest.mark.parametrize(("library", "name"), MODELS)
def test_a_model_fitted_again_by_itself_has_no_card_that_is_not_its_own(library: str, name: str) -> None:
    clf, card = with_card(library, name)
    model = clf.estimator_
    model.fit(X[:300], CODES[:300])
    refused(model, "without one|fitted again, trained on or cut since")
    model.fit(X, CODES)
    card.attach(model)
    assert bw.Card.from_model(model) == card


def test_a_new_fit_keeps_what_still_holds() -> None:
    clf = fitted("sklearn")
    card = bw.Card.of(clf, Y, split=range(len(Y)), today=DAY, reviewed="me")
    card.attach(clf)
    clf.set_params(weighting=bw.Balanced(owner="new")).fit(X, Y)
    fresh = bw.Card.from_model(clf)
    assert (fresh.owner, fresh.rationale) == ("new", POLICY.rationale)
    assert (fresh.split, fresh.labels) == (card.split, card.labels)
    clf.fit(X[::-1], Y[::-1])  # positions are of other rows now
    assert bw.Card.from_model(clf).split == ""
    assert bw.Card.from_model(clf).review == Review()


def test_boosters_trained_on_have_no_card_of_before(tmp_path: Path) -> None:
    xgb, lgb = pytest.importorskip("xgboost"), pytest.importorskip("lightgbm")
    card = a_card(y=CODES, library=None, form=None)
    data = xgb.DMatrix(X, CODES)
    params = {"objective": "binary:logistic", "nthread": 1}
    booster = card.attach(xgb.train(params, data, 4))
    assert bw.Card.from_model(booster) == card
    continued = xgb.train(params, data, 2, xgb_model=booster)
    refreshing = {**params, "process_type": "update", "updater": "refresh", "refresh_leaf": True}
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "(?s).*updater")  # xgboost says so unless it was told to be quiet
        refreshed = xgb.train(refreshing, xgb.DMatrix(X[:200], CODES[:200]), 4, xgb_model=booster)
    for other in (continued, refreshed, booster[:2]):
        refused(other, "fitted again, trained on or cut since")
    quiet = {"objective": "binary", "verbose": -1, "num_threads": 1}
    light = card.attach(lgb.train(quiet, lgb.Dataset(X, CODES), 4))
    for other in (
        lgb.train(quiet, lgb.Dataset(X, CODES), 2, init_model=light),
        light.refit(X[:200], CODES[:200]),
    ):
        refused(other, "without one")
    light.save_model(tmp_path / "cut.txt", num_iteration=2)  # as early stopping does
    assert bw.Card.from_model(tmp_path / "cut.txt") == card
    kept = lgb.train(quiet, lgb.Dataset(X, CODES), 2, keep_training_booster=True)
    with pytest.raises(bw.errors.InvalidValueError, match="whose training is over"):
        card.attach(kept)
    kept.update()


def test_gblinear_and_dart_carry_cards() -> None:
    xgb = pytest.importorskip("xgboost")
    card = a_card(y=CODES, library=None, form=None)
    for booster in ("gblinear", "dart"):
        params = {"objective": "binary:logistic", "booster": booster, "nthread": 1}
        model = card.attach(xgb.train(params, xgb.DMatrix(X, CODES), 3))
        assert bw.Card.from_model(model) == card
        model.update(xgb.DMatrix(X, CODES), 3)
        refused(model, "trained on")


def test_scikit_learn_models_without_trees_carry_cards_too() -> None:
    card = a_card(y=CODES, library=None, form=None)
    pipeline = make_pipeline(StandardScaler(), LogisticRegression()).fit(X, CODES)
    assert card.attach(pipeline) is pipeline
    again = pickle.loads(pickle.dumps(pipeline))
    with config_context(enable_metadata_routing=True):
        again[-1].set_fit_request(sample_weight=True)
    again.predict(X)
    assert bw.Card.from_model(again) == card
    again.fit(X[:300], CODES[:300])
    refused(again, "fitted again")


def test_forests_that_grow_on_are_noticed() -> None:
    card = a_card(y=CODES, library=None, form=None)
    for name, more in (
        ("HistGradientBoostingClassifier", "max_iter"),
        ("RandomForestClassifier", "n_estimators"),
    ):
        model = make_estimator("sklearn", name, warm_start=True).fit(X, CODES)
        card.attach(model)
        model.set_params(**{more: 10}).fit(X, CODES)
        refused(model, "trained on")


READ = """
import json, pickle, sys
import boostweights as bw
found = {}
for path in json.loads(sys.stdin.read()):
    model = path
    if path.endswith(".pickle"):
        with open(path, "rb") as file:
            model = pickle.load(file)
    elif path.endswith(".trust.skops"):
        import skops.io
        model = skops.io.load(path, trusted=skops.io.get_untrusted_types(file=path))
    card = bw.Card.from_model(model)
    found[path] = [card.digest, card.rationale]
print("\\n" + json.dumps(found))
"""


@pytest.mark.full
def test_every_library_returns_its_card_in_a_fresh_process(tmp_path: Path) -> None:
    skops = pytest.importorskip("skops.io")
    expected = {}
    for library, name in MODELS:
        folder = tmp_path / name
        folder.mkdir()
        clf, card = with_card(library, name)
        paths = saved_files(RECORDS[library], clf.estimator_, folder)
        for kept, called in ((clf, "classifier.pickle"), (clf.estimator_, "model.pickle")):
            paths.append(folder / called)
            paths[-1].write_bytes(pickle.dumps(kept))
        if not paths and ADAPTERS[library].can("files"):
            paths.append(folder / "model.trust.skops")
            skops.dump(clf.estimator_, paths[-1])
        expected |= {str(path): [card.digest, card.rationale] for path in paths}
    linear = LogisticRegression().fit(X, CODES)
    card = a_card(y=CODES, library=None, form=None)
    skops.dump(card.attach(linear), tmp_path / "linear.skops")
    expected[str(tmp_path / "linear.skops")] = [card.digest, card.rationale]
    assert len(expected) >= 22
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", READ],
        input=json.dumps(list(expected)),
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(done.stdout.splitlines()[-1]) == expected


def test_skops_files_with_types_to_be_trusted_are_refused(tmp_path: Path) -> None:
    skops = pytest.importorskip("skops.io")
    clf, _ = with_card("sklearn", "RandomForestClassifier")
    path = tmp_path / "model.skops"
    skops.dump(clf.estimator_, path)
    assert skops.get_untrusted_types(file=path)
    with pytest.raises(
        bw.errors.InvalidTypeError, match=r"all its types are trusted; got sklearn\..*skops.io.load"
    ):
        bw.Card.from_model(path)


class Trap:
    def __reduce__(self) -> Any:
        return (Path.touch, (Path("sprung"),))


DUMPS: dict[str, Callable[[Any, Path], Any]] = {
    **{f"pickle {p}": lambda it, to, p=p: to.write_bytes(pickle.dumps(it, p)) for p in range(6)},
    "joblib": joblib.dump,
    **{
        f"joblib {packed}": lambda it, to, packed=packed: joblib.dump(it, to, compress=(packed, 3))
        for packed in ("zlib", "gzip", "bz2", "lzma", "xz")
    },
}


OTHERS = (".json", ".cbm", ".model", "")


@pytest.mark.parametrize("name", DUMPS)
@pytest.mark.parametrize(
    "ending", [".pkl", ".txt", *(pytest.param(each, marks=pytest.mark.full) for each in OTHERS)]
)
def test_pickles_are_never_opened_whatever_they_are_called(
    name: str, ending: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / f"model{ending}"
    DUMPS[name](Trap(), path)
    refused(path, "load it yourself, if you trust it")
    assert not Path("sprung").exists()


@pytest.mark.parametrize("sizes", [1, pytest.param(7, marks=pytest.mark.full)])
@pytest.mark.parametrize("library", [name for name in FILED if name != "sklearn"])  # skops needs trust
def test_model_files_cut_short_are_one_clear_error(library: str, sizes: int, tmp_path: Path) -> None:
    clf, card = with_card(library)
    for path in saved_files(RECORDS[library], clf.estimator_, tmp_path):
        assert bw.Card.from_model(path) == card
        data = path.read_bytes()
        ending = data.rfind(b"end of parameters")  # of LightGBM's text, after which it needs nothing
        last = len(data) - 2 if ending < 0 else ending
        for size in (last, len(data) // 2, 1, 4, 30, len(data) // 3, len(data) - 300)[:sizes]:
            path.write_bytes(data[:size])
            refused(path, "a model|must be a model")


def test_a_ubjson_document_is_whole_or_not() -> None:
    xgb = pytest.importorskip("xgboost")
    data = bytes(xgb.train({"nthread": 1}, xgb.DMatrix(X, CODES), 1).save_raw("ubj"))
    assert is_whole(data)
    assert not any(is_whole(data[:size]) for size in range(len(data)))
    assert not is_whole(data + b"}")
    assert not is_whole(b"{L" + b"\xff" * 8)
    assert not is_whole(b"[$")
    assert is_whole(b"[#i\x02i\x01i\x02")


@pytest.mark.parametrize(
    ("content", "called", "message"),
    [
        (b"", "m.json", "must be one of"),
        (b"hello", "m.json", "must be one of xgboost's"),
        (b'{"a": 1}', "m.json", "must be one of xgboost's"),
        (b'{"learner": 1}', "m.json", "one that xgboost loads"),
        (b'{"learner": {"attributes": {}}, "version": [1]}', "m.json", "one that xgboost loads"),
        (b"\x00\x01\x02", "m.model", "one that xgboost loads"),
        (b"tree\nhello\n", "m.txt", "LightGBM wrote, whole"),
        (b"tree\nhello\n\nend of parameters\n", "m.txt", "LightGBM wrote, whole"),
        (b"CBM1hello", "m.cbm", "CatBoost saved, whole"),
        (b'{"oblivious_trees": [', "m.json", "CatBoost saved, whole"),
        (b"PK\x03\x04hello", "m.skops", "skops saved, whole"),
        (b"hello", "m.skops", "skops saved, whole"),
    ],
)
def test_files_that_are_no_models(content: bytes, called: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / called
    path.write_bytes(content)
    with pytest.raises(bw.errors.InvalidValueError, match=message):
        bw.Card.from_model(path)


def test_skops_files_without_their_middle_are_one_clear_error(tmp_path: Path) -> None:
    skops = pytest.importorskip("skops.io")
    path = tmp_path / "linear.skops"
    skops.dump(LogisticRegression().fit(X, CODES), path)
    data = path.read_bytes()
    path.write_bytes(data[:4] + data[2000:])
    with pytest.raises(bw.errors.InvalidValueError, match="skops saved, whole; got .*OSError"):
        loaded(path)


def test_settings_that_catboost_does_not_know_are_one_clear_error(tmp_path: Path) -> None:
    path = saved_files(RECORDS["catboost"], fitted("catboost").estimator_, tmp_path)[0]
    path.write_bytes(path.read_bytes().replace(b"has_time", b"has_tine"))
    refused(path, "CatBoost saved, whole; got .*has_tine")


def test_paths_that_lead_nowhere(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "absent.ubj"):
        refused(path, "must lead to a saved model")


def test_a_card_goes_into_a_fitted_model_of_its_own_library_and_labels() -> None:
    clf, card = with_card("sklearn")
    for library in ESTIMATORS:
        with pytest.raises(bw.errors.InvalidTypeError, match="fitted"):
            a_card(library=library, form=None).attach(make_estimator(library))
    with pytest.raises(bw.errors.InvalidTypeError, match="must be fitted"):
        card.attach(bw.WeightedClassifier(make_estimator("sklearn")))
    with pytest.raises(bw.errors.InvalidTypeError, match="fitted"):
        bw.Card.from_model(bw.WeightedClassifier(make_estimator("sklearn")))
    with pytest.raises(bw.errors.InvalidValueError, match="got xgboost for sklearn"):
        a_card().attach(clf)
    plain = make_estimator("sklearn").fit(X, Y)
    for other in (["x", "y"], [0, 1, 2]):
        with pytest.raises(bw.errors.InvalidValueError, match="a card is of the model's own labels"):
            a_card("balanced", other, library=None, form=None, affected=None).attach(plain)
    assert bw.Card.from_model(card.attach(plain)) == card


@pytest.mark.parametrize("kept", [b"base64 abc", b"base64 /w==", b"hello", b""], ids=range(4))
def test_a_note_broken_in_a_model_file_is_one_clear_error(kept: bytes, tmp_path: Path) -> None:
    clf, _ = with_card("lightgbm")
    (path,) = saved_files(RECORDS["lightgbm"], clf.estimator_, tmp_path)
    head, name, tail = path.read_bytes().partition(b"[boostweights_card: ")
    path.write_bytes(head + name + kept + tail[tail.index(b"]") :])
    refused(path, "as it was written|fitted again|must have schema")


def test_attributes_that_are_no_text_are_one_clear_error(tmp_path: Path) -> None:
    clf, _ = with_card("xgboost")
    path = saved_files(RECORDS["xgboost"], clf.estimator_, tmp_path)[1]
    data = path.read_bytes()
    start = data.index(b"boostweights card")
    path.write_bytes(data[:start] + b"\xff\xfe" + data[start + 2 :])
    refused(path, "a note in a model must be text")


def test_a_card_edited_inside_a_model_is_noticed() -> None:
    clf, _ = with_card("catboost")
    metadata = clf.estimator_.get_metadata()
    kept = dict(metadata)["boostweights_card"]
    metadata["boostweights_card"] = kept.replace("count = 48", "count = 49")
    refused(clf, "not changed by hand, as digest shows .the card in the model")
