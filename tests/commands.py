"""The command line as tests call it, and a small table for it."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest
from typer.testing import CliRunner

from boostweights.cli.app import app
from boostweights.tables.files import read_file
from boostweights.tables.reading import Reading

COUNTS = {0: 180, 1: 20}


def call(*arguments: str | Path) -> tuple[int, str, str]:
    """Return exit code, standard output and standard error."""
    done = CliRunner().invoke(app, [str(each) for each in arguments])
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done.exit_code, done.stdout, done.stderr


def refused(*arguments: str | Path, says: str) -> None:
    """Assert that a command ends with exit code 2, one line on standard error, and nothing else."""
    code, out, err = call(*arguments)
    assert (code, out) == (2, ""), err
    assert is_one_line(err)
    assert says in err


def read_rows(path: Path, **options: Any) -> pa.Table:
    """Return the rows of a file."""
    return read_file(path, Reading(**options)).rows


def train_here(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Train a run's models in this process, which starts at once; return the keys of those that were."""
    from boostweights.benchmark.run import pools
    from boostweights.benchmark.run.train import train

    keys: list[str] = []

    def local(models: Sequence[Any], *_: object) -> Iterator[Any]:
        for model in models:
            keys.append(model.key)
            yield train(model)

    monkeypatch.setattr(pools, "local", local)
    return keys


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
