"""Exports that run in their target runtime before they are written."""

from __future__ import annotations

import os
import warnings
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any, Final

import numpy as np

from boostweights.adapters.probes import categorical, made, named
from boostweights.adapters.registry import adapter_of
from boostweights.adapters.serving import FORMATS, Format, columns
from boostweights.errors import InvalidTypeError, InvalidValueError, check_known, explained, shown
from boostweights.estimator.classifier import WeightedClassifier
from boostweights.files import temporary_folder
from boostweights.serving.columns import Kind, as_text, kinds_of, rows_of, takes_columns
from boostweights.serving.comparison import Answers, compared
from boostweights.serving.exported import (
    MANIFEST,
    Exported,
    Manifest,
    digest_of,
    load,
)
from boostweights.serving.modelfile import MODEL, format_of, is_file_name, pack, suffixes
from boostweights.serving.served import Served, classifier_at_end, served
from boostweights.serving.steps import before
from boostweights.serving.writing import REFUSED, write

PROBES: Final = "probes.npz"
_STORED: Final = 2_000  # made rows that a folder keeps, for a check elsewhere
_STORED_VALUES: Final = 50_000  # and the values that one file keeps


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
    _check_place(place)
    to = _format(inner, place, to)
    if clf is not inner and to != "onnx":
        raise InvalidTypeError(
            "a Pipeline's steps go into ONNX only",
            f'to="{to}" with the steps {shown([name for name, _ in clf.steps])}',
            'Use to="onnx", or transform the rows and export the last step.',
        )
    ready = served(inner, to)
    kinds = kinds_of(clf) if takes_columns(clf) else []
    with temporary_folder(place.parent) as room:
        written = folder = room / MODEL
        folder.mkdir()
        write(clf, inner, ready, to, kinds, folder)
        exported, mend = load(folder), "Export a classifier that predicts such rows."
        with explained(REFUSED, "the classifier must take the rows made to check it", mend):
            probes = _probes(clf, ready, kinds, rows)
            answered = [(_answers(clf, ready, each), each) for each in (probes, rows) if each is not None]
        worst = max(_compare(exported, *each) for each in answered)
        most = max(1, _STORED_VALUES // exported.manifest.n_features) if is_file_name(place) else _STORED
        if _is_ours(ready, to, rows):
            _store(folder, exported, probes, answered[0][0], min(most, _STORED))
        _finish(place, folder, exported.manifest, worst, sum(len(each) for _, each in answered))
        if is_file_name(place):
            written = room / place.name
            pack(folder, written, to, ready.adapter.name)
            exported = load(written)
            for each in answered:
                _compare(exported, *each)
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
    found = [_replayed(exported)]
    if rows is not None and clf is not None:
        answers = _answers(clf, served(classifier_at_end(clf), exported.manifest.to), rows)
        found.append(_compare(exported, answers, rows))
    if (rows is None) != (clf is None) or found == [None]:
        raise InvalidTypeError(
            "rows are compared with what the classifier says of them",
            "rows without it, it without rows, or an export that keeps no made rows",
            "Pass clf= and rows=.",
        )
    return max(each for each in found if each is not None)


def _check_place(place: Path) -> None:
    if place.exists():
        raise InvalidValueError(
            "a model is exported to a new place", f"{place}, which exists", "Choose another."
        )
    if not place.parent.is_dir():
        raise InvalidValueError("a model is exported into a folder that exists", str(place), "Make it first.")


def _format(clf: WeightedClassifier, place: Path, to: Format | None) -> Format:
    """Return the format that a file's suffix stands for, or a folder's own."""
    if not is_file_name(place):
        return to or "native"
    stated, library = format_of(place)
    own = adapter_of(clf.estimator_).name
    if to in (None, stated) and library in ("", own):
        return stated
    wanted = to or "native"
    raise InvalidValueError(
        f"the suffix must be that of the format, {' or '.join(suffixes(wanted, own))} for {own} as {wanted}",
        shown(place.name),
        "Change the name or to=; a name without a suffix makes a folder.",
    )


def _probes(clf: Any, ready: Served, kinds: list[Kind], rows: Any) -> Any:
    inputs = ready.inputs
    features, names = int(clf.n_features_in_), [str(name) for name in getattr(clf, "feature_names_in_", ())]
    if not hasattr(clf, "steps") and ready.categories:
        return categorical(inputs, names, ready.categories)
    if not hasattr(clf, "steps"):
        return named(made(inputs, features, rows, double=not inputs.single), names)
    behind = before([step for _, step in clf.steps[:-1]], inputs, clf[-1].n_features_in_)
    if behind is not None:
        return rows_of(behind, kinds, names) if kinds else named(made(behind, features, double=True), names)
    if rows is None:
        raise InvalidTypeError(
            "a Pipeline is checked on rows that reach its splits",
            f"steps that cannot be inverted: {shown([name for name, _ in clf.steps[:-1]])}",
            "Pass rows=, some hundred rows as they will be served.",
        )
    return rows


def _answers(clf: Any, ready: Served, X: Any) -> Answers:
    inner = classifier_at_end(clf)
    with warnings.catch_warnings():  # categories that encoders do not know are probed, too
        warnings.filterwarnings("ignore", "Found unknown categories", UserWarning)
        inside = X if clf is inner or len(clf.steps) == 1 else clf[:-1].transform(X)
        model, proba, labels = inner.estimator_, clf.predict_proba(X), clf.predict(X)
    uncorrected = ready.uncorrected(inside) if inner._is_baked() else columns(model.predict_proba(inside))
    return Answers(proba=proba, labels=labels, uncorrected=uncorrected)


def _compare(exported: Exported, ours: Answers, X: Any) -> float:
    manifest = exported.manifest
    what = f"{manifest.library} as {manifest.to}"
    answered = exported.predict_proba(X), exported.predict(X)
    return compared(ours, *answered, X, tolerance=manifest.tolerance, what=what)


def _is_ours(ready: Served, to: Format, rows: Any) -> bool:
    """Whether made rows hold nothing of the caller's, and can be read back for the format."""
    if ready.categories:
        return to != "native"
    return rows is None or not (hasattr(rows, "columns") or ready.inputs.categories)


def _store(folder: Path, exported: Exported, probes: Any, ours: Answers, most: int) -> None:
    """Keep made rows and the classifier's answers."""
    some = np.random.default_rng(0).permutation(len(probes))[:most]
    kept: dict[str, Any] = {name: getattr(ours, name)[some] for name in ("proba", "uncorrected")}
    labels = np.asarray(ours.labels[some].tolist())
    features = enumerate(exported.manifest.features)
    table = (
        {f"x{at}": _plain(probes[name])[some] for at, name in features}
        if exported.manifest.columns
        else {"X": np.asarray(exported.encoded(probes))[some]}
    )
    np.savez_compressed(folder / PROBES, labels=labels, **table, **kept)


def _plain(column: Any) -> Any:
    values = np.asarray(column)
    return values if values.dtype.kind in "biuf" else as_text(values).astype(str)


def _replayed(exported: Exported) -> float | None:
    stored, features = exported.file(PROBES), exported.manifest.features
    if stored is None:
        return None
    with np.load(BytesIO(stored)) as kept:
        ours = Answers(proba=kept["proba"], labels=kept["labels"], uncorrected=kept["uncorrected"])
        apart = {name: kept[f"x{at}"] for at, name in enumerate(features) if "X" not in kept}
        return _compare(exported, ours, named(apart or exported.decoded(kept["X"]), features))


def _finish(place: Path, folder: Path, manifest: Manifest, difference: float, compared_rows: int) -> None:
    apart = () if is_file_name(place) else folder.iterdir()
    files = sorted(each.name for each in apart if each.name != MANIFEST)
    complete = replace(
        manifest,
        largest_difference=difference,
        n_probes=compared_rows,
        digests={name: digest_of(folder / name) for name in files},
    )
    (folder / MANIFEST).write_text(complete.to_text(), encoding="utf-8")
