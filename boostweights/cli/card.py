"""``boostweights card``: write, check, show and compare weighting cards."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable, Mapping
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from boostweights.audits.findings import Finding, Findings
from boostweights.cli import options
from boostweights.cli.column import read_column
from boostweights.cli.objects import object_of
from boostweights.cli.policies import PolicyName, PolicyOptions, Weights, policy_of
from boostweights.cli.session import echo, say
from boostweights.cli.usage import OneLineGroup, command
from boostweights.errors import InvalidValueError, check_that, printable, shown
from boostweights.files import write_atomically
from boostweights.tables.reading import Reading
from boostweights.tables.results import as_rows

if TYPE_CHECKING:
    from boostweights.card.card import Card

card = typer.Typer(
    name="card",
    cls=OneLineGroup,
    help="Write, check, show and compare weighting cards: which weights, why, on what data.",
    no_args_is_help=True,
)
_why: Final[Any] = partial(typer.Option, rich_help_panel="Why")


@command(card)
@options.reads_a_file
def write(  # noqa: PLR0913 (an option each)
    card: Annotated[Path, typer.Argument(metavar="CARD", help="Where to write it, as NAME.card.toml.")],
    data: options.Data,
    *,
    target: options.Target,
    source: Annotated[
        str | None,
        typer.Option(
            "--from",
            metavar="FILE.py:OBJECT",
            help="A WeightedClassifier or policy of your own file, which is run.  (instead of a policy)",
        ),
    ] = None,
    policy: PolicyName = None,
    weight: Weights = None,
    fn: options.CostOfFn = None,
    fp: options.CostOfFp = None,
    positive: options.Positive = None,
    library: Annotated[
        str | None,
        typer.Option(
            metavar="NAME", autocompletion=options.libraries, help="The library that will be trained."
        ),
    ] = None,
    form: Annotated[str | None, typer.Option(metavar="NAME", help="Its native form.")] = None,
    rationale: Annotated[str | None, _why(help="Why these weights.")] = None,
    owner: Annotated[str | None, _why(help="Who decided.")] = None,
    affected: Annotated[
        list[str] | None,
        _why(
            metavar="ERROR=TEXT",
            help='Who is affected by an error: fn="patients sent home", or LABEL=TEXT.  (repeatable)',
        ),
    ] = None,
    reviewer: Annotated[str | None, _why(help="Who approves it today.")] = None,
    force: Annotated[
        bool,
        typer.Option(
            "--force",
            help="Replace an existing card; its texts are kept unless new ones are given, its review is not.",
        ),
    ] = False,
    drop_missing_target: options.DropMissingTarget = False,
    reading: Reading,
) -> None:
    """Write the weighting card of a policy on the training rows in DATA.

    The card belongs into version control, next to the code; `card check` compares it with the data.

    Examples
    --------
    boostweights card write loans.card.toml loans.csv --target bad
    boostweights card write loans.card.toml loans.csv --target bad --fn 50
    boostweights card write loans.card.toml loans.csv --target bad \\
      --from train.py:clf --rationale "Few loans default." --owner "risk"
    """
    from boostweights.card.card import Card
    from boostweights.weighting.counts import ClassCounts

    policy_options = PolicyOptions(policy=policy, weights=weight or (), fn=fn, fp=fp, positive=positive)
    old = _old(card, force=force)
    labels = read_column(data, target, reading, drop_missing_target=drop_missing_target)
    if source is not None:
        rule, seen = "a card is of a file's object or of a policy", f"both, --from {source}"
        check_that(policy_options == PolicyOptions(), rule, seen, "Leave one of them out.")
        weighting: Any = object_of(source)
    elif old is not None and policy_options == PolicyOptions():
        weighting = old.policy
    else:
        weighting = policy_of(policy_options, ClassCounts.of(labels))
    stated: dict[str, Any] = {
        "affected": _affected(affected),
        "rationale": rationale,
        "owner": owner,
        "library": library,
        "form": form,
    }
    kept = {} if old is None else {name: getattr(old, name) for name in _kept(source, library)}
    made = Card.of(
        weighting,
        labels,
        target=target,
        reviewed=reviewer,
        **{name: value or kept.get(name) or None for name, value in stated.items()},
    )
    write_atomically(card, made.to_text().encode())
    echo(f"{printable(str(card))}: {made.policy!r}")
    for line in () if old is None else old.diff(made):
        echo(f"  {line}")


def _kept(source: str | None, library: str | None) -> tuple[str, ...]:
    """Return what a card that is replaced hands on; an object of a file knows its own library and form."""
    why = ("affected", "rationale", "owner")
    if source is not None:
        return why
    return (*why, "library") if library is not None else (*why, "library", "form")


def _old(path: Path, *, force: bool) -> Card | None:
    from boostweights.card.card import Card

    if not path.is_file():
        return None
    rule, remedy = "a card is not replaced unasked", "Add --force, or write another file."
    check_that(force, rule, shown(str(path)), remedy)
    return Card.read(path)


def _affected(texts: list[str] | None) -> dict[str, str]:
    by_error = {}
    for text in texts or ():
        error, _, who = (part.strip() for part in text.partition("="))
        remedy = 'Write, for example, fn="patients sent home".'
        check_that(who, "--affected must be ERROR=TEXT", shown(text), remedy)
        by_error[error] = who
    return by_error


@command(card)
@options.reads_a_file
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
    fail_on: options.FailOnOption = options.FailOn.error,
    reading: Reading,
    as_json: options.AsJson = False,
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
    cards, data = _told_apart(paths)
    column = _column_reader(data, reading)
    named = {"scores": scores, "clusters": clusters, "by": by}
    by_card = {}
    for path in cards:
        by_card[path] = _checked(path, data, target, column, tolerance, named, missing_ok=missing_ok)
    listed = [{"card": str(path), "findings": as_rows(by_card[path].columns())} for path in by_card]
    lines = [f"{path}: {text}" for path in by_card for text in by_card[path] or ["nothing found"]]
    say(listed, "\n".join(lines), as_json=as_json)
    if any(options.fails(findings, fail_on) for findings in by_card.values()):
        raise typer.Exit(1)


def _column_reader(data: Path | None, reading: Reading) -> Callable[[str], Any]:
    """Return what reads a column of the data, once."""

    @cache
    def column(name: str) -> Any:
        if data is None:
            raise InvalidValueError("a column is one of DATA", f"{name!r} and no data", "Name the file.")
        return read_column(data, name, reading)

    return column


def _told_apart(paths: list[Path]) -> tuple[list[Path], Path | None]:
    cards = [path for path in paths if path.suffix == ".toml"]
    data = [path for path in paths if path.suffix != ".toml"]
    check_that(cards, "a card must be named", list(map(str, paths)), "It ends in .toml.")
    rule, remedy = "cards are checked against one table", "Name one; cards end in .toml."
    check_that(len(data) < 2, rule, list(map(str, data)), remedy)
    return cards, data[0] if data else None


def _checked(
    path: Path,
    data: Path | None,
    target: str | None,
    column: Callable[[str], Any],
    tolerance: float,
    named: Mapping[str, str | None],
    *,
    missing_ok: bool,
) -> Findings:
    from boostweights.card.card import Card

    if not path.exists():
        missing = Finding(
            code="card-missing",
            severity="info" if missing_ok else "error",
            message=f"there is no card {path}",
            why="Nobody can review weights that are not written down.",
            mend="Write it with boostweights card write.",
        )
        return Findings([missing])
    read = Card.read(path)
    columns = {option: column(name) for option, name in named.items() if name is not None}
    if data is None:
        return read.check(tolerance=tolerance, **columns)
    name = target or read.target
    check_that(name, "a card must say its target", f"none in {path}", "Add --target.")
    return read.check(column(name), tolerance=tolerance, **columns)


_GIT_ARGUMENTS: Final = 7
"""What git gives to a diff driver: path, old file, hex, mode, new file, hex, mode."""


@command(card)
def show(
    source: Annotated[
        Path, typer.Argument(metavar="CARD|MODEL", help="A card, or a model file that carries one.")
    ],
    *,
    as_json: options.AsJson = False,
) -> None:
    """Print a card, or the one inside a saved model.

    As git's textconv: git config diff.card.textconv "boostweights card show".

    Examples
    --------
    boostweights card show loans.card.toml
    boostweights card show model.txt --json
    """
    from boostweights.card.card import Card

    shown_card = Card.read(source) if source.suffix == ".toml" else Card.from_model(source)
    text = shown_card.to_text()
    echo(json.dumps(tomllib.loads(text), indent=2, default=str) if as_json else text, nl=as_json)


@command(card)
def diff(
    cards: Annotated[list[Path], typer.Argument(metavar="OLD NEW", help="Two cards.")],
    *,
    exit_code: Annotated[bool, typer.Option("--exit-code", help="Exit with 1 if anything changed.")] = False,
    as_json: options.AsJson = False,
) -> None:
    """Print in plain words what changed from one card to another.

    As git's diff driver: git config diff.card.command "boostweights card diff", and a line
    "*.card.toml diff=card" in .gitattributes.

    Examples
    --------
    boostweights card diff old.card.toml new.card.toml
    boostweights card diff old.card.toml new.card.toml --exit-code
    """
    changes = _changes(*_pair(cards))
    say(changes, "\n".join(changes) or "nothing changed", as_json=as_json)
    if exit_code and changes:
        raise typer.Exit(1)


def _pair(cards: list[Path]) -> tuple[str, Path, Path]:
    """Return a heading, the old and the new card."""
    if len(cards) == _GIT_ARGUMENTS:
        return f"{cards[0]}:", cards[1], cards[4]
    check_that(len(cards) == 2, "a comparison is of two cards", list(map(str, cards)), "Name OLD and NEW.")
    return "", cards[0], cards[1]


def _changes(heading: str, old: Path, new: Path) -> list[str]:
    from boostweights.card.card import Card

    nowhere = Path("/dev/null")  # what git names for a file that is not there
    if nowhere in (old, new):
        lines = ["the card is new" if old == nowhere else "the card is gone"]
    else:
        lines = list(Card.read(old).diff(Card.read(new)))
    return [heading, *(f"  {line}" for line in lines)] if heading else lines


def _plain(found: Card) -> Any:
    return json.loads(json.dumps(tomllib.loads(found.to_text()), default=str))
