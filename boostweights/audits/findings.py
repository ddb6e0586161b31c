"""What a check found: plain data, made by audits, cards and advice alike."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Literal

from boostweights.errors import check_known
from boostweights.pages.notebook import table, view
from boostweights.tables.results import to_frame
from boostweights.tables.text import as_text

Severity = Literal["info", "warning", "error"]
SEVERITIES: tuple[Severity, ...] = ("info", "warning", "error")
"""From the least to the gravest. Mistakes are errors or warnings; notes are info."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that a check found.

    Attributes
    ----------
    code : str
        Its name, documented under that name.
    severity : {"info", "warning", "error"}
        A mistake is an error (the model is not the one that was asked for) or a warning (it may not be).
    message : str
        What was found, with the evidence: parameters, values, counts.
    why : str
        What comes of it.
    mend : str
        What to do about it.
    where : str
        The part of the model that it is about, as ``"pipeline.clf"``; empty for the whole.
    """

    code: str
    severity: Severity
    message: str
    why: str
    mend: str
    where: str = ""

    def __post_init__(self) -> None:
        _check(self.severity)

    def __str__(self) -> str:
        place = f" ({self.where})" if self.where else ""
        return f"{self.severity} {self.code}{place}: {self.message}. {self.why} {self.mend}"


@cache
def catalogue(room: str) -> Mapping[str, Mapping[str, Any]]:
    """Return code → what all findings of the code have in common: a room's ``catalogue.toml``.

    Examples
    --------
    >>> catalogue("audits")["few-rows"]["severity"]
    'warning'
    """
    return tomllib.loads((files(f"boostweights.{room}") / "catalogue.toml").read_text(encoding="utf-8"))


def finding_of(room: str, code: str, message: str, **case: Any) -> Finding:
    """Return the finding of a code, with the fields that the room's catalogue leaves open.

    Examples
    --------
    >>> print(finding_of("card", "card-rejected", "R. Viewer rejected the card"))
    error card-rejected: R. Viewer rejected the card. The weights are not to be trained with. Change the
    policy and write the card again.
    """
    entry = catalogue(room)[code]
    texts = {name: entry[name] for name in ("severity", "why", "mend") if name in entry}
    return Finding(code=code, message=message, **texts | case)


class Findings(tuple[Finding, ...]):
    """Findings, the gravest first; prints as text, a line each.

    Examples
    --------
    >>> note = Finding(code="few-positives", severity="warning", message="7 positives", why="Rates jump.",
    ...                mend="Collect more.")
    >>> found = Findings([note])
    >>> print(found)
    warning few-positives: 7 positives. Rates jump. Collect more.
    >>> found.at_least("error"), bool(found.at_least("warning"))
    (Findings([]), True)
    """

    __slots__ = ()

    def __new__(cls, findings: Iterable[Finding] = ()) -> Findings:
        """Sort by severity; findings as grave as each other keep their order."""
        return super().__new__(cls, sorted(findings, key=lambda finding: -SEVERITIES.index(finding.severity)))

    def at_least(self, severity: Severity) -> Findings:
        """Return those of this severity or graver.

        Raises
        ------
        InvalidValueError
            If there is no such severity.
        """
        _check(severity)
        lowest = SEVERITIES.index(severity)
        return Findings(finding for finding in self if SEVERITIES.index(finding.severity) >= lowest)

    def codes(self) -> list[str]:
        """Return the code of each, in order."""
        return [finding.code for finding in self]

    def columns(self) -> dict[str, list[str]]:
        """Return code, severity, where, message, why and mend, a list each."""
        names = ("code", "severity", "where", "message", "why", "mend")
        return {name: [getattr(finding, name) for finding in self] for name in names}

    def to_frame(self, backend: str = "pandas") -> Any:
        """Return the findings as a data frame, a row each."""
        return to_frame(self.columns(), backend)

    def to_table(self) -> str:
        """Return the findings as a table of text."""
        return as_text(self.columns())

    def __str__(self) -> str:
        return "\n".join(map(str, self)) or "nothing found"

    def _repr_html_(self) -> str:
        return view("Findings" if self else "Nothing found", table(self.columns()) if self else "")

    def __repr__(self) -> str:
        return f"Findings({list(self)!r})"


def _check(severity: Any) -> None:
    check_known(severity, SEVERITIES, f"a severity must be one of {', '.join(SEVERITIES)}")
