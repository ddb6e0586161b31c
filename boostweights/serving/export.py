"""Exports that run in their target runtime before they are written."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import numpy as np

from boostweights.adapters.adapter import Adapter
from boostweights.adapters.serving import FORMATS, Format, Inputs, columns
from boostweights.errors import InvalidTypeError, InvalidValueError, check_known, explained, shown
from boostweights.estimator.classifier import WeightedClassifier
from boostweights.files import temporary_folder
from boostweights.lazy import needs
from boostweights.serving.comparison import Answers, compared
from boostweights.serving.exported import (
    MANIFEST,
    Exported,
    Manifest,
    digest_of,
    labels_of,
    load,
    suffix,
)
from boostweights.serving.graph import register_skl2onnx
from boostweights.serving.probes import made, named
from boostweights.serving.served import Served, card_of, classifier_at_end, served
from boostweights.serving.steps import before, check_steps, in_double
from boostweights.versions import installed_version, module_version

_DOUBLE, _SINGLE = 1e-6, 1e-5
PROBES: Final = "probes.npz"
_STORED: Final = 2_000  # made rows that an export keeps, for a check elsewhere
_PACKAGES: Final = {
    "native": (),
    "onnx": ("onnx", "onnxruntime", "onnxmltools", "skl2onnx"),
    "treelite": ("treelite",),
}
_REFUSED: Final = (
    *(RuntimeError, ValueError, TypeError, LookupError, AttributeError, AssertionError),
    *(NotImplementedError, ArithmeticError, ImportError),
)


def export(clf: Any, path: str | os.PathLike[str], to: Format = "native", *, rows: Any = None) -> Exported:
    """Write a fitted classifier for another runtime, after it answered there as it does here.

    The correction is baked in, as `bake_correction` does; the library's own converter is used. The folder
    holds the model, the card, a manifest (labels, decision, feature names, versions, digests) and the rows
    that were made for the check: every threshold of every split and its neighbours, missing values,
    categories.

    Parameters
    ----------
    clf : WeightedClassifier, or Pipeline that ends in one
        Fitted by class weights. A Pipeline goes into ONNX only.
    path : path
        The folder to be made.
    to : {"native", "onnx", "treelite"}
        The library's own file (scikit-learn: skops), ONNX or Treelite.
    rows : array or DataFrame of shape (n, p), default=None
        Rows of your own to be compared besides. They stay out of the folder. Needed where categories are
        not numbers, or steps of a Pipeline cannot be inverted.

    Returns
    -------
    Exported
        The model as it is served, read from the folder.

    Raises
    ------
    ServingError
        If probabilities differ by more than 1e-6 (float32 runtimes: 1e-5), or labels do: it names rows and
        cause. Nothing is left on disk.
    InvalidValueError, InvalidTypeError, MissingAbilityError
        If the format cannot hold the model, the path exists, or the classifier is not fitted by class.
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
    check_known(to, FORMATS, "a model is exported to a known format")
    inner, folder = classifier_at_end(clf), Path(path)
    _check_place(folder)
    if clf is not inner and to != "onnx":
        raise InvalidTypeError(
            "a Pipeline's steps go into ONNX only",
            f'to="{to}" with the steps {shown([name for name, _ in clf.steps])}',
            'Use to="onnx", or transform the rows and export the last step.',
        )
    ready = served(inner, to)
    inputs = ready.inputs
    with temporary_folder(folder.parent) as room:
        made_here = room / folder.name
        made_here.mkdir()
        _write(clf, inner, ready, to, made_here)
        _describe(clf, inner, ready, to, inputs, made_here)
        exported, probes = load(made_here), _probes(clf, inputs, rows)
        ours = _answers(clf, ready, probes)
        worst = _compare(exported, ours, probes)
        if rows is not None:
            worst = max(worst, _compare(exported, _answers(clf, ready, rows), rows))
        if rows is None or not (hasattr(rows, "columns") or inputs.categories):
            _store(made_here, probes, ours)
        _finish(made_here, exported.manifest, worst, len(probes) + (0 if rows is None else len(rows)))
        os.replace(made_here, folder)
    return load(folder)


def check_export(path: str | os.PathLike[str], clf: Any = None, rows: Any = None) -> float:
    """Run an exported model on this machine; return the largest difference of a probability.

    Parameters
    ----------
    path : path
        The folder that `export` wrote. The rows that it keeps are always compared.
    clf : WeightedClassifier or Pipeline, default=None
        The one that was exported: then `rows` are compared, too.
    rows : array or DataFrame, default=None
        Rows of your own.

    Raises
    ------
    ServingError
        If the runtime here answers otherwise than the classifier did.
    InvalidValueError, InvalidTypeError
        If the folder is no export, or rows come without their classifier.
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


def _check_place(folder: Path) -> None:
    if folder.exists():
        raise InvalidValueError(
            "a model is exported to a new place", f"{folder}, which exists", "Choose another."
        )
    if not folder.parent.is_dir():
        raise InvalidValueError(
            "a model is exported into a folder that exists", str(folder), "Make it first."
        )


@contextmanager
def _converting(what: str) -> Iterator[None]:
    rule, mend = (
        f"the converter must know the model ({what})",
        'Export the classifier with to="native", the library\'s own file.',
    )
    with explained(_REFUSED, rule, mend):
        yield


def _write(clf: Any, inner: WeightedClassifier, ready: Served, to: Format, folder: Path) -> None:
    card = card_of(inner).to_text()
    (folder / "card.toml").write_text(card, encoding="utf-8")
    ending, serving = suffix(to, ready.adapter.name), ready.adapter.serving
    models = {"model": ready.model} | ({} if ready.decider is None else {"decider": ready.decider})
    if to == "onnx":
        with _converting(f"{type(ready.model).__name__} and its Pipeline's steps to ONNX"):
            _write_onnx(clf, card, ready.inputs, folder / "model.onnx")
        return
    for name, model in models.items():
        with _converting(f"{type(model).__name__} to {to}"):
            if to == "native":
                serving.save(model, folder / f"{name}{ending}")
            else:
                serving.to_treelite(model).serialize(str(folder / f"{name}{ending}"))


def _write_onnx(clf: Any, card: str, inputs: Inputs, path: Path) -> None:
    needs(_PACKAGES["onnx"], "An export to ONNX", "serving")
    from onnx import helper, save
    from skl2onnx import convert_sklearn
    from skl2onnx.common.data_types import DoubleTensorType, FloatTensorType

    register_skl2onnx()
    steps = [step for _, step in getattr(clf, "steps", ())]
    check_steps(steps)
    kind = FloatTensorType if inputs.single and not steps else DoubleTensorType
    converted = convert_sklearn(
        clf,
        initial_types=[("X", kind([None, clf.n_features_in_]))],
        options={"zipmap": False},
        custom_conversion_functions=in_double(),
    )
    helper.set_model_props(converted, {"boostweights_card": card})
    save(converted, path)


def _describe(
    clf: Any, inner: WeightedClassifier, ready: Served, to: Format, inputs: Inputs, folder: Path
) -> None:
    single = inputs.single and clf is inner
    manifest = Manifest(
        to=to,
        library=ready.adapter.name,
        classes=labels_of(ready.classes),
        factors=list(ready.factors),
        features=[str(name) for name in getattr(clf, "feature_names_in_", ())],
        n_features=int(clf.n_features_in_),
        dtype="float32" if single else "float64",
        tolerance=_DOUBLE if to == "native" or not (single or to == "onnx") else _SINGLE,
        versions=_versions(ready.adapter, to),
    )
    (folder / MANIFEST).write_text(manifest.to_text(), encoding="utf-8")


def _versions(adapter: Adapter, to: Format) -> dict[str, str]:
    names = ("boostweights", "numpy", "scikit-learn", *_PACKAGES[to])
    found = {name: installed_version(name) or "" for name in names}
    return found | {adapter.module: module_version(adapter.module)}


def _probes(clf: Any, inputs: Inputs, rows: Any) -> Any:
    features, names = int(clf.n_features_in_), [str(name) for name in getattr(clf, "feature_names_in_", ())]
    if not hasattr(clf, "steps"):
        return named(made(inputs, features, rows, double=not inputs.single), names)
    behind = before([step for _, step in clf.steps[:-1]], dict(inputs.thresholds), clf[-1].n_features_in_)
    if behind is not None:
        return named(made(behind, features, double=True), names)
    if rows is None:
        raise InvalidTypeError(
            "a Pipeline is checked on rows that reach its splits",
            f"steps that cannot be inverted: {shown([name for name, _ in clf.steps[:-1]])}",
            "Pass rows=, some hundred rows as they will be served.",
        )
    return rows


def _answers(clf: Any, ready: Served, X: Any) -> Answers:
    inside, inner = X, classifier_at_end(clf)
    for _, step in getattr(clf, "steps", ())[:-1]:
        inside = step.transform(inside)
    model = inner.estimator_
    uncorrected = ready.uncorrected(inside) if inner._is_baked() else columns(model.predict_proba(inside))
    return Answers(proba=clf.predict_proba(X), labels=clf.predict(X), uncorrected=uncorrected)


def _compare(exported: Exported, ours: Answers, X: Any) -> float:
    manifest = exported.manifest
    what = f"{manifest.library} as {manifest.to}"
    answered = exported.predict_proba(X), exported.predict(X)
    return compared(ours, *answered, X, tolerance=manifest.tolerance, what=what)


def _store(folder: Path, probes: Any, ours: Answers) -> None:
    """Keep made rows, with what the classifier says of them."""
    some = np.random.default_rng(0).permutation(len(probes))[:_STORED]
    kept = {name: getattr(ours, name)[some] for name in ("proba", "uncorrected")}
    labels = np.asarray(ours.labels[some].tolist())
    np.savez_compressed(folder / PROBES, X=np.asarray(probes)[some], labels=labels, **kept)


def _replayed(exported: Exported) -> float | None:
    path = exported.path / PROBES
    if not path.exists():
        return None
    with np.load(path) as kept:
        ours = Answers(proba=kept["proba"], labels=kept["labels"], uncorrected=kept["uncorrected"])
        return _compare(exported, ours, named(kept["X"], exported.manifest.features))


def _finish(folder: Path, manifest: Manifest, difference: float, compared_rows: int) -> None:
    files = sorted(each.name for each in folder.iterdir() if each.name != MANIFEST)
    complete = replace(
        manifest,
        largest_difference=difference,
        n_probes=compared_rows,
        digests={name: digest_of(folder / name) for name in files},
    )
    (folder / MANIFEST).write_text(complete.to_text(), encoding="utf-8")
