"""The page that shows the results of the speed benchmarks, made of their JSON files.

python benchmarks/speed/readme.py
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from measure import Options
from plot import cost
from targets import BENCHMARKS, cells, judged
from targets import HEAD as TARGET_HEAD

KINDS = ("layer_int64", "layer_bool", "layer_object")
WRAPPER_HEAD = ("library", "rows", "native fit, s", "wrapped / native", "layer alone, ms")
HEAD = """# Speed

Ratios against a peer, both timed in turn in one run: medians, and in brackets the extremes, which pair the
best of one side with the worst of the other. Made by `make speed`, or by the command above each table; all
figures are in the JSON files beside this page. The first table of each benchmark has its targets, and what
bounds them: a figure at its bound has nothing left to gain. A run is published if the machine had nothing
else to do.

![Seconds against rows, for labels and frames](cost.svg)

A hundred million labels: [1e8/labels.json](1e8/labels.json), by `labels.py --rows 1e8`.
Ten million on Dask: [1e7/frames.json](1e7/frames.json), by `frames.py --engines dask --rows 1e7`.
"""


def page(folder: Path) -> str:
    """All tables whose JSON file is there."""
    parts = [HEAD]
    sections = {
        "labels": labels,
        "wrapper": wrapper,
        "imports": imports,
        "frames": frames,
        "outofcore": outofcore,
        "tenmillion": tenmillion,
        "sweep": sweep,
        "fitted": fitted,
        "path": path,
        "cluster": cluster,
    }
    for name in BENCHMARKS:
        file = folder / f"{name}.json"
        if file.exists():
            document = json.loads(file.read_text())
            tables = sections.get(name, lambda document: [])
            # a file from before the figures were kept in it has them all the same
            rows = [cells(row) for row in judged(name, document)]
            parts += [f"## {name}\n", origin(document), table(TARGET_HEAD, rows), *tables(document)]
    return "\n".join(parts)


def origin(document: dict[str, Any]) -> str:
    machine = document["machine"]
    libraries = ", ".join(f"{name} {number}" for name, number in document["versions"].items())
    load, others = machine["load_average_before"], machine.get("others_share")
    return (
        f"`{document['command']}` on {document['date'][:10]}, {machine['cpu']}, {machine['cores']} cores"
        + ("" if load is None else f", load average {load:.1f} before")
        + ("" if others is None else f", other processes {others:.1%} of the cores' time")
        + f"; {libraries}.\n"
    )


def path(document: dict[str, Any]) -> list[str]:
    rows = [
        [
            f"{row['library']}, {row['values']}",
            row["reuse"],
            row["tuning"],
            f"{row['rows']:,}",
            f"{row['ratio']['median']:.2f} {between(row['ratio'])}",
            row["at_most"] or "",
            f"{row['ratio']['seconds']:.1f}",
            f"{row['ratio']['peer_seconds']:.1f}",
            row["reused"].partition(":")[0],
        ]
        for row in document["paths"]
    ]
    return [
        "`weight_path` of six weights and five folds, its baselines, tuned thresholds and fitted corrections",
        "included, against `GridSearchCV` over the same weights with one metric and without a refit;",
        "processor seconds. Coarse features have at most 256 values. Thresholds are tuned on the scores of",
        "the other folds, or nested within training folds, as by default.\n",
        table(["", "reuse", "tuning", "rows", "path / grid", "at most", "path, s", "grid, s", "bins"], rows),
    ]


def fitted(document: dict[str, Any]) -> list[str]:
    def cell(ratio: dict[str, float]) -> str:
        return f"{ratio['median']:.3g} {between(ratio)}"

    rows = [
        [
            row["library"],
            f"{row['rows']:,}",
            cell(row["fit"]),
            f"{row['fit']['peer_seconds']:.2f}",
            cell(row["predict"]),
        ]
        for row in document["ratios"]
    ]
    head = ["library", "rows", "fitted / plain fit", "plain fit, s", "predicting, fitted / analytic"]
    most = document["at_most"]
    said = f'`correct_proba="fitted"` with five folds: at most {most} plain fits from 1e5 rows on.\n'
    return [said, table(head, rows)]


def labels(document: dict[str, Any]) -> list[str]:
    timings = document["against_sklearn"]
    sizes = sorted({row["rows"] for row in timings})
    ratios = {(row["column"], row["rows"]): row["ratio"]["median"] for row in timings}
    memory = {row["column"]: row for row in document["peak_memory"]}
    largest = [row for row in timings if row["rows"] == sizes[-1]]
    speed = table(
        [
            "column",
            *[f"{size:.0e}".replace("e+0", "e") for size in sizes],
            "[min max]",
            "to reach",
            "ours, ms",
            "of that counting",
            "peak bytes a row, counting",
            "and weights",
        ],
        [
            [
                row["column"],
                *[f"{ratios[row['column'], size]:.3g}" for size in sizes],
                between(row["ratio"]),
                row["required"] or "",
                f"{row['seconds']['median'] * 1e3:.1f}",
                f"{row['counting_seconds']['median'] * 1e3:.1f}",
                peak(memory[row["column"]]["counting"]),
                peak(memory[row["column"]]["weighing"]),
            ]
            for row in largest
        ],
    )
    masks = table(
        ["rows", "weights alone / fill-and-mask", "[min max]", "at most", "fill alone, ms"],
        [
            [
                f"{row['rows']:,}",
                f"{row['ratio']['median']:.2f}",
                between(row["ratio"]),
                row["required"],
                f"{row['fill_seconds']['median'] * 1e3:.2f}",
            ]
            for row in document["weights_alone"]
        ],
    )
    return [
        "Counting and row weights: how many times faster than scikit-learn's `compute_sample_weight`, by",
        f"rows. From the brackets on, all is at {sizes[-1]:,} rows. Peak memory is what numpy allocates (in",
        "brackets: growth of the process), the float32 result's 4 bytes included.\n",
        speed,
        masks,
    ]


def wrapper(document: dict[str, Any]) -> list[str]:
    shares = table(
        [*WRAPPER_HEAD, "its share", "at most", "its peak bytes a row", "by hand"],
        [
            [
                *wrapped(row),
                " / ".join(f"{row[kind]['share_of_native_fit']:.2%}" for kind in KINDS),
                f"{row['required_share']:.0%}",
                " / ".join(peak(row[kind]["peak_bytes_a_row"]) for kind in KINDS),
                " / ".join(str(row[kind]["peak_bytes_a_row"]["prepared_by_hand"]) for kind in KINDS),
            ]
            for row in document["large"]
        ],
    )
    absolute = table(
        [*WRAPPER_HEAD, "at most, ms"],
        [[*wrapped(row), row["required_ms"]] for row in document["small"]],
    )
    return [
        "`WeightedClassifier.fit` over the native fit, and the layer alone: over an estimator whose fit does",
        "nothing, for int64 / bool / object labels. Peak memory as above; by hand: the weights, and codes",
        "where labels are not encoded, that a user would make as well.\n",
        shares,
        absolute,
    ]


def wrapped(row: dict[str, Any]) -> list[str]:
    return [
        row["library"],
        f"{row['rows']:,}",
        f"{row['native_seconds']['median']:.3f}",
        f"{row['ratio']['median']:.3f} {between(row['ratio'])}",
        " / ".join(f"{row[kind]['milliseconds']:.2f}" for kind in KINDS),
    ]


def imports(document: dict[str, Any]) -> list[str]:
    row = document["import_boostweights"]
    return [
        table(
            ["", "ratio", "[min max]", "at most", "beyond the bare interpreter", "modules it adds"],
            [
                [
                    "import boostweights / import numpy",
                    f"{row['ratio']['median']:.3f}",
                    between(row["ratio"]),
                    row["required"],
                    f"{row['ratio_beyond_interpreter']:.3f}",
                    ", ".join(row["modules_beyond_numpy"]),
                ]
            ],
        )
    ]


def frames(document: dict[str, Any]) -> list[str]:
    rows = [
        [
            row["engine"],
            row["column"],
            f"{row['rows']:,}",
            f"{row['seconds']['median'] * 1e3:.2f}",
            f"{row['counting_seconds']['median'] * 1e3:.2f}",
            f"{row['ratio']['median']:.2f} {between(row['ratio'])}",
            f"{row['copy_seconds']['median'] * 1e3:.2f}",
        ]
        for row in document["engines"]
    ]
    head = [
        "engine",
        "column",
        "rows",
        "ours, ms",
        "of that counting",
        "by hand / ours [min max]",
        "copy, ms",
    ]
    return [
        '`with_weights(frame, "label", "balanced")`, computed to the last row, against what one would write',
        "by hand in that engine, and against a copy of as many float32.\n",
        table(head, rows),
    ]


def outofcore(document: dict[str, Any]) -> list[str]:
    counting = [
        [
            row["column"],
            f"{row['rows']:,}",
            f"{row['ratio']['median']:.2f} {between(row['ratio'])}",
            row["required"],
            f"{row['seconds']['median'] * 1e3:.1f}",
        ]
        for row in document["counting"]
    ]
    memory = [
        [
            row["side"],
            f"{row['rows'][1]:,}",
            *[f"{peak / 1e6:,.0f}" for peak in row["peak_bytes"]],
            f"{row['bytes_a_row']:.0f}",
            row["feature_bytes_a_row"],
            f"{row['seconds'][1]:.1f}",
        ]
        for row in document["memory"]
    ]
    sweeps = [
        [
            row["library"],
            f"{row['rows']:,}",
            row["weightings"],
            f"{row['ratio']['median']:.2f}",
            f"{row['seconds']['median']:.1f}",
        ]
        for row in document["sweeps"]
    ]
    return [
        "Counting the label column of a Parquet folder, against DuckDB's count on the same files:\n",
        table(["column", "rows", "ours / DuckDB [min max]", "at most", "ours, ms"], counting),
        "Peak memory of training beyond imports, each in a fresh process, on half the rows and on all;",
        "`read` is the folder read into a pandas frame and fitted as such.\n",
        table(
            [
                "training",
                "rows",
                "peak on half, MB",
                "on all, MB",
                "growth, bytes a row",
                "features, bytes a row",
                "s",
            ],
            memory,
        ),
        "Ten weightings by `sweep_parquet` (xgboost with frozen cuts), against ten fits:\n",
        table(["library", "rows", "weightings", "ten fits / sweep", "sweep, s"], sweeps),
    ]


MACHINES = 20
"""Of the cluster that is reckoned: each then holds five times the rows of the largest run."""


def tenmillion(document: dict[str, Any]) -> list[str]:
    found = {(run["step"], run["side"], run["rows"]): run for run in document["steps"]}
    few, many = sorted({run["rows"] for run in document["steps"]})
    steps = list(dict.fromkeys(run["step"] for run in document["steps"]))
    measured, reckoned = [], []
    for step in steps:
        blocks, whole = ([found[step, side, rows] for rows in (few, many)] for side in ("blocks", "whole"))
        measured.append(
            [
                step,
                *[f"{run['seconds']:.1f}" for run in (*blocks, *whole)],
                *[f"{run['peak_bytes'] / 1e6:,.0f}" for run in (*blocks, *whole)],
            ]
        )
        seconds, size = (
            (blocks[1][name] - blocks[0][name]) / (many - few) for name in ("seconds", "peak_bytes")
        )
        reckoned.append(
            [
                step,
                f"{1e6 * seconds:.2f}",
                f"{size:.0f}",
                f"{1e9 * seconds / 3600:.1f}",
                f"{size:.0f}",
                f"{1e9 * seconds / MACHINES / 60:.1f}",
                f"{size / MACHINES:.1f}",
            ]
        )
    sides = [
        f"{side}, {rows:.0e}".replace("e+0", "e") for side in ("blocks", "whole") for rows in (few, many)
    ]
    return [
        f"From labels to a fitted correction on {document['features']} features: seconds, and peak memory",
        "beyond imports, each step in a fresh process, block by block and read whole into a frame.",
        "`path`: three ratios, a fifth of the rows held out, threshold and correction with it; whole, the",
        "threshold is tuned within the training rows, which takes six fits more.",
        "`fitted`: a correction learned from a tenth of the rows.\n",
        table(["step", *[f"{each}, s" for each in sides], *[f"{each}, MB" for each in sides]], measured),
        "On paper, from what a row adds between the two sizes, block by block: a thousand million rows",
        f"on one such machine, and on {MACHINES} that share them, without the time of messages between them.",
        "Not measured; a cluster trains by `boostweights.distributed`.\n",
        table(
            ["step", "µs a row", "bytes a row", "1e9 rows, h", "GB", f"on {MACHINES}, min each", "GB each"],
            reckoned,
        ),
    ]


def sweep(document: dict[str, Any]) -> list[str]:
    rows = [
        [
            row["library"],
            f"{row['rows']:,}",
            f"{row['ten_fits']:.1f}",
            f"{row['binning']:.2f}",
            f"{row['sweep']:.1f}",
            f"{row['saved_share']:.0%}",
            f"{row['bound_share']:.0%}",
            f"{row['reached']:.0%}",
        ]
        for row in document["sweeps"]
    ]
    return [
        "Ten weights on rows binned once, as in `weight_path` (xgboost: frozen cuts, another model), against",
        "ten fits of the library's own estimator; processor seconds. At most, nine binnings are saved.",
        "CatBoost bins more than 200,000 rows anew for each weight: it draws rows for it in its own order.\n",
        table(
            ["library", "rows", "ten fits, s", "binning, s", "sweep, s", "saved", "at most", "of that"], rows
        ),
    ]


def cluster(document: dict[str, Any]) -> list[str]:
    rows = [
        [
            f"{row['rows']:,}",
            f"{row['seconds']['median']:.2f}",
            f"{row['overhead']['median']:.2f} {between(row['overhead'])}",
            f"{row['one_machine']['median']:.2f} {between(row['one_machine'])}",
            f"{row['counting_seconds']['median'] * 1e3:.0f}",
            f"{row['counting_one_machine_seconds']['median'] * 1e3:.0f}",
        ]
        for row in document["fits"]
    ]
    head = [
        "rows",
        "ours, s",
        "ours / native",
        "one machine / ours",
        "counting, ms",
        "counting on one machine, ms",
    ]
    return [
        "`DaskWeightedClassifier.fit` of DaskXGBClassifier in two processes of this machine, against the",
        "native fit with labels and weights made beforehand, and WeightedClassifier on two threads.\n",
        table(head, rows),
    ]


def table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines) + "\n"


def between(ratio: dict[str, float]) -> str:
    return f"[{ratio['min']:.3g} {ratio['max']:.3g}]"


def peak(memory: dict[str, float | None]) -> str:
    resident = memory["resident"]
    return f"{memory['traced']:.2f}" + ("" if resident is None else f" ({resident:.2f})")


def main() -> None:
    options = Options(__doc__).read()
    cost(options.out)
    (options.out / "README.md").write_text(page(options.out))


if __name__ == "__main__":
    main()
