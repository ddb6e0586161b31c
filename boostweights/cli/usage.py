"""How every command is asked: its help with examples, and mistakes in its own words in one line."""

import dataclasses
import inspect
import sys
from collections.abc import Callable, Sequence
from functools import wraps
from itertools import chain
from typing import Annotated, Any, get_type_hints

import typer
from typer.core import TyperCommand, TyperGroup

from boostweights.errors import BoostweightsError, printable

EXIT_CODES = (
    "Exit codes: 0 all is well; 1 something was found (a finding at or above --fail-on, a failed model, a "
    "form below --require, a figure that is worse); 2 the request cannot be met, and one line says why; "
    "130 interrupted."
)
HELP_OPTIONS = {"help_option_names": ["-h", "--help"]}

_EXAMPLES = "\n\nExamples\n--------\n"
"""The section of a command's docstring that its help ends with, a command a line."""

_USAGE_ERROR: Any = typer.BadParameter.__mro__[1]
"""Of which every mistake in a command line is; its module moved from one version of typer to the next."""


class Command(TyperCommand):
    """A command whose help ends with the examples of its docstring, line by line as they are written."""

    def __init__(self, *arguments: Any, help: str | None = None, **named: Any) -> None:
        description, _, examples = (help or "").partition(_EXAMPLES)
        self.examples = examples.splitlines()
        paragraphs = (" ".join(part.split()) for part in description.split("\n\n"))
        named["epilog"] = f"**Examples**:\n\n```console\n{examples}\n```"  # of the page of commands
        super().__init__(*arguments, help="\n\n".join(paragraphs), **named)
        for flag in self.params:
            if getattr(flag, "is_flag", False):
                flag.metavar = ""  # not its type, as if a value were to follow

    def format_help(self, ctx: Any, formatter: Any) -> None:  # noqa: D102 (the base class's)
        epilog, self.epilog = self.epilog, None
        super().format_help(ctx, formatter)
        self.epilog = epilog
        typer.echo("\n".join([" Examples:", *(f"   {line}" for line in self.examples), ""]))


def _options(parameter: inspect.Parameter) -> list[inspect.Parameter]:
    """Return a command's parameter, or one for each option of the record that it takes."""
    record = parameter.annotation
    if not dataclasses.is_dataclass(record):
        return [parameter]
    hints = get_type_hints(record, include_extras=True)
    return [
        parameter.replace(
            name=field.name,
            annotation=hints[field.name],
            default=inspect.Parameter.empty if field.default is dataclasses.MISSING else field.default,
        )
        for field in dataclasses.fields(record)
        if hasattr(hints[field.name], "__metadata__")
    ]


def command(group: typer.Typer, **settings: Any) -> Callable[[Callable[..., None]], None]:
    """Return what adds a function to the commands of a group, with the option ``--debug``.

    A parameter whose type is a dataclass becomes one option for each annotated field. An error of ours
    becomes one line and exit code 2, an interruption 130.
    """

    def add(function: Callable[..., None]) -> None:
        signature = inspect.signature(function, eval_str=True)
        options = {name: _options(parameter) for name, parameter in signature.parameters.items()}
        records: dict[str, Any] = {
            name: parameter.annotation
            for name, parameter in signature.parameters.items()
            if dataclasses.is_dataclass(parameter.annotation)
        }
        debug = inspect.Parameter("debug", inspect.Parameter.KEYWORD_ONLY, default=False, annotation=_DEBUG)
        parameters = [*chain.from_iterable(options.values()), debug]

        @wraps(function)
        def reported(*arguments: Any, debug: bool, **named: Any) -> None:
            try:
                for name, record in records.items():
                    named[name] = record(**{option.name: named.pop(option.name) for option in options[name]})
                function(*arguments, **named)
            except BoostweightsError as error:
                if debug:
                    raise
                typer.secho(f"error: {error}", fg="red", err=True)
                raise typer.Exit(2) from error
            except KeyboardInterrupt as stopped:
                kept = "What was trained is stored: the same command goes on from there."
                typer.echo(f"Interrupted. {kept}", err=True)
                raise typer.Exit(130) from stopped

        reported.__signature__ = signature.replace(parameters=parameters)  # type: ignore[attr-defined]
        reported.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
        group.command(cls=Command, **settings)(reported)

    return add


_DEBUG: Any = Annotated[bool, typer.Option("--debug", help="Show the whole traceback of an error.")]


class OneLineGroup(TyperGroup):
    """A group whose usage errors are one line on standard error and exit code 2."""

    def main(  # type: ignore[override]  # noqa: D102 (the base class's)
        self, args: Sequence[str] | None = None, *, standalone_mode: bool = True, **extra: Any
    ) -> Any:
        arguments = sys.argv[1:] if args is None else list(args)
        if not standalone_mode or "--debug" in arguments:
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
    message = " ".join(mistake.format_message().split())
    message = message if message.endswith((".", "?", ")")) else f"{message}."
    path = mistake.ctx.command_path if mistake.ctx is not None else "boostweights"
    return f"{message} Try '{path} --help'."
