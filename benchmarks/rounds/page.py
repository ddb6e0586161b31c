"""The tables and the figure of the experiment on rounds: benchmarks/results/rounds/."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import pandas as pd

from benchmarks.experiment.run import RESULTS, ROOT
from benchmarks.experiment.tables import against, by, made_by, markdown, replaced
from benchmarks.probabilities.page import average, sets_of
from benchmarks.stats.paired import Side

TIMES: Final = {"third": "a third of the best", "best": "the best number", "three": "three times the best"}
STOPS: Final = {
    "best": "shifted, the weights taken out",
    "plain": "plain",
    "weighted": "weighted as in training",
}
"""What evaluation rows say: of the balanced model."""
LINES: Final = {
    ("unweighted", "raw"): ("unweighted", "0.35"),
    ("balanced", "raw"): ("balanced", "#d55e00"),
    ("balanced", "analytic"): ("balanced, analytic", "#0072b2"),
    ("balanced", "fitted"): ("balanced, fitted", "#009e73"),
}
MOST: Final = 300


def write(frame: pd.DataFrame, out: Path) -> None:
    """Write the page of a run with its table and figure, and what the documentation shows."""
    table = ratios(frame)
    table.to_csv(out / "rounds.csv", index=False, float_format="%.5g")
    draw(frame, out / "rounds.svg")
    facts = json.loads((out / "run.json").read_text())
    text = page(frame, table, facts)
    (out / "README.md").write_text(text)
    if out == RESULTS / facts["name"]:
        replaced(ROOT / "docs" / "probabilities.md", "rounds", in_short(frame, facts))
        replaced(ROOT / "docs" / "findings.md", "rounds", in_prose(frame))
    print(text)


def ratios(frame: pd.DataFrame) -> pd.DataFrame:
    """A row for each data set and library: mean rounds over folds, of which balanced ones in three ways.

    ``shifted``, ``plain`` and ``weighted`` are ratios to the unweighted model's rounds.
    """
    found = frame[frame["metric"] == "rounds"]
    found = found.assign(side=found["arm"].where(found["arm"] == "unweighted", found["at"]))
    table = found.pivot_table(index=["dataset", "library"], columns="side", values="value").reset_index()
    table.columns.name = None
    for name, column in {"shifted": "best", "plain": "plain", "weighted": "weighted"}.items():
        table[f"{name} ratio"] = table[column] / table["unweighted"]
    return table.rename(columns={"best": "shifted"})


def page(frame: pd.DataFrame, table: pd.DataFrame, facts: Mapping[str, Any]) -> str:
    """The page."""
    head = ["library", "median ratio, shifted", "quartiles", "plain", "weighted", "median rounds, unweighted"]
    lines = [*by(table, "library", _line), ["all", *_line(table)]]
    median = table["shifted ratio"].median()
    within = "within" if 0.9 <= median <= 1.1 else "not within"
    capped = int((table[["unweighted", "shifted"]] == MOST).any(axis=1).sum())
    return (
        f"# How many rounds, with and without weights\n\n{made_by(dict(facts))}\n{sets_of(facts)}\n"
        'Rounds by `n_rounds="cv"`: those at which the pooled loss of five folds\' left-out rows is least,\n'
        f"at most {MOST}. The ratio is of balanced to unweighted, of means over the outer folds. With\n"
        f'`eval_weighting="shifted"` its median is {median:.3f}, {within} .9 to 1.1. In {capped} of\n'
        f"{len(table)} pairs of data set and library all folds chose {MOST}, where more might be better.\n\n"
        f"{markdown(head, lines)}\n## What stopping costs\n\n"
        "Balanced models at the rounds that their evaluation rows chose; means over data sets and\n"
        "libraries. The unweighted model at its own best rounds stands first.\n\n"
        f"{_stopping(frame)}\n"
        "Beside shifted evaluation rows, with 95 % intervals (bootstrap over families of data sets):\n\n"
        f"{_beside_shifted(frame)}\n"
        f"## Far from the best\n\n![Log loss by rounds](rounds.svg)\n\n"
        "Log loss of unweighted models, and how much more the others have beside them, means over families\n"
        "of data sets with 95 % intervals:\n\n" + by_times(frame)
    )


def in_short(frame: pd.DataFrame, facts: Mapping[str, Any]) -> str:
    """The table of docs/probabilities.md, and what it costs to choose rounds by plain evaluation rows."""
    table = ratios(frame)
    plain, shifted = (table[f"{name} ratio"].median() for name in ("plain", "shifted"))
    analytic, fitted_one = (beside_shifted(frame, "plain", way, "log_loss") for way in ("analytic", "fitted"))
    return (
        f"{by_times(frame)}\nPlain evaluation rows choose {plain:.1f} times the rounds of the unweighted "
        f"model (median), shifted ones {shifted:.2f}.\nLog loss by plain rows minus that by shifted ones, "
        f"mean with 95 % interval: analytic {analytic},\nfitted {fitted_one}. "
        f"{frame['dataset'].nunique()} data sets.\n\n{made_by(dict(facts))}"
    )


def by_times(frame: pd.DataFrame) -> str:
    """Mean log loss by multiples of the best rounds: unweighted, and how much more the others have."""
    head = ["rounds", "unweighted", "balanced", "analytic", "fitted", "unweighted, fitted"]
    lines = [[name, *_beside_unweighted(frame, at)] for at, name in TIMES.items()]
    return markdown(head, lines)


def in_prose(frame: pd.DataFrame) -> str:
    """The sentence of docs/findings.md."""
    (_, raw, analytic, fitted, plain), (*_, far, far_fitted, _) = (
        _beside_unweighted(frame, at) for at in ("best", "three")
    )
    return (
        f"In the regime *best rounds*, on {frame['dataset'].nunique()} data sets and four libraries, beside "
        "unweighted models\n"
        f"balanced ones have {raw} log loss (mean over families, 95 % interval);\n"
        f"corrected analytically {analytic}, fitted {fitted}; and at three times\n"
        f"as many rounds {far} and {far_fitted}. Unweighted models\n"
        f"that are fitted have {plain} (`make rounds`,\n"
        "[results](../benchmarks/results/rounds/README.md)).\n"
    )


def _beside_unweighted(frame: pd.DataFrame, at: str) -> list[str]:
    """The mean log loss of unweighted models, and how much more the others have, with intervals."""
    rows, plain = frame[frame["at"] == at], Side(arm="unweighted", rule="none")
    others = [*list(LINES)[1:], ("unweighted", "fitted")]
    sides = [Side(arm=arm, rule="none", proba=way) for arm, way in others]
    found = [average(against(rows, plain, side, "log_loss")) for side in sides]
    first = _means(frame, "log_loss")["unweighted", "raw", at]
    return [f"{first:.4f}", *(f"{mean:+.4f} [{low:+.4f}, {high:+.4f}]" for mean, low, high in found)]


def _means(frame: pd.DataFrame, metric: str) -> pd.Series:
    rows = frame[frame["metric"] == metric]
    per_set = rows.groupby(["arm", "proba", "at", "dataset"])["value"].mean()
    return per_set.groupby(["arm", "proba", "at"]).mean()


def _stopping(frame: pd.DataFrame) -> str:
    losses, precision = (_means(frame, metric) for metric in ("log_loss", "ap"))

    def line(name: str, arm: str, at: str) -> list[str]:
        analytic = "raw" if arm == "unweighted" else "analytic"
        found = [losses[arm, analytic, at], losses[arm, "fitted", at], precision[arm, "raw", at]]
        return [name, *(f"{value:.4f}" for value in found)]

    head = ["evaluation rows", "log loss, analytic", "log loss, fitted", "average precision"]
    lines = [line("unweighted model", "unweighted", "best")]
    return markdown(head, [*lines, *(line(name, "balanced", at) for at, name in STOPS.items())])


def beside_shifted(frame: pd.DataFrame, at: str, proba: str, metric: str) -> str:
    """What other evaluation rows do to balanced models, minus what shifted ones do."""
    rows = frame[(frame["arm"] == "balanced") & (frame["metric"] == metric) & (frame["proba"] == proba)]
    rows = rows.assign(arm=rows["at"])
    shifted, other = (Side(arm=name, rule="none", proba=proba) for name in ("best", at))
    mean, low, high = average(against(rows, shifted, other, metric))
    return f"{mean:+.4f} [{low:+.4f}, {high:+.4f}]"


def _beside_shifted(frame: pd.DataFrame) -> str:
    head = ["evaluation rows", "log loss, analytic", "log loss, fitted", "average precision"]
    figures = (("analytic", "log_loss"), ("fitted", "log_loss"), ("raw", "ap"))
    others = list(STOPS.items())[1:]
    return markdown(
        head, [[name, *(beside_shifted(frame, at, *each) for each in figures)] for at, name in others]
    )


def _line(part: pd.DataFrame) -> list[str]:
    ratio = part["shifted ratio"]
    low, high = ratio.quantile([0.25, 0.75])
    others = [f"{part[f'{name} ratio'].median():.2f}" for name in ("plain", "weighted")]
    return [
        f"{ratio.median():.3f}",
        f"{low:.2f} to {high:.2f}",
        *others,
        f"{part['unweighted'].median():.0f}",
    ]


def draw(frame: pd.DataFrame, place: Path) -> None:
    """A panel a library: mean log loss over the data sets, by multiples of the best number of rounds."""
    import matplotlib.pyplot as plt

    names = list(frame["library"].unique())
    figure, axes = plt.subplots(
        1, len(names), figsize=(2.6 * len(names), 2.9), squeeze=False, layout="constrained", sharey=True
    )
    for axis, name in zip(axes[0], names, strict=True):
        means = _means(frame[frame["library"] == name], "log_loss")
        for (arm, way), (label, color) in LINES.items():
            values = [means[arm, way, at] for at in TIMES]
            axis.plot(range(len(TIMES)), values, marker="o", markersize=3, color=color, label=label)
        axis.set(title=name, xlabel="rounds, of the best", ylim=(0, None))
        axis.set_xticks(range(len(TIMES)), ["1/3", "1", "3"])
        axis.grid(visible=True, alpha=0.3)
    axes[0][0].set_ylabel("log loss, test rows")
    axes[0][0].legend(fontsize="x-small", frameon=False)
    with plt.rc_context({"svg.hashsalt": "rounds"}):
        figure.savefig(place, metadata={"Date": None})
    plt.close(figure)
