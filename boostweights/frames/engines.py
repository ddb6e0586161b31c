"""What differs between the engines of lazy frames: how they fail, and how a few rows come out of them."""

import re
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pkgutil import resolve_name
from typing import Any

from boostweights.errors import UNREADABLE, explained
from boostweights.frames import blocks, spark
from boostweights.weighting.labels.rules import Label

_NARWHALS = "narwhals.exceptions:NarwhalsError"  # what it makes of an engine's own, where it does


@dataclass(frozen=True, slots=True, kw_only=True)
class Engine:
    """An engine that plans first and computes later.

    Attributes
    ----------
    name : str
        As narwhals calls it.
    raised : tuple of str
        ``"module:Name"`` of what the engine raises while it computes, besides errors of Python's own.
    collected_by : str or None
        The backend to which narwhals collects one row a class; None: the engine's own.
    options : mapping
        How it is collected, besides.
    counted, with_column : callable or None
        What counts labels and adds a column in the engine's own words; None where narwhals does.
    folds_case : bool
        Whether names that differ only in case are one column.
    text_enums : bool
        Whether an enum is compared as text: with a label that it lacks it would not compare.
    quoted : callable
        Name of a column → what narwhals must be asked for, where the engine reads some names as patterns.
    reserved : str
        The name of a column that no quoting reaches.
    mend : str
        What to do when it fails.
    """

    name: str
    raised: tuple[str, ...] = (_NARWHALS,)
    collected_by: str | None = "pyarrow"
    options: Mapping[str, Any] = field(default_factory=dict)
    counted: Callable[[Any, str], Mapping[Label, int]] | None = None
    with_column: Callable[[Any, str, Mapping[Label, float], str], Any] | None = None
    folds_case: bool = False
    text_enums: bool = False
    quoted: Callable[[str], str] = str
    reserved: str = ""
    mend: str = "Compute the frame by itself to see which step fails."

    def failing(self, doing: str) -> AbstractContextManager[None]:
        """Wrap what the engine raises in an error that reports what was computed and what to do.

        Raises
        ------
        InvalidValueError
            If the engine fails.
        """
        rule = f"{doing} needs a frame that {self.name} can compute"
        return explained((*UNREADABLE, *map(resolve_name, self.raised)), rule, self.mend)


def _exactly(name: str) -> str:
    """Quote a name that polars would read as a pattern: by the pattern of this very name."""
    is_pattern = name == "*" or (name.startswith("^") and name.endswith("$"))
    return f"^{re.escape(name)}$" if is_pattern else name


_SPARK = (
    "Run frame.count() to see which step fails; if the session itself is gone, see that Java runs "
    "(java -version) and make a new session."
)
_CONNECT = (_NARWHALS, "pyspark.errors:PySparkException")
_SPARKS = {"pyspark": (*_CONNECT, "py4j.protocol:Py4JError"), "pyspark[connect]": _CONNECT}
_ENGINES: Mapping[str, Engine] = {
    engine.name: engine
    for engine in (
        Engine(
            name="polars",
            raised=(_NARWHALS, "polars.exceptions:PolarsError"),
            collected_by=None,
            options={"engine": "streaming"},  # so that a file larger than memory can be counted
            text_enums=True,
            quoted=_exactly,
            mend="Run frame.collect() to see which step fails.",
        ),
        Engine(
            name="duckdb",
            raised=(_NARWHALS, "duckdb:Error"),
            folds_case=True,
            text_enums=True,
            reserved="*",
            mend="Run relation.fetchall() to see which step fails, and keep its connection open.",
        ),
        Engine(
            name="dask",
            counted=blocks.dask_counts,
            with_column=blocks.dask_column,
            mend="Run frame.compute() to see which partition fails.",
        ),
        Engine(
            name="ray",
            raised=("ray.exceptions:RayError",),
            counted=blocks.ray_counts,
            with_column=blocks.ray_column,
            mend="Run dataset.materialize() to see which step fails.",
        ),
        *(
            Engine(
                name=name,
                raised=raised,
                counted=spark.spark_counts,
                with_column=spark.spark_column,
                folds_case=True,
                mend=_SPARK,
            )
            for name, raised in _SPARKS.items()
        ),
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
