"""Random claims, trained by hand on both sides: does what is claimed hold?

    PYTHONPATH=tests python -m benchmarks.fuzz.measure [--library NAME] [--pairs N] [--seed FIRST]

A pair is a seed: rows, settings, weights and a form of a library, wider than those of `make equivalence`.
Each is written down as it is judged, so that a stopped run goes on. Counts, and all pairs that are further
apart than 1e-6, go to benchmarks/results/fuzz/. Exits with 1 if a claim does not hold.
"""

import argparse
import json
import os
import platform
import sys
from collections import Counter
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from typing import Any, Final

os.environ.setdefault("OMP_NUM_THREADS", "1")

from benchmarks.fuzz.judge import SHOWN
from benchmarks.fuzz.pair import LIBRARIES, judged
from boostweights.adapters.record import record_of
from boostweights.adapters.registry import adapter_named

ROOT: Final = Path(__file__).parents[2]
RESULTS: Final = ROOT / "benchmarks" / "results" / "fuzz"


def main() -> None:
    """Draw and train pairs, and write what they came to."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--library", choices=LIBRARIES, action="append")
    parser.add_argument("--pairs", type=int, default=1200, help="trained pairs of each library")
    parser.add_argument("--seed", type=int, default=0, help="the first seed")
    parser.add_argument("--run", type=Path, default=ROOT / "runs" / "fuzz", help="where pairs are kept")
    parser.add_argument("--out", type=Path, default=RESULTS)
    options = parser.parse_args()
    broken = 0
    for library in options.library or LIBRARIES:
        rows = list(_rows(library, options.run, options.seed, options.pairs))
        facts = _summary(library, rows, options.seed)
        options.out.mkdir(parents=True, exist_ok=True)
        (options.out / f"{library}.json").write_text(json.dumps(facts, indent=1) + "\n")
        print(library, json.dumps(facts["claims"]), f"broken: {len(facts['broken'])}")
        broken += len(facts["broken"])
    (options.out / "README.md").write_text(_page(options.out))
    sys.exit(1 if broken else 0)


def _rows(library: str, folder: Path, first: int, pairs: int) -> Iterator[dict[str, Any]]:
    """Judged pairs, from the file of an earlier run as far as it goes; a seed that ended a process is one."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{library}-{first}.jsonl"
    kept = [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []
    seed, trained = first, 0
    with file.open("a") as journal:
        while trained < pairs:
            started = seed - first
            row = kept[started] if started < len(kept) else {"seed": seed, **judged(library, seed)}
            if started >= len(kept):
                journal.write(json.dumps(row) + "\n")
                journal.flush()
            trained += row["holds"] is not None
            seed += 1
            yield row


def _summary(library: str, rows: list[dict[str, Any]], first: int) -> dict[str, Any]:
    trained = [row for row in rows if row["holds"] is not None]
    counts = Counter((row["claim"], row["found"]) for row in trained)
    installed = {dist.metadata["Name"] for dist in metadata.distributions()}
    names = [name for name in record_of(adapter_named(library)).distributions if name in installed]
    return {
        "command": "make claims-fuzz",
        "python": platform.python_version(),
        "versions": {name: metadata.version(name) for name in (*names, "numpy")},
        "seeds": [first, first + len(rows) - 1],
        "pairs": len(trained),
        "claims": {f"{claim}, {found}": count for (claim, found), count in sorted(counts.items())},
        "forms": dict(sorted(Counter(row["form"] for row in trained).items())),
        "classes": dict(sorted(Counter(row["class"] for row in trained).items())),
        "not trained": dict(sorted(Counter(row["found"] for row in rows if row["holds"] is None).items())),
        "beyond 1e-6, shown": [row for row in trained if row["found"] in SHOWN],
        "broken": [row for row in trained if row["holds"] is False],
    }


def _page(folder: Path) -> str:
    """A table of all libraries whose results are there."""
    lines = [
        "# Random claims, trained",
        "",
        "`make claims-fuzz`: random rows, settings, weights and forms, trained by hand beside row weights.",
        "Pairs further apart than 1e-6 are in the files, with what shows that rounding decided.",
        "",
        "| library | pairs | identical | equivalent | of these beyond 1e-6, shown | false | seeds |",
        "|---|---:|---:|---:|---:|---:|---|",
    ]
    for library in LIBRARIES:
        if not (file := folder / f"{library}.json").exists():
            continue
        facts = json.loads(file.read_text())
        claimed = Counter[str]()
        for name, count in facts["claims"].items():
            claimed[name.partition(",")[0]] += count
        shown, broken, seeds = facts["beyond 1e-6, shown"], facts["broken"], facts["seeds"]
        counts = (facts["pairs"], claimed["identical"], claimed["equivalent"], len(shown), len(broken))
        lines.append(f"| {library} | {' | '.join(map(str, counts))} | {seeds[0]}–{seeds[1]} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
