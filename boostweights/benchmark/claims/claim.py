"""A claim: a sentence that figures bear out or contradict, the comparison that decides; read from TOML."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from typing import Annotated, Final, Literal, TypeAlias

from msgspec import Meta

from boostweights.benchmark.stats.paired import Side
from boostweights.errors import InvalidValueError, check_known, shown
from boostweights.toml import converted, parsed, read_text

Number: TypeAlias = Annotated[float, Meta(ge=0, le=sys.float_info.max)]
Advice: TypeAlias = Literal["says so", "says the opposite", "is divided"]

Expect: TypeAlias = Literal["rise", "fall", "same", "no rise", "no fall"]
EXPECTED: Final[Mapping[str, tuple[str, str]]] = {
    "rise": ("above", "rises by more than"),
    "fall": ("below", "falls by more than"),
    "same": ("within", "stays within"),
    "no rise": ("below within", "does not rise by more than"),
    "no fall": ("within above", "does not fall by more than"),
}
"""By what a claim expects of b minus a, the regions that bear it out, and what b does then."""
_NEEDED: Final[Mapping[str, tuple[str, ...]]] = {
    "signed_rank": ("b", "expect"),
    "not_always_best": ("others",),
    "spread_by_positives": ("b", "cuts"),
    "start_policy": ("others", "cuts"),
}
"""By test, what its claims must say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Where:
    """Only the data sets whose column of the table of data sets lies in a range, ends included."""

    column: str
    at_least: float = float("-inf")
    at_most: float = float("inf")


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """One claim.

    Attributes
    ----------
    id : str
        Short name, for commands and links.
    sentence : str
        What is claimed.
    advice : {"says so", "says the opposite", "is divided"}
        What common advice (posts, answers, documentation) has to say about the sentence.
    metric : str
        The figure that decides.
    test : str
        A key of the table of tests in `boostweights.benchmark.claims.judge`.
    expect : str, optional
        A key of `EXPECTED`.
    a, b : Side
        b is compared with a.
    others : tuple of Side
        The competitors of a, for tests of many sides.
    margin : float, optional
        Half-width of practical equivalence, in the metric's unit, where the sentence itself says how much is
        little; otherwise the suite's.
    absolute : bool
        Sizes of differences count, not their direction, so that opposite ones do not cancel out.
    split : str, optional
        The kind of split that the sentence is about; otherwise that of the first run.
    where : Where, optional
        The data sets that it is about.
    cuts : mapping of str to float
        By column of the table of data sets, where to divide them.
    note : str
        What a reader should know of the comparison.
    """

    id: str
    sentence: str
    advice: Advice
    metric: str
    test: str = "signed_rank"
    expect: Expect | None = None
    a: Side
    b: Side | None = None
    others: tuple[Side, ...] = ()
    margin: Number | None = None
    absolute: bool = False
    split: str | None = None
    where: Where | None = None
    cuts: Mapping[str, Number] = field(default_factory=dict)
    note: str = ""


def load_claims(path: Path | None = None) -> tuple[Claim, ...]:
    """Return the claims that come with the package, or those in a TOML file.

    Raises
    ------
    InvalidValueError, InvalidTypeError
        If the file is unreadable or does not say what a claim must say.

    Examples
    --------
    >>> load_claims()[0].sentence
    'Balanced weights raise recall.'
    """
    if path is None:
        shipped = resources.files("boostweights.benchmark.claims") / "claims.toml"
        return parse_claims(shipped.read_text(encoding="utf-8"), source="claims.toml")
    return parse_claims(read_text(path, "a file of claims"), source=str(path))


def parse_claims(text: str, *, source: str = "claims") -> tuple[Claim, ...]:
    """Return the claims of a TOML text: tables ``[[claim]]``.

    Raises
    ------
    InvalidValueError, InvalidTypeError
        If it is no TOML, a key is unknown, absent or of another type, or an id is there twice.
    """
    what = "a file of claims"
    found = converted(parsed(text, what, source), _File, what, text=text, source=source)
    for claim in found.claim:
        _check(claim, f"claim {claim.id} of {source}")
    ids = [claim.id for claim in found.claim]
    if again := [name for name in ids if ids.count(name) > 1]:
        rule = f"ids in {source} must differ"
        raise InvalidValueError(rule, shown(again[0]), "Give each claim an id of its own.")
    return found.claim


@dataclass(frozen=True, slots=True, kw_only=True)
class _File:
    claim: Annotated[tuple[Claim, ...], Meta(min_length=1)]


def _check(claim: Claim, where: str) -> None:
    check_known(claim.test, _NEEDED, f"test of {where} must be known")
    for key in _NEEDED[claim.test]:
        if not getattr(claim, key):
            rule = f"{where} must say {', '.join(_NEEDED[claim.test])}"
            raise InvalidValueError(rule, f"no {key}", f"Add `{key} = …`.")
    if claim.absolute and claim.expect != "same":
        rule = f"{where} can only expect sizes of differences to stay the same"
        raise InvalidValueError(rule, shown(claim.expect), 'Write expect = "same".')
