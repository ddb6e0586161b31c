"""What each of the four counts costs."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from boostweights.weighting.labels.rules import Label
from boostweights.weighting.policies.costs import Costs


def costs_of_counts(costs: Costs, classes: tuple[Label, Label], positive: Label) -> npt.NDArray[np.float64]:
    """Return the cost of a true negative, false positive, false negative and true positive.

    Examples
    --------
    >>> costs_of_counts(Costs(fn=50, fp=1), (0, 1), 1).tolist()
    [0.0, 1.0, 50.0, 0.0]
    >>> costs = Costs(matrix=[[0.25, 5], [1, 0]], classes=["bad", "good"])
    >>> costs_of_counts(costs, ("bad", "good"), "bad").tolist()
    [0.0, 1.0, 5.0, 0.25]
    """
    if costs.matrix is None:
        return np.array([0.0, costs.fp, costs.fn, 0.0], np.float64)
    matrix = np.asarray(costs.matrix, np.float64)
    labels = list(classes if costs.classes is None else costs.classes)
    yes = labels.index(positive)
    no = 1 - yes
    return matrix[[no, no, yes, yes], [no, yes, no, yes]]
