"""A claim: a sentence that figures can bear out or contradict, and the comparison that decides."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Final, Literal, TypeAlias

from msgspec import Meta

from boostweights.benchmark.stats.paired import Side

Number: TypeAlias = Annotated[float, Meta(ge=0, le=sys.float_info.max)]
Advice: TypeAlias = Literal["says so", "says the opposite", "is divided"]

Expect: TypeAlias = Literal["rise", "fall", "same", "no rise", "no fall"]
REGIONS_FOR: Final[Mapping[str, tuple[str, ...]]] = {
    "rise": ("above",),
    "fall": ("below",),
    "same": ("within",),
    "no rise": ("below", "within"),
    "no fall": ("within", "above"),
}
"""By what a claim expects of b minus a, the regions that bear it out."""


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
        A key of `REGIONS_FOR`.
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
