"""The score of each threshold that was tried, the tuned one, and the range of it over folds."""

from dataclasses import dataclass
from typing import Any, Self

from boostweights.errors import check_type
from boostweights.pages.charts import PALETTE
from boostweights.plots.base import Display, add_legend, styled
from boostweights.probabilities.threshold_report import ThresholdReport


@dataclass(kw_only=True, eq=False, repr=False)
class ThresholdDisplay(Display):
    """The score by threshold, out of fold, and where the best threshold is.

    It is recommended to use `from_estimator`. All parameters are stored as attributes.

    Parameters
    ----------
    report : ThresholdReport
        What to draw.

    Attributes
    ----------
    ax_ : matplotlib Axes
        The axes.
    figure_ : matplotlib Figure
        The figure.
    line_, threshold_line_ : Line2D
        The score, and the tuned threshold.
    fold_span_ : Artist or None
        The range of the best thresholds of the folds; it is no confidence interval.
    cost_line_ : Line2D or None
        The threshold of the costs.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.linear_model import LogisticRegression
    >>> from boostweights import WeightedClassifier
    >>> from boostweights.plots.threshold import ThresholdDisplay
    >>> X, y = np.arange(100.0)[:, None], np.arange(100) >= 90
    >>> clf = WeightedClassifier(LogisticRegression(), weighting=None, threshold="f1").fit(X, y)
    >>> ThresholdDisplay.from_estimator(clf).ax_.get_ylabel()
    'f1, out of fold'
    """

    report: ThresholdReport

    def __post_init__(self) -> None:
        remedy = 'Fit WeightedClassifier(…, threshold="f1") on two classes, and draw it.'
        check_type(self.report, ThresholdReport, "a display of thresholds draws a ThresholdReport", remedy)

    def plot(self, ax: Any = None, **kwargs: Any) -> Self:
        """Draw.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to draw; by default a new figure.
        **kwargs
            More keywords for `Axes.plot` of the score.

        Returns
        -------
        display : ThresholdDisplay
            Itself.
        """
        ax, report = self._begin(ax), self.report
        style = {"color": PALETTE[0], "linewidth": 1.8, "label": report.scorer}
        (self.line_,) = ax.plot(report.thresholds, report.scores, **styled("lines.Line2D", style, kwargs))
        label = f"tuned threshold, {report.threshold:.3g}"
        self.threshold_line_ = ax.axvline(report.threshold, color="0.25", linewidth=1.2, label=label)
        self.fold_span_ = self.cost_line_ = None
        if report.fold_range:
            label = f"range over {len(report.fold_thresholds)} folds"
            self.fold_span_ = ax.axvspan(
                *report.fold_range, color="0.6", alpha=0.25, linewidth=0, label=label
            )
        if report.cost_threshold is not None:
            look = {
                "color": PALETTE[4],
                "linewidth": 1.2,
                "linestyle": "--",
                "label": "threshold of the costs",
            }
            self.cost_line_ = ax.axvline(report.cost_threshold, **look)
        ax.set(xlabel="threshold", ylabel=f"{report.scorer}, out of fold")
        add_legend(ax)
        return self

    @classmethod
    def from_estimator(cls, estimator: Any, *, ax: Any = None, **kwargs: Any) -> Self:
        """Draw the report of a fitted classifier; nothing is trained.

        Parameters
        ----------
        estimator : WeightedClassifier
            Fitted with a scorer as `threshold`, on two classes.
        ax : matplotlib Axes, default=None
            Where to draw; by default a new figure.
        **kwargs
            Keywords of `plot`.

        Returns
        -------
        display : ThresholdDisplay
            Drawn.

        Raises
        ------
        InvalidTypeError, MissingLibraryError
            If the classifier has no ``threshold_report_``, or matplotlib is missing.
        """
        cls._needs_matplotlib()
        report: Any = getattr(estimator, "threshold_report_", None)
        return cls(report=report).plot(ax, **kwargs)
