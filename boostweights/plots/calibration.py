"""Reliability of probabilities before and after the weights are undone."""

from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from boostweights.errors import check_known, check_same_rows, check_type
from boostweights.pages.charts import PALETTE
from boostweights.path.result import WeightPath
from boostweights.plots.base import (
    TrainedDisplay,
    add_legend,
    check_path,
    of_class,
    share_end,
    styled,
    weight_text,
)
from boostweights.probabilities.calibration import CalibrationMap
from boostweights.probabilities.correct import correct_proba
from boostweights.weighting.class_weights import ClassWeights
from boostweights.weighting.labels.counting import encode
from boostweights.weighting.labels.rules import positive_label
from boostweights.weighting.policies.by_class import Balanced

_STRATEGIES = ("quantile", "uniform")
_STRATEGY_RULE = "strategy must be 'quantile' or 'uniform'"


@dataclass(kw_only=True, eq=False, repr=False)
class CalibrationShiftDisplay(TrainedDisplay):
    """Reliability curves of one weighted model: as trained, with its class weights undone, and fitted.

    A point is a bin of rows: the mean predicted probability and the share that is positive, by
    scikit-learn's `calibration_curve`. Both axes end at the largest, below 1 where the class is rare. It is
    recommended to use `from_estimator`, `from_path` or `from_predictions`. All parameters are stored as
    attributes.

    Parameters
    ----------
    y : ndarray of shape (n,), bool
        Whether a row is positive.
    proba : ndarray of shape (n,)
        Probability of the positive class, as trained.
    corrected : ndarray of shape (n,)
        The same with the weights undone.
    fitted : ndarray of shape (n,), default=None
        The same by a `CalibrationMap`, where there is one.
    pos_label : label, default=None
        The positive label, for the axes.
    weight : float, default=None
        Weight of the positive class over that of the other, for the legend.

    Attributes
    ----------
    ax_ : matplotlib Axes
        The axes.
    figure_ : matplotlib Figure
        The figure.
    lines_ : list of Line2D
        As trained, corrected, and fitted where it is given.
    prob_true_, prob_pred_ : list of ndarrays
        Of these lines: shares of positives and mean predicted probabilities of the bins.

    See Also
    --------
    sklearn.calibration.CalibrationDisplay : One reliability curve.

    Examples
    --------
    >>> import numpy as np
    >>> from boostweights.plots.calibration import CalibrationShiftDisplay
    >>> from boostweights import Explicit
    >>> rng = np.random.default_rng(0)
    >>> p = rng.uniform(0, 0.5, 2000)
    >>> y = (rng.random(2000) < p).astype(int)
    >>> weights = Explicit({0: 1.0, 1: 9.0}).resolve(y)
    >>> weighted = 9 * p / (9 * p + 1 - p)
    >>> display = CalibrationShiftDisplay.from_predictions(y, weighted, weights)
    >>> [line.get_label() for line in display.lines_]
    ['as trained (log loss 0.960)', 'corrected (log loss 0.494)']
    """

    y: Any
    proba: Any
    corrected: Any
    fitted: Any = None
    pos_label: Any = None
    weight: float | None = None

    def plot(
        self,
        ax: Any = None,
        *,
        n_bins: int = 10,
        strategy: str = "quantile",
        ref_line: bool = True,
        **kwargs: Any,
    ) -> Self:
        """Draw.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to draw; by default a new figure.
        n_bins : int, default=10
            Bins of `calibration_curve`; empty ones have no point.
        strategy : {"quantile", "uniform"}, default="quantile"
            Bins of equal numbers of rows, or of equal width.
        ref_line : bool, default=True
            Whether to draw the diagonal.
        **kwargs
            More keywords for `Axes.plot` of all curves.

        Returns
        -------
        display : CalibrationShiftDisplay
            Itself.
        """
        from sklearn.calibration import calibration_curve
        from sklearn.metrics import log_loss

        ax = self._begin(ax)
        check_known(strategy, _STRATEGIES, _STRATEGY_RULE)
        if ref_line:
            ax.plot([0, 1], [0, 1], color="0.5", linestyle=":", linewidth=1.2, label="perfectly calibrated")
        self.lines_: list[Any] = []
        self.prob_true_: list[Any] = []
        self.prob_pred_: list[Any] = []
        for proba, name, colour in (
            (self.proba, "as trained", PALETTE[1]),
            (self.corrected, "corrected", PALETTE[0]),
            (self.fitted, "fitted", PALETTE[2]),
        ):
            if proba is None:
                continue
            prob_true, prob_pred = calibration_curve(self.y, proba, n_bins=n_bins, strategy=strategy)
            self.prob_true_.append(prob_true)
            self.prob_pred_.append(prob_pred)
            label = f"{name} (log loss {log_loss(self.y, proba, labels=[False, True]):.3f})"
            style = {"marker": "o", "markersize": 5, "color": colour, "label": label}
            self.lines_ += ax.plot(prob_pred, prob_true, **styled("lines.Line2D", style, kwargs))
        largest = max(values.max() for values in (*self.prob_true_, *self.prob_pred_))
        limits, about = np.array([-0.02, 1.02]) * share_end(largest), of_class(self.pos_label)
        ax.set(xlim=limits, ylim=limits, xlabel=f"mean predicted probability{about}", ylabel=f"share{about}")
        title = None if self.weight is None else f"weight {weight_text(self.weight)}"
        add_legend(ax, title=title, title_fontsize="small")
        return self

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        X: Any,
        y: Any,
        *,
        ratio: float | None = None,
        pos_label: Any = None,
        sample_weight: Any = None,
        **kwargs: Any,
    ) -> Self:
        """Train with one weight by cross-validation and draw the out-of-fold probabilities.

        Parameters
        ----------
        estimator : classifier
            See `weight_path`; for a model that is already fitted, use `from_predictions`.
        X : table of shape (n, features)
            Features.
        y : array-like of shape (n,)
            Labels of two classes.
        ratio : float, default=None
            Weight of the positive class over that of the other; by default that of `Balanced`.
        pos_label : label, default=None
            The positive label; needed unless labels are {0, 1}, {-1, 1} or bool.
        sample_weight : array-like of shape (n,), default=None
            Weights of the rows in training.
        **kwargs
            Other keywords of `weight_path`, ``ax``, and keywords of `plot`.

        Returns
        -------
        display : CalibrationShiftDisplay
            Drawn.
        """
        cls._needs_matplotlib()
        check_known(kwargs.get("strategy", "quantile"), _STRATEGIES, _STRATEGY_RULE)
        if ratio is None:
            ratio = _of_positive(Balanced().resolve(y, sample_weight=sample_weight), pos_label)[1]
        training = {"ratios": [ratio], "pos_label": pos_label, "sample_weight": sample_weight}
        return super().from_estimator(estimator, X, y, **training, **kwargs)

    @classmethod
    def from_path(
        cls, path: WeightPath, *, ratio: float | None = None, ax: Any = None, **kwargs: Any
    ) -> Self:
        """Draw one weight of a path that `weight_path` returned.

        Parameters
        ----------
        path : WeightPath
            The path.
        ratio : float, default=None
            One of its ratios; by default the one nearest to balanced weights.
        ax : matplotlib Axes, default=None
            Where to draw; by default a new figure.
        **kwargs
            Keywords of `plot`.

        Returns
        -------
        display : CalibrationShiftDisplay
            Drawn.
        """
        check_path(path)
        away = np.abs(np.log(path.ratios) - np.log(path.imbalance_ratio))
        at = int(np.argmin(away)) if ratio is None else path.position(ratio)
        ways = {"proba": path.proba[at], "corrected": path.corrected[at], "fitted": path.fitted[at]}
        display = cls(y=path.y, **ways, pos_label=path.pos_label, weight=path.ratios[at])
        return display.plot(ax, **kwargs)

    @classmethod
    def from_predictions(
        cls,
        y_true: Any,
        proba: Any,
        weights: ClassWeights | CalibrationMap,
        *,
        pos_label: Any = None,
        ax: Any = None,
        **kwargs: Any,
    ) -> Self:
        """Draw probabilities of a model that was trained with class weights.

        Parameters
        ----------
        y_true : array-like of shape (n,)
            True labels, of rows that the model was not trained on.
        proba : array-like of shape (n, 2) or (n,)
            Its probabilities as trained, columns in sorted label order; or those of the positive class alone.
        weights : ClassWeights or CalibrationMap
            The weights it was trained with (`WeightedClassifier.class_weights_`). Or a map that was learned
            (`WeightedClassifier.calibration_`, `fit_correction`): drawn beside the correction for its
            weights.
        pos_label : label, default=None
            The positive label; needed unless labels are {0, 1}, {-1, 1} or bool.
        ax : matplotlib Axes, default=None
            Where to draw; by default a new figure.
        **kwargs
            Keywords of `plot`.

        Returns
        -------
        display : CalibrationShiftDisplay
            Drawn.

        Raises
        ------
        InvalidValueError
            If the weights are not of two classes, or lengths differ.
        """
        learned = weights if isinstance(weights, CalibrationMap) else None
        weights = weights.weights if isinstance(weights, CalibrationMap) else weights
        remedy = "Pass model.class_weights_ of a WeightedClassifier, or policy.resolve(y_train)."
        check_type(weights, ClassWeights, "weights must be ClassWeights or a CalibrationMap", remedy)
        at, ratio = _of_positive(weights, pos_label)
        y = encode(y_true, weights.classes) == at
        table = np.asarray(proba, np.float64)
        if table.ndim == 1:
            table = np.column_stack([1 - table, table])[:, :: 1 if at else -1]
        check_same_rows(proba=len(table), y_true=len(y))
        display = cls(
            y=y,
            proba=table[:, at],
            corrected=np.asarray(correct_proba(table, weights))[:, at],
            fitted=None if learned is None else np.asarray(correct_proba(table, learned))[:, at],
            pos_label=weights.classes[at],
            weight=ratio,
        )
        return display.plot(ax, **kwargs)


def _of_positive(weights: ClassWeights, pos_label: Any) -> tuple[int, float]:
    """The position of the positive class, and its weight over that of the other."""
    at = weights.classes.index(positive_label(weights.classes, pos_label))
    return at, float(weights.values[at] / weights.values[1 - at])
