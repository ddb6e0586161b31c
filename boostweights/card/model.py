"""Cards inside fitted models: put in, found again, also in model files."""

import os
from pathlib import Path
from typing import Any, Final

from boostweights.adapters.notes import CARD, note_of, write
from boostweights.adapters.readback import model_path
from boostweights.adapters.registry import adapter_of, adapters_that_can, require_installed
from boostweights.card.content import Content
from boostweights.card.resolving import classifier_in, last_step
from boostweights.card.text import to_text
from boostweights.errors import InvalidTypeError, InvalidValueError, check_fitted, check_that, shown
from boostweights.isolated import in_child

_HEAD: Final = 4096
_PICKLES: Final = (".pkl", ".pickle", ".joblib", ".p", ".pk", ".dill", ".cloudpickle")
_PACKED: Final = (b"\x1f\x8b", b"BZh", b"\xfd7zXZ", b"]\x00\x00", b"\x04\x22\x4d\x18", b"ZF", b"ZL")
_ZLIB: Final = (b"\x78\x01", b"\x78\x5e", b"\x78\x9c", b"\x78\xda")


def attach(card: Content, model: Any) -> Any:
    """Put a card into a fitted model and return the model."""
    clf = classifier_in(model)
    inner = inner_model(model)
    adapter = adapter_of(inner)
    rule, seen = (
        "a card goes into a model of its own library",
        f"a card of {card.library} for a model of {adapter.name}",
    )
    check_that(card.library in ("", adapter.name), rule, seen, "Make one with Card.of(classifier).")
    _check_labels(card, inner if clf is None else clf)
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


def inner_model(model: Any) -> Any:
    """Return the library's own model inside a WeightedClassifier, a Pipeline or a search."""
    last = last_step(model)
    if not hasattr(last, "__boostweights_bake__"):
        return last
    check_fitted(hasattr(last, "estimator_"), last)
    return last.estimator_


def loaded(path: Path) -> Any:
    """Return the model in a file of a library's own format, or raise; pickles are not opened."""
    with model_path(path).open("rb") as file:
        head = file.read(_HEAD)
    check_that(head, "a model file must not be empty", shown(str(path)), "Save the model again.")
    check_that(
        path.suffix.lower() not in _PICKLES and not _is_pickle(head),
        "a pickled or packed model runs code when it is read, so it is not opened here",
        shown(str(path)),
        "Load it yourself, if you trust it, and pass the model: Card.from_model(model).",
        InvalidTypeError,
    )
    for adapter in adapters_that_can("files"):
        if adapter.files.is_file(path, head):
            require_installed(adapter)
            return adapter.files.load(path)
    raise InvalidValueError(
        "a model file must be one of xgboost's, lightgbm's, catboost's or skops's formats",
        f"{shown(str(path))}, which begins with {shown(head[:16])}",
        "Pass .json or .ubj, .txt, .cbm, .skops; of other files load the model yourself.",
    )


def _is_pickle(head: bytes) -> bool:
    """Whether a file begins as pickles (protocol 0 to 5) or compressed pickles do."""
    binary = head[0] == 0x80 and head[1:2] <= b"\x09"
    old = head[:1] in (b"(", b"c", b"i", b"]", b"}") and b"\n" in head
    return binary or old or head.startswith((*_PACKED, *_ZLIB))


def _text(model: Any) -> str:
    inner = inner_model(model)
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


def _check_labels(card: Content, model: Any) -> None:
    """Raise where a model knows its labels and they are not the card's, nor 0 to k-1."""
    known = getattr(model, "classes_", None)
    if known is None or isinstance(known, list) or not len(known):
        return
    labels = [label.item() if hasattr(label, "item") else label for label in known]
    classes = list(card.weights.classes)
    check_that(
        set(labels) == set(classes) or labels == list(range(len(classes))),
        "a card is of the model's own labels",
        f"a card of {shown(classes)} for a model of {shown(labels)}",
        "Make the card on the labels that the model was trained on.",
    )
