"""Figures of folds as tables: means, paired differences with intervals, Markdown."""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from benchmarks.stats.paired import Side, differences
from benchmarks.stats.within import per_dataset
from boostweights.benchmark.data.entries import catalogue


def long(frame: pd.DataFrame) -> pd.DataFrame:
    """Figures as boostweights.benchmark.stats reads them."""
    entries = catalogue().entries
    return frame.assign(family=frame["dataset"].map(lambda name: entries[name].family))


def against(frame: pd.DataFrame, baseline: Side, other: Side, metric: str) -> pd.DataFrame:
    """Other minus baseline by data set and library, with Nadeau and Bengio's interval over folds."""
    return per_dataset(differences(long(frame), baseline, other=other, metric=metric))


def markdown(head: Sequence[str], rows: Iterable[Sequence[Any]], *, left: int = 1) -> str:
    """A table whose first columns are text and the others right-aligned."""
    marks = ["---"] * left + ["---:"] * (len(head) - left)
    lines = [head, marks, *([str(cell) for cell in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def signed(value: float, digits: int = 4) -> str:
    """A number with its sign."""
    return f"{value:+.{digits}f}"


def interval(row: Any, digits: int = 4) -> str:
    """The mean difference and its 95 % interval."""
    return f"{row.difference:+.{digits}f} [{row.low:+.{digits}f}, {row.high:+.{digits}f}]"


def replaced(page: Path, mark: str, text: str) -> None:
    """Write a text between a page's markers ``<!-- mark:begin -->`` and ``<!-- mark:end -->``."""
    begin, end = f"<!-- {mark}:begin -->\n", f"<!-- {mark}:end -->"
    before, rest = page.read_text().split(begin)
    page.write_text(before + begin + text + end + rest.split(end)[1])


def made_by(facts: dict[str, Any]) -> str:
    """One line: the command, the sizes and the versions."""
    return (
        f"Made by `{facts['command']}`: {facts['folds']} folds × {facts['repeats']}, {facts['trees']} trees, "
        f"at most {facts['rows']} rows a data set, one thread;\n"
        f"{made_with(facts)}.\n"
    )


def made_with(facts: dict[str, Any]) -> str:
    """The versions and the date."""
    named = ", ".join(f"{name} {version}" for name, version in facts["versions"].items())
    return f"{named}; Python {facts['python']}; {facts['date']}"


def by(frame: pd.DataFrame, name: str, line: Callable[[pd.DataFrame], Iterable[Any]]) -> list[list[Any]]:
    """A line for each value of a column, in the order in which values first occur."""
    groups = frame.groupby(name, sort=False)
    return [[key, *line(part)] for key, part in groups]
