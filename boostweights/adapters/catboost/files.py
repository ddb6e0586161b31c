"""CatBoost's model files: its own binary format and JSON."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

from boostweights.errors import InvalidValueError, shown

__all__ = ["is_file", "load"]

_MAGIC: Final = b"CBM1"
_KEYS: Final = (b'"features_info"', b'"oblivious_trees"', b'"trees"', b'"model_info"', b'"ctr_data"')


def is_file(path: Path, head: bytes) -> bool:
    """Whether a file that begins like this is a model of CatBoost's."""
    document = head.lstrip()[:1] == b"{" and any(key in head for key in _KEYS)
    return head.startswith(_MAGIC) or document


def load(path: Path) -> Any:
    """Return the model of a file, in the format that its content shows.

    Raises
    ------
    InvalidValueError
        If CatBoost does not load it.
    """
    from catboost import CatBoost, CatBoostError

    with path.open("rb") as file:
        kind = "cbm" if file.read(len(_MAGIC)) == _MAGIC else "json"
    model = CatBoost()
    try:
        if kind == "json":  # CatBoost would load what there is of one that is cut short
            json.loads(path.read_bytes())
        return model.load_model(str(path), format=kind)
    except (CatBoostError, ValueError, RecursionError) as refused:
        raise InvalidValueError(
            "the file must be a model that CatBoost saved, whole",
            f"{shown(str(path))}: {shown(str(refused))}",
            "Save it again with save_model, as .cbm or .json, or copy it again.",
        ) from refused
