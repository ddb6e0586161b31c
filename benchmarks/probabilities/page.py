"""The tables of the experiment on probabilities: benchmarks/results/probabilities/README.md."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pandas as pd

from benchmarks.experiment.tables import against, by, interval, made_by, markdown, signed
from boostweights.benchmark.stats.paired import Side

METRICS: Final = {"log_loss": "log loss", "brier": "Brier score", "ece": "calibration error"}
PLAIN: Final = Side(arm="unweighted", rule="none", proba="raw")
BALANCED: Final = Side(arm="balanced", rule="none", proba="raw")
ROWS: Final = {
    "balanced": ("balanced", "raw"),
    "corrected": ("balanced", "corrected"),
    "balanced, sigmoid": ("balanced", "raw+sigmoid"),
    "balanced, isotonic": ("balanced", "raw+isotonic"),
    "corrected, sigmoid": ("balanced", "corrected+sigmoid"),
    "corrected, isotonic": ("balanced", "corrected+isotonic"),
    "unweighted, sigmoid": ("unweighted", "raw+sigmoid"),
    "unweighted, isotonic": ("unweighted", "raw+isotonic"),
}
VARIANTS: Final = {
    "all trees grown": ("unweighted", "balanced"),
    "strong lambda (100)": ("unweighted, strong lambda", "balanced, strong lambda"),
    "early stopping, evaluation weighted": ("unweighted, early stopping", "balanced, early stopping"),
    "early stopping, evaluation plain": (
        "unweighted, early stopping",
        "balanced, early stopping on plain rows",
    ),
}

WHY: Final = """\
Why not always more: a model that has learnt its training rows by heart is moved little by weights (the
*shift* below), and yet correction takes away all that they ask for. The models with all trees grown are
such: without weights, too, their log loss is higher than that of models that stopped early. The mean of
shares is pulled down by pairs to which weights add next to nothing.

So: stop early, on evaluation rows that weigh as in training (`eval_weighting="same"`, the default), and
correct; or do not weigh where probabilities matter. Stopping on plain rows undoes the weights by training
on and on, and correction then does harm.
"""


def write(frame: pd.DataFrame, out: Path) -> None:
    facts = json.loads((out / "run.json").read_text())
    removed = removed_shares(frame)
    removed.to_csv(out / "removed.csv", index=False, float_format="%.5g")
    text = (
        "# What weights do to probabilities, and what takes it away\n\n"
        f"{made_by(facts)}\n{_findings(frame, removed)}\n{_variants(frame)}\n{_means(frame)}\n"
        f"{_each(frame, removed)}"
    )
    (out / "README.md").write_text(text)
    print(text)


def removed_shares(frame: pd.DataFrame, plain: Side = PLAIN, weighted: Side = BALANCED) -> pd.DataFrame:
    """For each data set and library the log loss that weights add, and the part that correction removes.

    ``adds`` says whether the interval of what they add lies above 0; the share is (balanced − corrected) /
    (balanced − unweighted) of the means over folds.
    """
    corrected = Side(arm=weighted.arm, rule="none", proba="corrected")
    keys = ["dataset", "library"]
    added = against(frame, plain, weighted, "log_loss").set_index(keys)
    left = against(frame, plain, corrected, "log_loss").set_index(keys)
    return pd.DataFrame(
        {
            "added": added["difference"],
            "low": added["low"],
            "high": added["high"],
            "left": left["difference"],
            "left_low": left["low"],
            "left_high": left["high"],
            "share": 1 - left["difference"] / added["difference"],
            "adds": added["low"] > 0,
        }
    ).reset_index()


def _findings(frame: pd.DataFrame, removed: pd.DataFrame) -> str:
    where = removed[removed["adds"]]
    lines = [*by(where, "library", _share_line), ["all", *_share_line(where)]]
    stopped = _of_setting(frame, "early stopping, evaluation weighted")
    stopped = stopped[stopped["adds"]]
    head = ["library", "pairs where it adds", "mean share removed", "share of the sum", "least"]
    grown, early = (f"{_of_sum(part):.0%} of the sum" for part in (where, stopped))
    return (
        f"With all trees grown, balanced weights add log loss, the interval above 0, in {len(where)} of\n"
        f"{len(removed)} pairs of data set and library. There correction removes {grown} and\n"
        f"{where['share'].mean():.0%} as a mean of the pairs' shares. In models that stop early on weighted\n"
        f"evaluation rows, weights add in {len(stopped)} pairs, and it removes {early} and\n"
        f"{stopped['share'].mean():.0%} as a mean of shares.\n\n"
        f"{WHY}\nWith all trees grown:\n\n{markdown(head, lines)}"
    )


def _of_sum(where: pd.DataFrame) -> float:
    return float(1 - where["left"].sum() / where["added"].sum())


def _of_setting(frame: pd.DataFrame, setting: str) -> pd.DataFrame:
    plain, weighted = (Side(arm=arm, rule="none", proba="raw") for arm in VARIANTS[setting])
    return removed_shares(frame, plain, weighted)


def _share_line(part: pd.DataFrame) -> list[str]:
    return [
        str(len(part)),
        f"{part['share'].mean():.0%}",
        f"{_of_sum(part):.0%}",
        f"{part['share'].min():.0%}",
    ]


def _means(frame: pd.DataFrame) -> str:
    """Each arm minus unweighted, averaged over data sets and libraries."""
    lines = []
    for name, (arm, proba) in ROWS.items():
        found = [
            against(frame, PLAIN, Side(arm=arm, rule="none", proba=proba), metric)["difference"].mean()
            for metric in METRICS
        ]
        lines.append([name, *(signed(value) for value in found)])
    plain = frame[(frame["arm"] == "unweighted") & (frame["proba"] == "raw")]
    first = [f"{plain[plain['metric'] == metric]['value'].mean():.4f}" for metric in METRICS]
    return (
        "## Differences from unweighted, means over data sets and libraries\n\n"
        "Recalibration is CalibratedClassifierCV, three folds of the training rows, the mean of its three\n"
        "models: averaging alone lowers the log loss, so unweighted models are recalibrated too.\n\n"
        + markdown(["", *METRICS.values()], [["unweighted itself", *first], *lines])
    )


def _each(frame: pd.DataFrame, removed: pd.DataFrame) -> str:
    sides = [("balanced", "raw"), *(("balanced", f"{proba}+isotonic") for proba in ("raw", "corrected"))]
    tables = {
        proba: against(frame, PLAIN, Side(arm=arm, rule="none", proba=proba), "log_loss").set_index(
            ["dataset", "library"]
        )
        for arm, proba in [*sides, ("balanced", "corrected")]
    }
    lines = [
        [
            row.dataset,
            row.library,
            *(interval(tables[p].loc[(row.dataset, row.library)]) for p in _SHOWN),
            f"{row.share:.0%}" if row.adds else "–",
        ]
        for row in removed.itertuples()
    ]
    head = [
        "data",
        "library",
        "balanced",
        "corrected",
        "balanced, isotonic",
        "corrected, isotonic",
        "removed",
    ]
    return (
        "## Log loss minus that of unweighted, with 95 % intervals over folds\n\n"
        "Nadeau and Bengio's correction. The last column is the share of the added log loss that correction\n"
        "removes, where the interval of what balanced adds lies above 0.\n\n" + markdown(head, lines, left=2)
    )


_SHOWN: Final = ("raw", "corrected", "raw+isotonic", "corrected+isotonic")


def _variants(frame: pd.DataFrame) -> str:
    lines = list(_variant_lines(frame))
    head = ["library", "setting", "unweighted", "balanced adds", "left after correction", "removed", "shift"]
    return (
        "## What inversion cannot repair, and why\n\n"
        "Log loss minus that of the unweighted model *with the same setting*, means over the data sets;\n"
        "*removed* is of their sums. *Shift* is by how much weights moved the log odds, as a share of the\n"
        "log of the weights: correction takes 1 away, and where weights moved less, it overshoots.\n\n"
        + markdown(head, lines, left=2)
    )


def _variant_lines(frame: pd.DataFrame) -> Iterator[list[str]]:
    for library in frame["library"].unique():
        part = frame[frame["library"] == library]
        for setting, (plain, weighted) in VARIANTS.items():
            found = _of_setting(part, setting)
            added, left = found["added"].mean(), found["left"].mean()
            yield [
                library,
                setting,
                f"{_mean(part, plain, 'log_loss'):.4f}",
                signed(added),
                signed(left),
                f"{1 - left / added:.0%}" if added > 0 else "–",
                f"{_mean(part, weighted, 'shift'):.2f}",
            ]


def _mean(frame: pd.DataFrame, arm: str, metric: str) -> float:
    rows = (frame["arm"] == arm) & (frame["proba"] == "raw") & (frame["metric"] == metric)
    return float(frame.loc[rows, "value"].mean())
