"""Run the quick tests on the oldest supported and the newest versions: claims, corrections, paths, commands.

Each side has an environment of its own.

    python benchmarks/equivalence/versions.py

Writes benchmarks/results/equivalence/versions.json; exits with 1 if a claim fails on either side.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
import venv
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).parents[2]
RESULT: Final = ROOT / "benchmarks" / "results" / "equivalence" / "versions.json"
TOOLS: Final = ("pytest", "hypothesis")
SIDES: Final = {
    "oldest": (
        *("numpy==1.26.4", "scikit-learn==1.6.1", "scipy<1.16", "joblib==1.3.0", "lazy_loader==0.4"),
        *("narwhals==1.40.0", "xgboost-cpu==2.1.4", "lightgbm==4.3.0", "catboost==1.2.7", "pandas==2.2.3"),
        *("polars==1.20.0", "pyarrow==17.0.0"),
        # what the extra cli needs besides
        *("duckdb==1.0.0", "msgspec==0.19.0", "rich==13.8.0", "tomli-w==1.0.0", "typer==0.28.0"),
    ),
    "newest": (
        *("numpy", "scikit-learn", "lazy_loader", "narwhals", "xgboost-cpu", "lightgbm", "catboost"),
        *("pandas", "polars", "pyarrow", "duckdb", "msgspec", "rich", "tomli-w", "typer"),
    ),
}
_CONFORMS: Final = "tests/adapters/test_conformance.py::test_an_adapter_conforms"
LACKING: Final = {
    "oldest": (
        # HistGradientBoosting takes evaluation sets from scikit-learn 1.7 on
        f"{_CONFORMS}[sklearn-HistGradientBoostingClassifier: evaluation sets, sample_weight]",
        f"{_CONFORMS}[sklearn-HistGradientBoostingClassifier: evaluation sets, class_weight]",
    ),
    "newest": (),
}
"""Tests of what a side's libraries do not have."""
TESTS: Final = (
    "tests/adapters",
    "tests/equivalence",
    "tests/regressions",
    "tests/probabilities",
    "tests/path",
    "tests/estimator/test_correction.py",
    "tests/test_cli_alone.py",
    "tests/test_cli_cards.py",
    "tests/test_cli_usage.py",
)


def main() -> None:
    """Run the tests in both environments, and write what they came to."""
    results = {side: _run(side, packages) for side, packages in SIDES.items()}
    RESULT.write_text(json.dumps(results, indent=1) + "\n")
    print(json.dumps(results, indent=1))
    sys.exit(0 if all(result["exit code"] == 0 for result in results.values()) else 1)


def _run(side: str, packages: tuple[str, ...]) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        venv.create(folder, with_pip=True)
        python = Path(folder, "bin", "python")
        pip(python, *packages, *TOOLS)
        pip(python, "--no-deps", str(ROOT))
        listed = subprocess.run([python, "-m", "pip", "freeze"], capture_output=True, text=True, check=True)
        # Warnings are not errors here: old compiled packages warn of each other.
        options = ["-W", "ignore", "-m", "pytest", "-q", "-p", "no:cacheprovider", "-o", "filterwarnings="]
        command = [str(python), *options, *(f"--deselect={test}" for test in LACKING[side]), *TESTS]
        environment = {**os.environ, "OMP_NUM_THREADS": "1"}
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, env=environment)
    names = {re.split(r"[=<>\[ ]", package)[0] for package in packages}
    versions = dict(line.split("==") for line in listed.stdout.split() if "==" in line)
    lines = done.stdout.strip().splitlines()
    print(side, lines[-1] if lines else done.stderr, file=sys.stderr)
    return {
        "versions": {name: versions[name] for name in sorted(names) if name in versions},
        "exit code": done.returncode,
        "result": re.sub(r" in [\d.]+s.*", "", lines[-1]) if lines else "",
        "failed": [line.split(" - ")[0] for line in lines if line.startswith("FAILED")],
    }


def pip(python: Path, *packages: str) -> None:
    """Install packages into an environment."""
    subprocess.run(
        [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *packages], check=True
    )


if __name__ == "__main__":
    main()
