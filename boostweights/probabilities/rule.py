"""How probabilities become labels: by a threshold for one class, or by what each decision costs."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from boostweights.weighting.labels.rules import Label

Floats = npt.NDArray[np.float64]
Codes = npt.NDArray[np.intp]

NONE = -1
"""The place of a row for which no class is decided."""
NEVER = 2.0
"""A threshold that no probability reaches; it is finite, so that differences to it are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionRule:
    r"""A threshold for one class, or the costs of deciding for each class.

    A shift of log probabilities by offsets :math:`o_k` is the matrix with :math:`-\exp(o_k)` on the diagonal
    and 0 elsewhere (see `of_offsets`).

    Attributes
    ----------
    classes : tuple of k labels
        The order of the columns of probabilities.
    at : int or None
        The place of the class that `threshold` is about. With `costs`: of the class that wins ties; None: the
        first of equally cheap classes wins.
    threshold : float or None
        This class is decided from this probability on, otherwise the most probable of the others.
    costs : array-like of shape (k, k) or (n, k, k), or None
        In place of a threshold: rows truth, columns decision, for all rows or one matrix for each row. The
        class of the least expected cost is decided.
    abstain : float or None
        With `costs`: no class is decided where each of them has a higher expected cost (Chow 1970).

    References
    ----------
    Chow (1970), On optimum recognition error and reject tradeoff, doi:10.1109/TIT.1970.1054406.

    Examples
    --------
    >>> rule = DecisionRule(classes=("a", "b", "c"), at=2, threshold=0.2)
    >>> rule.decide(np.array([[0.5, 0.3, 0.2], [0.3, 0.6, 0.1]])).tolist()
    [2, 1]
    """

    classes: tuple[Label, ...]
    at: int | None = None
    threshold: float | None = None
    costs: Any = None
    abstain: float | None = None

    @classmethod
    def of_offsets(cls, classes: Sequence[Label], offsets: Floats) -> Self:
        """Return the rule that decides for the highest sum of log probability and offset.

        Examples
        --------
        >>> rule = DecisionRule.of_offsets(["a", "b", "c"], np.log([1.0, 1.0, 4.0]))
        >>> rule.decide(np.array([[0.5, 0.3, 0.2], [0.5, 0.4, 0.1]])).tolist()
        [2, 0]
        """
        matrix = np.diag(-np.exp(offsets - np.max(offsets)))
        return cls(classes=tuple(classes), costs=tuple(map(tuple, matrix.tolist())))

    @property
    def order(self) -> list[int]:
        """The places of the classes; of two that are worth the same the first one is decided."""
        return sorted(range(len(self.classes)), key=lambda place: place != self.at)

    @property
    def scale(self) -> float:
        """The largest amount by which a change of probabilities by 1 changes what a decision is worth."""
        return 1.0 if self.costs is None else float(np.abs(self.costs).max())

    def worths(self, proba: Any) -> Floats:
        """Return what each decision is worth for rows of probabilities, both of shape (n, k)."""
        table = np.asarray(proba, np.float64)
        if self.costs is not None:
            costs = np.asarray(self.costs, np.float64)
            of_rows = costs.ndim == 3
            return -(np.einsum("ni,nij->nj", table, costs) if of_rows else table @ costs)
        assert self.at is not None
        assert self.threshold is not None
        excess, others = table[:, self.at] - self.threshold, np.delete(table, self.at, axis=1)
        rest = others - others.max(axis=1, keepdims=True) - excess[:, None]
        return np.insert(rest, self.at, excess, axis=1)

    def decide(self, proba: Any) -> Codes:
        """Return the place of each row's class among `classes`, or -1 where none is decided."""
        worths, order = self.worths(proba), np.array(self.order)
        codes = order[np.argmax(worths[:, order], axis=1)]
        if self.abstain is not None:
            codes = np.where(worths.max(axis=1) < -self.abstain, NONE, codes)
        return np.asarray(codes, np.intp)

    def as_plain(self) -> dict[str, Any]:
        """Return it without the classes as plain values, for JSON."""
        return {field.name: getattr(self, field.name) for field in fields(self) if field.name != "classes"}

    def __str__(self) -> str:
        if self.at is None or self.threshold is None:
            return "the class of least expected cost"
        if len(self.classes) == 2:
            return f"positive from {self.threshold:.6g} on"
        label = self.classes[self.at]
        return f"{label!r} from {self.threshold:.6g} on, otherwise the most probable of the others"
