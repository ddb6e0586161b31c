"""A promise: a threshold, and which rates it keeps on new rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from boostweights.errors import InvalidTypeError, shown
from boostweights.probabilities.kept import PromiseCheck, tested
from boostweights.probabilities.promised import checked_share
from boostweights.probabilities.rates import Rate
from boostweights.probabilities.scored import scored
from boostweights.weighting.labels.rules import Label


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """A threshold, and which rates it promises on new rows; prints as text.

    It is about a rate: the share among all rows of the distribution that the rows were drawn from, of
    which a batch is a sample. Where new rows come from another distribution it says nothing.

    Attributes
    ----------
    threshold : float
        On the scale of the scores.
    strict : bool
        Whether a row is positive strictly above the threshold; otherwise from it on.
    confidence : float
        In this share of draws of the rows all the rates are kept.
    rates : tuple of Rate
        What is promised.
    clustered : bool
        Whether it is about one row drawn from a cluster, instead of any row.
    positive : label, default=None
        The positive label, where it was named.

    Examples
    --------
    >>> import numpy as np
    >>> from boostweights import promise
    >>> scores = np.arange(1000) / 1000
    >>> kept = promise(scores, scores >= 0.9, at_least={"recall": 0.9})
    >>> print(kept)
    positive where score >= 0.905, with confidence 0.9:
    recall >= 0.9, confidence 0.9 (from 100 positives, 22 needed; expected 0.941)
    >>> kept.decide([0.904, 0.905])
    array([False,  True])
    """

    threshold: float
    strict: bool
    confidence: float
    rates: tuple[Rate, ...]
    clustered: bool = False
    positive: Label = None

    def decide(self, scores: Any) -> npt.NDArray[np.bool_]:
        """Return which rows are positive."""
        values = np.asarray(scores, np.float64)
        return values > self.threshold if self.strict else values >= self.threshold

    def check(
        self,
        scores: Any,
        y: Any = None,
        *,
        by: Any = None,
        clusters: Any = None,
        level: float = 0.05,
        random_state: int = 0,
    ) -> PromiseCheck:
        """Test whether new rows keep the promise.

        Of each rate a one-sided binomial test: how likely are as few found positives, or as many alarms,
        if the rate were just what was promised. Several are tested at `level` over their number
        (Bonferroni).

        Parameters
        ----------
        scores : array-like of shape (n,)
            Of new rows, by the same model.
        y : array-like of shape (n,), default=None
            Their labels; alarms need none.
        by, clusters : array-like of shape (n,), default=None
            Needed where the promise was made with them.
        level : float, default=0.05
            How often a promise that is just kept may be called broken.
        random_state : int, default=0
            By which one row of each cluster is drawn.

        Returns
        -------
        PromiseCheck

        Examples
        --------
        >>> import numpy as np
        >>> from boostweights import promise
        >>> rng = np.random.default_rng(0)
        >>> y = np.repeat([0, 1], [900, 100])
        >>> kept = promise(rng.normal(2 * y), y, at_least={"recall": 0.9})
        >>> kept.check(rng.normal(2 * y), y).kept, kept.check(rng.normal(y), y).kept
        (True, False)
        """
        columns = {"by": by, "clusters": clusters, "positive": self.positive, "seed": random_state}
        rows = scored(scores, y, **columns)
        limit = checked_share("level", level) / len(self.rates)
        if self.clustered and rows.cluster is None:
            raise InvalidTypeError(
                "this promise is about one row of each cluster", "clusters=None", "Pass the clusters."
            )
        if self.rates[0].group is not None and by is None:
            groups = [each.group for each in self.rates]
            raise InvalidTypeError(
                "this promise is about groups", "by=None", f"Pass groups, {shown(groups)}."
            )
        seen = [(each, self.decide(rows.of(each.metric, each.group))) for each in self.rates]
        return PromiseCheck(rates=tuple(tested(*each, limit) for each in seen))

    def __str__(self) -> str:
        sign, of = (">" if self.strict else ">="), " of a row drawn from a new cluster" * self.clustered
        head = f"positive where score {sign} {self.threshold:.6g}, with confidence {self.confidence:g}{of}:"
        return "\n".join([head, *map(str, self.rates)])
