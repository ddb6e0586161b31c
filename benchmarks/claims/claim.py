"""A claim: a sentence that figures bear out or contradict, the comparison that decides; read from TOML."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Annotated, Final, Literal, TypeAlias

from msgspec import Meta

from benchmarks.stats.families import Answer
from benchmarks.stats.paired import Side
from boostweights.errors import InvalidValueError, check_known, shown
from boostweights.toml import converted, parsed, read_text

Number: TypeAlias = Annotated[float, Meta(ge=0, le=sys.float_info.max)]
Advice: TypeAlias = Literal["says so", "says the opposite", "is divided"]
Expect: TypeAlias = Literal["higher", "lower", "equivalent", "not higher", "not lower"]
Task: TypeAlias = Literal["binary", "multiclass"]

EXPECTED: Final[Mapping[str, tuple[Answer, ...]]] = {
    "higher": ("higher",),
    "lower": ("lower",),
    "equivalent": ("equivalent",),
    "not higher": ("lower", "equivalent"),
    "not lower": ("equivalent", "higher"),
}
"""By what a claim expects of b beside a, the answers that bear it out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Where:
    """Only the data sets whose column of the table of data sets lies in a range, ends included."""

    column: str
    at_least: float = float("-inf")
    at_most: float = float("inf")


@dataclass(frozen=True, slots=True, kw_only=True)
class Study:
    """A public study: its short id, citation, address, and what it did."""

    id: str
    citation: str
    url: str
    did: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """What a study found on a claim's question, and why its figure may differ from ours."""

    study: str
    found: str
    differs: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """One claim.

    Attributes
    ----------
    id : str
        Short name, for commands and links.
    group : str
        Claims of one group are decided together: their intervals hold at once.
    sentence : str
        What is claimed.
    advice : {"says so", "says the opposite", "is divided"}
        What common advice (posts, answers, documentation) has to say about the sentence.
    metric : str
        The figure that decides.
    expect : str
        A key of `EXPECTED`.
    a, b : Side
        b is compared with a.
    floor : Side, optional
        What is practically a itself. Sizes of differences count then: of b from a, less that of floor from a.
    task : {"binary", "multiclass"}
        The data sets that it is about; figures of two and of more classes are never averaged.
    libraries : tuple of str
        Those that it speaks of; all that have both sides if not given.
    margin : float, optional
        Half-width of practical equivalence, in the metric's unit, where the sentence itself says how much is
        little; otherwise the suite's.
    split : str, optional
        The kind of split that the sentence is about; otherwise that of the first run.
    where : Where, optional
        The data sets that it is about.
    beside : tuple of Beside
        What public studies say.
    note : str
        What a reader should know of the comparison.
    """

    id: str
    group: str
    sentence: str
    advice: Advice
    metric: str
    expect: Expect
    a: Side
    b: Side
    floor: Side | None = None
    task: Task = "binary"
    libraries: tuple[str, ...] = ()
    margin: Number | None = None
    split: str | None = None
    where: Where | None = None
    beside: tuple[Beside, ...] = ()
    note: str = ""


@cache
def studies() -> Mapping[str, Study]:
    """Return the public studies that claims stand beside, by id.

    Examples
    --------
    >>> studies()["smote"].url
    'https://arxiv.org/abs/2201.08528'
    """
    return {study.id: study for study in _shipped().study}


def load_claims(path: Path | None = None) -> tuple[Claim, ...]:
    """Return the claims of the study, or those in a TOML file.

    Raises
    ------
    InvalidValueError, InvalidTypeError
        If the file is unreadable or does not say what a claim must say.

    Examples
    --------
    >>> load_claims()[0].sentence
    'Balanced weights raise recall at a threshold of .5.'
    """
    if path is None:
        return _shipped().claim
    return parse_claims(read_text(path, "a file of claims"), source=str(path))


def parse_claims(text: str, *, source: str = "claims") -> tuple[Claim, ...]:
    """Return the claims of a TOML text: tables ``[[claim]]``, and ``[[study]]`` for what they stand beside.

    Raises
    ------
    InvalidValueError, InvalidTypeError
        If it is no TOML, a key is unknown, absent or of another type, an id is there twice, or a claim stands
        beside a study that is not there.
    """
    return _parsed(text, source).claim


@dataclass(frozen=True, slots=True, kw_only=True)
class _File:
    claim: Annotated[tuple[Claim, ...], Meta(min_length=1)]
    study: tuple[Study, ...] = ()


def _shipped() -> _File:
    file = Path(__file__).with_name("claims.toml")
    return _parsed(file.read_text(encoding="utf-8"), "claims.toml")


def _parsed(text: str, source: str) -> _File:
    what = "a file of claims"
    found = converted(parsed(text, what, source), _File, what, text=text, source=source)
    known = [study.id for study in found.study]
    for ids in ([claim.id for claim in found.claim], known):
        if again := [name for name in ids if ids.count(name) > 1]:
            rule = f"ids in {source} must differ"
            raise InvalidValueError(rule, shown(again[0]), "Give each an id of its own.")
    for claim in found.claim:
        for one in claim.beside:
            check_known(one.study, known, f"a study beside claim {claim.id} of {source} must be known")
    return found
