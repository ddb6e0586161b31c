"""The values of the metrics on the test rows: of all that come along in one go.

Ranking and probability scores are computed by scikit-learn. Figures of decisions are functions of the
confusion matrix; they are computed from it once, as scikit-learn and imbalanced-learn define them, which the
tests compare: their own functions would take longer than many a model's training.
"""

from __future__ import annotations

import math
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from sklearn import config_context
from sklearn import metrics as sk

from boostweights.benchmark.metrics import ALARM_RATES
from boostweights.probabilities.benefit import net_benefit

_RECALL: Final = 0.8
_PRECISION: Final = 0.5
_BENEFIT_AT: Final = (0.05, 0.1, 0.2)

Codes = npt.NDArray[np.int64]
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
    k = proba.shape[1]
    labels = np.arange(k)
    with config_context(skip_parameter_validation=True):
        if k == 2:
            ranks, brier = _ranks(y, proba[:, 1]), sk.brier_score_loss(y, proba[:, 1], pos_label=1)
        else:
            truth = y[:, None] == labels
            ranks = {
                "average_precision": sk.average_precision_score(truth, proba, average="macro"),
                "roc_auc": sk.roc_auc_score(truth, proba, average="macro"),
            }
            brier = sk.brier_score_loss(y, proba, labels=labels)
        log_loss = sk.log_loss(y, proba, labels=labels)
    return {name: float(value) for name, value in {**ranks, "log_loss": log_loss, "brier": brier}.items()}


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
    own, base = score_losses(y, proba), score_losses(y, plain)
    return {f"{name}_skill": 1.0 - own[name] / base[name] for name in own}


def score_losses(y: Codes, proba: npt.NDArray[np.floating[Any]]) -> dict[str, float]:
    """Return log loss and Brier score as `score_figures` does."""
    labels = np.arange(proba.shape[1])
    with config_context(skip_parameter_validation=True):
        brier = (
            sk.brier_score_loss(y, proba[:, 1], pos_label=1)
            if len(labels) == 2
            else sk.brier_score_loss(y, proba, labels=labels)
        )
        return {"log_loss": float(sk.log_loss(y, proba, labels=labels)), "brier": float(brier)}


def alarm_figures(y: Codes, score: npt.NDArray[np.floating[Any]]) -> dict[str, float]:
    """Return what a threshold on these very rows could do: figures of the order, not of a decision.

    Of every threshold that reaches a recall of .8, the fewest alarms in 1000 rows; of every one whose alarms
    are right at least half the time, the highest recall (0 if there is none).

    Examples
    --------
    >>> alarm_figures(np.array([1, 0, 1, 0]), np.array([0.9, 0.8, 0.7, 0.1]))
    {'alarms_at_recall_0.8': 750.0, 'recall_at_precision_0.5': 1.0}
    """
    precision, recall, _ = sk.precision_recall_curve(y, score)
    reached = recall >= _RECALL
    alarms = recall[reached] * y.sum() / precision[reached]
    right = recall[precision >= _PRECISION]
    return {
        f"alarms_at_recall_{_RECALL}": float(1000 * alarms.min() / len(y)),
        f"recall_at_precision_{_PRECISION}": float(right.max(initial=0.0)),
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
    found = np.cumsum(y[order])[flagged - 1] / y.sum()
    return {
        f"recall_at_alarm_rate_{rate:g}": float(found[flagged <= rate * len(y) + 1e-9].max(initial=0.0))
        for rate in ALARM_RATES
    }


def benefit_figures(y: Codes, score: npt.NDArray[np.floating[Any]]) -> dict[str, float]:
    """Return net benefit (Vickers & Elkin 2006) at the thresholds that all regimes share."""
    return {f"net_benefit_{at:g}": float(net_benefit(y, score, at)) for at in _BENEFIT_AT}


def _ranks(y: Codes, score: npt.NDArray[np.floating[Any]]) -> dict[str, float]:
    """What scikit-learn's scores make of the curves, without their looks at averages and kinds of target."""
    precision, recall, _ = sk.precision_recall_curve(y, score)
    fpr, tpr, _ = sk.roc_curve(y, score)
    area = max(0.0, -np.sum(np.diff(recall) * precision[:-1]))
    return {"average_precision": area, "roc_auc": sk.auc(fpr, tpr)}


def confusion(y: Codes, predicted: Codes, k: int) -> Matrix:
    """Return the (k, k) counts, rows truth, columns decision."""
    found: Matrix = np.bincount(y * k + predicted, minlength=k * k).reshape(k, k)
    return found


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
    recalls, precisions = _ratio(right, truth), _ratio(right, decided)
    f1s = _ratio(2 * right, truth + decided)
    about = slice(1, 2) if len(matrix) == 2 else slice(None)
    found = {
        "recall": recalls[about].mean(),
        "precision": precisions[about].mean(),
        "f1": f1s[about].mean(),
        "accuracy": right.sum() / total,
        "balanced_accuracy": recalls[truth > 0].mean(),
        "mcc": _matthews(right, truth, decided, total),
        "g_mean": math.exp(np.log(recalls).mean()) if recalls.all() else 0.0,
    }
    if len(matrix) == 2:
        (tn, fp), (fn, tp) = matrix.tolist()
        found |= {"tp": tp, "fp": fp, "fn": fn, "tn": tn}
    return {name: float(value) for name, value in found.items()}


def _ratio(part: npt.NDArray[np.float64], whole: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    return np.divide(part, whole, out=np.zeros_like(part), where=whole > 0)


def _matthews(right: Any, truth: Any, decided: Any, total: float) -> float:
    covariance = right.sum() * total - truth @ decided
    scale = (total**2 - truth @ truth) * (total**2 - decided @ decided)
    return float(covariance / math.sqrt(scale)) if scale > 0 else 0.0
