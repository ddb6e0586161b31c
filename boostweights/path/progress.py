"""A bar for long work, where rich is installed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from typing import Any

from boostweights.errors import InvalidValueError, MissingLibraryError, shown


def checked_progress(progress: Any) -> bool:
    """Return whether a bar is to be drawn, or raise.

    ``"auto"``: where rich is installed and the output is a terminal or a notebook.
    """
    if progress not in (True, False, "auto"):
        raise InvalidValueError("progress must be True, False or 'auto'", shown(progress), "Use 'auto'.")
    if not progress:
        return False
    if find_spec("rich") is None:
        if progress == "auto":
            return False
        raise MissingLibraryError(
            "progress=True needs rich",
            "no module named 'rich'",
            "Install it with: pip install 'boostweights[cli]', or use progress='auto'.",
        )
    from rich.console import Console

    console = Console(stderr=True)
    return progress != "auto" or console.is_terminal or console.is_jupyter


@contextmanager
def progress_bar(total: int, *, drawn: bool) -> Iterator[Callable[[str, int], None]]:
    """Give a function to be called with a word on what is done, and the number of steps that it took."""
    if not drawn:
        yield silent
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("weight path"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.description}"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task("", total=total)

        def advance(word: str, steps: int) -> None:
            bar.update(task, advance=steps, description=word)

        yield advance


def silent(word: str, steps: int) -> None:
    """Draw nothing."""
