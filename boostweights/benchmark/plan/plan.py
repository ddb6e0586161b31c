"""A plan: the cells of a suite, the distinct models that serve them, and how each of these is trained."""

import dataclasses
import hashlib
import json
import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import product
from pathlib import Path
from typing import Any

from boostweights.adapters.form import FormName
from boostweights.adapters.record import Record
from boostweights.benchmark.data.dataset import Dataset
from boostweights.benchmark.foreign import Foreign
from boostweights.benchmark.plan.arm import Arm, applies
from boostweights.benchmark.plan.learners import (
    DUMMY,
    LEARNERS,
    SPECIAL,
    Special,
    installed_distribution,
    parameters,
    record_named,
)
from boostweights.benchmark.plan.problem import Described, Problem, counted, described_as, read_problem
from boostweights.benchmark.plan.resample import counts_after
from boostweights.benchmark.plan.splits import Split, folds
from boostweights.benchmark.plan.suite import Suite
from boostweights.benchmark.regimes import FIXED, PARTS, REGIMES, Regime, configurations
from boostweights.probabilities.promises import Promised
from boostweights.tables.reading import Categories
from boostweights.versions import installed_version
from boostweights.weighting.counts import ClassCounts
from boostweights.weighting.policies.by_class import Balanced

CODE_VERSION = 4
"""Raised whenever the harness's own code would give another result for the same plan: splits, training,
corrections, decision rules, metrics. What differs by library is in `Record.code`; the rest of boostweights
counts by the package's version."""

_VERSIONED = ("boostweights", "numpy", "pandas", "scikit-learn", "imbalanced-learn")
_ROWS_SEEN = {"none": 1.0, "under": 0.3, "over": 1.8, "smote": 2.5}


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One question: this arm, in this library, on this fold; every decision rule is read off its model."""

    dataset: str
    family: str
    repeat: int
    fold: int
    library: str
    arm: str
    model_key: str
    regime: str = FIXED


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is to be measured of a model.

    Attributes
    ----------
    balanced : tuple of k floats
        The balanced weights of its training rows, for the rule "equivalent".
    costs : (fn, fp)
        For the rule "cost".
    tune, predictions : bool
        Whether a threshold is tuned; whether the probabilities of the test rows are kept.
    fitted, beta : bool
        Whether a correction is learned out of fold; whether beta calibration is as well.
    promised : Promised or None
        Whose costs are measured.
    """

    balanced: tuple[float, ...]
    costs: tuple[float, float]
    tune: bool
    predictions: bool
    fitted: bool
    beta: bool
    promised: Promised | None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Model:
    """All that a worker needs to train and measure one model, and nothing else.

    Attributes
    ----------
    key : str
        SHA-256 of all that can change its results.
    data : Path
        The data set's file.
    split : Split
        Its rows.
    recipe : Recipe
        How it is trained.
    asked : Asked
        What is to be measured.
    threads : int
        Of the fit.
    megabytes : int
        The most memory that its process may need.
    library, work
        For the forecast of times: what it is like, and roughly how much of it.
    installed : bool
        Whether its library is.
    metrics : tuple of Foreign or str
        Further metrics: of the user's own, or by name.
    folders : tuple of str
        Where modules of the user's own are.
    """

    key: str
    data: Path
    split: Split
    recipe: Recipe
    asked: Asked
    threads: int
    megabytes: int
    library: str
    work: float
    installed: bool
    metrics: tuple[Foreign | str, ...] = ()
    folders: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Plan:
    """Cells in their order, distinct models by key, data sets, and versions by package."""

    suite: Suite
    cells: tuple[Cell, ...]
    models: Mapping[str, Model]
    data: tuple[Described, ...]
    versions: Mapping[str, str | None]


def make_plan(
    suite: Suite,
    data: Mapping[str, Path],
    *,
    split: Callable[[Dataset, Suite], Iterable[Split]] = folds,
    learners: Mapping[str, Record] = LEARNERS,
) -> Plan:
    """Return the plan of a suite.

    Parameters
    ----------
    suite : Suite
        What to compare.
    data : mapping of str to Path
        The Parquet file of each of the suite's data sets.
    split : callable
        Folds of a data set.
    learners : mapping of str to Record
        The table of estimators.

    Raises
    ------
    InvalidValueError
        If a data set has fewer rows of a class than folds.
    """
    records = {"dummy": DUMMY}
    records |= {library: record_named(library, suite.own, learners) for library in suite.libraries}
    providers = {
        library: installed_distribution(record) or record.distributions[0]
        for library, record in records.items()
    }
    own = [own for arm in suite.arms if (own := arm.policy.own)]
    own += [suite.own[name] for name in (*suite.libraries, *suite.metrics) if name in suite.own]
    versions = {name: installed_version(name) for name in (*providers.values(), *_VERSIONED)}
    versions |= {foreign.name: foreign.source for foreign in own}
    code = {
        library: [versions[provider], *map(versions.get, _VERSIONED), records[library].code, CODE_VERSION]
        for library, provider in providers.items()
    }
    cells: list[Cell] = []
    models: dict[str, Model] = {}
    described = []
    for name in suite.data:
        problem = read_problem(data[name])
        parts = list(split(problem.dataset, suite))
        about = described_as(name, problem, parts if suite.out_of_fold else ())
        described.append(about)
        for part in parts:
            fold = _Fold(suite=suite, about=about, problem=problem, path=data[name], split=part)
            for regime, library, arm in product(suite.regimes, suite.libraries, suite.arms):
                if part.fold >= suite.folds_of(regime, library) or not arm.trained_in(regime):
                    continue
                if not applies(arm, library, len(problem.classes)):
                    continue
                bears_missing = not arm.learner or SPECIAL[arm.learner][library].missing
                if not bears_missing and problem.dataset.X.isna().to_numpy().any():
                    continue
                learner = "dummy" if arm.dummy else library
                model = fold.model(arm, learner, records[learner], REGIMES[regime], code[learner])
                models.setdefault(model.key, model)
                cell = Cell(
                    dataset=name,
                    family=about.facts["family"],
                    repeat=part.repeat,
                    fold=part.fold,
                    library=library,
                    regime=regime,
                    arm=arm.name,
                    model_key=model.key,
                )
                cells.append(cell)
    return Plan(suite=suite, cells=tuple(cells), models=models, data=tuple(described), versions=versions)


@dataclass(frozen=True, kw_only=True, eq=False)
class _Fold:
    """One fold of one data set, for which models are planned."""

    suite: Suite
    about: Described
    problem: Problem
    path: Path
    split: Split

    @cached_property
    def counts(self) -> ClassCounts:
        """The counts of the training rows."""
        return counted(self.problem.y[self.split.train], len(self.problem.classes))

    def model(self, arm: Arm, library: str, learner: Record, regime: Regime, code: list[Any]) -> Model:
        """Return the model of an arm; the first version of the code is that of the library, or None."""
        suite, two = self.suite, len(self.problem.classes) == 2
        recipe = self.recipe(arm, library, learner, regime)
        cost = suite.cost(self.about.name)
        fitted = arm.correction == "fitted" or regime.out_of_fold
        asked = Asked(
            balanced=Balanced().resolve(self.counts).values,
            costs=(cost.fn_of(self.counts), cost.fp) if two else (1.0, 1.0),
            tune=two and (arm.tune or regime.out_of_fold),
            predictions=suite.predictions,
            fitted=fitted,
            beta=two and fitted and arm.beta,
            promised=suite.promised if two else None,
        )
        named = (arm.policy.own, *(suite.own.get(name) for name in (library, *suite.metrics)))
        own = [foreign for foreign in named if foreign is not None]
        # all that can change a model or its measures. The library counts by version alone: packages that
        # provide the same one train the same model
        facts = {
            "data": self.about.digest,
            "split": self.split.digest,
            "recipe": {name: getattr(recipe, name) for name in Recipe.__slots__},
            "asked": {name: getattr(asked, name) for name in Asked.__slots__},
            "threads": suite.threads,
            "metrics": sorted(name for name in suite.metrics if name not in suite.own),
            "code": code,
            "own": sorted([foreign.name, foreign.source] for foreign in own),
        }
        # floats as JSON writes them, in the fewest digits that read back as the same number
        text = json.dumps(facts, sort_keys=True, default=repr)
        return Model(
            key=hashlib.sha256(text.encode()).hexdigest(),
            data=self.path,
            split=self.split,
            recipe=recipe,
            asked=asked,
            threads=suite.threads,
            megabytes=suite.megabytes_per_model,
            library=library,
            work=self._work(recipe, asked, trees=0 if arm.dummy else suite.trees),
            installed=library in suite.own or code[0] is not None,
            metrics=tuple(suite.own.get(name, name) for name in suite.metrics),
            folders=tuple(dict.fromkeys(foreign.folder for foreign in own)),
        )

    def recipe(self, arm: Arm, library: str, learner: Record, regime: Regime) -> Recipe:
        """Return how an arm is trained in a library and regime."""
        suite, k = self.suite, len(self.problem.classes)
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
            categorical=self.problem.dataset.categorical,
            classes=k,
            patience=suite.early_stopping_rounds if stops else None,
        )
        counts = self.counts
        if arm.resolve == "resampled":
            counts = counts_after(arm.resample, counts)
        elif arm.resolve == "all":
            counts = counted(self.problem.y, k)
        weights = arm.policy.resolve(counts, suite.cost(self.about.name))
        quiet = (stops or regime.patience) and not special.classifier
        return Recipe(
            classifier=special.classifier or learner.classifier,
            parameters={
                **shared,
                **({} if special.classifier else suite.settings.get(library, {})),
                **special.settings,
                **special.parameters(self.counts),
                **arm.parameters,
            },
            categories=learner.categories,
            weights=weights.values,
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

    def _work(self, recipe: Recipe, asked: Asked, *, trees: int) -> float:
        """Return roughly how long a model takes, to be scaled by what models of its library took."""
        k = len(self.problem.classes)
        rows, columns = len(self.split.train), self.problem.dataset.X.shape[1]
        per_tree = 2000.0 + rows * math.sqrt(3 + columns) * _ROWS_SEEN[recipe.resample]
        inner = 0.75 if asked.tune and not recipe.regime.out_of_fold else 0.0
        models = 1.0 + inner + (PARTS - 1 if asked.fitted else 0) + 0.8 * len(recipe.configurations)
        return 1.0 + trees * per_tree * (1 if k == 2 else k) * models
