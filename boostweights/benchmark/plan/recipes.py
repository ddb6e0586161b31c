"""How each arm is trained on a fold: its recipe, from what the suite, the library and the regime specify."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from boostweights.adapters.form import FormName
from boostweights.adapters.record import Categories, Record
from boostweights.benchmark.plan.arm import Arm
from boostweights.benchmark.plan.learners import SPECIAL, Special, parameters
from boostweights.benchmark.plan.problem import Described, Problem, counted
from boostweights.benchmark.plan.resample import counts_after
from boostweights.benchmark.plan.splits import Split
from boostweights.benchmark.plan.suite import Suite
from boostweights.benchmark.regimes import FIXED, Regime, configurations
from boostweights.weighting.counts import ClassCounts
from boostweights.weighting.policies.by_class import Balanced


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """How a model is trained.

    Attributes
    ----------
    classifier, parameters, categories
        As `estimator` and `features` take them.
    weights : tuple of k floats
        The class weights, resolved.
    regime : Regime
        How rounds and settings are found, with the number of rounds.
    form, pinned, resample, early_stopping
        As an `Arm` has them.
    fit_arguments : mapping
        For the classifier's ``fit``.
    seed : int
        Of resampling and inner splits.
    bare : bool
        Whether the classifier is fitted as it is, without weights: an arm's own learner.
    balanced : bool
        Whether it sees classes of one size by itself.
    stopping : mapping
        In a regime that stops: the library's own parameters of patience; none where it has no evaluation
        rows that start from scores of their own, and its losses are read after training.
    configurations : tuple of mappings
        In a regime that searches: what is tried in place of parameters.
    """

    classifier: str
    parameters: Mapping[str, object]
    categories: Categories
    weights: tuple[float, ...]
    regime: Regime
    form: FormName = "auto"
    pinned: bool = True
    resample: str = "none"
    early_stopping: str = "none"
    fit_arguments: Mapping[str, object] = field(default_factory=dict)
    seed: int = 0
    bare: bool = False
    balanced: bool = False
    stopping: Mapping[str, object] = field(default_factory=dict)
    configurations: tuple[Mapping[str, object], ...] = ()

    @property
    def weighted(self) -> bool:
        """Whether any class weight differs from 1."""
        return set(self.weights) != {1.0}


@dataclass(frozen=True, kw_only=True, eq=False)
class View:
    """One fold of one data set."""

    suite: Suite
    about: Described
    problem: Problem
    path: Path
    split: Split

    @cached_property
    def counts(self) -> ClassCounts:
        """The counts of the training rows."""
        return counted(self.problem.y[self.split.train], len(self.problem.classes))

    @cached_property
    def balanced(self) -> tuple[float, ...]:
        """The balanced weights of the training rows."""
        return Balanced().resolve(self.counts).values

    @cached_property
    def categorical(self) -> tuple[str, ...]:
        """The names of the categorical columns."""
        return self.problem.dataset.categorical


def recipe_of(view: View, learner: Record, arm: Arm, library: str, regime: Regime) -> Recipe:
    """Return how an arm is trained in a library and regime."""
    suite = view.suite
    special = SPECIAL[arm.learner][library] if arm.learner else Special()
    if regime.name == FIXED:
        regime = dataclasses.replace(regime, rounds=suite.trees)
    elif not special.stops:
        regime = dataclasses.replace(regime, patience=0, rounds=0)
    stops = arm.early_stopping != "none"
    shared = parameters(
        learner,
        trees=regime.rounds or None,
        seed=suite.seed,
        threads=suite.threads,
        categorical=view.categorical,
        classes=len(view.problem.classes),
        patience=suite.early_stopping_rounds if stops else None,
    )
    quiet = (stops or regime.patience) and not special.classifier
    return Recipe(
        classifier=special.classifier or learner.classifier,
        parameters={**shared, **special.settings, **special.parameters(view.counts), **arm.parameters},
        categories=learner.categories,
        weights=_weights(view, arm),
        regime=regime,
        form=arm.form,
        pinned=arm.pinned,
        resample=arm.resample,
        early_stopping=arm.early_stopping,
        fit_arguments=learner.fit_quietly if quiet else {},
        seed=suite.seed,
        bare=bool(special.classifier),
        balanced=special.balanced,
        stopping={learner.patience: regime.patience} if regime.patience and learner.patience else {},
        configurations=configurations(library, suite.configurations) if regime.searches else (),
    )


def _weights(view: View, arm: Arm) -> tuple[float, ...]:
    """Return an arm's weights, the same in all libraries."""
    counts = view.counts
    if arm.resolve == "resampled":
        counts = counts_after(arm.resample, counts)
    elif arm.resolve == "all":
        counts = counted(view.problem.y, len(view.problem.classes))
    return arm.policy.resolve(counts, view.suite.cost(view.about.name)).values
