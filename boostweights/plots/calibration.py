"""Reliability of probabilities before and after the weights are undone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

import numpy as np
import numpy.typing as npt

from boostweights.errors import InvalidValueError, check_known, check_type
from boostweights.pages.charts import PALETTE
from boostweights.path.result import WeightPath
from boostweights.path.weight_path import weight_path
from boostweights.plots.axes import (
    check_matplotlib,
    figure_of,
    label_text,
    share_end,
    single,
    styled,
    weight_text,
)
from boostweights.plots.base import checked_path
from boostweights.probabilities.calibration import CalibrationMap
from boostweights.probabilities.correct import correct_proba
from boostweights.weighting.class_weights import ClassWeights
from boostweights.weighting.labels.counting import encode
from boostweights.weighting.labels.rules import positive_label
from boostweights.weighting.policies.by_class import Balanced

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


class CalibrationShiftDisplay:
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

    ax_: Axes
    figure_: Figure

    def __init__(
        self,
        *,
        y: Any,
        proba: Any,
        corrected: Any,
        fitted: Any = None,
        pos_label: Any = None,
        weight: float | None = None,
    ) -> None:
        self.y = y
        self.proba = proba
        self.corrected = corrected
        self.fitted = fitted
        self.pos_label = pos_label
        self.weight = weight

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

        check_matplotlib(f"{type(self).__name__}.plot")
        _check_strategy(strategy)
        self.ax_ = single(ax)
        self.figure_ = figure_of(self.ax_)
        if ref_line:
            self.ax_.plot(
                [0, 1], [0, 1], color="0.5", linestyle=":", linewidth=1.2, label="perfectly calibrated"
            )
        self.lines_: list[Any] = []
        self.prob_true_: list[npt.NDArray[np.float64]] = []
        self.prob_pred_: list[npt.NDArray[np.float64]] = []
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
            self.lines_ += self.ax_.plot(prob_pred, prob_true, **styled("lines.Line2D", style, kwargs))
        self._finish()
        return self

    @classmethod
    def from_estimator(  # noqa: PLR0913  as in scikit-learn: every parameter by name
        cls,
        estimator: Any,
        X: Any,
        y: Any,
        *,
        ratio: float | None = None,
        cv: Any = 5,
        positive: Any = None,
        sample_weight: Any = None,
        n_jobs: int | None = None,
        ax: Any = None,
        **kwargs: Any,
    ) -> Self:
        """Train with one weight by cross-validation and draw the out-of-fold probabilities.

        Parameters
        ----------
        estimator : classifier
            See `weight_path`; a model that is fitted already: `from_predictions`.
        X : table of shape (n, features)
            Features.
        y : array-like of shape (n,)
            Labels of two classes.
        ratio : float, default=None
            Weight of the positive class over that of the other; by default that of `Balanced`.
        cv : int, splitter or iterable of splits, default=5
            As in scikit-learn.
        positive : label, default=None
            The positive label; needed unless labels are {0, 1}, {-1, 1} or bool.
        sample_weight : array-like of shape (n,), default=None
            Weights of the rows in training.
        n_jobs : int, default=None
            Folds trained at once, as in scikit-learn.
        ax : matplotlib Axes, default=None
            Where to draw; by default a new figure.
        **kwargs
            Keywords of `plot`.

        Returns
        -------
        display : CalibrationShiftDisplay
            Drawn.
        """
        check_matplotlib(f"{cls.__name__}.from_estimator")
        _check_strategy(kwargs.get("strategy", "quantile"))
        if ax is not None:
            single(ax)
        ratios = [_balanced(y, positive, sample_weight) if ratio is None else ratio]
        path = weight_path(
            estimator,
            X,
            y,
            ratios=ratios,
            cv=cv,
            positive=positive,
            sample_weight=sample_weight,
            n_jobs=n_jobs,
        )
        return cls.from_path(path, ax=ax, **kwargs)

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
        away = np.abs(np.log(checked_path(path).ratios) - np.log(path.imbalance_ratio))
        at = int(np.argmin(away)) if ratio is None else path.position(ratio)
        display = cls(
            y=path.y,
            proba=path.proba[at],
            corrected=path.corrected[at],
            fitted=path.fitted[at],
            pos_label=path.positive,
            weight=path.ratios[at],
        )
        return display.plot(ax, **kwargs)

    @classmethod
    def from_predictions(
        cls,
        y_true: Any,
        proba: Any,
        weights: ClassWeights | CalibrationMap,
        *,
        positive: Any = None,
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
        positive : label, default=None
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
        found = weights if isinstance(weights, CalibrationMap) else None
        weights = weights.weights if isinstance(weights, CalibrationMap) else weights
        at, y = _positive_rows(y_true, weights, positive)
        table = np.asarray(proba, np.float64)
        if table.ndim == 1:
            table = np.column_stack([table, 1 - table] if at == 0 else [1 - table, table])
        if len(table) != len(y):
            rule = f"there must be a probability for each of the {len(y)} labels"
            raise InvalidValueError(rule, f"{len(table)} of them", "Pass both of the same rows.")
        display = cls(
            y=y,
            proba=table[:, at],
            corrected=np.asarray(correct_proba(table, weights))[:, at],
            fitted=None if found is None else np.asarray(correct_proba(table, found))[:, at],
            pos_label=weights.classes[at],
            weight=_ratio(weights, at),
        )
        return display.plot(ax, **kwargs)

    def _finish(self) -> None:
        of = "" if self.pos_label is None else f" of class {label_text(self.pos_label)}"
        title = None if self.weight is None else f"weight {weight_text(self.weight)}"
        largest = max(values.max() for values in (*self.prob_true_, *self.prob_pred_))
        limits = np.array([-0.02, 1.02]) * share_end(largest)
        self.ax_.set(xlim=limits, ylim=limits, xlabel=f"mean predicted probability{of}", ylabel=f"share{of}")
        self.ax_.legend(fontsize="small", title=title, title_fontsize="small", framealpha=0.85)
        self.ax_.grid(alpha=0.25, linewidth=0.6)


def _check_strategy(strategy: Any) -> None:
    check_known(strategy, ("quantile", "uniform"), "strategy must be 'quantile' or 'uniform'")


def _balanced(y: Any, positive: Any, sample_weight: Any) -> float:
    """The weight of the positive class over that of the other, balanced."""
    weights = Balanced().resolve(y, sample_weight=sample_weight)
    return _ratio(weights, weights.classes.index(positive_label(weights.classes, positive)))


def _ratio(weights: ClassWeights, at: int) -> float:
    return float(weights.values[at] / weights.values[1 - at])


def _positive_rows(y: Any, weights: ClassWeights, positive: Any) -> tuple[int, npt.NDArray[np.bool_]]:
    """Return the positive label's column, and which rows are of it."""
    mend = "Pass model.class_weights_ of a WeightedClassifier, or policy.resolve(y_train)."
    check_type(weights, ClassWeights, "weights must be ClassWeights or a CalibrationMap", mend)
    at = weights.classes.index(positive_label(weights.classes, positive))
    return at, encode(y, weights.classes) == at
