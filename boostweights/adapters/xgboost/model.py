"""A fitted XGBoost model: its raw scores, the correction in its intercept, its notes, its file and its trees.

Notes are attributes of the Booster, which model files and pickles keep. Model files are JSON, UBJSON or the
binary format of old.
"""

from copy import deepcopy
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np

from boostweights.adapters.behaviour import Floats, Params
from boostweights.adapters.readback import saved_parts
from boostweights.adapters.trees import Tree
from boostweights.adapters.xgboost.document import (
    Document,
    booster_of,
    document_of,
    has_vectors,
    is_whole,
    learner_of,
    leaves_of,
)
from boostweights.errors import InvalidValueError, shown
from boostweights.probabilities.link import MARK, Affine, Correction, Link, LinkKind

_LOGISTIC = ("binary:logistic", "reg:logistic")
_SOFTMAX = ("multi:softprob", "multi:softmax")
_COARSE = 1e-6  # an error in log-odds that moves no probability by more than 2.5e-7
_NEAREST = 1e-6  # XGBoost predicts as if base scores nearer to 0 or 1 were this far


def link(model: Any) -> Link:
    """Return how a classifier or Booster comes to its probabilities."""
    learner = learner_of(model)
    with saved_parts("xgboost"):
        name, params = learner["objective"]["name"], learner["learner_model_param"]
        classes, targets = max(2, int(params["num_class"])), int(params["num_target"])
    labels = tuple(model.classes_.tolist()) if hasattr(model, "classes_") else None
    kind: LinkKind = "none"
    objective = f"objective={name!r}"
    if callable(getattr(model, "objective", None)):  # the Booster names its class's default nonetheless
        objective = f"objective={shown(model.objective)}"
    elif targets > 1:
        objective = f"{objective} of many targets"
    elif name in (*_LOGISTIC, *_SOFTMAX):
        kind, objective = "logit" if name in _LOGISTIC else "softmax", name
    elif name == "reg:squarederror":
        objective = f"{objective}, which is also what a custom objective leaves behind"
    return Link(kind=kind, classes=classes, objective=objective, labels=labels)


def scores(model: Any, X: Any) -> Floats | None:
    """Return a classifier's margins, of the rounds that its ``predict_proba`` uses."""
    if link(model).kind == "none":
        return None
    return np.asarray(model.predict(X, output_margin=True), np.float64)


def n_features(model: Any) -> int:
    """Return the number of features of a classifier or Booster."""
    return int(booster_of(model).num_features())


def table_scores(model: Any, table: Floats) -> Floats:
    """Return the margins of rows of numbers, in which categories are codes; all rounds count."""
    import xgboost as xgb

    booster = booster_of(model)
    names, types = booster.feature_names, booster.feature_types
    rows = xgb.DMatrix(table, feature_names=names, feature_types=types, enable_categorical=True, nthread=1)
    return np.asarray(booster.predict(rows, output_margin=True), np.float64)


def correction_mark(model: Any) -> str | None:
    """Return the mark of a baked model; XGBoost saves it as an attribute."""
    return read_note(model, MARK)


def baked(model: Any, correction: Correction) -> Any:
    """Return a copy that predicts from changed scores."""
    booster, document = booster_of(model), document_of(model)
    start = start_scores(model, len(correction.affine.shift))
    with saved_parts("xgboost"):
        _change(document, correction.affine, start)
    copied = booster.copy()  # keeps the number of threads and the like, which a model file does not
    copied.load_model(document.to_bytes())
    write_note(copied, MARK, correction.mark)
    return copied if model is booster else deepcopy(model, {id(booster): copied})


def _change(document: Document, affine: Affine, start: Floats) -> None:
    model, params = document.model, document.params
    step = affine.shift - start * (1.0 - affine.slope)
    if document.booster == "gblinear":  # reads the first base score for all classes
        weights = np.asarray(model["weights"]).reshape(-1, len(affine.shift)) * affine.slope
        weights[-1] += step
        model["weights"] = weights.ravel().tolist()
        return
    if affine.multiplies:
        _multiply(document, affine.slope)
    base_score = _changed_base_score(params["base_score"], affine(start))
    if base_score is None:
        _shift_first_trees(document, step)
    else:
        params["base_score"] = base_score


def _multiply(document: Document, slopes: Floats) -> None:
    """Multiply the leaves of each tree: by the slope of its class, or vectors by those of all."""
    for group, tree in zip(document.model["tree_info"], document.model["trees"], strict=True):
        factor = slopes if has_vectors(tree) else slopes[group]
        for stored, place in leaves_of(tree).values():
            stored[place] = (np.asarray(stored[place]) * factor).tolist()


def start_scores(model: Any, scores: int) -> Floats:
    """Return the scores from which a fitted model's trees go on, one or one a class.

    XGBoost predicts them itself, with a copy whose leaves, or coefficients, are 0: versions read base scores
    near 0 or 1 in different ways.
    """
    import xgboost as xgb

    document = document_of(model)
    with saved_parts("xgboost"):
        if document.booster == "gblinear":
            document.model["weights"] = [0.0] * len(document.model["weights"])
        else:
            _multiply(document, np.zeros(scores))
    constant = xgb.Booster(model_file=document.to_bytes())
    return np.broadcast_to(table_scores(constant, np.zeros((1, n_features(model)))).ravel(), scores)


def _changed_base_score(text: str, scores: Floats) -> str | None:
    """Return the base score as XGBoost writes it; None where one number must serve all classes or rounds."""
    if text.count(",") + 1 != len(scores):
        return None  # before 3.1: one score for all classes
    if len(scores) > 1:
        return "[" + ",".join(f"{value:.9g}" for value in scores) + "]"
    with np.errstate(over="ignore"):  # a probability is stored, in float32
        value = 1.0 / (1.0 + np.exp(-scores[0]))
    one = np.float32(1)  # XGBoost computes the log-odds in float32
    if (
        not _NEAREST <= value <= 1 - _NEAREST
        or abs(-np.log(one / np.float32(value) - one) - scores[0]) > _COARSE
    ):
        return None
    return f"[{value:.9g}]" if text.startswith("[") else f"{value:.9g}"


def _shift_first_trees(document: Document, shift: Floats) -> None:
    """Add to the leaves of each class's first tree, which every number of rounds includes."""
    groups, trees = document.model["tree_info"], document.model["trees"]
    for group, step in enumerate(shift.tolist()):
        index = groups.index(group) if group in groups else None
        if index is None or has_vectors(trees[index]):
            raise InvalidValueError(
                "the correction needs a base score for each class, or trees of one class each",
                "a model without trees, or multi_strategy='multi_output_tree' before XGBoost 3.1",
                "Correct what it predicts with correct_proba.",
            )
        added = step / (document.dropped[index] if document.dropped is not None else 1.0)
        for stored, place in leaves_of(trees[index]).values():
            stored[place] = [value + added for value in stored[place]]


def uncorrectable(settings: Params, classes: int | None = None) -> str:
    """Name an objective that gives no probabilities; a classifier's default does.

    Examples
    --------
    >>> uncorrectable({"objective": "binary:hinge"}), uncorrectable({})
    ("objective='binary:hinge'", '')
    """
    objective = settings.get("objective", "binary:logistic")
    return "" if objective in (*_LOGISTIC, *_SOFTMAX) else f"objective={shown(objective)}"


def read_note(model: Any, name: str) -> str | None:
    """Return the text kept under a name, or None."""
    kept: str | None = booster_of(model).attr(name)
    return kept


def write_note(model: Any, name: str, text: str) -> None:
    """Keep a text under a name, in the model itself."""
    booster_of(model).set_attr(**{name: text})


def training(model: Any) -> str:
    """Return what another training changes: a digest of the trees, or of gblinear's weights.

    A Booster that continues another one, or refreshes its leaves, inherits its attributes.
    """
    return sha256(repr(trees(model)).encode()).hexdigest()[:16]


_OLD = (".deprecated", ".model")
_KEY_LENGTHS = (b"i", b"U", b"I", b"l", b"L")  # how UBJSON goes on where JSON has a quote


def is_file(path: Path, head: bytes) -> bool:
    """Whether a file that begins like this is a model of XGBoost's."""
    document = head.lstrip()[:1] == b"{" and b"learner" in head[:64]
    return document or head.startswith(b"binf") or path.suffix in _OLD


def load(path: Path) -> Any:
    """Return the Booster of a model file.

    Raises
    ------
    InvalidValueError
        If XGBoost does not load it.
    """
    import xgboost as xgb

    try:  # from memory: a path might be taken for an address, and its ending for the format
        data = path.read_bytes()
        if data[:1] == b"{" and data[1:2] in _KEY_LENGTHS and not is_whole(data):
            raise ValueError("it is cut short, or goes on behind its end")
        return xgb.Booster(model_file=bytearray(data))
    except (xgb.core.XGBoostError, OSError, ValueError) as unreadable:  # not text, as well
        raise InvalidValueError(
            "a model file must be one that xgboost loads",
            f"{shown(str(path))}: {str(unreadable).splitlines()[0]}",
            "Save it again as .ubj or .json, or copy it again. A pickle is not opened: "
            "load it yourself, if you trust it.",
        ) from unreadable


def trees(model: Any) -> list[Tree]:
    """Return a classifier's or Booster's trees; gblinear's coefficients as one."""
    with saved_parts("xgboost"):
        return document_of(model).nodes()
