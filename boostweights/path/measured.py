"""What was measured at each weight of a path, fold by fold: the data of which its tables are made."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from boostweights.errors import InvalidValueError
from boostweights.weighting.labels.rules import Label
from boostweights.weighting.policies.costs import Costs

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Measured:
    """The data of a weight path; `WeightPath` says what each of them is."""

    ratios: tuple[float, ...]
    classes: tuple[Label, Label]
    positive: Label
    row: npt.NDArray[np.intp]
    fold: npt.NDArray[np.intp]
    y: npt.NDArray[np.bool_]
    proba: Floats
    corrected: Floats
    baseline: Floats
    tuned_threshold: Floats
    train_size: npt.NDArray[np.intp]
    costs: Costs | None = None
    groups: npt.NDArray[np.object_] | None = None
    scoring: str = "f1"
    tuned_by: str = "f1"
    estimator: str = ""
    scale: str = "mean"
    reused: str = "none"

    @property
    def folds(self) -> int:
        """The number k of folds."""
        return len(self.tuned_threshold)

    def checked_groups(self) -> npt.NDArray[np.object_]:
        """Return the groups, or raise."""
        if self.groups is None:
            raise InvalidValueError(
                "error rates by group need groups", "groups=None", "Call weight_path(…, groups=…)."
            )
        return self.groups
