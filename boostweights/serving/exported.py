"""An exported model, read where it is served: probabilities and labels as the classifier gave them.

It is a folder of files, or one file: the model, whose metadata contain the other files of the export.
"""

import json
import os
from base64 import b64decode, b64encode
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from boostweights.adapters import notes
from boostweights.adapters.registry import adapter_named, adapters_that_can
from boostweights.adapters.serving import FORMATS, Format, Predictor, columns, treelite
from boostweights.errors import InvalidTypeError, check_known, check_that, explained, shown
from boostweights.files import temporary_folder
from boostweights.lazy import needs
from boostweights.probabilities.link import log_proba, reweighted
from boostweights.probabilities.rule import DecisionRule
from boostweights.serving.pipelines import Kind, as_text

MANIFEST = "manifest.json"
MODEL = "model"
MEMBER = "member-{}"
"""The folders of an ensemble's models, by their numbers."""
DECIDER = "decider"
"""The models of an export, without suffix; the second one only where it decides."""
_SHARED: dict[str, Format] = {".onnx": "onnx", ".tl": "treelite"}
_TEXTS = (".json", ".toml")
_ATTRIBUTES = "attributes"  # a Treelite model keeps JSON there, which its runtime does not read
_NUMBERS = "a column is of the numbers that the model takes"


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """The labels, the decision, the columns and the check of an exported model.

    Attributes
    ----------
    to : {"native", "onnx", "treelite"}
    library : str
        The name of its adapter.
    classes : list
        The caller's labels, in the order of the probabilities.
    factors : list of float
        `predict` decides on probabilities times these, renormalised; of the second model, if there is one.
    decision : mapping or None
        The fields of a `DecisionRule`: a ``threshold`` for the class at place ``at``, or a matrix of
        ``costs``. None: the class of the highest one.
    features : list of str
        The names of the columns, in order; empty where the classifier was fitted without.
    n_features : int
    dtype : {"float32", "float64"}
        To which features are cast before they are compared with thresholds.
    categories : mapping of str to list
        Position of a column → its categories in the order of training. Their places are the numbers that
        ONNX and Treelite take; others are missing values.
    columns : mapping of str to {"text", "int64", "float64", "unused"}
        The inputs of a graph that takes columns apart, in the order of `features`; else empty. A missing
        text is the empty text; what is unused is no input.
    tolerance, largest_difference : float
        The allowed and the measured difference of a probability.
    n_probes : int
        How many rows were compared.
    members : int
        Of an ensemble: how many exports in its folder are its models, whose mean in log odds (of more
        classes: in log probabilities, renormalised) it predicts.
    digests : mapping of str to str
        File → SHA-256; empty where all is in one file.
    versions : mapping of str to str
    """

    to: Format
    library: str
    classes: list[Any]
    factors: list[float]
    features: list[str]
    n_features: int
    dtype: str
    tolerance: float
    categories: dict[str, list[Any]] = field(default_factory=dict)
    columns: dict[str, Kind] = field(default_factory=dict)
    largest_difference: float = 0.0
    n_probes: int = 0
    decision: dict[str, Any] | None = None
    members: int = 0
    digests: dict[str, str] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)

    def to_text(self) -> str:
        """Return it as JSON."""
        return json.dumps(asdict(self), indent=1, ensure_ascii=False)


class Exported:
    """A model that was exported, in the runtime of its format.

    Made by `load`.

    Attributes
    ----------
    path : Path
        The folder, or the file.
    manifest : Manifest
    classes_ : ndarray of shape (k,)
        The caller's labels.
    rule : DecisionRule or None
        What decides; None: the class of the highest probability.
    """

    def __init__(self, path: Path, manifest: Manifest, model: Any, decider: Any) -> None:
        self.path, self.manifest, self._model = path, manifest, model
        self.classes_ = np.asarray(manifest.classes)
        decision, self.rule = manifest.decision, None
        if decision is not None:
            self.rule = DecisionRule(classes=tuple(manifest.classes), **decision)
        if manifest.members:
            self._predicts, self._decides = _mean_predictor(model), None
        elif manifest.to != "onnx":
            serving = adapter_named(manifest.library).serving
            predictor = _treelite_predictor if manifest.to == "treelite" else serving.predictor
            self._predicts = predictor(model)
            self._decides = None if decider is None else predictor(decider)

    def predict_proba(self, X: Any) -> npt.NDArray[Any]:
        """Return probabilities of shape (n, k), columns in the order of ``classes_``."""
        return self._answers(X)[1]

    def predict(self, X: Any) -> npt.NDArray[Any]:
        """Return the label that the classifier's own ``predict`` gives."""
        return self._answers(X)[0]

    def _answers(self, X: Any) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
        """Return labels and probabilities."""
        rows = self.encoded(X)
        if np.shape(X)[0] == 0:
            return self.classes_[:0], np.empty((0, len(self.classes_)))
        if self.manifest.to == "onnx":
            remedy = "Pass rows of the categories and the types that were exported."
            with explained(_onnx_errors(), "ONNX Runtime must answer to each row", remedy):
                labels, proba = self._model.run(None, self._tensors(rows))
            return np.asarray(labels), np.asarray(proba)
        proba = np.asarray(self._predicts(rows))
        decided = weighted(proba if self._decides is None else self._decides(rows), self.manifest.factors)
        codes = np.argmax(decided, axis=1) if self.rule is None else self.rule.decide(decided)
        return np.asarray(self.classes_[codes]), proba

    def file(self, name: str) -> bytes | None:
        """Return a file of the folder, or what the one file holds of it, or None."""
        path = self.path / name
        if self.path.is_dir():
            return path.read_bytes() if path.exists() else None
        return _note(self._model, self.manifest.to, name)

    def encoded(self, X: Any) -> Any:
        """Return rows as the runtime takes them: places of categories, in the float that it compares."""
        manifest, names = self.manifest, [str(name) for name in getattr(X, "columns", ())]
        shape, levels = np.shape(X), {int(at): values for at, values in self.manifest.categories.items()}
        check_that(
            shape[1:] == (manifest.n_features,) and (not names or manifest.features in ([], names)),
            "rows have the columns that the model was fitted with, in their order",
            names or shape,
            f"Pass {manifest.n_features} columns: {shown(manifest.features)}.",
        )
        if manifest.to == "native":  # known levels in the order of training: XGBoost 3.2 misreads others
            for at, values in levels.items() if hasattr(X, "iloc") else ():
                column = X[X.columns[at]]
                if hasattr(column, "cat") and set(column.cat.categories) <= set(values):
                    X = X.assign(**{str(column.name): column.cat.set_categories(values)})
            return X
        if manifest.columns:
            rule = "columns of several types come in a data frame"
            remedy = f"Pass a data frame with {shown(manifest.features)}."
            check_that(names, rule, X, remedy, InvalidTypeError)
            return X
        remedy = "Encode text in a step of a ColumnTransformer."
        with explained((ValueError, TypeError), _NUMBERS, remedy), np.errstate(over="ignore"):
            table = np.array(X, dtype=object) if levels else X
            for at, values in levels.items():
                places = {value: float(place) for place, value in enumerate(values)}
                table[:, at] = [places.get(value, np.nan) for value in table[:, at].tolist()]
            return np.asarray(table, manifest.dtype)

    def _tensors(self, rows: Any) -> dict[str, npt.NDArray[Any]]:
        """Return the inputs of the graph: the rows, or a tensor of shape (n, 1) a column, by name."""
        if not self.manifest.columns:
            return {self._model.get_inputs()[0].name: rows}
        tensors = {}
        for (name, kind), feature in zip(self.manifest.columns.items(), self.manifest.features, strict=True):
            with explained((ValueError, TypeError), _NUMBERS, f"Pass {kind}."):
                if kind == "text":
                    tensors[name] = as_text(rows[feature])[:, None]
                elif kind != "unused":
                    casting: Any = "same_kind" if kind == "int64" else "unsafe"
                    tensors[name] = np.asarray(rows[feature]).astype(kind, casting=casting)[:, None]
        return tensors


def weighted(proba: npt.NDArray[Any], factors: Sequence[float]) -> npt.NDArray[Any]:
    """Return probabilities times factors, renormalised; as they are where all factors are alike."""
    return reweighted(proba, factors) if len(set(factors)) > 1 else proba


def load(path: str | os.PathLike[str]) -> Exported:
    """Return an exported model, ready in its runtime.

    Parameters
    ----------
    path : path
        The folder or the file that `export` wrote.

    Raises
    ------
    InvalidTypeError, InvalidValueError
        If `export` did not write it, or a file of the folder was changed since.
    MissingLibraryError
        If the runtime is not installed.
    """
    place = Path(path)
    rule, remedy = "an exported model is a folder or a file that export wrote", "Export it again."
    readable = explained((OSError, ValueError, TypeError), rule, remedy, str(place))
    if place.is_file():
        to, library = format_of(place)
        model = _opened(place, to, library)
        with readable:
            manifest = Manifest(**json.loads(_note(model, to, MANIFEST) or b""))
        with temporary_folder() as folder:
            second = folder / f"{DECIDER}{place.suffix}"
            content = _note(model, to, DECIDER)
            if content is not None:
                second.write_bytes(content)
            return Exported(place, manifest, model, _opened(second, to, library) if content else None)
    with readable:
        manifest = Manifest(**json.loads((place / MANIFEST).read_text(encoding="utf-8")))
    check_known(manifest.to, FORMATS, "an exported model is of a known format")
    changed = [name for name, digest in manifest.digests.items() if digest_of(place / name) != digest]
    check_that(not changed, "the files of an exported model are as they were written", changed, remedy)
    if manifest.members:
        return Exported(
            place, manifest, [load(place / MEMBER.format(at)) for at in range(manifest.members)], None
        )
    to, library = manifest.to, manifest.library
    first, second = (place / f"{name}{suffixes(to, library)[0]}" for name in (MODEL, DECIDER))
    decider = _opened(second, to, library) if second.exists() else None
    return Exported(place, manifest, _opened(first, to, library), decider)


def digest_of(path: Path) -> str:
    """Return the SHA-256 of a file; nothing if there is none."""
    return sha256(path.read_bytes()).hexdigest() if path.is_file() else ""


def _mean_predictor(members: list[Exported]) -> Predictor:
    def predict(rows: Any) -> npt.NDArray[Any]:
        with np.errstate(divide="ignore"):
            total = sum(np.log(member.predict_proba(rows)) for member in members)
        return np.exp(log_proba(total / len(members), "softmax"))

    return predict


def _treelite_predictor(model: Any) -> Predictor:
    def predict(rows: Any) -> npt.NDArray[Any]:
        with treelite() as module:
            matrix = np.ascontiguousarray(rows, model.input_type)
            return columns(module.gtil.predict(model, matrix, nthread=1))

    return predict


def suffixes(to: Format, library: str) -> tuple[str, ...]:
    """Return the endings of a format's files; the first is the default."""
    if to == "native":
        return tuple(adapter_named(library).serving.SUFFIXES)
    return tuple(ending for ending, shared in _SHARED.items() if shared == to)


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


def pack(folder: Path, path: Path, to: Format, library: str) -> None:
    """Write the files of a folder into one: the model, with the others in its metadata."""
    model = folder / f"{MODEL}{suffixes(to, library)[0]}"
    texts = {}
    for file in folder.iterdir():
        if file != model:
            content = file.read_bytes() if file.suffix in _TEXTS else b64encode(file.read_bytes())
            texts[f"boostweights_{file.stem}"] = content.decode()
    if to == "onnx":
        import onnx

        document = onnx.load(model)
        onnx.helper.set_model_props(document, texts)
        onnx.save(document, path)
        return
    opened = _opened(model, to, library)
    if to == "treelite":
        opened.get_header_accessor().set_field(_ATTRIBUTES, json.dumps(_attributes(opened) | texts))
        opened.serialize(str(path))
        return
    for key, text in texts.items():
        notes.write(opened, key, text)
    adapter_named(library).serving.save(opened, path)


def _note(model: Any, to: Format, name: str) -> bytes | None:
    """Return a file of an export that the metadata of a model contain, or None."""
    key = f"boostweights_{Path(name).stem}"
    if to == "native":
        text = getattr(notes.note_of(model, key), "text", None)
    else:
        text = (model.get_modelmeta().custom_metadata_map if to == "onnx" else _attributes(model)).get(key)
    if text is None:
        return None
    return str(text).encode() if Path(name).suffix in _TEXTS else b64decode(text)


def _attributes(model: Any) -> dict[str, str]:
    return dict(json.loads(model.get_header_accessor().get_field(_ATTRIBUTES) or "{}"))


def _opened(path: Path, to: Format, library: str) -> Any:
    """Return an onnxruntime.InferenceSession, a treelite.Model or the library's own model, of a file."""
    if to == "native":
        return adapter_named(library).serving.load(path)
    if to == "treelite":
        with treelite() as module:
            return module.Model.deserialize(str(path))
    needs(["onnxruntime"], "A model in ONNX", "serving")
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3  # the shapes that converters declare of labels are wrong, and harmless
    rule = "ONNX Runtime must know every node of the graph"
    with explained(_onnx_errors(), rule, "Export with to='native'."):
        return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def _onnx_errors() -> tuple[type[Exception], ...]:
    """Return what ONNX Runtime raises of models and rows that it does not take."""
    from onnxruntime.capi import onnxruntime_pybind11_state as state

    return (
        *(state.Fail, state.InvalidGraph, state.InvalidArgument, state.NotImplemented),
        *(state.InvalidProtobuf, state.NoSuchFile),
    )
