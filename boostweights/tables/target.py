"""The column of labels: text of at least two classes, none missing, and which of two is the positive one."""

import re
import shlex
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from boostweights.errors import InvalidValueError, check_that, did_you_mean, shown
from boostweights.tables.dates import is_time
from boostweights.tables.features import as_text, canonical, check_labelled

Labels = npt.NDArray[np.str_]

_PLAIN = ({"0", "1"}, {"-1", "1"})
_MOST_CLASSES = 20
_MOST_NUMBERS = 10
WHOLE_NUMBER = re.compile(r"0|-?[1-9]\d{0,17}")


def labels_of(column: pa.ChunkedArray, name: str) -> Labels:
    """Return labels as text of shape (n,).

    Raises
    ------
    InvalidValueError
        If one is missing, all are equal, or they are dates or numbers with fractions.

    Examples
    --------
    >>> labels_of(pa.chunked_array([[1.0, 0.0]]), "y").tolist()
    ['1', '0']
    """
    text = as_text(column)
    check_labelled(text, name)
    has_fractions = False
    if pa.types.is_floating(column.type) or pa.types.is_decimal(column.type):
        values = column.cast(pa.float64()).to_numpy()
        has_fractions = bool((values != np.floor(values)).any())
    if is_time(column.type) or has_fractions:
        rule, mend = f"the target {name!r} must hold class labels", "Name another column, or bin its values."
        raise InvalidValueError(rule, f"{column.type}, such as {shown(text[0].as_py())}", mend)
    labels: Labels = text.to_numpy(zero_copy_only=False).astype(np.str_)
    check_that(
        (labels != labels[0]).any(),
        f"the target {name!r} must have two classes or more",
        f"{str(labels[0])!r} in all {len(labels)} rows",
        "Name another column, or add rows of another class.",
    )
    return labels


def as_read(labels: npt.NDArray[np.str_]) -> npt.NDArray[Any]:
    """Return labels as a program that reads the same file has them.

    Labels that are all whole numbers, or all true or false, are converted; others stay texts.

    Examples
    --------
    >>> as_read(np.array(["0", "1"])).tolist(), as_read(np.array(["no", "1"])).tolist()
    ([0, 1], ['no', '1'])
    """
    classes, codes = np.unique(labels, return_inverse=True)
    if all(WHOLE_NUMBER.fullmatch(label) for label in classes):
        return classes.astype(np.int64)[codes]
    if {label.lower() for label in classes} <= {"false", "true"}:
        return np.array([label.lower() == "true" for label in classes])[codes]
    return labels


def check_classes(labels: Labels, name: str) -> None:
    """Raise where labels are more classes than most targets have, or whole numbers that may be a count.

    Raises
    ------
    InvalidValueError
        If there are more than 20 classes, or more than 10 that are whole numbers.

    Examples
    --------
    >>> check_classes(np.arange(60).astype(str), "visits")
    Traceback (most recent call last):
        ...
    boostweights.errors.InvalidValueError: the target 'visits' must have at most 10 classes that are whole …
    """
    classes = np.unique(labels)
    is_count = all(map(WHOLE_NUMBER.fullmatch, classes))
    most, kind = (_MOST_NUMBERS, "classes that are whole numbers") if is_count else (_MOST_CLASSES, "classes")
    seen = f"{len(classes):,}"
    if is_count:
        low, *_, high = sorted(map(int, classes))
        seen += f" from {low} to {high}, as a count or an amount has"
    remedy = "Name another column, bin its values with --sql, or add --many-classes if they are classes."
    check_that(len(classes) <= most, f"the target {name!r} must have at most {most} {kind}", seen, remedy)


def positive_of(labels: Labels, name: str | None, *, strict: bool = False) -> str | None:
    """Return which of two labels is the positive one; None with more than two classes.

    Where it is not named, it is 1 of 0 and 1 or of -1 and 1, true of bool, and else the rarer one.

    Raises
    ------
    InvalidValueError
        If it is no label, or is not named and `strict` asks for it, or both are as frequent.

    Examples
    --------
    >>> positive_of(np.array(["0", "1"]), None), positive_of(np.array(["False", "True"]), "true")
    ('1', 'True')
    """
    classes = [str(label) for label in np.unique(labels)]
    if name is not None:
        wanted = str(canonical(name, ("",)))
        alike = [label for label in classes if label.casefold() == wanted.casefold()]
        exact = [wanted] if wanted in classes else alike  # of true and false, a CSV file gives True and False
        check_that(len(exact) == 1, "--positive must be a label", shown(name), did_you_mean(name, classes))
        rule, remedy = "--positive is for two classes", "Leave it out: figures are then means over classes."
        check_that(len(classes) == 2, rule, f"{name!r} among {len(classes)}", remedy)
        return exact[0]
    if len(classes) > 2:
        return None
    if set(classes) in _PLAIN:
        return "1"
    if [label.lower() for label in classes] == ["false", "true"]:
        return classes[1]
    counts = [int((labels == label).sum()) for label in classes]
    if not strict and counts[0] != counts[1]:
        return classes[int(np.argmin(counts))]
    raise InvalidValueError(
        "--positive must say which label is the positive one, unless labels are 0 and 1, -1 and 1, or bool",
        shown(classes),
        "Add " + " or ".join(f"--positive {shlex.quote(label)}" for label in classes) + ".",
    )
