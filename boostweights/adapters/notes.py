"""Notes: texts that a fitted model keeps, also when it is saved, and that know which training they are of.

scikit-learn's models keep them as attributes, which pickles and skops files hold: on the first tree, which a
new fit replaces; in models without trees on the model itself.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import numpy as np

from boostweights.adapters.registry import adapter_of
from boostweights.errors import check_fitted, explained

CARD = "boostweights_card"
"""The name under which a model keeps its weighting card."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """A text that a model keeps.

    Attributes
    ----------
    text : str
    current : bool
        Whether the model is still as it was when the note was written, not trained again or on since.
    """

    text: str
    current: bool


def write(model: Any, name: str, text: str) -> None:
    """Keep a text under a name in a fitted classifier or Booster, which is changed by that."""
    adapter = adapter_of(model)
    adapter.notes.write_note(model, name, f"{adapter.notes.training(model)}\n{text}")


def note_of(model: Any, name: str) -> Note | None:
    """Return the text that a fitted classifier or Booster keeps under a name, or None."""
    adapter = adapter_of(model)
    with explained((UnicodeDecodeError,), "a note in a model must be text", "Write it again.", name):
        kept = adapter.notes.read_note(model, name)
    if kept is None:
        return None
    training, _, text = kept.partition("\n")
    return Note(text=text, current=training == adapter.notes.training(model))


_OURS = "boostweights_"
_SETTINGS = ("_metadata_request", "_sklearn_output_config")  # may be set after a fit


def read_note(model: Any, name: str) -> str | None:
    """Return the text kept under a name, or None."""
    kept: str | None = getattr(_holder(model), name, None)
    return kept


def write_note(model: Any, name: str, text: str) -> None:
    """Keep a text under a name, in the model itself."""
    check_fitted(hasattr(model, "classes_"), model)
    setattr(_holder(model), name, text)


def training(model: Any) -> str:
    """Return what another training changes: a digest of the numbers and texts that a fit left behind.

    Attributes that are neither numbers, texts, arrays, containers of these, estimators nor trees count by
    their type only.
    """
    check_fitted(hasattr(model, "classes_"), model)
    digest = sha256()
    for part in _parts(model):
        digest.update(part)
    return digest.hexdigest()[:16]


def _holder(model: Any) -> Any:
    """Return the first tree, which the next training replaces, or the model itself."""
    grown = getattr(model, "_predictors", getattr(model, "estimators_", None))
    if grown is None or not len(grown):
        return model
    first = grown[0]
    while isinstance(first, (list, np.ndarray)):
        first = first[0]
    return first if hasattr(first, "tree_") or hasattr(first, "nodes") else model


def _parts(value: Any) -> Iterator[bytes]:
    """Yield the content of a value, each part preceded by what it is."""
    yield type(value).__name__.encode()
    if isinstance(value, np.ndarray):
        yield from _of_array(value)
    elif isinstance(value, type):
        yield value.__name__.encode()
    elif value is None or isinstance(value, (bool, int, float, complex, str, bytes, np.generic)):
        yield repr(value.item() if isinstance(value, np.generic) else value).encode()
    elif isinstance(value, Mapping):
        for key in sorted(value, key=repr):
            yield repr(key).encode()
            yield from _parts(value[key])
    elif isinstance(value, (list, tuple)):
        for each in value:
            yield from _parts(each)
    else:
        yield from _of_object(value)


def _of_array(array: np.ndarray[Any, Any]) -> Iterator[bytes]:
    yield repr(array.shape).encode()
    if array.dtype.names:  # field by field: what lies between fields is arbitrary
        for name in array.dtype.names:
            yield from _of_array(array[name])
    elif array.dtype.hasobject:
        for each in array.ravel().tolist():
            yield from _parts(each)
    else:
        yield np.ascontiguousarray(array).tobytes()


def _of_object(value: Any) -> Iterator[bytes]:
    """What fits leave on estimators and on HistGradientBoosting's trees; the arrays of other trees."""
    if hasattr(value, "get_params") or hasattr(value, "nodes"):
        for name, each in sorted(vars(value).items()):
            learned = hasattr(value, "nodes") or name.endswith("_") or name.startswith("_")
            if learned and not name.startswith(_OURS) and name not in _SETTINGS:
                yield name.encode()
                yield from _parts(each)
    elif hasattr(value, "node_count"):
        state = value.__getstate__()
        yield from _parts({name: state[name] for name in ("nodes", "values")})
