"""What the commands share: errors in one line, training with progress, a run's table and directory."""

from __future__ import annotations

import json
import math
import os
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from itertools import chain
from pathlib import Path
from threading import Timer
from typing import TYPE_CHECKING, Any

import typer

from boostweights.errors import check_that, printable, printable_lines, shown
from boostweights.progress import progress_bar
from boostweights.tables.text import line_width, wrapped

if TYPE_CHECKING:
    from boostweights.benchmark.plan.plan import Model, Plan
    from boostweights.benchmark.report.summary import Summary
    from boostweights.benchmark.run.result import Result
    from boostweights.benchmark.run.store import Store

STORE = "store.sqlite"
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
    part: Callable[[Model], bool] = lambda _model: True,
) -> None:
    """Train what a plan's store lacks, or a part of it, with the time left."""
    from boostweights.benchmark.plan.forecast import Forecast
    from boostweights.benchmark.run.run import run

    store.claim()
    seconds = store.model_seconds()
    known = store.known()
    wanted = {key: model for key, model in plan.models.items() if part(model)}
    forecast = Forecast(wanted.values(), {key: seconds.get(key, 0.0) for key in known})
    begun = count = sum(key in known for key in wanted)
    is_announced = count == len(wanted)
    with progress_bar("training", drawn=_moves(), line=partial(echo, err=True)) as show_share:

        def show_count() -> None:
            left = _duration(forecast.seconds_left(jobs))
            show_share(forecast.share, f"{count}/{len(wanted)} models, about {left} left, so far")

        def on_result(result: Result) -> None:
            nonlocal count, is_announced
            count += 1
            forecast.done(result.model_key, result.wall_seconds)
            show_count()
            if not is_announced and not forecast.unknown:
                is_announced = True
                left = len(wanted) - count
                about = _duration(forecast.seconds_left(jobs))
                echo(f"about {about} for {left} more models, by {count - begun} first fits", err=True)

        show_count()
        run(plan, store, jobs=jobs, dask=dask, on_result=on_result, part=part)


def _duration(seconds: float) -> str:
    if seconds < 60:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 6000 else f"{seconds / 3600:.1f} h"


def show(summary: Summary, directory: Path) -> None:
    """Print a run's tables and where its files are."""
    from boostweights.benchmark.report.terminal import as_table, fitted_table, prices_table

    tables = (as_table(summary), fitted_table(summary), prices_table(summary))
    echo("\n\n".join(filter(None, tables)))
    for file in ("report.html", "cells.parquet"):
        echo(printable(str(directory / file)))


def failures(summary: Summary) -> list[str]:
    """One line a library and reason: how many cells failed."""
    from boostweights.benchmark.report.tables import named

    bad = summary.cells[summary.cells["status"].notna() & (summary.cells["status"] != "ok")]
    reasons = Counter(zip(bad["library"], bad["regime"], bad["status"], bad["error"], strict=True))
    return [
        f"{named(library, regime)}: {count} cells {status}: {error}"
        for (library, regime, status, error), count in reasons.items()
    ]


def as_plain(summary: Summary, directory: Path) -> dict[str, Any]:
    """Return a run's table, and where its files are, as plain values."""
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
