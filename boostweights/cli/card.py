"""``boostweights card``: write, check, show and compare weighting cards."""

import json
import tomllib
from dataclasses import replace
from functools import cache, partial
from pathlib import Path
from typing import Annotated, Any

import typer

from boostweights.audits.findings import Finding, Findings
from boostweights.cli import options
from boostweights.cli.objects import object_of, read_table
from boostweights.cli.policies import policy_of
from boostweights.cli.session import echo, say
from boostweights.cli.usage import OneLineGroup, command
from boostweights.errors import check_known, check_that, printable, shown
from boostweights.files import write_atomically
from boostweights.tables.results import as_rows

card = typer.Typer(
    name="card",
    cls=OneLineGroup,
    help="Write, check, show and compare weighting cards: which weights, why, on what data.",
    no_args_is_help=True,
)
_why: Any = partial(typer.Option, rich_help_panel="Why")


@command(card)
def write(  # noqa: PLR0913 (an option each)
    card: Annotated[Path, typer.Argument(metavar="CARD", help="Where to write it, as NAME.card.toml.")],
    data: options.Data,
    *,
    columns: options.RoleOptions,
    source: Annotated[
        str | None,
        typer.Option(
            "--from",
            metavar="FILE.py:OBJECT",
            help="A WeightedClassifier or policy of your own file, which is run.  (instead of a policy)",
        ),
    ] = None,
    policy: options.PolicyOptions,
    library: Annotated[str | None, options.LIBRARY(help="The library that will be trained.")] = None,
    form: Annotated[str | None, typer.Option(metavar="NAME", help="Its native form.")] = None,
    rationale: Annotated[str | None, _why(help="Why these weights.")] = None,
    owner: Annotated[str | None, _why(help="Who decided.")] = None,
    affected: Annotated[
        options.Several,
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
    reading: options.FileOptions,
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

    old = None
    if card.is_file():
        remedy = "Add --force, or write another file."
        check_that(force, "a card is not replaced unasked", shown(str(card)), remedy)
        old = Card.read(card)
    is_asked = policy != options.PolicyOptions() or columns.positive is not None
    rows, roles = read_table(data, columns, reading)
    labels = rows[roles.target]
    if source is not None:
        rule, seen = "a card is of a file's object or of a policy", f"both, --from {source}"
        check_that(not is_asked, rule, seen, "Leave one of them out.")
        weighting: Any = object_of(source)
    elif old is not None and not is_asked:
        weighting = old.policy
    else:
        weighting = policy_of(policy, ClassCounts.of(labels), columns.positive)
    by_error = {}
    for text in affected or ():
        error, _, who = (part.strip() for part in text.partition("="))
        remedy = 'Write, for example, fn="patients sent home".'
        check_that(who, "--affected must be ERROR=TEXT", shown(text), remedy)
        by_error[error] = who
    stated = {"affected": by_error, "rationale": rationale, "owner": owner, "library": library, "form": form}
    # an object of a file knows its own library and form; another library may not have the form
    new = {"library", "form"} if source is not None else {"form"} if library is not None else set()
    texts: dict[str, Any] = {
        name: value or (None if old is None or name in new else getattr(old, name)) or None
        for name, value in stated.items()
    }
    made = Card.of(weighting, labels, target=roles.target, reviewed=reviewer, **texts)
    write_atomically(card, made.to_text().encode())
    echo(f"{printable(str(card))}: {made.policy!r}")
    for line in () if old is None else old.diff(made):
        echo(f"  {line}")


@command(card)
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
    columns: options.ColumnOptions,
    tolerance: Annotated[
        float, typer.Option(help="From which relative change on a weight is reported.")
    ] = 0.1,
    scores: Annotated[
        str | None,
        options.COLUMN(
            help="The column of the model's scores: do these rows, new ones, keep the card's promise?",
        ),
    ] = None,
    clusters: Annotated[
        str | None, options.COLUMN(help="The column of clusters, of a promise about such.")
    ] = None,
    by: Annotated[str | None, options.COLUMN(help="The column of groups, of a promise in each.")] = None,
    fail_on: options.FailOnOption = "error",
    reading: options.FileOptions,
    as_json: options.AsJson = False,
) -> None:
    """Check cards: is each there and complete, and are its classes, shares and weights those of DATA?

    Without DATA only the cards themselves are looked at. With --scores DATA are new rows, scored by the
    model: do they keep what the card promises? A card that is not there is an error; one
    that cannot be read, or was edited by hand where only boostweights writes, is exit code 2.

    Exits with 1 if a finding is at least as grave as --fail-on.

    Examples
    --------
    boostweights card check loans.card.toml loans.csv
    boostweights card check *.card.toml --fail-on warning
    boostweights card check loans.card.toml scored.csv --scores score
    """
    from boostweights.card.card import Card

    cards = [path for path in paths if path.suffix == ".toml"]
    tables = [path for path in paths if path.suffix != ".toml"]
    check_that(cards, "a card must be named", list(map(str, paths)), "It ends in .toml.")
    rule, remedy = "cards are checked against one table", "Name one; cards end in .toml."
    check_that(len(tables) < 2, rule, list(map(str, tables)), remedy)

    named = {"scores": scores, "clusters": clusters, "by": by}
    named = {option: name for option, name in named.items() if name is not None}
    for name in (*named.values(), *filter(None, [columns.target])):
        check_that(tables, "a column is one of DATA", f"{name!r} and no data", "Name the file.")

    @cache
    def rows_of(target: str) -> Any:
        rows, _ = read_table(tables[0], replace(columns, target=target), reading)
        for option, name in named.items():
            check_known(name, rows.column_names, f"--{option} must name a column")
        return rows

    def checked(path: Path) -> Findings:
        if not path.exists():
            missing = Finding(
                code="card-missing",
                severity="error",
                message=f"there is no card {path}",
                why="Nobody can review weights that are not written down.",
                mend="Write it with boostweights card write.",
            )
            return Findings([missing])
        card = Card.read(path)
        if not tables:
            return card.check(tolerance=tolerance)
        target = columns.target or card.target
        check_that(target, "a card must say its target", f"none in {path}", "Add --target.")
        rows = rows_of(target)
        of_rows = {option: rows[name] for option, name in named.items()}
        return card.check(rows[target], tolerance=tolerance, **of_rows)

    by_card = {path: checked(path) for path in cards}
    listed = [{"card": str(path), "findings": as_rows(by_card[path].columns())} for path in by_card]
    lines = [f"{path}: {text}" for path in by_card for text in by_card[path] or ["nothing found"]]
    say(listed, "\n".join(lines), as_json=as_json)
    if any(options.fails(findings, fail_on) for findings in by_card.values()):
        raise typer.Exit(1)


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
    old: Annotated[Path, typer.Argument(metavar="OLD", help="A card.")],
    new: Annotated[Path, typer.Argument(metavar="NEW", help="Another one.")],
    *,
    exit_code: Annotated[bool, typer.Option("--exit-code", help="Exit with 1 if anything changed.")] = False,
    as_json: options.AsJson = False,
) -> None:
    """Print in plain words what changed from one card to another.

    Examples
    --------
    boostweights card diff old.card.toml new.card.toml
    boostweights card diff old.card.toml new.card.toml --exit-code
    """
    from boostweights.card.card import Card

    changes = list(Card.read(old).diff(Card.read(new)))
    say(changes, "\n".join(changes) or "nothing changed", as_json=as_json)
    if exit_code and changes:
        raise typer.Exit(1)
