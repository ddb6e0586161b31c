"""The cells of `measure` with the newest versions, which are here, and the oldest ones, apart.

    python -m benchmarks.serving.versions

Cells are kept under runs/serving/ as they come, so that a run that was stopped goes on. Writes
benchmarks/results/serving/newest.json and oldest.json, and the table of docs/serving.md.
"""

import json
import os
import subprocess
import sys
import tempfile
import venv
from pathlib import Path
from typing import Any, Final

from benchmarks.equivalence.versions import SIDES, pip

ROOT: Final = Path(__file__).parents[2]
PAGE: Final = ROOT / "docs" / "serving.md"
RUNS: Final = ROOT / "runs" / "serving"
RESULTS: Final = ROOT / "benchmarks" / "results" / "serving"
MARKS: Final = ("<!-- table -->\n", "<!-- end of table -->\n")
FORMATS: Final = ("native", "onnx", "treelite")
OLDEST: Final = (
    *SIDES["oldest"],
    "onnx==1.17.0",
    "onnxmltools==1.16.0",
    "onnxruntime==1.20.1",
    "skl2onnx==1.20.0",
    "skops==0.16.0",
    "treelite==4.8.1",
)


def main() -> None:
    """Measure with the newest and the oldest versions, and write the table of docs/serving.md."""
    newest = _measured(sys.executable, "newest")
    with tempfile.TemporaryDirectory() as folder:
        venv.create(folder, with_pip=True)
        python = Path(folder, "bin", "python")
        pip(python, *OLDEST, "lazy_loader", "joblib", "msgspec", "tomli-w")
        oldest = _measured(python, "oldest")
    before, _, rest = PAGE.read_text().partition(MARKS[0])
    PAGE.write_text(f"{before}{MARKS[0]}\n{table(newest, oldest)}\n{MARKS[1]}{rest.partition(MARKS[1])[2]}")


def _measured(python: Path | str, side: str) -> dict[str, Any]:
    """Return versions and cells, which are published, too."""
    RUNS.mkdir(parents=True, exist_ok=True)
    RESULTS.mkdir(parents=True, exist_ok=True)
    out = RUNS / f"{side}.jsonl"
    # Warnings are not errors here: old compiled packages warn of each other.
    # By its path: an old onnxmltools has a package "benchmarks" of its own.
    command = [python, "-W", "ignore", ROOT / "benchmarks" / "serving" / "measure.py", out]
    env = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    subprocess.run(command, cwd=ROOT, check=True, env=env)
    versions, *cells = map(json.loads, out.read_text().splitlines())
    cells.sort(key=lambda each: [str(each[name]) for name in ("library", "classes", "case")])
    found = {"versions": versions, "cells": cells}
    (RESULTS / f"{side}.json").write_text(json.dumps(found, indent=1) + "\n")
    return found


def table(newest: dict[str, Any], oldest: dict[str, Any]) -> str:
    """Return both as Markdown, a line for a library, task and case."""
    lines = [f"| library | classes | case | {' | '.join(FORMATS)} |", "|---|---|---|" + "---|" * len(FORMATS)]
    new, old = _by_key(newest), _by_key(oldest)
    for key in dict.fromkeys(each[:3] for each in new):
        cells = [_cell(new[*key, to], old[*key, to]) for to in FORMATS]
        lines.append(f"| {' | '.join((*key, *cells))} |")
    said = [f"{side}: {_versions(each)}." for side, each in (("Newest", newest), ("Oldest", oldest))]
    return "\n".join(
        [*lines, "", "Two answers in a cell are of the newest and the oldest versions.", *said, ""]
    )


def _by_key(side: dict[str, Any]) -> dict[tuple[str, ...], str]:
    names = ("library", "classes", "case", "to")
    return {tuple(each[name] for name in names): each["answer"] for each in side["cells"]}


def _cell(new: str, old: str) -> str:
    return new if new == old else f"{new} · {old}"


def _versions(side: dict[str, Any]) -> str:
    return ", ".join(f"{name} {version}" for name, version in side["versions"].items())


if __name__ == "__main__":
    main()
