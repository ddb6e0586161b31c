"""Run an experiment's cells, each kept as soon as it is there: the same command goes on where one stopped.

Data sets that lack a cell are not shown. ``--minutes`` ends a run early, and 0 shows what is there.
``--resume`` takes the published figures for finished cells: a long run goes on where another machine stopped.
"""

from __future__ import annotations

import argparse
import hashlib
import itertools
import json
import math
import os
import platform
import sys
import time
import warnings
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from functools import cache
from importlib import metadata
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Final

import pandas as pd

from boostweights.files import write_atomically

ROOT: Final = Path(__file__).parents[2]
RESULTS: Final = ROOT / "benchmarks" / "results"
PACKAGES: Final = (
    "boostweights",
    "xgboost",
    "xgboost-cpu",
    "lightgbm",
    "catboost",
    "scikit-learn",
    "numpy",
    "pandas",
)
PLACE: Final = ("dataset", "library", "repeat", "fold")


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What an experiment runs over, and what its results depend on.

    ``code`` is raised when the experiment's own code would give other figures.
    """

    name: str
    data: tuple[str, ...]
    libraries: tuple[str, ...]
    rows: int
    trees: int
    repeats: int
    folds: int
    code: int
    settings: Mapping[str, Any]

    def quick(self) -> Plan:
        """The same in little: a look at whether it runs."""
        return replace(self, data=self.data[-1:], rows=1500, trees=10, repeats=1, folds=2)

    def cells(self) -> Iterator[Cell]:
        """A repeat over everything before the next one."""
        folds = range(self.folds)
        for repeat, dataset in itertools.product(range(self.repeats), self.data):
            for library, fold in itertools.product(self.libraries, folds):
                yield Cell(plan=self, dataset=dataset, library=library, repeat=repeat, fold=fold)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One fold of one data set in one library."""

    plan: Plan
    dataset: str
    library: str
    repeat: int
    fold: int

    def place(self) -> tuple[str | int, ...]:
        """Its data set, library, repeat and fold."""
        return tuple(getattr(self, name) for name in PLACE)

    @property
    def key(self) -> str:
        """Of all that can change the figures; not of which other cells there are."""
        facts = asdict(self) | {"versions": versions()}
        facts["plan"] = {
            name: value
            for name, value in facts["plan"].items()
            if name not in ("data", "libraries", "repeats")
        }
        return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()[:24]


Figures = list[dict[str, Any]]


def measured(
    plan: Plan,
    measure: Callable[[Cell], Figures],
    page: str | None = None,
    metrics: tuple[str, ...] = (),
    *,
    whole: bool = True,
) -> tuple[pd.DataFrame, Path]:
    """Return all figures, one row each, and the directory for results; reads the command line.

    `page` names the results where several pages are made from one plan's cells, and `metrics` what it is of.
    `whole` leaves out data sets that lack a cell; else all cells that are finished are used.
    """
    page = page or plan.name
    options = _options(page)
    plan = plan.quick() if options.quick else plan
    kept = ROOT / "runs" / "experiments" / plan.name
    if options.resume:
        _resume(plan, kept)
    _run([cell for cell in plan.cells() if not (kept / f"{cell.key}.json").exists()], measure, kept, options)
    done = _complete(plan, kept) if whole else plan
    finished = [cell for cell in done.cells() if (kept / f"{cell.key}.json").exists()]
    frame = pd.concat([_stored(cell, kept) for cell in finished], ignore_index=True)
    frame = frame[frame["metric"].isin(metrics)].reset_index(drop=True) if metrics else frame
    options.out.mkdir(parents=True, exist_ok=True)
    frame.to_parquet(options.out / "metrics.parquet", index=False)
    command = f"make {page.partition('/')[0]}"  # a page in a folder of another one is made with it
    facts = {**asdict(done), "name": page, "planned": len(plan.data), "command": command}
    (options.out / "run.json").write_text(json.dumps({**facts, **environment()}, indent=1) + "\n")
    return frame, options.out


def _run(
    cells: list[Cell], measure: Callable[[Cell], Figures], kept: Path, options: argparse.Namespace
) -> None:
    """Measure cells in their order; one that fails stops no other, and is raised in the end."""
    if not cells or not options.minutes:
        return
    os.environ.setdefault("OMP_NUM_THREADS", "1")  # before the processes of the pool load a library
    end = time.time() + 60 * options.minutes
    with ProcessPoolExecutor(options.jobs, mp_context=get_context("spawn")) as pool:
        started = [pool.submit(_keep, cell, measure, kept / f"{cell.key}.json", end) for cell in cells]
        for number, each in enumerate(as_completed(started), start=1):
            line = repr(each.exception()) if each.exception() else each.result()
            if line:
                print(f"{number}/{len(cells)} {line}", file=sys.stderr, flush=True)
    for failed in filter(None, (each.exception() for each in started)):
        raise failed


def _resume(plan: Plan, kept: Path) -> None:
    """Keep the published cells, where the plan and the versions that made them are today's."""
    published = RESULTS / plan.name
    facts = json.loads((published / "run.json").read_text())
    today = json.loads(json.dumps({**asdict(plan), "versions": versions()}))
    fixed = ("rows", "trees", "folds", "code", "settings", "versions")
    if changed := [name for name in fixed if facts[name] != today[name]]:
        sys.exit(f"--resume requires the published run's plan and versions; changed: {', '.join(changed)}.")
    figures = pd.read_parquet(published / "metrics.parquet").set_index(list(PLACE))
    for cell in plan.cells():
        if (place := cell.place()) in figures.index:
            rows = figures.loc[[place]].to_dict("records")
            write_atomically(kept / f"{cell.key}.json", json.dumps(rows).encode())


def _complete(plan: Plan, kept: Path) -> Plan:
    lacking = {cell.dataset for cell in plan.cells() if not (kept / f"{cell.key}.json").exists()}
    names = tuple(name for name in plan.data if name not in lacking)
    if not names:
        sys.exit("No data set is complete yet.")
    return replace(plan, data=names)


@cache
def versions() -> dict[str, str]:
    """The versions of the packages that figures depend on."""
    installed = {dist.metadata["Name"] for dist in metadata.distributions()}
    return {name: metadata.version(name) for name in PACKAGES if name in installed}


def _options(name: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=f"The experiment {name}.")
    parser.add_argument("--jobs", type=int, default=1, help="models trained at a time")
    parser.add_argument("--quick", action="store_true", help="one data set in little")
    parser.add_argument("--minutes", type=float, default=math.inf, help="after which no model is begun")
    parser.add_argument("--resume", action="store_true", help="go on from the published figures")
    parser.add_argument("--out", type=Path, default=RESULTS / name)
    return parser.parse_args()


def _keep(cell: Cell, measure: Callable[[Cell], Figures], path: Path, end: float) -> str:
    start = time.time()
    if start > end:
        return ""
    warnings.simplefilter("ignore")  # of libraries about their own defaults: figures are what is looked at
    write_atomically(path, json.dumps(measure(cell)).encode())
    place = f"{cell.dataset} {cell.library} {cell.repeat}.{cell.fold}"
    return f"{place} in {time.time() - start:.0f} s"


def _stored(cell: Cell, kept: Path) -> pd.DataFrame:
    found = pd.DataFrame(json.loads((kept / f"{cell.key}.json").read_text()))
    return found.assign(**dict(zip(PLACE, cell.place(), strict=True)))


def environment() -> dict[str, Any]:
    """What a run was made with: versions, Python, platform and date."""
    return {
        "versions": versions(),
        "python": platform.python_version(),
        "platform": platform.platform(),
        "date": datetime.now(UTC).date().isoformat(),
    }
