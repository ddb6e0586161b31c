"""Exports that run in their target runtime before they are written."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from boostweights.adapters.registry import adapter_of
from boostweights.adapters.serving import FORMATS, Format
from boostweights.errors import InvalidTypeError, check_known, check_that, explained, shown
from boostweights.estimator.classifier import WeightedClassifier
from boostweights.files import temporary_folder
from boostweights.lazy import needs
from boostweights.serving.comparison import answers_of, compared, probes_of, replayed, store
from boostweights.serving.exported import MANIFEST, Exported, Manifest, digest_of, load
from boostweights.serving.graph import own_converters, register_skl2onnx
from boostweights.serving.modelfile import DECIDER, MODEL, format_of, is_file_name, pack, suffixes
from boostweights.serving.pipelines import ALTERNATIVE, Kind, check_steps, kinds_of
from boostweights.serving.served import Served, card_of, classifier_at_end, labels_of, served
from boostweights.versions import installed_version, module_version

_STORED: Final = 2_000  # made rows that a folder keeps, for a check elsewhere
_STORED_VALUES: Final = 50_000  # and the values that one file keeps
_DOUBLE, _SINGLE = 1e-6, 1e-5
_PACKAGES: Final = {
    "native": (),
    "onnx": ("onnx", "onnxruntime", "onnxmltools", "skl2onnx"),
    "treelite": ("treelite",),
}
_NATIVE: Final = 'Export the classifier with to="native", the library\'s own file.'
_REFUSED: Final = (
    *(RuntimeError, ValueError, TypeError, LookupError, AttributeError, AssertionError),
    *(NotImplementedError, ArithmeticError, ImportError),
)


def export(clf: Any, path: str | os.PathLike[str], to: Format | None = None, *, rows: Any = None) -> Exported:
    """Write a fitted classifier for another runtime, after it answered there as it does here.

    The correction is baked in, as `bake_correction` does; the library's own converter is used. A folder
    contains the model, the card, a manifest (labels, decision, feature names, versions, digests) and the rows
    that were made for the check: every threshold of every split and its neighbours, zeros, missing and
    infinite values, categories. One file has all of that in the metadata of the model, and fewer rows.

    Parameters
    ----------
    clf : WeightedClassifier, or Pipeline that ends in one
        Fitted by class weights. A Pipeline goes into ONNX only.
    path : path
        The file to be made, by its suffix: ".onnx", ".tl" (Treelite), or the library's own (".ubj" or
        ".json", ".txt", ".cbm", ".skops"). The folder to be made, if there is no suffix.
    to : {"native", "onnx", "treelite"}, default=None
        The library's own file (scikit-learn: skops), ONNX or Treelite. None: the format of the suffix;
        "native" for a folder.
    rows : array or DataFrame of shape (n, p), default=None
        Rows of your own to be compared besides. They are not kept. Needed where categories are
        neither numbers nor known to an encoder, or steps of a Pipeline cannot be inverted.

    Returns
    -------
    Exported
        The model as it is served, read from the place.

    Raises
    ------
    ServingError
        If probabilities differ by more than 1e-6 (float32 runtimes: 1e-5), or labels do: it names rows and
        cause. Nothing is left on disk.
    InvalidValueError, InvalidTypeError, MissingAbilityError
        If the format cannot express the model, the suffix is that of another format, the path exists, or
        the classifier is not fitted by class.
    MissingLibraryError
        If the converter or the runtime is not installed.

    Examples
    --------
    >>> import tempfile
    >>> import numpy as np
    >>> from lightgbm import LGBMClassifier
    >>> from boostweights import WeightedClassifier
    >>> X, y = np.arange(200.0)[:, None], np.where(np.arange(200) >= 180, "bad", "good")
    >>> clf = WeightedClassifier(LGBMClassifier(n_estimators=5, n_jobs=1, verbose=-1), correct_proba=True)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     model = export(clf.fit(X, y), f"{folder}/model")
    ...     model.manifest.largest_difference < 1e-6, (model.predict(X) == clf.predict(X)).all()
    (True, np.True_)
    """
    check_known("native" if to is None else to, FORMATS, "a model is exported to a known format")
    inner, place = classifier_at_end(clf), Path(path)
    new = "a model is exported to a new place"
    check_that(not place.exists(), new, f"{place}, which exists", "Choose another.")
    inside = "a model is exported into a folder that exists"
    check_that(place.parent.is_dir(), inside, str(place), "Make it first.")
    to = _format(inner, place, to)
    check_that(
        clf is inner or to == "onnx",
        "a Pipeline's steps go into ONNX only",
        f'to="{to}" with the steps {shown([name for name, _ in getattr(clf, "steps", ())])}',
        'Use to="onnx", or transform the rows and export the last step.',
        InvalidTypeError,
    )
    ready, kinds = served(inner, to), kinds_of(clf)
    with temporary_folder(place.parent) as room:
        written = folder = room / MODEL
        folder.mkdir()
        _write(clf, inner, ready, to, kinds, folder)
        exported, remedy = load(folder), "Export a classifier that predicts such rows."
        with explained(_REFUSED, "the classifier must take the rows made to check it", remedy):
            probes = probes_of(clf, ready, kinds, rows)
            answers = [(answers_of(clf, ready, X), X) for X in (probes, rows) if X is not None]
        largest = max(compared(exported, *pair) for pair in answers)
        if _is_made(ready, to, rows):
            values = max(1, _STORED_VALUES // exported.manifest.n_features)
            most = min(values, _STORED) if is_file_name(place) else _STORED
            store(folder, exported, probes, answers[0][0], most)
        files = () if is_file_name(place) else sorted(file.name for file in folder.iterdir())
        complete = replace(
            exported.manifest,
            largest_difference=largest,
            n_probes=sum(len(X) for _, X in answers),
            digests={name: digest_of(folder / name) for name in files if name != MANIFEST},
        )
        (folder / MANIFEST).write_text(complete.to_text(), encoding="utf-8")
        if is_file_name(place):
            written = room / place.name
            pack(folder, written, to, ready.adapter.name)
            exported = load(written)
            for pair in answers:
                compared(exported, *pair)
        os.replace(written, place)
    return load(place)


def check_export(path: str | os.PathLike[str], clf: Any = None, rows: Any = None) -> float:
    """Run an exported model on this machine; return the largest difference of a probability.

    Parameters
    ----------
    path : path
        The folder or the file that `export` wrote. The rows that it keeps are always compared.
    clf : WeightedClassifier or Pipeline, default=None
        The one that was exported: then `rows` are compared, too.
    rows : array or DataFrame, default=None
        Rows of your own.

    Raises
    ------
    ServingError
        If the runtime here answers otherwise than the classifier did.
    InvalidValueError, InvalidTypeError
        If it is no export, or rows come without their classifier.
    """
    exported = load(path)
    differences = [replayed(exported)]
    if rows is not None and clf is not None:
        answers = answers_of(clf, served(classifier_at_end(clf), exported.manifest.to), rows)
        differences.append(compared(exported, answers, rows))
    check_that(
        (rows is None) == (clf is None) and differences != [None],
        "rows are compared with what the classifier predicts for them",
        "rows without it, it without rows, or an export that keeps no made rows",
        "Pass clf= and rows=.",
        InvalidTypeError,
    )
    return max(difference for difference in differences if difference is not None)


def _format(clf: WeightedClassifier, place: Path, to: Format | None) -> Format:
    """Return the format that a file's suffix stands for, or a folder's own."""
    if not is_file_name(place):
        return to or "native"
    stated, library = format_of(place)
    name = adapter_of(clf.estimator_).name
    endings = " or ".join(suffixes(to or "native", name))
    check_that(
        to in (None, stated) and library in ("", name),
        f"the suffix must be that of the format, {endings} for {name} as {to or 'native'}",
        shown(place.name),
        "Change the name or to=; a name without a suffix makes a folder.",
    )
    return stated


def _is_made(ready: Served, to: Format, rows: Any) -> bool:
    """Whether made rows hold nothing of the caller's, and can be read back for the format."""
    if ready.categories:
        return to != "native"
    return rows is None or not (hasattr(rows, "columns") or ready.inputs.categories)


def _write(
    clf: Any, inner: WeightedClassifier, ready: Served, to: Format, kinds: list[Kind], folder: Path
) -> None:
    """Write model, card and manifest; `kinds` are of columns that the graph takes apart."""
    card = card_of(inner).to_text()
    (folder / "card.toml").write_text(card, encoding="utf-8")
    columns: dict[str, Kind] = {}
    if to == "onnx":
        name = f"{type(ready.model).__name__} {'' if clf is inner else 'and the steps before it '}to ONNX"
        with _converting(name, _NATIVE if clf is inner else ALTERNATIVE):
            columns = _write_onnx(clf, card, ready, kinds, folder / f"{MODEL}.onnx")
    else:
        ending, serving = suffixes(to, ready.adapter.name)[0], ready.adapter.serving
        for name, model in ((MODEL, ready.model), (DECIDER, ready.decider)):
            if model is None:
                continue
            with _converting(f"{type(model).__name__} to {to}"):
                if to == "native":
                    serving.save(model, folder / f"{name}{ending}")
                else:
                    serving.to_treelite(model).serialize(str(folder / f"{name}{ending}"))
    single = ready.inputs.single and clf is inner
    numbered = {} if to == "native" else ready.inputs.numbered
    adapter, packages = ready.adapter, ("boostweights", "numpy", "scikit-learn", *_PACKAGES[to])
    versions = {name: installed_version(name) or "" for name in packages}
    manifest = Manifest(
        to=to,
        library=adapter.name,
        classes=labels_of(ready.classes),
        factors=list(ready.factors),
        features=[str(name) for name in getattr(clf, "feature_names_in_", ())],
        n_features=int(clf.n_features_in_),
        dtype="float32" if single else "float64",
        categories={str(at): levels for at, levels in {**ready.categories, **numbered}.items()},
        columns=columns,
        tolerance=_DOUBLE if to == "native" or not (single or to == "onnx") else _SINGLE,
        versions=versions | {adapter.module: module_version(adapter.module)},
    )
    (folder / MANIFEST).write_text(manifest.to_text(), encoding="utf-8")


@contextmanager
def _converting(what: str, remedy: str = _NATIVE) -> Iterator[None]:
    with explained(_REFUSED, f"the converter must know the model ({what})", remedy):
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
    names = [tensor.name for tensor in converted.graph.input]
    for at in reversed([at for at, kind in enumerate(kinds) if kind == "unused"]):
        del converted.graph.input[at]
    helper.set_model_props(converted, {"boostweights_card": card})
    save(converted, path)
    return dict(zip(names, kinds, strict=True)) if kinds else {}
