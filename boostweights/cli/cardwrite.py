"""``boostweights card write``: a card of a policy, or of a classifier of one's own file, on a table."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from boostweights.cli.column import read_column
from boostweights.cli.objects import object_of
from boostweights.cli.options import (
    CostOfFn,
    CostOfFp,
    Data,
    DropMissingTarget,
    Positive,
    Target,
    libraries,
    reads_a_file,
)
from boostweights.cli.policies import PolicyName, Said, Weights, policy_of
from boostweights.cli.session import Debug, echo, errors_in_one_line
from boostweights.errors import InvalidValueError, printable, shown
from boostweights.files import write_atomically
from boostweights.tables.reading import Reading

if TYPE_CHECKING:
    from boostweights.card.card import Card

_why: Final[Any] = partial(typer.Option, rich_help_panel="Why")


@reads_a_file
def write(  # noqa: PLR0913 (an option each)
    card: Annotated[Path, typer.Argument(metavar="CARD", help="Where to write it, as NAME.card.toml.")],
    data: Data,
    *,
    target: Target,
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
    fn: CostOfFn = None,
    fp: CostOfFp = None,
    positive: Positive = None,
    library: Annotated[
        str | None,
        typer.Option(metavar="NAME", autocompletion=libraries, help="The library that will be trained."),
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
            help="Replace a card that is there; what it says stays unless said anew, but its review.",
        ),
    ] = False,
    drop_missing_target: DropMissingTarget = False,
    reading: Reading,
    debug: Debug = False,
) -> None:
    """Write the weighting card of a policy on the training rows in DATA.

    The card belongs into version control, beside the code; boostweights card check compares it with the data.

    Examples
    --------
    boostweights card write loans.card.toml loans.csv --target bad
    boostweights card write loans.card.toml loans.csv --target bad --fn 50
    boostweights card write loans.card.toml loans.csv --target bad \\
      --from train.py:clf --rationale "Few loans default." --owner "risk"
    """
    with errors_in_one_line(debug=debug):
        from boostweights.card.card import Card
        from boostweights.weighting.counts import ClassCounts

        said = Said(policy=policy, weights=weight or (), fn=fn, fp=fp, positive=positive)
        old = _old(card, force=force)
        labels = read_column(data, target, reading, drop_missing_target=drop_missing_target)
        if source is not None:
            weighting: Any = _of_file(source, said)
        elif old is not None and said == Said():
            weighting = old.policy
        else:
            weighting = policy_of(said, ClassCounts.of(labels))
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
    if not force:
        raise InvalidValueError(
            "a card is not replaced unasked", shown(str(path)), "Add --force, or write another file."
        )
    return Card.read(path)


def _of_file(source: str, said: Said) -> Any:
    if said != Said():
        raise InvalidValueError(
            "a card is of a file's object or of a policy", f"both, --from {source}", "Leave one of them out."
        )
    return object_of(source)


def _affected(given: list[str] | None) -> dict[str, str]:
    found = {}
    for text in given or ():
        error, sign, who = text.partition("=")
        if not sign or not who.strip():
            raise InvalidValueError(
                "--affected must be ERROR=TEXT", shown(text), 'Write fn="patients sent home", say.'
            )
        found[error.strip()] = who.strip()
    return found
