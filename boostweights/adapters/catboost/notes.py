"""Notes inside CatBoost's models: metadata, which model files and pickles keep, and other fits too."""

from __future__ import annotations

from typing import Any

from boostweights.errors import InvalidTypeError, shown

__all__ = ["check_fitted", "read_note", "training", "write_note"]


def read_note(model: Any, name: str) -> str | None:
    """Return the text kept under a name, or None."""
    kept = dict(_metadata(model)).get(name)
    return None if kept is None else str(kept)


def write_note(model: Any, name: str, text: str) -> None:
    """Keep a text under a name, in the model itself."""
    _metadata(model)[name] = text


def training(model: Any) -> str:
    """Return CatBoost's own identifier of a training."""
    return str(dict(_metadata(model)).get("model_guid", ""))


def check_fitted(model: Any) -> None:
    """Raise unless a model is fitted."""
    if not model.is_fitted():
        raise InvalidTypeError("the model must be fitted", shown(model), "Call fit first.")


def _metadata(model: Any) -> Any:
    check_fitted(model)
    return model.get_metadata()
