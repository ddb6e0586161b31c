"""A fitted LightGBM model: its raw scores, the correction in its leaves, its notes, its file and its trees.

Notes are lines among the parameters, which LightGBM carries along unread: ``[name: text]``. Text that would
not stay one plain line is kept as base64. Model files are text.
"""

import re
from base64 import b64decode, b64encode
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import numpy as np

from boostweights.adapters.behaviour import Floats, Params
from boostweights.adapters.lightgbm.parameters import is_custom, value_of
from boostweights.adapters.readback import saved_parts
from boostweights.adapters.trees import Node, Tree
from boostweights.errors import InvalidValueError, check_fitted, explained, shown
from boostweights.probabilities.link import MARK, Correction, Link, LinkKind

_LINKS: dict[str, LinkKind] = {
    "binary": "logit",
    "cross_entropy": "logit",
    "multiclass": "softmax",
    "multiclassova": "ovr",
}
_SLOPED = ("binary", "multiclassova")
"""Objectives with a factor of the scores, ``sigmoid``."""
_VALUES = re.compile(r"^(leaf_value|leaf_const|internal_value|leaf_coeff)=(.+)$", re.MULTILINE)


def link(model: Any) -> Link:
    """Return how a classifier or Booster comes to its probabilities."""
    labels = tuple(model.classes_.tolist()) if hasattr(model, "classes_") else None
    lines = header(booster_of(model))
    line = lines.get("objective", "custom")  # which a model with a custom objective does not have
    name, *options = line.split()
    values = dict(option.split(":", 1) for option in options if ":" in option)
    with saved_parts("lightgbm"):
        return Link(
            kind=_LINKS.get(name, "none"),
            classes=max(2, int(lines["num_class"])),
            objective=f"objective={name!r}",
            labels=labels,
            slope=float(values["sigmoid"]) if name in _SLOPED else 1.0,
        )


def scores(model: Any, X: Any) -> Floats | None:
    """Return a classifier's or Booster's raw scores, on the scale of logarithms."""
    model_link = link(model)
    if model_link.kind == "none":
        return None
    raw = np.asarray(model.predict(X, raw_score=True), np.float64)
    booster = booster_of(model)
    if "average_output" in header(booster):  # a random forest's raw scores are summed, not averaged
        used = booster.best_iteration if booster.best_iteration > 0 else booster.current_iteration()
        raw = raw / used
    return model_link.to_logarithms(raw)


def n_features(model: Any) -> int:
    """Return the number of features of a classifier or Booster."""
    return int(booster_of(model).num_feature())


def table_scores(model: Any, table: Floats) -> Floats | None:
    """Return the raw scores of rows of numbers, in which categories are codes."""
    return scores(booster_of(model), table)


def correction_mark(model: Any) -> str | None:
    """Return the mark of a baked model; LightGBM carries unknown lines of parameters along."""
    return read_note(model, MARK)


def baked(model: Any, correction: Correction) -> Any:
    """Return a copy that predicts from shifted scores."""
    from lightgbm import Booster

    booster = booster_of(model)
    text = model_text(booster)
    affine = correction.affine
    changed = _changed(text, affine.slope.tolist(), (affine.shift / correction.link.slope).tolist())
    copied = Booster(model_str=with_note(changed, MARK, correction.mark))
    for name in ("best_iteration", "best_score", "params"):  # which a model file does not keep as they are
        setattr(copied, name, deepcopy(getattr(booster, name)))
    return copied if model is booster else deepcopy(model, {id(booster): copied})


def header(booster: Any) -> dict[str, str]:
    """Return the lines before the first tree; one that is only a word has no value."""
    lines = model_text(booster, iterations=1).partition("\nTree=")[0].splitlines()
    return {name: value for name, _, value in (line.partition("=") for line in lines)}


def _changed(text: str, slopes: list[float], shift: list[float]) -> str:
    """Multiply all leaves, and add to those of each class's first tree; of all where they are averaged.

    Without the line of their sizes, which no longer are these, trees are read one after the other.
    """
    head, *trees = re.split(r"(?m)^(?=Tree=\d+$)", text)
    every, classes = "\naverage_output\n" in head, len(shift)
    changed = [
        _leaves(tree, slopes[index % classes], shift[index % classes] if every or index < classes else 0.0)
        for index, tree in enumerate(trees)
    ]
    return _SIZES.sub("", head) + "".join(changed)


def _leaves(tree: str, slope: float, step: float) -> str:
    """Change the values of a tree's leaves; coefficients of linear leaves are multiplied only."""

    def line(found: re.Match[str]) -> str:
        own = 0.0 if found[1] == "leaf_coeff" else step
        changed = re.sub(r"[^ ]+", lambda each: repr(float(each[0]) * slope + own), found[2])
        return f"{found[1]}={changed}"

    with saved_parts("lightgbm"):
        if "\nleaf_value=" not in tree:
            raise KeyError("leaf_value")
    return tree if (slope, step) == (1.0, 0.0) else _VALUES.sub(line, tree)


def uncorrectable(settings: Params, classes: int | None = None) -> str:
    """Name an objective that gives no probabilities: a custom one, or one of cross_entropy_lambda's names.

    Examples
    --------
    >>> uncorrectable({"loss": "xentlambda"}), uncorrectable({})
    ("objective='xentlambda'", '')
    """
    objective = value_of(settings, "objective", "binary")
    refused = is_custom(objective) or objective in ("cross_entropy_lambda", "xentlambda")
    return f"objective={shown(objective)}" if refused else ""


_START = "\nparameters:\n"
_SIZES = re.compile(r"^tree_sizes=.*\n", re.MULTILINE)
_END = "\nend of parameters"
_ENCODED = "base64 "
_PLAIN = re.compile(r"[\w .,+-]*", re.ASCII)


def booster_of(model: Any) -> Any:
    """Return the Booster of a fitted classifier, or a Booster as it is."""
    if not hasattr(type(model), "booster_"):
        return model
    check_fitted(model.__sklearn_is_fitted__(), model)
    return model.booster_


def model_text(booster: Any, iterations: int = -1) -> str:
    """Return a Booster as its model file has it; -1 for all iterations."""
    return str(booster.model_to_string(num_iteration=iterations))


def read_note(model: Any, name: str) -> str | None:
    """Return the text kept under a name, or None."""
    parameters = model_text(booster_of(model), iterations=1).rpartition(_START)[2]
    match = _line(name).search(parameters.partition(_END)[0])
    if match is None:
        return None
    text = match[1]
    if not text.startswith(_ENCODED):
        return text
    rule = "a note in a model must be as it was written"
    with explained((ValueError,), rule, "Write it again.", name):  # of base64, of UTF-8
        return b64decode(text.removeprefix(_ENCODED)).decode()


def write_note(model: Any, name: str, text: str) -> None:
    """Keep a text under a name: the Booster is read anew from its own text, as LightGBM does after training.

    Raises
    ------
    InvalidValueError
        If the Booster still holds its training data: it would lose them.
    """
    booster = booster_of(model)
    if getattr(booster, "train_set", None) is not None:
        raise InvalidValueError(
            "a note is written into a model whose training is over",
            "a Booster with its training data (keep_training_booster=True)",
            "Call booster.model_from_string(booster.model_to_string()).free_dataset() after the last update.",
        )
    booster.model_from_string(with_note(model_text(booster), name, text))


def with_note(model_file: str, name: str, text: str) -> str:
    """Return a model file's text with a note in it, in place of one of the same name."""
    head, found, tail = model_file.rpartition(_END)
    if not found:
        raise InvalidValueError(
            "a model must keep its parameters to be marked",
            "a model file without a parameters section",
            "Load it as LightGBM wrote it.",
        )
    trees, start, parameters = head.rpartition(_START)
    kept = _line(name).sub("", parameters).rstrip()
    plain = _PLAIN.fullmatch(text) and not text.startswith(_ENCODED)
    line = text if plain else _ENCODED + b64encode(text.encode()).decode()
    return f"{trees}{start}{kept}\n[{name}: {line}]\n{found}{tail}"


def training(model: Any) -> str:
    """Return nothing: a Booster that holds notes cannot be trained on, and a new one does not have them.

    Trees don't tell: a model file is cut at the best iteration.
    """
    return ""


def _line(name: str) -> re.Pattern[str]:
    return re.compile(rf"^\[{name}: (.*)\]$\n?", re.MULTILINE)


def is_file(path: Path, head: bytes) -> bool:
    """Whether a file that begins like this is a model of LightGBM's."""
    return head.startswith((b"tree\n", b"tree\r\n"))


def load(path: Path) -> Any:
    """Return the Booster of a model file.

    Raises
    ------
    InvalidValueError
        If it is cut short, or LightGBM does not load it.
    """
    from lightgbm import Booster
    from lightgbm.basic import LightGBMError

    text = path.read_text(encoding="utf-8", errors="replace")
    rule = "a model file must be one that LightGBM wrote, whole"
    mend = "Save it again in the text format, with Booster.save_model, or copy it again."
    with explained((LightGBMError, ValueError), rule, mend, shown(str(path))):
        if _END not in text:  # LightGBM would load the trees that are there
            raise ValueError("it ends before its parameters do")
        # without sizes to jump by, a damaged tree is an error instead of the end of the process
        return Booster(model_str=_SIZES.sub("", text, count=1))


def trees(model: Any) -> list[Tree]:
    """Return a classifier's or Booster's trees."""
    with saved_parts("lightgbm"):
        grown = booster_of(model).dump_model()["tree_info"]
        return [tuple(_nodes(info["tree_structure"])) for info in grown]


def _nodes(node: Params) -> Iterator[Node]:
    if "leaf_value" in node:
        value = node["leaf_value"]
        linear = "leaf_const" in node  # linear trees: a model in each leaf
        yield Node(value=(value, node["leaf_const"], *node["leaf_coeff"]) if linear else value)
        return
    yield Node(
        feature=node["split_feature"],
        threshold=node["threshold"],
        missing=(node["missing_type"], "left" if node["default_left"] else "right"),
    )
    yield from _nodes(node["left_child"])
    yield from _nodes(node["right_child"])
