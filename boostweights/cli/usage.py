"""How every command is asked: its help with examples, and mistakes in its own words in one line."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any, Final

import typer
from typer.core import TyperCommand, TyperGroup

from boostweights.errors import printable

EXIT_CODES: Final = (
    "Exit codes: 0 all is well; 1 something was found (a finding at or above --fail-on, a failed model, a "
    "form below --require, a figure that is worse); 2 the request cannot be met, and one line says why; "
    "130 interrupted."
)
HELP_OPTIONS: Final = {"help_option_names": ["-h", "--help"]}

_EXAMPLES: Final = "\n\nExamples\n--------\n"
"""The section of a command's docstring that its help ends with, a command a line."""

_USAGE_ERROR: Final[Any] = typer.BadParameter.__mro__[1]
"""Of which every mistake in a command line is; its module moved from one version of typer to the next."""


class Command(TyperCommand):
    """A command whose help ends with the examples of its docstring, line by line as they are written."""

    def __init__(self, *given: Any, help: str | None = None, **named: Any) -> None:
        told, _, examples = (help or "").partition(_EXAMPLES)
        self.examples = examples.splitlines()
        paragraphs = (" ".join(each.split()) for each in told.split("\n\n"))
        named["epilog"] = f"**Examples**:\n\n```console\n{examples}\n```"  # of the page of commands
        super().__init__(*given, help="\n\n".join(paragraphs), **named)
        for flag in self.params:
            if getattr(flag, "is_flag", False):
                flag.metavar = ""  # not its type, as if a value were to follow

    def format_help(self, ctx: Any, formatter: Any) -> None:  # noqa: D102 (the base class's)
        epilog, self.epilog = self.epilog, None
        super().format_help(ctx, formatter)
        self.epilog = epilog
        typer.echo("\n".join([" Examples:", *(f"   {line}" for line in self.examples), ""]))


class OneLineGroup(TyperGroup):
    """A group whose usage errors are one line on standard error and exit code 2."""

    def main(  # type: ignore[override]  # noqa: D102 (the base class's)
        self, args: Sequence[str] | None = None, *, standalone_mode: bool = True, **extra: Any
    ) -> Any:
        given = sys.argv[1:] if args is None else list(args)
        if not standalone_mode or "--debug" in given:
            return super().main(args=args, standalone_mode=standalone_mode, **extra)
        try:
            code = super().main(args=args, standalone_mode=False, **extra)
        except _USAGE_ERROR as mistake:
            if mistake.format_message():  # none where there were no arguments: the help is shown already
                typer.echo(printable(f"error: {_one_line(mistake)}"), err=True)
            sys.exit(2)
        except typer.Abort:
            sys.exit(130)
        sys.exit(code if isinstance(code, int) else 0)


def _one_line(mistake: Any) -> str:
    said = " ".join(mistake.format_message().split())
    said = said if said.endswith((".", "?", ")")) else f"{said}."
    path = mistake.ctx.command_path if mistake.ctx is not None else "boostweights"
    return f"{said} Try '{path} --help'."
