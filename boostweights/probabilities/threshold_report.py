"""What a tuned threshold was chosen from, and how far it moves from fold to fold."""

from dataclasses import dataclass
from typing import Any

from boostweights.tables.results import to_frame


@dataclass(frozen=True, slots=True, kw_only=True)
class ThresholdReport:
    """The score at each threshold that was tried, and the best threshold of each fold.

    The range over folds is no confidence interval: its coverage has not been measured.

    Parameters
    ----------
    scorer : str
        The scorer's name.
    thresholds, scores : tuple of float
        The thresholds that were tried, ascending, and the score of each on all rows out of fold.
    threshold : float
        The one with the highest score.
    fold_thresholds : tuple of float
        The threshold that scores highest on the rows of one fold alone, for each fold whose rows include both
        classes.
    cost_threshold : float, default=None
        The threshold of the least expected cost (Elkan 2001), where the weighting is `Costs` and
        probabilities are corrected or unweighted.

    See Also
    --------
    boostweights.plots.ThresholdDisplay : Draws it.

    Examples
    --------
    >>> report = ThresholdReport(
    ...     scorer="f1",
    ...     thresholds=(0.2, 0.4),
    ...     scores=(0.5, 0.6),
    ...     threshold=0.4,
    ...     fold_thresholds=(0.3, 0.45),
    ... )
    >>> print(report)
    threshold 0.4, by f1 (0.6 out of fold); 0.3 to 0.45 over 2 folds
    >>> report.to_frame()["score"].tolist()
    [0.5, 0.6]
    """

    scorer: str
    thresholds: tuple[float, ...]
    scores: tuple[float, ...]
    threshold: float
    fold_thresholds: tuple[float, ...]
    cost_threshold: float | None = None

    @property
    def fold_range(self) -> tuple[float, float] | None:
        """The lowest and the highest threshold of a fold, if there is one."""
        return (min(self.fold_thresholds), max(self.fold_thresholds)) if self.fold_thresholds else None

    def to_frame(self, backend: str = "pandas") -> Any:
        """Return thresholds and scores as a pandas or polars data frame."""
        return to_frame({"threshold": self.thresholds, "score": self.scores}, backend)

    def __str__(self) -> str:
        score = self.scores[self.thresholds.index(self.threshold)]
        text = f"threshold {self.threshold:.4g}, by {self.scorer} ({score:.4g} out of fold)"
        if self.fold_range:
            text += "; {:.4g} to {:.4g} over {} folds".format(*self.fold_range, len(self.fold_thresholds))
        return text + (
            f"; the costs give {self.cost_threshold:.4g}" if self.cost_threshold is not None else ""
        )
