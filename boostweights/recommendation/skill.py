"""Whether a model has skill: a one-sided test of its out-of-fold AUC against .5."""

from dataclasses import asdict, dataclass
from operator import attrgetter
from typing import Any

import numpy as np
from scipy import stats

from boostweights.recommendation.figures import TRAINED
from boostweights.recommendation.options import Floats, Rows
from boostweights.tables.text import written

SIGNIFICANCE = 0.01
"""Level of the test: the share of tables of pure noise on which a model passes it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Skill:
    """The out-of-fold AUC of a model, and the test of whether it is above .5.

    Attributes
    ----------
    auc : float
        The mean AUC of the folds.
    standard_error : float
        The standard error of `auc`.
    p_value : float
        The one-sided p-value of the hypothesis that the AUC is .5, multiplied by the number of candidates.
    """

    auc: float
    standard_error: float
    p_value: float

    @property
    def evident(self) -> bool:
        """Whether the test rejects an AUC of .5."""
        return self.p_value < SIGNIFICANCE

    def as_plain(self) -> dict[str, Any]:
        """Return plain values, for JSON."""
        return {**asdict(self), "evident": self.evident}

    def __str__(self) -> str:
        return (
            f"out-of-fold AUC {written(self.auc, 3)}, standard error {written(self.standard_error, 2)}, "
            f"one-sided p {'< 0.001' if self.p_value < 0.001 else f'= {written(self.p_value, 2)}'}"
        )


def skill(scores: Floats, rows: Rows, candidates: int = 1, trained: float = 1.0) -> Skill:
    """Return the AUC within folds and its test against .5.

    Scores of two folds come from two models, so only rows of the same fold are compared. A fold with m
    positive and n negative rows has the weight m n / (m + n), which minimises the variance where there is no
    skill (van Elteren); the weights of stratified folds are equal. The standard error is that of DeLong et
    al., and, where units have several rows, that of Obuchowski for clusters. The p-value is that of
    Brunner and Munzel: their test has the same standard error, and Satterthwaite's degrees of freedom
    keep its level where few rows are positive.

    Parameters
    ----------
    scores : ndarray of shape (m,) or (m, k)
        Out-of-fold scores, higher for rows that are more likely to be positive. Of k classes, more than two:
        a column a class, and the result is that of the class with the lowest p-value, against the rest, as
        one of k times as many candidates, its standard error multiplied by `TRAINED`.
    rows : Rows
        The rows that they belong to; at least one fold has both classes.
    candidates : int, default=1
        From how many models the one with these scores was chosen (Bonferroni): the best of several models
        without skill has an AUC above .5.
    trained : float, default=1.0
        A factor of the standard error. Training folds overlap, so that the AUC of noise varies more than
        the standard error says, and the smaller the level, the more often the test would pass.

    References
    ----------
    DeLong, DeLong & Clarke-Pearson (1988), doi:10.2307/2531595. Obuchowski (1997), doi:10.2307/2533958.
    Brunner & Munzel (2000), doi:10.1002/(SICI)1521-4036(200001)42:1<17::AID-BIMJ17>3.0.CO;2-U.
    van Elteren (1960), On the combination of independent two-sample tests of Wilcoxon.

    Examples
    --------
    >>> rows = Rows(y=np.arange(40) % 2 == 0, unit=np.arange(40), fold=np.arange(40) // 20)
    >>> str(skill(np.tile([4.0, 1.0, 2.0, 3.0], 10), rows))
    'out-of-fold AUC 0.75, standard error 0.081, one-sided p = 0.0019'
    """
    if scores.ndim == 2:
        tests = (
            skill(column, Rows(y=side, unit=rows.unit, fold=rows.fold), candidates * rows.classes, TRAINED)
            for column, side in zip(scores.T, rows.sides, strict=True)
        )
        return min(tests, key=attrgetter("p_value"))
    placements, shares = np.empty(len(scores)), np.zeros(len(scores))
    for fold in np.unique(rows.fold):
        tested = rows.fold == fold
        y, ranks = rows.y[tested], stats.rankdata(scores[tested])
        m, n = int(y.sum()), int((~y).sum())
        below = np.empty(len(y))  # rows of the other class that score lower, ties counted half
        below[y] = ranks[y] - stats.rankdata(scores[tested][y])
        below[~y] = ranks[~y] - stats.rankdata(scores[tested][~y])
        placements[tested] = np.where(y, below / max(n, 1), 1 - below / max(m, 1))
        shares[tested] = np.where(y, n, m) / (m + n)
    shares /= shares[rows.y].sum()
    auc = float((shares * placements)[rows.y].sum())
    deviations = shares * (placements - auc)
    positive, negative = (np.bincount(rows.unit, deviations * side) for side in (rows.y, ~rows.y))
    units = [len(np.unique(side)) for side in (rows.unit[rows.y], rows.unit[~rows.y], rows.unit)]
    parts = [
        count / (count - 1) * float(products.sum())
        for count, products in zip(units, (positive**2, negative**2, 2 * positive * negative), strict=True)
    ]
    variance = max(sum(parts), 0.0)
    if variance == 0:  # the scores are constant, or separate the classes
        return Skill(auc=auc, standard_error=0.0, p_value=float(auc <= 0.5))
    freedom = (parts[0] + parts[1]) ** 2 / sum(
        part**2 / (count - 1) for part, count in zip(parts[:2], units[:2], strict=True)
    )
    error = trained * float(np.sqrt(variance))
    p_value = min(candidates * float(stats.t.sf((auc - 0.5) / error, freedom)), 1.0)
    return Skill(auc=auc, standard_error=error, p_value=p_value)
