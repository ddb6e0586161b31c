"""The tables and the figure of the experiment on rounds: benchmarks/results/rounds/."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pandas as pd

from benchmarks.experiment.run import RESULTS, ROOT
from benchmarks.experiment.tables import made_by, markdown, replaced, signed
from benchmarks.probabilities.page import removed_shares

PAIR: Final = ["dataset", "library"]
LINES: Final = {"unweighted": "0.35", "balanced": "#d55e00", "corrected": "#0072b2"}


def write(frame: pd.DataFrame, out: Path) -> None:
    table = by_rounds(frame)
    table.to_csv(out / "rounds.csv", index=False, float_format="%.5g")
    draw(table, out / "rounds.svg")
    facts = json.loads((out / "run.json").read_text())
    text = page(table, facts)
    (out / "README.md").write_text(text)
    if out == RESULTS / facts["name"]:
        replaced(ROOT / "docs" / "probabilities.md", "rounds", in_short(table, facts))
    print(text)


def by_rounds(frame: pd.DataFrame) -> pd.DataFrame:
    """A row for each data set, library and number of rounds: what weights add, what is left, what they moved.

    ``beyond`` says whether the unweighted model's own log loss was less with fewer rounds, and ``best``
    whether this number is where it is least.
    """
    parts = [
        removed_shares(part).assign(rounds=rounds) for rounds, part in frame.groupby("rounds", sort=True)
    ]
    found = pd.concat(parts, ignore_index=True)
    for name, arm, metric in (
        ("unweighted", "unweighted", "log_loss"),
        ("train", "unweighted", "train_log_loss"),
        ("shift", "balanced", "shift"),
    ):
        rows = frame[(frame["arm"] == arm) & (frame["proba"] == "raw") & (frame["metric"] == metric)]
        means = rows.groupby([*PAIR, "rounds"])["value"].mean().rename(name)
        found = found.merge(means, on=[*PAIR, "rounds"])
    at = found.groupby(PAIR)["unweighted"].idxmin()
    best = found.loc[at].set_index(PAIR)["rounds"].rename("best_rounds")
    found = found.merge(best, on=PAIR)
    return found.assign(
        best=found["rounds"] == found["best_rounds"], beyond=found["rounds"] > found["best_rounds"]
    ).drop(columns="best_rounds")


def page(table: pd.DataFrame, facts: dict[str, Any]) -> str:
    head = ["rounds", "unweighted", "on its training rows", "balanced adds", "left", "removed", "shift"]
    by_number = [[str(rounds), *_line(part)] for rounds, part in table.groupby("rounds", sort=True)]
    by_side = [[name, *_line(table[rows])] for name, rows in _sides(table) if rows.any()]
    by_library = [
        [library, *_line(part)] for library, part in table[table["best"]].groupby("library", sort=False)
    ]
    best = table[table["best"] & table["adds"]]
    return (
        "# How many trees until correction no longer fits\n\n"
        f"{made_by(facts)}\n"
        "Models of 300 rounds, asked at fewer. Log losses are means over the pairs of data set and library;\n"
        "*balanced adds* and *left* (after correction) are beside the unweighted model of as many rounds,\n"
        "*removed* is of their sums. *Shift* is by how much weights moved the log odds, as a share of the\n"
        "log of the weights: correction takes 1 away.\n\n"
        "![Log loss by rounds](rounds.svg)\n\n"
        f"{markdown(head, by_number)}\n"
        "Beside the number of rounds at which the unweighted model of the pair is best (chosen on the test\n"
        "rows, to tell the two sides apart, not to pick a model):\n\n"
        f"{markdown(['', *head[1:]], by_side)}\n"
        f"At that number, by library (weights add, the interval above 0, in {len(best)} of "
        f"{table['best'].sum()} pairs):\n\n"
        f"{markdown(['library', *head[1:]], by_library)}"
    )


def in_short(table: pd.DataFrame, facts: dict[str, Any]) -> str:
    """The table of docs/probabilities.md."""
    head = ["", "balanced weights add", "left after correction", "removed"]
    lines = [[name, *_line(table[rows])[2:5]] for name, rows in _sides(table) if rows.any()]
    return f"{markdown(head, lines)}\n{made_by(facts)}"


def _sides(table: pd.DataFrame) -> Iterator[tuple[str, pd.Series]]:
    yield "fewer rounds than the best", ~table["best"] & ~table["beyond"]
    yield "the best number of rounds", table["best"]
    yield "more rounds than the best", table["beyond"]


def _line(part: pd.DataFrame) -> list[str]:
    added, left = part["added"].sum(), part["left"].sum()
    losses = [f"{part[name].mean():.4f}" for name in ("unweighted", "train")]
    changes = [signed(part[name].mean()) for name in ("added", "left")]
    return [*losses, *changes, f"{1 - left / added:.0%}" if added > 0 else "–", f"{part['shift'].mean():.2f}"]


def draw(table: pd.DataFrame, place: Path) -> None:
    """A panel a data set: mean log loss over the libraries, by rounds."""
    import matplotlib.pyplot as plt

    names = list(table["dataset"].unique())
    figure, axes = plt.subplots(
        1, len(names), figsize=(2.6 * len(names), 2.9), squeeze=False, layout="constrained"
    )
    for axis, name in zip(axes[0], names, strict=True):
        means = table[table["dataset"] == name].groupby("rounds")[["unweighted", "added", "left"]].mean()
        lines = {
            "unweighted": means["unweighted"],
            "balanced": means["unweighted"] + means["added"],
            "corrected": means["unweighted"] + means["left"],
        }
        for label, values in lines.items():
            axis.plot(means.index, values, marker="o", markersize=3, color=LINES[label], label=label)
        axis.set(xscale="log", title=name, xlabel="rounds", ylim=(0, None))
        axis.set_xticks(list(means.index), [str(rounds) for rounds in means.index])
        axis.minorticks_off()
        axis.grid(visible=True, alpha=0.3)
    axes[0][0].set_ylabel("log loss, test rows")
    axes[0][0].legend(fontsize="x-small", frameon=False)
    with plt.rc_context({"svg.hashsalt": "rounds"}):
        figure.savefig(place, metadata={"Date": None})
    plt.close(figure)
