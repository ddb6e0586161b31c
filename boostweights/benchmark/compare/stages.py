"""Training in stages: the folds choose settings, then a library, in which all policies are trained."""

import hashlib
import math
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from boostweights.adapters.registry import adapter_named
from boostweights.benchmark.compare.dataset import TableData
from boostweights.benchmark.compare.recommend import losses_of_libraries
from boostweights.benchmark.plan.learners import LEARNERS, LINEAR
from boostweights.benchmark.plan.plan import Cell, Model, Plan
from boostweights.benchmark.regimes import ENSEMBLE, PARTS, ROUNDS, drawn_configurations
from boostweights.benchmark.run.store import Store

Settings = Mapping[str, object]
Planned = Callable[[Mapping[str, Settings]], Plan]

_SHARES = 0.3, 0.8
"""The parts of a budget after which settings are chosen, and libraries are trained without weights."""


def train_in_stages(
    planned: Planned, store: Store, data: TableData, train: Callable[..., None], budget: float = math.inf
) -> tuple[Plan, tuple[str, ...]]:
    """Train a comparison, and return its plan and notes on what was left out.

    Each library chooses settings (see `_best_settings`), and is trained with them, without weights. The one
    with the lowest log loss is trained with every policy; one that it cannot train, by the next one that can.
    Of that library without weights, the mean of fold models is tested as well. Each stage is left out where
    the suite's `stages` lacks it.

    Parameters
    ----------
    planned : callable
        `table_plan` of all but settings by library.
    store : Store
        Where results are and go. What is there is not trained again.
    data : TableData
        The table.
    train : callable
        What trains a plan, ``until`` a time of the monotonic clock.
    budget : float
        Seconds for all of it, and for a fit of the best model on all rows. What is not trained on all folds
        in time is left out. If that is everything, one library is trained without weights, however long it
        takes: the linear one, or else the one that chose its settings in the shortest time.
    """
    begun, plan = time.monotonic(), planned({})
    suite = plan.suite
    settled, compared = (begun + share * budget for share in _SHARES)
    ways: Mapping[str, list[Settings]] = {library: [{}] for library in suite.libraries}
    notes: tuple[str, ...] = ()
    if {"rounds", "search"} & {*suite.stages}:
        ways, notes = _best_settings(plan, store, partial(train, until=settled))
    losses: dict[str, float] = {}
    best = {library: settings[0] for library, settings in ways.items()}
    for rank in range(max(map(len, ways.values()), default=0)):
        tried = {library: settings[rank] for library, settings in ways.items() if rank < len(settings)}
        part = _unweighted(planned(tried), tried)
        train(part, until=compared)
        for library, loss in losses_of_libraries(store, part, data).items():
            if loss < losses.get(library, math.inf):
                losses[library], best[library] = loss, tried[library]
    plan = planned(best)
    unweighted, late = _in_time(_unweighted(plan, suite.libraries), store)
    in_time = {cell.library for cell in unweighted.cells}
    if not in_time:
        library = LINEAR if LINEAR in suite.libraries else next(iter(ways), suite.libraries[0])
        plan, more = train_in_stages(lambda way: _alone(planned(way), library), store, data, train)
        note = f"all but {library} without weights, which was trained beyond the budget, since nothing "
        return plan, (*notes, f"{note}was trained on all folds within {budget:g} seconds", *more)
    plan = _part(plan, lambda cell: cell.library in in_time)
    if "policies" in suite.stages and len(suite.libraries) > 1:
        plan, left_out = _policies_of_the_best(plan, losses)
        notes += left_out
    first = min(losses, key=losses.__getitem__, default="")
    if "ensemble" in suite.stages:
        plan = _with_ensemble(plan, first)
    seconds = store.model_seconds()
    fitted = in_time if "ensemble" in suite.stages else {first}
    fit = sum(seconds.get(cell.model_key, 0.0) for cell in unweighted.cells if cell.library in fitted)
    train(plan, until=begun + budget - fit)
    plan, later = _in_time(plan, store)
    if later:
        train(plan, until=begun)
    if late + later:
        notes += (f"{', '.join(late + later)}: not trained on all folds within {budget:g} seconds",)
    return plan, notes


def _is_unweighted(cell: Cell) -> bool:
    return cell.arm == "unweighted"


def _part(plan: Plan, keeps: Callable[[Cell], bool]) -> Plan:
    """Return a part of a plan: some of its cells, and their models."""
    cells = tuple(filter(keeps, plan.cells))
    models = {cell.model_key: plan.models[cell.model_key] for cell in cells}
    return replace(plan, cells=cells, models=models)


def _unweighted(plan: Plan, libraries: Iterable[str]) -> Plan:
    """Return the models without weights of some libraries, library by library."""
    order = list(libraries)
    part = _part(plan, lambda cell: _is_unweighted(cell) and cell.library in order)
    models = dict(sorted(part.models.items(), key=lambda item: order.index(item[1].library)))
    return replace(part, models=models)


def _alone(plan: Plan, library: str) -> Plan:
    """Return the plan of one library without weights, which chooses its rounds only."""
    stages = tuple(stage for stage in plan.suite.stages if stage == "rounds")
    suite = replace(plan.suite, libraries=(library,), stages=stages)
    return replace(_unweighted(plan, [library]), suite=suite)


def _in_time(plan: Plan, store: Store) -> tuple[Plan, tuple[str, ...]]:
    """Return what was trained on all folds of a plan, and the names of what was not."""
    known = store.known()
    late = dict.fromkeys(
        (cell.library, cell.regime, cell.arm) for cell in plan.cells if cell.model_key not in known
    )
    names = (
        f"the mean of fold models of {library}" if regime == ENSEMBLE.name else f"{arm} of {library}"
        for library, regime, arm in late
    )
    return _part(plan, lambda cell: (cell.library, cell.regime, cell.arm) not in late), tuple(names)


def _best_settings(
    plan: Plan, store: Store, train: Callable[[Plan], None]
) -> tuple[dict[str, list[Settings]], tuple[str, ...]]:
    """Return by library the settings that do best on the folds, best first, and notes on folds that failed.

    Each configuration is trained without weights: as many rounds as can be chosen, of which those are kept
    that have the lowest mean loss of all test rows. While a library has more than two configurations, they
    are trained on one fold more, and the better half goes on: successive halving, as scikit-learn's
    `HalvingRandomSearchCV`, by folds. Libraries come in the order of the time that they took. One of which
    nothing was trained in time has no settings.
    """
    part = _unweighted(plan, plan.suite.libraries)
    count = plan.suite.configurations if "search" in plan.suite.stages else 1
    drawn = {library: _configurations(library)[:count] for library in plan.suite.libraries}
    probes: defaultdict[tuple[str, int], list[Model]] = defaultdict(list)
    for library, configurations in drawn.items():
        for cell in part.cells:
            if (cell.library, cell.repeat) == (library, 0):
                for number, settings in enumerate(configurations):
                    probes[library, number].append(_probe(part, cell, settings))
    # the first model of each library first, so that a budget leaves no library without any
    train(replace(part, models={folds[0].key: folds[0] for (_, at), folds in probes.items() if at == 0}))
    running, fold, results = list(probes), 0, dict[tuple[str, int], tuple[int, float, int]]()
    while fold < plan.suite.folds:
        is_crowded = max(Counter(library for library, _ in running).values()) > 2
        fold = fold + 1 if is_crowded else plan.suite.folds
        models = [model for number in range(fold) for model in (probes[way][number] for way in running)]
        train(replace(part, models={model.key: model for model in models}))
        results = _results(store, {way: probes[way] for way in running})
        ranked = sorted(running, key=results.__getitem__)
        by_library = [[way for way in ranked if way[0] == library] for library in drawn]
        running = [way for ways in by_library for way in ways[: max(2, math.ceil(len(ways) / 2))]]
    errors, seconds = dict(store.rows("SELECT model_key, error FROM models")), store.model_seconds()
    kept: defaultdict[str, list[Settings]] = defaultdict(list)
    for way in sorted(running, key=lambda way: seconds.get(probes[way[0], 0][0].key, 0.0)):
        library, number = way
        if any(model.key in errors for model in probes[way]):
            is_chosen = results[way][0] < 0 and probes[way][0].recipe.regime == ROUNDS
            rounds = {LEARNERS[library].trees: results[way][-1]} if is_chosen else {}
            kept[library].append({**drawn[library][number], **rounds})
    notes = (
        f"fold {fold + 1} in the choice of {library}'s rounds: {errors[model.key]}"
        for (library, _), models_of_folds in probes.items()
        for fold, model in enumerate(models_of_folds)
        if model.recipe.regime == ROUNDS and errors.get(model.key)
    )
    return dict(kept), tuple(notes)


def _configurations(library: str) -> tuple[Settings, ...]:
    """Return a library's configurations, its own first, without numbers of rounds."""
    trees = LEARNERS[library].trees if library in LEARNERS else ""
    settings = drawn_configurations().get(library, ({},))
    return tuple({name: value for name, value in one.items() if name != trees} for one in settings)


def _probe(plan: Plan, cell: Cell, settings: Settings) -> Model:
    """Return the model whose losses are read: after each round, where rounds are chosen."""
    model, library = plan.models[cell.model_key], cell.library
    if settings:
        model = _changed(model, parameters={**model.recipe.parameters, **settings})
    if "rounds" in plan.suite.stages and library in LEARNERS and adapter_named(library).can("rounds"):
        model = _changed(model, work=ROUNDS.rounds / plan.suite.trees, regime=ROUNDS)
    return model


def _results(
    store: Store, probes: Mapping[tuple[str, int], list[Model]]
) -> dict[tuple[str, int], tuple[int, float, int]]:
    """Return minus the number of trained folds, the lowest mean loss of their rows, and after which round."""
    curves: defaultdict[str, list[tuple[float, int]]] = defaultdict(list)
    for key, loss, rows, _ in store.rows(
        f"SELECT model_key, y, n, place FROM curves JOIN models ON model = id WHERE curve = '{ROUNDS.name}'"
        " UNION ALL SELECT model_key, value, 1, 1 FROM metrics JOIN models ON model = id"
        " WHERE metric = 'log_loss' AND proba = 'raw' AND rule = 'none' AND value IS NOT NULL ORDER BY 1, 4"
    ):
        curves[key].append((loss, rows))
    results = {}
    for way, models in probes.items():
        of_folds = [np.array(curves[model.key]) for model in models if model.key in curves]
        fewest = min(map(len, of_folds), default=1)
        rows = sum(curve[0, 1] for curve in of_folds)
        losses = sum(curve[:fewest].prod(axis=1) for curve in of_folds) / max(rows, 1) + np.zeros(fewest)
        results[way] = -len(of_folds), float(losses.min()), int(np.argmin(losses)) + 1
    return results


def _policies_of_the_best(plan: Plan, losses: Mapping[str, float]) -> tuple[Plan, tuple[str, ...]]:
    """Return the plan with each policy in one library, and notes on the others."""
    order = sorted(plan.suite.libraries, key=lambda library: losses.get(library, np.inf))
    places = dict.fromkeys((cell.library, cell.arm) for cell in plan.cells if not _is_unweighted(cell))
    best: dict[str, str] = {}
    for library, arm in sorted(places, key=lambda place: order.index(place[0])):
        best.setdefault(arm, library)
    lacking: defaultdict[str, list[str]] = defaultdict(list)
    for library, arm in places:
        if best[arm] != library:
            lacking[library].append(arm)
    libraries: defaultdict[str, list[str]] = defaultdict(list)
    for library, arms in lacking.items():
        libraries[", ".join(arms)].append(library)
    by_loss = ", ".join(f"{library} {losses[library]:.4f}" for library in order if library in losses)
    return _part(plan, lambda cell: _is_unweighted(cell) or best[cell.arm] == cell.library), tuple(
        f"{arms} of {', '.join(names)}. Only the library with the lowest log loss without weights is trained "
        f"with every policy ({by_loss}). To train all of them, name the libraries and the policies"
        for arms, names in libraries.items()
    )


def _with_ensemble(plan: Plan, library: str) -> Plan:
    """Return a plan with the mean of fold models, in place of each model without weights of a library."""
    cells, models = [], dict(plan.models)
    for cell in plan.cells:
        if cell.library == library and _is_unweighted(cell):
            model = _changed(plan.models[cell.model_key], work=PARTS, regime=ENSEMBLE)
            models[model.key] = replace(model, asked=replace(model.asked, fitted=True, tune=False))
            cells.append(replace(cell, regime=ENSEMBLE.name, model_key=model.key))
    return replace(plan, cells=(*plan.cells, *cells), models=models)


def _changed(model: Model, *, work: float = 1.0, **changes: Any) -> Model:
    """Return a model with another recipe, which takes so many times as long."""
    return replace(
        model,
        key=hashlib.sha256(f"{changes} {model.key}".encode()).hexdigest(),
        recipe=replace(model.recipe, **changes),
        work=model.work * work,
    )
