"""The tables of a suite file, the types of their values and what these may be, for msgspec."""

import sys
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal, TypeAlias

from msgspec import Meta, Struct

from boostweights.benchmark.regimes import FIXED
from boostweights.tables.reading import Dates

Positive: TypeAlias = Annotated[float, Meta(gt=0, le=sys.float_info.max)]
FromOne: TypeAlias = Annotated[int, Meta(ge=1)]
FromZero: TypeAlias = Annotated[int, Meta(ge=0)]
Setting: TypeAlias = bool | int | float | str | list[Any] | dict[str, Any]
Words: TypeAlias = tuple[str, ...]


class _Table(Struct, forbid_unknown_fields=True, kw_only=True, frozen=True):
    """A table: other keys are errors."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ArmSettings:
    """What a suite file and an `Arm`, which explains them, have in common."""

    name: Annotated[str, Meta(min_length=1)]
    form: str = "auto"
    pinned: bool = True
    resample: Literal["none", "over", "under", "smote"] = "none"
    resolve: Literal["fold", "resampled", "before", "all"] = "fold"
    early_stopping: Literal["none", "unweighted", "weighted"] = "none"
    tune: bool = False
    correction: Literal["analytic", "fitted"] = "analytic"
    dummy: bool = False
    regimes: Words = ()
    beta: bool = False
    learner: str = ""
    parameters: dict[str, Setting] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ArmTable(ArmSettings):
    """An arm."""

    policy: str | dict[str, Any] = "unweighted"


class CostTable(_Table, kw_only=True, frozen=True):
    """What errors cost."""

    fn: Positive | Literal["imbalance"] = "imbalance"
    fp: Positive = 1.0


class CostsTable(CostTable, kw_only=True, frozen=True):
    """What errors cost, and where they cost something else."""

    data: dict[str, CostTable] = {}


class TableOfOnesOwn(_Table, kw_only=True, frozen=True):
    """A file or folder of the user's own, as `boostweights compare` takes it."""

    path: str
    target: str
    positive: str | None = None
    group: str | None = None
    time: str | None = None
    drop: Words = ()
    categorical: Words = ()
    dates: Dates = "refuse"
    drop_missing_target: bool = False
    sql: str | None = None
    sep: str | None = None
    decimal: str | None = None
    encoding: str | None = None
    sheet: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What a suite file and a `Suite`, which explains them, have in common."""

    name: str
    title: str
    libraries: Words
    folds: Annotated[int, Meta(ge=2)]
    trees: FromOne
    threads: FromOne
    seed: FromZero
    seconds_per_model: Positive
    repeats: FromOne = 1
    split: Literal["stratified", "group", "time"] = "stratified"
    megabytes_per_model: FromOne = 4000
    max_rows: FromZero = 0
    early_stopping_rounds: FromOne = 10
    predictions: bool = False
    metrics: Words = ()
    regimes: Annotated[Words, Meta(min_length=1)] = (FIXED,)
    configurations: FromOne = 20
    fewer_folds: dict[str, dict[str, FromOne]] = field(default_factory=dict)
    clean_commit: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SuiteFile(Settings):
    """A suite file."""

    data: Words = ()
    tiers: Words = ()
    tables: dict[str, TableOfOnesOwn] = field(default_factory=dict)
    policies: Words = ()
    arm: tuple[ArmTable, ...] = ()
    costs: CostsTable = field(default_factory=CostsTable)
    rope: dict[str, Positive] = field(default_factory=dict)
