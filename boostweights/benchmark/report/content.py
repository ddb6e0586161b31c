"""A report: all that its page, its text and its tables for machines say, by the tables alone."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from boostweights.benchmark.digests import read_file
from boostweights.benchmark.report.figures import Figures, figures_of
from boostweights.benchmark.report.summary import Summary, summarize
from boostweights.benchmark.report.tables import Tables, read_tables


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Report:
    """What a run says.

    Attributes
    ----------
    tables : Tables
        What it was made from.
    figures : Figures
        By data set, library and arm.
    summary : Summary
        The few that fit a terminal.
    recommendation : mapping
        What is recommended, of a comparison on a table of one's own, or why nothing is; else empty.
    evidence : mapping
        What its page draws beside that; ``table`` is always there.
    """

    tables: Tables
    figures: Figures
    summary: Summary
    recommendation: Mapping[str, Any] = field(default_factory=dict)
    evidence: Mapping[str, Any] = field(default_factory=dict)


FACTS: Final = "recommendation.json"
"""Where a run keeps what it recommends."""
EVIDENCE: Final = "evidence.json"
"""Where a run keeps what its page draws beside that."""


def make_report(directory: Path) -> Report:
    """Return the report of the tables in a directory, wherever they were made.

    Parameters
    ----------
    directory : Path
        Holds a run's Parquet files; nothing else of the run is needed.

    Raises
    ------
    InvalidValueError
        If a table is missing or broken.
    """
    tables = read_tables(directory)
    figures = figures_of(tables)
    summary = summarize(tables, figures)
    return Report(
        tables=tables,
        figures=figures,
        summary=summary,
        recommendation=_kept(directory, FACTS),
        evidence=_kept(directory, EVIDENCE),
    )


def _kept(directory: Path, name: str) -> Mapping[str, Any]:
    content = read_file(directory, name)
    facts: Mapping[str, Any] = {} if content is None else json.loads(content)
    return facts
