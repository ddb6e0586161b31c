"""How a model's raw scores become probabilities, and what takes class weights back out of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np
import numpy.typing as npt

from boostweights.probabilities.log_shift import log_shift
from boostweights.weighting.class_weights import ClassWeights

__all__ = ["MARK", "Correction", "Kind", "Link", "link_shift"]

MARK: Final = "boostweights_correction"
"""The name under which a model keeps that its correction is baked in."""

Kind = Literal["logit", "softmax", "ovr", "mean", "proba", "none"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """How a fitted model comes to its probabilities.

    Attributes
    ----------
    kind : str
        "logit": one score, the log-odds of the last of two classes. "softmax": a score a class. "ovr": the
        log-odds of each class against the rest. "mean": the mean of its members' probabilities. "proba":
        probabilities without scores that add up. "none": no probabilities.
    classes : int
        The number of classes.
    objective : str
        What was trained, in the library's own words, for errors.
    labels : tuple or None
        The model's labels in the order of its probability columns, where it knows them.
    slope : float
        The scores' factor before the link: LightGBM's ``sigmoid``.
    """

    kind: Kind
    classes: int
    objective: str
    labels: tuple[Any, ...] | None = None
    slope: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """What is baked into a model.

    Attributes
    ----------
    link : Link
        Of the model.
    weights : tuple of float
        One a class, in the order of the model's probability columns.
    shift : ndarray of shape (1,) or (k,)
        Is added to raw scores, on the scale of logarithms: one for "logit", else one a class.
    mark : str
        The text that the model keeps.
    """

    link: Link
    weights: tuple[float, ...]
    shift: npt.NDArray[np.float64]
    mark: str


def link_shift(weights: ClassWeights, kind: Kind) -> npt.NDArray[np.float64]:
    """Return what takes class weights out of a model's raw scores, when added to them.

    Returns
    -------
    ndarray of shape (1,) for "logit", (k,) otherwise
        `log_shift`; the one score of "logit" is the last class's less the first one's.

    Examples
    --------
    >>> from boostweights import Explicit
    >>> link_shift(Explicit({0: 1.0, 1: 4.0}).resolve([0, 0, 1]), "logit").round(3)
    array([-1.386])
    """
    if kind != "logit":
        return log_shift(weights, "ovr" if kind == "ovr" else "softmax")
    first, last = log_shift(weights, "softmax")
    return np.array([last - first])
