"""The tables of the experiment on decisions between classes: benchmarks/results/decisions/README.md."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pandas as pd

from benchmarks.experiment.tables import against, interval, made_by, markdown, signed
from benchmarks.stats.families import by_family, pooled
from benchmarks.stats.paired import Side
from boostweights.benchmark.stats import mean_interval

MOST_PROBABLE: Final = Side(arm="unweighted", rule="most probable")
LEAST: Final = Side(arm="unweighted", rule="least expected cost", proba="fitted")
F1: Final = {
    "unweighted, fitted correction, most probable class": Side(
        arm="unweighted", rule="most probable", proba="fitted"
    ),
    "unweighted, fitted correction, class offsets": Side(arm="unweighted", rule="offsets", proba="fitted"),
    "balanced weights, most probable class": Side(arm="balanced", rule="most probable"),
}
COSTS: Final = {
    "unweighted, most probable class": MOST_PROBABLE,
    "unweighted, fitted correction, most probable class": Side(
        arm="unweighted", rule="most probable", proba="fitted"
    ),
    "unweighted, least expected cost": Side(arm="unweighted", rule="least expected cost"),
    "class weights of the costs, most probable class": Side(arm="weights of the costs", rule="most probable"),
}


def write(frame: pd.DataFrame, out: Path) -> None:
    """Write the page of a run, and the table of each data set and library."""
    facts = json.loads((out / "run.json").read_text())
    costs = frame[frame["metric"].str.startswith("cost")]
    keys = [name for name in frame if name not in ("metric", "value")]
    means = costs.groupby(keys, sort=False)["value"].mean().reset_index().assign(metric="cost")
    f1, cost = paired(frame, "macro F1", MOST_PROBABLE, F1), paired(means, "cost", LEAST, COSTS)
    table = pd.concat([f1, cost], ignore_index=True)
    table.to_csv(out / "paired.csv", index=False, float_format="%.5g")
    matrices, largest = facts["settings"]["matrices"], facts["settings"]["largest"]
    text = (
        f"# How to decide between more than two classes\n\n{made_by(facts)}\n"
        "Differences are means over data sets, each a family, with 95 % t intervals. The last column counts\n"
        "the pairs of data set and library whose 95 % interval over folds is below and above 0. The data\n"
        "sets, the rules and the intervals were fixed before the run.\n\n"
        "## Macro F1, compared with the most probable class of an unweighted model\n\n"
        'Class offsets are found out of fold for macro F1, by `WeightedClassifier(threshold="f1_macro")`.\n'
        f"More is better.\n\n{_table(f1)}\n"
        "## Cost, compared with the least expected cost by an unweighted model with the fitted correction\n\n"
        "The cost is divided by that of the one class that is cheapest for all rows. It is the mean of\n"
        f"{matrices} matrices, which have 0 on the diagonal; other costs are drawn log-uniformly between\n"
        f"1 and {largest:g}. Less is better.\n\n{_table(cost)}\n"
        f"## Each data set\n\n{_each(table)}"
    )
    (out / "README.md").write_text(text)
    print(text)


def paired(frame: pd.DataFrame, metric: str, baseline: Side, others: dict[str, Side]) -> pd.DataFrame:
    """Each way minus the baseline, by data set and library, with intervals over folds."""
    parts = [against(frame, baseline, side, metric).assign(way=way) for way, side in others.items()]
    columns = ["metric", "way", "family", "dataset", "library", "difference", "low", "high"]
    return pd.concat(parts, ignore_index=True)[columns]


def _table(pairs: pd.DataFrame) -> str:
    head = ["way", "difference", "pairs below / above 0"]
    return markdown(head, ([way, *_pooled(part)] for way, part in pairs.groupby("way", sort=False)))


def _pooled(part: pd.DataFrame) -> Iterator[Any]:
    effects = pooled(by_family(part)).to_numpy()
    if len(effects) < 2:
        yield signed(effects.mean())
    else:
        mean = mean_interval(effects)
        yield f"{signed(mean.value)} [{signed(mean.low)}, {signed(mean.high)}]"
    yield f"{(part['high'] < 0).sum()} / {(part['low'] > 0).sum()} of {len(part)}"


def _each(table: pd.DataFrame) -> str:
    lines = []
    for (metric, way, name), part in table.groupby(["metric", "way", "dataset"], sort=False):
        cells = part.set_index("library").sort_index()
        lines.append([metric, way, name, *(interval(row) for row in cells.itertuples())])
    return markdown(["figure", "way", "data", *sorted(table["library"].unique())], lines, left=3)
