"""How each arm is trained on a fold: its recipe, by what the suite, the library and the regime say."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from pathlib import Path

from boostweights.adapters.record import Record
from boostweights.benchmark.plan.arm import Arm
from boostweights.benchmark.plan.described import Described
from boostweights.benchmark.plan.learners import Recipe, parameters
from boostweights.benchmark.plan.problem import Problem, counted
from boostweights.benchmark.plan.resample import counts_after
from boostweights.benchmark.plan.special import SPECIAL, Special
from boostweights.benchmark.plan.splits import Split
from boostweights.benchmark.plan.suite import Suite
from boostweights.benchmark.regimes import REGIMES, Regime, configurations
from boostweights.weighting.counts import ClassCounts
from boostweights.weighting.policies.by_class import Balanced


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class View:
    """One fold of one data set, its training rows' counts, and each arm's weights once they are asked for."""

    suite: Suite
    about: Described
    problem: Problem
    path: Path
    split: Split
    categorical: tuple[str, ...]
    counts: ClassCounts
    balanced: tuple[float, ...]
    weights: dict[str, tuple[float, ...]] = field(default_factory=dict)


def view_of(suite: Suite, about: Described, problem: Problem, path: Path, split: Split) -> View:
    """Return one fold of one data set."""
    counts = counted(problem.y[split.train], len(problem.classes))
    return View(
        suite=suite,
        about=about,
        problem=problem,
        path=path,
        split=split,
        categorical=problem.dataset.categorical,
        counts=counts,
        balanced=Balanced().resolve(counts).values,
    )


def _weights(view: View, arm: Arm) -> tuple[float, ...]:
    """Return an arm's weights, the same in all libraries."""
    if arm.name not in view.weights:
        resolved_on = view.counts
        if arm.resolve == "resampled":
            resolved_on = counts_after(arm.resample, view.counts)
        elif arm.resolve == "all":
            resolved_on = counted(view.problem.y, len(view.problem.classes))
        cost = view.suite.cost(view.about.name)
        view.weights[arm.name] = arm.policy.resolve(resolved_on, cost).values
    return view.weights[arm.name]


def recipe_of(view: View, learner: Record, arm: Arm, library: str, regime: str) -> Recipe:
    """Return how an arm is trained in a library and regime; without one, `trees` rounds."""
    suite = view.suite
    if regime:
        return _recipe_in_regime(view, learner, arm, library, REGIMES[regime])
    shared = parameters(
        learner,
        trees=suite.trees,
        seed=suite.seed,
        threads=suite.threads,
        categorical=view.categorical,
        classes=len(view.problem.classes),
        patience=suite.early_stopping_rounds if arm.early_stopping != "none" else None,
    )
    return Recipe(
        classifier=learner.classifier,
        parameters={**shared, **arm.parameters},
        categories=learner.categories,
        weights=_weights(view, arm),
        form=arm.form,
        pinned=arm.pinned,
        resample=arm.resample,
        early_stopping=arm.early_stopping,
        fit_arguments=learner.fit_quietly if arm.early_stopping != "none" else {},
        seed=suite.seed,
    )


def _recipe_in_regime(view: View, learner: Record, arm: Arm, library: str, regime: Regime) -> Recipe:
    suite = view.suite
    special = SPECIAL[arm.learner][library] if arm.learner else Special()
    if not special.stops:
        regime = dataclasses.replace(regime, patience=0, rounds=0)
    shared = parameters(
        learner,
        trees=regime.rounds or None,
        seed=suite.seed,
        threads=suite.threads,
        categorical=view.categorical,
        classes=len(view.problem.classes),
    )
    own = {**special.settings, **special.parameters(view.counts), **arm.parameters}
    return Recipe(
        classifier=special.classifier or learner.classifier,
        parameters={**shared, **own},
        categories=learner.categories,
        weights=_weights(view, arm),
        form=arm.form,
        resample=arm.resample,
        fit_arguments=learner.fit_quietly if regime.patience and not special.classifier else {},
        seed=suite.seed,
        regime=regime,
        bare=bool(special.classifier),
        balanced=special.balanced,
        stopping={learner.patience: regime.patience} if regime.patience and learner.patience else {},
        configurations=configurations(library, suite.configurations) if regime.searches else (),
    )
