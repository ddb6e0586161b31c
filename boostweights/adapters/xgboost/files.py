"""XGBoost's model files: JSON, UBJSON and the binary format of old."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from boostweights.adapters.xgboost.ubjson import is_whole
from boostweights.errors import InvalidValueError, shown

__all__ = ["is_file", "load"]

_OLD: Final = (".deprecated", ".model")
_KEY_LENGTHS: Final = (b"i", b"U", b"I", b"l", b"L")  # how UBJSON goes on where JSON has a quote


def is_file(path: Path, head: bytes) -> bool:
    """Whether a file that begins like this is a model of XGBoost's."""
    document = head.lstrip()[:1] == b"{" and b"learner" in head[:64]
    return document or head.startswith(b"binf") or path.suffix in _OLD


def load(path: Path) -> Any:
    """Return the Booster of a model file.

    Raises
    ------
    InvalidValueError
        If XGBoost does not load it.
    """
    import xgboost as xgb

    try:  # from memory: a path might be taken for an address, and its ending for the format
        data = path.read_bytes()
        if data[:1] == b"{" and data[1:2] in _KEY_LENGTHS and not is_whole(data):
            raise _unreadable(path, "it is cut short, or goes on behind its end")
        return xgb.Booster(model_file=bytearray(data))
    except (xgb.core.XGBoostError, OSError, UnicodeDecodeError) as unreadable:
        raise _unreadable(path, str(unreadable).splitlines()[0]) from unreadable


def _unreadable(path: Path, why: str) -> InvalidValueError:
    return InvalidValueError(
        "a model file must be one that xgboost loads",
        f"{shown(str(path))}: {why}",
        "Save it again as .ubj or .json, or copy it again.",
    )
