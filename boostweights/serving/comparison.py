"""Two answers to the same rows: the classifier's and the runtime's, and why they differ."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from boostweights.errors import InvalidValueError, shown


class ServingError(InvalidValueError):
    """A model that answers otherwise where it is served than where it was fitted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """What a classifier says of rows.

    Attributes
    ----------
    proba : ndarray of shape (n, k)
    labels : ndarray of shape (n,)
    uncorrected : ndarray of shape (n, k)
        The probabilities by which it decides.
    """

    proba: npt.NDArray[Any]
    labels: npt.NDArray[Any]
    uncorrected: npt.NDArray[Any]

    def undecided(self, tolerance: float) -> npt.NDArray[np.bool_]:
        """Return which rows have two classes in front, so that rounding may decide."""
        best = np.sort(self.uncorrected, axis=1)
        return np.asarray(best[:, -1] - best[:, -2] <= tolerance)


def compared(ours: Answers, proba: Any, labels: Any, X: Any, *, tolerance: float, what: str) -> float:
    """Return the largest difference of a probability.

    Raises
    ------
    ServingError
        If one is beyond the tolerance, or a label differs where the decision is no tie; it names rows and
        cause.
    """
    theirs = np.asarray(proba, np.float64)
    alike = np.isnan(theirs) & np.isnan(ours.proba)
    apart = np.where(alike, 0.0, np.abs(theirs - ours.proba)).max(axis=1)
    wrong = ~(apart <= tolerance)
    other = (np.asarray(labels) != ours.labels) & ~ours.undecided(tolerance)
    if not wrong.any() and not other.any():
        return float(apart.max(initial=0.0))
    rows = np.flatnonzero(wrong if wrong.any() else other)
    seen = f"probabilities {float(apart.max()):.3g} apart in {len(rows)}" if wrong.any() else ""
    seen = seen or f"other labels in {len(rows)}"
    raise ServingError(
        f"a model must answer where it is served ({what}) as where it was fitted, within {tolerance:g}",
        f"{seen} of {len(wrong)} rows, such as {shown(rows[:5].tolist())}: {_cause(ours, proba, wrong, X)}",
        'Export with another format (to="native" always is the library\'s own), and report this one.',
    )


def _cause(ours: Answers, proba: Any, wrong: npt.NDArray[np.bool_], X: Any) -> str:
    if not wrong.any():
        return (
            "the decision is not that of predict, the labels are those of other probabilities or other names"
        )
    if np.abs(np.asarray(proba) - ours.uncorrected).max() < 1e-4:
        return "the probabilities are those of the model without correction"
    missing = _missing(X)
    if wrong.all():
        return "all rows are wrong: the converter loses an intercept or scales the scores"
    if not (wrong & ~missing).any():
        return "only rows with missing values are wrong: the converter sends them elsewhere"
    return f"some splits are taken otherwise, as in the row {shown(_row(X, int(np.argmax(wrong))))}"


def _missing(X: Any) -> npt.NDArray[np.bool_]:
    holes = X.isna() if hasattr(X, "isna") else np.isnan(np.asarray(X, np.float64))
    return np.asarray(np.asarray(holes).any(axis=1))


def _row(X: Any, at: int) -> Any:
    return np.asarray(X)[at].tolist()
