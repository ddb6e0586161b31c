"""A weight path of real loans, with its pictures and its page: benchmarks/results/path/.

    python -m benchmarks.path [--rows N] [--out FOLDER]

Give-me-credit, the rows that have costs. A miss and a false alarm cost what they do on average there; groups
are bands of age, which is a feature too.
"""

import argparse
import json
import os
from pathlib import Path
from typing import Any, Final

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import pandas as pd

import boostweights as bw
from benchmarks.costs.measure import class_costs
from benchmarks.experiment.problem import problem
from benchmarks.experiment.run import RESULTS, environment
from benchmarks.experiment.tables import made_with, markdown
from boostweights.benchmark.data.rows import row_costs

DATASET: Final = "give-me-credit"
AGES: Final = {"under 35": 35.0, "35 to 49": 50.0, "50 to 64": 65.0, "65 and over": np.inf}
DISPLAYS: Final[dict[str, Any]] = {
    "weight_path.svg": bw.plots.WeightPathDisplay,
    "confusion_path.svg": bw.plots.ConfusionPathDisplay,
    "precision_recall_path.png": bw.plots.PrecisionRecallPathDisplay,  # a point a row: too many for an SVG
    "calibration_shift.svg": bw.plots.CalibrationShiftDisplay,
}
SHOWN: Final = {
    "ratio": "weight",
    "tp": "caught",
    "fn": "missed",
    "fp": "false alarms",
    "recall": "recall",
    "precision": "precision",
    "average_precision": "AP",
    "log_loss": "log loss",
    "log_loss_corrected": "corrected",
    "cost": "cost a row",
}


def main() -> None:
    """Train the path, and write its tables, pictures and page."""
    parser = argparse.ArgumentParser(description="A weight path of real loans.")
    parser.add_argument("--rows", type=int, default=200_000, help="at most so many, stratified")
    parser.add_argument("--out", type=Path, default=RESULTS / "path")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    path = trained(options.rows)
    tables = {"path": path.to_frame(), "baselines": path.baselines(), "groups": path.group_frame()}
    for name, table in tables.items():
        table.to_csv(options.out / f"{name}.csv", index=False, float_format="%.6g")
    draw(path, options.out)
    bw.plots.write_weight_path_page(path, options.out / "path.html")
    facts = {"command": "make path", "data": DATASET, "rows": len(path.y), "folds": path.folds}
    facts |= {"estimator": path.estimator, "costs": repr(path.costs), **environment()}
    (options.out / "run.json").write_text(json.dumps(facts, indent=1) + "\n")
    (options.out / "README.md").write_text(page(path, tables, facts))


def trained(rows: int) -> bw.path.WeightPath:
    """The path over at most so many rows."""
    from lightgbm import LGBMClassifier

    data = problem(DATASET, rows, with_costs=True)
    every_row = np.arange(len(data.y))  # costs are a chart's unit here: nothing is trained on them
    costs = class_costs(data.y, row_costs(data.dataset, every_row))
    X = data.features("lightgbm")
    bands = pd.cut(X["age"], [0, *AGES.values()], right=False, labels=list(AGES))
    booster = LGBMClassifier(
        n_estimators=100, random_state=0, n_jobs=1, verbosity=-1, deterministic=True, force_row_wise=True
    )
    splits = list(data.folds(5, 0))
    return bw.weight_path(booster, X, data.y, cv=splits, groups=bands, costs=costs, tuning="folds")


def draw(path: bw.path.WeightPath, folder: Path) -> None:
    """Draw the pictures of a path."""
    import matplotlib.pyplot as plt

    for name, display in DISPLAYS.items():
        given = {"ratio": _cheapest(path)} if display is bw.plots.CalibrationShiftDisplay else {}
        drawn = display.from_path(path, **given)
        metadata = {"Date": None} if name.endswith("svg") else {"Software": None}
        with plt.rc_context({"svg.hashsalt": name}):
            drawn.figure_.savefig(folder / name, metadata=metadata, dpi=110)
        plt.close(drawn.figure_)


def page(path: bw.path.WeightPath, tables: dict[str, pd.DataFrame], facts: dict[str, Any]) -> str:
    """The page."""
    costs, cheapest = path.costs, _cheapest(path)
    assert costs is not None  # `trained` specifies them
    return (
        f"# A weight path: {DATASET}\n\n"
        f"Made by `{facts['command']}`: {facts['rows']} loans, {int(path.y.sum())} of them defaulted, "
        f"{path.folds} folds, one thread;\n`{facts['estimator']}`;\n"
        f"{made_with(facts)}.\n\n"
        f"A default that is missed costs {costs.fn:.0f} and a good loan refused {costs.fp:.0f}, as on\n"
        "average over these rows. Move weight, threshold and costs yourself: [path.html](path.html).\n\n"
        "![Recall, precision and cost by weight](weight_path.svg)\n\n"
        "## Every weight, at .5, and the unweighted model at other thresholds\n\n"
        f"{_ratios(tables)}\n"
        f"The least mean cost at .5 is at {cheapest:.3g}. What to use (`path.best()`):\n\n"
        f"```text\n{path.best()}\n```\n\n"
        "## Whose errors the weight trades\n\n"
        "Share of defaults missed (fnr) and of good loans refused (fpr) in each band of age, unweighted\n"
        f"and at {cheapest:.3g}.\n\n{_groups(tables['groups'], cheapest)}\n"
        "## The same path in other pictures\n\n"
        "![Confusion matrices by weight](confusion_path.svg)\n"
        "![Operating points on the precision-recall curves](precision_recall_path.png)\n"
        "![Reliability before and after correction](calibration_shift.svg)\n"
    )


def _cheapest(path: bw.path.WeightPath) -> float:
    table = path.to_frame()
    return float(table.loc[table["cost"].idxmin(), "ratio"])


def _ratios(tables: dict[str, pd.DataFrame]) -> str:
    weighted = tables["path"].assign(model="weighted", threshold=0.5)
    found = pd.concat([weighted, tables["baselines"].rename(columns={"baseline": "model"})])
    lines = [
        [row["model"], *(_figure(row[name]) for name in ("threshold", *SHOWN))] for _, row in found.iterrows()
    ]
    return markdown(["", "threshold", *SHOWN.values()], lines)


def _figure(value: float) -> str:
    if np.isnan(value):
        return ""
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.3g}"


def _groups(groups: pd.DataFrame, ratio: float) -> str:
    at = groups[groups["ratio"] == ratio].set_index("group")
    lines = []
    for band in AGES:
        row = at.loc[band]
        rates = [(row[rate] - row[f"{rate}_change"], row[rate]) for rate in ("fnr", "fpr")]
        cells = [f"{before:.1%} → {after:.1%}" for before, after in rates]
        lines.append([band, f"{row['rows']:.0f}", f"{row['positives']:.0f}", *cells])
    return markdown(["age", "rows", "defaults", "missed", "refused"], lines)


if __name__ == "__main__":
    main()
