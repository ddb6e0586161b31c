"""``boostweights card check``: is the card there, complete, and still true of the data?"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from boostweights.audits.findings import Finding, Findings
from boostweights.cli.column import read_column
from boostweights.cli.options import AsJson, FailOn, FailOnOption, fails, reads_a_file
from boostweights.cli.session import Debug, errors_in_one_line, say
from boostweights.errors import InvalidValueError, shown
from boostweights.tables.reading import Reading
from boostweights.tables.results import as_rows


@reads_a_file
def check(  # noqa: PLR0913 (an option each)
    paths: Annotated[
        list[Path],
        typer.Argument(
            metavar="CARD… [DATA]",
            help="Cards (.toml), and a CSV, TSV or Parquet file, folder or DuckDB database with the training "
            "rows of today.",
        ),
    ],
    *,
    target: Annotated[
        str | None, typer.Option(metavar="COL", help="The column of labels.  (default: the card's)")
    ] = None,
    tolerance: Annotated[
        float, typer.Option(help="From which relative change on a weight is reported.")
    ] = 0.1,
    scores: Annotated[
        str | None,
        typer.Option(
            metavar="COL",
            help="The column of the model's scores: do these rows, new ones, keep the card's promise?",
        ),
    ] = None,
    clusters: Annotated[
        str | None, typer.Option(metavar="COL", help="The column of clusters, of a promise about such.")
    ] = None,
    by: Annotated[
        str | None, typer.Option(metavar="COL", help="The column of groups, of a promise in each.")
    ] = None,
    missing_ok: Annotated[
        bool, typer.Option("--missing-ok", help="A card that is not there is a note, not an error.")
    ] = False,
    fail_on: FailOnOption = FailOn.error,
    reading: Reading,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Check cards: is each there and complete, and are its classes, shares and weights those of DATA?

    Without DATA only the cards themselves are looked at. With --scores DATA are new rows, scored by the
    model: do they keep what the card promises? A card that is not there is an error, unless
    --missing-ok; a card that cannot be read, or was edited by hand where only boostweights writes, is exit
    code 2.

    Exits with 1 if a finding is at least as grave as --fail-on.

    Examples
    --------
    boostweights card check loans.card.toml loans.csv
    boostweights card check *.card.toml --fail-on warning
    boostweights card check loans.card.toml scored.csv --scores score
    """
    with errors_in_one_line(debug=debug):
        cards, data = _told_apart(paths)
        rows = _Rows(data, target, reading)
        named = {"scores": scores, "clusters": clusters, "by": by}
        found = {card: _checked(card, rows, tolerance, named, missing_ok=missing_ok) for card in cards}
        listed = [{"card": str(card), "findings": as_rows(each.columns())} for card, each in found.items()]
        lines = [f"{card}: {text}" for card, each in found.items() for text in each or ["nothing found"]]
        say(listed, "\n".join(lines), as_json=as_json)
    if any(fails(each, fail_on) for each in found.values()):
        raise typer.Exit(1)


class _Rows:
    """The data's labels, read once a target."""

    def __init__(self, data: Path | None, target: str | None, reading: Reading) -> None:
        self._data, self._target, self._reading = data, target, reading
        self._read: dict[str, Any] = {}

    def labels(self, target: str, card: Path) -> Any:
        if self._data is None:
            return None
        name = self._target or target
        if not name:
            raise InvalidValueError("a card must say its target", f"none in {card}", "Add --target.")
        return self.column(name)

    def column(self, name: str) -> Any:
        if self._data is None:
            raise InvalidValueError("a column is one of DATA", f"{name!r} and no data", "Name the file.")
        if name not in self._read:
            self._read[name] = read_column(self._data, name, self._reading)
        return self._read[name]


def _told_apart(paths: list[Path]) -> tuple[list[Path], Path | None]:
    cards = [path for path in paths if path.suffix == ".toml"]
    data = [path for path in paths if path.suffix != ".toml"]
    if not cards:
        raise InvalidValueError("a card must be named", shown(list(map(str, paths))), "It ends in .toml.")
    if len(data) > 1:
        raise InvalidValueError(
            "cards are checked against one table",
            shown(list(map(str, data))),
            "Name one; cards end in .toml.",
        )
    return cards, data[0] if data else None


def _checked(
    path: Path, rows: _Rows, tolerance: float, named: Mapping[str, str | None], *, missing_ok: bool
) -> Findings:
    from boostweights.card.card import Card

    if not path.exists():
        return Findings([_missing(path, missing_ok=missing_ok)])
    card = Card.read(path)
    columns = {option: rows.column(name) for option, name in named.items() if name is not None}
    return card.check(rows.labels(card.target, path), tolerance=tolerance, **columns)


def _missing(path: Path, *, missing_ok: bool) -> Finding:
    return Finding(
        code="card-missing",
        severity="info" if missing_ok else "error",
        message=f"there is no card {path}",
        why="Nobody can review weights that are not written down.",
        mend="Write it with boostweights card write.",
    )
