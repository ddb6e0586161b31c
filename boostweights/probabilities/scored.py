"""Scores of rows, which of them are positive, and which group and cluster each is of; all checked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from boostweights.errors import InvalidTypeError, InvalidValueError
from boostweights.probabilities.columns import read
from boostweights.probabilities.cost import position_of_positive
from boostweights.weighting.labels.columns import column_of
from boostweights.weighting.labels.counting import factorize
from boostweights.weighting.labels.rules import Label, scalar

Floats = npt.NDArray[np.float64]
Codes = npt.NDArray[np.intp]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Scored:
    """Rows of which something is promised, or checked.

    Attributes
    ----------
    scores : ndarray of shape (n,)
    positive : ndarray of shape (n,), bool, or None
        Without labels: none.
    group : ndarray of shape (n,), int
        Which of `groups` each row is in.
    groups : tuple of labels
        (None,) where there are none.
    cluster : ndarray of shape (n,), int, or None
    seed : int
        By which one row of each cluster is drawn.
    """

    scores: Floats
    positive: npt.NDArray[np.bool_] | None
    group: Codes
    groups: tuple[Label, ...]
    cluster: Codes | None
    seed: int

    def of(self, metric: str, group: Label = None) -> Floats:
        """Return the scores that a promise is about: of positives, or of all; of a cluster one of them."""
        chosen = np.ones(len(self.scores), bool)
        if metric == "recall":
            if self.positive is None:
                raise InvalidTypeError(
                    "recall is the share of positives that are found", "y=None", "Pass the labels, too."
                )
            chosen = self.positive
        if group is not None:
            chosen = chosen & np.array([each == group for each in self.groups])[self.group]
        rows = np.flatnonzero(chosen)
        if self.cluster is not None:
            rows = np.random.default_rng(self.seed).permutation(rows)
            rows = rows[np.unique(self.cluster[rows], return_index=True)[1]]
        return self.scores[rows]


def scored(
    scores: Any,
    y: Any,
    *,
    positive: Label,
    by: Any = None,
    clusters: Any = None,
    seed: int = 0,
    sample_weight: Any = None,
) -> Scored:
    """Return rows with their columns, or raise."""
    if sample_weight is not None:
        raise InvalidTypeError(
            "a promise counts rows: an order statistic of weighted rows promises nothing exact",
            "sample_weight",
            "Leave it out, on rows that are drawn as the new ones will be.",
        )
    values = read(scores, "scores").values
    if values.ndim != 1:
        raise InvalidValueError(
            "scores must be a column: one number a row, the higher the more positive",
            f"shape {values.shape}",
            "Pass predict_proba(X)[:, 1], say.",
        )
    if np.isnan(values).any():
        at = int(np.flatnonzero(np.isnan(values))[0])
        raise InvalidValueError(
            "scores must not be missing", f"NaN in row {at}", "Score these rows, or say what is done to them."
        )
    rows = len(values)
    is_positive = None if y is None else _is_positive(y, positive, rows)
    groups, group = ((None,), np.zeros(rows, np.intp)) if by is None else _codes("by", by, rows)
    cluster = None if clusters is None else _codes("clusters", clusters, rows)[1]
    return Scored(scores=values, positive=is_positive, group=group, groups=groups, cluster=cluster, seed=seed)


def _is_positive(y: Any, positive: Label, rows: int) -> npt.NDArray[np.bool_]:
    counts, codes = factorize(y)
    _check_rows("y", len(codes), rows)
    return np.asarray(codes == position_of_positive(list(counts), scalar(positive)))


def _codes(name: str, given: Any, rows: int) -> tuple[tuple[Label, ...], Codes]:
    try:
        names, codes = column_of(given, few=False).codes()
    except (InvalidValueError, InvalidTypeError) as broken:
        rule = f"{name} must be labels ({broken.rule})"
        raise type(broken)(rule, broken.value, "Name what is missing; bin numbers.") from broken
    _check_rows(name, len(codes), rows)
    return tuple(names), np.asarray(codes, np.intp)


def _check_rows(name: str, found: int, rows: int) -> None:
    if found != rows:
        raise InvalidValueError(
            f"{name} must have a value for each score", f"{found} for {rows} scores", "Pass the same rows."
        )
