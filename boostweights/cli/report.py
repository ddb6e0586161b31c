"""``boostweights report``: what a run says, without training anything."""

import glob
import json
import re
import sys
from pathlib import Path
from typing import Annotated

import typer

from boostweights.benchmark.needed import require_bench
from boostweights.cli.options import AsJson, Out
from boostweights.cli.session import echo, show
from boostweights.errors import InvalidValueError, check_that, did_you_mean, shown

_IS_DIGEST = re.compile("-[0-9a-f]{8}")


def report(
    run: Annotated[str, typer.Argument(help="A run's name, or a directory with its store or Parquet files.")],
    *,
    as_json: AsJson = False,
    output: Annotated[
        Path | None,
        typer.Option(help="Where to write it; - for standard output.  (default: html to RUN/report.html)"),
    ] = None,
    out: Out = Path("runs"),
) -> None:
    """Write a run's report again, without training anything.

    It prints the run's table and its recommendation too, unless it writes elsewhere or as JSON. A directory
    with the published Parquet files and their SHA256SUMS alone will do.

    Examples
    --------
    boostweights report tiny
    boostweights report runs/tiny --json --output tiny.json
    boostweights report benchmarks/results/default --output default.html
    """
    require_bench()
    from boostweights.benchmark.report.content import as_plain, make_report
    from boostweights.benchmark.report.page import as_page

    directory = _exported(run, out)
    made = make_report(directory)
    if as_json:
        _write(json.dumps(as_plain(made), indent=2, allow_nan=False) + "\n", output)
        return
    _write(as_page(made), output or directory / "report.html")
    if output is None:
        show(made.summary, directory)
        if name := made.recommendation.get("name"):
            echo(f"\nFor {made.recommendation['need']}: {name}")


def _exported(run: str, out: Path) -> Path:
    """Return a run's directory, with its tables: exported from its store, if it has one."""
    from boostweights.benchmark.digests import DIGESTS
    from boostweights.benchmark.run.export import export
    from boostweights.benchmark.run.store import STORE, Store

    begun: list[Path] = []  # runs of a table, whose names go on with the digest of its data and options
    if Path(run).name == run:
        named = out.glob(f"{glob.escape(run)}-*")
        begun = sorted(path for path in named if _IS_DIGEST.fullmatch(path.name[len(run) :]))
        seen = f"{run}, of {', '.join(path.name for path in begun)}"
        check_that(len(begun) <= 1, "a run's name must be that of one", seen, "Name one of them.")
    for directory in (Path(run), out / run, *begun):
        if (directory / STORE).is_file():
            with Store(directory / STORE) as store:
                remedy = "Call boostweights bench first."
                check_that(store.runs(), "a run must have begun", shown(run), remedy)
                export(store, directory)
            return directory
        if any((directory / name).is_file() for name in ("metrics.parquet", DIGESTS)):
            return directory
    known = sorted(
        {file.parent.name for name in (STORE, "metrics.parquet") for file in out.glob(f"*/{name}")}
    )
    rule = f"a run must have a {STORE} or Parquet files, here or in {out}"
    raise InvalidValueError(rule, shown(run), did_you_mean(run, known))


def _write(text: str, output: Path | None) -> None:
    from boostweights.files import write_atomically

    if output is None or str(output) == "-":
        sys.stdout.write(text)
    else:
        write_atomically(output, text.encode())
