"""All speed benchmarks, each in a process of its own, and the page that shows their results.

python benchmarks/speed/run.py [--quick] [--out FOLDER]

Nothing is published unless the machine has nothing else to do, before the run and during each benchmark.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
import time
from argparse import Namespace
from pathlib import Path

from load import loaded_during
from measure import Options, publishes
from plot import cost
from readme import page
from targets import ALONE, BENCHMARKS


def main() -> None:
    options = Options(__doc__).read()
    if not publishes(options.out):
        measure_all(options.out, options)
        write_page(options.out)
        return
    with tempfile.TemporaryDirectory() as folder:
        measure_all(Path(folder), options)
        for file in Path(folder).glob("*.json"):
            if refused := loaded_during(json.loads(file.read_text())["machine"]):
                raise SystemExit(f"error: {file.stem}: {refused}")
        shutil.copytree(folder, options.out, dirs_exist_ok=True)
    write_page(options.out)


def measure_all(folder: Path, options: Namespace) -> None:
    for name in (each for each in BENCHMARKS if each not in ALONE):
        script = Path(__file__).with_name(f"{name}.py")
        given = ["--out", str(folder), *(["--quick"] if options.quick else [])]
        start = time.monotonic()
        subprocess.run([sys.executable, str(script), *given], check=True)
        print(f"{name}: {time.monotonic() - start:.0f} s\n", flush=True)


def write_page(folder: Path) -> None:
    cost(folder)
    (folder / "README.md").write_text(page(folder))


if __name__ == "__main__":
    main()
