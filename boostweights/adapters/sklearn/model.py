"""A fitted scikit-learn model: its raw scores, the correction in boosters and forests, its file, its trees.

Model files are skops, as far as nothing in them needs trust.
"""

import zlib
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
import numpy.typing as npt

from boostweights.adapters.behaviour import Floats, Params
from boostweights.adapters.notes import read_note, write_note
from boostweights.adapters.trees import Coefficient, Node, Tree
from boostweights.errors import InvalidTypeError, check_that, explained, shown
from boostweights.lazy import needs
from boostweights.probabilities.link import MARK, Affine, Correction, Link, LinkKind


def link(model: Any) -> Link:
    """Return how a classifier comes to its probabilities."""
    rule, remedy = (
        "the model must be a fitted classifier or a Booster",
        "Call fit first, or pass the last step.",
    )
    check_that(hasattr(model, "classes_"), rule, type(model).__name__, remedy, InvalidTypeError)
    classes = model.classes_
    one_label_each = isinstance(classes, np.ndarray)
    return Link(
        kind=_link_kind(model, len(classes)) if one_label_each else "proba",
        classes=len(classes),
        objective=f"{type(model).__name__}(loss={model.loss!r})" if hasattr(model, "loss") else repr(model),
        labels=tuple(classes.tolist()) if one_label_each else None,
    )


def scores(model: Any, X: Any) -> Floats | None:
    """Return the decision function of a booster."""
    if link(model).kind not in ("logit", "softmax"):
        return None
    return np.asarray(model.decision_function(X), np.float64)


def n_features(model: Any) -> int:
    """Return the number of features."""
    return int(model.n_features_in_)


def table_scores(model: Any, table: Floats) -> Floats | None:
    """Return the decision function of a booster for rows of numbers, which are places of categories."""
    rows: npt.NDArray[Any] = table
    for column, categories in encoded_categories(model).items():
        rows = rows.astype(object)
        places = np.nan_to_num(table[:, column]).astype(int) % len(categories)
        rows[:, column] = categories[places]
    return scores(model, rows)


def encoded_categories(model: Any) -> dict[int, npt.NDArray[Any]]:
    """Return the categories of each column that HistGradientBoosting encodes."""
    named = getattr(model, "is_categorical_", None)
    if named is None:
        return {}
    encoder = model._preprocessor.named_transformers_["encoder"]
    return dict(zip(np.flatnonzero(named).tolist(), encoder.categories_, strict=True))


def tree_probabilities(model: Any, X: Any) -> Iterator[Floats]:
    """Yield the probabilities, of shape (n, k), of each tree of a forest."""
    for tree, leaves in zip(model.estimators_, model.apply(X).T, strict=True):
        shares = tree.tree_.value[leaves, 0, :]
        yield shares / shares.sum(axis=1, keepdims=True)


def correction_mark(model: Any) -> str | None:
    """Return the mark of a baked model. It is on the first tree, since a new fit replaces that."""
    return read_note(model, MARK)


def baked(model: Any, correction: Correction) -> Any:
    """Return a copy that predicts from changed scores, or from leaves that are corrected one by one."""
    copied, affine = deepcopy(model), correction.affine
    if correction.link.kind == "mean":
        for tree in copied.estimators_:
            shares = tree.tree_.value
            shares /= np.asarray(correction.weights)
            shares /= shares.sum(axis=2, keepdims=True)
    elif hasattr(copied, "_baseline_prediction"):
        copied._baseline_prediction = affine(copied._baseline_prediction)
        for stage in copied._predictors:
            for tree, slope in zip(stage, affine.slope, strict=True):
                tree.nodes["value"] *= slope
    else:  # GradientBoosting: whatever its init, trees come on top of it
        shift = affine.shift - _constant_init(copied, affine) * (1.0 - affine.slope)
        for stage in copied.estimators_:
            for tree, slope in zip(stage, affine.slope, strict=True):
                tree.tree_.value[:] *= slope
        for tree, step in zip(copied.estimators_[0], shift, strict=True):
            tree.tree_.value[:] += step / copied.learning_rate
    write_note(copied, MARK, correction.mark)
    return copied


def _constant_init(model: Any, affine: Affine) -> Floats:
    """The scores of GradientBoosting's first estimator, which only a constant one lets one multiply."""
    from sklearn.dummy import DummyClassifier

    if not affine.multiplies or model.init_ == "zero":
        return np.zeros(len(affine.slope))
    check_that(
        isinstance(model.init_, DummyClassifier),
        "a fitted correction multiplies all scores, and GradientBoosting adds trees to those of init",
        f"init={shown(model.init_)}",
        "Leave init out, or correct what it predicts with correct_proba.",
    )
    return np.asarray(model._raw_predict_init(np.zeros((1, model.n_features_in_)))[0], np.float64)


def _link_kind(model: Any, classes: int) -> LinkKind:
    from sklearn import ensemble

    if isinstance(model, (ensemble.RandomForestClassifier, ensemble.ExtraTreesClassifier)):
        return "mean"
    boosters = (ensemble.HistGradientBoostingClassifier, ensemble.GradientBoostingClassifier)
    if not isinstance(model, boosters) or model.loss != "log_loss":
        return "proba" if hasattr(model, "predict_proba") else "none"
    return "logit" if classes == 2 else "softmax"


def uncorrectable(settings: Params, classes: int | None = None) -> str:
    """Say nothing: what scikit-learn calls predict_proba gives probabilities."""
    return ""


_ZIP = b"PK\x03\x04"
_BROKEN = (
    *(BadZipFile, zlib.error, OSError, EOFError, ImportError, RuntimeError),  # also NotImplementedError
    *(LookupError, ValueError, TypeError, AttributeError, AssertionError, ArithmeticError),
)


def is_file(path: Path, head: bytes) -> bool:
    """Whether a file that begins like this may be a model in skops's format."""
    return head.startswith(_ZIP) or path.suffix == ".skops"


def load(path: Path) -> Any:
    """Return the model of a skops file.

    Raises
    ------
    InvalidTypeError
        If it holds types that skops does not trust.
    InvalidValueError
        If skops does not load it.
    MissingLibraryError
        If skops is not installed.
    """
    needs(["skops.io"], "A .skops file", "serving")
    import skops.io

    rule = "the file must be a model that skops saved, whole"
    with explained(_BROKEN, rule, "Save it again with skops.io.dump, or copy it again.", shown(str(path))):
        untrusted = skops.io.get_untrusted_types(file=path)
        if not untrusted:
            return skops.io.load(path, trusted=None)
    raise InvalidTypeError(
        "a skops file is opened here only if all its types are trusted",
        f"{', '.join(untrusted[:5])} in {shown(str(path))}",
        "Load it yourself with skops.io.load(path, trusted=[…]), if you trust them, and pass the model.",
    )


def trees(model: Any) -> list[Tree]:
    """Return the trees of HistGradientBoosting, of a forest, of GradientBoosting or of one tree.

    Of a linear model they are its coefficients, a row a class, the intercept last; of others nothing.
    """
    if hasattr(model, "_predictors"):
        grown = [_histogram(tree) for stage in model._predictors for tree in stage]
        baseline = tuple(Node(value=value) for value in np.ravel(model._baseline_prediction).tolist())
        return [baseline, *grown]
    if hasattr(model, "tree_"):
        return [_tree(model.tree_)]
    if hasattr(model, "estimators_"):
        return [_tree(part.tree_) for part in np.ravel(np.asarray(model.estimators_, object))]
    if not hasattr(model, "coef_"):
        return []
    rows = np.atleast_2d(model.coef_)
    table = np.column_stack([rows, np.broadcast_to(np.ravel(model.intercept_), len(rows))])
    return [tuple(Coefficient(value=value) for value in row) for row in table.tolist()]


def _histogram(predictor: Any) -> Tree:
    def node(row: Any) -> Node:
        if row["is_leaf"]:
            return Node(value=float(row["value"]))
        threshold: Any = float(row["num_threshold"])
        if row["is_categorical"]:
            threshold = tuple(predictor.raw_left_cat_bitsets[row["bitset_idx"]].tolist())
        missing = "left" if row["missing_go_to_left"] else "right"
        return Node(feature=int(row["feature_idx"]), threshold=threshold, missing=missing)

    return tuple(map(node, predictor.nodes))


def _tree(tree: Any) -> Tree:
    def node(index: int) -> Node:
        if tree.children_left[index] == -1:
            return Node(value=tuple(np.ravel(tree.value[index]).tolist()))
        missing = "left" if tree.missing_go_to_left[index] else "right"
        threshold = float(tree.threshold[index])
        return Node(feature=int(tree.feature[index]), threshold=threshold, missing=missing)

    return tuple(map(node, range(tree.node_count)))
