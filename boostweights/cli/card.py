"""``boostweights card``: write, check, show and compare weighting cards."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from boostweights.cli.cardcheck import check
from boostweights.cli.cardwrite import write
from boostweights.cli.options import AsJson
from boostweights.cli.session import Debug, echo, errors_in_one_line, say
from boostweights.cli.usage import Command, OneLineGroup
from boostweights.errors import InvalidValueError, shown

if TYPE_CHECKING:
    from boostweights.card.card import Card

card = typer.Typer(
    name="card",
    cls=OneLineGroup,
    help="Write, check, show and compare weighting cards: which weights, why, on what data.",
    no_args_is_help=True,
)
card.command(cls=Command)(write)
card.command(cls=Command)(check)

_GIT_ARGUMENTS: Final = 7
"""What git gives to a diff driver: path, old file, hex, mode, new file, hex, mode."""


@card.command(cls=Command)
def show(
    source: Annotated[
        Path, typer.Argument(metavar="CARD|MODEL", help="A card, or a model file that carries one.")
    ],
    *,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Print a card, or the one inside a saved model.

    As git's textconv: git config diff.card.textconv "boostweights card show".

    Examples
    --------
    boostweights card show loans.card.toml
    boostweights card show model.txt --json
    """
    with errors_in_one_line(debug=debug):
        from boostweights.card.card import Card

        found = Card.read(source) if source.suffix == ".toml" else Card.from_model(source)
        echo(json.dumps(_plain(found), indent=2) if as_json else found.to_text(), nl=as_json)


@card.command(cls=Command)
def diff(
    cards: Annotated[list[Path], typer.Argument(metavar="OLD NEW", help="Two cards.")],
    *,
    exit_code: Annotated[bool, typer.Option("--exit-code", help="Exit with 1 if anything changed.")] = False,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Say in plain words what changed from one card to another.

    As git's diff driver: git config diff.card.command "boostweights card diff", and a line
    "*.card.toml diff=card" in .gitattributes.

    Examples
    --------
    boostweights card diff old.card.toml new.card.toml
    boostweights card diff old.card.toml new.card.toml --exit-code
    """
    with errors_in_one_line(debug=debug):
        changes = _changes(*_pair(cards))
        say(changes, "\n".join(changes) or "nothing changed", as_json=as_json)
    if exit_code and changes:
        raise typer.Exit(1)


def _pair(cards: list[Path]) -> tuple[str, Path, Path]:
    """Return a heading, the old and the new card."""
    if len(cards) == _GIT_ARGUMENTS:
        return f"{cards[0]}:", cards[1], cards[4]
    if len(cards) == 2:
        return "", cards[0], cards[1]
    raise InvalidValueError("a comparison is of two cards", shown(list(map(str, cards))), "Name OLD and NEW.")


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
