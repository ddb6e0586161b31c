"""Which code makes a run and judges it: recorded with the run, so that neither can change unseen."""

import hashlib
import subprocess
from importlib import resources
from pathlib import Path
from typing import Final

from boostweights.errors import InvalidValueError

ANALYSIS: Final = ("stats", "claims")
"""The rooms of the benchmark by which results are judged."""


def analysis_digest() -> str:
    """Return the SHA-256 of all files by which results are judged.

    Examples
    --------
    >>> len(analysis_digest())
    64
    """
    sha = hashlib.sha256()
    home = Path(str(resources.files("boostweights.benchmark")))
    files = (
        path for room in ANALYSIS for path in (home / room).rglob("*") if path.suffix in (".py", ".toml")
    )
    for path in sorted(files):
        sha.update(f"{path.relative_to(home).as_posix()}\0".encode())
        sha.update(path.read_bytes() + b"\0")
    return sha.hexdigest()


def commit() -> str | None:
    """Return the commit of the checkout that is run, marked where files differ; None where it is none."""
    home = Path(__file__).parents[3]
    if not (home / ".git").exists():
        return None
    found = _git(home, "rev-parse", "HEAD")
    changed = _git(home, "status", "--porcelain", "--untracked-files=no")
    return f"{found} and changes" if found and changed else found or None


def clean_commit() -> str:
    """Return the commit, or raise unless the checkout is exactly that.

    Raises
    ------
    InvalidValueError
        If it is no checkout, or files differ from the commit.
    """
    found = commit()
    if found is None or found.endswith("changes"):
        raise InvalidValueError(
            "this run needs a clean commit, which it records", str(found), "Commit, or check out a commit."
        )
    return found


def _git(home: Path, *arguments: str) -> str:
    try:
        done = subprocess.run(
            ["git", "-C", str(home), *arguments], capture_output=True, text=True, check=False
        )
    except FileNotFoundError:  # no git
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
