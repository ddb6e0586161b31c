"""Models saved in each format of their library's own."""

from pathlib import Path
from typing import Any

from boostweights.adapters.record import Record


def saved_files(record: Record, model: Any, folder: Path) -> list[Path]:
    """Save a fitted estimator in each format of its library's own, and return the files."""
    for name, save in record.files.items():
        save(model, folder / name)
    return [folder / name for name in record.files]
