"""LightGBM's raw scores, and the correction in its leaves."""

from __future__ import annotations

import re
from collections.abc import Mapping
from copy import deepcopy
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from boostweights.adapters.lightgbm.names import is_custom, value_of
from boostweights.adapters.lightgbm.notes import booster_of, model_text, read_note, with_note
from boostweights.errors import shown
from boostweights.probabilities.link import MARK, Correction, Link, LinkKind

__all__ = ["baked", "correction_mark", "link", "scores", "uncorrectable"]

_LINKS: Final[dict[str, LinkKind]] = {
    "binary": "logit",
    "cross_entropy": "logit",
    "multiclass": "softmax",
    "multiclassova": "ovr",
}
_VALUES: Final = re.compile(r"^(leaf_value|leaf_const|internal_value)=(.+)$", re.MULTILINE)


def link(model: Any) -> Link:
    """Return how a classifier or Booster comes to its probabilities."""
    labels = tuple(model.classes_.tolist()) if hasattr(model, "classes_") else None
    line = _header(booster_of(model)).get("objective", "custom")
    name, *options = line.split()
    values = dict(option.split(":", 1) for option in options if ":" in option)
    return Link(
        kind=_LINKS.get(name, "none"),
        classes=int(values.get("num_class", 2)),
        objective=f"objective={name!r}",
        labels=labels,
        slope=float(values.get("sigmoid", 1.0)),
    )


def scores(model: Any, X: Any) -> npt.NDArray[np.float64] | None:
    """Return a classifier's raw scores, on the scale of logarithms."""
    found = link(model)
    if found.kind == "none":
        return None
    raw = np.asarray(model.predict(X, raw_score=True), np.float64)
    booster = model.booster_
    if "average_output" in _header(booster):  # a random forest's raw scores are summed, not averaged
        used = booster.best_iteration if booster.best_iteration > 0 else booster.current_iteration()
        raw = raw / used
    return found.to_logarithms(raw)


def correction_mark(model: Any) -> str | None:
    """Return the mark of a baked model; LightGBM carries unknown lines of parameters along."""
    return read_note(model, MARK)


def baked(model: Any, correction: Correction) -> Any:
    """Return a copy that predicts from shifted scores."""
    from lightgbm import Booster

    booster = booster_of(model)
    text = model_text(booster)
    shifted = _shifted(text, correction.link.to_raw(correction.shift))
    copied = Booster(model_str=with_note(shifted, MARK, correction.mark))
    for name in ("best_iteration", "best_score", "params"):  # which a model file does not keep as they are
        setattr(copied, name, deepcopy(getattr(booster, name)))
    return copied if model is booster else deepcopy(model, {id(booster): copied})


def _header(booster: Any) -> dict[str, str]:
    """Return the lines before the first tree; one that is only a word has no value."""
    lines = model_text(booster, iterations=1).partition("\nTree=")[0].splitlines()
    return {name: value for name, _, value in (line.partition("=") for line in lines)}


def _shifted(text: str, shift: npt.NDArray[np.float64]) -> str:
    """Add to the leaves of each class's first tree; where trees are averaged, of every tree."""
    head, *trees = re.split(r"(?m)^(?=Tree=\d+$)", text)
    every = "\naverage_output\n" in head
    edited = [
        _added(tree, float(shift[index % len(shift)])) if every or index < len(shift) else tree
        for index, tree in enumerate(trees)
    ]
    sizes = re.search(r"^tree_sizes=(.+)$", head, re.MULTILINE)
    if sizes is not None:  # the reader jumps by these
        grown = [
            int(size) + len(after) - len(before)
            for size, before, after in zip(sizes[1].split(), trees, edited, strict=True)
        ]
        head = head.replace(sizes[0], "tree_sizes=" + " ".join(map(str, grown)))
    return head + "".join(edited)


def _added(tree: str, step: float) -> str:
    def line(found: re.Match[str]) -> str:
        return f"{found[1]}=" + " ".join(repr(float(value) + step) for value in found[2].split())

    return _VALUES.sub(line, tree)


def uncorrectable(settings: Mapping[str, Any], classes: int | None = None) -> str:
    """Name an objective that gives no probabilities: a custom one, or one of cross_entropy_lambda's names.

    Examples
    --------
    >>> uncorrectable({"loss": "xentlambda"}), uncorrectable({})
    ("objective='xentlambda'", '')
    """
    objective = value_of(settings, "objective", "binary")
    refused = is_custom(objective) or objective in ("cross_entropy_lambda", "xentlambda")
    return f"objective={shown(objective)}" if refused else ""
