"""The mean of the fold models, compared with scikit-learn's own loop over the same folds."""

import pickle
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from baking import DATA, after_rounds, margin
from libraries import RECORDS, make_estimator, needed
from scipy.special import log_softmax
from sklearn.base import clone
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold
from sklearn.utils.class_weight import compute_class_weight, compute_sample_weight

import boostweights as bw
from boostweights.audits.audit import audit
from boostweights.errors import InvalidTypeError, InvalidValueError
from boostweights.probabilities import Promised, fit_correction
from boostweights.serving import check_export, export, load

LIBRARIES = ["lightgbm", "xgboost", "catboost", "sklearn"]
FOLDS = 3


def data(classes: int) -> tuple[np.ndarray, np.ndarray]:
    return np.nan_to_num(DATA[classes][0]), DATA[classes][1]


def ensemble(library: str = "lightgbm", weighting: Any = "balanced", **settings: Any) -> Any:
    given = {"correct_proba": "fitted", "ensemble": True, "calibration_cv": FOLDS, **settings}
    estimator = given.pop("estimator", None) or make_estimator(library)
    return bw.WeightedClassifier(estimator, weighting, **given)


def seed_of(estimator: Any) -> int:
    params = estimator.get_params()
    return int(params.get("random_state") or params.get("random_seed") or 0)


def by_hand(
    estimator: Any, X: np.ndarray, y: np.ndarray, groups: Any = None, score: Callable[..., Any] = margin
) -> list[np.ndarray]:
    """Mean log-odds (or log-probabilities) by scikit-learn's loop, with a map learned out of fold.

    Corrected means, and means as trained.
    """
    kind = StratifiedKFold if groups is None else StratifiedGroupKFold
    splits = list(kind(FOLDS, shuffle=True, random_state=seed_of(estimator)).split(X, y, groups))
    models, shifts, left_out = [], [], []
    for train, test in splits:
        weights = compute_sample_weight("balanced", y[train])
        models.append(clone(estimator).fit(X[train], y[train], sample_weight=weights))
        logs = np.log(compute_class_weight("balanced", classes=np.unique(y), y=y[train]))
        shifts.append(logs[1] - logs[0] if len(logs) == 2 else logs)
        left_out.append(score(models[-1], X[test]) - shifts[-1])
    rows = np.concatenate([test for _, test in splits])
    scores = np.concatenate(left_out)
    learned = fit_correction(scores, y[rows], bw.Unweighted().resolve(y))
    slopes, offsets = np.array(learned.slopes), np.array(learned.offsets)
    trained = [score(model, X) for model in models]
    corrected = [slopes * (scored - shift) + offsets for scored, shift in zip(trained, shifts, strict=True)]
    if len(np.unique(y)) > 2:
        trained, corrected = ([log_softmax(part, axis=1) for part in parts] for parts in (trained, corrected))
    return [as_proba(np.mean(part, axis=0)) for part in (corrected, trained)]


def as_proba(scores: np.ndarray) -> np.ndarray:
    """Probabilities of mean log-odds, or of mean log-probabilities, which are renormalised."""
    two = scores.ndim == 1
    return np.exp(log_softmax(np.column_stack([0 * scores, scores]) if two else scores, axis=1))


@pytest.mark.parametrize("grouped", [False, True], ids=["rows", "groups"])
@pytest.mark.parametrize("classes", [2, 3])
@pytest.mark.parametrize("library", LIBRARIES)
def test_it_predicts_the_mean_of_the_fold_models(library: str, classes: int, grouped: bool) -> None:
    X, y = data(classes)
    groups = np.arange(len(y)) // 4 if grouped else None
    clf = ensemble(library, n_jobs=2 if grouped else None).fit(X, y, groups=groups)
    expected, as_trained = by_hand(make_estimator(library), X, y, groups)
    np.testing.assert_allclose(clf.predict_proba(X), expected, atol=1e-4)
    np.testing.assert_allclose(clf.predict_log_proba(X), np.log(clf.predict_proba(X)), atol=1e-9)
    np.testing.assert_allclose(clf.predict_proba(X).sum(axis=1), 1.0, atol=1e-12)
    decided = as_trained.argmax(axis=1)
    sure = np.ptp(np.sort(as_trained, axis=1)[:, -2:], axis=1) > 1e-4
    np.testing.assert_array_equal(clf.predict(X)[sure], decided[sure])
    one = clone(clf).set_params(ensemble=False).fit(X, y, groups=groups)
    assert one.calibration_ == clf.calibration_
    assert np.abs(one.predict_proba(X) - clf.predict_proba(X)).max() > 1e-3


@pytest.mark.parametrize("classes", [2, 3])
@pytest.mark.parametrize("library", LIBRARIES)
def test_the_first_rounds_predict_where_the_folds_choose_them(library: str, classes: int) -> None:
    X, y = data(classes)
    estimator = make_estimator(library, **{RECORDS[library].trees: 24}, learning_rate=0.6)
    clf = ensemble(estimator=estimator, n_rounds="cv").fit(X, y)
    assert clf.n_rounds_ < 24

    def score(model: Any, rows: np.ndarray) -> np.ndarray:
        return after_rounds(library, model, rows, clf.n_rounds_)

    expected, as_trained = by_hand(estimator, X, y, score=score)
    np.testing.assert_allclose(clf.predict_proba(X), expected, atol=1e-4)
    assert np.mean(clf.predict(X) == as_trained.argmax(axis=1)) > 0.99


def test_no_model_is_trained_on_all_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    X, y = data(2)
    fit, rows = HistGradientBoostingClassifier.fit, []

    @wraps(fit)
    def counted(model: Any, X: Any, *args: Any, **kwargs: Any) -> Any:
        rows.append(len(X))
        return fit(model, X, *args, **kwargs)

    monkeypatch.setattr(HistGradientBoostingClassifier, "fit", counted)
    ensemble("sklearn", n_rounds="cv").fit(X, y)
    assert len(rows) == FOLDS
    assert max(rows) < len(y)


def test_thresholds() -> None:
    X, y = data(2)
    tuned = ensemble(threshold="f1").fit(X, y)
    assert tuned.threshold_ == clone(tuned).set_params(ensemble=False).fit(X, y).threshold_
    np.testing.assert_array_equal(tuned.predict(X), tuned.predict_proba(X)[:, 1] >= tuned.threshold_)
    costs = ensemble(weighting=bw.Costs(fn=9, fp=1), threshold=bw.Costs(fn=9, fp=1)).fit(X, y)
    assert costs.threshold_ == pytest.approx(0.1)
    np.testing.assert_array_equal(costs.predict(X), costs.predict_proba(X)[:, 1] >= costs.threshold_)
    promise = ensemble(threshold=Promised(recall=0.7)).fit(X, y)
    assert promise.promise_.threshold == promise.threshold_
    np.testing.assert_array_equal(promise.predict(X), promise.predict_proba(X)[:, 1] >= promise.threshold_)
    bw.Card.of(promise).attach(promise).set_params(threshold=0.9)
    assert "threshold-off-card" in [finding.code for finding in audit(promise, y)]


@pytest.mark.parametrize("library", LIBRARIES)
def test_it_is_kept_stated_and_audited(library: str) -> None:
    X, y = data(2)
    clf = ensemble(library, threshold=0.3).fit(X, y)
    assert "estimator_" not in vars(clf)
    assert clone(clf).get_params()["ensemble"] is True
    stated = f"the mean in log odds of {FOLDS} fold models"
    card = bw.Card.of(clf, y)
    assert stated in " ".join(repr(clf.summary()).split())
    assert stated in card.correction
    assert stated in bw.Card.from_model(card.attach(clf)).correction
    inside = [finding.code for finding in audit(clf.estimators_[1])]
    assert "correction-left-out" in inside
    assert not {"correction-left-out", "threshold-off-card"} & {finding.code for finding in audit(clf, y, X)}
    skops = needed("skops.io")
    from boostweights.serving.skops import trusted_types

    read = skops.loads(skops.dumps(clf), trusted=trusted_types())
    for again in (pickle.loads(pickle.dumps(clf)), read):
        np.testing.assert_array_equal(again.predict_proba(X), clf.predict_proba(X))
        assert bw.Card.from_model(again) == card
    refitted = clf.set_params(ensemble=False).fit(X, y)
    assert "estimators_" not in vars(refitted)
    assert stated not in bw.Card.from_model(refitted).correction


@pytest.mark.parametrize("threshold", [None, 0.3])
@pytest.mark.parametrize("library", ["lightgbm", "catboost", "sklearn"])
def test_a_native_export_is_the_mean_of_exports(
    library: str, threshold: float | None, tmp_path: Path
) -> None:
    X, y = data(2)
    clf = ensemble(library, threshold=threshold).fit(X, y)
    export(clf, tmp_path / "model")
    again = load(tmp_path / "model")
    np.testing.assert_allclose(again.predict_proba(X), clf.predict_proba(X), rtol=0, atol=1e-12)
    np.testing.assert_array_equal(again.predict(X), clf.predict(X))
    assert check_export(tmp_path / "model", clf, X) < 1e-12
    assert check_export(tmp_path / "model") < 1e-12
    changed = tmp_path / "model" / "member-1" / "manifest.json"
    changed.write_text(changed.read_text().replace('"n_probes"', ' "n_probes"'))
    with pytest.raises(InvalidValueError, match="as they were written; got .'member-1.manifest.json'"):
        load(tmp_path / "model")


REFUSALS: list[tuple[Callable[[Any, Path], Any], type[Exception], str]] = [
    (lambda clf, _: bw.bake_correction(clf), InvalidTypeError, "baked into one model, .*; got ensemble=True"),
    *(
        (
            lambda clf, folder, name=name: export(clf, folder / name),
            InvalidTypeError,
            "mean of 3 models. Export it natively into a folder",
        )
        for name in ("model.txt", "model.onnx", "model.tl")
    ),
    (
        lambda clf, folder: export(ensemble("xgboost").fit(*data(2)), folder / "model"),
        InvalidValueError,
        "need float64; got those of xgboost",
    ),
    (
        lambda clf, folder: export(ensemble().fit(*data(3)), folder / "model"),
        InvalidValueError,
        "factors decide as an exported ensemble does",
    ),
    (
        lambda clf, folder: export(ensemble(n_rounds="cv").fit(*data(2)), folder / "model"),
        InvalidValueError,
        "exported with all its rounds; got n_rounds='cv'",
    ),
    (
        lambda clf, _: clf.set_params(correct_proba=True).predict_proba(data(2)[0]),
        InvalidValueError,
        "an ensemble predicts by the map",
    ),
    (
        lambda clf, _: clone(clf).set_params(correct_proba=True).fit(*data(2)),
        InvalidValueError,
        'trains; got ensemble=True with correct_proba=True. Set correct_proba="fitted"',
    ),
    (
        lambda clf, _: clone(clf).set_params(ensemble="auto").fit(*data(2)),
        InvalidValueError,
        "ensemble must be True or False",
    ),
    (
        lambda clf, _: clone(clf).fit(*data(2), init_model=clf),
        InvalidTypeError,
        "Fit it first, with ensemble=False",
    ),
    (
        lambda clf, folder: bw.outofcore.fit_parquet(clone(clf), folder, "y", calibration=0.2),
        InvalidValueError,
        "ensemble=True. Set .* ensemble=False",
    ),
]


@pytest.mark.parametrize(("call", "error", "says"), REFUSALS, ids=range(len(REFUSALS)))
def test_refusals(call: Callable[[Any, Path], Any], error: Any, says: str, tmp_path: Path) -> None:
    clf = ensemble().fit(*data(2))
    with pytest.raises(error, match=says):
        call(clf, tmp_path)


def test_a_path_takes_the_estimator_and_the_weights_alone() -> None:
    X, y = data(2)
    asked = {"ratios": [1, 4], "cv": 2}
    one, many = (bw.weight_path(clf, X, y, **asked) for clf in (ensemble(ensemble=False), ensemble()))
    np.testing.assert_array_equal(one.proba, many.proba)


def test_a_baked_classifier_is_fitted_anew_as_an_ensemble() -> None:
    X, y = data(2)
    clf = bw.bake_correction(ensemble(ensemble=False).fit(X, y))
    clf.set_params(ensemble=True).fit(X, y)
    np.testing.assert_array_equal(clf.predict_proba(X), ensemble().fit(X, y).predict_proba(X))
