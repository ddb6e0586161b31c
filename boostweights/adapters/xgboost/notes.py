"""Notes inside XGBoost's models: attributes of the Booster, which model files and pickles keep."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import Any, Final

from boostweights.errors import InvalidTypeError

__all__ = ["booster_of", "read_note", "training", "write_note"]

_GROWN: Final = ("left_children", "split_indices", "split_conditions", "leaf_weights")


def booster_of(model: Any) -> Any:
    """Return the Booster of a fitted classifier, or a Booster as it is."""
    if not hasattr(model, "get_booster"):
        return model
    if not model.__sklearn_is_fitted__():
        raise InvalidTypeError("the model must be fitted", type(model).__name__, "Call fit first.")
    return model.get_booster()


def read_note(model: Any, name: str) -> str | None:
    """Return the text kept under a name, or None."""
    kept: str | None = booster_of(model).attr(name)
    return kept


def write_note(model: Any, name: str, text: str) -> None:
    """Keep a text under a name, in the model itself."""
    booster_of(model).set_attr(**{name: text})


def training(model: Any) -> str:
    """Return what another training changes: a digest of the trees, or of gblinear's weights.

    A Booster that continues another one, or refreshes its leaves, inherits its attributes.
    """
    booster = json.loads(booster_of(model).save_raw("json"))["learner"]["gradient_booster"]
    grown = booster.get("gbtree", booster)["model"]
    kept = [[tree.get(name) for name in _GROWN] for tree in grown.get("trees", ())]
    content = [kept, grown.get("weights"), booster.get("weight_drop")]
    return sha256(json.dumps(content).encode()).hexdigest()[:16]
