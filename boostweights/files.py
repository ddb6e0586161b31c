"""Writing a file so that nobody ever sees a part of it.

The package atomicwrites, which did this, is archived by its author, who points to `os.replace`.
"""

from __future__ import annotations

import errno
import os
import secrets
from pathlib import Path
from typing import Final

from boostweights.errors import BoostweightsError


class StoreError(BoostweightsError, OSError):
    """A file that can be neither read nor written, and why; what was stored before stays."""


_OUTSIDE: Final = (
    *(errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES),
    *(errno.EPERM, errno.EEXIST, errno.ENOTDIR, errno.EISDIR),
)


def write_atomically(path: Path, content: bytes) -> None:
    """Write a file under a temporary name beside its place and move it there in one step.

    Parameters
    ----------
    path : Path
        Where; directories are made.
    content : bytes
        What.

    Raises
    ------
    StoreError
        If there is no space left, or the place may not be written to; what was there before stays.
    """
    try:
        _write(path, content)
    except OSError as failed:
        if failed.errno not in _OUTSIDE:
            raise
        raise StoreError(
            "a file must find a place that has space and may be written to",
            f"{path}: {os.strerror(failed.errno)}",
            "Make room, or choose another place, and call the same command again.",
        ) from failed


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        with partial.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(partial, path)
    finally:
        partial.unlink(missing_ok=True)
