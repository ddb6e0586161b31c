"""The policies by class label: counts in, the ratio of each class out."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, ClassVar, Literal

from boostweights.errors import InvalidTypeError, check_that, shown
from boostweights.weighting import class_weights
from boostweights.weighting.class_weights import normalise
from boostweights.weighting.counts import ClassCounts
from boostweights.weighting.labels.rules import Label, LabelMap
from boostweights.weighting.policies.base import Policy, Ratios, Scale, bounded


@dataclass(frozen=True, kw_only=True, slots=True, repr=False)
class Unweighted(Policy):
    """Every class weighs 1.

    Examples
    --------
    >>> Unweighted().resolve([0, 0, 1]).class_weight
    {0: 1.0, 1: 1.0}
    """

    def ratios(self, counts: ClassCounts) -> Ratios:
        """Return 1 for each class."""
        return dict.fromkeys(counts, Fraction(1))

    def _weights(self, counts: ClassCounts) -> dict[Label, float]:
        return dict.fromkeys(counts, 1.0)  # of one class, too: nothing is compared


@dataclass(frozen=True, kw_only=True, slots=True, repr=False)
class Balanced(Policy):
    """Weights inversely proportional to a power of the class counts.

    :math:`w_k \\propto n_k^{-\\text{power}}`; with the defaults :math:`w_k = n / (K n_k)`, as
    scikit-learn's ``class_weight="balanced"`` (King & Zeng 2001).

    Examples
    --------
    >>> y = [0] * 90 + [1] * 10
    >>> Balanced(scale="majority").resolve(y).class_weight
    {0: 1.0, 1: 9.0}
    >>> Balanced(power=0.5, scale="majority").resolve(y).class_weight
    {0: 1.0, 1: 3.0}
    >>> Balanced(cap=5.0, scale="majority").resolve(y).class_weight
    {0: 1.0, 1: 5.0}
    """

    scale: Scale = "mean"

    def ratios(self, counts: ClassCounts) -> Ratios:
        """Return n / (K n_k)."""
        share = sum(map(Fraction, counts.values()), Fraction()) / len(counts)
        return {label: share / Fraction(count) for label, count in counts.items()}


@dataclass(frozen=True, kw_only=True, slots=True, repr=False)
class Explicit(Policy):
    """Weights as given.

    Parameters
    ----------
    weights : mapping of label to float
        One positive weight for each class of the training fold.
    missing : {"ignore"}, default=None
        What to make of weights for labels that a fold lacks: nothing, or an error by default.
    exact : bool, default=None
        Whether a parameter says the weights to the last digit, where row weights store float32: the form is
        then no more than equivalent. `from_native` sets it for such a parameter, so that it comes back.

    Examples
    --------
    >>> Explicit({"good": 1.0, "bad": 50.0}).resolve(["good", "bad", "good"]).class_weight
    {'bad': 50.0, 'good': 1.0}
    """

    weights: Mapping[Label, float] = field(kw_only=False)
    missing: Literal["ignore"] | None = None
    exact: bool | None = None
    names_labels: ClassVar[bool] = True
    remedy: ClassVar[str] = class_weights.FACTOR

    def __post_init__(self) -> None:
        Policy.__post_init__(self)
        rule, mend = "exact must be True or left out", "Write exact=True."
        check_that(self.exact in (None, True), rule, shown(self.exact), mend, InvalidTypeError)
        normalise(self, weights=_label_map(self.weights, "weights"))
        rule = "missing must be 'ignore' or None"
        check_that(self.missing in (None, "ignore"), rule, shown(self.missing), "Leave it out for an error.")

    def ratios(self, counts: ClassCounts) -> Ratios:
        """Return the weights as given."""
        ignores = self.missing == "ignore"
        weights = {label: weight for label, weight in self.weights.items() if label in counts or not ignores}
        class_weights.check_same_labels(weights, counts)
        return {label: Fraction(weights[label]) for label in counts}


@dataclass(frozen=True, kw_only=True, slots=True, repr=False)
class EffectiveNumber(Policy):
    """Weights by the effective number of samples.

    :math:`w_k \\propto (1 - \\beta) / (1 - \\beta^{n_k})` (Cui et al. 2019, equation 5). 0 weighs all classes
    alike; towards 1 it approaches `Balanced`.

    Parameters
    ----------
    beta : float, default=0.999
        In [0, 1).

    Examples
    --------
    >>> EffectiveNumber(beta=0.0).resolve([0, 0, 0, 1]).class_weight
    {0: 1.0, 1: 1.0}
    """

    beta: float = 0.999
    scale: Scale = "mean"

    def __post_init__(self) -> None:
        Policy.__post_init__(self)
        rule, mend = "beta must lie in [0, 1)", "Common values: 0.9 to 0.9999."
        normalise(self, beta=bounded("beta", self.beta, lambda beta: 0 <= beta < 1, rule, mend))

    def ratios(self, counts: ClassCounts) -> Ratios:
        """Return the inverse of each class's effective number."""
        if self.beta == 0:
            return dict.fromkeys(counts, Fraction(1))
        decay = math.log(self.beta)
        return {
            label: Fraction((1 - self.beta) / -math.expm1(count * decay)) for label, count in counts.items()
        }


@dataclass(frozen=True, kw_only=True, slots=True, repr=False)
class TargetPrior(Policy):
    """Weights that make the training fold look as if classes had this prior.

    :math:`w_k \\propto \\pi_k n / n_k` (Elkan 2001; Saerens et al. 2002).

    Parameters
    ----------
    prior : mapping of label to float
        Positive shares that sum to 1.

    Examples
    --------
    >>> TargetPrior({0: 0.5, 1: 0.5}).resolve([0] * 9 + [1]).class_weight
    {0: 0.5555555555555556, 1: 5.0}
    """

    prior: Mapping[Label, float] = field(kw_only=False)
    scale: Scale = "mean"
    names_labels: ClassVar[bool] = True

    def __post_init__(self) -> None:
        Policy.__post_init__(self)
        prior = _label_map(self.prior, "prior")
        class_weights.check_sums_to_1(prior)
        normalise(self, prior=prior)

    def ratios(self, counts: ClassCounts) -> Ratios:
        """Return wanted share over observed share."""
        class_weights.check_same_labels(self.prior, counts, what="the prior")
        total = sum(map(Fraction, counts.values()), Fraction())
        weighing = counts.weighing
        return {label: Fraction(self.prior[label]) * total / Fraction(weighing[label]) for label in weighing}


def _label_map(given: Any, name: str) -> LabelMap[float]:
    checked = class_weights.checked_weights(given, name)
    check_that(checked, f"{name} must not be empty", "{}", "Use Unweighted() for no weights.")
    return LabelMap(checked)
