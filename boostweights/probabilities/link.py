"""Links: how raw scores become probabilities, and what takes class weights back out of either.

A weight multiplies the odds of its class (Elkan 2001, theorem 2), so it adds its logarithm to the score:
weighting, undoing it and moving to another prior are sums.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import scipy  # its parts load when they are first used

from boostweights.errors import check_known, check_that, check_type, explained, shown
from boostweights.weighting import class_weights
from boostweights.weighting.class_weights import ClassWeights
from boostweights.weighting.labels.rules import Label

_KINDS = ("softmax", "ovr")

MARK = "boostweights_correction"
"""The name under which a model keeps that its correction is baked in."""

LinkKind = Literal["logit", "softmax", "ovr", "mean", "proba", "none"]
MulticlassLink = Literal["softmax", "ovr"]
"""Whether classes have one score each of one model, or one binary model each."""
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """How a fitted model comes to its probabilities.

    Attributes
    ----------
    kind : str
        "logit": one score, the log-odds of the last of two classes. "softmax": a score a class. "ovr": the
        log-odds of each class against the rest. "mean": the mean of its trees' probabilities. "proba":
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

    kind: LinkKind
    classes: int
    objective: str
    labels: tuple[Any, ...] | None = None
    slope: float = 1.0

    def to_logarithms(self, raw: Any) -> Floats:
        """Return the library's raw scores on the scale of logarithms."""
        return np.asarray(raw, np.float64) * self.slope


@dataclass(frozen=True, slots=True)
class Affine:
    """What is done to scores on the scale of logarithms: times `slope`, plus `shift`.

    Attributes
    ----------
    slope, shift : ndarray of shape (1,) or (k,)
        One for "logit", else one a class.
    """

    slope: Floats
    shift: Floats

    def __call__(self, scores: Floats) -> Floats:
        """Return new scores, of shape (n,) or (n, k)."""
        return scores * self.slope + self.shift

    @property
    def multiplies(self) -> bool:
        """Whether any slope is other than 1: of a shift alone, leaves may stay as they are."""
        return bool((self.slope != 1.0).any())


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """What is baked into a model.

    Attributes
    ----------
    link : Link
        Of the model.
    weights : tuple of float
        One a class, in the order of the model's probability columns.
    affine : Affine
        What is done to raw scores.
    mark : str
        The text that the model keeps.
    """

    link: Link
    weights: tuple[float, ...]
    affine: Affine
    mark: str


def score_shift(
    weights: ClassWeights, kind: MulticlassLink = "softmax", *, prior: Mapping[Label, float] | None = None
) -> npt.NDArray[np.float64]:
    r"""Return what to add to the raw score of each class to undo class weights.

    Parameters
    ----------
    weights : ClassWeights
        The weights that the model was trained with.
    kind : {"softmax", "ovr"}, default="softmax"
        ``"softmax"``: :math:`-\log w_k`. ``"ovr"``: :math:`\log(c_k / w_k)`, where :math:`c_k` is the mean
        weight of the training rows that are not of class k: the weights of one binary model a class.
    prior : mapping of label to float, default=None
        The share of each class where the model will be used, :math:`\pi'_k`; by default that of the training
        fold, :math:`\pi_k`. Adds :math:`\log(\pi'_k / \pi_k)`, for ``"ovr"`` of their odds
        (Saerens et al. 2002, equation 2.4).

    Returns
    -------
    ndarray of shape (k,)
        In sorted label order. A single binary score, the log-odds of the last class, takes the last
        less the first for ``"softmax"``, and the last for ``"ovr"``: the same number.

    Raises
    ------
    InvalidTypeError
        If `weights` are no class weights, or `prior` is no mapping.
    InvalidValueError
        If the kind is unknown, or the prior does not fit.

    Examples
    --------
    >>> from boostweights import Explicit
    >>> weights = Explicit({0: 1.0, 1: 4.0}).resolve([0, 0, 0, 1])
    >>> score_shift(weights).round(4)
    array([-0.    , -1.3863])
    >>> score_shift(weights, "ovr").round(4)
    array([ 1.3863, -1.3863])
    """
    checked_class_weights(weights)
    check_kind(kind)
    values = np.asarray(weights.values, np.float64)
    shift: Floats = -np.log(values)
    if kind == "ovr":
        rows = np.asarray(list(weights.counts.values()), np.float64)
        shift = np.log(sum_of_others(rows * values) / sum_of_others(rows)) + shift
    if prior is None:
        return shift
    shares = class_weights.checked_weights(prior, "prior")
    class_weights.check_same_labels(shares, weights.counts, what="the prior")
    class_weights.check_sums_to_1(shares)
    wanted, trained = np.array([shares[label] for label in weights.counts]), trained_shares(weights)
    ratio = np.log(wanted) - np.log(trained)
    if kind == "ovr":
        ratio = ratio - np.log(sum_of_others(wanted)) + np.log(sum_of_others(trained))
    return np.asarray(shift + ratio)


def check_kind(kind: Any) -> None:
    """Raise unless a kind is known."""
    check_known(kind, _KINDS, f"kind must be one of {_KINDS}")


def checked_class_weights(weights: Any) -> ClassWeights:
    """Return class weights, or raise."""
    rule = "weights must be the ClassWeights that the model was trained with"
    remedy = (
        "Resolve a policy on the training labels: as_policy(…).resolve(y). Weights of rows cannot be undone."
    )
    check_type(weights, ClassWeights, rule, remedy)
    return weights  # type: ignore[no-any-return]


def trained_shares(weights: ClassWeights) -> Floats:
    """Return the share of each class in training, or raise where one has none to be moved."""
    shares = np.asarray(list(weights.counts.prior.values()), np.float64)
    rule = "another prior needs rows of each class that weigh more than 0"
    remedy = "Leave the prior out, or train on rows of all classes."
    check_that(shares.all(), rule, f"counts {shown(dict(weights.counts))}", remedy)
    return shares


def link_shift(weights: ClassWeights, kind: LinkKind) -> Floats:
    """Return what takes class weights out of a model's raw scores, when added to them.

    Returns
    -------
    ndarray of shape (1,) for "logit", (k,) otherwise
        `score_shift`; the one score of "logit" is the last class's less the first one's.

    Examples
    --------
    >>> from boostweights import Explicit
    >>> link_shift(Explicit({0: 1.0, 1: 4.0}).resolve([0, 0, 1]), "logit").round(3)
    array([-1.386])
    """
    if kind != "logit":
        return score_shift(weights, "ovr" if kind == "ovr" else "softmax")
    first, last = score_shift(weights)
    return np.array([last - first])


def log_proba(scores: Floats, kind: LinkKind) -> Floats:
    """Return log-probabilities of shape (n, k) from scores on the scale of logarithms: the inverse link.

    Examples
    --------
    >>> np.exp(log_proba(np.array([0.0]), "logit"))
    array([[0.5, 0.5]])
    """
    if kind == "logit":
        return np.asarray(scipy.special.log_expit(np.column_stack([-scores, scores])))
    if kind == "ovr":
        return np.asarray(scipy.special.log_expit(scores))
    with np.errstate(invalid="ignore"):  # infinite scores, whose softmax is no number in any class
        found = np.asarray(scipy.special.log_softmax(scores, axis=1))
    found[np.isnan(found).any(axis=1)] = np.nan
    return found


def shifted_proba(values: Floats, shift: Floats, kind: MulticlassLink) -> Floats:
    """Return probabilities with a shift added to their logarithms, or logits, and the inverse link applied.

    Parameters
    ----------
    values : ndarray of shape (n, k), (n,) or (trees, n, k)
        (n,): of the last of two classes. (trees, n, k): each tree is shifted by itself, then they are
        averaged.
    shift : ndarray of shape (k,)
        What is added for each class.
    kind : {"softmax", "ovr"}
        Whether rows sum to 1, or each column is a probability by itself.

    Examples
    --------
    >>> shifted_proba(np.array([[0.5, 0.5]]), np.array([0.0, -np.log(9.0)]), "softmax")
    array([[0.9, 0.1]])
    """
    if values.ndim == 3:
        trees = (shifted_proba(tree, shift, kind) for tree in values)
        return np.asarray(sum(trees)) / len(values)
    if values.ndim == 1:
        return shifted_proba(two_columns(values), shift, kind)[:, 1]
    if kind == "ovr":
        with np.errstate(divide="ignore"):  # the logarithms of 0
            logits = np.log(values) - np.log1p(-values) + shift
        return np.asarray(np.exp(-np.logaddexp(0.0, -logits)))
    with np.errstate(divide="ignore"):
        return np.asarray(scipy.special.softmax(np.log(values) + shift, axis=1))


def reweighted(proba: Floats, factors: Sequence[float] | Floats) -> Floats:
    """Return probabilities of shape (n, k) with the odds of each class multiplied by its factor.

    Examples
    --------
    >>> reweighted(np.array([[0.5, 0.5]]), np.array([9.0, 1.0]))
    array([[0.9, 0.1]])
    """
    odds = proba * np.asarray(factors)
    return np.asarray(odds / odds.sum(axis=1, keepdims=True))


def two_columns(values: Floats) -> Floats:
    """Return probabilities of shape (n, 2) from those of the last of two classes; others as they are."""
    return np.column_stack([1.0 - values, values]) if values.ndim == 1 else values


def sum_of_others(values: Floats) -> Floats:
    """Return for each value the sum of all others, rounded once; total less own could cancel to 0.

    Examples
    --------
    >>> sum_of_others(np.array([1e20, 1.0, 2.0]))
    array([3.e+00, 1.e+20, 1.e+20])
    """
    with explained((OverflowError,), "sums of weights must fit in a float", "Use scale='mean'."):
        ratios = [value.as_integer_ratio() for value in values.tolist()]
        unit = max(below for _, below in ratios)  # a power of two: in such parts all values are whole
        whole = [above * (unit // below) for above, below in ratios]
        total = sum(whole)
        return np.array([(total - own) / unit for own in whole])
