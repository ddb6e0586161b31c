"""A path holds what scikit-learn says of models that were trained by hand."""

import math
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from libraries import ESTIMATORS, hard_data, make_estimator
from scipy.special import expit
from sklearn import config_context
from sklearn import metrics as sk
from sklearn.base import clone
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import (
    GroupKFold,
    RepeatedStratifiedKFold,
    StratifiedGroupKFold,
    StratifiedKFold,
    TunedThresholdClassifierCV,
    cross_val_predict,
)
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier

import boostweights as bw
from boostweights.probabilities import fit_correction
from boostweights.probabilities.promise_cost import promise_cost

X, Y = hard_data(rows=500)
FULL = np.nan_to_num(X)  # without missing values
RATIOS = (0.5, 1.0, 6.0)
TREE = DecisionTreeClassifier(max_depth=5, random_state=0)


def by_mean(y: Any, ratio: float) -> Any:
    """Row weights of a ratio that average 1: n / (n0 + r n1) for negatives."""
    negatives, positives = (int((y == code).sum()) for code in (0, 1))
    unit = Fraction(len(y)) / (negatives + Fraction(ratio) * positives)
    return np.where(y == 1, float(Fraction(ratio) * unit), float(unit))


@pytest.fixture(scope="module")
def path() -> bw.path.WeightPath:
    groups = np.where(FULL[:, 2] > 1, "many", "few")
    return bw.weight_path(TREE, FULL, Y, RATIOS, cv=4, costs=bw.Costs(fn=9, fp=2), groups=groups)


def rows_of(path: bw.path.WeightPath, fold: int) -> Any:
    return path.fold == fold


@pytest.mark.parametrize("library", ESTIMATORS)
def test_probabilities_are_those_of_the_librarys_own_fits(library: str) -> None:
    estimator = make_estimator(library)
    path = bw.weight_path(estimator, X, Y, [1.0, 6.0], cv=3)
    assert path.ratios == (1.0, 6.0)
    splits = list(StratifiedKFold(3).split(X, Y))
    np.testing.assert_array_equal(path.row, np.concatenate([test for _, test in splits]))
    np.testing.assert_array_equal(path.y, Y[path.row] == 1)
    for fold, (train, test) in enumerate(splits):
        plain, weighted = make_estimator(library), make_estimator(library)
        plain.fit(X[train], Y[train])
        weighted.fit(X[train], Y[train], sample_weight=by_mean(Y[train], 6.0))
        here = rows_of(path, fold)
        np.testing.assert_array_equal(path.baseline[here], plain.predict_proba(X[test])[:, 1])
        np.testing.assert_array_equal(path.proba[0][here], path.baseline[here])
        np.testing.assert_array_equal(path.proba[1][here], weighted.predict_proba(X[test])[:, 1])
    odds = path.proba[1] / (1 - path.proba[1]) / 6.0
    np.testing.assert_allclose(path.corrected[1], odds / (1 + odds), rtol=2e-5)  # xgboost's are float32


def test_forests_are_corrected_tree_by_tree() -> None:
    forest = RandomForestClassifier(6, max_depth=4, random_state=0)
    path = bw.weight_path(forest, X, Y, [6.0], cv=2)
    (train, test), _ = StratifiedKFold(2).split(X, Y)
    fitted = clone(forest).fit(X[train], Y[train], sample_weight=by_mean(Y[train], 6.0))
    trees = np.array([tree.predict_proba(X[test])[:, 1] for tree in fitted.estimators_])
    undone = trees / (trees + 6.0 * (1 - trees))
    np.testing.assert_allclose(path.corrected[0][path.fold == 0], undone.mean(axis=0), atol=1e-12)


def test_metrics_are_scikit_learns(path: bw.path.WeightPath) -> None:
    frame = path.fold_frame()
    assert len(frame) == len(RATIOS) * 4
    for _, found in frame.iterrows():
        here, position = rows_of(path, int(found["fold"])), path.position(found["ratio"])
        y, proba, corrected = path.y[here], path.proba[position][here], path.corrected[position][here]
        predicted = proba >= 0.5
        expected = {
            "recall": sk.recall_score(y, predicted),
            "precision": sk.precision_score(y, predicted, zero_division=0),
            "f1": sk.f1_score(y, predicted),
            "average_precision": sk.average_precision_score(y, proba),
            "roc_auc": sk.roc_auc_score(y, proba),
            "log_loss": sk.log_loss(y, proba),
            "log_loss_corrected": sk.log_loss(y, corrected),
            "log_loss_fitted": sk.log_loss(y, path.fitted[position][here]),
            "cost": np.where(y, 9.0 * ~predicted, 2.0 * predicted).mean(),
        }
        assert dict(found[list(expected)]) == pytest.approx(expected)
        counts = found[["tn", "fp", "fn", "tp"]].tolist()
        assert counts == sk.confusion_matrix(y, predicted).ravel().tolist()


def test_the_table_by_ratio_sums_counts_and_gives_corrected_intervals(path: bw.path.WeightPath) -> None:
    frame, folds = path.to_frame(), path.fold_frame()
    assert frame["ratio"].tolist() == list(RATIOS)
    for _, row in frame.iterrows():
        own = folds[folds["ratio"] == row["ratio"]]
        for count in ("tn", "fp", "fn", "tp"):
            assert row[count] == own[count].sum()
        for metric in ("recall", "log_loss_corrected", "cost"):
            # as in scikit-learn's example on comparing models: corrected_std, t of k - 1 degrees
            test, train = 125, 375
            deviation = np.sqrt(own[metric].var(ddof=1) * (1 / 4 + test / train))
            assert row[metric] == pytest.approx(own[metric].mean())
            half = 3.182446305284263 * deviation  # t(3) at 97.5 %, from a table
            mean, low, high = (row[f"{metric}{end}"] for end in ("", "_low", "_high"))
            if metric != "recall":
                assert (high - mean, mean - low) == pytest.approx((half, half))
                continue
            assert 0 <= low < mean < high <= 1
            for end in (low, high):  # Wilson's: as far from the mean as the error there says
                assert (end - mean) ** 2 == pytest.approx(half**2 * end * (1 - end) / (mean * (1 - mean)))


def test_one_fold_has_no_interval() -> None:
    masks = [tuple(np.isin(np.arange(len(Y)), rows) for rows in next(StratifiedKFold(3).split(X, Y)))]
    path = bw.weight_path(TREE, FULL, Y, [1.0, 6.0], cv=masks, tuning="nested")
    frame = path.to_frame()
    assert frame["recall_low"].isna().all()
    assert path.best("ranking").policy == bw.Unweighted()
    np.testing.assert_array_equal(path.fitted, path.corrected)  # there is no other fold to learn from


def test_confusion_matches_scikit_learn_at_any_threshold(path: bw.path.WeightPath) -> None:
    for corrected, probabilities in ((False, path.proba), (True, path.corrected)):
        for threshold in (0.0, 0.2, float(probabilities[2][7]), 1.0):
            expected = sk.confusion_matrix(
                path.y, probabilities[2] >= threshold, labels=[False, True]
            ).ravel()
            found = path.confusion(6.0, threshold, corrected=corrected)
            assert list(found) == ["tn", "fp", "fn", "tp"]
            assert list(found.values()) == expected.tolist()
    together = path.counts(6.0, [0.2, 0.5])
    assert together.tolist() == [list(path.confusion(6.0, each).values()) for each in (0.2, 0.5)]


def test_baselines_are_the_unweighted_model_at_other_thresholds(path: bw.path.WeightPath) -> None:
    frame = path.baselines()
    assert frame["baseline"].tolist() == ["equivalent threshold"] * 3 + ["tuned threshold"]
    assert frame["threshold"].tolist()[:3] == [1 / 1.5, 1 / 2, 1 / 7]
    for _, row in frame.iloc[:3].iterrows():
        expected = sk.confusion_matrix(path.y, path.baseline >= row["threshold"]).ravel()
        assert row[["tn", "fp", "fn", "tp"]].tolist() == expected.tolist()
    tuned = frame.iloc[3]
    predicted = path.baseline >= path.tuned_threshold[path.fold]
    assert tuned[["tn", "fp", "fn", "tp"]].tolist() == sk.confusion_matrix(path.y, predicted).ravel().tolist()
    assert tuned["threshold"] == pytest.approx(path.tuned_threshold.mean())
    unweighted = frame["log_loss"].to_numpy()
    assert unweighted == pytest.approx([path.to_frame()["log_loss"][1]] * 4)


def f1(y_true: Any, y_pred: Any) -> float:
    """Of counts: scikit-learn's own is slow, and asked at a hundred thresholds."""
    hits, misses, alarms = (
        (a & b).sum() for a, b in ((y_true, y_pred), (y_true, 1 - y_pred), (1 - y_true, y_pred))
    )
    return float(2 * hits / max(2 * hits + misses + alarms, 1))


def cost(y_true: Any, y_pred: Any) -> float:
    return -float((9.0 * (y_true & ~y_pred) + 2.0 * (~y_true & y_pred)).mean())


@pytest.mark.parametrize("correct", [False, True])
def test_evaluation_rows_are_those_of_the_classifier_at_each_ratio(correct: bool) -> None:
    """Also where `eval_weighting` is left open: by the classifier's own correction, not by the path's."""
    booster = make_estimator("lightgbm", n_estimators=60, learning_rate=0.3, early_stopping_round=3)
    clf = bw.WeightedClassifier(booster, validation_fraction=0.3, correct_proba=correct)
    path = bw.weight_path(clf, X, Y, [6.0], cv=2, scale="none")
    train, test = next(StratifiedKFold(2).split(X, Y))
    alone = clone(clf).set_params(weighting={0: 1.0, 1: 6.0}).fit(X[train], Y[train])
    proba = (path.corrected if correct else path.proba)[0][path.fold == 0]
    np.testing.assert_allclose(proba, alone.predict_proba(X[test])[:, 1], atol=1e-12)


@pytest.mark.parametrize(
    ("costs", "positive"), [(None, 0), (bw.Costs(fn=9, fp=2), 0), (bw.Costs(fn=9, fp=2), 1)]
)
def test_the_tuned_threshold_is_scikit_learns(costs: Any, positive: int) -> None:
    splits = [next(StratifiedKFold(2).split(FULL, Y))]
    path = bw.weight_path(TREE, FULL, Y, [1.0], cv=splits, costs=costs, pos_label=positive, tuning="nested")
    by = (
        sk.make_scorer(sk.f1_score, pos_label=positive)
        if costs is None
        else sk.make_scorer(lambda y, p, pos_label: cost(y == pos_label, p == pos_label), pos_label=positive)
    )
    for fold, (train, _) in enumerate(splits):
        tuner = TunedThresholdClassifierCV(clone(TREE), scoring=by, cv=5).fit(FULL[train], Y[train])
        assert path.tuned_threshold[fold] == tuner.best_threshold_
    assert path.tuned_by == ("f1" if costs is None else "cost")
    assert path.tuning.startswith("nested: ")


def best_of_all(y: Any, proba: Any, worth: Any) -> float:
    """The best of all scores, the highest of several, by a metric of decisions."""
    return max(np.unique(proba), key=lambda at: (worth(y.astype(int), (proba >= at).astype(int)), at))


@pytest.mark.parametrize(
    ("costs", "positive"), [(None, 1), (None, 0), (bw.Costs(fn=9, fp=2), 0), (bw.Costs(fn=9, fp=2), 1)]
)
def test_a_folds_threshold_is_the_best_on_the_other_folds_scores(costs: Any, positive: int) -> None:
    path = bw.weight_path(TREE, FULL, Y, [6.0], cv=3, costs=costs, pos_label=positive)
    proba = cross_val_predict(clone(TREE), FULL, Y, cv=3, method="predict_proba")[:, positive]
    for fold, (train, _) in enumerate(StratifiedKFold(3).split(FULL, Y)):
        expected = best_of_all(Y[train] == positive, proba[train], f1 if costs is None else cost)
        assert path.tuned_threshold[fold] == expected
    assert path.tuning.startswith("folds: ")


def test_no_row_tunes_its_own_threshold_in_another_repetition() -> None:
    cv = RepeatedStratifiedKFold(n_splits=2, n_repeats=2, random_state=0)
    path = bw.weight_path(make_estimator("lightgbm"), X, Y, [1.0], cv=cv, tuning="folds")
    assert np.bincount(path.row).tolist() == [2] * len(Y)
    for fold in range(4):
        others = ~np.isin(path.row, path.row[path.fold == fold])
        assert path.tuned_threshold[fold] == best_of_all(path.y[others], path.baseline[others], f1)
    by_all_others = best_of_all(path.y[path.fold != 0], path.baseline[path.fold != 0], f1)
    assert path.tuned_threshold[0] != by_all_others


def test_the_callers_row_weights_train_where_the_threshold_is_tuned() -> None:
    row_weight = np.where(FULL[:, 2] > 1, 4.0, 0.25)
    train, test = next(StratifiedKFold(2).split(FULL, Y))
    given: dict[str, Any] = {"cv": [(train, test)], "tuning": "nested"}
    path = bw.weight_path(TREE, FULL, Y, [1.0], sample_weight=row_weight, **given)
    with config_context(enable_metadata_routing=True):
        tuner = TunedThresholdClassifierCV(
            clone(TREE).set_fit_request(sample_weight=True),
            scoring=sk.make_scorer(sk.f1_score).set_score_request(sample_weight=False),
        ).fit(FULL[train], Y[train], sample_weight=row_weight[train])
    assert path.tuned_threshold.tolist() == [tuner.best_threshold_]
    unweighted = bw.weight_path(TREE, FULL, Y, [1.0], **given)
    assert path.tuned_threshold[0] != unweighted.tuned_threshold[0]


def test_groups_report_whose_errors_the_weight_trades(path: bw.path.WeightPath) -> None:
    frame = path.group_frame()
    assert frame[["ratio", "group"]].to_numpy().tolist() == [
        [ratio, group] for ratio in RATIOS for group in ("few", "many")
    ]
    for _, row in frame.iterrows():
        inside = path.groups == row["group"]
        position = path.position(row["ratio"])

        def rates(proba: Any, inside: Any = inside) -> dict[str, float]:
            predicted, y = proba[inside] >= 0.5, path.y[inside]
            return {
                "fnr": 1 - sk.recall_score(y, predicted),
                "fpr": 1 - sk.recall_score(y, predicted, pos_label=False),
                "selection_rate": predicted.mean(),
            }

        now, before = rates(path.proba[position]), rates(path.baseline)
        for name, rate in now.items():
            assert row[name] == pytest.approx(rate)
            assert row[f"{name}_change"] == pytest.approx(rate - before[name])
        assert row["rows"] == inside.sum()
        assert row["positives"] == path.y[inside].sum()


def test_a_group_without_positives_has_no_miss_rate() -> None:
    groups = np.where(Y == 1, "a", np.where(np.arange(len(Y)) % 2 == 0, "a", "b"))
    frame = bw.weight_path(TREE, FULL, Y, [6.0], cv=2, groups=groups).group_frame()
    alone = frame[frame["group"] == "b"].iloc[0]
    assert np.isnan(alone["fnr"])
    assert 0 <= alone["fpr"] <= 1


def test_groups_may_be_tuples() -> None:
    pairs = [("n", int(few > 1)) for few in FULL[:, 2]]
    frame = bw.weight_path(TREE, FULL, Y, [6.0], cv=2, groups=pairs).group_frame()
    named = bw.weight_path(TREE, FULL, Y, [6.0], cv=2, groups=FULL[:, 2] > 1).group_frame()
    assert frame["group"].tolist() == [("n", 0), ("n", 1)]
    assert frame.drop(columns="group").equals(named.drop(columns="group"))


@pytest.mark.parametrize("need", ["costs", "decisions", "probabilities", "ranking"])
def test_best_names_policy_correction_and_threshold_and_what_it_was_compared_with(
    need: str, path: bw.path.WeightPath
) -> None:
    found = path.best(need)
    assert found.policy is not None
    assert found.compared_with.startswith("DecisionTreeClassifier, unweighted")
    assert found.compared_with in (found.name, *found.baselines)
    assert (found.threshold is None) == (need in ("probabilities", "ranking"))
    clf = bw.WeightedClassifier.from_recommendation(found, TREE)
    assert clf.weighting == found.policy
    assert clf.threshold == found.threshold
    assert clf.fit(FULL, Y).predict(FULL).shape == Y.shape


def test_a_path_is_asked_by_its_costs_or_else_by_f1(path: bw.path.WeightPath) -> None:
    assert path.best().need == "costs"
    assert bw.weight_path(TREE, FULL, Y, [1.0], cv=2).best().need == "decisions"


TIMES = np.tile(np.arange(20) < 10, 10)
"""Positive or not, in order."""


def path_of(weak: Any, **better: Any) -> bw.path.WeightPath:
    """A path of the same probabilities everywhere, but for some better ones at the ratio 9."""
    alike = {
        name: np.stack([weak, weak, better.get(name, weak)]) for name in ("proba", "corrected", "fitted")
    }
    return bw.path.WeightPath(
        ratios=(1.0, 2.0, 9.0),
        classes=(0, 1),
        pos_label=1,
        row=np.arange(len(TIMES)),
        fold=np.arange(len(TIMES)) % 2,
        y=TIMES,
        **alike,
        baseline=weak,
        baseline_fitted=weak,
        tuned_threshold=np.array([0.5, 0.5]),
        train_size=np.array([100, 100]),
        costs=bw.Costs(fn=5, fp=1),
    )


def noisy(noise: float) -> Any:
    rng = np.random.default_rng(0)
    return np.clip(np.where(TIMES, 0.8, 0.2) + rng.normal(0, noise, len(TIMES)), 0.01, 0.99)


def test_the_unweighted_model_is_the_best_where_weights_change_nothing() -> None:
    path = path_of(noisy(0.2))
    for need in ("costs", "decisions", "probabilities", "ranking"):
        found = path.best(need)
        assert found.policy == bw.Unweighted()
        assert "No alternative is clearly better" in found.sure


@pytest.mark.parametrize(
    ("name", "correction", "needs"),
    [
        ("proba", "none", ("decisions", "ranking", "probabilities")),
        ("corrected", "analytic", ("probabilities",)),
        ("fitted", "fitted", ("probabilities",)),
    ],
)
def test_the_weight_and_correction_that_are_clearly_better_are_the_best(
    name: str, correction: str, needs: tuple[str, ...]
) -> None:
    path = path_of(noisy(0.6), **{name: noisy(0.1)})
    for need in needs:
        found = path.best(need)
        assert found.policy == bw.Explicit({0: 1.0, 1: 9.0}, scale=path.scale)
        assert found.correction == correction


def test_labels_are_any_and_either_may_be_positive() -> None:
    named = np.where(Y == 1, "bad", "good")
    by_name = bw.weight_path(TREE, FULL, named, [6.0], cv=2, pos_label="bad")
    assert by_name.classes == ("bad", "good")
    assert by_name.pos_label == "bad"
    np.testing.assert_array_equal(by_name.y, (named == "bad")[by_name.row])
    by_code = bw.weight_path(TREE, FULL, 1 - Y, [6.0], cv=2, pos_label=0)
    np.testing.assert_array_equal(by_name.proba, by_code.proba)
    # the positive class weighs 6: its recall rises, whichever column it is
    recalls = [by_name.confusion(6.0)["tp"], int((by_name.baseline >= 0.5)[by_name.y].sum())]
    assert recalls[0] > recalls[1]


@pytest.mark.parametrize(("positive", "fn", "fp"), [("bad", 9, 2), ("good", 2, 9)])
def test_costs_may_be_a_matrix_of_named_classes(positive: str, fn: float, fp: float) -> None:
    named = np.where(Y == 1, "bad", "good")
    matrix = bw.Costs(matrix=[[0, 9], [2, 0]], classes=["bad", "good"])
    by_name = bw.weight_path(TREE, FULL, named, [6.0], cv=2, pos_label=positive, costs=matrix)
    by_code = bw.weight_path(TREE, FULL, named, [6.0], cv=2, costs=bw.Costs(fn=fn, fp=fp, pos_label=positive))
    assert by_name.to_frame()["cost"].tolist() == by_code.to_frame()["cost"].tolist()
    assert by_name.tuned_threshold.tolist() == by_code.tuned_threshold.tolist()


@pytest.mark.parametrize("library", ["pandas", "polars"])
def test_frames_are_taken_as_they_are(library: str) -> None:
    frames = pytest.importorskip(library)
    columns = {f"f{i}": column for i, column in enumerate(FULL.T)}
    frame, y = frames.DataFrame(columns), frames.Series(np.where(Y == 1, "yes", "no"))
    groups = frames.Series(np.where(FULL[:, 2] > 1, "many", "few"))
    before = frame.to_numpy().copy()
    path = bw.weight_path(TREE, frame, y, [6.0], cv=2, pos_label="yes", groups=groups)
    expected = bw.weight_path(TREE, FULL, Y, [6.0], cv=2)
    np.testing.assert_array_equal(path.proba, expected.proba)
    np.testing.assert_array_equal(frame.to_numpy(), before)
    assert path.to_frame(library).shape == (1, path.to_frame().shape[1])


def test_sparse_matrices_are_taken() -> None:
    sparse = pytest.importorskip("scipy.sparse")
    path = bw.weight_path(TREE, sparse.coo_matrix(FULL), Y, [6.0], cv=2)
    np.testing.assert_array_equal(path.proba, bw.weight_path(TREE, FULL, Y, [6.0], cv=2).proba)


def test_groups_of_cv_are_kept_together_also_where_the_threshold_is_tuned() -> None:
    customer = np.arange(len(Y)) // 5
    cv = StratifiedGroupKFold(3)
    path = bw.weight_path(TREE, FULL, Y, [6.0], cv=cv, cv_groups=customer, tuning="nested")
    splits = list(cv.split(FULL, Y, customer))
    np.testing.assert_array_equal(path.row, np.concatenate([test for _, test in splits]))
    train = splits[0][0]
    inner = list(StratifiedGroupKFold(5).split(FULL[train], Y[train], customer[train]))
    tuner = TunedThresholdClassifierCV(clone(TREE), scoring=sk.make_scorer(f1), cv=inner).fit(
        FULL[train], Y[train]
    )
    assert path.tuned_threshold[0] == tuner.best_threshold_
    assert bw.weight_path(TREE, FULL, Y, [6.0], cv=GroupKFold(2), cv_groups=customer).folds == 2


def test_a_pipeline_is_weighted_at_its_end() -> None:
    bare = LogisticRegression()
    pipeline = make_pipeline(StandardScaler(), bare)
    wrapped = make_pipeline(StandardScaler(), bw.WeightedClassifier(bare, weighting="balanced"))
    found = [bw.weight_path(each, FULL, Y, [6.0], cv=2, scale="none") for each in (pipeline, wrapped)]
    by_hand = make_pipeline(StandardScaler(), LogisticRegression(class_weight={0: 1.0, 1: 6.0}))
    expected = cross_val_predict(by_hand, FULL, Y, cv=StratifiedKFold(2), method="predict_proba")[:, 1]
    for path in found:
        assert "Pipeline" in path.reused
        np.testing.assert_allclose(path.proba[0], expected[path.row], atol=1e-7)
    assert pipeline.steps[-1][1] is bare


def test_the_callers_row_weights_multiply() -> None:
    row_weight = np.linspace(0.5, 2.0, len(Y))
    path = bw.weight_path(TREE, FULL, Y, [1.0, 6.0], cv=2, sample_weight=row_weight, scale="none")
    (train, test), _ = StratifiedKFold(2).split(X, Y)
    weight = row_weight[train] * np.where(Y[train] == 1, 6.0, 1.0)
    fitted = clone(TREE).fit(FULL[train], Y[train], sample_weight=weight)
    np.testing.assert_array_equal(path.proba[1][path.fold == 0], fitted.predict_proba(FULL[test])[:, 1])
    plain = clone(TREE).fit(FULL[train], Y[train], sample_weight=row_weight[train])
    np.testing.assert_array_equal(path.baseline[path.fold == 0], plain.predict_proba(FULL[test])[:, 1])


def test_without_ratios_the_grid_follows_the_rows() -> None:
    path = bw.weight_path(TREE, FULL, Y, cv=2)
    balanced = (Y == 0).sum() / (Y == 1).sum()
    assert {1.0, balanced} <= set(path.ratios)
    assert path.imbalance_ratio == pytest.approx(balanced)


def test_a_path_prints_as_a_table(path: bw.path.WeightPath, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "400")  # else names are folded
    text = repr(path)
    assert "DecisionTreeClassifier(max_depth=5, random_state=0)" in text
    assert "unweighted, tuned threshold" in text
    assert text.count("weighted  ") >= len(RATIOS)
    assert "none: scikit-learn's estimators bin, if at all, by weight" in text


@pytest.mark.parametrize(
    ("asked", "color", "bar"),
    [
        ({"progress": True}, False, "4/4"),  # two folds of two ratios
        ({"progress": True, "tuning": "nested"}, False, "6/6 fold 2, threshold"),
        ({"progress": False}, True, ""),
        ({"progress": 0}, True, ""),
        ({}, True, "fold 2"),
        ({}, False, ""),
    ],
)
def test_a_bar_is_drawn_where_it_is_asked_for_or_left_open_in_a_terminal(
    asked: dict[str, Any], color: bool, bar: str, capsys: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("rich")
    monkeypatch.delenv("FORCE_COLOR", raising=False)
    if color:
        monkeypatch.setenv("FORCE_COLOR", "1")  # by which rich takes any output for a terminal
    bw.weight_path(TREE, FULL, Y, [6.0], cv=2, **asked)
    shown = capsys.readouterr().err
    assert bar in shown
    assert bool(shown) == bool(bar)


def test_left_open_there_is_no_bar_without_rich(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("boostweights.progress.find_spec", lambda name: None)
    assert bw.weight_path(TREE, FULL, Y, [6.0], cv=2).folds == 2


def test_a_folds_fitted_correction_is_learned_from_the_other_folds(path: bw.path.WeightPath) -> None:
    for position in range(len(path.ratios)):
        held = np.clip(path.corrected[position], 1e-6, 1 - 1e-6)
        scores = np.log(held / (1 - held))
        for fold in np.unique(path.fold):
            own, others = path.fold == fold, path.fold != fold
            found = fit_correction(scores[others], path.y[others], bw.Unweighted().resolve(path.y))
            expected = found.slopes[0] * scores[own] + found.offsets[0]
            np.testing.assert_allclose(path.fitted[position][own], expit(expected), atol=1e-5)
    np.testing.assert_array_equal(path.baseline_fitted, path.fitted[1])  # the ratio 1
    counts = path.counts(path.ratios[-1], [0.3], corrected="fitted")[0]
    assert counts[3] == (path.fitted[-1][path.y] >= 0.3).sum()


@pytest.mark.parametrize("grouped", [False, True])
@pytest.mark.parametrize("asked", [{"at_least": {"recall": 0.8}}, {"at_most": {"alarms": 0.2}}])
def test_ratios_are_compared_by_what_a_promise_costs(
    asked: dict[str, Any], grouped: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the expected cost of a promise that is made on a third of the rows, as a fit makes it."""
    customer = np.arange(len(Y)) // 2
    cv: dict[str, Any] = {"cv": GroupKFold(3), "cv_groups": customer} if grouped else {"cv": 3}
    path = bw.weight_path(TREE, FULL, Y, [1.0, 6.0], **cv, **asked)
    frame = path.fold_frame().set_index(["ratio", "fold"])
    unit = customer if grouped else np.arange(len(Y))
    rows = math.ceil(len(np.unique(unit[Y == 1] if "at_least" in asked else unit)) / 3)
    for ratio, proba in zip(path.ratios, path.proba, strict=True):
        for fold in range(3):
            here = path.fold == fold
            clusters = customer[path.row[here]] if grouped else None
            cost = promise_cost(path.promised, proba[here], path.y[here], rows=rows, clusters=clusters)
            measured = frame.loc[(ratio, fold)]
            assert measured["promised_alarms"] == pytest.approx(cost.alarms)
            assert measured["promised_recall"] == pytest.approx(cost.recall)
            assert measured["promised_threshold"] == pytest.approx(cost.threshold)
    metric = "promised_alarms" if "at_least" in asked else "promised_recall"
    found = path.best()
    assert found.expected[0].metric == ("alarms_per_1000" if "at_least" in asked else "recall")
    assert found.threshold == path.promised
    assert f"{metric}_low" in path.to_frame()
    assert "with confidence 0.9, made on the rows that a fit would hold out" in " ".join(repr(path).split())
    monkeypatch.setenv("COLUMNS", "400")  # else names are folded
    assert metric in repr(path)


def test_groups_of_folds_are_resampled_whole() -> None:
    """Rows that come four times tell no more than once: the same path without groups is too sure."""
    X, y, customer = np.tile(FULL, (4, 1)), np.tile(Y, 4), np.tile(np.arange(len(Y)), 4)
    splits = list(GroupKFold(3).split(X, y, customer))
    figures = [
        bw.weight_path(TREE, X, y, [1.0], cv=splits, **groups).best("ranking").expected[0]
        for groups in ({}, {"cv_groups": customer})
    ]
    rows, groups = (found.high - found.low for found in figures)
    assert groups > 1.5 * rows
