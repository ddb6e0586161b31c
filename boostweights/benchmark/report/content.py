"""A report: all that its page and its tables for machines show, from the tables of a run alone."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

import pandas as pd

from boostweights.benchmark.digests import read_file
from boostweights.benchmark.report.data import plain
from boostweights.benchmark.report.figures import BASELINE, VIEWS, Figures, figures_of
from boostweights.benchmark.report.summary import Summary, leaderboard, summarize
from boostweights.benchmark.report.tables import FAILED, Tables, named, read_tables, records
from boostweights.pages.charts import colours


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
    recommendation: Mapping[str, Any]
    evidence: Mapping[str, Any]


SCHEMA_VERSION = 3
FACTS = "recommendation.json"
"""Where a run keeps what it recommends."""
EVIDENCE = "evidence.json"
"""Where a run keeps what its page draws beside that."""
_MOST = 200
_NUMBERS = ["rows", "features", "positives", "groups", "categorical", "missing_cells", "near_duplicates"]


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


def shared(report: Report) -> dict[str, Any]:
    """Return what the templates of all pages show: facts, data sets, class weights, and what failed."""
    tables = report.tables
    failures, datasets = records(tables.failed[FAILED]), records(tables.datasets)
    for row in failures:
        row["library"] = named(row["library"], row["regime"])
    for row in datasets:  # missing numbers are None
        row |= {name: plain(row.get(name)) for name in _NUMBERS}
        row |= {name: json.loads(row.get(name) or "null") for name in ("classes", "source")}
    weights: dict[str, dict[str, dict[str, float]]] = {}  # of the first fold that has a model
    first = tables.cells[tables.cells["status"] == "ok"].drop_duplicates(["dataset", "arm"])
    for name, arm, text in zip(first["dataset"], first["arm"], first["weights"], strict=True):
        weights.setdefault(name, {})[arm] = json.loads(text)
    columns = dict.fromkeys(("task", "imbalance_ratio", "positive", "domain"))
    return {
        "summary": report.summary,
        "suite": tables.suite,
        "run": tables.run,
        "runs": tables.runs,
        "baseline": BASELINE,
        "libraries": list(zip(tables.libraries, colours(tables.libraries), strict=True)),
        "arms": records(tables.arms),
        "datasets": [columns | row for row in datasets],
        "weights": weights,
        "failures": failures[:_MOST],
        "more_failures": max(0, len(failures) - _MOST),
    }
