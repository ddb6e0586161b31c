"""What a label may be, which of two is the positive one, and an immutable map from labels to values."""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Generic, TypeVar

import numpy as np
import numpy.typing as npt

from boostweights.errors import (
    InvalidTypeError,
    InvalidValueError,
    UnknownLabelError,
    check_known,
    check_that,
    did_you_mean,
    shown,
)
from boostweights.weighting.labels.arrays import is_array, namespace, read, read_on_host, refuse_lazy

V_co = TypeVar("V_co", covariant=True)

Label = Any
"""A bool, int, float without fraction, str or any other hashable, orderable scalar."""

MOST_CLASSES = 10_000
_ROWS_FOR_CLASSES = 1000
_IDENTIFIER = "Is it an identifier, or the target of a regression? Name another column."


def positive_label(classes: Sequence[Label], pos_label: Label = None) -> Label:
    """Return which of two labels is the positive one.

    Without `pos_label` only {0, 1}, {-1, 1} and {False, True} say so by themselves.

    Raises
    ------
    InvalidValueError
        If `pos_label` is not among `classes`, or is needed and not given.

    Examples
    --------
    >>> positive_label([-1, 1])
    1
    >>> positive_label(["bad", "good"], pos_label="bad")
    'bad'
    """
    labels = list(classes)
    check_that(
        len(labels) == 2,
        "a positive label exists only between two classes",
        labels,
        "Give a cost matrix instead.",
    )
    if pos_label is not None:
        check_known(pos_label, labels, f"pos_label must be one of the labels {shown(labels)}")
        return labels[labels.index(pos_label)]
    check_that(
        labels in ([0, 1], [-1, 1]),
        "the positive label must be given unless labels are {0, 1}, {-1, 1} or bool",
        labels,
        f"Pass pos_label={labels[0]!r} or pos_label={labels[1]!r}.",
    )
    return labels[1]


def label_kind(label: Label) -> str:
    """Return which labels a label may stand beside: ``"bool"``, ``"number"``, ``"str"``, ….

    Examples
    --------
    >>> label_kind(True), label_kind(1), label_kind(1.0), label_kind("1")
    ('bool', 'number', 'number', 'str')
    """
    if isinstance(label, (int, float)) and not isinstance(label, bool):
        return "number"
    return type(label).__name__


def checked_sample_weight(sample_weight: Any, rows: int) -> npt.NDArray[np.float64]:
    """Return weights of rows as float64, one a row, finite and at least 0, or raise.

    Examples
    --------
    >>> checked_sample_weight([1, 2], 2)
    array([1., 2.])
    """
    weights = as_floats(sample_weight, "sample_weight must be numbers", "Pass one number a row.")
    check_weights(weights, rows)
    return weights


def check_weights(weights: Any, rows: int) -> None:
    """Raise unless row weights, on whatever device, are one a row, finite and at least 0."""
    rule, seen = f"sample_weight must have shape ({rows},), one weight a row", f"shape {tuple(weights.shape)}"
    check_that(
        tuple(weights.shape) == (rows,), rule, seen, "Pass the weights of the same rows as the labels."
    )
    xp = namespace(weights)
    right = xp.isfinite(weights) & (weights >= 0)
    if not read(xp.all(right)):
        row = read(xp.argmin(xp.asarray(right, dtype=xp.uint8)))
        rule, remedy = "sample_weight must be finite and at least 0", "Use 0 to leave a row out."
        raise InvalidValueError(rule, f"{read(weights[row])} at row {row}", remedy)


def as_floats(given: Any, rule: str, mend: str, kinds: str = "buifO") -> npt.NDArray[np.float64]:
    """Return numbers as float64, or raise: not complex ones, not text that reads like a number.

    Examples
    --------
    >>> as_floats([1, 2], "weights must be numbers", "Pass one number a row.")
    array([1., 2.])
    """
    cause = None
    refuse_lazy(given)
    if is_array(given):
        given = read_on_host(given)
    try:
        array = given if hasattr(given, "dtype") else np.asarray(given)
        if getattr(array.dtype, "kind", "f") in kinds:
            return np.asarray(array, np.float64)
    except (TypeError, ValueError) as broken:
        cause = broken
    raise InvalidTypeError(rule, shown(given), mend) from cause


def as_float(number: Any) -> float:
    """Return a real number as a float, infinite where it is too large for one.

    Examples
    --------
    >>> as_float(10**400)
    inf
    """
    try:
        return float(number)
    except OverflowError:
        return math.inf if number > 0 else -math.inf


def check_rows(right: Any, values: npt.NDArray[Any], rule: str, mend: str) -> None:
    """Raise unless all rows, or all numbers in them, are right; the error shows the first row that is not."""
    if not right.all():
        row = int(np.argwhere(~right)[0][0])
        raise InvalidValueError(rule, f"{values[row].tolist()} in row {row}", mend)


def check_labels(labels: Iterable[Label]) -> None:
    """Raise where a label is missing or a number with a fraction."""
    for label in labels:
        if label is None or type(label).__name__ in ("NAType", "NaTType"):
            raise missing_labels(shown(label))
        if isinstance(label, float):
            if math.isnan(label):
                raise missing_labels("NaN")
            check_that(
                label.is_integer(),
                "Unknown label type: class labels must be discrete, and this looks continuous",
                label,
                "Bin the target, or pass integers or strings.",
            )


def label_sequence(classes: Any, mend: str) -> list[Label]:
    """Return labels that are given in an order, as Python scalars, or raise: a text or a set has none.

    Examples
    --------
    >>> label_sequence(np.array([1, 0]), "Write classes=[0, 1], say.")
    [1, 0]
    """
    if isinstance(classes, (str, set, frozenset)) or not isinstance(classes, Iterable):
        raise InvalidTypeError("classes must be a sequence of labels", shown(classes), mend)
    return list(map(scalar, classes))


def check_class_count(classes: int) -> None:
    """Raise where there are more classes than any target has, whatever the number of rows.

    Examples
    --------
    >>> check_class_count(10_001)
    Traceback (most recent call last):
        ...
    boostweights.errors.InvalidValueError: a target has at most 10,000 classes; got more. Is it an identifier…
    """
    check_that(classes <= MOST_CLASSES, f"a target has at most {MOST_CLASSES:,} classes", "more", _IDENTIFIER)


def check_few_classes(classes: int, rows: float) -> None:
    """Raise where the labels of a whole fold look like identifiers: most rows have one of their own.

    Examples
    --------
    >>> check_few_classes(500, 1000)
    >>> check_few_classes(501, 1000)
    Traceback (most recent call last):
        ...
    boostweights.errors.InvalidValueError: a target has at most half as many classes as rows; got 501 …
    """
    check_class_count(classes)
    check_that(
        rows < _ROWS_FOR_CLASSES or 2 * classes <= rows,
        "a target has at most half as many classes as rows",
        f"{classes:,} in {rows:,} rows",
        _IDENTIFIER,
    )


def sorted_labels(labels: Iterable[Label]) -> list[Label]:
    """Return labels in sorted order, or raise where they have none."""
    labels = list(labels)
    try:
        return sorted(labels)
    except TypeError as unorderable:
        kinds = sorted({type(label).__name__ for label in labels})
        raise InvalidTypeError(
            "labels must be of types that can be sorted together",
            f"{shown(labels)} ({', '.join(kinds)})",
            "Convert all of them to one type.",
        ) from unorderable


def positions(classes: Iterable[Label]) -> dict[Label, int]:
    """Return label → its position."""
    return {label: position for position, label in enumerate(classes)}


def scalar(label: Label) -> Label:
    """Return a numpy scalar as the Python one."""
    return label.item() if isinstance(label, np.generic) else label


def unknown_label(labels: Iterable[Label], values: Mapping[Label, Any]) -> UnknownLabelError:
    """Return the error for a column in which some label has no value."""
    unknown = next(label for label in labels if label not in values)
    return UnknownLabelError(
        f"every label must be one of {shown(list(values))}",
        f"{shown(unknown)} ({type(unknown).__name__})",
        did_you_mean(unknown, values),
    )


def missing_labels(seen: str) -> InvalidValueError:
    """Return the error for labels that are None or NaN."""
    return InvalidValueError(
        "Input y contains NaN: labels must not be missing",
        seen,
        "Drop these rows, or give them a class of their own.",
    )


def not_one_dimensional(seen: str) -> InvalidValueError:
    """Return the error for labels that are no column."""
    return InvalidValueError(
        "labels must be 1-d", seen, "Pass one column, such as frame['target'] or y.ravel()."
    )


class LabelMap(Mapping[Label, V_co], Generic[V_co]):
    """An immutable map from label to value, in sorted label order.

    Compares equal to any mapping with the same items; hashable; its repr is that of a dict.

    Parameters
    ----------
    items : mapping or iterable of (label, value) pairs

    Raises
    ------
    InvalidTypeError
        If the labels cannot be sorted, or the items are no pairs.
    InvalidValueError
        If a label occurs twice or is missing (None, NaN).

    Examples
    --------
    >>> LabelMap({1: 9.0, 0: 1.0})
    {0: 1.0, 1: 9.0}
    >>> LabelMap({1: 9.0, 0: 1.0}) == {0: 1.0, 1: 9.0}
    True
    """

    __slots__ = ("_items",)
    _items: dict[Label, V_co]

    def __init__(self, items: Mapping[Label, V_co] | Iterable[tuple[Label, V_co]]) -> None:
        try:
            pairs = [
                (scalar(label), value)
                for label, value in (items.items() if isinstance(items, Mapping) else items)
            ]
        except (TypeError, ValueError) as broken:
            raise InvalidTypeError(
                "labels must map to values",
                shown(items),
                "Write {0: 1.0, 1: 50.0}; to count labels: ClassCounts.of(y).",
            ) from broken
        by_label = dict(pairs)
        check_labels(by_label)
        labels = [label for label, _ in pairs]
        check_that(len(by_label) == len(pairs), "a label may be named once", labels, "Remove all but one.")
        self._items = {label: by_label[label] for label in sorted_labels(by_label)}

    def __getitem__(self, label: Label) -> V_co:
        return self._items[label]

    def __iter__(self) -> Iterator[Label]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)

    def __hash__(self) -> int:
        return hash(tuple(self._items.items()))

    def __repr__(self) -> str:
        return repr(self._items)

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (
            tuple(self._items.items()),
        )  # skops reads the keys True and False of a dict as one
