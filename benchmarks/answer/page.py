"""The tables of the experiment on recommendations: benchmarks/results/answer/README.md."""

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import pandas as pd
from scipy import stats

from benchmarks.experiment.run import RESULTS, ROOT
from benchmarks.experiment.tables import made_with, markdown, replaced
from boostweights.benchmark.metrics import METRICS
from boostweights.recommendation.needs import NEEDS

WANTED: Final = (0.85, 0.97)
WIDEST: Final = 1.5
ROPES: Final = {name: metric.rope for name, metric in METRICS.items()} | {"alarms_per_1000": 10.0}
"""Regions of practical equivalence."""
CASE: Final = ["dataset", "repeat", "need", "role", "of", "option"]
ABOUT: Final = """\
Each data set is written as a plain CSV file and read as a user's. In each split half of the rows, or of the
groups, are compared as `boostweights compare` does; the rest is never shown. Everything that competed for
a need is trained on all rows shown and measured on the rest. The promises are a recall of at least .9 and
alarms of at most 50 in 1000, with confidence .9.

- *covered*: how often the 90 % interval holds the figure that came; the mean over data sets, and its standard
  error. Wanted: {low} to {high}.
- *width*: the median width of the interval.
- *relative width*: the median of the interval's width divided by that of the same model and threshold, had
  they been fixed in advance and training added no variance.
- *simple*: how often the recommendation is the simple rule of the need, which is what it is compared with.
- *regret*: what the recommendation loses to the simple rule on the rest (negative: it wins), with a 95 %
  interval over data sets, and the metric's region of practical equivalence, below which its end must be.
- *refused*: how often there were too few rows of a class to recommend anything, or to make the promise.

The rule for intervals was fixed before this run: the figure at the recommended threshold on all tested rows,
for as many new rows as were tested, the width multiplied by √2 for retraining. For the figure that decides,
which is near its optimum, only the part of the tested rows is multiplied; for a promise, which finds its
threshold anew, nothing is. The rule was tried on the first 168 splits of these data sets, next to the rule
that it replaces (means over resamples, whose intervals held the alarms that came in .61 of the splits for F1
and .80 for costs), so these splits are not wholly new evidence.
"""


def write(frame: pd.DataFrame, out: Path) -> None:
    """Write the page of a run, and its tables in the documentation."""
    facts = json.loads((out / "run.json").read_text())
    cases, choices = judged(frame), chosen(frame)
    settings = facts["settings"]
    text = (
        f"# Recommendations on rows that they never saw\n\nMade by `{facts['command']}`: "
        f"{len(facts['data'])} of {facts['planned']} data sets, {facts['repeats']} splits each, "
        f"{', '.join(facts['libraries'])} of {facts['trees']} trees,\npolicies "
        f"{', '.join(settings['policies'])}, a miss costs "
        f"{settings['fn']:g} false alarms; at most {facts['rows']} rows a data set, half\nof them shown; "
        f"{made_with(facts)}.\nIt is a small regime: one library, few trees, few rows.\n\n"
        f"{ABOUT.format(low=WANTED[0], high=WANTED[1])}\n## Intervals\n\n{by_figure(cases)}\n"
        f"## Choices\n\n{by_need(choices)}\n{verdict(cases, choices)}\n"
        f"## Covered, by data set\n\nThe figure that decides.\n\n{by_set(cases, choices)}"
    )
    (out / "README.md").write_text(text)
    if out == RESULTS / facts["name"]:
        replaced(ROOT / "docs" / "recommendation.md", "answer", in_prose(cases, choices, facts))
    print(text)


def judged(frame: pd.DataFrame) -> pd.DataFrame:
    """A row for each data set, split and printed figure: whether it was covered, and how wide.

    What is certain, such as the F1 of flagging nobody, is left out.
    """
    printed = frame[frame["option"].notna()]
    table = printed.pivot_table(index=CASE, columns="metric", values="value", sort=False).reset_index()
    table = table[(table["low"] < table["high"]) | (table["came"] != table["value"])]
    came, rounding = table["came"], 1e-9 * table["came"].abs()
    width = table["high"] - table["low"]
    return table.assign(
        covered=((table["low"] - rounding <= came) & (came <= table["high"] + rounding)).astype(float),
        width=width,
        relative=(width / table["fixed width"]).where(table["fixed width"] > 0),
    )


def chosen(frame: pd.DataFrame) -> pd.DataFrame:
    """A row for each data set, split and need: what was chosen, and what it lost."""
    facts = frame[frame["option"].isna()]
    place = ["dataset", "repeat", "need"]
    table = facts.pivot_table(index=place, columns="metric", values="value", sort=False).reset_index()
    cases = judged(frame)
    own = cases[(cases["role"] == "recommended") & (cases["of"] == cases["need"].map(_metric))]
    table = table.merge(own[[*place, "came"]], on=place, how="left")
    sign = table["need"].map(lambda need: 1.0 if NEEDS[need].lower else -1.0)
    return table.assign(regret=sign * (table["came"] - table["simple came"]))


def _metric(need: str) -> str:
    return NEEDS[need].metric


def coverage(cases: pd.DataFrame, need: str, role: str, of: str) -> dict[str, float]:
    """The coverage of one figure over data sets, each of which counts once."""
    part = cases[(cases["need"] == need) & (cases["role"] == role) & (cases["of"] == of)]
    by = part.groupby("dataset")["covered"].mean()
    return {
        "sets": len(by),
        "covered": by.mean(),
        "error": by.std(ddof=1) / math.sqrt(len(by)),
        "width": part["width"].median(),
        "relative": part["relative"].median(),
    }


def of_need(choices: pd.DataFrame, need: str) -> dict[str, float]:
    """The choices for a need over data sets, each of which counts once."""
    part = choices[choices["need"] == need]
    regrets = part.groupby("dataset")["regret"].mean().dropna()
    half = float(stats.t.ppf(0.975, len(regrets) - 1) * regrets.std(ddof=1) / math.sqrt(len(regrets)))
    return {
        "sets": len(regrets),
        "simple": part["is simple"].mean(),
        "regret": regrets.mean(),
        "low": regrets.mean() - half,
        "high": regrets.mean() + half,
        "rope": ROPES[NEEDS[need].metric],
        "refused": part["refused"].mean(),
    }


def figures(cases: pd.DataFrame) -> list[tuple[str, str, str]]:
    """Each need, role and figure that is printed with an interval."""
    return list(cases[["need", "role", "of"]].drop_duplicates().itertuples(index=False, name=None))


def by_figure(cases: pd.DataFrame) -> str:
    """A row a need, role and figure: how often its interval covers what came."""
    head = ["need", "of", "figure", "data sets", "covered", "width", "relative width"]
    lines = []
    for need, role, of in figures(cases):
        row = coverage(cases, need, role, of)
        lines.append(
            [
                need,
                role,
                of,
                f"{row['sets']:.0f}",
                f"{row['covered']:.3f} ± {row['error']:.3f}",
                f"{row['width']:.3g}",
                "–" if math.isnan(row["relative"]) else f"{row['relative']:.2f}",
            ]
        )
    return markdown(head, lines, left=3)


def by_need(choices: pd.DataFrame) -> str:
    """A row a need: how often the simple rule is chosen, and what is lost to it."""
    head = ["need", "data sets", "simple", "regret", "region", "refused"]
    lines = []
    for need in choices["need"].unique():
        row = of_need(choices, need)
        lines.append(
            [
                need,
                f"{row['sets']:.0f}",
                f"{row['simple']:.0%}",
                f"{row['regret']:+.4f} [{row['low']:+.4f}, {row['high']:+.4f}]",
                f"{row['rope']:g}",
                f"{row['refused']:.0%}",
            ]
        )
    return markdown(head, lines)


def verdict(cases: pd.DataFrame, choices: pd.DataFrame) -> str:
    """What is as wanted, and what is not."""
    misses = [
        f"coverage of {of} ({role}, need {need}) is {row['covered']:.3f}"
        for need, role, of in figures(cases)
        if not WANTED[0] <= (row := coverage(cases, need, role, of))["covered"] <= WANTED[1]
    ]
    misses += [
        f"regret of {need}"
        for need in choices["need"].unique()
        if (row := of_need(choices, need))["high"] >= row["rope"]
    ]
    if not misses:
        return "All is as wanted.\n"
    return f"Not as wanted: {'; '.join(misses)}. All else is.\n"


def by_set(cases: pd.DataFrame, choices: pd.DataFrame) -> str:
    """A row a data set: how often the figure that decides is covered, by need."""
    own = cases[(cases["role"] == "recommended") & (cases["of"] == cases["need"].map(_metric))]
    table = own.pivot_table(index="dataset", columns="need", values="covered", sort=False)
    positives = choices.groupby("dataset")["positives"].mean()
    lines = [
        [name, f"{positives[name]:.0f}", *("–" if math.isnan(value) else f"{value:.1f}" for value in row)]
        for name, row in zip(table.index, table.to_numpy(), strict=True)
    ]
    return markdown(["data", "positives shown", *table.columns], lines)


def in_prose(cases: pd.DataFrame, choices: pd.DataFrame, facts: Mapping[str, Any]) -> str:
    """The tables of the documentation."""
    recommended = cases[cases["role"] == "recommended"]
    return (
        f"{by_figure(recommended)}\n{by_need(choices)}\n{len(facts['data'])} data sets, {facts['repeats']} "
        "splits each (`make answer`,\n"
        "[the columns, the other figures, and each data set](../benchmarks/results/answer/README.md)).\n"
    )
