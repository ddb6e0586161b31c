"""What is learned from rows besides those that a fold tests: a correction, and thresholds."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from sklearn import config_context, get_config
from sklearn.metrics import make_scorer
from sklearn.model_selection import (
    PredefinedSplit,
    StratifiedGroupKFold,
    StratifiedKFold,
    TunedThresholdClassifierCV,
)
from sklearn.utils import _safe_indexing

from boostweights.errors import check_known, check_that
from boostweights.estimator.corrected import Margins, out_of_fold_correction
from boostweights.path.inputs import Codes, Labels, Split
from boostweights.path.model import PathModel
from boostweights.path.result import WeightPath, at_threshold, costs_of_counts
from boostweights.probabilities.calibration import EDGE, scores_of
from boostweights.probabilities.link import LinkKind, log_proba
from boostweights.probabilities.thresholds import Bools, Floats, best_threshold, f1_of
from boostweights.weighting.policies.by_class import Unweighted

_TUNING = ("nested", "folds")
_INNER_FOLDS = 5  # scikit-learn's own default


def by_others(row: Codes, fold: Codes, *, in_time: bool = False) -> Iterator[tuple[Bools, Bools]]:
    """Yield for each fold the evaluated rows that it tested, and those that it may learn from.

    Parameters
    ----------
    row, fold : ndarray of shape (m,)
        Which row each is, and the fold that tested it. A fold learns nothing from its own rows, nor from
        those rows in the folds of another repetition.
    in_time : bool, default=False
        Whether folds are in order of time. A fold then learns from earlier folds only, and the first one from
        none.

    Examples
    --------
    >>> row, fold = np.array([0, 1, 0, 1]), np.array([0, 1, 2, 3])
    >>> [np.flatnonzero(others).tolist() for _, others in by_others(row, fold)]
    [[1, 3], [0, 2], [1, 3], [0, 2]]
    """
    for number in np.unique(fold):
        tested = fold == number
        others = ~np.isin(row, row[tested])
        yield tested, others & (fold < number) if in_time else others


def fitted(
    corrected: Floats, y: Bools, row: Codes, fold: Codes, own: Floats, *, in_time: bool = False
) -> Floats:
    """Return probabilities of the positive class by `fit_correction`, which costs no fit more.

    Parameters
    ----------
    corrected : ndarray of shape (r, m) or (r, m, k)
        Out-of-fold probabilities of the positive class at each ratio, the weights taken out; of each of k
        classes, where there are more than two.
    y : ndarray of shape (m,)
        Whether rows are positive; of more than two classes, their codes from 0 to k-1.
    row, fold : ndarray of shape (m,)
        See `by_others`. Of one fold nothing is learned.
    own : ndarray of shape (m,)
        The caller's row weights.
    in_time : bool, default=False
        See `by_others`. Probabilities of the first fold then stay as they are.

    Examples
    --------
    >>> proba, y = np.tile([0.2, 0.6], 100), np.tile([False, False, False, True], 50)
    >>> fitted(proba[None], y, np.arange(200), np.arange(200) // 100, np.ones(200))[0, :2].round(2)
    array([0.01, 0.49])
    """
    codes, weights = y.astype(np.intp), Unweighted().resolve(y)
    found = corrected.copy()
    kind: LinkKind = "logit" if corrected.ndim == 2 else "softmax"
    tables = corrected if kind == "softmax" else np.stack([1.0 - corrected, corrected], axis=-1)
    scores = [scores_of(each, kind, EDGE) for each in tables]
    for tested, others in by_others(row, fold, in_time=in_time):
        if len(np.unique(codes[others])) < max(2, len(weights.classes)):  # there is no other fold
            continue
        for at, score in enumerate(scores):
            margins = Margins(values=score[others], kind=kind, edge=EDGE)
            learned = out_of_fold_correction([(margins, codes[others], own[others])], weights)
            mapped = np.exp(log_proba(learned.affine()(score[tested]), kind))
            found[at, tested] = mapped[:, 1] if kind == "logit" else mapped
    return found


def tuned(proba: Floats, y: Bools, row: Codes, fold: Codes, costs: Floats | None) -> Floats:
    """Return for each fold the threshold that is best on the scores of the others, which costs no fit.

    Parameters
    ----------
    proba : ndarray of shape (m,)
        Out-of-fold probabilities of the positive class, of the unweighted model.
    y, row, fold : ndarray of shape (m,)
        As for `fitted`; there are others of both classes.
    costs : ndarray of shape (4,) or None
        Of a true negative, false positive, false negative and true positive; without, F1 counts.

    Examples
    --------
    >>> proba, y = np.array([0.1, 0.4, 0.6, 0.9, 0.2, 0.3, 0.5, 0.8]), np.tile([False, False, True, True], 2)
    >>> tuned(proba, y, np.arange(8), np.arange(8) // 4, None)
    array([0.5, 0.6])
    """
    pairs = by_others(row, fold)
    worth = f1_of if costs is None else lambda counts: -(counts @ costs)
    return np.array([best_threshold(y[others], proba[others], worth) for _, others in pairs])


def path_of(
    trained: Sequence[float],
    proba: Floats,
    corrected: Floats,
    weights: Floats,
    thresholds: Sequence[float] = (),
    **facts: Any,
) -> WeightPath:
    """Return the path of the models that were trained with each ratio; it keeps those of ``ratios``.

    Without thresholds, each fold's threshold is tuned on the scores of the others (see `tuned`).
    """
    row, fold, y, costs = (facts[name] for name in ("row", "fold", "y", "costs"))
    counted = None if costs is None else costs_of_counts(costs, facts["classes"], facts["pos_label"])
    mapped = fitted(corrected, y, row, fold, weights)
    kept, unweighted = [trained.index(ratio) for ratio in facts["ratios"]], trained.index(1.0)
    return WeightPath(
        proba=proba[kept],
        corrected=corrected[kept],
        fitted=mapped[kept],
        baseline=proba[unweighted],
        baseline_fitted=mapped[unweighted],
        tuned_threshold=np.array(thresholds or tuned(proba[unweighted], y, row, fold, counted)),
        tuned_by="f1" if costs is None else "cost",
        **facts,
    )


def checked_tuning(
    tuning: Any, splits: Sequence[Split], labels: Labels, clusters: Codes | None
) -> list[Codes] | None:
    """Return the part of its training fold that each row is in, if thresholds are tuned there, or raise."""
    check_known(tuning, _TUNING, f"tuning must be one of {_TUNING}")
    if tuning == "nested":
        within = "tuning a threshold within a training fold"
        inner = []
        for number, (rows, _) in enumerate(splits):
            codes, groups = labels.codes[rows], None if clusters is None else clusters[rows]
            sizes = [*np.bincount(codes, minlength=2), *([] if groups is None else [len(np.unique(groups))])]
            parts = int(min(_INNER_FOLDS, *sizes))
            rule = f"{within} needs two rows of each class there, and two groups"
            seen = f"fold {number} with too few among {len(rows)} training rows"
            check_that(parts > 1, rule, seen, "Use fewer folds, or more rows of the rarer class.")
            splitter = StratifiedKFold(parts) if groups is None else StratifiedGroupKFold(parts)
            part_of = np.empty(len(rows), np.intp)
            for part, (train, test) in enumerate(splitter.split(codes, codes, groups)):
                missing = labels.missing(rows[train], weighted=True)
                rule = f"{within} needs rows of both classes in each part of it"
                seen = f"fold {number}, within which fold {part} is without {missing}, to train"
                check_that(not missing, rule, seen, "Use fewer folds, or more rows of the rarer class.")
                part_of[test] = part
            inner.append(part_of)
        return inner
    row, fold = tested_rows(splits)
    alone = [
        f"fold {number} has no others of both classes"
        for number, (_, others) in enumerate(by_others(row, fold))
        if len(np.unique(labels.codes[row[others]])) < 2
    ]
    rule = "tuning='folds' needs other folds, which tested rows of both classes besides a fold's own"
    check_that(not alone, rule, "".join(alone[:1]), "Use tuning='nested', or a cv of more folds.")
    return None


def tested_rows(splits: Sequence[Split]) -> tuple[Codes, Codes]:
    """Return which row each evaluated row is, and the fold that tested it, fold after fold."""
    fold = np.repeat(np.arange(len(splits)), [len(split.test) for split in splits])
    return np.concatenate([split.test for split in splits]), fold


def nested_threshold(
    model: PathModel, X: Any, labels: Labels, split: Split, inner: Codes, *, costs: Floats | None
) -> float:
    """Return the threshold that is best, by cost or else by F1, within a fold's training rows.

    ``TunedThresholdClassifierCV`` of the unweighted model over the parts of the training fold.
    """
    estimator = model.at(1.0, labels.positive)

    def worth(y_true: Codes, y_pred: Codes, pos_label: int) -> float:
        """Return the tuner's objective, from counts: it is asked at each of a hundred thresholds."""
        outcome = 2 * (y_true == pos_label) + (y_pred == pos_label)  # tn, fp, fn, tp
        scores = at_threshold(np.bincount(outcome, minlength=4), costs)
        return scores["f1"] if costs is None else -scores["cost"]

    scorer = make_scorer(worth, pos_label=labels.positive)
    row_weights = labels.fit_arguments(split.train)
    routing = bool(row_weights) or get_config()["enable_metadata_routing"]
    with config_context(enable_metadata_routing=routing):
        if row_weights:  # which the tuner takes by routing alone
            estimator = estimator.set_fit_request(sample_weight=True)
            scorer = scorer.set_score_request(sample_weight=False)
        tuner = TunedThresholdClassifierCV(estimator, scoring=scorer, cv=PredefinedSplit(inner))
        rows = _safe_indexing(X, split.train)
        return float(tuner.fit(rows, labels.codes[split.train], **row_weights).best_threshold_)
