"""A model's own file: opened in its runtime, and with an export's other files as notes in its metadata."""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from boostweights.adapters.notes import note_of
from boostweights.adapters.notes import write as write_note
from boostweights.adapters.registry import adapter_named, adapters_that_can
from boostweights.adapters.serving import Format, treelite
from boostweights.errors import InvalidValueError, explained, shown
from boostweights.files import temporary_folder
from boostweights.lazy import needs

_SHARED: Final[dict[str, Format]] = {".onnx": "onnx", ".tl": "treelite"}
_TEXTS: Final = (".json", ".toml")
MODEL: Final = "model"
DECIDER: Final = "decider"
"""The models of an export, without suffix; the second one only where it decides."""
_ATTRIBUTES: Final = "attributes"  # a Treelite model keeps JSON there, which its runtime does not read


def suffixes(to: Format, library: str) -> tuple[str, ...]:
    """Return the endings of a format's files; the first is the default."""
    if to == "native":
        return tuple(adapter_named(library).serving.SUFFIXES)
    return tuple(ending for ending, shared in _SHARED.items() if shared == to)


def is_file_name(path: Path) -> bool:
    """Whether a name has a suffix, which begins with a letter: "model-1.2" has none.

    Examples
    --------
    >>> is_file_name(Path("model.onnx")), is_file_name(Path("model-1.2"))
    (True, False)
    """
    return path.suffix[1:2].isalpha()


def format_of(path: Path) -> tuple[Format, str]:
    """Return the format that a name's suffix stands for, and its library if it is a library's own.

    Raises
    ------
    InvalidValueError
        If it is another suffix.

    Examples
    --------
    >>> format_of(Path("model.onnx")), format_of(Path("model.cbm"))
    (('onnx', ''), ('native', 'catboost'))
    """
    if path.suffix in _SHARED:
        return _SHARED[path.suffix], ""
    libraries = dict(_libraries())
    if path.suffix in libraries:
        return "native", libraries[path.suffix]
    raise InvalidValueError(
        "a model's name has the suffix of a model's file, or none for a folder",
        f"{shown(path.name)}, not one of {', '.join([*_SHARED, *libraries])}",
        "Choose another name.",
    )


def _libraries() -> Iterator[tuple[str, str]]:
    for adapter in adapters_that_can("serving"):
        for ending in adapter.serving.SUFFIXES:
            yield ending, adapter.name


class Opened:
    """A model's file in its runtime.

    Attributes
    ----------
    model : onnxruntime.InferenceSession, treelite.Model, or the library's own model
    """

    def __init__(self, path: Path, to: Format, library: str) -> None:
        self._to, self._library, self._ending = to, library, path.suffix
        if to == "onnx":
            self.model = _session(path)
        elif to == "treelite":
            with treelite() as module:
                self.model = module.Model.deserialize(str(path))
        else:
            self.model = adapter_named(library).serving.load(path)

    def note(self, name: str) -> bytes | None:
        """Return a file of an export that the metadata of the model hold, or None."""
        text = self._notes().get(_key(name)) if self._to != "native" else _native_note(self.model, _key(name))
        if text is None:
            return None
        return text.encode() if Path(name).suffix in _TEXTS else b64decode(text)

    def decider(self) -> Any:
        """Return the second model, or None."""
        content = self.note(DECIDER)
        if content is None:
            return None
        with temporary_folder() as folder:
            path = folder / f"{DECIDER}{self._ending}"
            path.write_bytes(content)
            return Opened(path, self._to, self._library).model

    def _notes(self) -> dict[str, str]:
        if self._to == "onnx":
            return dict(self.model.get_modelmeta().custom_metadata_map)
        return _attributes(self.model)


def pack(folder: Path, path: Path, to: Format, library: str) -> None:
    """Write the files of a folder into one: the model, with the others in its metadata."""
    model = folder / f"{MODEL}{suffixes(to, library)[0]}"
    files = {_key(file.name): file for file in folder.iterdir() if file != model}
    notes = {key: _as_text(file) for key, file in files.items()}
    if to == "onnx":
        import onnx

        document = onnx.load(model)
        onnx.helper.set_model_props(document, notes)
        onnx.save(document, path)
        return
    opened = Opened(model, to, library).model
    if to == "treelite":
        attributes = json.dumps(_attributes(opened) | notes)
        opened.get_header_accessor().set_field(_ATTRIBUTES, attributes)
        opened.serialize(str(path))
        return
    for key, text in notes.items():
        write_note(opened, key, text)
    adapter_named(library).serving.save(opened, path)


def _key(name: str) -> str:
    return f"boostweights_{Path(name).stem}"


def _as_text(file: Path) -> str:
    content = file.read_bytes()
    return content.decode() if file.suffix in _TEXTS else b64encode(content).decode()


def _attributes(model: Any) -> dict[str, str]:
    return dict(json.loads(model.get_header_accessor().get_field(_ATTRIBUTES) or "{}"))


def _native_note(model: Any, key: str) -> str | None:
    note = note_of(model, key)
    return None if note is None else note.text


def _session(path: Path) -> Any:
    needs(["onnxruntime"], "A model in ONNX", "serving")
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3  # the shapes that converters declare of labels are wrong, and harmless
    with explained(
        onnx_errors(), "ONNX Runtime must know every node of the graph", "Export with to='native'."
    ):
        return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def onnx_errors() -> tuple[type[Exception], ...]:
    """Return what ONNX Runtime raises of models and rows that it does not take."""
    from onnxruntime.capi import onnxruntime_pybind11_state as state

    return (
        *(state.Fail, state.InvalidGraph, state.InvalidArgument, state.NotImplemented),
        *(state.InvalidProtobuf, state.NoSuchFile),
    )
