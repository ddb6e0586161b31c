"""LightGBM's model files: text."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Final

from boostweights.errors import InvalidValueError, shown

__all__ = ["is_file", "load"]

_SIZES: Final = re.compile(r"^tree_sizes=.*\n", re.MULTILINE)
_LAST: Final = "\nend of parameters"


def is_file(path: Path, head: bytes) -> bool:
    """Whether a file that begins like this is a model of LightGBM's."""
    return head.startswith((b"tree\n", b"tree\r\n"))


def load(path: Path) -> Any:
    """Return the Booster of a model file.

    Raises
    ------
    InvalidValueError
        If it is cut short, or LightGBM does not load it.
    """
    from lightgbm import Booster
    from lightgbm.basic import LightGBMError

    text = path.read_text(encoding="utf-8", errors="replace")
    if _LAST not in text:  # LightGBM would load the trees that are there
        raise _unreadable(path, "it ends before its parameters do")
    try:  # without sizes to jump by, a damaged tree is an error instead of the end of the process
        return Booster(model_str=_SIZES.sub("", text, count=1))
    except (LightGBMError, ValueError) as refused:  # what is behind the parameters is JSON
        raise _unreadable(path, str(refused)) from refused


def _unreadable(path: Path, why: str) -> InvalidValueError:
    return InvalidValueError(
        "a model file must be one that LightGBM wrote, whole",
        f"{shown(str(path))}: {why}",
        "Save it again in the text format, with Booster.save_model, or copy it again.",
    )
