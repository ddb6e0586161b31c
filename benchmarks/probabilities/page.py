"""The tables of the experiment on probabilities: benchmarks/results/probabilities/README.md."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import pandas as pd

from benchmarks.experiment.run import RESULTS, ROOT
from benchmarks.experiment.tables import against, interval, made_by, markdown, replaced
from benchmarks.stats.families import bootstrap_interval, by_family, pooled
from benchmarks.stats.paired import Side

LEVELS: Final = {"best": "best rounds", "three": "3 × best"}
METRICS: Final = {
    "log_loss": "log loss",
    "brier": "Brier score",
    "ece": "calibration error",
    "ap": "average precision",
}
WAYS: Final = ("raw", "analytic", "fitted", "fold ensemble", "sigmoid", "beta")
MORE: Final = 0.007
"""By how much more log loss a cell counts as worse."""
ALIKE: Final = 0.005

ABOUT: Final = """\
Each model stands beside five of four fifths of its training rows. They choose the best number of rounds
(`n_rounds="cv"` with `eval_weighting="shifted"`), and every way learns from the rows that they leave out;
three times the best is far past it. Fewer rounds are the first rounds of the same models. Equal rows and
groups stay on one side of each split.

- *raw*: as the model says.
- *analytic*: its odds divided by the weights (`correct_proba=True`); without weights it is raw.
- *fitted*: `correct_proba="fitted"`: slope and offset, under a prior that was fixed before the run.
- *fold ensemble*: the mean of the five models' fitted probabilities: five models to keep.
- *sigmoid*: `CalibratedClassifierCV(method="sigmoid", cv=5)`: five models too.
- *beta*: beta calibration (Kull et al. 2017) in the place of slope and offset.
"""


def side(arm: str, way: str) -> Side:
    """An arm and a way; an unweighted model's analytic correction is its raw probabilities."""
    return Side(arm=arm, rule="none", proba="raw" if (arm, way) == ("unweighted", "analytic") else way)


def write(frame: pd.DataFrame, out: Path) -> None:
    """Write the page of a run, and its sentences in the documentation."""
    facts = json.loads((out / "run.json").read_text())
    gains = {
        arm: gained(frame, side(arm, "analytic"), side(arm, "fitted")) for arm in ("balanced", "unweighted")
    }
    apart = apart_of(frame)
    text = (
        f"# Probabilities after class weights, in six ways\n\n{made_by(facts)}\n{sets_of(facts)}\n{ABOUT}\n"
        f"{_fitted(gains)}\n{_apart(apart)}\n{_beside_unweighted(frame)}\n{_means(frame)}\n{_worse(gains)}\n{_each(gains['balanced'])}"
    )
    (out / "README.md").write_text(text)
    if out == RESULTS / facts["name"]:
        replaced(ROOT / "docs" / "probabilities.md", "probabilities", where_to_start(apart, facts))
    print(text)


BESIDE_UNWEIGHTED: Final = (
    ("balanced", "raw"),
    ("balanced", "analytic"),
    ("balanced", "fitted"),
    ("unweighted", "fitted"),
)


def moved(frame: pd.DataFrame, arm: str, way: str, at: str) -> str:
    """How much more log loss than the unweighted model: the mean over families and its interval."""
    plain = side("unweighted", "raw")
    return _interval(against(frame[frame["at"] == at], plain, side(arm, way), "log_loss"))


def _beside_unweighted(frame: pd.DataFrame) -> str:
    lines = [[arm, way, *(moved(frame, arm, way, at) for at in LEVELS)] for arm, way in BESIDE_UNWEIGHTED]
    return (
        "## Beside the unweighted model\n\nLog loss minus that of the unweighted model as it is, the mean "
        "over families of data sets with its 95 %\ninterval (bootstrap), libraries averaged.\n\n"
        + markdown(["arm", "way", *LEVELS.values()], lines, left=2)
    )


def verdict(apart: pd.DataFrame) -> str:
    """What to start from where only probabilities count, by balanced minus unweighted, both fitted."""
    found = [average(apart[apart["at"] == level]) for level in LEVELS]
    if all(high < 0 for _, _, high in found):
        return "from balanced and fitted"
    if any(low < -ALIKE for _, low, _ in found):
        return "from a fitted model: whether weights help is open"
    return "from unweighted and fitted"


def where_to_start(apart: pd.DataFrame, facts: Mapping[str, Any]) -> str:
    """The sentences of the documentation."""
    best, three = (_interval(apart[apart["at"] == level]) for level in LEVELS)
    return (
        f"**Where only probabilities count, start {verdict(apart)}.** In the regime *best rounds*,\n"
        f"on {len(facts['data'])} data sets and four libraries, balanced minus unweighted, both fitted, is\n"
        f"{best} log loss at the\n"
        f"best number of rounds and {three} at three times as many (mean over families\n"
        "of data sets, 95 % interval: `make probabilities`,\n"
        "[all of it](../benchmarks/results/probabilities/README.md)).\n"
    )


def sets_of(facts: Mapping[str, Any]) -> str:
    """Which data sets there are, of how many."""
    return (
        f"{len(facts['data'])} of the {facts['planned']} data sets of the catalogue that have at least 50\n"
        "rows of the rarest class in such a sample and at most 500 features, in an order drawn\n"
        "before the run:\n"
        f"{', '.join(facts['data'])}.\n"
    )


def gained(frame: pd.DataFrame, baseline: Side, other: Side, metric: str = "log_loss") -> pd.DataFrame:
    """Other minus baseline for each data set, library and number of rounds, with intervals over folds."""
    parts = [
        against(frame[frame["at"] == level], baseline, other, metric).assign(at=level) for level in LEVELS
    ]
    return pd.concat(parts, ignore_index=True)


def apart_of(frame: pd.DataFrame) -> pd.DataFrame:
    """Log loss of balanced minus that of unweighted models, both fitted."""
    return gained(frame, side("unweighted", "fitted"), side("balanced", "fitted"))


def average(table: pd.DataFrame) -> tuple[float, float, float]:
    """The mean over families of data sets, and its bootstrap interval; of one library or the mean of all."""
    effects = pooled(by_family(table))
    if len(effects) < 2:
        return (float(effects.mean()), float("nan"), float("nan"))
    found = bootstrap_interval(effects.to_numpy())
    return (found.value, found.low, found.high)


def by_library(table: pd.DataFrame) -> Iterator[tuple[str, str, pd.DataFrame]]:
    """Library, number of rounds and their rows; at last those of all libraries."""
    for level, name in LEVELS.items():
        at = table[table["at"] == level]
        for library, part in at.groupby("library", sort=False):
            yield str(library), name, part
        yield "all", name, at


def _interval(table: pd.DataFrame) -> str:
    mean, low, high = average(table)
    return f"{mean:+.4f} [{low:+.4f}, {high:+.4f}]"


def _fitted(gains: Mapping[str, pd.DataFrame]) -> str:
    worse = gains["balanced"]["difference"] > MORE
    head = ["library", "rounds", "fitted − analytic", f"worse by more than {MORE}"]
    tables = {
        arm: [
            [library, name, _interval(part), f"{(part['difference'] > MORE).sum()} of {len(part)}"]
            for library, name, part in by_library(table)
        ]
        for arm, table in gains.items()
    }
    return (
        "## Fitted beside analytic\n\n"
        "Log loss of balanced models, the mean over data sets with its 95 % interval (bootstrap over\n"
        f"families of data sets). In {worse.sum()} of {len(worse)} cells of data set, library and "
        f"number of rounds\n({worse.mean():.1%}) fitted is worse by more than {MORE}.\n\n"
        f"{markdown(head, tables['balanced'], left=2)}\n"
        "Without weights there is nothing to correct, but something to learn:\n\n"
        f"{markdown(['library', 'rounds', 'fitted − raw', head[3]], tables['unweighted'], left=2)}"
    )


def _apart(table: pd.DataFrame) -> str:
    lines = [[library, name, _interval(part)] for library, name, part in by_library(table)]
    means = [abs(average(part)[0]) for library, _, part in by_library(table) if library == "all"]
    within = "Within" if max(means) <= ALIKE else "Not within"
    return (
        "## What weights still cost\n\nLog loss of balanced and fitted minus unweighted and fitted. "
        f"{within} {ALIKE} on average\nat both numbers of rounds.\n\n"
        + markdown(["library", "rounds", "balanced − unweighted"], lines, left=2)
    )


def _of_ways(frame: pd.DataFrame) -> pd.Series:
    """The mean over data sets, of each the mean over folds and libraries."""
    per_set = frame.groupby(["arm", "proba", "at", "metric", "dataset"])["value"].mean()
    return per_set.groupby(["arm", "proba", "at", "metric"]).mean()


def _means(frame: pd.DataFrame) -> str:
    head = ["arm", "way", *(f"{name}, {level}" for level in LEVELS.values() for name in METRICS.values())]
    means = _of_ways(frame)
    lines = [
        [arm, way, *(f"{means[arm, way, level, metric]:.4f}" for level in LEVELS for metric in METRICS)]
        for arm in ("unweighted", "balanced")
        for way in WAYS
        if (arm, way) != ("unweighted", "analytic")
    ]
    return "## All ways\n\nMeans over data sets and libraries.\n\n" + markdown(head, lines, left=2)


def _worse(gains: Mapping[str, pd.DataFrame]) -> str:
    head = ["data", "library", "rounds", "weights", "fitted − analytic"]
    lines = [
        [row.dataset, row.library, LEVELS[str(row.at)], arm, interval(row)]
        for arm, table in gains.items()
        for row in table[table["difference"] > MORE].itertuples()
    ]
    if not lines:
        return f"## Where fitted is worse by more than {MORE}\n\nNowhere.\n"
    return (
        f"## Where fitted is worse by more than {MORE}\n\n"
        "With 95 % intervals over folds (Nadeau and Bengio).\n\n" + markdown(head, lines, left=4)
    )


def _each(table: pd.DataFrame) -> str:
    rows = {(row.dataset, row.library, row.at): interval(row) for row in table.itertuples()}
    pairs = dict.fromkeys((dataset, library) for dataset, library, _ in rows)
    lines = [[*pair, *(rows[(*pair, level)] for level in LEVELS)] for pair in pairs]
    return "## Every cell: fitted − analytic, balanced\n\n" + markdown(
        ["data", "library", *LEVELS.values()], lines, left=2
    )
