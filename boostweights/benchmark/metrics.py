"""What probabilities are worth on the test rows; every figure is scikit-learn's or imbalanced-learn's."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import numpy as np
from imblearn.metrics import geometric_mean_score
from sklearn import metrics as sk

__all__ = ["METRICS", "measure"]

METRICS: Final = (
    "recall",
    "precision",
    "f1",
    "accuracy",
    "balanced_accuracy",
    "mcc",
    "g_mean",
    "average_precision",
    "roc_auc",
    "log_loss",
    "brier",
)
"""The names of the figures that `measure` returns, in its order."""

Labels = np.ndarray[Any, Any]


def measure(
    y_true: Labels, proba: np.ndarray[Any, Any], classes: Labels, positive: str | None = None
) -> dict[str, float]:
    """Return the figures of one model on its test rows.

    The decision is the most probable class, which for two classes is a threshold of .5. With ``positive``,
    recall, precision, F1, average precision and Brier score are about that label; without it they are means
    over the classes (macro; ROC-AUC and average precision one class against the rest), and the Brier score
    is the multi-class one, from 0 to 2. The G-mean is the geometric mean of the classes' recalls. A precision
    without any predicted positive counts as 0.

    Parameters
    ----------
    y_true : array of shape (n,)
        Labels.
    proba : array of shape (n, k)
        Probabilities, one column a class.
    classes : array of shape (k,)
        The labels of the columns, sorted.
    positive : label, optional
        The positive one of two classes.

    Examples
    --------
    >>> found = measure(
    ...     np.array(["a", "a", "b", "b"]),
    ...     np.array([[0.9, 0.1], [0.6, 0.4], [0.7, 0.3], [0.2, 0.8]]),
    ...     np.array(["a", "b"]),
    ...     positive="b",
    ... )
    >>> found["recall"], found["precision"], found["roc_auc"]
    (0.5, 1.0, 0.75)
    """
    predicted = classes[np.argmax(proba, axis=1)]
    # float32 probabilities miss a sum of one by rounding, of which scikit-learn would warn
    summing = proba / proba.sum(axis=1, keepdims=True, dtype=np.float64)
    found = _decisions(y_true, predicted, positive)
    if positive is None:
        found |= _many_classes(y_true, summing, classes)
    else:
        found |= _two_classes(y_true, proba[:, classes == positive].ravel(), positive)
    found["log_loss"] = sk.log_loss(y_true, summing, labels=classes)
    return {name: float(found[name]) for name in METRICS}


def _decisions(y_true: Labels, predicted: Labels, positive: str | None) -> dict[str, float]:
    of: Mapping[str, Any] = (
        {"average": "macro"} if positive is None else {"average": "binary", "pos_label": positive}
    )
    ratios: Mapping[str, Callable[..., float]] = {
        "recall": sk.recall_score,
        "precision": sk.precision_score,
        "f1": sk.f1_score,
    }
    found = {name: ratio(y_true, predicted, zero_division=0, **of) for name, ratio in ratios.items()}
    return found | {
        "accuracy": sk.accuracy_score(y_true, predicted),
        "balanced_accuracy": sk.balanced_accuracy_score(y_true, predicted),
        "mcc": sk.matthews_corrcoef(y_true, predicted),
        "g_mean": geometric_mean_score(y_true, predicted),
    }


def _two_classes(y_true: Labels, score: np.ndarray[Any, Any], positive: str) -> dict[str, float]:
    return {
        "average_precision": sk.average_precision_score(y_true, score, pos_label=positive),
        "roc_auc": sk.roc_auc_score(y_true == positive, score),
        "brier": sk.brier_score_loss(y_true, score, pos_label=positive),
    }


def _many_classes(y_true: Labels, proba: np.ndarray[Any, Any], classes: Labels) -> dict[str, float]:
    against_rest = y_true[:, None] == classes[None, :]
    return {
        "average_precision": sk.average_precision_score(against_rest, proba, average="macro"),
        "roc_auc": sk.roc_auc_score(against_rest, proba, average="macro"),
        "brier": sk.brier_score_loss(y_true, proba, labels=classes),
    }
