"""The rows by which an export is compared with its classifier, both answers, and why they differ."""

import warnings
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from boostweights.adapters.serving import categorical, columns, made, named
from boostweights.errors import InvalidTypeError, InvalidValueError, shown
from boostweights.serving.exported import Exported
from boostweights.serving.pipelines import Kind, as_text, before, rows_of
from boostweights.serving.served import Served, classifier_at_end

PROBES: Final = "probes.npz"


class ServingError(InvalidValueError):
    """A model that answers otherwise where it is served than where it was fitted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """A classifier's predictions for rows.

    Attributes
    ----------
    proba : ndarray of shape (n, k)
    labels : ndarray of shape (n,)
    uncorrected : ndarray of shape (n, k)
        The probabilities by which it decides.
    """

    proba: npt.NDArray[Any]
    labels: npt.NDArray[Any]
    uncorrected: npt.NDArray[Any]


def answers_of(clf: Any, ready: Served, X: Any) -> Answers:
    """Return the predictions of a classifier, or of a Pipeline that ends in one."""
    inner = classifier_at_end(clf)
    with warnings.catch_warnings():  # categories that encoders do not know are probed, too
        warnings.filterwarnings("ignore", "Found unknown categories", UserWarning)
        inside = X if clf is inner or len(clf.steps) == 1 else clf[:-1].transform(X)
        proba, labels = clf.predict_proba(X), clf.predict(X)
    baked = inner._is_baked()
    uncorrected = ready.uncorrected(inside) if baked else columns(inner.estimator_.predict_proba(inside))
    return Answers(proba=proba, labels=labels, uncorrected=uncorrected)


def compared(exported: Exported, ours: Answers, X: Any) -> float:
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
    first = np.sort(ours.uncorrected, axis=1)  # two classes as likely may be exchanged by rounding
    decided = first[:, -1] - first[:, -2] > tolerance
    other = (np.asarray(labels) != ours.labels) & decided
    if not wrong.any() and not other.any():
        return float(apart.max(initial=0.0))
    rows = np.flatnonzero(wrong if wrong.any() else other)
    seen = f"probabilities {float(apart.max()):.3g} apart in" if wrong.any() else "other labels in"
    some = f"{len(rows)} of {len(wrong)} rows, such as {shown(rows[:5].tolist())}"
    raise ServingError(
        f"a model must answer where it is served ({manifest.library} as {manifest.to}) as where it was "
        f"fitted, within {tolerance:g}",
        f"{seen} {some}: {_cause(ours, proba, wrong, X)}",
        'Export with another format (to="native" always is the library\'s own), and report this one.',
    )


def _cause(ours: Answers, proba: Any, wrong: npt.NDArray[np.bool_], X: Any) -> str:
    if not wrong.any():
        return (
            "the decision is not that of predict, the labels are those of other probabilities or other names"
        )
    if np.abs(np.asarray(proba) - ours.uncorrected).max() < 1e-4:
        return "the probabilities are those of the model without correction"
    if wrong.all():
        return "all rows are wrong: the converter loses an intercept or scales the scores"
    holes = np.asarray(X.isna() if hasattr(X, "isna") else np.isnan(np.asarray(X, np.float64))).any(axis=1)
    if not (wrong & ~holes).any():
        return "only rows with missing values are wrong: the converter sends them elsewhere"
    row = np.asarray(X)[int(np.argmax(wrong))].tolist()
    return f"some splits are taken otherwise, as in the row {shown(row)}"


def probes_of(clf: Any, ready: Served, kinds: list[Kind], rows: Any) -> Any:
    """Return made rows that reach every split, or the caller's where a Pipeline cannot be inverted."""
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


def store(folder: Path, exported: Exported, probes: Any, ours: Answers, most: int) -> None:
    """Keep made rows and the classifier's answers."""
    some = np.random.default_rng(0).permutation(len(probes))[:most]
    if exported.manifest.columns:
        kept: dict[str, Any] = {}
        for at, name in enumerate(exported.manifest.features):
            values = np.asarray(probes[name])
            kept[f"x{at}"] = values if values.dtype.kind in "biuf" else as_text(values).astype(str)
    else:
        kept = {"X": np.asarray(exported.encoded(probes))}
    kept |= {"labels": np.asarray(ours.labels.tolist()), "proba": ours.proba, "uncorrected": ours.uncorrected}
    np.savez_compressed(folder / PROBES, **{name: values[some] for name, values in kept.items()})


def replayed(exported: Exported) -> float | None:
    """Return the largest difference in the rows that an export keeps, or None where it keeps none."""
    stored, features = exported.file(PROBES), exported.manifest.features
    if stored is None:
        return None
    with np.load(BytesIO(stored)) as kept:
        ours = Answers(**{name: kept[name] for name in ("proba", "labels", "uncorrected")})
        apart = {name: kept[f"x{at}"] for at, name in enumerate(features) if "X" not in kept}
        return compared(exported, ours, named(apart or exported.decoded(kept["X"]), features))
