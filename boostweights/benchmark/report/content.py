"""A report: all that its page and its tables for machines show, from the tables of a run alone."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from typing import Any, Final

import pandas as pd

from boostweights.benchmark.digests import read_file
from boostweights.benchmark.report.figures import VIEWS, Figures, figures_of
from boostweights.benchmark.report.summary import Summary, leaderboard, summarize
from boostweights.benchmark.report.tables import FAILED, Tables, read_tables, records


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


SCHEMA_VERSION: Final = 3
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
    stored = [read_file(directory, name) for name in (FACTS, EVIDENCE)]
    recommendation, evidence = ({} if content is None else json.loads(content) for content in stored)
    return Report(
        tables=tables,
        figures=figures,
        summary=summarize(tables, figures),
        recommendation=recommendation,
        evidence=evidence,
    )


def as_plain(report: Report) -> dict[str, Any]:
    """Return the report as plain values.

    Keys: ``schema``; ``run`` (its facts: suite, versions, machine, command); ``cells`` (planned, done,
    failed); ``leaderboard``, a row a view, metric, regime, arm and library; ``promised``, where arms are
    compared by a promise; ``failures``; ``datasets``; ``arms``. Numbers that are not finite are None.
    """
    tables = report.tables
    columns = [column for column in product(VIEWS, report.figures.metrics) if report.figures.has(*column)]
    averages = report.summary.averages
    boards = [leaderboard(averages, *column).assign(view=column[0], metric=column[1]) for column in columns]
    return {
        "schema": SCHEMA_VERSION,
        "run": tables.run,
        "cells": {name: getattr(report.summary, name) for name in ("planned", "done", "failed")},
        "leaderboard": records(pd.concat(boards)) if boards else [],
        **({"recommendation": report.recommendation} if report.recommendation else {}),
        **({} if report.summary.prices is None else {"promised": report.summary.prices.plain()}),
        "failures": records(tables.failed[FAILED]),
        "datasets": records(tables.datasets),
        "arms": records(tables.arms),
    }
