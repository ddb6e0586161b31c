"""What differs between the engines of lazy frames: how they fail, and how a few rows come out of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import Any, Final, TypeAlias

from boostweights.errors import InvalidValueError, MissingLibraryError, shown

__all__ = ["Engine", "engine_of", "failing"]

Failures: TypeAlias = tuple[type[BaseException], ...]


def _narwhals_failures() -> Failures:
    from narwhals.exceptions import NarwhalsError

    return (NarwhalsError,)  # what narwhals makes of an engine's own errors, where it does


def _task_failures() -> Failures:
    """What the user's own functions raise in a task comes through as it is."""
    standard = (ArithmeticError, AssertionError, AttributeError, LookupError, NotImplementedError)
    return (*_narwhals_failures(), *standard, OSError, RuntimeError, TypeError, ValueError)


def _polars_failures() -> Failures:
    from polars.exceptions import PolarsError

    return (*_task_failures(), PolarsError)


def _duckdb_failures() -> Failures:
    from duckdb import Error

    return (*_narwhals_failures(), Error)


def _spark_failures() -> Failures:
    from py4j.protocol import Py4JError  # type: ignore[import-untyped,unused-ignore]

    return (*_connect_failures(), Py4JError)


def _connect_failures() -> Failures:
    from pyspark.errors import PySparkException

    return (*_narwhals_failures(), PySparkException, OSError)


@dataclass(frozen=True, slots=True, kw_only=True)
class Engine:
    """An engine that plans first and computes later.

    Attributes
    ----------
    name : str
        As narwhals calls it.
    failures : callable
        Returns what the engine raises while it computes.
    collected_by : str or None
        The backend to which one row a class is collected; None: the engine's own.
    options : mapping
        How it is collected, besides.
    folds_case : bool
        Whether names that differ only in case are one column.
    text_enums : bool
        Whether an enum is compared as text: with a label that it lacks it would not compare.
    mend : str
        What to do when it fails.
    """

    name: str
    failures: Callable[[], Failures] = _narwhals_failures
    collected_by: str | None = "pyarrow"
    options: Mapping[str, Any] = field(default_factory=dict)
    folds_case: bool = False
    text_enums: bool = False
    mend: str = "Compute the frame by itself to see which step fails."


_SPARK: Final = (
    "Run frame.count() to see which step fails; if the session itself is gone, see that Java runs "
    "(java -version) and make a new session."
)
_ENGINES: Final[Mapping[str, Engine]] = {
    engine.name: engine
    for engine in (
        Engine(
            name="polars",
            failures=_polars_failures,
            collected_by=None,
            options={"engine": "streaming"},  # so that a file larger than memory can be counted
            text_enums=True,
            mend="Run frame.collect() to see which step fails.",
        ),
        Engine(
            name="duckdb",
            failures=_duckdb_failures,
            folds_case=True,
            text_enums=True,
            mend="Run relation.fetchall() to see which step fails, and keep its connection open.",
        ),
        Engine(
            name="dask", failures=_task_failures, mend="Run frame.compute() to see which partition fails."
        ),
        Engine(name="pyspark", failures=_spark_failures, folds_case=True, mend=_SPARK),
        Engine(name="pyspark[connect]", failures=_connect_failures, folds_case=True, mend=_SPARK),
    )
}


def engine_of(name: str) -> Engine:
    """Return the engine of that name; one that is not in the table is taken for a plain one.

    Examples
    --------
    >>> engine_of("duckdb").folds_case, engine_of("ibis").folds_case
    (True, False)
    """
    return _ENGINES.get(name, Engine(name=name))


@contextmanager
def failing(engine: Engine, doing: str) -> Iterator[None]:
    """Wrap what an engine raises in an error that says what was computed and what to do.

    Raises
    ------
    InvalidValueError
        If the engine fails.
    MissingLibraryError
        If pyarrow is needed and not installed.
    """
    if engine.collected_by == "pyarrow" and find_spec("pyarrow") is None:
        raise MissingLibraryError(
            f"counts are read from {engine.name} through pyarrow",
            "no module named 'pyarrow'",
            "Install it with: pip install 'boostweights[frames]'.",
        )
    try:
        yield
    except engine.failures() as broken:
        raise InvalidValueError(
            f"{doing} needs a frame that {engine.name} can compute",
            f"{type(broken).__name__}: {shown(str(broken))[1:-1]}",
            engine.mend,
        ) from broken
