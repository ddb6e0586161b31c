"""A report: everything that its page, its text and its tables for machines say, from the tables alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from boostweights.benchmark.report.figures import Figures, figures_of
from boostweights.benchmark.report.summary import Summary, summarize
from boostweights.benchmark.report.tables import Tables, read_tables
from boostweights.benchmark.report.verdicts import Judged, judged


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
    judged : Judged
        The verdicts of the claims.
    """

    tables: Tables
    figures: Figures
    summary: Summary
    judged: Judged


def make_report(directory: Path, beside: Sequence[Path] = ()) -> Report:
    """Return the report of the tables in a directory, wherever they were made.

    Parameters
    ----------
    directory : Path
        Holds a run's Parquet files; nothing else of the run is needed.
    beside : sequence of Path
        Further runs whose figures claims may use: the same arms on other kinds of split.

    Raises
    ------
    InvalidValueError
        If a table is missing or broken, or the runs fixed different regions of practical equivalence.
    """
    tables = read_tables(directory)
    figures = figures_of(tables)
    return Report(
        tables=tables,
        figures=figures,
        summary=summarize(tables, figures),
        judged=judged(directory, beside),
    )
