"""The page of fitted maps with few positives: benchmarks/results/probabilities/few/README.md."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import pandas as pd

from benchmarks.experiment.run import RESULTS, ROOT
from benchmarks.experiment.tables import against, made_with, markdown, replaced, signed
from benchmarks.probabilities.page import average
from benchmarks.stats.paired import Side

OTHERS: Final = ("raw", "analytic", "class share", "Platt", "Platt of outputs")
"""The ways that a map is compared with."""
NO_WORSE: Final = 0.0005
"""By how much more mean log loss than the map before, at the most positives, excludes a candidate."""
HEAD: Final = ["positives", *OTHERS, "before", "fitted", "fitted − least of the others"]

ABOUT: Final = """\
Half of a table trains and half tests (a stratified split; equal rows and groups stay on one side). Each of
{draws} draws takes from the training half some negatives ({negatives}, one number a draw) and
{counts} positives, no two of them equal. The test half stays whole; its rows are
weighted so that the positives have the same share as in training. The models are those of the regime
*default*, with {trees} trees. All ways share the same models: one of all these training rows, and five of
four fifths of them.

- *raw*, *analytic*: the model's probabilities; its odds divided by the weights.
- *class share*: the share of the positives in training, for each row.
- *Platt*: Platt's sigmoid of the scores out of fold. *Platt of outputs*: that of
  `CalibratedClassifierCV(ensemble=False)`, which reads probabilities where there is no decision function.
- *before*: the map until this experiment, which the [six ways](../README.md) were measured with: analytic
  below 10 positives, with a narrow prior up to 30 and a wider one from there on.
- *fitted*: `correct_proba="fitted"`.
"""


def part(facts: Mapping[str, Any], name: str) -> list[str]:
    """The data sets that choose, or those that judge, as far as they are measured."""
    return [dataset for dataset in facts["settings"][name] if dataset in facts["data"]]


def half(frame: pd.DataFrame, facts: Mapping[str, Any], name: str) -> pd.DataFrame:
    """Their figures."""
    return frame[frame["dataset"].isin(part(facts, name))]


def means(frame: pd.DataFrame) -> pd.DataFrame:
    """Mean log loss over data sets, libraries and draws: a row an arm and count, a column a way."""
    return frame.pivot_table(index=["arm", "at"], columns="proba", values="value", aggfunc="mean")


def excess(frame: pd.DataFrame) -> pd.DataFrame:
    """By how much each way's mean is above the least of the others' means."""
    table = means(frame)
    return table.sub(table[list(OTHERS)].min(axis=1), axis=0)


def chosen(frame: pd.DataFrame, candidates: Sequence[str]) -> str:
    """The candidate of the least largest excess over arms and counts, of the sets that choose.

    One that at the most positives is worse than the map before is left out.
    """
    table = excess(frame)[["before", *candidates]]
    most = table.xs(table.index.get_level_values("at").max(), level="at")
    kept = [name for name in candidates if (most[name] - most["before"]).max() <= NO_WORSE]
    return str(table[kept].max().idxmin())


def write(frame: pd.DataFrame, out: Path) -> None:
    """Write the page of a run, and its table in the documentation."""
    facts = json.loads((out / "run.json").read_text())
    settings = facts["settings"]
    about = ABOUT.format(
        draws=len(settings["negatives"]),
        negatives=", ".join(map(str, settings["negatives"])),
        counts=", ".join(map(str, settings["counts"])),
        trees=facts["trees"],
    )
    text = (
        f"# Fitted probabilities with few positives\n\nMade by `{facts['command']}`: {made_with(facts)}.\n\n"
        f"{about}\n{_judged(frame, facts)}\n{_choice(frame, facts)}\n{_moved(frame)}"
    )
    (out / "README.md").write_text(text)
    if out == RESULTS / facts["name"]:
        replaced(ROOT / "docs" / "probabilities.md", "few", in_short(frame, facts))
    print(text)


def least_other(frame: pd.DataFrame, arm: str, count: int) -> tuple[str, str]:
    """Which other way has the least mean, and fitted minus it: the mean and its interval over data sets."""
    least = str(means(frame)[list(OTHERS)].idxmin(axis=1).to_dict()[arm, count])
    other, fitted = (Side(arm=arm, rule="none", proba=way) for way in (least, "fitted"))
    mean, low, high = average(against(frame[frame["at"] == count], other, fitted, "log_loss"))
    return least, f"{mean:+.4f} [{low:+.4f}, {high:+.4f}]"


def _judged(frame: pd.DataFrame, facts: Mapping[str, Any]) -> str:
    judging = half(frame, facts, "judges")
    table = means(judging)
    sections = []
    for arm in facts["settings"]["arms"]:
        lines = [
            [
                count,
                *(f"{table.loc[(arm, count), way]:.4f}" for way in HEAD[1:-1]),
                least_other(judging, arm, count)[1],
            ]
            for count in sorted(judging["at"].unique())
        ]
        sections.append(f"{arm.capitalize()} models:\n\n{markdown(HEAD, lines)}")
    worst = excess(judging)["fitted"].max()
    return (
        f"## The data sets that judged\n\nMean log loss on {', '.join(part(facts, 'judges'))},\n"
        "libraries and draws averaged, and the difference from the least of the five others with its 95 %\n"
        f"interval (bootstrap over data sets). Fitted is at most {worst:+.4f} above it.\n\n"
        + "\n".join(sections)
    )


def _choice(frame: pd.DataFrame, facts: Mapping[str, Any]) -> str:
    if half(frame, facts, "chooses").empty:
        return ""
    names = ("before", *facts["settings"]["candidates"])
    best = chosen(half(frame, facts, "chooses"), names[1:])
    tables = [excess(half(frame, facts, name)) for name in ("chooses", "judges")]
    lines = [
        [
            f"**{name}**" if name == best else name,
            *(signed(value) for table in tables for value in (table[name].max(), table[name].mean())),
        ]
        for name in names
    ]
    head = ["prior", "choosing: largest", "mean", "judging: largest", "mean"]
    return (
        f"## How the prior was chosen\n\nOn {', '.join(part(facts, 'chooses'))}\n"
        "(the twelve data sets were drawn and halved before the run, as were the candidates and the rule):\n"
        "the candidate whose largest excess over the least of the five others' means, over arms and\n"
        "numbers of positives, is least, of those that at 50 positives are at most .0005 worse than before.\n"
        "Numbers are standard deviations of normal priors; *free*: no prior; *unit scores*: scores divided\n"
        "by the root of 1 plus their variance.\n\n" + markdown(head, lines)
    )


def _moved(frame: pd.DataFrame) -> str:
    wide = frame.pivot_table(
        index=["arm", "at", "dataset", "library", "fold"], columns="proba", values="value"
    )
    change = (wide["fitted"] - wide["before"]).groupby(level=["at", "arm"])
    lines = []
    for place, moved in change:
        count, arm = tuple(place)  # type: ignore[arg-type]
        size = moved.abs()
        lines.append([arm, count, signed(moved.mean()), f"{size.median():.4f}", f"{size.quantile(0.95):.4f}"])
    return (
        "## How far log losses moved\n\nFitted minus before, on all data sets: the mean, and how far single "
        "models moved.\n\n"
        + markdown(["arm", "positives", "mean", "median of \\|change\\|", "95 % within"], lines)
    )


def in_short(frame: pd.DataFrame, facts: Mapping[str, Any]) -> str:
    """The table of the documentation."""
    judging = half(frame, facts, "judges")
    table = means(judging)
    ways = ("analytic", "class share", "Platt", "fitted")
    lines = [
        [count, *(f"{table.loc[('balanced', count), way]:.4f}" for way in ways)]
        + [least_other(judging, arm, count)[1] for arm in ("balanced", "unweighted")]
        for count in sorted(judging["at"].unique())
    ]
    head = ["positives", *(f"balanced, {way}" for way in ways)]
    head += ["fitted − least of the others", "of unweighted models"]
    return (
        f"{markdown(head, lines)}\n"
        f"Mean log loss in the regime *default* with {facts['trees']} trees: {len(part(facts, 'judges'))} "
        "data sets by which nothing was chosen, four libraries and\n"
        "five draws. The others are the raw and the analytic probabilities, the class share, and Platt's\n"
        "sigmoid of scores and of probabilities out of fold; each difference has its 95 % interval over\n"
        "data sets (`make probabilities`, [all of it](../benchmarks/results/probabilities/few/README.md)).\n"
    )
