"""scikit-learn's model files: skops, as far as nothing in them needs trust."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final
from zipfile import BadZipFile

from boostweights.errors import InvalidTypeError, InvalidValueError, MissingLibraryError, shown

__all__ = ["is_file", "load"]

_ZIP: Final = b"PK\x03\x04"


def is_file(path: Path, head: bytes) -> bool:
    """Whether a file that begins like this may be a model in skops's format."""
    return head.startswith(_ZIP) or path.suffix == ".skops"


def load(path: Path) -> Any:
    """Return the model of a skops file.

    Raises
    ------
    InvalidTypeError
        If it holds types that skops does not trust.
    InvalidValueError
        If skops does not load it.
    MissingLibraryError
        If skops is not installed.
    """
    try:
        import skops.io  # type: ignore[import-untyped]
    except ImportError as missing:
        raise MissingLibraryError(
            "a .skops file needs skops",
            f"no module named {missing.name!r}",
            "Install it with: pip install skops.",
        ) from missing
    try:
        untrusted = skops.io.get_untrusted_types(file=path)
    except (BadZipFile, KeyError, ValueError, TypeError, AttributeError, EOFError) as broken:
        raise InvalidValueError(
            "the file must be a model that skops saved, whole",
            f"{shown(str(path))}: {shown(str(broken))}",
            "Save it again with skops.io.dump, or copy it again.",
        ) from broken
    if untrusted:
        raise InvalidTypeError(
            "a skops file is opened here only if all its types are trusted",
            f"{', '.join(untrusted[:5])} in {shown(str(path))}",
            "Load it yourself with skops.io.load(path, trusted=[…]), if you trust them, and pass the model.",
        )
    return skops.io.load(path, trusted=None)
