"""What cannot be answered raises before anything is trained."""

import sys
from typing import Any

import numpy as np
import pytest
from libraries import hard_data, make_estimator
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold, KFold, StratifiedKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC

import boostweights as bw

X, Y = hard_data(rows=120)
V, T = bw.errors.InvalidValueError, bw.errors.InvalidTypeError


class Untrainable(ClassifierMixin, BaseEstimator):
    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Any:
        raise AssertionError("trained before the input was checked")

    def predict_proba(self, X: Any) -> Any:
        raise AssertionError("predicted before the input was checked")


CASES: list[tuple[Any, ...]] = [
    ({"ratios": []}, V, "at least one ratio"),
    ({"ratios": [1.0, 0.0]}, V, "positive and finite; got 0.0"),
    ({"ratios": [float("nan")]}, T, "must be a number; got nan"),
    ({"ratios": 5.0}, T, "sequence of numbers; got 5.0"),
    ({"ratios": [1, 2, 2.0]}, V, "each ratio must be there once; got 2.0 twice"),
    ({"y": np.arange(120) % 3}, V, "weight_path is for two classes; got 3"),
    ({"y": np.where(Y == 1, "bad", "good")}, V, "pos_label='bad' or pos_label='good'"),
    ({"pos_label": 2}, V, "must be one of the labels"),
    ({"y": Y[:-1]}, V, "119 rows of y"),
    ({"groups": np.arange(7)}, ValueError, "inconsistent numbers of samples.*7"),
    ({"groups": [None] * 120}, V, "missing.* in groups"),
    ({"at_least": {"recall": 0.9}}, V, "at least 22 positives"),
    ({"at_most": {"recall": 0.9}}, V, 'can promise "alarms"'),
    ({"at_least": {"recall": 0.9}, "at_most": {"alarms": 0.1}}, V, "by the cost of one promise"),
    ({"costs": {"fn": 3}}, T, "costs must be Costs"),
    ({"costs": bw.Costs(matrix=[[0, 1], [5, 0]], classes=[0, 2])}, V, "of the two classes"),
    ({"costs": bw.Costs(fn=2, fp=1, pos_label=0), "pos_label": 1}, V, "must be one; got"),
    ({"scale": "median"}, V, "scale must be one of"),
    ({"sample_weight": np.ones(3)}, V, r"shape \(120,\)"),
    ({"reuse": "always"}, V, "reuse must be one of"),
    ({"tuning": "nestd"}, V, "Did you mean 'nested'"),
    ({"cv": GroupKFold(5), "cv_groups": np.argsort(np.argsort(Y)) // 24}, V, "StratifiedGroupKFold"),
    ({"progress": "yes"}, V, "progress must be"),
    ({"n_jobs": 0}, ValueError, "n_jobs == 0"),
    ({"store": 3}, T, "store must be a folder"),
    ({"cv": 1}, ValueError, "n_splits=1"),
    ({"cv": []}, V, "at least one fold"),
    ({"cv": [([0, 1], [500])]}, V, "positions of rows"),
    ({"cv": [(np.arange(119) > 50, np.arange(119) <= 50)]}, V, "positions of rows"),
]


@pytest.mark.parametrize(("changes", "error", "match"), CASES)
def test_bad_input_raises_before_any_training(
    changes: dict[str, Any], error: type[Exception], match: str
) -> None:
    arguments = {"y": Y, "ratios": [1.0, 3.0], "cv": 3, **changes}
    with pytest.raises(error, match=match):
        bw.weight_path(Untrainable(), X, **arguments)


def test_the_stand_in_does_train_when_all_is_well() -> None:
    with pytest.raises(AssertionError, match="trained before"):
        bw.weight_path(Untrainable(), X, Y, [1.0, 3.0], cv=3)


@pytest.mark.parametrize(
    ("fold", "side", "kind"),
    [(0, "test", "positives"), (2, "test", "negatives"), (2, "train", "positives")],
)
def test_a_fold_without_a_class_is_named_with_the_splitter_that_mends_it(
    fold: int, side: str, kind: str
) -> None:
    negatives, positives = np.flatnonzero(Y == 0), np.flatnonzero(Y == 1)
    both = np.concatenate([negatives[:20], positives[:4]])
    alone = negatives if kind == "positives" else positives
    good, bad = (both, both), ((both, alone[:5]) if side == "test" else (alone[:5], both))
    cv = [good] * fold + [bad]
    with pytest.raises(
        V,
        match=rf"fold {fold} without {kind}, [01], to {side} .*StratifiedKFold\(n_splits",
    ):
        bw.weight_path(Untrainable(), X, Y, cv=cv)


def test_a_class_whose_training_rows_weigh_nothing_is_missing() -> None:
    with pytest.raises(V, match="without positives, 1, to train"):
        bw.weight_path(Untrainable(), X, Y, cv=3, sample_weight=(Y == 0).astype(float))


@pytest.mark.parametrize(
    ("estimator", "error", "match"),
    [
        (LinearSVC(), T, "must give probabilities; got LinearSVC, which has no predict_proba"),
        (HistGradientBoostingRegressor(), T, "trains a classifier"),
        (
            make_pipeline(StandardScaler(), LogisticRegression(class_weight={0: 1, 1: 2})),
            V,
            "in one place",
        ),
        (make_estimator("xgboost", objective="binary:hinge"), T, "objective"),
        (HistGradientBoostingClassifier, T, "unfitted classifier"),
        (None, T, "unfitted classifier"),
        (bw.WeightedClassifier(HistGradientBoostingClassifier(), form="x"), V, "form"),
    ],
)
def test_an_estimator_that_cannot_serve_raises(estimator: Any, error: type[Exception], match: str) -> None:
    with pytest.raises(error, match=match):
        bw.weight_path(estimator, X, Y, [1.0], cv=2)


def test_row_weights_do_not_find_their_way_through_a_pipeline() -> None:
    pipeline = make_pipeline(StandardScaler(), LogisticRegression())
    with pytest.raises(T, match="not to a Pipeline"):
        bw.weight_path(pipeline, X, Y, sample_weight=np.ones(len(Y)))


def test_a_training_fold_too_small_to_tune_a_threshold_in_says_so() -> None:
    y = np.zeros(40, int)
    y[[3, 20]] = 1
    with pytest.raises(V, match="two rows of each class.*; got fold 0 "):
        bw.weight_path(Untrainable(), np.arange(40.0)[:, None], y, [1.0], cv=2, tuning="nested")


def test_a_training_fold_of_one_group_is_too_small_as_well() -> None:
    region = np.arange(120) % 2
    with pytest.raises(V, match="two groups; got fold 0 "):
        bw.weight_path(Untrainable(), X, Y, cv=GroupKFold(2), cv_groups=region, tuning="nested")


def test_a_threshold_is_tuned_on_rows_of_both_classes() -> None:
    match = "both classes in each part of it; got fold 0, within which fold [0-4] is without positives, 1"
    row_weight = np.ones(120)
    row_weight[np.flatnonzero(Y)[1:-1]] = 0  # one positive that weighs in each training fold
    with pytest.raises(V, match=match):
        bw.weight_path(Untrainable(), X, Y, cv=2, sample_weight=row_weight, tuning="nested")
    customer = np.arange(120) // 10
    train, test = np.arange(60), np.arange(60, 120)
    y = np.zeros(120, int)
    y[[1, 2, 3, 70, 80]] = 1  # those to train on are of one customer
    with pytest.raises(V, match=match):
        bw.weight_path(Untrainable(), X, y, cv=[(train, test)], cv_groups=customer, tuning="nested")


@pytest.mark.parametrize("times", [1, 2])
def test_a_fold_without_others_has_none_to_tune_by(times: int) -> None:
    y, cv = np.arange(120) % 2, [(np.arange(60), np.arange(60, 120))] * times
    with pytest.raises(V, match=r"needs other folds.*(one fold|fold 0).*tuning='nested'"):
        bw.weight_path(Untrainable(), X, y, cv=cv, tuning="folds")


@pytest.mark.parametrize(
    "cv", [3, KFold(3), list(StratifiedKFold(3).split(X, Y))], ids=["int", "KFold", "list"]
)
@pytest.mark.filterwarnings("ignore:The groups parameter is ignored")
def test_splits_that_part_groups_raise(cv: Any) -> None:
    customer = np.arange(120) % 40
    with pytest.raises(V, match=r"fold 0 with \d+ groups on both.*StratifiedGroupKFold"):
        bw.weight_path(Untrainable(), X, Y, cv=cv, cv_groups=customer)


@pytest.fixture(scope="module")
def path() -> bw.path.WeightPath:
    return bw.weight_path(LogisticRegression(), np.nan_to_num(X), Y, [1.0, 3.0], cv=2)


def test_questions_that_a_path_cannot_answer_raise(path: bw.path.WeightPath) -> None:
    with pytest.raises(V, match=r"one of the path's, \[1.0, 3.0\]; got 2.9.*nearest is 3.0"):
        path.confusion(2.9)
    with pytest.raises(V, match=r"threshold must lie in \[0, 1\]; got \[1.5\]"):
        path.confusion(1.0, 1.5)
    with pytest.raises(V, match="threshold must lie"):
        path.counts(1.0, [0.5, float("nan")])
    with pytest.raises(T, match="a threshold must be a number"):
        path.counts(1.0, ["half"])  # type: ignore[list-item]
    with pytest.raises(V, match="need groups"):
        path.group_frame()
    with pytest.raises(V, match="for costs of errors"):
        path.best("costs")
    with pytest.raises(V, match="Did you mean 'ranking'"):
        path.best("rankin")
    with pytest.raises(V, match="must have the rate that the results were made to promise"):
        path.best("alarms at recall")


def test_without_rich_a_bar_that_is_asked_for_raises(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "rich", None)
    with pytest.raises(bw.errors.MissingLibraryError, match=r"boostweights\[cli\]"):
        bw.weight_path(Untrainable(), X, Y, cv=2, progress=True)
