"""Cost against size, as a figure: counting and weights from labels, and weight columns of frames."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

__all__ = ["cost"]

LABELS = ("int64, 1 % ones", "numpy object", "pandas category", "polars Enum")
FRAME_COLUMN = "int64"


def cost(folder: Path) -> None:
    """Draw ``cost.svg`` of the JSON files in a folder."""
    import matplotlib.pyplot as plt

    panels = [(title, list(lines)) for title, lines in _panels(folder)]
    if not panels:
        return
    figure, axes = plt.subplots(1, len(panels), figsize=(5.2 * len(panels), 4.2), squeeze=False)
    for axis, (title, lines) in zip(axes[0], panels, strict=True):
        for name, rows, seconds, style in lines:
            axis.plot(rows, seconds, style, marker="o", markersize=3, label=name)
        axis.set(xscale="log", yscale="log", xlabel="rows", ylabel="seconds", title=title)
        axis.grid(visible=True, alpha=0.3)
        axis.legend(fontsize="x-small")
    figure.tight_layout()
    with plt.rc_context({"svg.hashsalt": "cost"}):
        figure.savefig(folder / "cost.svg", metadata={"Date": None})
    plt.close(figure)


def _panels(folder: Path) -> Iterator[tuple[str, Iterator[Any]]]:
    labels, frames = folder / "labels.json", folder / "frames.json"
    if labels.exists():
        yield (
            "labels: counting and row weights",
            _of_labels(json.loads(labels.read_text())["against_sklearn"]),
        )
    if frames.exists():
        yield "frames: count and weight column", _of_frames(json.loads(frames.read_text())["engines"])


def _of_labels(rows: list[Any]) -> Iterator[tuple[str, list[int], list[float], str]]:
    for name in LABELS:
        same = [row for row in rows if row["column"] == name]
        if not same:
            continue
        sizes = [row["rows"] for row in same]
        yield name, sizes, [row["seconds"]["median"] for row in same], "-"
        yield f"{name}, scikit-learn", sizes, [row["sklearn_seconds"]["median"] for row in same], ":"


def _of_frames(rows: list[Any]) -> Iterator[tuple[str, list[int], list[float], str]]:
    for engine in dict.fromkeys(row["engine"] for row in rows):
        same = [row for row in rows if row["engine"] == engine and row["column"].startswith(FRAME_COLUMN)]
        if same:
            yield engine, [row["rows"] for row in same], [row["seconds"]["median"] for row in same], "-"
    copies = {row["rows"]: row["copy_seconds"]["median"] for row in rows}
    yield "copy of float32", list(copies), list(copies.values()), ":"
