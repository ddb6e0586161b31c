"""A model's own file: opened in its runtime, and with an export's other files as notes in its metadata."""

import json
from base64 import b64decode, b64encode
from pathlib import Path
from typing import Any, Final

from boostweights.adapters.notes import note_of
from boostweights.adapters.notes import write as write_note
from boostweights.adapters.registry import adapter_named, adapters_that_can
from boostweights.adapters.serving import Format, treelite
from boostweights.errors import check_that, explained, shown
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
    formats: dict[str, tuple[Format, str]] = {ending: (to, "") for ending, to in _SHARED.items()}
    for adapter in adapters_that_can("serving"):
        formats |= dict.fromkeys(adapter.serving.SUFFIXES, ("native", adapter.name))
    rule = "a model's name has the suffix of a model's file, or none for a folder"
    seen = f"{shown(path.name)}, not one of {', '.join(formats)}"
    check_that(path.suffix in formats, rule, seen, "Choose another name.")
    return formats[path.suffix]


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
        key = _key(name)
        if self._to == "onnx":
            text = self.model.get_modelmeta().custom_metadata_map.get(key)
        elif self._to == "treelite":
            text = _attributes(self.model).get(key)
        else:
            text = getattr(note_of(self.model, key), "text", None)
        if text is None:
            return None
        return str(text).encode() if Path(name).suffix in _TEXTS else b64decode(text)

    def decider(self) -> Any:
        """Return the second model, or None."""
        content = self.note(DECIDER)
        if content is None:
            return None
        with temporary_folder() as folder:
            path = folder / f"{DECIDER}{self._ending}"
            path.write_bytes(content)
            return Opened(path, self._to, self._library).model


def pack(folder: Path, path: Path, to: Format, library: str) -> None:
    """Write the files of a folder into one: the model, with the others in its metadata."""
    model = folder / f"{MODEL}{suffixes(to, library)[0]}"
    notes = {}
    for file in folder.iterdir():
        if file != model:
            content = file.read_bytes() if file.suffix in _TEXTS else b64encode(file.read_bytes())
            notes[_key(file.name)] = content.decode()
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


def _attributes(model: Any) -> dict[str, str]:
    return dict(json.loads(model.get_header_accessor().get_field(_ATTRIBUTES) or "{}"))


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
