"""Exports that run in their target runtime before they are written, and why one differs there."""

import os
import warnings
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from boostweights.adapters.registry import adapter_of
from boostweights.adapters.serving import FORMATS, Format, categorical, columns, made, named
from boostweights.errors import InvalidTypeError, InvalidValueError, check_known, check_that, explained, shown
from boostweights.estimator.classifier import WeightedClassifier
from boostweights.files import temporary_folder
from boostweights.lazy import needs
from boostweights.serving import exported as served_file
from boostweights.serving.exported import DECIDER, MANIFEST, MEMBER, MODEL, Exported, Manifest, load, weighted
from boostweights.serving.graph import own_converters, register_skl2onnx
from boostweights.serving.pipelines import ALTERNATIVE, Kind, as_text, before, check_steps, kinds_of, rows_of
from boostweights.serving.served import (
    Served,
    card_of,
    classifier_at_end,
    factors_of_ensemble,
    labels_of,
    served,
)
from boostweights.versions import installed_version, module_version

PROBES = "probes.npz"
_STORED = 2_000  # made rows that a folder keeps, for a check elsewhere
_STORED_VALUES = 50_000  # and the values that one file keeps
_DOUBLE, _SINGLE = 1e-6, 1e-5
_PACKAGES = {
    "native": (),
    "onnx": ("onnx", "onnxruntime", "onnxmltools", "skl2onnx"),
    "treelite": ("treelite",),
}
_NATIVE = 'Export the classifier with to="native", the library\'s own file.'
_REFUSED = (
    *(RuntimeError, ValueError, TypeError, LookupError, AttributeError, AssertionError),
    *(NotImplementedError, ArithmeticError, ImportError),
)


class ServingError(InvalidValueError):
    """A model that answers otherwise where it is served than where it was fitted."""


class Answers(NamedTuple):
    """A classifier's predictions for rows.

    Attributes
    ----------
    labels : ndarray of shape (n,)
    proba : ndarray of shape (n, k)
    uncorrected : ndarray of shape (n, k)
        The probabilities by which it decides.
    """

    labels: npt.NDArray[Any]
    proba: npt.NDArray[Any]
    uncorrected: npt.NDArray[Any]


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
    place = Path(path)
    one_file = place.suffix[1:2].isalpha()  # "model-1.2" has no suffix
    of_folder = not one_file and to in (None, "native") and not hasattr(clf, "steps")
    inner = classifier_at_end(clf, ensembles=of_folder)
    new = "a model is exported to a new place"
    check_that(not place.exists(), new, f"{place}, which exists", "Choose another.")
    inside = "a model is exported into a folder that exists"
    check_that(place.parent.is_dir(), inside, str(place), "Make it first.")
    if inner.ensemble:
        return _export_ensemble(inner, place, rows)
    name = adapter_of(inner.estimator_).name
    stated, library = served_file.format_of(place) if one_file else (to or "native", name)
    endings = " or ".join(served_file.suffixes(to or "native", name))
    check_that(
        to in (None, stated) and library in ("", name),
        f"the suffix must be that of the format, {endings} for {name} as {to or 'native'}",
        shown(place.name),
        "Change the name or to=; a name without a suffix makes a folder.",
    )
    check_that(
        clf is inner or stated == "onnx",
        "a Pipeline's steps go into ONNX only",
        f'to="{stated}" with the steps {shown([step for step, _ in getattr(clf, "steps", ())])}',
        'Use to="onnx", or transform the rows and export the last step.',
        InvalidTypeError,
    )
    ready, kinds = served(inner, stated), kinds_of(clf)
    with temporary_folder(place.parent) as room:
        written = folder = room / MODEL
        folder.mkdir()
        _write(clf, ready, stated, kinds, folder)
        exported, remedy = load(folder), "Export a classifier that predicts such rows."
        with explained(_REFUSED, "the classifier must take the rows made to check it", remedy):
            probes = _probes(clf, ready, kinds, rows)
            answers = [(_answers(clf, ready, X), X) for X in (probes, rows) if X is not None]
        # made rows are kept where nothing of the caller's is in them, and the format can read them back
        own = rows is None or not (hasattr(rows, "columns") or ready.inputs.categories)
        if stated != "native" if ready.categories else own:
            values = max(1, _STORED_VALUES // exported.manifest.n_features)
            most = min(values, _STORED) if one_file else _STORED
            _store(folder, exported, probes, answers[0][0], most)
        files = () if one_file else sorted(file.name for file in folder.iterdir())
        digests = {file: served_file.digest_of(folder / file) for file in files if file != MANIFEST}
        _complete(folder, replace(exported.manifest, digests=digests), exported, answers)
        if one_file:
            written = room / place.name
            served_file.pack(folder, written, stated, name)
            exported = load(written)
            for pair in answers:
                _compared(exported, *pair)
        os.replace(written, place)
    return load(place)


def _export_ensemble(clf: WeightedClassifier, place: Path, rows: Any) -> Exported:
    """Write an export of each model of an ensemble into a folder, after their mean answered as it does."""
    rule, remedy = "an ensemble is exported with all its rounds", "Set as many rounds, without n_rounds."
    check_that("n_rounds_" not in clf.__dict__, rule, f"n_rounds={shown(clf.n_rounds)}", remedy)
    factors = list(factors_of_ensemble(clf))
    with temporary_folder(place.parent) as room:
        folder = room / MODEL
        folder.mkdir()
        parts = [
            export(member, folder / MEMBER.format(at), rows=rows) for at, member in enumerate(clf.members_)
        ]
        (folder / "card.toml").write_text(card_of(clf).to_text(), encoding="utf-8")
        files = ["card.toml", *(f"{part.path.name}/{MANIFEST}" for part in parts)]
        digests = {file: served_file.digest_of(folder / file) for file in files}
        facts: dict[str, Any] = {"members": len(parts), "factors": factors}
        facts["decision"] = None if clf.threshold is None else clf._decides()[0].as_plain()
        manifest = replace(parts[0].manifest, **facts, digests=digests)
        probes = [_probes(member, served(member, "native"), [], rows) for member in clf.members_]
        answers = [(_answers(clf, None, X), X) for X in (*probes, rows) if X is not None]
        rule, remedy = "the logarithms of probabilities need float64", "Store it with skops or MLflow."
        single = parts[0].predict_proba(probes[0]).dtype == np.float32
        check_that(not single, rule, f"those of {manifest.library}, of float32", remedy)
        _complete(folder, manifest, Exported(folder, manifest, parts, None), answers)
        os.replace(folder, place)
    return load(place)


def _complete(
    folder: Path, manifest: Manifest, exported: Exported, answers: list[tuple[Answers, Any]]
) -> None:
    """Compare a model's answers with the classifier's, and write the manifest that says how they differ."""
    largest = max(_compared(exported, *pair) for pair in answers)
    complete = replace(manifest, largest_difference=largest, n_probes=sum(len(X) for _, X in answers))
    (folder / MANIFEST).write_text(complete.to_text(), encoding="utf-8")


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
    members, pairs = range(exported.manifest.members), [_replayed(exported)]
    if rows is not None and clf is not None:
        ready = None if members else served(classifier_at_end(clf), exported.manifest.to)
        pairs.append((_answers(clf, ready, rows), rows))
    differences = [_compared(exported, *pair) for pair in pairs if pair is not None]
    differences += [check_export(exported.path / MEMBER.format(at)) for at in members]
    check_that(
        (rows is None) == (clf is None) and differences,
        "rows are compared with what the classifier predicts for them",
        "rows without it, it without rows, or an export that keeps no made rows",
        "Pass clf= and rows=.",
        InvalidTypeError,
    )
    return max(differences)


def _write(clf: Any, ready: Served, to: Format, kinds: list[Kind], folder: Path) -> None:
    """Write model, card and manifest; `kinds` are of columns that the graph takes apart."""
    inner, adapter = classifier_at_end(clf), ready.adapter
    card = card_of(inner).to_text()
    (folder / "card.toml").write_text(card, encoding="utf-8")
    ending, remedy = served_file.suffixes(to, adapter.name)[0], _NATIVE if clf is inner else ALTERNATIVE
    inputs: dict[str, Kind] = {}
    for name, model in ((MODEL, ready.model), (DECIDER, ready.decider)):
        before_it = "" if clf is inner else "and the steps before it "
        what, file = f"{type(model).__name__} {before_it}to {to}", folder / f"{name}{ending}"
        if model is None or (to == "onnx" and name == DECIDER):  # which is in the graph
            continue
        with explained(_REFUSED, f"the converter must know the model ({what})", remedy):
            if to == "native":
                adapter.serving.save(model, file)
            elif to == "treelite":
                adapter.serving.to_treelite(model).serialize(str(file))
            else:
                inputs = _write_onnx(clf, card, ready, kinds, file)
    single = ready.inputs.single and clf is inner
    numbered = {} if to == "native" else ready.inputs.numbered
    packages = ("boostweights", "numpy", "scikit-learn", *_PACKAGES[to])
    versions = {package: installed_version(package) or "" for package in packages}
    manifest = Manifest(
        to=to,
        library=adapter.name,
        classes=labels_of(ready.classes),
        factors=list(ready.factors),
        decision=None if ready.rule is None else ready.rule.as_plain(),
        features=[str(name) for name in getattr(clf, "feature_names_in_", ())],
        n_features=int(clf.n_features_in_),
        dtype="float32" if single else "float64",
        categories={str(at): levels for at, levels in {**ready.categories, **numbered}.items()},
        columns=inputs,
        tolerance=_DOUBLE if to == "native" or not (single or to == "onnx") else _SINGLE,
        versions=versions | {adapter.module: module_version(adapter.module)},
    )
    (folder / MANIFEST).write_text(manifest.to_text(), encoding="utf-8")


def _write_onnx(clf: Any, card: str, ready: Served, kinds: list[Kind], path: Path) -> dict[str, Kind]:
    """Write a graph; return the names and kinds of its inputs, where each is a column."""
    needs(_PACKAGES["onnx"], "An export to ONNX", "serving")
    from onnx import helper, save
    from skl2onnx import convert_sklearn
    from skl2onnx.common import data_types as types

    register_skl2onnx()
    check_steps([step for _, step in getattr(clf, "steps", ())])
    tensors = {"text": types.StringTensorType, "int64": types.Int64TensorType}
    apart = [
        (str(clf.feature_names_in_[at]), tensors.get(kind, types.DoubleTensorType)([None, 1]))
        for at, kind in enumerate(kinds)
    ]
    single = ready.inputs.single and not hasattr(clf, "steps")
    whole = types.FloatTensorType if single else types.DoubleTensorType
    converted = convert_sklearn(
        clf,
        initial_types=apart or [("X", whole([None, clf.n_features_in_]))],
        options={"zipmap": False},
        custom_conversion_functions=own_converters(),
    )
    inputs = dict(zip([tensor.name for tensor in converted.graph.input], kinds, strict=False))
    for at in reversed([at for at, kind in enumerate(kinds) if kind == "unused"]):
        del converted.graph.input[at]
    helper.set_model_props(converted, {"boostweights_card": card})
    save(converted, path)
    return inputs


def _answers(clf: Any, ready: Served | None, X: Any) -> Answers:
    """Return the predictions of a classifier, or of a Pipeline that ends in one; None is of an ensemble."""
    inner = classifier_at_end(clf, ensembles=ready is None)
    with warnings.catch_warnings():  # categories that encoders do not know are probed, too
        warnings.filterwarnings("ignore", "Found unknown categories", UserWarning)
        inside = X if clf is inner or len(clf.steps) == 1 else clf[:-1].transform(X)
        proba, labels = clf.predict_proba(X), clf.predict(X)
    if ready is None:
        return Answers(proba=proba, labels=labels, uncorrected=weighted(proba, factors_of_ensemble(inner)))
    decider = ready.decider if inner._is_baked() or ready.rule else inner.estimator_
    decided = (ready.model if decider is None else decider).predict_proba(inside)
    uncorrected = weighted(columns(decided), ready.factors) if decider is None else columns(decided)
    return Answers(proba=proba, labels=labels, uncorrected=uncorrected)


def _compared(exported: Exported, ours: Answers, X: Any) -> float:
    """Return the largest difference of a probability.

    Raises
    ------
    ServingError
        If one is beyond the tolerance, or a label differs where the decision is no tie; it names rows and
        cause.
    """
    manifest, tolerance = exported.manifest, exported.manifest.tolerance
    proba, labels = np.asarray(exported.predict_proba(X), np.float64), exported.predict(X)
    missing = np.isnan(proba) & np.isnan(ours.proba)
    apart = np.where(missing, 0.0, np.abs(proba - ours.proba)).max(axis=1)
    wrong = ~(apart <= tolerance)
    worths = ours.uncorrected
    if exported.rule is not None:
        worths = exported.rule.worths(worths) / exported.rule.scale
    first = np.sort(worths, axis=1)  # two decisions worth the same may be exchanged by rounding
    decided = first[:, -1] - first[:, -2] > tolerance
    other = (np.asarray(labels) != ours.labels) & decided
    if not wrong.any() and not other.any():
        return float(apart.max(initial=0.0))
    seen, rows = f"probabilities {float(apart.max()):.3g} apart in", np.flatnonzero(wrong)
    if not wrong.any():
        seen, rows = "other labels in", np.flatnonzero(other)
        cause = "the decision is not that of predict, or the labels are those of other probabilities or names"
    elif np.abs(proba - ours.uncorrected).max() < 1e-4:
        cause = "the probabilities are those of the model without correction"
    elif wrong.all():
        cause = "all rows are wrong: the converter loses an intercept or scales the scores"
    else:
        holes = np.asarray(X.isna() if hasattr(X, "isna") else np.isnan(np.asarray(X, np.float64))).any(
            axis=1
        )
        cause = "only rows with missing values are wrong: the converter sends them elsewhere"
        if (wrong & ~holes).any():
            cause = f"some splits are taken otherwise, as in the row {shown(np.asarray(X)[rows[0]].tolist())}"
    some = f"{len(rows)} of {len(wrong)} rows, such as {shown(rows[:5].tolist())}"
    raise ServingError(
        f"a model must answer where it is served ({manifest.library} as {manifest.to}) as where it was "
        f"fitted, within {tolerance:g}",
        f"{seen} {some}: {cause}",
        'Export with another format (to="native" always is the library\'s own), and report this one.',
    )


def _probes(clf: Any, ready: Served, kinds: list[Kind], rows: Any) -> Any:
    """Return made rows that reach every split, or the caller's where a Pipeline cannot be inverted."""
    inputs, features = ready.inputs, int(clf.n_features_in_)
    names = [str(name) for name in getattr(clf, "feature_names_in_", ())]
    if not hasattr(clf, "steps"):
        if ready.categories:
            return categorical(inputs, names, ready.categories)
        return named(made(inputs, features, rows, double=not inputs.single), names)
    behind = before([step for _, step in clf.steps[:-1]], inputs, clf[-1].n_features_in_)
    if behind is not None:
        return rows_of(behind, kinds, names) if kinds else named(made(behind, features, double=True), names)
    check_that(
        rows is not None,
        "a Pipeline is checked on rows that reach its splits",
        f"steps that cannot be inverted: {shown([name for name, _ in clf.steps[:-1]])}",
        "Pass rows=, some hundred rows as they will be served.",
        InvalidTypeError,
    )
    return rows


def _store(folder: Path, exported: Exported, probes: Any, answers: Answers, most: int) -> None:
    """Keep made rows and the classifier's answers."""
    some = np.random.default_rng(0).permutation(len(probes))[:most]
    kept: dict[str, Any] = {}
    if exported.manifest.columns:
        for at, name in enumerate(exported.manifest.features):
            values = np.asarray(probes[name])
            kept[f"x{at}"] = values if values.dtype.kind in "biuf" else as_text(values).astype(str)
    else:
        kept["X"] = np.asarray(exported.encoded(probes))
    kept |= answers._replace(labels=np.asarray(answers.labels.tolist()))._asdict()
    np.savez_compressed(folder / PROBES, **{name: values[some] for name, values in kept.items()})


def _replayed(exported: Exported) -> tuple[Answers, Any] | None:
    """Return the answers and the rows that an export keeps, or None where it keeps none."""
    stored, features = exported.file(PROBES), exported.manifest.features
    if stored is None:
        return None
    with np.load(BytesIO(stored)) as kept:
        answers = Answers(*(kept[name] for name in Answers._fields))
        if "X" not in kept:
            return answers, named({name: kept[f"x{at}"] for at, name in enumerate(features)}, features)
        table = kept["X"]
    categories = exported.manifest.categories
    rows = table.astype(object) if categories else table
    for at, levels in categories.items():  # None is a missing one
        codes = np.nan_to_num(table[:, int(at)], nan=len(levels)).astype(int)
        rows[:, int(at)] = np.array([*levels, None], dtype=object)[codes]
    return answers, named(rows, features)
