"""The exceptions. Each names the rule, the value that broke it and the remedy.

Every class is also the built-in that a caller would expect to catch (`ValueError`, `TypeError`,
`KeyError` or `ImportError`).
"""

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from math import inf
from numbers import Integral, Real
from pathlib import Path
from types import TracebackType
from typing import TypeGuard

__all__ = [
    "BoostweightsError",
    "ClaimBrokenError",
    "IgnoredParameterError",
    "InvalidTypeError",
    "InvalidValueError",
    "InvalidValuesError",
    "MissingAbilityError",
    "MissingLibraryError",
    "UnknownLabelError",
]


def __dir__() -> list[str]:
    return __all__


UNREADABLE = (
    *(ArithmeticError, AssertionError, AttributeError, BufferError, ImportError, LookupError, NameError),
    *(OSError, RuntimeError, TypeError, ValueError),
)
"""The errors that other people's code may raise while their objects are read; see `explained`."""

_LONGEST = 120
_UNPRINTABLE = re.compile(r"[\0-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
"""Controls of a terminal and of the direction of text, ends of lines, bytes of a name that are not UTF-8."""


class BoostweightsError(Exception):
    """Base class: the rule, the value that broke it, the remedy.

    Parameters
    ----------
    rule : str
        What must hold, as a sentence without a full stop.
    value : str
        What was seen instead.
    mend : str
        What to do about it, as a sentence.

    Examples
    --------
    >>> raise InvalidValueError("power must lie in [0, 1]", "1.5", "Try power=1.")
    Traceback (most recent call last):
        ...
    boostweights.errors.InvalidValueError: power must lie in [0, 1]; got 1.5. Try power=1.
    """

    def __init__(self, rule: str, value: str, mend: str) -> None:
        super().__init__(rule, value, mend)
        self.rule = rule
        self.value = value
        self.mend = mend

    def __str__(self) -> str:
        return printable(f"{self.rule}; got {self.value}. {self.mend}")


class InvalidValueError(BoostweightsError, ValueError):
    """A value of the right type that breaks a rule."""


class InvalidValuesError(InvalidValueError):
    """Several values that break rules; `mend` ends with a line for each."""

    def __str__(self) -> str:
        return printable_lines(f"{self.rule}; got {self.value}. {self.mend}")


class IgnoredParameterError(InvalidValueError):
    """A parameter that the library ignores for this task or objective."""


class ClaimBrokenError(InvalidValueError):
    """A condition of a guarantee that the fitted model does not meet."""


class InvalidTypeError(BoostweightsError, TypeError):
    """A value of a type that cannot serve."""


class UnknownLabelError(BoostweightsError, KeyError):
    """A label for which no weight is known."""

    __str__ = BoostweightsError.__str__  # KeyError's own str() is a repr


class MissingLibraryError(BoostweightsError, ImportError):
    """An optional library that is not installed."""


class MissingAbilityError(InvalidTypeError):
    """What a library cannot do."""


def printable(text: str) -> str:
    r"""Return a text in which all that a terminal would not print as one line is escaped.

    Controls are escaped, ends of lines, and bytes of a file's name that are not UTF-8.

    Examples
    --------
    >>> print(printable("red\x1b[31m.csv\n"), printable("caf\udce9.csv"))
    red\x1b[31m.csv\n caf\xe9.csv
    """
    return _UNPRINTABLE.sub(_escaped, text)


def _escaped(match: re.Match[str]) -> str:
    code = ord(match[0])
    # Python reads a byte of a name that is not UTF-8 as one of these
    return f"\\x{code - 0xDC00:02x}" if 0xDC80 <= code <= 0xDCFF else ascii(match[0])[1:-1]


def printable_lines(text: str) -> str:
    r"""Return a text of several lines, each as `printable` returns it.

    Examples
    --------
    >>> print(printable_lines("a\tb\nc"))
    a\tb
    c
    """
    return "\n".join(map(printable, text.split("\n")))


def shown(value: object) -> str:
    """Return the repr of a value, cut to one readable line.

    Examples
    --------
    >>> shown([1, 2])
    '[1, 2]'
    """
    text = " ".join(repr(value).split())
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def listed(values: Sequence[object], most: int = 3) -> str:
    """Return the first of several values, and how many more there are.

    Examples
    --------
    >>> listed(["a", "b", "c"], most=2)
    "'a', 'b' and 1 more"
    """
    more = len(values) - most
    return ", ".join(map(shown, values[:most])) + (f" and {more} more" if more > 0 else "")


def check_that(
    holds: object, rule: str, value: object, remedy: str, error: type[BoostweightsError] = InvalidValueError
) -> None:
    """Raise an error unless a condition holds.

    Parameters
    ----------
    holds : bool
        The condition, or any object with a truth value.
    rule, remedy : str
        The first and the last part of the message.
    value : object
        What was seen instead: a text as it is to be printed, or an object, whose repr is printed.
    error : class, default=InvalidValueError
        The class of the error.

    Examples
    --------
    >>> check_that(2 < 1, "low must be below high", "2 and 1", "Exchange them.")
    Traceback (most recent call last):
        ...
    boostweights.errors.InvalidValueError: low must be below high; got 2 and 1. Exchange them.
    """
    if not holds:
        raise error(rule, value if isinstance(value, str) else shown(value), remedy)


class Problems:
    """Errors that are collected, so that all of them are reported at once.

    Attributes
    ----------
    errors : list of InvalidValueError
        What was raised in a ``with`` statement of this object, which continues after it.

    Examples
    --------
    >>> problems = Problems()
    >>> for share in (0.2, 1.5, "x"):
    ...     with problems:
    ...         check_range(share, "a share must be at most 1", "Use 0.2.", most=1)
    >>> problems.check()
    Traceback (most recent call last):
        ...
    boostweights.errors.InvalidValuesError: options and columns must be valid; got 2 problems. Correct them:
      a share must be at most 1; got 1.5. Use 0.2.
      a share must be at most 1; got 'x'. Use 0.2.
    """

    def __init__(self) -> None:
        self.errors: list[InvalidValueError] = []

    def __enter__(self) -> None:
        """Begin a step that may fail."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        if isinstance(error, InvalidValueError):
            self.errors.append(error)
        return isinstance(error, InvalidValueError)

    def check(self) -> None:
        """Raise what was collected, if anything was.

        Raises
        ------
        InvalidValueError
            The only error, or an `InvalidValuesError` of all.
        """
        lines = []
        for error in self.errors:
            several = isinstance(error, InvalidValuesError)
            lines += error.mend.split("\n")[1:] if several else [f"  {error}"]
        if len(lines) > 1:
            remedy = "\n".join(["Correct them:", *lines])
            raise InvalidValuesError("options and columns must be valid", f"{len(lines)} problems", remedy)
        for error in self.errors:
            raise error


def check_known(value: object, known: Collection[object], rule: str) -> None:
    """Raise where a value is none of those known; the nearest one is suggested.

    Raises
    ------
    InvalidValueError
        With this rule.

    Examples
    --------
    >>> check_known("balenced", ["balanced", "unweighted"], "a policy must be known")
    Traceback (most recent call last):
        ...
    boostweights.errors.InvalidValueError: a policy must be known; got 'balenced'. Did you mean 'balanced'?
    """
    if value not in known:
        raise InvalidValueError(rule, shown(value), did_you_mean(value, known))


def check_keys(names: Iterable[object], known: Collection[object], rule: str) -> None:
    """Raise where one of several names is none of those known; see `check_known`.

    Examples
    --------
    >>> check_keys({"power": 1, "cup": 3}, ["power", "cap"], "a policy must have these settings only")
    Traceback (most recent call last):
        ...
    boostweights.errors.InvalidValueError: a policy must have these settings only; got 'cup'. Did …
    """
    for name in names:
        check_known(name, known, rule)


def check_file(path: Path, rule: str, endings: tuple[str, ...] = ("",)) -> None:
    """Raise unless a path leads to a file; the nearest name in its folder, with such an ending, is suggested.

    Raises
    ------
    InvalidValueError
        With this rule.

    Examples
    --------
    >>> check_file(Path("no-such-folder/loans.csv"), "a data file must exist")
    Traceback (most recent call last):
        ...
    boostweights.errors.InvalidValueError: a data file must exist; got 'no-such-folder/loans.csv'. …
    """
    if not path.is_file():
        files = [file.name for file in path.parent.glob("*") if file.is_file()]
        near = sorted(name for name in files if name.lower().endswith(endings))
        raise InvalidValueError(rule, shown(str(path)), did_you_mean(path.name, near))


def check_same_rows(**rows: float) -> None:
    """Raise unless arguments have the same number of rows each.

    Raises
    ------
    InvalidValueError
        With the number of rows of each.

    Examples
    --------
    >>> check_same_rows(X=3, y=4)
    Traceback (most recent call last):
        ...
    boostweights.errors.InvalidValueError: X and y must have the same rows; got 3 rows of X and 4 rows of y. …
    """
    if len(set(rows.values())) > 1:
        numbers = " and ".join(f"{number} rows of {name}" for name, number in rows.items())
        raise InvalidValueError(f"{' and '.join(rows)} must have the same rows", numbers, "Align them.")


def check_two_classes(classes: Sequence[object], what: str, remedy: str) -> None:
    """Raise unless there are two classes.

    Raises
    ------
    InvalidValueError
        With the number of classes, and their labels.

    Examples
    --------
    >>> check_two_classes(["a", "b", "c"], "a start score", "Use row weights.")
    Traceback (most recent call last):
        ...
    boostweights.errors.InvalidValueError: a start score is for two classes; got 3, ['a', 'b', 'c']. Use row …
    """
    if len(classes) != 2:
        raise InvalidValueError(
            f"{what} is for two classes", f"{len(classes)}, {shown(list(classes))}", remedy
        )


def check_fitted(fitted: object, model: object) -> None:
    """Raise unless a model is fitted, as the first argument states.

    Raises
    ------
    InvalidTypeError
        With the class of the model.

    Examples
    --------
    >>> from sklearn.linear_model import LogisticRegression
    >>> model = LogisticRegression()
    >>> check_fitted(hasattr(model, "coef_"), model)
    Traceback (most recent call last):
        ...
    boostweights.errors.InvalidTypeError: the model must be fitted; got LogisticRegression(). Call fit first.
    """
    check_that(fitted, "the model must be fitted", model, "Call fit first.", InvalidTypeError)


def did_you_mean(value: object, options: Iterable[object]) -> str:
    """Return a sentence that names the option nearest to a value, or lists the options.

    Options are compared by their text, so that the key ``"1"`` finds the label ``1``.

    Examples
    --------
    >>> did_you_mean("balenced", ["balanced", "unweighted"])
    "Did you mean 'balanced'?"
    >>> did_you_mean("1", [0, 1])
    'Did you mean 1?'
    >>> did_you_mean("x", [0, 1])
    'Use one of: 0, 1.'
    """
    from difflib import get_close_matches

    by_text = {str(option).strip().lower(): option for option in options}
    near = get_close_matches(str(value).strip().lower(), list(by_text), n=1)
    if near:
        return f"Did you mean {by_text[near[0]]!r}?"
    listed = ", ".join(repr(option) for option in list(by_text.values())[:10])
    return f"Use one of: {listed}." if listed else "There is none to choose from."


def check_type(value: object, kind: type | tuple[type, ...], rule: str, mend: str) -> None:
    """Raise an error where a value is not of a type.

    Raises
    ------
    InvalidTypeError
        With the value's repr between the rule and the mend.

    Examples
    --------
    >>> check_type(3, str, "target must name a column", "Pass target='label', say.")
    Traceback (most recent call last):
        ...
    boostweights.errors.InvalidTypeError: target must name a column; got 3. Pass target='label', say.
    """
    if not isinstance(value, kind):
        raise InvalidTypeError(rule, shown(value), mend)


def is_number(value: object, *, whole: bool = False) -> TypeGuard[float]:
    """Return whether a value is a real number, or a whole one; truth values are not numbers.

    Examples
    --------
    >>> is_number(0.5), is_number(True), is_number(0.5, whole=True)
    (True, False, False)
    """
    return isinstance(value, Integral if whole else Real) and not isinstance(value, bool)


def check_range(
    value: object,
    rule: str,
    remedy: str,
    *,
    least: float = -inf,
    above: float = -inf,
    below: float = inf,
    most: float = inf,
    whole: bool = False,
) -> None:
    """Raise an error where a value is not a number within a range.

    Parameters
    ----------
    value : object
        Anything that is not a finite number is an error as well.
    rule, remedy : str
        The first and the last part of the message.
    least, above, below, most : float, optional
        The bounds: ``least <= value``, ``above < value``, ``value < below``, ``value <= most``.
    whole : bool, default=False
        Whether the number must be whole.

    Raises
    ------
    InvalidValueError
        With the value's repr between the rule and the remedy.

    Examples
    --------
    >>> check_range(1.0, "a share must lie between 0 and 1", "Use 0.2.", above=0, below=1)
    Traceback (most recent call last):
        ...
    boostweights.errors.InvalidValueError: a share must lie between 0 and 1; got 1.0. Use 0.2.
    """
    if not (is_number(value, whole=whole) and least <= value <= most and above < value < below):
        raise InvalidValueError(rule, shown(value), remedy)


@contextmanager
def explained(kinds: tuple[type[BaseException], ...], rule: str, mend: str, file: str = "") -> Iterator[None]:
    """Turn errors of other libraries into one of ours, which names the `file` that was read, if one was.

    Errors of this library come through as they are.

    Examples
    --------
    >>> with explained((ZeroDivisionError,), "a share needs rows", "Add one."):
    ...     1 / 0
    Traceback (most recent call last):
        ...
    boostweights.errors.InvalidValueError: a share needs rows; got ZeroDivisionError: …
    """
    try:
        yield
    except BoostweightsError:
        raise
    except kinds as broken:
        seen = f"{type(broken).__name__}: {shown(str(broken))[1:-1]}"
        raise InvalidValueError(rule, f"{file}: {seen}" if file else seen, mend) from broken


@contextmanager
def placed(where: str) -> Iterator[None]:
    """Add a place to the value that an error of ours names.

    Examples
    --------
    >>> with placed("in part-0.parquet"):
    ...     raise InvalidValueError("labels must be known", "null", "Drop the row.")
    Traceback (most recent call last):
        ...
    boostweights.errors.InvalidValueError: labels must be known; got null in part-0.parquet. Drop the row.
    """
    try:
        yield
    except BoostweightsError as broken:
        raise type(broken)(broken.rule, f"{broken.value} {where}", broken.mend) from broken
