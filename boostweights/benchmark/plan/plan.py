"""A plan: the cells of a suite, and the distinct models that serve them."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any, Final

from boostweights.adapters.record import Record
from boostweights.benchmark.data.dataset import Dataset, read
from boostweights.benchmark.foreign import Foreign
from boostweights.benchmark.plan.arm import Arm, applies
from boostweights.benchmark.plan.described import Described, described_as, with_rows_used
from boostweights.benchmark.plan.learners import (
    DUMMY,
    LEARNERS,
    Recipe,
    installed_distribution,
    record_of_own,
)
from boostweights.benchmark.plan.problem import Problem, as_problem
from boostweights.benchmark.plan.recipes import View, recipe_of, view_of
from boostweights.benchmark.plan.special import IMBLEARN, IMBLEARN_RECORD, SPECIAL
from boostweights.benchmark.plan.splits import CALIBRATION_FOLDS, Split, folds
from boostweights.benchmark.plan.suite import Suite
from boostweights.benchmark.regimes import COST_RATIOS, PARTS
from boostweights.probabilities.promise_cost import HELD_OUT
from boostweights.probabilities.promises import Promised
from boostweights.versions import installed_version

CODE_VERSION: Final = 3
"""Raised whenever the harness's own code would give another result for the same plan: splits, training,
decision rules, metrics. What differs by library is in `Record.code`; the rest of boostweights counts by the
package's version."""

_LATER: Final = ("fitted", "promised", "beta")
"""What was not asked of the first models: it is in keys only where it is asked for."""
REGIME_CODE: Final = 1
"""The same of what regimes alone do."""
FITTED_CODE: Final = 2
"""The same of the map to fitted probabilities."""

_OF_REGIMES: Final = ("regime", "bare", "balanced", "stopping", "configurations")
_VERSIONED: Final = ("boostweights", "numpy", "pandas", "scikit-learn", "imbalanced-learn")


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
    regime: str = ""


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
    fitted : bool
        Whether a correction is learned out of fold.
    promised : Promised or None
        Whose costs are measured.
    beta : bool
        Whether beta calibration is learned out of fold as well.
    """

    balanced: tuple[float, ...]
    costs: tuple[float, float]
    tune: bool
    predictions: bool
    fitted: bool = False
    promised: Promised | None = None
    beta: bool = False


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
    fold : int
        Which fold its rows are.
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
    fold: int = 0
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
    used = {
        library: _learner(record_of_own(suite.own[library]), own=True)
        if library in suite.own
        else _learner(IMBLEARN_RECORD if library == IMBLEARN else learners[library])
        for library in suite.libraries
    }
    dummy = _learner(DUMMY)
    packages = (*(learner.provider for learner in used.values()), *_VERSIONED)
    versions = {name: installed_version(name) for name in packages}
    versions |= {each.name: each.source for each in _own(suite, suite.libraries)}
    cells: list[Cell] = []
    models: dict[str, Model] = {}
    described = []
    for name in suite.data:
        problem = as_problem(read(data[name]))
        parts = list(split(problem.dataset, suite))
        about = described_as(name, problem)
        if suite.regimes:
            about = with_rows_used(about, problem, parts)
        described.append(about)
        for fold in parts:
            here = {
                "family": about.facts["family"],
                "repeat": fold.repeat,
                "fold": fold.fold,
                "dataset": name,
            }
            view = view_of(suite, about, problem, data[name], fold)
            for regime, library, arm in product(suite.regimes or ("",), used, suite.arms):
                if fold.fold < suite.folds_of(regime, library) and _applies(arm, library, problem, regime):
                    learner = dummy if arm.dummy else used[library]
                    model = _model(view, library, learner, arm, versions, regime)
                    models.setdefault(model.key, model)
                    cell = Cell(**here, library=library, arm=arm.name, model_key=model.key, regime=regime)
                    cells.append(cell)
    return Plan(suite=suite, cells=tuple(cells), models=models, data=tuple(described), versions=versions)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Learner:
    """A library's estimator, the package that provides it, and whether that is here."""

    record: Record
    provider: str
    installed: bool


def _learner(record: Record, *, own: bool = False) -> _Learner:
    found = installed_distribution(record)
    return _Learner(
        record=record, provider=found or record.distributions[0], installed=own or found is not None
    )


def _own(suite: Suite, libraries: Iterable[str], arms: Iterable[Arm] | None = None) -> list[Foreign]:
    """The user's own of libraries and arms (by default all), and the metrics."""
    policies = [arm.policy.own for arm in (suite.arms if arms is None else arms)]
    named = [suite.own.get(name) for name in (*libraries, *suite.metrics)]
    return [each for each in (*policies, *named) if each is not None]


def _applies(arm: Arm, library: str, problem: Problem, regime: str) -> bool:
    if not applies(arm, library, len(problem.classes), regime):
        return False
    if not arm.learner or SPECIAL[arm.learner][library].missing:
        return True
    return not problem.dataset.X.isna().to_numpy().any()


def _model(
    view: View, library: str, used: _Learner, arm: Arm, versions: Mapping[str, str | None], regime: str
) -> Model:
    suite, problem = view.suite, view.problem
    k = len(problem.classes)
    cost = suite.cost(view.about.name)
    recipe = recipe_of(view, used.record, arm, library, regime)
    tune = (arm.tune or bool(regime)) and k == 2
    asked = Asked(
        balanced=view.balanced,
        costs=(cost.fn_of(view.counts), cost.fp) if k == 2 else (1.0, 1.0),
        tune=tune,
        predictions=suite.predictions,
        fitted=arm.correction == "fitted" or bool(regime),
        promised=suite.promised if k == 2 else None,
        beta=bool(regime) and arm.beta and k == 2,
    )
    own = _own(suite, [] if arm.dummy else [library], [arm])
    # by version alone: packages that provide the same library train the same model
    provided = versions[used.provider]
    of_code = [provided, *(versions[name] for name in _VERSIONED), used.record.code, CODE_VERSION]
    return Model(
        key=_key(view, recipe, asked, suite.threads, of_code, own),
        data=view.path,
        split=view.split,
        recipe=recipe,
        asked=asked,
        threads=suite.threads,
        megabytes=suite.megabytes_per_model,
        library="dummy" if arm.dummy else library,
        work=_work(view, recipe, asked, trees=0 if arm.dummy else suite.trees),
        installed=used.installed,
        metrics=tuple(suite.own.get(name, name) for name in suite.metrics),
        fold=view.split.fold,
        folders=tuple(dict.fromkeys(each.folder for each in own)),
    )


def _key(
    view: View, recipe: Recipe, asked: Asked, threads: int, of_code: list[Any], own: Iterable[Foreign]
) -> str:
    """SHA-256 of all that can change a model or its measures; weights as resolved, not as they were named.

    What is the user's own is in it by name and source, where there is any; so are a fitted correction and a
    promise.
    """
    facts: dict[str, Any] = {
        "data": view.about.digest,
        "split": view.split.digest,
        "recipe": {name: getattr(recipe, name) for name in type(recipe).__slots__ if name not in _OF_REGIMES},
        "asked": {name: getattr(asked, name) for name in type(asked).__slots__ if name not in _LATER},
        "threads": threads,
        "code": of_code,
    }
    if asked.fitted:
        facts["fitted"] = [CALIBRATION_FOLDS, FITTED_CODE]
    if asked.promised is not None:
        facts["promised"] = [repr(asked.promised), HELD_OUT]
    if named := [name for name in view.suite.metrics if name not in view.suite.own]:
        facts["metrics"] = sorted(named)
    if recipe.regime is not None:
        of_regime = {name: getattr(recipe, name) for name in _OF_REGIMES}
        asked_too = {"beta": asked.beta, "parts": PARTS, "ratios": COST_RATIOS, "code": REGIME_CODE}
        how = {name: value for name, value in dataclasses.asdict(recipe.regime).items() if name != "words"}
        facts["regime"] = of_regime | asked_too | {"regime": how}
    if sources := sorted([each.name, each.source] for each in own):
        facts["own"] = sources
    # floats as JSON writes them, in the fewest digits that read back as the same number
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()


def _work(view: View, recipe: Recipe, asked: Asked, *, trees: int) -> float:
    """A rough measure of how long a model takes, to be scaled by what models of its library took."""
    k = len(view.problem.classes)
    rows, columns = view.problem.dataset.X.shape
    if recipe.regime is not None:
        rows = len(view.split.train)
    sizes = {"none": 1.0, "under": 0.3, "over": 1.8, "smote": 2.5}
    per_tree = 2000.0 + rows * math.sqrt(3 + columns) * sizes[recipe.resample]
    models = 1.0 + (0.75 if asked.tune else 0.0) + (CALIBRATION_FOLDS - 1 if asked.fitted else 0)
    models += 0.8 * len(recipe.configurations)
    return 1.0 + trees * per_tree * (1 if k == 2 else k) * models
