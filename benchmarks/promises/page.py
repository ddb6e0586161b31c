"""The tables of the experiment on promises: benchmarks/results/promises/README.md."""

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import pandas as pd

from benchmarks.experiment.run import RESULTS, ROOT
from benchmarks.experiment.tables import made_with, markdown, replaced

ASKED: Final = ["of", "rate"]
SIGNS: Final = {"recall": "≥", "alarms": "≤"}
ABOUT: Final = """\
Half of the rows train, a quarter makes the promise, a quarter tests it, anew in each split. *Broken*: the
test rows have less recall, or more alarms, than promised. Test rows are few, and chance alone breaks a
promise on some of them though it is kept on all new rows: *by chance* is how often, exactly, if all orders
of the scores are alike likely (negative hypergeometric for the finite pool, which is the beta-binomial; ties
only break less). The splits of a data set are independent given its rows, so *z* is a standard normal
deviation. *Plain* is the threshold that just has the rate on the rows that make the promise.
"""


def write(frame: pd.DataFrame, out: Path) -> None:
    """Write the page of a run, and its table in the documentation."""
    facts = json.loads((out / "run.json").read_text())
    cells, plain = wide(frame), unweighted(frame)
    splits = facts["folds"] * facts["repeats"]
    text = (
        f"# Promises on real data\n\nMade by `{facts['command']}`: {len(facts['data'])} data sets, "
        f"{len(facts['libraries'])} libraries, {splits} splits\n"
        f"each, {facts['trees']} trees, at most {facts['rows']} rows, confidence "
        f"{facts['settings']['confidence']}; {made_with(facts)}.\n\n{ABOUT}\n"
        f"{_by_rate(plain)}\n{_by_set(plain)}\n{_alarms(cells)}"
    )
    (out / "README.md").write_text(text)
    if out == RESULTS / facts["name"]:
        replaced(ROOT / "docs" / "promise.md", "promises", in_prose(plain, facts))
    print(text)


def wide(frame: pd.DataFrame) -> pd.DataFrame:
    """A row for each split, library, arm and promise, with all that was seen of it."""
    place = ["dataset", "library", "repeat", "fold", "arm", *ASKED]
    order = {name: at for at, name in enumerate(frame["dataset"].unique())}
    table = frame.pivot_table(index=place, columns="metric", values="value").reset_index()
    return table.sort_values(
        by=place, key=lambda column: column.map(order) if column.name == "dataset" else column
    )


def unweighted(frame: pd.DataFrame) -> pd.DataFrame:
    """The rows of unweighted models, as of `wide`."""
    return wide(frame[frame["arm"] == "unweighted"])


def in_prose(cells: pd.DataFrame, facts: Mapping[str, Any]) -> str:
    """The table of the documentation."""
    return (
        f"{_rates(cells)}\n{len(facts['data'])} data sets, {len(facts['libraries'])} libraries, "
        f"{facts['folds'] * facts['repeats']} splits each (`make promises`,\n"
        "[by data set, with the alarms paid](../benchmarks/results/promises/README.md)).\n"
    )


def agreement(part: pd.DataFrame, name: str) -> list[str]:
    """How often it is broken, how often by chance, and the deviation in standard errors."""
    seen, chance = part[f"{name}: broken"].dropna(), part[f"{name}: broken by chance"].dropna()
    if seen.empty:
        return ["", "", ""]
    spread = math.sqrt((chance * (1 - chance)).sum())
    return [f"{seen.mean():.3f}", f"{chance.mean():.3f}", f"{(seen.sum() - chance.sum()) / spread:+.1f}"]


def _asked(cells: pd.DataFrame) -> Iterator[tuple[str, pd.DataFrame]]:
    for (of, rate), part in cells.groupby(ASKED, sort=False):
        yield f"{of} {SIGNS[str(of)]} {rate:g}", part


def _rates(cells: pd.DataFrame) -> str:
    head = ["promised", "broken", "by chance", "plain: broken", "by chance", "impossible"]
    lines = [
        [
            name,
            *agreement(part, "promise")[:2],
            *agreement(part, "plain")[:2],
            f"{part['impossible'].mean():.0%}",
        ]
        for name, part in _asked(cells)
    ]
    return markdown(head, lines)


def _by_rate(cells: pd.DataFrame) -> str:
    return (
        "## All data sets\n\nAll libraries. Impossible: the rows that make the promise are too few.\n\n"
        + _rates(cells)
    )


def _by_set(cells: pd.DataFrame) -> str:
    lines: list[Sequence[str]] = []
    for name, part in _asked(cells):
        for dataset, rows in part.groupby("dataset", sort=False):
            lines.append([name, str(dataset), *_of_set(rows), f"{rows['impossible'].mean():.0%}"])
    head = ["promised", "data", "broken", "by chance", "z", "impossible"]
    return "## By data set\n\n" + markdown(head, lines, left=2)


def _of_set(rows: pd.DataFrame) -> list[str]:
    """The libraries share their splits: a split counts once, with their mean."""
    by_split = rows.groupby(["repeat", "fold"])[["promise: broken", "promise: broken by chance"]].mean()
    return agreement(by_split, "promise")


def _alarms(cells: pd.DataFrame) -> str:
    head = ["promised", "library", "promise", "plain", "recall", "same splits: unweighted", "balanced"]
    columns = ["promise: alarms", "plain: alarms", "promise: recall"]
    lines = []
    for name, part in _asked(cells[cells["impossible"] == 0]):
        for library, rows in part.groupby("library", sort=False):
            alarms, plain, recall = rows.loc[rows["arm"] == "unweighted", columns].mean()
            arms = rows[rows["fold"] == 0].groupby("arm")["promise: alarms"].mean()
            paid = [alarms, plain, arms["unweighted"], arms["balanced"]]
            shown = [f"{1e3 * each:.1f}" for each in paid]
            lines.append([name, str(library), *shown[:2], f"{recall:.3f}", *shown[2:]])
    return (
        "## What promises cost\n\nAlarms per 1000 rows, means over splits and data sets, and the recall. "
        "Balanced weights were\ntrained in a tenth of the splits; those of no weights stand beside.\n\n"
        + markdown(head, lines, left=2)
    )
