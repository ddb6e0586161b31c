"""A plan: the cells of a suite, and the distinct models that serve them."""

import hashlib
import json
import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any, Final

from boostweights.adapters.record import Record
from boostweights.benchmark.data.dataset import Dataset
from boostweights.benchmark.foreign import Foreign
from boostweights.benchmark.plan.arm import Arm, applies
from boostweights.benchmark.plan.learners import (
    DUMMY,
    IMBLEARN,
    IMBLEARN_RECORD,
    LEARNERS,
    SPECIAL,
    installed_distribution,
    record_of_own,
)
from boostweights.benchmark.plan.problem import Described, Problem, described_as, read_problem
from boostweights.benchmark.plan.recipes import Recipe, View, recipe_of
from boostweights.benchmark.plan.splits import Split, folds
from boostweights.benchmark.plan.suite import Suite
from boostweights.benchmark.regimes import FIXED, PARTS, REGIMES
from boostweights.probabilities.promises import Promised
from boostweights.versions import installed_version

CODE_VERSION: Final = 4
"""Raised whenever the harness's own code would give another result for the same plan: splits, training,
corrections, decision rules, metrics. What differs by library is in `Record.code`; the rest of boostweights
counts by the package's version."""

_VERSIONED: Final = ("boostweights", "numpy", "pandas", "scikit-learn", "imbalanced-learn")
_ROWS_SEEN: Final = {"none": 1.0, "under": 0.3, "over": 1.8, "smote": 2.5}


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

    @property
    def fold(self) -> int:
        """Which fold its rows are."""
        return self.split.fold


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
    known = {IMBLEARN: IMBLEARN_RECORD} | {name: record_of_own(own) for name, own in _learners(suite)}
    records = {library: known.get(library) or learners[library] for library in suite.libraries}
    used = {library: (record, _provider(record)) for library, record in records.items()}
    dummy = DUMMY, _provider(DUMMY)
    packages = (*(provider for _, provider in used.values()), *_VERSIONED)
    versions = {name: installed_version(name) for name in packages}
    versions |= {own.name: own.source for own in _own(suite, suite.libraries, suite.arms)}
    cells: list[Cell] = []
    models: dict[str, Model] = {}
    described = []
    for name in suite.data:
        problem = read_problem(data[name])
        parts = list(split(problem.dataset, suite))
        about = described_as(name, problem, parts if suite.out_of_fold else ())
        described.append(about)
        for fold in parts:
            view = View(suite=suite, about=about, problem=problem, path=data[name], split=fold)
            for regime, library, arm in product(suite.regimes, suite.libraries, suite.arms):
                if fold.fold >= suite.folds_of(regime, library) or not _applies(arm, library, problem):
                    continue
                if arm.regimes and regime not in arm.regimes:
                    continue
                learner = dummy if arm.dummy else used[library]
                model = _model(view, library, learner, arm, versions, regime)
                models.setdefault(model.key, model)
                cell = Cell(
                    dataset=name,
                    family=about.facts["family"],
                    repeat=fold.repeat,
                    fold=fold.fold,
                    library=library,
                    regime=regime,
                    arm=arm.name,
                    model_key=model.key,
                )
                cells.append(cell)
    return Plan(suite=suite, cells=tuple(cells), models=models, data=tuple(described), versions=versions)


def _learners(suite: Suite) -> Iterable[tuple[str, Foreign]]:
    return ((name, suite.own[name]) for name in suite.libraries if name in suite.own)


def _provider(record: Record) -> str:
    """Return the package that provides a learner here, or would."""
    return installed_distribution(record) or record.distributions[0]


def _own(suite: Suite, libraries: Iterable[str], arms: Iterable[Arm]) -> list[Foreign]:
    """Return the user's own of libraries and arms, and the metrics."""
    named = [suite.own.get(name) for name in (*libraries, *suite.metrics)]
    return [own for own in (*(arm.policy.own for arm in arms), *named) if own is not None]


def _applies(arm: Arm, library: str, problem: Problem) -> bool:
    if not applies(arm, library, len(problem.classes)):
        return False
    if not arm.learner or SPECIAL[arm.learner][library].missing:
        return True
    return not problem.dataset.X.isna().to_numpy().any()


def _model(
    view: View,
    library: str,
    learner: tuple[Record, str],
    arm: Arm,
    versions: Mapping[str, str | None],
    regime: str,
) -> Model:
    suite, two, (record, provider) = view.suite, len(view.problem.classes) == 2, learner
    recipe = recipe_of(view, record, arm, library, REGIMES[regime])
    cost = suite.cost(view.about.name)
    fitted = arm.correction == "fitted" or recipe.regime.out_of_fold
    asked = Asked(
        balanced=view.balanced,
        costs=(cost.fn_of(view.counts), cost.fp) if two else (1.0, 1.0),
        tune=two and (arm.tune or recipe.regime.out_of_fold),
        predictions=suite.predictions,
        fitted=fitted,
        beta=two and fitted and arm.beta,
        promised=suite.promised if two else None,
    )
    own = _own(suite, [] if arm.dummy else [library], [arm])
    provided = versions[provider]
    # by version alone: packages that provide the same library train the same model
    code = [provided, *(versions[name] for name in _VERSIONED), record.code, CODE_VERSION]
    return Model(
        key=_key(view, recipe, asked, code, own),
        data=view.path,
        split=view.split,
        recipe=recipe,
        asked=asked,
        threads=suite.threads,
        megabytes=suite.megabytes_per_model,
        library="dummy" if arm.dummy else library,
        work=_work(view, recipe, asked, trees=0 if arm.dummy else suite.trees),
        installed=library in suite.own or provided is not None,
        metrics=tuple(suite.own.get(name, name) for name in suite.metrics),
        folders=tuple(dict.fromkeys(each.folder for each in own)),
    )


def _key(view: View, recipe: Recipe, asked: Asked, code: list[Any], own: Iterable[Foreign]) -> str:
    """SHA-256 of all that can change a model or its measures: weights as resolved, what is the user's own."""
    suite = view.suite
    facts = {
        "data": view.about.digest,
        "split": view.split.digest,
        "recipe": {name: getattr(recipe, name) for name in type(recipe).__slots__},
        "asked": {name: getattr(asked, name) for name in type(asked).__slots__},
        "threads": suite.threads,
        "metrics": sorted(name for name in suite.metrics if name not in suite.own),
        "code": code,
        "own": sorted([each.name, each.source] for each in own),
    }
    # floats as JSON writes them, in the fewest digits that read back as the same number
    return hashlib.sha256(json.dumps(facts, sort_keys=True, default=repr).encode()).hexdigest()


def _work(view: View, recipe: Recipe, asked: Asked, *, trees: int) -> float:
    """A rough measure of how long a model takes, to be scaled by what models of its library took."""
    k = len(view.problem.classes)
    rows, columns = len(view.split.train), view.problem.dataset.X.shape[1]
    per_tree = 2000.0 + rows * math.sqrt(3 + columns) * _ROWS_SEEN[recipe.resample]
    inner = 0.75 if asked.tune and not recipe.regime.out_of_fold else 0.0
    models = 1.0 + inner + (PARTS - 1 if asked.fitted else 0) + 0.8 * len(recipe.configurations)
    return 1.0 + trees * per_tree * (1 if k == 2 else k) * models
