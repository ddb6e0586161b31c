"""Progress of long work: a bar where rich can draw one, a line for each tenth of the work, or nothing."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from typing import Any

from boostweights.errors import check_that
from boostweights.lazy import needs


def checked_progress(progress: Any) -> bool:
    """Return whether a bar is to be drawn, or raise.

    ``"auto"``: where rich is installed and the output is a terminal, or a notebook with ipywidgets.

    Examples
    --------
    >>> checked_progress(False)
    False
    """
    rule = "progress must be True, False or 'auto'"
    check_that(progress in (True, False, "auto"), rule, repr(progress), "Use 'auto'.")
    if not progress or (progress == "auto" and find_spec("rich") is None):
        return False
    needs(["rich"], "progress=True", "cli")
    from rich.console import Console

    console = Console(stderr=True)
    if progress == "auto" and console.is_jupyter:
        return find_spec("ipywidgets") is not None  # without it, rich draws nothing there and warns
    return progress != "auto" or console.is_terminal


@contextmanager
def progress_bar(
    what: str, *, drawn: bool, line: Callable[[str], object] = str
) -> Iterator[Callable[[float, str], None]]:
    """Yield a function to be called with the share of the work that is done, and words on it.

    Parameters
    ----------
    what : str
        The work, in words.
    drawn : bool
        Whether to draw a bar on standard error.
    line : callable, default=None
        Prints a line for each tenth of the work, where no bar is drawn.

    Examples
    --------
    >>> with progress_bar("training", drawn=False, line=print) as show:
    ...     for count in range(1, 5):
    ...         show(count / 40, f"{count}/40 models")
    training 1/40 models
    training 4/40 models
    """
    if not drawn:
        tenths = -1

        def show_tenth(share: float, text: str) -> None:
            nonlocal tenths
            if int(10 * share) > tenths:
                tenths = int(10 * share)
                line(f"{what} {text}")

        yield show_tenth
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn(what), BarColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task("", total=1.0)
        yield lambda share, text: bar.update(task, completed=share, description=text)
