"""The tables of a card file and the types of their values, for msgspec.

What boostweights writes is guarded by the digest, so that only types are checked here.
"""

import datetime
from typing import Any, Literal

from msgspec import Struct

from boostweights.card.content import Review
from boostweights.probabilities.promises import Promise

TomlLabel = bool | int | float | str


class _Table(Struct, forbid_unknown_fields=True, kw_only=True):
    """A table: other keys are errors."""


class WhyTable(_Table):
    """The reasons that people give for the weights."""

    rationale: str
    owner: str
    affected: dict[str, str] = {}


class PolicyTable(_Table):
    """The policy as code, for people, and as data."""

    code: str
    kind: str
    date: datetime.date
    fields: dict[str, Any]


class ClassRow(_Table):
    """A class: its label, its rows, its weight."""

    label: TomlLabel
    count: int | float
    weight: float


class DataTable(_Table):
    """The training fold."""

    target: str
    labels: str
    split: str
    classes: list[ClassRow]


class NativeTable(_Table):
    """The library's form of the weights."""

    library: str
    form: str
    guarantee: Literal["identical", "equivalent", "different"]
    reason: str
    params: str
    pins: str
    estimator: str
    correction: str = ""
    decision: str = ""


class CardFile(_Table):
    """A card file."""

    schema: int
    digest: str
    why: WhyTable
    policy: PolicyTable
    data: DataTable
    versions: dict[str, str]
    review: Review
    native: NativeTable | None = None
    promise: Promise | None = None
