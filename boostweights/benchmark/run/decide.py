"""Decision rules: from probabilities to labels."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from boostweights.probabilities.thresholds import best_threshold

RULES: Final = ("none", "0.5", "tuned", "equivalent", "cost", "promised")
"""``"none"`` names figures that need no decision; what is promised is decided in parts (see `train`). In a
regime there are others: `decisions_in_regime`."""

Proba = npt.NDArray[np.floating[Any]]
Codes = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Decision:
    """What one rule decides, on raw, corrected or fitted probabilities.

    Attributes
    ----------
    rule, proba : str
        One of `RULES`; ``"raw"``, ``"corrected"`` or ``"fitted"``.
    predicted : ndarray of int of shape (n,)
        Labels 0 to k-1.
    threshold : float or None
        Of the positive class's probability; None with more than two classes.
    """

    rule: str
    proba: str
    predicted: Codes = field(repr=False)
    threshold: float | None = None


def decisions(
    by_kind: Mapping[str, Proba],
    *,
    balanced: tuple[float, ...],
    costs: tuple[float, float],
    tuned: float | None,
) -> Iterator[Decision]:
    """Yield what every rule decides.

    "0.5" is the most probable class; "equivalent" the one of highest probability times balanced weight, for
    two classes the threshold 1 / (1 + w); "cost" the one of least expected cost, the threshold
    fp / (fp + fn) (Elkan 2001). The last two are about honest probabilities, so "equivalent" reads the
    corrected ones where there are any, and the fitted ones, and "cost" all, to show the harm. The order of
    two classes' corrected or fitted probabilities is that of the raw ones: "tuned" reads the latter alone.

    Parameters
    ----------
    by_kind : mapping of "raw", "corrected" and "fitted" to arrays of shape (n, k)
        Without weights there is nothing to correct; "fitted" is there where it was asked for.
    balanced : tuple of k floats
        The balanced weights of the training fold.
    costs : (fn, fp)
        What errors cost.
    tuned : float or None
        The tuned threshold, if there is one.
    """
    honest = ("corrected" if "corrected" in by_kind else "raw", "fitted")
    binary = len(balanced) == 2
    for kind, proba in by_kind.items():
        yield Decision(rule="0.5", proba=kind, predicted=_argmax(proba), threshold=0.5 if binary else None)
        if kind in honest:
            ratio = balanced[1] / balanced[0]
            yield Decision(
                rule="equivalent",
                proba=kind,
                predicted=_argmax(proba * np.asarray(balanced)),
                threshold=1 / (1 + ratio) if binary else None,
            )
        if binary:
            yield _above(proba, "cost", kind, costs[1] / (costs[0] + costs[1]))
    if tuned is not None:
        yield _above(by_kind["raw"], "tuned", "raw", tuned)


def decisions_in_regime(
    by_kind: Mapping[str, Proba],
    *,
    balanced: tuple[float, ...],
    costs: tuple[float, float],
    thresholds: Mapping[str, float],
    ratios: Iterable[float],
) -> Iterator[Decision]:
    """Yield what every rule of `decisions` decides, and in a regime these besides.

    "tuned" on every kind of probabilities, by a threshold of its own; "cost_R", a probability of at least
    1 / (1 + R), which costs least where a missed positive costs R false alarms. Where these are the costs of
    the data set, it is the rule "cost".

    Parameters
    ----------
    by_kind, balanced, costs
        As of `decisions`.
    thresholds : mapping of str to float
        The tuned ones, by kind; none with more than two classes.
    ratios : iterable of float
        What a missed positive costs.
    """
    yield from decisions(by_kind, balanced=balanced, costs=costs, tuned=thresholds.get("raw"))
    if len(balanced) > 2:
        return
    others = [ratio for ratio in ratios if ratio != costs[0] / costs[1]]
    for kind, proba in by_kind.items():
        for ratio in others:
            yield _above(proba, f"cost_{ratio:g}", kind, 1 / (1 + ratio))
        if kind != "raw":
            yield _above(proba, "tuned", kind, thresholds[kind])


def best_f1_threshold(y: Codes, score: Proba) -> float:
    """Return the score from which on a positive decision has the best F1; the highest such score.

    F1 is of floats: of scores that tie but for rounding it may be a lower one.

    Examples
    --------
    >>> best_f1_threshold(np.array([0, 0, 1, 1]), np.array([0.1, 0.2, 0.3, 0.9]))
    0.3
    """
    return best_threshold(y == 1, score, _f1_of_shares)


def _f1_of_shares(counts: npt.NDArray[np.intp]) -> npt.NDArray[np.float64]:
    """F1 rounded as scikit-learn's curve does it, by which published thresholds were tuned."""
    _, fp, fn, tp = counts.T
    with np.errstate(invalid="ignore"):
        precision, recall = tp / (tp + fp), tp / (tp + fn)
        return np.asarray(np.nan_to_num(2 * precision * recall / (precision + recall)))


def _argmax(proba: Any) -> Codes:
    found: Codes = np.argmax(proba, axis=1)
    return found


def _above(proba: Proba, rule: str, kind: str, threshold: float) -> Decision:
    predicted = (proba[:, 1] >= threshold).astype(np.int64)
    return Decision(rule=rule, proba=kind, predicted=predicted, threshold=threshold)
