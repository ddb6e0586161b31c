"""Decisions between more than two classes: by hand from probabilities, and the same in exports."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from libraries import make_estimator
from servedmodels import need
from sklearn.base import clone
from sklearn.metrics import f1_score, make_scorer
from sklearn.model_selection import StratifiedKFold, cross_val_predict

import boostweights as bw
from boostweights.probabilities import Promised
from boostweights.probabilities.offsets import Decisions, shrunk_offsets
from boostweights.serving import check_export, export

RNG = np.random.default_rng(0)
X = RNG.normal(size=(1800, 4)).astype(np.float32)
CODES = np.digitize(X[:, 0] + RNG.normal(0, 0.7, 1800), [0.8, 1.7])
Y = np.array(["paid", "late", "bad"])[CODES]
TRAIN, TEST = slice(0, 900), slice(900, 1800)
CLASSES = ["bad", "late", "paid"]
MATRIX = [[0, 3, 12], [1, -0.5, 4], [2, 1, 0]]
COSTS = bw.Costs(matrix=MATRIX, classes=CLASSES)
LIBRARIES = ["lightgbm", "xgboost", "catboost", "sklearn"]
FOLDS = StratifiedKFold(3, shuffle=True, random_state=0)


def classifier(library: str, threshold: Any, **settings: Any) -> bw.WeightedClassifier:
    return bw.WeightedClassifier(
        make_estimator(library),
        threshold=threshold,
        **{"calibration_cv": 3, "correct_proba": True, **settings},
    )


def by_offsets(proba: Any, clf: Any) -> Any:
    return np.argmax(np.log(proba) + clf.offsets_, axis=1)


def by_costs(proba: Any, clf: Any) -> list[int]:
    expected = [
        [sum(p * row[j] for p, row in zip(ps, MATRIX, strict=True)) for j in range(3)]
        for ps in proba.tolist()
    ]
    return [costs.index(min(costs)) for costs in expected]


def by_threshold(proba: Any, clf: Any) -> Any:
    at = CLASSES.index(clf.pos_label or "bad")
    others = [place for place in range(3) if place != at]
    rest = np.array(others)[np.argmax(proba[:, others], axis=1)]
    return np.where(proba[:, at] >= clf.threshold_, at, rest)


RULES: dict[str, tuple[dict[str, Any], Any]] = {
    "offsets": ({"threshold": "f1_macro"}, by_offsets),
    "offsets, uncorrected": (
        {"threshold": "f1_macro", "weighting": None, "correct_proba": False},
        by_offsets,
    ),
    "costs": ({"threshold": COSTS}, by_costs),
    "matrix": ({"threshold": MATRIX, "weighting": None, "correct_proba": "fitted"}, by_costs),
    "number": ({"threshold": 0.3, "pos_label": "late"}, by_threshold),
    "promise": ({"threshold": Promised(recall={"bad": 0.8})}, by_threshold),
}
QUICK = {("xgboost", "offsets"), ("catboost", "costs"), ("sklearn", "promise")}
QUICK |= {("lightgbm", rule) for rule in RULES}


@pytest.mark.parametrize(
    ("library", "rule"),
    [
        pytest.param(library, rule, marks=[] if (library, rule) in QUICK else pytest.mark.full)
        for library in LIBRARIES
        for rule in RULES
    ],
)
def test_labels_are_decided_by_hand_and_alike_in_exports(library: str, rule: str, tmp_path: Path) -> None:
    settings, by_hand = RULES[rule]
    clf = classifier(library, **settings).fit(X[TRAIN], Y[TRAIN])
    labels = clf.predict(X[TEST])
    proba = np.asarray(clf.predict_proba(X[TEST]), np.float64)
    np.testing.assert_array_equal(labels, clf.classes_[by_hand(proba, clf)])
    assert (labels != clf.classes_[np.argmax(proba, axis=1)]).any()
    for to in ("native", "onnx"):
        if to == "onnx":
            need(to)
        exported = export(clf, tmp_path / to, to)  # type: ignore[arg-type]
        same = exported.predict(X[TEST]) == labels
        assert same.all() if to == "native" else same.mean() > 0.998
        check_export(tmp_path / to)


@pytest.mark.parametrize(
    "library", ["lightgbm", *(pytest.param(one, marks=pytest.mark.full) for one in LIBRARIES[1:])]
)
def test_offsets_are_found_on_probabilities_out_of_fold(library: str) -> None:
    clf = classifier(library, "matthews_corrcoef", calibration_cv=FOLDS).fit(X[TRAIN], Y[TRAIN])
    inner = clone(clf).set_params(threshold=None)
    proba = cross_val_predict(inner, X[TRAIN], Y[TRAIN], cv=FOLDS, method="predict_proba")
    tests = [test for _, test in FOLDS.split(X[TRAIN], Y[TRAIN])]
    order = np.concatenate(tests)
    codes = np.searchsorted(CLASSES, Y[TRAIN])[order]
    decisions = Decisions(
        log_proba=np.log(proba[order].astype(float)),
        codes=codes,
        weight=np.ones(900),
        metric="matthews_corrcoef",
        rows=np.arange(900),
    )
    expected = shrunk_offsets(decisions, np.repeat([0, 1, 2], [len(test) for test in tests]))
    np.testing.assert_allclose(clf.offsets_, expected, atol=1e-6)
    assert not hasattr(clf, "threshold_")
    assert "the highest log probability plus" in repr(clf.summary())


def test_a_scorer_object_and_row_weights() -> None:
    weight = np.where(Y[:300] == "bad", 3.0, 1.0)
    settings = {"weighting": None, "correct_proba": False}
    named = classifier("sklearn", "accuracy", **settings).fit(X[:300], Y[:300], sample_weight=weight)

    def hits(estimator: Any, X: Any, y: Any, sample_weight: Any) -> float:
        return float(np.average(estimator.predict(X) == y, weights=sample_weight))

    asked = classifier("sklearn", hits, **settings).fit(X[:300], Y[:300], sample_weight=weight)
    assert (named.predict(X) == asked.predict(X)).mean() > 0.9
    with pytest.raises(bw.errors.InvalidValueError, match="f1_macro for more than two classes"):
        classifier("sklearn", "f1").fit(X[:300], Y[:300])
    with pytest.raises(bw.errors.InvalidValueError, match="f1_macro for more than two classes"):
        classifier("sklearn", make_scorer(f1_score)).fit(X[:300], Y[:300])


def test_a_recall_of_one_class_is_kept_on_new_rows() -> None:
    clf = classifier("lightgbm", Promised(recall={"bad": 0.8})).fit(X[TRAIN], Y[TRAIN])
    assert clf.promise_.pos_label == "bad"
    [seen] = clf.promise_.check(clf.predict_proba(X[TEST])[:, 0], Y[TEST]).rates
    found = clf.predict(X[TEST])[Y[TEST] == "bad"] == "bad"
    assert (seen.count, seen.n) == (found.sum(), len(found))
    assert found.mean() > 0.75
    held = 900 - sum(clf.class_weights_.counts.values())
    assert held >= 300
    own = bw.promise(clf.predict_proba(X[TEST])[:, 0], Y[TEST], at_least={"recall": 0.8}, pos_label="bad")
    assert own.rates[0].n == (Y[TEST] == "bad").sum()
    assert Promised(recall={"bad": 0.8}) == Promised(recall=0.8, pos_label="bad")
    assert eval(repr(Promised(recall={"bad": 0.8}))) == Promised(recall={"bad": 0.8})
    with pytest.raises(bw.errors.InvalidValueError, match="promised of one class"):
        Promised(recall={"bad": 0.8, "late": 0.9})


def test_an_ensemble_decides_by_costs_and_offsets(tmp_path: Path) -> None:
    for threshold, by_hand in ((COSTS, by_costs), ("f1_macro", by_offsets)):
        clf = classifier("lightgbm", threshold, correct_proba="fitted", ensemble=True).fit(X[TRAIN], Y[TRAIN])
        expected = clf.classes_[by_hand(clf.predict_proba(X[TEST]), clf)]
        np.testing.assert_array_equal(clf.predict(X[TEST]), expected)
        exported = export(clf, tmp_path / str(len(str(threshold))))
        np.testing.assert_array_equal(exported.predict(X[TEST]), expected)


def test_a_folder_of_parquet_decides_by_costs(tmp_path: Path) -> None:
    pd = pytest.importorskip("pandas")
    frame = pd.DataFrame(X[TRAIN], columns=list("abcd"))
    frame.assign(label=Y[TRAIN]).to_parquet(tmp_path / "rows.parquet")
    clf = classifier("lightgbm", COSTS)
    ours = bw.outofcore.fit_parquet(clf, tmp_path, "label")
    expected = ours.classes_[by_costs(ours.predict_proba(frame), ours)]
    np.testing.assert_array_equal(ours.predict(frame), expected)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"threshold": 0.2}, "Only binary classification is supported where a threshold decides without"),
        ({"threshold": 0.2, "pos_label": "worse"}, "pos_label must be one of the labels"),
        ({"threshold": Promised(recall=0.8)}, "Only binary classification is supported"),
        ({"threshold": bw.Costs(fn=9, fp=1, pos_label="bad")}, "Give a cost matrix instead"),
        ({"threshold": [[0, 1], [9, 0]]}, "the cost matrix must have a row for each of the 3 classes"),
        ({"threshold": COSTS, "correct_proba": False}, "costs would count twice"),
    ],
)
def test_what_cannot_decide_between_three_classes_is_refused_before_training(
    settings: dict[str, Any], said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fit(self: Any, X: Any, y: Any, sample_weight: Any = None, **_: Any) -> None:
        pytest.fail("it was trained")

    clf = classifier("lightgbm", **settings)
    monkeypatch.setattr(type(clf.estimator), "fit", fit)
    with pytest.raises(bw.BoostweightsError, match=said):
        clf.fit(X, Y)


def test_a_card_and_an_audit_name_the_decision() -> None:
    clf = classifier("lightgbm", COSTS).fit(X[TRAIN], Y[TRAIN])
    card = bw.Card.from_text(bw.Card.of(clf, Y[TRAIN]).to_text())
    assert card.decision.startswith("the class of least expected cost, by Costs(matrix=")
    assert "error" not in [finding.severity for finding in bw.audit(clf, Y[TRAIN])]
