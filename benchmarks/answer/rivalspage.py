"""The tables of the comparison with other tools: benchmarks/results/answer-rivals/README.md."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pandas as pd

from benchmarks.experiment.tables import long, made_with, markdown, signed
from benchmarks.stats.families import by_family, pooled
from boostweights.benchmark.stats import FEWEST_FAMILIES, mean_interval
from boostweights.recommendation.figures import Estimate

LEVEL: Final = 0.9
OURS: Final = ("default", "ensemble", "fold models")
TUNED: Final = "LightGBM of 25 configurations"
CALIBRATED: Final = tuple(f"CalibratedClassifierCV(ensemble={ensemble})" for ensemble in (True, False))
RIVALS: Final = (*CALIBRATED, "TunedThresholdClassifierCV", TUNED, "logistic regression", "FLAML")
HEADS: Final = {"costs": "Mean cost a row", "decisions": "F1", "probabilities": "Log loss"}
ABOUT: Final = """\
In each split half of the rows of a data set, or of its groups, are written to one CSV file and the rest to
another one. `bw.compare` reads the first one, once for each need, with a miss that costs {fn:g} false
alarms. Its model is saved, loaded, and scores the second file by `score_file`. The rivals are trained on the
same features of the same rows, which `TablePreparation` makes; each figure is of the second file.

- *default*: `compare` with the learners that the README installs: {default}.
- *ensemble*: the same with `ensemble=True`. *fold models*: `WeightedClassifier(ensemble=True)` of the
  estimator that *default* recommends for probabilities, without weights, its threshold for F1 tuned out of
  fold, whether or not a comparison would choose it. The seconds of both include those of *default*, whose
  models they read.
- *CalibratedClassifierCV*, *TunedThresholdClassifierCV*: scikit-learn's, on LightGBM with its own defaults,
  sigmoid, {folds} folds.
- *{tuned}*: random ones; that of least log loss out of fold is trained on all shown rows.
- *logistic regression*: scaled numbers, columns for categories, C = 1. *FLAML*: its `AutoML` with the metric
  log loss and {flaml_seconds} *processor* seconds of search on one thread, in an environment of its own.
- Rivals with probabilities flag, for costs, by the threshold of the costs (1/{whole:g}, "of the costs") and
  by the one of least cost out of fold ("tuned"), and for F1 by the one that is best out of fold.

Differences are ours minus the rival's on the same rows: of costs and log loss negative is better, of F1
positive. Ways of the table of means may have finished other data sets than another one; differences never do.
Each data set is the mean of its finished splits, each family of data sets the mean of its sets; intervals are
{level:.0%} t intervals over families. Ways, rules, intervals and goals were fixed before the run. Two things
were added during its first split, with figures of the quick rivals in sight: the slow rivals (the tuned
LightGBM, FLAML) were trained on the first eleven data sets before the quick ones went on, and a goal with
fewer than {fewest} families is open. The run goes on from its published figures (`--resume`); all of our ways
were trained by one version of the package, after the mean of libraries had joined *ensemble*.
"""


THRESHOLD: Final = ("TunedThresholdClassifierCV",)
GOALS: Final[tuple[tuple[str, tuple[str, ...], str, str, str, Callable[[Estimate], bool]], ...]] = (
    ("default", CALIBRATED, "probabilities", "", "lower beyond noise", lambda found: found.high < 0),
    (
        "default",
        CALIBRATED,
        "costs",
        "of the costs",
        "at most .005 higher",
        lambda found: found.high <= 0.005,
    ),
    ("ensemble", (TUNED,), "probabilities", "", "not higher", lambda found: found.high <= 0),
    ("default", (TUNED,), "costs", "tuned", "at most .01 higher", lambda found: found.high <= 0.01),
    ("default", (TUNED,), "decisions", "tuned", "at most .01 lower", lambda found: found.low >= -0.01),
    ("default", THRESHOLD, "costs", "tuned", "lower beyond noise", lambda found: found.high < 0),
    ("default", ("FLAML",), "probabilities", "", "not higher beyond noise", lambda found: found.low <= 0),
    ("default", ("FLAML",), "costs", "of the costs", "not higher beyond noise", lambda found: found.low <= 0),
    ("default", ("FLAML",), "decisions", "tuned", "not lower beyond noise", lambda found: found.high >= 0),
)
"""Ours, rivals, need, rule of the rival's threshold, what is wanted, and whether an interval is so."""


def write(frame: pd.DataFrame, out: Path) -> None:
    """Write the page of a run, with the splits that are finished."""
    facts = json.loads((out / "run.json").read_text())
    settings = facts["settings"]
    about = ABOUT.format(
        **{**settings, "default": ", ".join(settings["default"])},
        tuned=TUNED,
        whole=1 + settings["fn"],
        level=LEVEL,
        fewest=FEWEST_FAMILIES,
    )
    needs = "\n".join(f"## {head}\n\n{by_rival(frame, need)}" for need, head in HEADS.items())
    text = (
        f"# What is recommended, next to other tools\n\nMade by `make answer`: "
        f"data sets of at most {facts['rows']} rows; {made_with(facts)}.\n"
        f"Planned are {facts['repeats']} splits of {len(facts['data'])} data sets. {splits(frame)}.\n\n"
        f"{about}\n"
        f"## Goals\n\n{by_goal(frame)}\n{needs}\n## Processor seconds, and means\n\n{by_way(frame)}\n"
        f"## Each data set\n\n*default* minus *{TUNED}*, tuned.\n\n{by_set(frame)}"
    )
    (out / "README.md").write_text(text)
    print(text)


def splits(frame: pd.DataFrame) -> str:
    """How many splits are finished, of how many data sets, way by way."""
    counts = (
        frame[frame["metric"] == "seconds"].groupby("way", sort=False)["dataset"].agg(["size", "nunique"])
    )
    return "Finished are: " + "; ".join(
        f"{way}, {row['size']} splits of {row['nunique']} data sets" for way, row in counts.iterrows()
    )


def differences(frame: pd.DataFrame, ours: str, rival: str, need: str, rule: str) -> pd.DataFrame:
    """Ours minus the rival's, a row a data set: the mean over the splits that both have."""
    figures = frame[frame["metric"] == need]
    left = figures[(figures["way"] == ours) & figures["rule"].isin(["", "recommended"])]
    right = figures[(figures["way"] == rival) & (figures["rule"] == rule)]
    place = ["dataset", "repeat"]
    pairs = left.merge(right, on=place, suffixes=("", " of the rival"))
    pairs["difference"] = pairs["value"] - pairs["value of the rival"]
    means = pairs.groupby("dataset", sort=False)["difference"].agg(["mean", "size"]).reset_index()
    return long(means.rename(columns={"mean": "difference", "size": "splits"}).assign(library=ours))


def over_families(table: pd.DataFrame) -> Estimate | None:
    """The mean over families and its interval; None with fewer than two."""
    if table["family"].nunique() < 2:
        return None
    return mean_interval(pooled(by_family(table)).to_numpy(), LEVEL)


def by_rival(frame: pd.DataFrame, need: str) -> str:
    """A row a rival, and rule of its threshold: the difference of each of our ways."""
    found = frame[(frame["metric"] == need) & frame["way"].isin(RIVALS)]
    lines = []
    for rival, rule in sorted(set(zip(found["way"], found["rule"], strict=True)), key=_place):
        tables = [differences(frame, ours, rival, need, rule) for ours in OURS]
        about = f"{len(tables[0])} / {tables[0]['splits'].sum():.0f}"
        lines.append([rival, rule or "–", *map(_written, map(over_families, tables)), about])
    return markdown(["rival", "threshold", *OURS, "sets / splits of *default*"], lines, left=2)


def _place(way: tuple[str, str]) -> tuple[int, str]:
    return RIVALS.index(way[0]), way[1]


def _written(found: Estimate | None) -> str:
    if found is None:
        return "–"
    return f"{signed(found.value)} [{signed(found.low)}, {signed(found.high)}]"


def by_goal(frame: pd.DataFrame) -> str:
    """A row a goal and rival: what was wanted and what came."""
    lines = []
    for ours, rivals, need, rule, text, is_met in GOALS:
        for rival in rivals:
            table = differences(frame, ours, rival, need, rule)
            found, few = over_families(table), table["family"].nunique() < FEWEST_FAMILIES
            met = "open" if found is None or few else "yes" if is_met(found) else "no"
            named = rival + (f", {rule}" if rule else "")
            lines.append([ours, HEADS[need], named, text, _written(found), met])
    seconds = frame[frame["metric"] == "seconds"]
    pairs = seconds.pivot_table(index=["dataset", "repeat"], columns="way", values="value")
    if {"default", "FLAML"} <= set(pairs):
        share = (pairs["default"] / pairs["FLAML"]).dropna()
        met = "yes" if share.median() <= 0.1 else "no"
        lines.append(["default", "seconds", "FLAML", "a tenth", f"{share.median():.2f} (median)", met])
    return markdown(["ours", "figure", "rival", "goal", "difference", "met"], lines, left=4)


def by_way(frame: pd.DataFrame) -> str:
    """A row a way: its seconds, and its figures, means over its data sets."""
    lines = []
    for way in (*OURS, *RIVALS):
        part = frame[frame["way"] == way]
        if part.empty:
            continue
        row: list[Any] = [way]
        seconds = part[part["metric"] == "seconds"].groupby("dataset")["value"].mean()
        row += [f"{seconds.median():.1f}", f"{seconds.mean():.1f}"]
        for need in HEADS:
            means = part[part["metric"] == need].groupby(["rule", "dataset"])["value"].mean()
            row.append(" / ".join(f"{value:.4f}" for value in means.groupby("rule").mean()) or "–")
        lines.append([*row, len(seconds)])
    needs = [f"{HEADS['costs']} (of the costs / tuned)", HEADS["decisions"], HEADS["probabilities"]]
    return markdown(["way", "median seconds", "mean seconds", *needs, "data sets"], lines)


def by_set(frame: pd.DataFrame) -> str:
    """A row a data set: the difference for each need, and what was recommended first."""
    rules = {"costs": "tuned", "decisions": "tuned", "probabilities": ""}
    tables = {
        need: differences(frame, "default", TUNED, need, rule).set_index("dataset")["difference"]
        for need, rule in rules.items()
    }
    notes = (
        frame[(frame["way"] == "default") & (frame["repeat"] == 0)]
        .groupby("dataset", sort=False)["note"]
        .first()
    )
    lines = [
        [name, note, *(signed(table[name]) if name in table else "–" for table in tables.values())]
        for name, note in zip(notes.index.astype(str), notes, strict=True)
    ]
    return markdown(
        ["data", "recommended for the three needs in the first split", *HEADS.values()], lines, left=2
    )
