"""What probabilities are worth on the rows of a fold: counts at a threshold, and metrics."""

import math

from scipy import stats
from sklearn import metrics as sk

from boostweights.probabilities.thresholds import Bools, Counts, Floats
from boostweights.weighting.labels.rules import Label
from boostweights.weighting.policies.costs import Costs

Scores = dict[str, float]


def costs_of_counts(costs: Costs, classes: tuple[Label, Label], positive: Label) -> Floats:
    """Return the cost of a true negative, false positive, false negative and true positive.

    Examples
    --------
    >>> costs_of_counts(Costs(fn=50, fp=1), (0, 1), 1).tolist()
    [0.0, 1.0, 50.0, 0.0]
    >>> costs = Costs(matrix=[[0.25, 5], [1, 0]], classes=["bad", "good"])
    >>> costs_of_counts(costs, ("bad", "good"), "bad").tolist()
    [0.0, 1.0, 5.0, 0.25]
    """
    order = sorted(classes, key=lambda label: bool(label == positive))
    return costs.cost_matrix(order, positive).ravel()


def at_threshold(counts: Counts, costs: Floats | None) -> Scores:
    """Return recall, precision, F1 and, given the costs of each count, the mean cost of a row.

    A ratio of nothing to nothing is 0, as with scikit-learn's ``zero_division=0``.

    Examples
    --------
    >>> import numpy as np
    >>> at_threshold(np.array([6, 2, 1, 1]), np.array([0.0, 1.0, 10.0, 0.0]))
    {'recall': 0.5, 'precision': 0.3333333333333333, 'f1': 0.4, 'cost': 1.2}
    """
    _, fp, fn, tp = map(int, counts)
    scores = {
        "recall": _share(tp, tp + fn),
        "precision": _share(tp, tp + fp),
        "f1": _share(2 * tp, 2 * tp + fp + fn),
    }
    return scores if costs is None else scores | {"cost": float(counts @ costs / counts.sum())}


def of_probabilities(y: Bools, proba: Floats, corrected: Floats, fitted: Floats) -> Scores:
    """Return what needs no threshold: average precision, ROC-AUC, log loss raw, corrected and fitted."""
    return {
        "average_precision": float(sk.average_precision_score(y, proba)),
        "roc_auc": float(sk.roc_auc_score(y, proba)),
        "log_loss": float(sk.log_loss(y, proba, labels=[False, True])),
        "log_loss_corrected": float(sk.log_loss(y, corrected, labels=[False, True])),
        "log_loss_fitted": float(sk.log_loss(y, fitted, labels=[False, True])),
    }


def error_rates(counts: Counts) -> Scores:
    """Return fnr, fpr and selection rate; NaN where there are no such rows.

    Examples
    --------
    >>> import numpy as np
    >>> error_rates(np.array([6, 2, 1, 1]))
    {'fnr': 0.5, 'fpr': 0.25, 'selection_rate': 0.3}
    """
    tn, fp, fn, tp = map(int, counts)
    return {
        "fnr": _share(fn, fn + tp, math.nan),
        "fpr": _share(fp, fp + tn, math.nan),
        "selection_rate": _share(tp + fp, tn + fp + fn + tp, math.nan),
    }


def interval(values: Floats, overlap: float, *, share: bool = False) -> tuple[float, float, float]:
    r"""Return the mean over folds and the ends of its 95 % interval.

    :math:`\bar v \pm t_{k-1} e` with :math:`e = s \sqrt{1/k + n_\text{test}/n_\text{train}}`: the second term
    allows for training folds that share rows (Nadeau & Bengio 2003, Machine Learning 52, 239-281). Of a
    share, which lies in [0, 1], Wilson's interval of as many rows as have this error,
    :math:`\bar v (1-\bar v)/e^2`: it lies there, too, and far from the ends it is the same (Wilson 1927,
    JASA 22, 209-212).

    Parameters
    ----------
    values : ndarray of shape (k,)
        One a fold.
    overlap : float
        Test rows for each training row.
    share : bool, default=False
        Whether values lie in [0, 1].

    Examples
    --------
    >>> import numpy as np
    >>> mean, low, high = interval(np.array([0.2, 0.3, 0.4]), 0.5)
    >>> round(mean, 3), round(low, 3), round(high, 3)
    (0.3, -0.093, 0.693)
    >>> mean, low, high = interval(np.array([0.2, 0.3, 0.4]), 0.5, share=True)
    >>> round(mean, 3), round(low, 3), round(high, 3)
    (0.3, 0.075, 0.695)
    """
    folds = len(values)
    mean = float(values.mean())
    if folds < 2:
        return mean, math.nan, math.nan
    error = float(values.std(ddof=1)) * math.sqrt(1 / folds + overlap)
    half = float(stats.t.ppf(0.975, folds - 1)) * error
    variance = mean * (1 - mean)
    if not share or variance <= 0:
        return mean, mean - half, mean + half
    squared = half**2 / variance  # t²/n of Wilson's formula
    middle = (mean + squared / 2) / (1 + squared)
    reach = math.sqrt(half**2 + squared**2 / 4) / (1 + squared)
    return mean, max(0.0, middle - reach), min(1.0, middle + reach)


def _share(part: int, whole: int, of_none: float = 0.0) -> float:
    return part / whole if whole else of_none
