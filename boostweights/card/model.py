"""Cards inside fitted models: put in, found again, also in model files."""

import os
from pathlib import Path
from typing import Any

import numpy as np

from boostweights.adapters.notes import CARD, note_of, write
from boostweights.adapters.readback import model_path
from boostweights.adapters.registry import adapter_of, adapters_that_can, require_installed
from boostweights.card.content import Content
from boostweights.card.resolving import classifier_in, last_step
from boostweights.card.text import to_text
from boostweights.errors import InvalidValueError, check_fitted, check_that, shown
from boostweights.isolated import in_child

_HEAD = 4096


def attach(card: Content, model: Any) -> Any:
    """Put a card into a fitted model and return the model."""
    clf = classifier_in(model)
    models = inner_models(model)
    adapter = adapter_of(models[0])
    rule, seen = "a card goes into a model of its own library", f"{card.library} for {adapter.name}"
    check_that(card.library in ("", adapter.name), rule, seen, "Make one with Card.of(classifier).")
    known = getattr(models[0] if clf is None else clf, "classes_", None)
    if known is not None and not isinstance(known, list) and len(known):
        labels = np.asarray(known).tolist()
        classes = list(card.weights.classes)
        check_that(
            set(labels) == set(classes) or labels == list(range(len(classes))),
            "a card is of the model's own labels",
            f"a card of {shown(classes)} for a model of {shown(labels)}",
            "Make the card on the labels that the model was trained on.",
        )
    for inner in models:
        write(inner, CARD, to_text(card))
    if clf is not None:
        clf._card = card
    return model


def text_in(model: Any) -> tuple[str, str]:
    """Return the text of the card in a model or model file, and what errors call it.

    Raises
    ------
    InvalidValueError, InvalidTypeError
        If there is none, it belongs to an earlier fit, or the file is no model.
    """
    if isinstance(model, (str, os.PathLike)):
        path = Path(model)
        text: str = in_child("boostweights.card.model:text_in_file", path)
        return text, f"the card in {path}"
    return _text(model), "the card in the model"


def text_in_file(path: str) -> str:
    """Return the text of the card in a model file, which is loaded here and now."""
    return _text(loaded(Path(path)))


def inner_models(model: Any) -> list[Any]:
    """Return the library's own model in a WeightedClassifier, a Pipeline or a search; an ensemble's folds."""
    last = last_step(model)
    if not hasattr(last, "__boostweights_bake__"):
        return [last]
    check_fitted(hasattr(last, "native_"), last)
    return list(last.models_)


def loaded(path: Path) -> Any:
    """Return the model in a file of a library's own format, or raise; pickles are not opened."""
    with model_path(path).open("rb") as file:
        head = file.read(_HEAD)
    for adapter in adapters_that_can("files"):
        if adapter.files.is_file(path, head):
            require_installed(adapter)
            return adapter.files.load(path)
    raise InvalidValueError(
        "a model file must be one of xgboost's, lightgbm's, catboost's or skops's formats",
        f"{shown(str(path))}, which begins with {shown(head[:16])}",
        "Pass .json or .ubj, .txt, .cbm, .skops. A pickle runs code when it is read, so it is not opened: "
        "load it yourself, if you trust it, and pass the model, on the command line as FILE.py:OBJECT.",
    )


def _text(model: Any) -> str:
    inner = inner_models(model)[0]
    note = note_of(inner, CARD)
    if note is None:
        mend = "Put one in with Card.of(…).attach(model); a new fit may take it out."
        raise InvalidValueError("the model must carry a card", f"a {type(inner).__name__} without one", mend)
    check_that(
        note.current,
        "the card in a model must be of its last training",
        f"a {type(inner).__name__} that was fitted again, trained on or cut since it got its card",
        "Make a card of the new fit: Card.of(…).attach(model).",
    )
    return note.text
