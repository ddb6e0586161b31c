"""Mistakes in a command's own words: one line, as all errors are."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any, Final

import typer
from typer.core import TyperGroup

EXIT_CODES: Final = (
    "Exit codes: 0 all is well; 1 something was found (a finding at or above --fail-on, a failed model, a "
    "form that is not the same model, a figure that is worse); 2 the request cannot be met, and one line "
    "says why; 130 interrupted."
)

_USAGE_ERROR: Final[Any] = typer.BadParameter.__mro__[1]
"""Of which every mistake in a command line is; its module moved from one version of typer to the next."""


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
                typer.echo(f"error: {_one_line(mistake)}", err=True)
            sys.exit(2)
        except typer.Abort:
            sys.exit(130)
        sys.exit(code if isinstance(code, int) else 0)


def _one_line(mistake: Any) -> str:
    said = " ".join(mistake.format_message().split())
    said = said if said.endswith((".", "?", ")")) else f"{said}."
    path = mistake.ctx.command_path if mistake.ctx is not None else "boostweights"
    return f"{said} Try '{path} --help'."
