"""The files of an export: the model by its library's own converter, its card and its manifest."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from boostweights.adapters.adapter import Adapter
from boostweights.adapters.serving import Format
from boostweights.errors import explained
from boostweights.estimator.classifier import WeightedClassifier
from boostweights.lazy import needs
from boostweights.serving.columns import Kind
from boostweights.serving.converters import own_converters
from boostweights.serving.exported import MANIFEST, Manifest, labels_of
from boostweights.serving.graph import register_skl2onnx
from boostweights.serving.modelfile import DECIDER, MODEL, suffixes
from boostweights.serving.served import Served, card_of
from boostweights.serving.steps import DOOR, check_steps
from boostweights.versions import installed_version, module_version

_DOUBLE, _SINGLE = 1e-6, 1e-5
_PACKAGES: Final = {
    "native": (),
    "onnx": ("onnx", "onnxruntime", "onnxmltools", "skl2onnx"),
    "treelite": ("treelite",),
}
_NATIVE: Final = 'Export the classifier with to="native", the library\'s own file.'
REFUSED: Final = (
    *(RuntimeError, ValueError, TypeError, LookupError, AttributeError, AssertionError),
    *(NotImplementedError, ArithmeticError, ImportError),
)


def write(
    clf: Any, inner: WeightedClassifier, ready: Served, to: Format, kinds: list[Kind], folder: Path
) -> None:
    """Write model, card and manifest; `kinds` are of columns that the graph takes apart."""
    card = card_of(inner).to_text()
    (folder / "card.toml").write_text(card, encoding="utf-8")
    columns: dict[str, Kind] = {}
    if to == "onnx":
        said = f"{type(ready.model).__name__} {'' if clf is inner else 'and the steps before it '}to ONNX"
        with _converting(said, _NATIVE if clf is inner else DOOR):
            columns = _write_onnx(clf, card, ready, kinds, folder / f"{MODEL}.onnx")
    else:
        _write_models(ready, to, folder)
    single = ready.inputs.single and clf is inner
    numbered = {} if to == "native" else ready.adapter.serving.numbered(ready.model)
    manifest = Manifest(
        to=to,
        library=ready.adapter.name,
        classes=labels_of(ready.classes),
        factors=list(ready.factors),
        features=[str(name) for name in getattr(clf, "feature_names_in_", ())],
        n_features=int(clf.n_features_in_),
        dtype="float32" if single else "float64",
        categories={str(at): levels for at, levels in {**ready.categories, **numbered}.items()},
        columns=columns,
        tolerance=_DOUBLE if to == "native" or not (single or to == "onnx") else _SINGLE,
        versions=_versions(ready.adapter, to),
    )
    (folder / MANIFEST).write_text(manifest.to_text(), encoding="utf-8")


def _write_models(ready: Served, to: Format, folder: Path) -> None:
    ending, serving = suffixes(to, ready.adapter.name)[0], ready.adapter.serving
    models = {MODEL: ready.model} | ({} if ready.decider is None else {DECIDER: ready.decider})
    for name, model in models.items():
        with _converting(f"{type(model).__name__} to {to}"):
            if to == "native":
                serving.save(model, folder / f"{name}{ending}")
            else:
                serving.to_treelite(model).serialize(str(folder / f"{name}{ending}"))


@contextmanager
def _converting(what: str, mend: str = _NATIVE) -> Iterator[None]:
    with explained(REFUSED, f"the converter must know the model ({what})", mend):
        yield


def _write_onnx(clf: Any, card: str, ready: Served, kinds: list[Kind], path: Path) -> dict[str, Kind]:
    """Write a graph; return the names and kinds of its inputs, where each is a column."""
    needs(_PACKAGES["onnx"], "An export to ONNX", "serving")
    from onnx import helper, save
    from skl2onnx import convert_sklearn
    from skl2onnx.common import data_types as types

    register_skl2onnx()
    steps = [step for _, step in getattr(clf, "steps", ())]
    check_steps(steps)
    tensors = {
        "text": types.StringTensorType,
        "int64": types.Int64TensorType,
        "float64": types.DoubleTensorType,
        "unused": types.DoubleTensorType,
    }
    whole = types.FloatTensorType if ready.inputs.single and not steps else types.DoubleTensorType
    apart = [(str(clf.feature_names_in_[at]), tensors[kind]([None, 1])) for at, kind in enumerate(kinds)]
    converted = convert_sklearn(
        clf,
        initial_types=apart or [("X", whole([None, clf.n_features_in_]))],
        options={"zipmap": False},
        custom_conversion_functions=own_converters(),
    )
    names = [each.name for each in converted.graph.input]
    for at in reversed([at for at, kind in enumerate(kinds) if kind == "unused"]):
        del converted.graph.input[at]
    helper.set_model_props(converted, {"boostweights_card": card})
    save(converted, path)
    return dict(zip(names, kinds, strict=True)) if kinds else {}


def _versions(adapter: Adapter, to: Format) -> dict[str, str]:
    names = ("boostweights", "numpy", "scikit-learn", *_PACKAGES[to])
    found = {name: installed_version(name) or "" for name in names}
    return found | {adapter.module: module_version(adapter.module)}
