"""What a path of weights did: out-of-fold probabilities at each ratio, and all that follows from them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import numpy as np
import numpy.typing as npt
from sklearn.metrics import precision_recall_curve

from boostweights.errors import InvalidValueError, shown
from boostweights.pages.notebook import facts, table, view
from boostweights.path import columns as made
from boostweights.path.best import best
from boostweights.path.columns import Measured
from boostweights.probabilities.thresholds import COUNTS, Floats, counts_at
from boostweights.recommendation.recommendation import Recommendation
from boostweights.tables.results import to_frame
from boostweights.tables.text import as_facts, as_text

Correction: TypeAlias = bool | Literal["fitted"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class WeightPath(Measured):
    """Out-of-fold results at each weight of the positive class; prints as a table.

    A prediction is positive where the probability is at least the threshold, as in scikit-learn's
    ``FixedThresholdClassifier``. An evaluated row is one row of X in one fold that tested it: m of them,
    fold after fold; n with plain cross-validation, more where splits are repeated.

    Attributes
    ----------
    ratios : tuple of r floats
        Weight of the positive class over that of the other; increasing.
    classes : tuple of two labels
        Sorted.
    positive : label
        The positive one of them.
    row : ndarray of shape (m,), intp
        Which row of X each evaluated row is.
    fold : ndarray of shape (m,), intp
        The fold that tested it, from 0.
    y : ndarray of shape (m,), bool
        Whether it is positive.
    proba : ndarray of shape (r, m), float64
        Out-of-fold probability of the positive class, as trained with each ratio.
    corrected : ndarray of shape (r, m), float64
        The same with the weights undone (see `correct_proba`).
    fitted : ndarray of shape (r, m), float64
        The same by a slope and an offset that each fold learned from the others (see `fit_correction`).
    baseline : ndarray of shape (m,), float64
        That of the unweighted model.
    baseline_fitted : ndarray of shape (m,), float64
        The same by a slope and an offset.
    tuned_threshold : ndarray of shape (k,), float64
        For each of k folds the threshold of the unweighted model that was tuned for it; see `tuning`.
    train_size : ndarray of shape (k,), intp
        Rows in each training fold.
    costs : Costs or None
        Of the two errors.
    groups : ndarray of shape (m,), object, or None
        The group of each evaluated row.
    promised : Promised or None
        The rate by whose costs ratios are compared.
    clusters : ndarray of shape (m,), intp, or None
        That of each evaluated row, by ``cv_groups``: resampled whole, and a promise is about one row of each.
    tuned_by : str
        The metric by which the threshold was tuned.
    tuning : str
        Where it was tuned: ``"folds: …"``, on the scores of the other folds, or ``"nested: …"``, within each
        training fold.
    estimator : str
        The repr of what was trained.
    scale : str
        The scale of the class weights.
    reused : str
        How bins were reused over ratios: ``"exact: …"``, ``"frozen cuts (approximation): …"``, ``"none: …"``.

    Examples
    --------
    >>> import numpy as np
    >>> path = WeightPath(
    ...     ratios=(1.0, 3.0), classes=(0, 1), positive=1,
    ...     row=np.arange(6), fold=np.array([0, 0, 0, 1, 1, 1]), y=np.array([0, 0, 1, 0, 0, 1], bool),
    ...     proba=np.array([[0.1, 0.3, 0.4, 0.2, 0.1, 0.6], [0.3, 0.6, 0.7, 0.4, 0.3, 0.8]]),
    ...     corrected=np.array([[0.1, 0.3, 0.4, 0.2, 0.1, 0.6], [0.125, 0.333, 0.4375, 0.182, 0.125, 0.571]]),
    ...     fitted=np.array([[0.1, 0.3, 0.4, 0.2, 0.1, 0.6], [0.1, 0.3, 0.4, 0.2, 0.1, 0.6]]),
    ...     baseline=np.array([0.1, 0.3, 0.4, 0.2, 0.1, 0.6]),
    ...     baseline_fitted=np.array([0.1, 0.3, 0.4, 0.2, 0.1, 0.6]),
    ...     tuned_threshold=np.array([0.4, 0.4]), train_size=np.array([3, 3]))
    >>> path.confusion(3.0)
    {'tn': 3, 'fp': 1, 'fn': 0, 'tp': 2}
    >>> path.to_frame()[["ratio", "recall", "precision"]].to_numpy().tolist()
    [[1.0, 0.5, 0.5], [3.0, 1.0, 0.75]]
    """

    @property
    def imbalance_ratio(self) -> float:
        """Negative rows for each positive one among the evaluated: the ratio of balanced weights."""
        return float((~self.y).sum() / self.y.sum())

    def to_frame(self, backend: str = "pandas") -> Any:
        """Return one row a ratio: counts over all folds, each metric's mean over folds and its interval.

        Columns: ``ratio``; ``tn``, ``fp``, ``fn``, ``tp``, at a threshold of .5; then of ``recall``,
        ``precision``, ``f1`` (at .5), ``average_precision``, ``roc_auc``, ``log_loss``,
        ``log_loss_corrected``, ``log_loss_fitted`` and, given costs, ``cost`` (a row of X, at .5), and, given
        a promise, ``promised_threshold``, ``promised_alarms`` and ``promised_recall`` (see `weight_path`) the
        mean, with ``_low`` and ``_high`` the ends of its 95 % interval: mean ± t(k-1) · s · sqrt(1/k + test
        rows / train rows), which allows for training folds that overlap (Nadeau & Bengio 2003); of what lies
        in [0, 1] Wilson's interval with this error, which lies there, too. NaN with one fold.
        """
        return to_frame(made.by_ratio(self), backend)

    def fold_frame(self, backend: str = "pandas") -> Any:
        """Return one row a ratio and fold: ``ratio``, ``fold``, the counts and the metrics."""
        return to_frame(made.by_fold(self), backend)

    def baselines(self, backend: str = "pandas") -> Any:
        """Return the unweighted model at other thresholds, with the columns of `to_frame`.

        ``baseline`` is ``"equivalent threshold"``, 1/(1 + ratio), one row a ratio, or ``"tuned threshold"``,
        one row, where ``ratio`` is NaN and ``threshold`` the mean of the folds' own.
        """
        return to_frame(made.of_baselines(self), backend)

    def group_frame(self, backend: str = "pandas") -> Any:
        """Return one row a ratio and group, over all folds at .5: whose errors the weight trades.

        Columns: ``ratio``, ``group``, ``rows``, ``positives``, the counts, ``fnr`` = fn / positives, ``fpr``
        = fp / negatives, ``selection_rate`` = predicted positives / rows, and ``fnr_change``,
        ``fpr_change``, ``selection_rate_change`` from the unweighted model. NaN where there is no such row.

        Raises
        ------
        InvalidValueError
            If the path was made without groups.
        """
        return to_frame(made.by_group(self), backend)

    def confusion(
        self, ratio: float, threshold: float = 0.5, *, corrected: Correction = False
    ) -> dict[str, int]:
        """Return the counts ``tn``, ``fp``, ``fn``, ``tp`` over all folds.

        Parameters
        ----------
        ratio : float
            One of `ratios`.
        threshold : float, default=0.5
            Positive where the probability is at least this.
        corrected : bool or "fitted", default=False
            Whether the threshold is for corrected probabilities, or for those of the fitted correction.
        """
        counts = self.counts(ratio, [threshold], corrected=corrected)[0]
        return dict(zip(COUNTS, counts.tolist(), strict=True))

    def counts(
        self, ratio: float, thresholds: Sequence[float] | Floats, *, corrected: Correction = False
    ) -> npt.NDArray[np.intp]:
        """Return ``tn``, ``fp``, ``fn``, ``tp`` over all folds at each of t thresholds, shape (t, 4)."""
        return counts_at(self.y, self._proba(ratio, corrected), thresholds)

    def curve(self, ratio: float, *, corrected: Correction = False) -> tuple[Floats, Floats, Floats]:
        """Return precision, recall and thresholds over all folds, of scikit-learn's precision_recall_curve.

        Of the folds' rows together, so that its average precision is not the mean of the folds' own.
        """
        precision, recall, thresholds = precision_recall_curve(self.y, self._proba(ratio, corrected))
        return precision, recall, thresholds

    def best(self, need: str | None = None) -> Recommendation:
        """Return the weight, correction and threshold to use: often none, and a threshold.

        The simple rule of a need is recommended unless something beats it beyond noise: the unweighted model
        decided by costs on fitted probabilities (``"costs"``), with its threshold tuned by F1
        (``"decisions"``), with fitted probabilities (``"probabilities"``), as it is (``"ranking"``), or with
        the threshold of the path's promise (``"alarms at recall"``, ``"recall at alarm rate"``). Where the
        model has no evidence of skill, or does not cost less than a rule without a model, that rule is
        recommended, and ``statements`` reports why. Figures are those of the recommended threshold on all
        evaluated rows (see `Recommendation`).

        Parameters
        ----------
        need : str, default=None
            A name as in `advise`. By default that of the path: its promise, its costs, otherwise decisions.

        Raises
        ------
        InvalidValueError
            If the need is unknown, lacks its costs or promise, or is one that only published results answer
            (``"recall at precision"``), or fewer than ten rows of a class were tested.
        """
        return best(self, self.need if need is None else need)

    def position(self, ratio: float) -> int:
        """Return which row of `proba` a ratio is, or raise."""
        position = int(np.argmin(np.abs(np.subtract(self.ratios, ratio))))
        nearest = self.ratios[position]
        if not math.isclose(nearest, ratio, rel_tol=1e-9):
            raise InvalidValueError(
                f"ratio must be one of the path's, {shown(list(self.ratios))}",
                shown(ratio),
                f"The nearest is {nearest!r}.",
            )
        return position

    def _proba(self, ratio: float, corrected: Correction) -> Floats:
        at_ratio = self.fitted if corrected == "fitted" else self.corrected if corrected else self.proba
        return np.asarray(at_ratio[self.position(ratio)])

    def _repr_html_(self) -> str:
        return view("Weight path", facts(made.heading(self).items()), table(made.short(self)))

    def __repr__(self) -> str:
        return "\n".join([*as_facts(made.heading(self).items()), "", as_text(made.short(self), keys=3)])
