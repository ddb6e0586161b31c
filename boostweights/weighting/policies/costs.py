"""Weights from the costs of errors."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from boostweights.errors import check_that, shown
from boostweights.weighting.class_weights import normalise
from boostweights.weighting.counts import ClassCounts
from boostweights.weighting.labels.rules import Label, label_sequence, positive_label, scalar, sorted_labels
from boostweights.weighting.policies.base import Policy, Ratios, bounded, number

_PARTS = ("fn", "fp", "pos_label", "matrix", "classes")


@dataclass(frozen=True, kw_only=True, slots=True, repr=False)
class Costs(Policy):
    """Weights from the cost of each kind of error.

    Between two classes a false negative costs `fn`, a false positive `fp`: the positive class weighs
    `fn`, the other `fp`. A matrix gives :math:`w_i = \\sum_{j \\ne i} (C_{ij} - C_{ii})`: exact between two
    classes; between more a heuristic, unless costs are consistent with it (Zhou & Liu 2010), which
    `ClassWeights.notes` then says.

    Parameters
    ----------
    fn, fp : float
        Positive costs; both or neither.
    pos_label : label, default=None
        The positive label; needed unless labels are {0, 1}, {-1, 1} or bool.
    matrix : array-like of shape (k, k), default=None
        Rows truth, columns prediction; benefits are negative costs, and being right never costs more than
        being wrong. A data frame's names must be `classes`, in that order.
    classes : sequence of k labels, default=None
        The labels of rows and columns; by default the sorted labels of the training fold.
    abstain : float, default=None
        What it costs to decide for no class, by which `decide` abstains (Chow 1970,
        doi:10.1109/TIT.1970.1054406). It changes neither weights nor ``predict``.

    Examples
    --------
    >>> Costs(fn=50, fp=1).resolve([0, 0, 1]).class_weight
    {0: 1.0, 1: 50.0}
    >>> Costs(matrix=[[0, 1], [50, 0]], classes=["ok", "fraud"]).resolve(["ok", "fraud"]).class_weight
    {'fraud': 50.0, 'ok': 1.0}
    """

    fn: float | None = None
    fp: float | None = None
    pos_label: Label = None
    matrix: Sequence[Sequence[float]] | None = None
    classes: Sequence[Label] | None = None
    abstain: float | None = None
    names_labels: ClassVar[bool] = True
    remedy: ClassVar[str] = "Give the costs in another unit of money, or set a cap."

    def __post_init__(self) -> None:
        Policy.__post_init__(self)
        normalise(self, pos_label=scalar(self.pos_label))
        if self.classes is not None:
            normalise(self, classes=tuple(label_sequence(self.classes, "Write classes=[0, 1], say.")))
        parts = {name for name in _PARTS if getattr(self, name) is not None}
        check_that(
            parts - {"pos_label"} == {"fn", "fp"} or parts - {"classes"} == {"matrix"},
            "costs are either fn and fp (with pos_label), or a matrix (with classes)",
            " and ".join(sorted(parts)) or "neither",
            "Write Costs(fn=50.0, fp=1.0) or Costs(matrix=[[0, 1], [50, 0]], classes=[0, 1]).",
        )
        if self.matrix is not None:
            normalise(self, matrix=_checked_matrix(self.matrix, self.classes))
        for name in parts & {"fn", "fp"}:
            rule, mend = f"the cost {name} must be positive and finite", "Give both costs in one unit."
            cost = bounded(name, getattr(self, name), lambda cost: 0 < cost < math.inf, rule, mend)
            normalise(self, **{name: cost})
        if self.abstain is not None:
            rule, mend = "the cost of abstaining must be finite", "Leave abstain out to decide all rows."
            normalise(self, abstain=bounded("abstain", self.abstain, math.isfinite, rule, mend))

    def ratios(self, counts: ClassCounts) -> Ratios:
        """Return the cost of errors on each class."""
        return dict(zip(counts, map(sum, self._excess(counts)), strict=True))

    def notes(self, counts: ClassCounts) -> tuple[str, ...]:
        """Say so where weights by class can only approximate the matrix."""
        note = (
            f"one weight a class only approximates this cost matrix of {len(counts)} classes: "
            "its errors on one class cost differently (Zhou & Liu 2010)"
        )
        excess = self._excess(counts)
        weights = list(map(sum, excess))
        pairs = combinations(range(len(weights)), 2)  # consistent: w_i / w_j = C_ij / C_ji for all of them
        consistent = all(weights[i] * excess[j][i] == weights[j] * excess[i][j] for i, j in pairs)
        return () if consistent else (note,)

    def _excess(self, counts: ClassCounts) -> list[list[Fraction]]:
        """What each error costs beyond being right; 0 on the diagonal."""
        matrix = self.cost_matrix(counts).tolist()
        return [[Fraction(cost) - Fraction(row[i]) for cost in row] for i, row in enumerate(matrix)]

    @property
    def is_unnamed(self) -> bool:
        """Whether the costs are a matrix without classes: of two, the last one is positive."""
        return self.matrix is not None and self.classes is None

    def threshold(self, pos_label: Label = None) -> float:
        r"""Return the probability of the positive class from which on predicting it costs least.

        :math:`t = (C_{fp} - C_{tn}) / (C_{fp} - C_{tn} + C_{fn} - C_{tp})` (Elkan 2001, equation 2), which is
        :math:`C_{fp} / (C_{fp} + C_{fn})` where being right costs nothing; predict positive when p >= t.
        It is for honest probabilities: of an unweighted model, or corrected ones. `power`, `cap` and
        `scale` change weights, not costs.

        Parameters
        ----------
        pos_label : label, default=None
            The positive class of a matrix with `classes`; by default it must be plain from the labels, as in
            {0, 1}. Without `classes` the matrix's last row and column are positive.

        Returns
        -------
        float
            In (0, 1), for `FixedThresholdClassifier(threshold=…)`, say.

        Raises
        ------
        InvalidValueError
            If there are more than two classes, or the positive one is not plain.

        Examples
        --------
        >>> Costs(fn=9, fp=1).threshold()
        0.1
        >>> Costs(matrix=[[0, 5], [120, 20]]).threshold()
        0.047619047619047616
        """
        if self.matrix is None:
            agreed_positive(self.pos_label, pos_label)
            matrix: Any = ((0.0, self.fp), (self.fn, 0.0))
        else:
            size, remedy = f"a cost matrix of {len(self.matrix)}", "Use decide(proba, costs) for more."
            check_that(len(self.matrix) == 2, "a threshold decides between two classes", size, remedy)
            matrix, rule = self.matrix, "a cost matrix without classes has its positive class last"
            if self.classes is None:
                remedy = "Write Costs(matrix=…, classes=[…])."
                check_that(pos_label is None, rule, f"pos_label={pos_label!r}", remedy)
            elif positive_label(sorted_labels(self.classes), pos_label) == self.classes[0]:
                matrix = [row[::-1] for row in self.matrix[::-1]]
        (tn, fp), (fn, tp) = (map(Fraction, row) for row in matrix)
        return float((fp - tn) / (fp - tn + fn - tp))

    def cost_matrix(self, classes: Iterable[Label], pos_label: Label = None) -> npt.NDArray[np.float64]:
        """Return the cost of each prediction for each truth.

        Parameters
        ----------
        classes : iterable of k labels
            The order of rows and columns.
        pos_label : label, default=None
            The positive label of `fn` and `fp`, where it was not given with them.

        Returns
        -------
        ndarray of shape (k, k)
            Rows truth, columns prediction.

        Raises
        ------
        InvalidValueError
            If the labels are not those of the costs, or the positive one is not plain.

        Examples
        --------
        >>> Costs(fn=50, fp=1).cost_matrix([0, 1])
        array([[ 0.,  1.],
               [50.,  0.]])
        """
        labels = list(map(scalar, classes))
        if self.matrix is None:
            named = agreed_positive(self.pos_label, pos_label)
            matrix = np.array([[0.0, self.fp], [self.fn, 0.0]], np.float64)
            first = positive_label(sorted_labels(labels), named) == labels[0]
            return matrix[::-1, ::-1] if first else matrix
        row_labels = sorted_labels(labels) if self.classes is None else list(self.classes)
        check_that(
            len(row_labels) == len(self.matrix) and set(row_labels) == set(labels),
            f"the cost matrix must have a row for each of the {len(labels)} classes {shown(labels)}",
            f"{len(self.matrix)} rows" if self.classes is None else f"rows of {shown(row_labels)}",
            "Pass classes= to Costs to say which labels its rows are.",
        )
        order = [row_labels.index(label) for label in labels]
        return np.asarray(self.matrix, np.float64)[np.ix_(order, order)]


def agreed_positive(own: Label, given: Label) -> Label:
    """Return the positive label that costs (or a promise) and caller name, or raise where they name two.

    Examples
    --------
    >>> agreed_positive("bad", None)
    'bad'
    """
    rule = f"pos_label must be the one that is named already, {own!r}"
    check_that(
        own is None or given is None or own == given, rule, shown(given), "Leave it out of one of them."
    )
    return own if given is None else given


def _checked_matrix(matrix: Any, classes: Sequence[Label] | None) -> tuple[tuple[float, ...], ...]:
    columns = getattr(matrix, "column_names", getattr(matrix, "columns", ()))  # the former is arrow's
    wanted = list(map(str, classes or ()))
    for names in (list(columns), list(getattr(matrix, "index", ())) if len(columns) else []):
        numbers, written = list(map(str, range(len(names)))), list(map(str, names))
        unnamed = written == numbers and sorted(wanted) != sorted(numbers)
        check_that(
            not names or unnamed or written == wanted,
            "a data frame of costs must be named by the classes, rows and columns in their order",
            f"{shown(names)} and classes={classes!r}",
            "Write Costs(matrix=frame.loc[labels, labels].to_numpy(), classes=labels).",
        )
    rows = np.asarray(matrix, object)
    check_that(
        rows.ndim == 2 and 2 <= rows.shape[0] == rows.shape[1],
        "a cost matrix must be square, one row and one column a class",
        shown(matrix),
        "Rows are the truth, columns the prediction.",
    )
    checked = tuple(tuple(number("a cost", cost) for cost in row) for row in rows.tolist())
    for i, row in enumerate(checked):
        finite, remedy = all(map(math.isfinite, row)), "Give what must not happen a large cost."
        check_that(finite, "costs must be finite", f"row {i}: {row}", remedy)
        errors = [cost for j, cost in enumerate(row) if j != i]
        check_that(
            row[i] <= min(errors),
            "being right must not cost more than being wrong",
            f"row {i}: {row[i]} on the diagonal, {min(errors)} beside it",
            "Rows are the truth, columns the prediction: is the matrix transposed?",
        )
        check_that(
            row[i] != max(errors),
            "some error on each class must cost more than being right",
            f"row {i}: {row}",
            "A class whose errors cost nothing would weigh 0: remove its rows instead.",
        )
    labels = range(len(checked)) if classes is None else classes
    rule = f"classes must name the {len(checked)} rows of the matrix, each once"
    unique = len(checked) == len(labels) == len(set(labels))
    check_that(unique, rule, list(labels), "Give one label a row.")
    return checked
