"""The ways to decide that compete: out-of-fold probabilities, and the rules that make decisions of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from boostweights.errors import check_that
from boostweights.weighting.policies.base import Policy
from boostweights.weighting.policies.by_class import Unweighted
from boostweights.weighting.policies.names import name_of

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Codes = npt.NDArray[np.intp]
Correction = Literal["none", "analytic", "fitted", "ensemble", "mean"]
Rule = Literal["none", "costs", "tuned", "0.5", "promised", "argmax"]

TRIVIAL = ("flag nobody", "flag everybody", "flag at random (base rate)")
SHARE = "the class share for everyone"
SHARES = "the class shares for everyone"
CONSTANT = ("always the commonest class", "always the cheapest class")
AT_RANDOM = "at random (class shares)"
_CORRECTED = {
    "none": "",
    "analytic": ", analytic correction",
    "fitted": ", fitted correction",
    "ensemble": ", mean of fold models",
    "mean": "",
}
_DECIDED = {
    "none": "",
    "costs": ", threshold of costs",
    "tuned": ", threshold tuned",
    "0.5": ", threshold .5",
    "promised": ", threshold of the promise",
    "argmax": ", most probable class",
}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Model:
    """A way to train, and its out-of-fold probabilities.

    Attributes
    ----------
    library : str
        ``"lightgbm"``, say.
    classifier : str
        ``"module:Class"`` of the estimator; empty where it is the caller's own.
    settings : mapping
        What it is made with.
    policy : Policy
        The class weights.
    correction : {"none", "analytic", "fitted", "ensemble", "mean"}
        What was done to the probabilities. ``"ensemble"``: they are the mean in log odds of fold models, each
        corrected by the fitted map. ``"mean"``: of the models of several libraries, each with its own map.
    proba : ndarray of shape (m,) or (m, k)
        Out-of-fold probability of the positive class; of each of k classes, where there are more than two.
    members : tuple of Model
        The models whose mean it is, with ``correction="mean"``.
    """

    library: str
    policy: Policy
    classifier: str = ""
    settings: Mapping[str, Any] = field(default_factory=dict)
    correction: Correction = "none"
    proba: Floats = field(repr=False)
    members: tuple["Model", ...] = ()

    @property
    def weighted(self) -> bool:
        """Whether the policy weighs classes apart."""
        return not isinstance(self.policy, Unweighted)

    @property
    def honest(self) -> bool:
        """Whether the probabilities are what the class weights have not moved."""
        return not self.weighted or self.correction != "none"

    def as_plain(self) -> dict[str, Any]:
        """Return its names as plain values, for JSON."""
        policy = repr(self.policy) if self.weighted else None
        return {"name": str(self), "library": self.library, "policy": policy, "correction": self.correction}

    def __str__(self) -> str:
        return f"{self.library}, {name_of(self.policy)}{_CORRECTED[self.correction]}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """What competes: a model with a rule, or a rule that needs no model.

    Attributes
    ----------
    model : Model or None
        None for a trivial rule.
    rule : {"none", "costs", "tuned", "0.5", "promised", "argmax"}
        ``"costs"``: from the threshold on that costs say (Elkan 2001). ``"tuned"``: from the threshold on
        that was best on the rows at hand. ``"promised"``: from the one on that a promise found.
        ``"argmax"``: the most probable of more than two classes. ``"none"``: nothing is decided.
    trivial : str
        The name of a rule without a model.
    """

    model: Model | None = None
    rule: Rule = "none"
    trivial: str = ""

    def __str__(self) -> str:
        return self.trivial or f"{self.model}{_DECIDED[self.rule]}"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Rows:
    """The rows that out-of-fold probabilities are of.

    Attributes
    ----------
    y : ndarray of shape (m,), bool or int
        Whether a row is positive; with k classes, more than two, the class of each row, from 0 to k-1.
    unit : ndarray of shape (m,), int
        What is drawn as a whole: a row that several repetitions tested, a group, a cluster; from 0.
    fold : ndarray of shape (m,), int
        The fold that tested it.
    classes : int
        k, or 2.
    sides : tuple of ndarray of shape (m,), bool
        Which rows are of each class; of two classes the positive one first.
    """

    y: npt.NDArray[Any]
    unit: Codes
    fold: Codes
    classes: int = field(init=False)
    sides: tuple[Bools, ...] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        many = self.y.dtype != np.bool_
        sides = [self.y == code for code in range(self.y.max() + 1)] if many else [self.y, ~self.y]
        object.__setattr__(self, "sides", tuple(sides))
        object.__setattr__(self, "classes", len(sides))
        least = min(len(np.unique(self.unit[side])) for side in self.sides)
        rule = f"a recommendation needs at least {FEWEST} rows of each class, or groups that have one"
        remedy = "Collect more rows, or groups, of the rarer class; so few tell no two models apart."
        check_that(least >= FEWEST, rule, least, remedy)


FEWEST = 10
"""With fewer units that have rows of a class, resamples lack it too often for any figure."""


def units_of(*columns: Codes) -> Codes:
    """Return what is drawn as a whole: rows that share a value in any of the columns are of one unit.

    Examples
    --------
    >>> units_of(np.array([0, 1, 2, 3]), np.array([7, 8, 7, 9])).tolist()
    [0, 1, 0, 2]
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    unit = np.unique(columns[0], return_inverse=True)[1]
    for column in columns[1:]:
        other = np.unique(column, return_inverse=True)[1]
        size = int(unit.max()) + 1, int(other.max()) + 1
        links = coo_array((np.ones(len(unit)), (unit, other + size[0])), shape=(sum(size), sum(size)))
        unit = np.unique(connected_components(links, directed=False)[1][unit], return_inverse=True)[1]
    return np.asarray(unit, np.intp)
