"""A correction and a number of rounds learned from folds, beside the same loops written by hand."""

import pickle
from functools import wraps
from typing import Any

import numpy as np
import pytest
from baking import DATA, after_rounds, has_scores, margin, proba, raw
from libraries import ADAPTERS, ESTIMATORS, RECORDS, evaluated, make_estimator, stopping
from lightgbm import LGBMClassifier
from scipy.special import expit, softmax
from sklearn.base import clone
from sklearn.metrics import log_loss
from sklearn.model_selection import GroupKFold, ShuffleSplit, StratifiedKFold, TimeSeriesSplit

import boostweights as bw
from boostweights.errors import MissingAbilityError
from boostweights.probabilities import fit_correction

ALL = [(library, name) for library, names in ESTIMATORS.items() for name in names]
IDS = [name for _, name in ALL]
BY_ROUNDS = [library for library, adapter in ADAPTERS.items() if adapter.can("rounds")]
SHIFTED = [library for library, adapter in ADAPTERS.items() if adapter.can("shifted")]
RECORDED = [library for library, record in RECORDS.items() if record.losses is not None]


def data(classes: int) -> tuple[np.ndarray, np.ndarray]:
    return np.nan_to_num(DATA[classes][0]), DATA[classes][1]


def fitted(estimator: Any, weighting: Any = "balanced", **settings: Any) -> bw.WeightedClassifier:
    return bw.WeightedClassifier(estimator, weighting=weighting, correct_proba="fitted", **settings)


def log_weights(clf: bw.WeightedClassifier) -> np.ndarray:
    logs = np.log(np.array(clf.class_weights_.values))
    return logs[1] - logs[0] if len(logs) == 2 else logs


def out_of_fold(
    estimator: Any, X: np.ndarray, y: np.ndarray, splits: Any, score: Any = margin, **rows: Any
) -> Any:
    """Scores of rows by fits without them, written by hand, the weights taken out."""
    scores = []
    for train, test in splits:
        part = bw.WeightedClassifier(clone(estimator))
        part.fit(X[train], y[train], **{name: column[train] for name, column in rows.items()})
        scores.append((test, score(part.estimator_, X[test]) - log_weights(part)))
    order = np.argsort(np.concatenate([test for test, _ in scores]))
    return np.concatenate([of_part for _, of_part in scores])[order]


@pytest.mark.parametrize("classes", [2, 3])
@pytest.mark.parametrize(("library", "name"), ALL, ids=IDS)
def test_the_map_is_learned_out_of_fold(library: str, name: str, classes: int) -> None:
    estimator = make_estimator(library, name)
    if ADAPTERS[library].raw_scores.uncorrectable({}, classes):
        pytest.skip("no probabilities that could be corrected")
    X, y = data(classes)
    clf = fitted(estimator, calibration_cv=3).fit(X, y)
    forest = name == "RandomForestClassifier"
    if classes > 2 and not forest and not has_scores(clf.estimator_):
        pytest.skip("its predictions do not tell its raw scores")
    seed = estimator.get_params().get("random_state") or estimator.get_params().get("random_seed") or 0
    splits = StratifiedKFold(3, shuffle=True, random_state=seed).split(X, y)
    scores = out_of_fold(clf.estimator, X, y, splits)
    own = fit_correction(scores, y, bw.Unweighted().resolve(y))
    assert clf.calibration_.slopes == pytest.approx(own.slopes, rel=1e-4)
    assert clf.calibration_.offsets == pytest.approx(own.offsets, abs=1e-4)

    slopes, offsets = np.array(own.slopes), np.array(own.offsets)
    scores = slopes * (margin(clf.estimator_, X) - log_weights(clf)) + offsets
    expected = softmax(scores, axis=1) if classes > 2 else np.column_stack([expit(-scores), expit(scores)])
    np.testing.assert_allclose(clf.predict_proba(X), expected, atol=1e-4)
    np.testing.assert_allclose(clf.predict_log_proba(X), np.log(clf.predict_proba(X)), atol=1e-9)
    plain = bw.WeightedClassifier(make_estimator(library, name)).fit(X, y)
    np.testing.assert_array_equal(clf.predict(X), plain.predict(X))
    assert "fitted: slope" in repr(clf.summary())
    assert "fitted: slope" in clf.summary()._repr_html_()


@pytest.mark.parametrize("classes", [2, 3])
@pytest.mark.parametrize("library", list(ADAPTERS))
def test_it_is_baked_in(library: str, classes: int) -> None:
    if ADAPTERS[library].raw_scores.uncorrectable({}, classes):
        pytest.skip("no probabilities that could be corrected")
    X, y = data(classes)
    clf = fitted(make_estimator(library), calibration_cv=3).fit(X, y)
    baked = pickle.loads(pickle.dumps(bw.bake_correction(clf)))
    assert baked.correct_proba == "fitted"
    np.testing.assert_allclose(proba(baked.estimator_, X), clf.predict_proba(X), atol=2e-6)
    np.testing.assert_allclose(baked.predict_proba(X), clf.predict_proba(X), atol=2e-6)
    np.testing.assert_array_equal(baked.predict(X), clf.predict(X))


def test_a_forests_map_is_not_baked_in() -> None:
    clf = fitted(make_estimator("sklearn", "RandomForestClassifier"), calibration_cv=2).fit(*data(2))
    with pytest.raises(bw.errors.InvalidValueError, match="scores that add up"):
        bw.bake_correction(clf)


def few(rarest: int) -> tuple[np.ndarray, np.ndarray]:
    X = np.random.default_rng(0).normal(size=(200, 3))
    return X, (np.arange(200) < rarest).astype(int)


def overfitted(library: str) -> Any:
    """Trees that know each training row by heart."""
    settings = {
        "xgboost": {"n_estimators": 100},
        "lightgbm": {"n_estimators": 100, "min_child_samples": 2},
        "catboost": {"iterations": 100, "depth": 6, "learning_rate": 0.3},
        "sklearn": {"max_iter": 100, "min_samples_leaf": 2},
    }
    return make_estimator(library, **settings[library])


@pytest.mark.parametrize("weighting", ["balanced", "unweighted"])
@pytest.mark.parametrize("library", ["xgboost", "lightgbm", "catboost", "sklearn"])
@pytest.mark.parametrize(
    ("positives", "folds"),
    [(2, 2), (3, 3), (9, 5), *(pytest.param(many, 5, marks=pytest.mark.full) for many in (5, 7, 15))],
)
def test_few_positives_lose_little_against_the_class_share(
    library: str, weighting: str, positives: int, folds: int
) -> None:
    """Of noise nothing can be learned: no probabilities are better than the share of the class."""
    rng = np.random.default_rng(positives)
    X, y = rng.normal(size=(300, 5)), (np.arange(300) < positives).astype(int)
    clf = fitted(overfitted(library), weighting, calibration_cv=folds).fit(X, y)
    proba, share = clf.predict_proba(rng.normal(size=(2000, 5)))[:, 1], positives / 300
    expected = -(share * np.log(proba) + (1 - share) * np.log1p(-proba)).mean()
    assert expected < -(share * np.log(share) + (1 - share) * np.log1p(-share)) + 0.03


@pytest.mark.parametrize(
    ("y", "weight", "says"),
    [(np.zeros(200), None, "got only 0"), (np.arange(200) % 2, np.arange(200) % 2, "got no row of 0")],
)
def test_a_class_without_rows_that_weigh_teaches_nothing(y: Any, weight: Any, says: str) -> None:
    with pytest.raises(bw.errors.InvalidValueError, match=says):
        fitted(make_estimator("lightgbm"), None).fit(few(4)[0], y, sample_weight=weight)


def costs(rows: int) -> np.ndarray:
    return np.column_stack([np.linspace(5, 30, rows), np.ones(rows)])


def test_weights_by_row_are_corrected_by_a_map_only() -> None:
    X, y = data(2)
    clf = fitted(make_estimator("lightgbm"), bw.RowCosts()).fit(X, y, row_costs=costs(len(y)))
    means = [clf.row_weights_.sums[label] / clf.row_weights_.counts[label] for label in (0, 1)]
    shifted = raw(clf.estimator_, X) - np.log(means[1] / means[0])
    expected = expit(clf.calibration_.slopes[0] * shifted + clf.calibration_.offsets[0])
    np.testing.assert_allclose(clf.predict_proba(X)[:, 1], expected, rtol=1e-9)


def test_the_callers_row_weights_weigh_what_is_learned() -> None:
    X, y = data(2)
    own = np.random.default_rng(0).uniform(0.2, 3, len(y))
    clf = fitted(make_estimator("lightgbm"), calibration_cv=3, n_jobs=2).fit(X, y, sample_weight=own)
    splits = StratifiedKFold(3, shuffle=True, random_state=0).split(X, y)
    scores = out_of_fold(clf.estimator, X, y, splits, sample_weight=own)
    by_hand = fit_correction(scores, y, bw.Unweighted().resolve(y), sample_weight=own)
    assert clf.calibration_.slopes == pytest.approx(by_hand.slopes, rel=1e-5)
    assert clf.calibration_.rows == pytest.approx(own.sum())


def test_groups_stay_together() -> None:
    X, y = data(2)
    groups = np.arange(len(y)) // 4
    by_groups = fitted(make_estimator("lightgbm"), calibration_cv=GroupKFold(3)).fit(X, y, groups=groups)
    scores = out_of_fold(by_groups.estimator, X, y, GroupKFold(3).split(X, y, groups))
    by_hand = fit_correction(scores, y, bw.Unweighted().resolve(y))
    assert by_groups.calibration_.slopes == pytest.approx(by_hand.slopes, rel=1e-5)
    numbered = fitted(make_estimator("lightgbm"), calibration_cv=3).fit(X, y, groups=groups)
    assert (
        numbered.calibration_ != fitted(make_estimator("lightgbm"), calibration_cv=3).fit(X, y).calibration_
    )


def test_early_stopping_stops_inside_each_fold() -> None:
    X, y = data(2)
    estimator = make_estimator("lightgbm", n_estimators=200, early_stopping_rounds=3)
    clf = fitted(estimator, validation_fraction=0.2, calibration_cv=3).fit(X, y)
    assert clf.estimator_.best_iteration_ < 200
    assert clf.calibration_.rows == len(y)
    given = fitted(estimator, calibration_cv=3).fit(X[:300], y[:300], X_val=X[300:], y_val=y[300:])
    assert given.calibration_.rows == 300


@pytest.mark.parametrize("name", ["sample_weight_val", "eval_sample_weight"])
def test_each_fold_is_evaluated_on_all_evaluation_rows(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    X, y = data(2)
    half, sizes, fit = len(y) // 2, [], LGBMClassifier.fit

    @wraps(fit)
    def noting(self: Any, *arguments: Any, **keywords: Any) -> Any:
        sizes.append(len(keywords["eval_sample_weight"][0]))
        return fit(self, *arguments, **keywords)

    monkeypatch.setattr(LGBMClassifier, "fit", noting)
    clf = fitted(make_estimator("lightgbm", n_estimators=5), calibration_cv=3)
    weight = {name: np.linspace(1.0, 2.0, half)}
    clf.fit(X[:half], y[:half], X_val=X[half : 2 * half], y_val=y[half : 2 * half], **weight)
    assert sizes == [half] * 4  # as many as the training rows, of which folds have parts


# --- the number of rounds ----------------------------------------------------------------------------


def linked(scores: np.ndarray) -> np.ndarray:
    if scores.ndim == 1:
        return np.column_stack([expit(-scores), expit(scores)])
    return np.asarray(softmax(scores, axis=1))


@pytest.mark.parametrize("shifted", [False, True])
@pytest.mark.parametrize("classes", [2, 3])
@pytest.mark.parametrize("library", BY_ROUNDS)
def test_rounds_are_those_of_least_loss_out_of_fold(library: str, classes: int, shifted: bool) -> None:
    X, y = data(classes)
    settings = {RECORDS[library].trees: 12}
    weighting = "shifted" if shifted else "none"
    clf = bw.WeightedClassifier(
        make_estimator(library, **settings), n_rounds="cv", eval_weighting=weighting, calibration_cv=3
    ).fit(X, y)
    losses, parts = [], []
    for train, test in StratifiedKFold(3, shuffle=True, random_state=0).split(X, y):
        part = bw.WeightedClassifier(make_estimator(library, **settings)).fit(X[train], y[train])
        shift = log_weights(part) if shifted else 0.0
        each = [after_rounds(library, part.estimator_, X[test], r) - shift for r in range(1, 13)]
        losses.append([log_loss(y[test], linked(scores)) * len(test) for scores in each])
        parts.append(part)
    mean = np.sum(losses, axis=0)
    assert mean[clf.n_rounds_ - 1] <= mean.min() * (1 + 1e-6)
    at_once = make_estimator(library, **{RECORDS[library].trees: clf.n_rounds_})
    if library == "catboost":  # which derives settings from the number of rounds: as in the folds, of all 12
        derived = ("learning_rate", "leaf_estimation_iterations", "max_ctr_complexity")
        trained = parts[0].estimator_.get_all_params()
        at_once.set_params(**{name: trained[name] for name in derived if name in trained})
    plain = bw.WeightedClassifier(at_once).fit(X, y)
    np.testing.assert_array_equal(clf.predict_proba(X), plain.predict_proba(X))
    assert f"{clf.n_rounds_}, chosen by the folds" in repr(clf.summary())


OTHER_NAME = [("sklearn", "GradientBoostingClassifier", "n_estimators")]


@pytest.mark.parametrize(
    ("library", "name", "trees"),
    [*((library, None, RECORDS[library].trees) for library in BY_ROUNDS), *OTHER_NAME],
)
def test_rounds_and_map_come_from_the_same_fits(library: str, name: str | None, trees: str) -> None:
    X, y = data(2)
    clf = fitted(make_estimator(library, name, **{trees: 12}), n_rounds="cv", calibration_cv=3).fit(X, y)
    assert clf.estimator_.get_params()[trees] == clf.n_rounds_

    def score(model: Any, rows: np.ndarray) -> np.ndarray:
        return after_rounds(library, model, rows, clf.n_rounds_)

    splits = StratifiedKFold(3, shuffle=True, random_state=0).split(X, y)
    own = fit_correction(out_of_fold(clf.estimator, X, y, splits, score), y, bw.Unweighted().resolve(y))
    assert clf.calibration_.slopes == pytest.approx(own.slopes, rel=1e-4)


# --- shifted evaluation ------------------------------------------------------------------------------


@pytest.mark.parametrize("classes", [2, 3])
@pytest.mark.parametrize("library", SHIFTED)
def test_the_library_records_the_loss_without_the_weights(library: str, classes: int) -> None:
    X, y = data(classes)
    half, rounds = len(y) // 2, 8
    record = RECORDS[library]
    settings = {record.trees: rounds, **(record.evaluated if classes == 2 else {})}
    settings |= {"eval_metric": "mlogloss"} if library == "xgboost" and classes == 3 else {}
    models = {}
    for weighting in ("none", "shifted"):
        clf = bw.WeightedClassifier(make_estimator(library, **settings), eval_weighting=weighting)
        quiet = {"verbose": False} if library == "xgboost" else {}
        models[weighting] = clf.fit(X[:half], y[:half], X_val=X[half:], y_val=y[half:], **quiet)
    np.testing.assert_array_equal(models["shifted"].predict_proba(X), models["none"].predict_proba(X))
    clf = models["shifted"]
    recorded = ADAPTERS[library].rounds.losses(clf.estimator_)
    for number in range(1, rounds + 1):
        scores = after_rounds(library, clf.estimator_, X[half:], number) - log_weights(clf)
        assert recorded[number - 1] == pytest.approx(log_loss(y[half:], linked(scores)), abs=2e-6)


@pytest.mark.parametrize("library", SHIFTED)
def test_weights_of_evaluation_rows_multiply(library: str) -> None:
    X, y = data(2)
    half = len(y) // 2
    own = np.random.default_rng(0).uniform(0.5, 2, len(y) - half)
    quiet = {"verbose": False} if library == "xgboost" else {}
    clf = bw.WeightedClassifier(evaluated(library), eval_weighting="shifted")
    clf.fit(X[:half], y[:half], X_val=X[half:], y_val=y[half:], sample_weight_val=own, **quiet)
    recorded = ADAPTERS[library].rounds.losses(clf.estimator_)
    scores = after_rounds(library, clf.estimator_, X[half:], len(recorded)) - log_weights(clf)
    assert recorded[-1] == pytest.approx(log_loss(y[half:], linked(scores), sample_weight=own), abs=2e-6)


@pytest.mark.parametrize("correct", [False, True, "fitted"])
@pytest.mark.parametrize("library", RECORDED)
def test_left_open_evaluation_rows_are_shifted_where_a_correction_is_asked(
    library: str, correct: Any
) -> None:
    X, y = data(2)
    half, shiftable = len(y) // 2, library in SHIFTED
    losses = {}
    for weighting in ("auto", "none", *(["shifted"] if shiftable else [])):
        given = {} if weighting == "auto" else {"eval_weighting": weighting}
        clf = bw.WeightedClassifier(evaluated(library), correct_proba=correct, calibration_cv=2, **given)
        quiet = RECORDS[library].fit_quietly
        clf.fit(X[:half], y[:half], X_val=X[half:], y_val=y[half:], **quiet)
        losses[weighting] = list(RECORDS[library].losses(clf.estimator_))
    assert losses["auto"] == losses["shifted" if correct and shiftable else "none"]
    assert not shiftable or losses["shifted"] != losses["none"]


@pytest.mark.parametrize("correct", [False, True, "fitted"])
@pytest.mark.parametrize("library", BY_ROUNDS)
def test_left_open_rounds_are_chosen_by_the_loss_that_the_correction_leaves(
    library: str, correct: Any
) -> None:
    X, y = data(2)
    settings = {RECORDS[library].trees: 24, "learning_rate": 0.6}
    rounds = {}
    for weighting in ("auto", "none", "shifted"):
        clf = bw.WeightedClassifier(
            make_estimator(library, **settings), n_rounds="cv", correct_proba=correct, calibration_cv=2
        )
        clf.set_params(**({} if weighting == "auto" else {"eval_weighting": weighting}))
        rounds[weighting] = clf.fit(X, y).n_rounds_
    assert rounds["none"] != rounds["shifted"]
    assert rounds["auto"] == rounds["shifted" if correct else "none"]


@pytest.mark.parametrize("weighting", [None, "unweighted", bw.RowCosts()], ids=repr)
def test_left_open_nothing_is_shifted_where_classes_are_not_weighted(weighting: Any) -> None:
    X, y = data(2)
    given = {"row_costs": costs(len(y)), "row_costs_val": costs(200)} if weighting == bw.RowCosts() else {}
    losses = []
    for settings in ({}, {"eval_weighting": "none"}):
        clf = fitted(evaluated("lightgbm"), weighting=weighting, calibration_cv=2, **settings)
        clf.fit(X, y, X_val=X[:200], y_val=y[:200], **given)
        losses.append(RECORDS["lightgbm"].losses(clf.estimator_))
    assert losses[0] == losses[1]


# --- mistakes ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"correct_proba": "isotonic"}, "correct_proba must be one of"),
        ({"calibration_cv": 1}, "at least 2"),
        ({"calibration_cv": 150}, "calibration_cv=150 with .* rows of the rarest class"),
        ({"calibration_cv": TimeSeriesSplit(399)}, "must train on each class"),
        ({"calibration_cv": ShuffleSplit(3, random_state=0)}, "leave out each row once"),
        ({"n_rounds": "best"}, 'n_rounds must be "cv"'),
        ({"n_rounds": "cv", "validation_fraction": 0.2}, "in one way"),
    ],
    ids=str,
)
def test_folds_that_cannot_be(settings: dict[str, Any], says: str) -> None:
    with pytest.raises((bw.errors.InvalidValueError, bw.errors.InvalidTypeError), match=says):
        fitted(make_estimator("lightgbm")).set_params(**settings).fit(*data(2))


@pytest.mark.parametrize("library", BY_ROUNDS)
def test_early_stopping_beside_chosen_rounds_is_refused(library: str) -> None:
    with pytest.raises(bw.errors.InvalidValueError, match="which stops early"):
        bw.WeightedClassifier(stopping(library), n_rounds="cv").fit(*data(2))


def test_rounds_are_chosen_in_one_way() -> None:
    without_rounds = next(name for name in ADAPTERS if name not in BY_ROUNDS)
    X, y = data(2)
    with pytest.raises(bw.errors.InvalidTypeError, match="beside an evaluation set"):
        bw.WeightedClassifier(make_estimator("lightgbm"), n_rounds="cv").fit(X, y, X_val=X, y_val=y)
    with pytest.raises(MissingAbilityError, match="record losses round by round"):
        bw.WeightedClassifier(make_estimator(without_rounds), n_rounds="cv").fit(X, y)


@pytest.mark.parametrize(
    ("library", "settings", "fit_params"),
    [
        ("lightgbm", {"boosting_type": "rf", "bagging_fraction": 0.5, "bagging_freq": 1}, {}),
        ("lightgbm", {}, {"init_score": np.zeros(400)}),
        ("catboost", {"boost_from_average": True}, {}),
        ("xgboost", {}, {"base_margin": np.zeros(400)}),
    ],
    ids=str,
)
def test_a_shift_that_cannot_be_is_refused(
    library: str, settings: dict[str, Any], fit_params: dict[str, Any]
) -> None:
    X, y = data(2)
    clf = bw.WeightedClassifier(make_estimator(library, **settings), eval_weighting="shifted")
    with pytest.raises(bw.errors.InvalidValueError, match="start"):
        clf.fit(X, y, X_val=X, y_val=y, **fit_params)
    clf.set_params(eval_weighting="auto", correct_proba=True).fit(X, y, X_val=X, y_val=y, **fit_params)


def test_a_library_without_start_scores_refuses_the_shift() -> None:
    X, y = data(2)
    clf = bw.WeightedClassifier(make_estimator("sklearn"), eval_weighting="shifted")
    with pytest.raises(MissingAbilityError, match="start from scores of their own"):
        clf.fit(X, y, X_val=X, y_val=y)
    with pytest.raises(bw.errors.InvalidValueError, match="which weights by row are not"):
        bw.WeightedClassifier(make_estimator("xgboost"), bw.RowCosts(), eval_weighting="shifted").fit(
            X, y, row_costs=costs(len(y))
        )


def test_a_correction_is_learned_while_fitting() -> None:
    clf = bw.WeightedClassifier(make_estimator("lightgbm")).fit(*data(2))
    clf.set_params(correct_proba="fitted")
    with pytest.raises(bw.errors.InvalidTypeError, match="learned while fitting"):
        clf.predict_proba(data(2)[0])
