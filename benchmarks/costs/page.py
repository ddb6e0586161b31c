"""The tables of the experiment on costs of each row's own: benchmarks/results/costs/README.md."""

import json
from pathlib import Path
from typing import Final

import pandas as pd

from benchmarks.experiment.tables import against, long, made_by, markdown, signed
from benchmarks.stats.paired import Side
from benchmarks.stats.within import per_dataset

PLAIN: Final = Side(arm="unweighted", rule="0.5", proba="raw")
BEST: Final = Side(arm="unweighted", rule="least expected cost", proba="raw")
DECISIONS: Final = {
    "unweighted at .5": PLAIN,
    "balanced at .5": Side(arm="balanced", rule="0.5", proba="raw"),
    "class costs as weights, at .5": Side(arm="mean costs", rule="0.5", proba="raw"),
    "row costs as weights, at .5": Side(arm="row costs", rule="0.5", proba="raw"),
    "unweighted at the mean costs' threshold": Side(
        arm="unweighted", rule="mean-cost threshold", proba="raw"
    ),
    "unweighted, least expected cost": BEST,
    "balanced, least expected cost": Side(arm="balanced", rule="least expected cost", proba="raw"),
    "balanced and corrected, least expected cost": Side(
        arm="balanced", rule="least expected cost", proba="corrected"
    ),
}


def write(frame: pd.DataFrame, out: Path) -> None:
    """Write the page of a run and its two tables."""
    facts = json.loads((out / "run.json").read_text())
    savings = savings_of(frame)
    paired = paired_of(frame)
    savings.to_csv(out / "savings.csv", index=False, float_format="%.5g")
    paired.to_csv(out / "paired.csv", index=False, float_format="%.5g")
    text = (
        f"# What decisions save where every row has its own costs\n\n{made_by(facts)}\n"
        "Savings are 1 − cost / the cost of the cheaper constant decision (Correa Bahnsen et al. 2014):\n"
        "1 is free of cost, 0 is no better than doing the same for everybody, below 0 is worse.\n\n"
        f"{_means(frame, savings)}\n{_paired(paired)}\n{_each(savings)}"
    )
    (out / "README.md").write_text(text)
    print(text)


def savings_of(frame: pd.DataFrame) -> pd.DataFrame:
    """Mean savings of each decision by data set and library, with Nadeau and Bengio's interval over folds."""
    tables = []
    for name, side in DECISIONS.items():
        rows = (frame["arm"] == side.arm) & (frame["rule"] == side.rule) & (frame["proba"] == side.proba)
        found = long(frame[rows & (frame["metric"] == "savings")]).rename(columns={"value": "difference"})
        counts = found.groupby("dataset")["fold"].transform("nunique")
        repeats = found.groupby("dataset")["repeat"].transform("nunique")
        table = per_dataset(found.assign(folds=counts, planned=counts * repeats))
        columns = ["dataset", "library", "difference", "low", "high"]
        tables.append(table[columns].rename(columns={"difference": "savings"}).assign(decision=name))
    return pd.concat(tables, ignore_index=True)


def _means(frame: pd.DataFrame, savings: pd.DataFrame) -> str:
    """Savings averaged over libraries, a column a data set."""
    wide = savings.groupby(["decision", "dataset"])["savings"].mean().unstack()
    names = list(dict.fromkeys(frame["dataset"]))
    lines = [
        [decision, *(signed(value, 3) for value in (*wide.loc[decision, names], wide.loc[decision].mean()))]
        for decision in DECISIONS
    ]
    return "## Savings, means over the libraries\n\n" + markdown(["decision", *names, "mean"], lines)


def _each(savings: pd.DataFrame) -> str:
    lines = []
    for decision in DECISIONS:
        part = savings[savings["decision"] == decision].set_index(["dataset", "library"])
        for name in part.index.unique("dataset"):
            cells = part.loc[name].itertuples()
            shown = [f"{cell.savings:+.3f} [{cell.low:+.3f}, {cell.high:+.3f}]" for cell in cells]
            lines.append([decision, name, *shown])
    libraries = sorted(savings["library"].unique())
    head = ["decision", "data", *libraries]
    return "## Savings with 95 % intervals over folds\n\n" + markdown(head, lines, left=2)


def paired_of(frame: pd.DataFrame) -> pd.DataFrame:
    """What each decision has more than `BEST`: savings and their interval, recall, precision, cost a row."""
    tables = []
    for name, side in DECISIONS.items():
        if side == BEST:
            continue
        parts = {m: against(frame, BEST, side, m) for m in ("savings", "recall", "precision", "cost")}
        table = parts["savings"][["dataset", "library", "difference", "low", "high"]]
        table = table.rename(columns={"difference": "savings"}).assign(decision=name)
        tables.append(table.assign(**{m: parts[m]["difference"] for m in ("recall", "precision", "cost")}))
    return pd.concat(tables, ignore_index=True)


def _paired(paired: pd.DataFrame) -> str:
    lines = []
    for name, part in paired.groupby("decision", sort=False):
        worse, better = (part["high"] < 0).sum(), (part["low"] > 0).sum()
        means = [part[metric].mean() for metric in ("savings", "recall", "precision")]
        lines.append([name, *(signed(value, 3) for value in means), f"{worse} / {len(part)}", str(better)])
    head = ["decision", "savings", "recall", "precision", "saves less in", "more in"]
    return (
        "## Beside least expected cost with an unweighted model\n\n"
        "Mean differences over data sets and libraries, and in how many pairs of them the whole 95 %\n"
        "interval of the difference in savings lies below or above 0. Each pair is in `paired.csv`.\n\n"
        + markdown(head, lines)
    )
