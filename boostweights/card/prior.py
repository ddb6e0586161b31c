"""Whether the shares of the classes moved: how much, and whether chance explains it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np

from boostweights.audits.findings import Finding, Severity
from boostweights.card.findings import finding
from boostweights.weighting.counts import ClassCounts

_SMALL: Final = 0.1
_MEDIUM: Final = 0.3
_LEVEL: Final = 0.05


def cohens_w(old: ClassCounts, new: ClassCounts) -> float:
    r"""Return Cohen's w between the shares of the classes that both have.

    :math:`w = \sqrt{\sum_k (p_k - q_k)^2 / q_k}`, p being the new shares, q the old ones (Cohen 1988, 7.2).

    Examples
    --------
    >>> round(cohens_w(ClassCounts({0: 50, 1: 50}), ClassCounts({0: 60, 1: 40})), 6)
    0.2
    """
    q, p = _shares(old, new)
    return float(np.sqrt(((p - q) ** 2 / q).sum()))


def prior_findings(old: ClassCounts, new: ClassCounts) -> Iterator[Finding]:
    """Yield a finding if the shares moved, as grave as the effect; none if chance explains a small one."""
    shared = [label for label in old if label in new]
    if len(shared) < 2:
        return
    effect, p_value = cohens_w(old, new), _p_value(old, new)
    certain = p_value < _LEVEL
    if not certain and effect < _SMALL:
        return
    severity: Severity = "info"
    if certain and effect >= _SMALL:
        severity = "error" if effect >= _MEDIUM else "warning"
    q, p = _shares(old, new)
    position = int(np.argmax(np.abs(p - q) / q))
    weighted = any(isinstance(count, float) for count in (*old.values(), *new.values()))
    yield finding(
        "card-prior-moved",
        f"the share of class {shared[position]!r} was {100 * q[position]:.3g} % and is "
        f"{100 * p[position]:.3g} % (Cohen's w {effect:.3f}, chi-square p {p_value:.2g}"
        f"{', of weighted counts' if weighted else ''})",
        severity=severity,
        why=_why(certain=certain, effect=effect),
    )


def _why(*, certain: bool, effect: float) -> str:
    if not certain:
        return "Rows are too few to tell it from chance."
    if effect < _SMALL:
        return "It is more than chance, but a small effect."
    return "Weights that follow counts move with it; probabilities and thresholds are of the old share."


def _p_value(old: ClassCounts, new: ClassCounts) -> float:
    """The chi-square test of homogeneity of both samples, without Yates's correction."""
    from scipy.stats import chi2_contingency

    table = [[counts[label] for label in old if label in new] for counts in (old, new)]
    return float(chi2_contingency(np.asarray(table, np.float64), correction=False).pvalue)


def _shares(old: ClassCounts, new: ClassCounts) -> tuple[np.ndarray[tuple[int], np.dtype[np.float64]], ...]:
    shared = [label for label in old if label in new]
    counts = (np.array([each[label] for label in shared], np.float64) for each in (old, new))
    return tuple(each / each.sum() for each in counts)
