"""Ratios of our time or memory to a peer's, written with the machine that they were measured on.

    python -m benchmarks.speed.run [--quick] [--only labels frames]

A run is published only if the machine does nothing else, before the run and during it.
"""

import os

os.environ["OMP_NUM_THREADS"] = "1"  # HistGradientBoostingClassifier has no other setting; before any import

import argparse
import json
import platform
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from benchmarks.speed.cases import SUBJECTS, Case
from benchmarks.speed.timing import LOAD_AT_MOST, OTHERS_AT_MOST, Moment, ratios

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = (
    *("boostweights", "numpy", "scikit-learn", "pandas", "polars"),
    *("lightgbm", "xgboost-cpu", "catboost"),
)
PAGE = """\
# Speed

Each row divides our seconds (or bytes) by those of a peer that gives the same result, both
measured in turn in one run: the ratio of medians, and the lowest and highest ratio of a pair.
Made by `{made};
{versions}.

| ours / peer | on | ratio | lowest | highest | at most | kept | what bounds it |
| --- | --- | --- | --- | --- | --- | --- | --- |
{rows}
"""


def main() -> None:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="small sizes, written under runs/")
    parser.add_argument("--only", nargs="+", choices=SUBJECTS, default=list(SUBJECTS))
    options = parser.parse_args()
    load, start = os.getloadavg()[0], Moment.now()
    if not options.quick and load > LOAD_AT_MOST * (os.cpu_count() or 1):
        raise SystemExit(f"error: a published run needs an idle machine; the load average is {load:.2f}")
    rows = 100_000 if options.quick else 10_000_000
    results = [
        result(case, 1 if options.quick else case.repeats)
        for subject in options.only
        for case in SUBJECTS[subject](rows)
    ]
    others = Moment.now().others_since(start)
    if not options.quick and others > OTHERS_AT_MOST:
        raise SystemExit(f"error: other processes took {others:.0%} of the cores' time; run it again")
    document = {
        "command": f"python -m benchmarks.speed.run --only {' '.join(options.only)}",
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "versions": {"python": platform.python_version()} | {name: version(name) for name in PACKAGES},
        "machine": {"cores": os.cpu_count(), "load_before": load, "others_share": others},
        "ratios": results,
    }
    folder = ROOT / ("runs" if options.quick else "benchmarks/results") / "speed"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "ratios.json").write_text(json.dumps(document, indent=1) + "\n")
    (folder / "README.md").write_text(page(document))


def result(case: Case, repeats: int) -> dict[str, Any]:
    """Measure a case, and print its row."""
    case.pair()  # imports and caches
    figures = ratios([case.pair() for _ in range(repeats)])
    row = {"subject": case.subject, "of": case.of, **figures, "at_most": case.at_most}
    row |= {"kept": figures["median"] <= case.at_most, "bound": case.bound}
    print(line(row), flush=True)
    return row


def line(row: dict[str, Any]) -> str:
    """Return a row of the page's table."""
    figures = (f"{row[name]:.3g}" for name in ("median", "low", "high", "at_most"))
    kept = "yes" if row["kept"] else "**no**"
    return "| " + " | ".join((row["subject"], row["of"], *figures, kept, row["bound"])) + " |"


def page(document: dict[str, Any]) -> str:
    """Return the page of all ratios."""
    versions = ", ".join(f"{name} {number}" for name, number in document["versions"].items())
    made = f"{document['command']}` on {document['date']}, {document['machine']['cores']} cores"
    return PAGE.format(made=made, versions=versions, rows="\n".join(map(line, document["ratios"])))


if __name__ == "__main__":
    main()
