"""A fitted XGBoost model: its raw scores, the correction in its intercept, its notes, its file and its trees.

Notes are attributes of the Booster, which model files and pickles keep. Model files are JSON, UBJSON or the
binary format of old.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from copy import deepcopy
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from boostweights.adapters.trees import Coefficient, Node, Tree
from boostweights.adapters.xgboost.ubjson import is_whole
from boostweights.errors import InvalidTypeError, InvalidValueError, shown
from boostweights.probabilities.link import MARK, Affine, Correction, Link

_LOGISTIC: Final = ("binary:logistic", "reg:logistic")
_SOFTMAX: Final = ("multi:softprob", "multi:softmax")
_COARSE: Final = 1e-6  # an error in log-odds that moves no probability by more than 2.5e-7
_NEAREST: Final = 1e-6  # XGBoost predicts as if base scores nearer to 0 or 1 were this far


def link(model: Any) -> Link:
    """Return how a classifier or Booster comes to its probabilities."""
    learner = json.loads(booster_of(model).save_config())["learner"]
    name, params = learner["objective"]["name"], learner["learner_model_param"]
    labels = tuple(model.classes_.tolist()) if hasattr(model, "classes_") else None
    classes = max(2, int(params["num_class"]))
    if callable(getattr(model, "objective", None)):  # the Booster says its class's default nonetheless
        return Link(kind="none", classes=classes, objective=f"objective={shown(model.objective)}")
    if int(params.get("num_target", 1)) > 1:
        return Link(kind="none", classes=classes, objective=f"objective={name!r} of many targets")
    if name in _LOGISTIC:
        return Link(kind="logit", classes=2, objective=name, labels=labels)
    if name in _SOFTMAX:
        return Link(kind="softmax", classes=classes, objective=name, labels=labels)
    custom = ", which is also what a custom objective leaves behind" if name == "reg:squarederror" else ""
    return Link(kind="none", classes=classes, objective=f"objective={name!r}{custom}")


def scores(model: Any, X: Any) -> npt.NDArray[np.float64] | None:
    """Return a classifier's margins, of the rounds that its ``predict_proba`` uses."""
    if link(model).kind == "none":
        return None
    return np.asarray(model.predict(X, output_margin=True), np.float64)


def correction_mark(model: Any) -> str | None:
    """Return the mark of a baked model; XGBoost saves it as an attribute."""
    return read_note(model, MARK)


def baked(model: Any, correction: Correction) -> Any:
    """Return a copy that predicts from changed scores."""
    booster = booster_of(model)
    document = json.loads(booster.save_raw("json"))
    _change(document["learner"], correction.affine)
    copied = booster.copy()  # keeps the number of threads and the like, which a model file does not
    copied.load_model(bytearray(json.dumps(document).encode()))
    write_note(copied, MARK, correction.mark)
    return copied if model is booster else deepcopy(model, {id(booster): copied})


def _change(learner: dict[str, Any], affine: Affine) -> None:
    booster, params = learner["gradient_booster"], learner["learner_model_param"]
    start = _start(params["base_score"], len(affine.shift))
    if booster["name"] == "gblinear":  # reads the first base score for all classes
        weights = np.asarray(booster["model"]["weights"]).reshape(-1, len(affine.shift)) * affine.slope
        weights[-1] += affine.shift - start[0] * (1.0 - affine.slope)
        booster["model"]["weights"] = weights.ravel().tolist()
        return
    model = booster.get("gbtree", booster)["model"]
    if affine.multiplies:
        for group, tree in zip(model["tree_info"], model["trees"], strict=True):
            _multiply(tree, affine.slope, group)
    base_score = _changed_base_score(params["base_score"], start, affine)
    if base_score is None:
        _shift_first_trees(booster, affine.shift - start * (1.0 - affine.slope))
    else:
        params["base_score"] = base_score


def _multiply(tree: dict[str, Any], slopes: npt.NDArray[np.float64], group: int) -> None:
    """Multiply a tree's leaves: of one class, or of all."""
    if "leaf_weights" in tree:
        leaves = np.asarray(tree["leaf_weights"]).reshape(-1, len(slopes))
        tree["leaf_weights"] = (leaves * slopes).ravel().tolist()
        return
    values, slope = tree["split_conditions"], float(slopes[group])
    for node, child in enumerate(tree["left_children"]):
        if child == -1:
            values[node] *= slope


def start_scores(model: Any, scores: int) -> npt.NDArray[np.float64]:
    """Return the scores from which a fitted model's trees go on, one or one a class."""
    params = json.loads(booster_of(model).save_config())["learner"]["learner_model_param"]
    return np.broadcast_to(_start(params["base_score"], scores), scores)


def _start(text: str, scores: int) -> npt.NDArray[np.float64]:
    """The scores from which trees go on, of a base score as XGBoost writes it: of two classes a share."""
    values = np.array(json.loads(text) if text.startswith("[") else [float(text)])
    if scores > 1:
        return values
    return np.array([_log_odds(min(max(values[0], _NEAREST), 1 - _NEAREST))])


def _changed_base_score(text: str, start: npt.NDArray[np.float64], affine: Affine) -> str | None:
    """Return the base score as XGBoost writes it; None where one number must serve all classes or rounds."""
    wanted = affine(start)
    listed = text.startswith("[")
    if len(start) != len(affine.shift):
        return None  # before 3.1: one score for all classes
    if len(wanted) > 1:
        return "[" + ",".join(f"{value:.9g}" for value in wanted) + "]"
    with np.errstate(over="ignore"):  # a probability is stored, in float32
        value = 1.0 / (1.0 + np.exp(-wanted[0]))
    if not _NEAREST <= value <= 1 - _NEAREST or abs(_log_odds(value) - wanted[0]) > _COARSE:
        return None
    return f"[{value:.9g}]" if listed else f"{value:.9g}"


def _log_odds(probability: float) -> float:
    """As XGBoost computes it, in float32."""
    one = np.float32(1)
    return float(-np.log(one / np.float32(probability) - one))


def _shift_first_trees(booster: dict[str, Any], shift: npt.NDArray[np.float64]) -> None:
    """Add to the leaves of each class's first tree, which every number of rounds includes."""
    model = booster.get("gbtree", booster)["model"]
    factors = booster.get("weight_drop", [1.0])  # dart's factor of each tree
    for group, step in enumerate(shift.tolist()):
        index = model["tree_info"].index(group) if group in model["tree_info"] else None
        if index is None or "leaf_weights" in model["trees"][index]:
            raise InvalidValueError(
                "the correction needs a base score for each class, or trees of one class each",
                "a model without trees, or multi_strategy='multi_output_tree' before XGBoost 3.1",
                "Correct what it predicts with correct_proba.",
            )
        tree = model["trees"][index]
        factor = factors[index] if "weight_drop" in booster else 1.0
        values = tree["split_conditions"]
        for node, child in enumerate(tree["left_children"]):
            if child == -1:
                values[node] += step / factor


def uncorrectable(settings: Mapping[str, Any], classes: int | None = None) -> str:
    """Name an objective that gives no probabilities; a classifier's default does.

    Examples
    --------
    >>> uncorrectable({"objective": "binary:hinge"}), uncorrectable({})
    ("objective='binary:hinge'", '')
    """
    objective = settings.get("objective", "binary:logistic")
    return "" if objective in (*_LOGISTIC, *_SOFTMAX) else f"objective={shown(objective)}"


_GROWN: Final = ("left_children", "split_indices", "split_conditions", "leaf_weights")


def booster_of(model: Any) -> Any:
    """Return the Booster of a fitted classifier, or a Booster as it is."""
    if not hasattr(model, "get_booster"):
        return model
    if not model.__sklearn_is_fitted__():
        raise InvalidTypeError("the model must be fitted", type(model).__name__, "Call fit first.")
    return model.get_booster()


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
    booster = json.loads(booster_of(model).save_raw("json"))["learner"]["gradient_booster"]
    grown = booster.get("gbtree", booster)["model"]
    kept = [[tree.get(name) for name in _GROWN] for tree in grown.get("trees", ())]
    content = [kept, grown.get("weights"), booster.get("weight_drop")]
    return sha256(json.dumps(content).encode()).hexdigest()[:16]


_OLD: Final = (".deprecated", ".model")
_KEY_LENGTHS: Final = (b"i", b"U", b"I", b"l", b"L")  # how UBJSON goes on where JSON has a quote


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
            raise _unreadable(path, "it is cut short, or goes on behind its end")
        return xgb.Booster(model_file=bytearray(data))
    except (xgb.core.XGBoostError, OSError, UnicodeDecodeError) as unreadable:
        raise _unreadable(path, str(unreadable).splitlines()[0]) from unreadable


def _unreadable(path: Path, why: str) -> InvalidValueError:
    return InvalidValueError(
        "a model file must be one that xgboost loads",
        f"{shown(str(path))}: {why}",
        "Save it again as .ubj or .json, or copy it again.",
    )


def trees(model: Any) -> list[Tree]:
    """Return a classifier's or Booster's trees; gblinear's coefficients as one."""
    booster = model.get_booster() if hasattr(model, "get_booster") else model
    learner = json.loads(booster.save_raw("json"))["learner"]
    gradient_booster = learner["gradient_booster"]
    if "weight_drop" in gradient_booster:  # dart: each tree's contribution is scaled
        dropped = gradient_booster["weight_drop"]
        grown = gradient_booster["gbtree"]["model"]["trees"]
        return [(*_tree(tree), Node(value=weight)) for tree, weight in zip(grown, dropped, strict=True)]
    if "trees" not in gradient_booster["model"]:
        return [tuple(Coefficient(value=each) for each in gradient_booster["model"]["weights"])]
    return [_tree(tree) for tree in gradient_booster["model"]["trees"]]


def _tree(tree: Mapping[str, Any]) -> Tree:
    starts = dict(zip(tree["categories_nodes"], tree["categories_segments"], strict=True))
    sizes = dict(zip(tree["categories_nodes"], tree["categories_sizes"], strict=True))

    def node(index: int) -> Node:
        condition = tree["split_conditions"][index]
        if tree["left_children"][index] == -1:
            return Node(value=condition)
        if tree["split_type"][index]:
            start = starts[index]
            condition = tuple(tree["categories"][start : start + sizes[index]])
        missing = "left" if tree["default_left"][index] else "right"
        return Node(feature=tree["split_indices"][index], threshold=condition, missing=missing)

    return tuple(map(node, range(len(tree["left_children"]))))
