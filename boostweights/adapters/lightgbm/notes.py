"""Notes inside LightGBM's models: lines among the parameters, which LightGBM carries along unread.

A line is ``[name: text]``. Text that would not stay one plain line is kept as base64.
"""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from typing import Any, Final

from boostweights.errors import InvalidTypeError, InvalidValueError, shown

__all__ = ["booster_of", "model_text", "read_note", "training", "with_note", "write_note"]

_START: Final = "\nparameters:\n"
_END: Final = "\nend of parameters"
_ENCODED: Final = "base64 "
_PLAIN: Final = re.compile(r"[\w .,+-]*", re.ASCII)


def booster_of(model: Any) -> Any:
    """Return the Booster of a fitted classifier, or a Booster as it is."""
    if not hasattr(type(model), "booster_"):
        return model
    if not model.__sklearn_is_fitted__():
        raise InvalidTypeError("the model must be fitted", type(model).__name__, "Call fit first.")
    return model.booster_


def model_text(booster: Any, iterations: int = -1) -> str:
    """Return a Booster as its model file has it; -1 for all iterations."""
    return str(booster.model_to_string(num_iteration=iterations))


def read_note(model: Any, name: str) -> str | None:
    """Return the text kept under a name, or None."""
    parameters = model_text(booster_of(model), iterations=1).rpartition(_START)[2]
    found = _line(name).search(parameters.partition(_END)[0])
    if found is None:
        return None
    text = found[1]
    if not text.startswith(_ENCODED):
        return text
    try:
        return b64decode(text.removeprefix(_ENCODED)).decode()
    except ValueError as broken:  # of base64, of UTF-8
        raise InvalidValueError(
            "a note in a model must be as it was written", f"{name}: {shown(text)}", "Write it again."
        ) from broken


def write_note(model: Any, name: str, text: str) -> None:
    """Keep a text under a name: the Booster is read anew from its own text, as LightGBM does after training.

    Raises
    ------
    InvalidValueError
        If the Booster still holds its training data: it would lose them.
    """
    booster = booster_of(model)
    if getattr(booster, "train_set", None) is not None:
        raise InvalidValueError(
            "a note is written into a model whose training is over",
            "a Booster with its training data (keep_training_booster=True)",
            "Call booster.model_from_string(booster.model_to_string()).free_dataset() after the last update.",
        )
    booster.model_from_string(with_note(model_text(booster), name, text))


def with_note(model_file: str, name: str, text: str) -> str:
    """Return a model file's text with a note in it, in place of one of the same name."""
    head, found, tail = model_file.rpartition(_END)
    if not found:
        raise InvalidValueError(
            "a model must keep its parameters to be marked",
            "a model file without a parameters section",
            "Load it as LightGBM wrote it.",
        )
    trees, start, parameters = head.rpartition(_START)
    kept = _line(name).sub("", parameters).rstrip()
    plain = _PLAIN.fullmatch(text) and not text.startswith(_ENCODED)
    line = text if plain else _ENCODED + b64encode(text.encode()).decode()
    return f"{trees}{start}{kept}\n[{name}: {line}]\n{found}{tail}"


def training(model: Any) -> str:
    """Return nothing: a Booster that holds notes cannot be trained on, and a new one does not have them.

    Trees don't tell: a model file is cut at the best iteration.
    """
    return ""


def _line(name: str) -> re.Pattern[str]:
    return re.compile(rf"^\[{name}: (.*)\]$\n?", re.MULTILINE)
