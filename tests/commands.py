"""The command line as tests call it, and a small table for it."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
from typer.testing import CliRunner

from boostweights.cli.app import app

COUNTS = {0: 180, 1: 20}


def call(*arguments: str | Path) -> tuple[int, str, str]:
    """Return exit code, standard output and standard error."""
    done = CliRunner().invoke(app, [str(each) for each in arguments])
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done.exit_code, done.stdout, done.stderr


def table(counts: dict[int, int] = COUNTS) -> pd.DataFrame:
    """Rows of these classes, which two features tell apart but for noise."""
    labels = [label for label, rows in counts.items() for _ in range(rows)]
    noise = [((7919 * row) % 101) / 101 for row in range(len(labels))]
    return pd.DataFrame(
        {
            "income": [label + 2 * each for label, each in zip(labels, noise, strict=True)],
            "age": [20 + (31 * row) % 47 for row in range(len(labels))],
            "bad": labels,
        }
    )


def is_one_line(err: str) -> bool:
    return err.startswith("error: ") and err.count("\n") == 1
