"""How one model is trained: what a worker needs to know beside the data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from boostweights.adapters.form import FormName
from boostweights.adapters.record import Categories

__all__ = ["Recipe"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """How a model is trained.

    Attributes
    ----------
    classifier, parameters, categories
        As `learners.estimator` and `learners.features` take them.
    weights : tuple of k floats
        The class weights, resolved.
    form, pinned, resample, early_stopping
        As an `Arm` has them.
    fit_arguments : mapping
        For the classifier's ``fit``.
    seed : int
        Of resampling and inner splits.
    """

    classifier: str
    parameters: Mapping[str, object]
    categories: Categories
    weights: tuple[float, ...]
    form: FormName = "auto"
    pinned: bool = True
    resample: str = "none"
    early_stopping: str = "none"
    fit_arguments: Mapping[str, object] = field(default_factory=dict)
    seed: int = 0

    @property
    def weighted(self) -> bool:
        """Whether any class weighs other than 1."""
        return set(self.weights) != {1.0}
