"""What is measured on a model's test rows: figures of probabilities, decisions and their figures, curves.

Ranking and probability scores are computed by scikit-learn. Figures of decisions are functions of the
confusion matrix; they are computed from it once, as scikit-learn and imbalanced-learn define them, which the
tests compare: their own functions would take longer than many a model's training. Beta calibration, and
figures of the scores that a run keeps of all folds, are at the end.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import expit
from sklearn import config_context
from sklearn import metrics as sk
from sklearn.linear_model import LogisticRegression

from boostweights.benchmark.metrics import ALARM_RATES
from boostweights.benchmark.plan.resample import Codes
from boostweights.benchmark.run.result import Point, Scores
from boostweights.probabilities.calibration import EDGE, newton
from boostweights.probabilities.thresholds import best_threshold, net_benefit

Floats = npt.NDArray[np.float64]
_STEPS = 50
_TOLERANCE = 1e-10
_EDGE = 1e-9
"""How far from 0 and 1 probabilities are held before their log-odds are taken."""

Kept = Iterable[tuple[tuple[Any, ...], Scores]]
"""Each cell's name (`run.store.CELL`), with its labels and log-odds of one kind of probabilities."""

_RECALL = 0.8
_PRECISION = 0.5
_BENEFIT_AT = (0.05, 0.1, 0.2)

EDGES = (0.0, 0.001, 0.003, 0.01, 0.03, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
"""Of the bins of reliability curves: fine near 0, where the probabilities of rare classes are. All
models have the same ones, so that curves of folds can be averaged point by point."""

RECALLS = tuple(at / 20 for at in range(1, 21))
"""The recalls at which precision is read."""

_ROUNDING = 1e-12

Proba = npt.NDArray[np.floating[Any]]
Matrix = npt.NDArray[np.int64] | npt.NDArray[np.float64]


def score_figures(y: Codes, proba: npt.NDArray[np.floating[Any]]) -> dict[str, float]:
    """Return the figures of probabilities.

    Between two classes they are about label 1. Among more, average precision and ROC-AUC are means of one
    class against the rest, and the Brier score is the multi-class one, from 0 to 2.

    Parameters
    ----------
    y : ndarray of int of shape (n,)
        Labels 0 to k-1.
    proba : ndarray of shape (n, k)
        Probabilities, as the library returns them: scikit-learn allows for the roundings of float32, but not
        of float32 made into float64.

    Examples
    --------
    >>> proba = np.array([[0.9, 0.1], [0.6, 0.4], [0.7, 0.3], [0.2, 0.8]])
    >>> found = score_figures(np.array([0, 0, 1, 1]), proba)
    >>> found["roc_auc"], round(found["brier"], 3)
    (0.75, 0.175)
    """
    with config_context(skip_parameter_validation=True):
        if proba.shape[1] == 2:
            # scikit-learn's scores from its curves, without its checks of averages and kinds of target
            precision, recall, _ = sk.precision_recall_curve(y, proba[:, 1])
            fpr, tpr, _ = sk.roc_curve(y, proba[:, 1])
            area = max(0.0, -np.sum(np.diff(recall) * precision[:-1]))
            ranks = {"average_precision": area, "roc_auc": sk.auc(fpr, tpr)}
        else:
            truth = y[:, None] == np.arange(proba.shape[1])
            ranks = {
                "average_precision": sk.average_precision_score(truth, proba, average="macro"),
                "roc_auc": sk.roc_auc_score(truth, proba, average="macro"),
            }
    return {name: float(value) for name, value in ranks.items()} | score_losses(y, proba)


def skill_figures(
    y: Codes, proba: npt.NDArray[np.floating[Any]], shares: npt.NDArray[np.float64]
) -> dict[str, float]:
    """Return by how much log loss and Brier score are below those of the training fold's class shares.

    1 is perfect, 0 as good as the shares, less than 0 worse.

    Parameters
    ----------
    y : ndarray of int of shape (n,)
        Labels 0 to k-1.
    proba : ndarray of shape (n, k)
        Probabilities.
    shares : ndarray of shape (k,)
        The classes' shares of the training rows.

    Examples
    --------
    >>> y, shares = np.array([0, 0, 0, 1]), np.array([0.75, 0.25])
    >>> skill_figures(y, np.tile(shares, (4, 1)), shares)
    {'log_loss_skill': 0.0, 'brier_skill': 0.0}
    """
    plain = np.tile(shares, (len(y), 1))
    losses, base = score_losses(y, proba), score_losses(y, plain)
    return {f"{name}_skill": 1.0 - losses[name] / base[name] for name in losses}


def score_losses(y: Codes, proba: npt.NDArray[np.floating[Any]]) -> dict[str, float]:
    """Return log loss and Brier score as `score_figures` does."""
    labels = np.arange(proba.shape[1])
    about = (
        {"y_proba": proba[:, 1], "pos_label": 1} if len(labels) == 2 else {"y_proba": proba, "labels": labels}
    )
    with config_context(skip_parameter_validation=True):
        brier = sk.brier_score_loss(y, **about)
        return {"log_loss": float(sk.log_loss(y, proba, labels=labels)), "brier": float(brier)}


def threshold_figures(y: Codes, score: npt.NDArray[np.floating[Any]]) -> dict[str, float]:
    """Return what thresholds on these very rows could do: figures of the order, not of a decision.

    Of every threshold that reaches a recall of .8, the fewest alarms in 1000 rows; of every one whose alarms
    are right at least half the time, the highest recall (0 if there is none); and net benefit (Vickers and
    Elkin 2006) at the thresholds that all regimes share.

    Examples
    --------
    >>> figures = threshold_figures(np.array([1, 0, 1, 0]), np.array([0.9, 0.8, 0.7, 0.1]))
    >>> figures["alarms_at_recall_0.8"], figures["recall_at_precision_0.5"]
    (750.0, 1.0)
    """
    precision, recall, _ = sk.precision_recall_curve(y, score)
    reached = recall >= _RECALL
    alarms = recall[reached] * y.sum() / precision[reached]
    right = recall[precision >= _PRECISION]
    return {
        f"alarms_at_recall_{_RECALL}": float(1000 * alarms.min() / len(y)),
        f"recall_at_precision_{_PRECISION}": float(right.max(initial=0.0)),
        **{f"net_benefit_{at:g}": float(net_benefit(y, score, at)) for at in _BENEFIT_AT},
    }


def recall_at_alarm_rates(y: Codes, score: npt.NDArray[np.floating[Any]]) -> dict[str, float]:
    """Return the highest recall of any threshold on these very rows that flags at most such a share of them.

    Rows of one score are flagged together, or not at all. 0 if no threshold flags so few.

    Examples
    --------
    >>> y = np.repeat([0, 1, 0, 1], [80, 1, 15, 4])  # the most likely rows last
    >>> {rate: round(value, 2) for rate, value in recall_at_alarm_rates(y, np.arange(100)).items()}
    {'recall_at_alarm_rate_0.01': 0.2, 'recall_at_alarm_rate_0.02': 0.4, 'recall_at_alarm_rate_0.05': 0.8, \
'recall_at_alarm_rate_0.1': 0.8}
    """
    order = np.argsort(-score, kind="stable")
    flagged = np.append(np.flatnonzero(np.diff(score[order])), len(y) - 1) + 1
    recalls = np.cumsum(y[order])[flagged - 1] / y.sum()
    return {
        f"recall_at_alarm_rate_{rate:g}": float(recalls[flagged <= rate * len(y) + 1e-9].max(initial=0.0))
        for rate in ALARM_RATES
    }


def confusion(y: Codes, predicted: Codes, k: int) -> Matrix:
    """Return the (k, k) counts, rows truth, columns decision."""
    return np.asarray(np.bincount(y * k + predicted, minlength=k * k).reshape(k, k))


def decision_figures(matrix: Matrix) -> dict[str, float]:
    """Return the figures of decisions from their confusion matrix.

    Between two classes recall, precision and F1 are about label 1; among more they are means over classes.
    A precision without any predicted positive counts as 0. The G-mean is the geometric mean of the classes'
    recalls. The Matthews correlation is Gorodkin's (2004) R_K, 0 where one class alone is decided.

    Parameters
    ----------
    matrix : ndarray of shape (k, k)
        Counts, or expected counts, rows truth, columns decision; each class has test rows.

    Examples
    --------
    >>> found = decision_figures(np.array([[90, 10], [5, 15]]))
    >>> found["recall"], found["precision"]
    (0.75, 0.6)
    """
    right, truth, decided = (
        part.astype(np.float64) for part in (matrix.diagonal(), matrix.sum(1), matrix.sum(0))
    )
    total = float(truth.sum())
    covariance = right.sum() * total - truth @ decided
    scale = (total**2 - truth @ truth) * (total**2 - decided @ decided)
    recalls, precisions = _ratio(right, truth), _ratio(right, decided)
    f1s = _ratio(2 * right, truth + decided)
    about = slice(1, 2) if len(matrix) == 2 else slice(None)
    figures = {
        "recall": recalls[about].mean(),
        "precision": precisions[about].mean(),
        "f1": f1s[about].mean(),
        "accuracy": right.sum() / total,
        "balanced_accuracy": recalls[truth > 0].mean(),
        "mcc": covariance / math.sqrt(scale) if scale > 0 else 0.0,
        "g_mean": math.exp(np.log(recalls).mean()) if recalls.all() else 0.0,
    }
    if len(matrix) == 2:
        (tn, fp), (fn, tp) = matrix.tolist()
        figures |= {"tp": tp, "fp": fp, "fn": fn, "tn": tn}
    return {name: float(value) for name, value in figures.items()}


def _ratio(part: npt.NDArray[np.float64], whole: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    return np.divide(part, whole, out=np.zeros_like(part), where=whole > 0)


class Decision(NamedTuple):
    """What one rule decides on one kind of probabilities: labels 0 to k-1.

    The threshold is of the positive class's probability; None with more than two classes.
    """

    rule: str
    proba: str
    predicted: Codes
    threshold: float | None = None


def decisions(
    by_kind: Mapping[str, Proba],
    *,
    balanced: tuple[float, ...],
    costs: tuple[float, float],
    thresholds: Mapping[str, float],
    ratios: Iterable[float] = (),
) -> Iterator[Decision]:
    """Yield what every rule decides.

    "0.5" is the most probable class; "equivalent" the one of highest probability times balanced weight, for
    two classes the threshold 1 / (1 + w); "cost" the one of least expected cost, the threshold
    fp / (fp + fn) (Elkan 2001). The last two are about honest probabilities, so "equivalent" reads the
    corrected ones where there are any, and the fitted ones, and "cost" all, to show the harm. "cost_R" costs
    least where a missed positive costs R false alarms: a probability of at least 1 / (1 + R). "tuned" reads
    the probabilities that have a threshold.

    Parameters
    ----------
    by_kind : mapping of "raw", "corrected", "fitted" and "beta" to arrays of shape (n, k)
        Without weights there is nothing to correct; the last two are there where they were asked for.
    balanced : tuple of k floats
        The balanced weights of the training fold.
    costs : (fn, fp)
        What errors cost.
    thresholds : mapping of str to float
        The tuned ones, by kind of probabilities; none with more than two classes.
    ratios : iterable of float
        Further costs of a missed positive, in false alarms; those of `costs` are the rule "cost".
    """
    honest = ("corrected" if "corrected" in by_kind else "raw", "fitted")
    two = len(balanced) == 2
    for kind, proba in by_kind.items():
        yield Decision("0.5", kind, np.argmax(proba, axis=1), 0.5 if two else None)
        if kind in honest:
            threshold = 1 / (1 + balanced[1] / balanced[0]) if two else None
            yield Decision("equivalent", kind, np.argmax(proba * np.asarray(balanced), axis=1), threshold)
        if not two:
            continue
        others = {f"cost_{ratio:g}": 1 / (1 + ratio) for ratio in ratios if ratio != costs[0] / costs[1]}
        at = {"cost": costs[1] / (costs[0] + costs[1]), **others}
        for rule, threshold in (at | ({"tuned": thresholds[kind]} if kind in thresholds else {})).items():
            yield Decision(rule, kind, (proba[:, 1] >= threshold).astype(np.int64), threshold)


def best_f1_threshold(y: Codes, score: Proba) -> float:
    """Return the score from which on a positive decision has the best F1; the highest such score.

    F1 is of floats: of scores that tie but for rounding it may be a lower one.

    Examples
    --------
    >>> best_f1_threshold(np.array([0, 0, 1, 1]), np.array([0.1, 0.2, 0.3, 0.9]))
    0.3
    """

    def f1(counts: npt.NDArray[np.intp]) -> Floats:
        """F1 rounded as scikit-learn's curve does it, by which published thresholds were tuned."""
        _, fp, fn, tp = counts.T
        with np.errstate(invalid="ignore"):
            precision, recall = tp / (tp + fp), tp / (tp + fn)
            return np.asarray(np.nan_to_num(2 * precision * recall / (precision + recall)))

    return best_threshold(y == 1, score, f1)


def curve_points(y: Codes, by_kind: Mapping[str, Proba]) -> list[Point]:
    """Return the points of the reliability and precision-recall curves between two classes.

    "reliability" has a point a bin of `EDGES` that holds rows: their mean probability and their share of
    positives. "precision_recall" has the best precision that reaches each of `RECALLS`; the order of two
    classes' corrected or fitted probabilities is that of the raw ones, which alone are read. With more than
    two classes there are none.

    Parameters
    ----------
    y : ndarray of int of shape (n,)
        Labels 0 and 1, some of them 1.
    by_kind : mapping of "raw", "corrected" and "fitted" to arrays of shape (n, 2)
        Probabilities.

    Examples
    --------
    >>> proba = np.array([[0.95, 0.05], [0.65, 0.35], [0.66, 0.34], [0.05, 0.95]])
    >>> points = curve_points(np.array([0, 0, 1, 1]), {"raw": proba})
    >>> [(point.place, point.x, point.y, point.n) for point in points if point.curve == "reliability"]
    [(4, 0.05, 0.0, 1), (7, 0.345, 0.5, 2), (13, 0.95, 1.0, 1)]
    >>> [round(point.y, 2) for point in points if point.curve == "precision_recall"][8:12]
    [1.0, 1.0, 0.67, 0.67]
    """
    if by_kind["raw"].shape[1] != 2:
        return []
    points, size = [], len(EDGES) - 1
    for kind, proba in by_kind.items():
        score = proba[:, 1].astype(np.float64)
        bins = np.searchsorted(EDGES[1:-1], score, side="right")
        rows = np.bincount(bins, minlength=size).tolist()
        sums, positives = (np.bincount(bins, weights=part, minlength=size).tolist() for part in (score, y))
        points += [
            Point("reliability", kind, place, sums[place] / n, positives[place] / n, n)
            for place, n in enumerate(rows)
            if n
        ]
    precision, recall, _ = sk.precision_recall_curve(y, by_kind["raw"][:, 1])  # from recall 1 down to 0
    for place, wanted in enumerate(RECALLS):
        best = float(precision[recall >= wanted - _ROUNDING].max())
        points.append(Point("precision_recall", "raw", place, wanted, best, int(y.sum())))
    return points


def pooled(points: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    """Return the curves of groups of models: at each place the means of x and y, weighted by rows.

    Parameters
    ----------
    points : pandas.DataFrame
        A row a model and point: the columns `by` and those of `Point`.
    by : list of str
        The columns that name a group.
    """
    names = [*by, "curve", "proba", "place"]
    weighted = points.assign(x=points["x"] * points["n"], y=points["y"] * points["n"])
    sums = weighted.groupby(names, sort=False)[["x", "y", "n"]].sum().reset_index()
    return sums.assign(x=sums["x"] / sums["n"], y=sums["y"] / sums["n"])


class BetaMap:
    r"""Probabilities mapped by :math:`\sigma(a \ln p - b \ln(1 - p) + c)`, a and b not negative.

    Kull, Silva Filho and Flach (2017, doi:10.1214/17-EJS1338SI): a logistic regression on the two logarithms;
    a variable whose coefficient is negative is left out.

    Parameters
    ----------
    proba : ndarray of shape (n,)
        Of the positive class, out of fold.
    y : ndarray of int of shape (n,)
        Labels 0 and 1.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> proba = rng.random(20_000)
    >>> y = (rng.random(20_000) < proba).astype(int)
    >>> BetaMap(proba, y)(np.array([0.2, 0.7])).round(1)
    array([0.2, 0.7])
    """

    def __init__(self, proba: npt.NDArray[Any], y: npt.NDArray[Any]) -> None:
        self._columns = [0, 1]
        self._model = _fitted(_logarithms(proba), y)
        if (self._model.coef_ < 0).any():
            self._columns = [int(np.argmax(self._model.coef_))]
            self._model = _fitted(_logarithms(proba)[:, self._columns], y)

    def __call__(self, proba: npt.NDArray[Any]) -> Floats:
        """Return calibrated probabilities of shape (n,)."""
        return np.asarray(self._model.predict_proba(_logarithms(proba)[:, self._columns])[:, 1])


def _logarithms(proba: npt.NDArray[Any]) -> Floats:
    held = np.clip(np.asarray(proba, np.float64), EDGE, 1 - EDGE)
    return np.column_stack([np.log(held), -np.log1p(-held)])


def _fitted(logarithms: Floats, y: npt.NDArray[Any]) -> LogisticRegression:
    return LogisticRegression(C=np.inf, max_iter=1000).fit(logarithms, y)


def log_odds(proba: npt.NDArray[np.floating[Any]]) -> Floats:
    """Return the log-odds of probabilities, of shape (n,).

    Examples
    --------
    >>> log_odds(np.array([0.0, 0.5, 1.0])).round(1).tolist()
    [-20.7, 0.0, 20.7]
    """
    held = np.clip(proba.astype(np.float64), _EDGE, 1 - _EDGE)
    return np.log(held) - np.log1p(-held)


def of_alarm_rates(scores: Kept) -> list[tuple[Any, ...]]:
    """Return a row a cell, kind of probabilities and rate: the cell's name, proba, metric, value."""
    return [
        (*cell, each.proba, *figure)
        for cell, each in scores
        for labels, logits in [each.arrays()]
        for figure in recall_at_alarm_rates(labels.astype(np.int64), logits).items()
    ]


def calibration(scores: Kept) -> pd.DataFrame:
    """Return one row a data set, library, regime, arm and kind of probabilities: its slope and intercept.

    Each repeat's folds are pooled, and repeats averaged.
    """
    by_split: dict[tuple[Any, ...], list[Scores]] = defaultdict(list)
    for (dataset, repeat, _fold, library, regime, arm), each in scores:
        by_split[dataset, library, regime, arm, each.proba, repeat].append(each)
    rows = []
    for (*cell, _repeat), kept in by_split.items():
        labels, logits = map(np.concatenate, zip(*(each.arrays() for each in kept), strict=True))
        rows.append((*cell, *slope_and_intercept(labels, logits), len(labels)))
    cell_names, figures = ["dataset", "library", "regime", "arm", "proba"], ["slope", "intercept", "n"]
    by_cell = pd.DataFrame(rows, columns=[*cell_names, *figures]).groupby(cell_names, sort=False)
    means = by_cell[figures].agg(pd.Series.mean, skipna=False)
    return means.astype({"n": np.int64}).reset_index()


def slope_and_intercept(labels: npt.NDArray[Any], logits: npt.NDArray[Any]) -> tuple[float, float]:
    """Return the slope of a logistic regression on log-odds, and the intercept at a slope of 1.

    Both as Van Calster et al. (2016, doi:10.1016/j.jclinepi.2015.12.005): 1 and 0 of honest probabilities.
    NaN where rows are separated, so that there is none.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> honest = rng.normal(-1, 1, 50_000)
    >>> slope, intercept = slope_and_intercept(rng.random(50_000) < expit(honest), 2 * honest)
    >>> round(slope, 2), round(intercept, 1)
    (0.5, 0.7)
    """
    y, x = np.asarray(labels, np.float64), np.asarray(logits, np.float64)
    both = _logistic(y, np.column_stack([np.ones(len(x)), x]), np.zeros(len(x)))
    alone = _logistic(y, np.ones((len(x), 1)), x)
    return float(both[1]), float(alone[0])


def _logistic(y: Floats, design: Floats, offset: Floats) -> Floats:
    """Return the coefficients of a logistic regression, steps halved where the likelihood falls."""

    def loss(point: Floats) -> float:
        scores = design @ point + offset
        return float((np.logaddexp(0.0, scores) - y * scores).sum())

    def derivatives(point: Floats) -> tuple[Floats, Floats]:
        proba = expit(design @ point + offset)
        return design.T @ (proba - y), (design * (proba * (1 - proba))[:, None]).T @ design

    def damped(point: Floats, step: Floats) -> Floats:
        while loss(point - step) > loss(point) and np.abs(step).max() > _TOLERANCE:
            step = step / 2
        return step

    size = design.shape[1]
    mode = newton(derivatives, size, damped, _TOLERANCE * len(y), _STEPS)
    return np.full(size, np.nan) if mode is None else mode
