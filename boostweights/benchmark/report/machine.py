"""The report as plain values, for JSON."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import pandas as pd

from boostweights.benchmark.report.content import Report
from boostweights.benchmark.report.figures import VIEWS
from boostweights.benchmark.report.summary import leaderboard

SCHEMA_VERSION: Final = 3
FAILED: Final = ["dataset", "repeat", "fold", "regime", "library", "arm", "status", "error", "traceback"]


def as_plain(report: Report) -> dict[str, Any]:
    """Return the report as plain values.

    Keys: ``schema``; ``run`` (its facts: suite, versions, machine, command); ``cells`` (planned, done,
    failed); ``leaderboard``, a row a view, metric, regime, arm and library; ``promised``, where arms are
    compared by a promise; ``failures``; ``datasets``; ``arms``. Numbers that are not finite are None.
    """
    tables = report.tables
    columns = [
        (view, name) for view in VIEWS for name in report.figures.metrics if report.figures.has(view, name)
    ]
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


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the rows of a table; numbers that JSON does not have, and what is missing, are None.

    Examples
    --------
    >>> records(pd.DataFrame({"arm": ["balanced"], "mean": [float("nan")]}))
    [{'arm': 'balanced', 'mean': None}]
    """
    plain = frame.replace([np.inf, -np.inf], np.nan).astype(object)
    rows = plain.where(plain.notna(), None).to_dict("records")
    return [{str(name): value for name, value in row.items()} for row in rows]
