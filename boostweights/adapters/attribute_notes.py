"""Notes inside scikit-learn's models: attributes, which pickles and skops files keep.

They are on the first tree, which a new fit replaces; in models without trees on the model itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from hashlib import sha256
from typing import Any, Final

import numpy as np

from boostweights.errors import InvalidTypeError

_OURS: Final = "boostweights_"
_SETTINGS: Final = ("_metadata_request", "_sklearn_output_config")  # may be set after a fit


def read_note(model: Any, name: str) -> str | None:
    """Return the text kept under a name, or None."""
    kept: str | None = getattr(_holder(model), name, None)
    return kept


def write_note(model: Any, name: str, text: str) -> None:
    """Keep a text under a name, in the model itself."""
    _check_fitted(model)
    setattr(_holder(model), name, text)


def training(model: Any) -> str:
    """Return what another training changes: a digest of the numbers and texts that a fit left behind.

    Attributes that are neither numbers, texts, arrays, containers of these, estimators nor trees count by
    their type only.
    """
    _check_fitted(model)
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


def _check_fitted(model: Any) -> None:
    if not hasattr(model, "classes_"):
        raise InvalidTypeError(
            "the model must be a fitted classifier", type(model).__name__, "Call fit first."
        )


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
