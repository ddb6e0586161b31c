"""The name of a run depends on its file, its data, its folds and what is compared."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Final

from boostweights.benchmark.compare.dataset import TableData
from boostweights.benchmark.plan.splits import Split
from boostweights.benchmark.plan.suite import Suite
from boostweights.benchmark.run.store import Store
from boostweights.errors import InvalidValueError, shown
from boostweights.tables.reading import Reading

_LETTERS: Final = 8
_SAID: Final = ("name", "title", "data")
"""What a suite says in words alone."""


def source_of(path: Path, reading: Reading, out: Path) -> str:
    """Return which file the rows of a comparison are from, and how it is read.

    ``recommended.py`` in the run's folder reads this file in this way: another file of equal content is
    another run. The file is named by its path from the folder of the runs, so that a project which is moved
    as a whole keeps its runs.
    """
    file, folder = path.resolve(), out.resolve()
    place = os.path.relpath(file, folder) if file.anchor == folder.anchor else str(file)
    return json.dumps([Path(place).as_posix(), asdict(reading)])


def run_digest(data: TableData, suite: Suite, splits: Sequence[Split]) -> str:
    """Return a few letters that differ where the file, data or options do, and are equal otherwise."""
    facts = {
        "source": data.source,
        "data": data.dataset.digest,
        "roles": asdict(data.roles),
        "suite": {name: value for name, value in suite.facts().items() if name not in _SAID},
        "splits": [split.digest for split in splits],
    }
    return hashlib.sha256(json.dumps(facts, sort_keys=True, default=str).encode()).hexdigest()[:_LETTERS]


def check_same_run(store: Store, digest: str, directory: Path) -> None:
    """Raise where a directory holds a run of another file, data or options, which this one would overwrite.

    Raises
    ------
    InvalidValueError
        If it does.
    """
    _, rows = store.table("SELECT facts FROM datasets")
    made_of = {json.loads(facts).get("run_digest") for (facts,) in rows}
    if made_of and made_of != {digest}:
        raise InvalidValueError(
            "a run's name must be new, or that of a run of the same file, data and options",
            f"{shown(directory.name)}, which is there, made of others",
            "Leave --name out, or choose another one.",
        )
