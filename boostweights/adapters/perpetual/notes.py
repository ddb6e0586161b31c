"""Notes inside PerpetualBooster's models: metadata, which files and pickles keep, and a new fit does not."""

from __future__ import annotations

from typing import Any

from boostweights.errors import InvalidTypeError, shown

__all__ = ["read_note", "training", "write_note"]


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
    if not getattr(model, "_is_fitted", False):
        raise InvalidTypeError("the model must be fitted", shown(model), "Call fit first.")
    return model
