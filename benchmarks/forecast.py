"""How long a whole suite takes, by one fold of every data set: printed, and written to RUN/forecast.json.

python -m benchmarks.forecast --suite default --jobs 2
"""

import argparse
import json
import math
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeAlias

from boostweights.benchmark.plan.plan import Model, Plan, make_plan
from boostweights.benchmark.plan.suite import load_suite
from boostweights.benchmark.run.store import STORE, Store
from boostweights.cli.bench import data_files
from boostweights.cli.session import train
from boostweights.files import write_atomically

CONFIGURATIONS: Final = (20, 12, 8)
"""How many a search may try, the most first."""
CATBOOST_FOLDS: Final = (5, 3)
"""How many folds of CatBoost's defaults, a thousand rounds, may be trained."""
BUDGET_HOURS: Final = 6.0


@dataclass(frozen=True, slots=True, kw_only=True)
class WholeRun:
    """What the first folds took, and what all take by that.

    Attributes
    ----------
    seconds : mapping of (regime, library) to float
        Processor seconds of all folds, at the suite's numbers.
    searching : mapping of (regime, library) to float
        Those of them that grow with the number of configurations.
    configurations : int
        The suite's.
    folds : mapping of (regime, library) to int
        The suite's.
    unknown : int
        How many groups of models (data set, regime, classifier) have none that is done: not in the sums.
    """

    seconds: Mapping[tuple[str, str], float]
    searching: Mapping[tuple[str, str], float]
    configurations: int
    folds: Mapping[tuple[str, str], int]
    unknown: int = 0

    def hours(self, jobs: int, configurations: int, catboost_folds: int) -> float:
        """Return the hours of the whole run with so many configurations, and folds of CatBoost's defaults."""
        total = 0.0
        for part, seconds in self.seconds.items():
            searched = self.searching[part]
            found = seconds - searched + searched * configurations / self.configurations
            if part == ("default", "catboost"):
                found *= min(catboost_folds, self.folds[part]) / self.folds[part]
            total += found
        return total / jobs / 3600

    def choice(self, jobs: int) -> tuple[int, int]:
        """Return the most configurations, then the most folds, that the budget allows; else the least."""
        choices = [(tried, folds) for tried in CONFIGURATIONS for folds in CATBOOST_FOLDS]
        fits = (each for each in choices if self.hours(jobs, *each) <= BUDGET_HOURS)
        return next(fits, choices[-1])

    def facts(self, jobs: int) -> dict[str, Any]:
        """Return it as plain values."""
        configurations, folds = self.choice(jobs)
        return {
            "cpu_seconds": [
                {"regime": regime, "library": library, "seconds": round(seconds, 1)}
                for (regime, library), seconds in self.seconds.items()
            ],
            "not_timed": self.unknown,
            "jobs": jobs,
            "hours": {
                f"{tried} configurations, {folds} folds": round(self.hours(jobs, tried, folds), 2)
                for tried in CONFIGURATIONS
                for folds in CATBOOST_FOLDS
            },
            "budget_hours": BUDGET_HOURS,
            "configurations": configurations,
            "catboost_default_folds": folds,
        }

    def text(self, jobs: int) -> str:
        """Return it as lines."""
        facts = self.facts(jobs)
        lines = [
            f"{regime:8} {library:9} {seconds / 60:7.1f} CPU minutes"
            for (regime, library), seconds in self.seconds.items()
        ]
        lines += [f"{what}: {hours} h with {jobs} jobs" for what, hours in facts["hours"].items()]
        if self.unknown:
            lines.append(f"without {self.unknown} groups of models that were not timed")
        lines.append(
            f"within {BUDGET_HOURS:g} h: configurations = {facts['configurations']}, "
            f"fewer_folds.default.catboost = {facts['catboost_default_folds']}"
        )
        return "\n".join(lines)


def first_fold(plan: Plan) -> frozenset[str]:
    """Return the keys of the models by which a run is forecast: one of each group, on its first fold."""
    found: dict[_Group, str] = {}
    for model in plan.models.values():
        if model.split.fold == 0:
            found.setdefault(_group(model), model.key)
    return frozenset(found.values())


def step_seconds(store: Store) -> dict[str, dict[str, float]]:
    """Return the processor seconds of each model's steps, by key and step."""
    by_model: defaultdict[str, dict[str, float]] = defaultdict(dict)
    query = "SELECT model_key, step, seconds FROM models JOIN timings ON model = models.id"
    for key, step, seconds in store.rows(f"{query} WHERE step LIKE '%_cpu'"):
        by_model[key][step.removesuffix("_cpu")] = seconds
    return dict(by_model)


def whole_run(plan: Plan, seconds: Mapping[str, Mapping[str, float]]) -> WholeRun:
    """Return what all models take, by what those took that are done: of its data set, regime and classifier.

    Parameters
    ----------
    plan : Plan
        The whole one.
    seconds : mapping of str to mapping of str to float
        Processor seconds by model and step.
    """
    steps: dict[_Group, list[tuple[float, float, float]]] = defaultdict(list)
    for model in plan.models.values():
        if found := seconds.get(model.key):
            steps[_group(model)].append((sum(found.values()), found.get("search", 0.0), model.work))
    total: dict[tuple[str, str], float] = defaultdict(float)
    searching: dict[tuple[str, str], float] = defaultdict(float)
    folds: dict[tuple[str, str], int] = {}
    for model in plan.models.values():
        part = (_regime(model), model.library)
        folds[part] = max(folds.get(part, 0), model.split.fold + 1)
        known = steps.get(_group(model), ())
        work = sum(each[2] for each in known) or math.inf
        total[part] += model.work * sum(each[0] for each in known) / work
        searching[part] += model.work * sum(each[1] for each in known) / work
    return WholeRun(
        seconds=dict(total),
        searching=searching,
        configurations=plan.suite.configurations,
        folds=folds,
        unknown=len({_group(model) for model in plan.models.values()} - steps.keys()),
    )


_Group: TypeAlias = tuple[str, str, str]


def _group(model: Model) -> _Group:
    """What models have in common that take about as long."""
    return str(model.data), _regime(model), model.recipe.classifier


def _regime(model: Model) -> str:
    return model.recipe.regime.name


def main() -> None:
    """Train the first fold of each group of models, and print what the whole suite takes."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--suite", default="default", help="a name, or the path of a .toml file")
    parser.add_argument("--jobs", type=int, default=2, help="models trained at a time")
    parser.add_argument("--out", type=Path, default=Path("runs"), help="where the runs are")
    options = parser.parse_args()
    suite = load_suite(options.suite)
    directory = options.out / suite.name
    plan = make_plan(suite, data_files(suite, directory))
    timed = first_fold(plan)
    with Store(directory / STORE) as store:
        train(plan, store, jobs=options.jobs, dask=None, part=lambda model: model.key in timed)
        estimate = whole_run(plan, step_seconds(store))
    facts = json.dumps(estimate.facts(options.jobs), indent=2)
    write_atomically(directory / "forecast.json", f"{facts}\n".encode())
    print(estimate.text(options.jobs))


if __name__ == "__main__":
    main()
