"""A fitted PerpetualBooster: its notes and its file.

Notes are metadata, which files and pickles keep, and a new fit does not. Model files are JSON of its own.
"""

from pathlib import Path
from typing import Any

from boostweights.errors import check_fitted, explained, shown


def read_note(model: Any, name: str) -> str | None:
    """Return the text kept under a name, or None."""
    try:
        return str(_fitted(model).get_metadata(name))
    except KeyError:
        return None


def write_note(model: Any, name: str, text: str) -> None:
    """Keep a text under a name, in the model itself."""
    _fitted(model).insert_metadata(name, text)


def training(model: Any) -> str:
    """Return the number of trees, which pruning may change; after a new fit there are no notes."""
    return str(_fitted(model).number_of_trees)


def _fitted(model: Any) -> Any:
    check_fitted(getattr(model, "_is_fitted", False), model)
    return model


_HEADS = (b'{"cfg":{"objective":', b'{"n_boosters":')


def is_file(path: Path, head: bytes) -> bool:
    """Whether a file that begins like this is a model that ``save_booster`` wrote."""
    return head.startswith(_HEADS)


def load(path: Path) -> Any:
    """Return the model of a file, or raise InvalidValueError where PerpetualBooster does not load it."""
    from perpetual import PerpetualClassifier

    rule = "the file must be a model that PerpetualBooster saved, whole"
    remedy = "Save it again with save_booster, or copy it again."
    with explained((ValueError, KeyError, TypeError), rule, remedy, shown(str(path))):
        return PerpetualClassifier.load_booster(str(path))
