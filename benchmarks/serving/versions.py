"""The cells of `measure` with the newest versions, which are here, and the oldest ones, apart.

    python -m benchmarks.serving.versions

Writes benchmarks/results/serving/newest.json and oldest.json, and the table of docs/serving.md.
"""

import json
import os
import subprocess
import sys
import tempfile
import venv
from pathlib import Path
from typing import Any, Final

import pandas as pd

from benchmarks.equivalence.versions import SIDES, pip
from benchmarks.experiment.tables import markdown

ROOT: Final = Path(__file__).parents[2]
PAGE: Final = ROOT / "docs" / "serving.md"
RUNS: Final = ROOT / "runs" / "serving"
RESULTS: Final = ROOT / "benchmarks" / "results" / "serving"
MARKS: Final = ("<!-- table -->\n", "<!-- end of table -->\n")
FORMATS: Final = ("native", "onnx", "treelite")
KEY: Final = ("library", "classes", "case", "to")
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
    cells.sort(key=lambda cell: [str(cell[name]) for name in KEY[:-1]])
    measured = {"versions": versions, "cells": cells}
    (RESULTS / f"{side}.json").write_text(json.dumps(measured, indent=1) + "\n")
    return measured


def table(newest: dict[str, Any], oldest: dict[str, Any]) -> str:
    """Return both as Markdown, a line for a library, task and case."""
    frames = [pd.DataFrame(side["cells"]).set_index(list(KEY))["answer"] for side in (newest, oldest)]
    new, old = frames[0], frames[1].reindex(frames[0].index)
    both = new.where(new == old, new + " · " + old).unstack("to", sort=False)[list(FORMATS)].reset_index()
    lines = markdown([*KEY[:-1], *FORMATS], both.itertuples(index=False), left=len(both.columns))
    versions = [
        f"{name}: {', '.join(f'{package} {number}' for package, number in side['versions'].items())}."
        for name, side in (("Newest", newest), ("Oldest", oldest))
    ]
    about = "Two answers in a cell are of the newest and the oldest versions."
    return "\n".join([lines, about, *versions, ""])


if __name__ == "__main__":
    main()
