"""One weight a class, resolved on counts of labels."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from boostweights.errors import (
    InvalidTypeError,
    InvalidValueError,
    check_that,
    check_type,
    did_you_mean,
    is_number,
    shown,
)
from boostweights.pages.notebook import facts, table, view
from boostweights.weighting.counts import ClassCounts
from boostweights.weighting.labels.counting import map_labels
from boostweights.weighting.labels.rules import Label, LabelMap, as_float

LEAST = float(np.finfo(np.float32).tiny)
MOST = float(np.finfo(np.float32).max)
IN_RANGE = f"a weight must be positive and finite, within float32's normal range [{LEAST:.3g}, {MOST:.3g}]"
FACTOR = "Scale all weights by one factor; their ratio is what matters most."


@dataclass(frozen=True, slots=True, init=False, repr=False)
class ClassWeights:
    """One weight a class, resolved on the counts that it keeps.

    Parameters
    ----------
    class_weight : mapping of label to float
        Positive weights that float32 can hold, one for each counted label.
    counts : ClassCounts
        The training fold's counts.
    notes : tuple of str, default=()
        What a reader should know of how the weights came about. Not part of equality.
    exact : bool, default=False
        Whether a parameter is to say them to the last digit, as `Explicit` may ask.

    Raises
    ------
    InvalidValueError, InvalidTypeError
        If a weight is not positive and finite in float32, or labels differ from the counts'.

    Examples
    --------
    >>> weights = ClassWeights({0: 1.0, 1: 9.0}, counts=ClassCounts({0: 90, 1: 10}))
    >>> weights.sample_weight([1, 0, 0])
    array([9., 1., 1.], dtype=float32)
    """

    _class_weight: LabelMap[float]
    counts: ClassCounts
    notes: tuple[str, ...] = field(compare=False)
    exact: bool

    def __init__(
        self,
        class_weight: Mapping[Label, float],
        *,
        counts: ClassCounts,
        notes: Iterable[str] = (),
        exact: bool = False,
    ) -> None:
        checked = checked_weights(class_weight)
        check_same_labels(checked, counts)
        normalise(
            self,
            _class_weight=LabelMap({label: checked[label] for label in counts}),
            counts=counts,
            notes=tuple(notes),
            exact=exact,
        )

    @property
    def classes(self) -> tuple[Label, ...]:
        """The labels, sorted."""
        return self.counts.classes

    @property
    def class_weight(self) -> dict[Label, float]:
        """Label → weight, in sorted label order (a new dict at each call)."""
        return dict(self._class_weight)

    @property
    def values(self) -> tuple[float, ...]:
        """The weights, in sorted label order."""
        return tuple(self._class_weight.values())

    @property
    def mean(self) -> float:
        """The mean weight of a training row."""
        total = sum(self.counts[label] * weight for label, weight in self._class_weight.items())
        return total / (self.counts.total or 1)

    def sample_weight(self, y: Any, dtype: npt.DTypeLike = np.float32) -> npt.NDArray[Any]:
        """Return one weight a row.

        Parameters
        ----------
        y : array-like of shape (n,)
            Labels, each of one of the classes; an array of another library than numpy is weighed where it
            lies.
        dtype : dtype-like, default=float32
            ``float32`` (what xgboost, lightgbm and catboost store) or ``float64`` (scikit-learn).

        Returns
        -------
        ndarray of shape (n,)
            Of labels on a device: an array of the same library, on that device.

        Raises
        ------
        UnknownLabelError
            If a label has no weight.

        Examples
        --------
        >>> weights = ClassWeights({"bad": 9.0, "good": 1.0}, counts=ClassCounts({"bad": 1, "good": 9}))
        >>> weights.sample_weight(["bad", "good"], dtype="float64")
        array([9., 1.])
        """
        return map_labels(y, self._class_weight, checked_dtype(dtype))

    def encoded(self) -> ClassWeights:
        """Return the same weights for labels 0 to k-1, in sorted label order.

        Examples
        --------
        >>> ClassWeights({"bad": 9.0, "good": 1.0}, counts=ClassCounts({"bad": 1, "good": 9})).encoded()
        ClassWeights({0: 9.0, 1: 1.0}, counts=ClassCounts({0: 1, 1: 9}))
        """
        by_code = dict(enumerate(self.values))
        return ClassWeights(by_code, counts=self.counts.encoded(), notes=self.notes, exact=self.exact)

    def _repr_html_(self) -> str:
        notes = facts([("note", note) for note in self.notes])
        return view("Class weights", table(self.counts.columns(self._class_weight)), notes)

    def __repr__(self) -> str:
        notes = f", notes={self.notes!r}" if self.notes else ""
        exact = ", exact=True" if self.exact else ""
        return f"ClassWeights({self._class_weight!r}, counts={self.counts!r}{notes}{exact})"


def normalise(frozen: Any, **values: Any) -> None:
    """Set fields of a frozen value while it is made."""
    for name, value in values.items():
        object.__setattr__(frozen, name, value)


def checked_dtype(dtype: npt.DTypeLike) -> np.dtype[Any]:
    """Return the dtype of row weights, or raise unless it is float32 or float64."""
    stored, rule = np.dtype(dtype), "weights are float32 or float64"
    known = stored in (np.float32, np.float64)
    check_that(known, rule, repr(stored.name), "Pass dtype=np.float32.", InvalidTypeError)
    return stored


def checked_weights(weights: Mapping[Label, Any], what: str = "weights") -> dict[Label, float]:
    """Return weights as Python floats, or raise unless each is positive and finite in float32.

    Examples
    --------
    >>> checked_weights({0: 1, 1: 9})
    {0: 1.0, 1: 9.0}
    """
    remedy = "Write {0: 0.5, 1: 0.5}." if what == "prior" else "Write {0: 1.0, 1: 50.0}."
    check_type(weights, Mapping, f"{what} must map labels to numbers", remedy)
    checked = {}
    for label, weight in weights.items():
        rule, seen = "a weight must be a number", f"{shown(weight)} for label {label!r}"
        check_that(is_number(weight), rule, seen, "Pass a float such as 10.0.", InvalidTypeError)
        checked[label] = as_float(weight)
        remedy = f"{FACTOR} To leave a class out, remove its rows before training."
        check_that(LEAST <= checked[label] <= MOST, IN_RANGE, seen, remedy)
    return checked


def check_same_labels(given: Mapping[Label, Any], counts: ClassCounts, what: str = "weights") -> None:
    """Raise unless `given` names the counted labels and no others."""
    lacking = [label for label in counts if label not in given]
    for label in (label for label in given if label not in counts):  # the first one, in every process
        rule = f"{what} must name only labels that are present: {shown(list(counts))}"
        raise InvalidValueError(
            rule, f"{label!r} ({type(label).__name__})", did_you_mean(label, lacking or counts)
        )
    for label in lacking:
        rule, remedy = f"{what} must name every label present", f"Add {label!r} to {shown(dict(given))}."
        raise InvalidValueError(rule, f"none for {label!r} ({type(label).__name__})", remedy)


def check_sums_to_1(prior: Mapping[Label, float]) -> None:
    """Raise unless shares sum to 1."""
    total = math.fsum(prior.values())
    seen = f"{shown(prior)}, which sums to {total:.12g}"
    check_that(math.isclose(total, 1.0, abs_tol=1e-9), "a prior must sum to 1", seen, "Divide by the sum.")
