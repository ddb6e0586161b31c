"""PerpetualBooster's model files: JSON of its own."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from boostweights.errors import InvalidValueError, shown

__all__ = ["is_file", "load"]

_HEADS: Final = (b'{"cfg":{"objective":', b'{"n_boosters":')


def is_file(path: Path, head: bytes) -> bool:
    """Whether a file that begins like this is a model that ``save_booster`` wrote."""
    return head.startswith(_HEADS)


def load(path: Path) -> Any:
    """Return the model of a file, or raise InvalidValueError where PerpetualBooster does not load it."""
    from perpetual import PerpetualClassifier

    try:
        return PerpetualClassifier.load_booster(str(path))
    except (ValueError, KeyError, TypeError) as refused:
        raise InvalidValueError(
            "the file must be a model that PerpetualBooster saved, whole",
            f"{shown(str(path))}: {shown(str(refused))}",
            "Save it again with save_booster, or copy it again.",
        ) from refused
