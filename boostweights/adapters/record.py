"""What tests and the benchmark know of a library: one record each, which nothing else loads."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any

from boostweights.adapters.adapter import Adapter
from boostweights.adapters.behaviour import Params
from boostweights.errors import InvalidTypeError
from boostweights.tables.reading import Categories


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """A library's estimators, and how it spells the settings that all libraries share.

    Attributes
    ----------
    classifier : str
        ``"module:Class"`` of the classifier that the benchmark trains, imported only where it is trained.
    distributions : tuple of str
        Packages any of which provides it.
    trees, seed, threads : str
        The parameters' names; empty where there is no such parameter. Without ``threads`` (None) the
        process's thread limit holds alone.
    fixed : mapping
        Parameters that never change in the benchmark.
    competitive : mapping
        Settings by which it competes in ``boostweights compare``: one rate of learning for all libraries, and
        moderate trees. Published defaults and reasons, never tuned on data of the benchmark.
    many_classes : mapping
        Parameters that never change where there are more than two classes.
    patience : str
        The parameter that stops training after so many rounds without progress on an evaluation set; empty
        where there is none.
    stopping : mapping
        What else early stopping needs.
    fit_quietly : mapping
        Arguments of ``fit`` without which early stopping prints every round.
    categories : {"dtype", "text", "few", "codes"}
        As `Categories` says.
    forks : bool
        Whether importing it starts no thread, and has no other effect that a forked process would lack: the
        benchmark then imports it once for all of its workers.
    code : int
        Raised whenever the same settings would give another model in the benchmark.
    estimators : mapping
        ``"module:Class"`` → small settings that repeat, of each estimator that tests train; the first is
        the library's own default.
    settings : mapping
        Name → constructor settings that matter to the claims of forms; each is tested by training.
    evaluated : mapping
        Settings under which a fit records the log loss of two classes on its evaluation set.
    losses : callable
        Such a fitted estimator → that loss after each round, or at least that of the model which it kept.
    files : mapping
        Name of a file → what saves a fitted estimator there, in a format of the library's own.
    """

    classifier: str
    distributions: tuple[str, ...]
    trees: str
    seed: str = "random_state"
    threads: str | None = "n_jobs"
    fixed: Mapping[str, object] = field(default_factory=dict)
    competitive: Mapping[str, object] = field(default_factory=dict)
    many_classes: Mapping[str, object] = field(default_factory=dict)
    patience: str = ""
    stopping: Mapping[str, object] = field(default_factory=dict)
    fit_quietly: Mapping[str, object] = field(default_factory=dict)
    categories: Categories = "dtype"
    forks: bool = False
    code: int = 1
    estimators: Mapping[str, Params] = field(default_factory=dict)
    settings: Mapping[str, Params] = field(default_factory=lambda: {"defaults": {}})
    evaluated: Params = field(default_factory=dict)
    losses: Callable[[Any], Sequence[float]] | None = None
    files: Mapping[str, Callable[[Any, Path], Any]] = field(default_factory=dict)


def record_of(adapter: Adapter) -> Record:
    """Return an adapter's record, or raise where it names none.

    Examples
    --------
    >>> from boostweights.adapters.registry import adapter_named
    >>> record_of(adapter_named("catboost")).threads
    'thread_count'
    """
    record = named_class(adapter.record) if adapter.record else None
    if not isinstance(record, Record):
        raise InvalidTypeError(
            "tests and the benchmark need an adapter's record",
            f"record={adapter.record!r} of {adapter.name}",
            "Write a boostweights.adapters.Record, and name it there as 'module:NAME'.",
        )
    return record


def named_class(name: str) -> Any:
    """Return what ``"module:Name"`` names; imports the module."""
    module, _, attribute = name.partition(":")
    return getattr(import_module(module), attribute)
