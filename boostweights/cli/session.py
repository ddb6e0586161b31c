"""What the commands share: errors in one line, training with progress, a run's table and directory."""

from __future__ import annotations

import json
import math
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from itertools import chain
from pathlib import Path
from threading import Timer
from typing import TYPE_CHECKING, Any

import typer

from boostweights.errors import check_that, printable, printable_lines, shown
from boostweights.tables.text import line_width, wrapped

if TYPE_CHECKING:
    from boostweights.benchmark.plan.plan import Model, Plan
    from boostweights.benchmark.report.summary import Summary
    from boostweights.benchmark.run.store import Store

_LONG = 5.0
"""Seconds after which work of unknown length is announced."""


def echo(text: object, *, err: bool = False, nl: bool = True) -> None:
    """Print a text: all that a command prints goes through here, and nothing in it steers the terminal."""
    typer.echo(printable_lines(str(text)), err=err, nl=nl)


def say(plain: Any, text: object, *, as_json: bool) -> None:
    """Print plain values as JSON, for machines, or else a text."""
    if as_json:
        echo(json.dumps(plain, indent=2, allow_nan=False))
    else:
        tell(text)


def tell(text: object) -> None:
    """Print a text, if there is any; on a terminal its long lines are folded, elsewhere a line stays one."""
    lines = str(text).splitlines()
    if on_terminal():
        room = line_width()
        fits = (([line] if len(line) <= room else wrapped("", line, indent=2)) for line in lines)
        lines = list(chain.from_iterable(fits))
    if lines:
        echo("\n".join(lines))


def on_terminal() -> bool:
    """Whether standard output is read as it is printed."""
    return sys.stdout.isatty()


@contextmanager
def doing(what: str) -> Iterator[None]:
    """Announce long work on standard error: with a spinner on a terminal, in a line elsewhere."""
    if not _moves():
        late = Timer(_LONG, echo, (what,), {"err": True})
        late.start()
        try:
            yield
        finally:
            late.cancel()
        return
    from rich.console import Console
    from rich.text import Text

    with Console(stderr=True).status(Text(printable(what))):
        yield


def _moves() -> bool:
    """Whether standard error is a terminal on which a line can be drawn again."""
    return sys.stderr.isatty() and os.environ.get("TERM") != "dumb"


def train(
    plan: Plan,
    store: Store,
    *,
    jobs: int,
    dask: str | None,
    until: float = math.inf,
    part: Callable[[Model], bool] = lambda _model: True,
) -> None:
    """Train what a plan's store lacks, or a part of it, with the time left."""
    from boostweights.benchmark.run.run import run_with_progress

    line = partial(echo, err=True)
    run_with_progress(plan, store, jobs=jobs, dask=dask, until=until, part=part, drawn=_moves(), line=line)


def show(summary: Summary, directory: Path) -> None:
    """Print a run's tables and where its files are."""
    from boostweights.benchmark.report.terminal import as_tables

    echo(as_tables(summary))
    for file in ("report.html", "cells.parquet"):
        echo(printable(str(directory / file)))


def as_plain(summary: Summary, directory: Path) -> dict[str, Any]:
    """Return a run's table, and where its files are, as plain values."""
    from boostweights.benchmark.report.terminal import failures

    return {
        "cells": {"planned": summary.planned, "done": summary.done, "failed": summary.failed},
        "failures": failures(summary),
        "rows": [
            {name: getattr(row, name) for name in ("regime", "library", "policy")}
            | {
                name: {key: value if math.isfinite(value) else None for key, value in figures.items()}
                for name, figures in (("means", row.means), ("differences", row.differences))
            }  # JSON has no NaN
            for row in summary.rows
        ],
        "losses": [
            {"regime": regime, "arm": arm, "metric": metric, "view": view, "mean": mean}
            for regime, losses in summary.losses.items()
            for (view, metric), means in losses.items()
            for arm, mean in means.items()
        ],
        **({} if summary.prices is None else {"promised": summary.prices.plain()}),
        "directory": str(directory),
        "report": str(directory / "report.html"),
    }


def run_name(name: str) -> str:
    """Return a run's name, or raise unless it can be that of a directory."""
    is_name = Path(name).name == name and name not in {".", ".."}
    remedy = "Use --out for the directory above it."
    check_that(is_name, "a run's name must be a directory name", shown(name), remedy)
    return name
