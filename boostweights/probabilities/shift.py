r"""Class weights as a shift of raw scores.

A weight multiplies the odds of its class, so it adds its logarithm to the score: weighting, undoing it and
moving to another prior are sums.
"""

from collections.abc import Mapping
from numbers import Real
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from boostweights.errors import InvalidTypeError, InvalidValueError, did_you_mean, shown
from boostweights.probabilities.link import MulticlassLink, log_shift, sum_of_others
from boostweights.weighting.class_weights import ClassWeights, check_same_labels, checked_weights
from boostweights.weighting.labels.rules import Label
from boostweights.weighting.policies.base import Policy
from boostweights.weighting.policies.by_class import check_sums_to_1

_KINDS: Final = ("softmax", "ovr")


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
    weights = checked_class_weights(weights)
    check_kind(kind)
    shift = log_shift(weights, kind)
    if prior is None:
        return shift
    return shift + _log_prior(_checked_prior(prior, weights), weights, odds=kind == "ovr")


def check_kind(kind: Any) -> None:
    """Raise unless a kind is known."""
    if kind not in _KINDS:
        raise InvalidValueError(f"kind must be one of {_KINDS}", shown(kind), did_you_mean(kind, _KINDS))


def checked_class_weights(weights: Any) -> ClassWeights:
    """Return class weights, or raise."""
    if isinstance(weights, ClassWeights):
        return weights
    unresolved = weights is None or isinstance(weights, (Policy, Mapping, str, Real))
    raise InvalidTypeError(
        "weights must be the ClassWeights that the model was trained with",
        shown(weights),
        "Resolve the policy on the training labels: as_policy(…).resolve(y)."
        if unresolved
        else "Weights of rows differ within a class: they cannot be undone by class.",
    )


def _checked_prior(prior: Any, weights: ClassWeights) -> dict[Label, float]:
    if not isinstance(prior, Mapping):
        raise InvalidTypeError(
            "a prior must map labels to shares", shown(prior), "Write {0: 0.9, 1: 0.1}, or estimate_prior(…)."
        )
    shares = checked_weights(prior)
    check_same_labels(shares, weights.counts, what="the prior")
    check_sums_to_1(shares)
    return {label: shares[label] for label in weights.counts}


def trained_shares(weights: ClassWeights) -> npt.NDArray[np.float64]:
    """Return the share of each class in training, or raise where one has none to be moved."""
    shares = np.asarray(list(weights.counts.prior.values()), np.float64)
    if not shares.all():
        rule = "another prior needs rows of each class that weigh more than 0"
        remedy = "Leave the prior out, or train on rows of all classes."
        raise InvalidValueError(rule, f"counts {shown(dict(weights.counts))}", remedy)
    return shares


def _log_prior(prior: dict[Label, float], weights: ClassWeights, *, odds: bool) -> npt.NDArray[np.float64]:
    """The logarithm of wanted over trained shares, or of the odds of these shares."""
    wanted = np.asarray(list(prior.values()), np.float64)
    trained = trained_shares(weights)
    ratio: npt.NDArray[np.float64] = np.log(wanted) - np.log(trained)
    if not odds:
        return ratio
    return ratio - np.log(sum_of_others(wanted)) + np.log(sum_of_others(trained))
