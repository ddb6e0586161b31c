"""What a check is run on: an adapter's estimator under settings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from boostweights.adapters.adapter import Adapter
from boostweights.adapters.record import Record, named_class, record_of

__all__ = ["Case", "cases_of", "refused"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """An estimator of an adapter's record under settings that matter.

    Attributes
    ----------
    adapter : Adapter
    record : Record
    spelled : str
        ``"module:Class"``, imported when a check runs.
    name : str
        Of the settings.
    settings : mapping
    classes : tuple of int
        The numbers of classes with which these settings train.
    """

    adapter: Adapter
    record: Record
    spelled: str
    name: str = "defaults"
    settings: Mapping[str, Any] = field(default_factory=dict)
    classes: tuple[int, ...] = (2, 3)

    def make(self, **settings: Any) -> Any:
        """Return a new estimator."""
        return named_class(self.spelled)(**{**self.small, **self.settings, **settings})

    @property
    def small(self) -> Mapping[str, Any]:
        """The estimator's own small settings that repeat."""
        return self.record.estimators[self.spelled]

    @property
    def is_own(self) -> bool:
        """Whether it is the library's own estimator, with its defaults."""
        return self.spelled == next(iter(self.record.estimators)) and not self.settings


def cases_of(adapter: Adapter) -> Iterator[Case]:
    """Yield each estimator of the record with its defaults, then under all settings that can be trained.

    Settings are the first estimator's, unless their name begins with that of another one and a colon.
    """
    record = record_of(adapter)
    for spelled in record.estimators:
        yield Case(adapter=adapter, record=record, spelled=spelled)
    named = {spelled.partition(":")[2]: spelled for spelled in record.estimators}
    for name, settings in record.settings.items():
        classes = record.trained_on.get(name, (2, 3))
        if settings and classes:
            yield Case(
                adapter=adapter,
                record=record,
                spelled=named.get(name.partition(": ")[0], next(iter(record.estimators))),
                name=name,
                settings=settings,
                classes=classes,
            )


@contextmanager
def refused(error: type[Exception], what: str) -> Iterator[None]:
    """Fail unless what is done inside raises this error."""
    try:
        yield
    except error:
        return
    raise AssertionError(f"{what} must be refused by {error.__name__}")
