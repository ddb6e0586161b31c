"""The tables of a card file, the types of their values and what these may be, for msgspec."""

import datetime
from typing import Annotated, Any, Literal, TypeAlias

from msgspec import Meta, Struct

TomlLabel: TypeAlias = bool | int | float | str
Count: TypeAlias = Annotated[int, Meta(ge=0)] | Annotated[float, Meta(ge=0)]
Share: TypeAlias = Annotated[float, Meta(gt=0, lt=1)]
Digest: TypeAlias = Annotated[str, Meta(pattern="^(|sha256:[0-9a-f]{64})$")]


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
    count: Count
    weight: Annotated[float, Meta(gt=0)]


class DataTable(_Table):
    """The training fold."""

    target: str
    labels: Digest
    split: Digest
    classes: Annotated[list[ClassRow], Meta(min_length=1)]


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


class RateRow(_Table):
    """A rate that is promised."""

    metric: Literal["recall", "alarms"]
    rate: Share
    confidence: Share
    n: Annotated[int, Meta(ge=1)]
    threshold: float
    group: TomlLabel | None = None


class PromiseTable(_Table):
    """The rates that decisions promise."""

    threshold: float
    strict: bool
    confidence: Share
    clustered: bool
    rates: Annotated[list[RateRow], Meta(min_length=1)]
    positive: TomlLabel | None = None


class ReviewTable(_Table):
    """The review."""

    state: str
    reviewer: str = ""
    date: datetime.date | None = None


class CardFile(_Table):
    """A card file."""

    schema: int
    digest: Annotated[str, Meta(pattern="^sha256:[0-9a-f]{64}$")]
    why: WhyTable
    policy: PolicyTable
    data: DataTable
    versions: dict[str, str]
    review: ReviewTable
    native: NativeTable | None = None
    promise: PromiseTable | None = None
