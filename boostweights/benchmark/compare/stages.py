"""Training in stages: the folds choose rounds, then a library, in which all policies are trained."""

import hashlib
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np

from boostweights.adapters.registry import adapter_named
from boostweights.benchmark.compare.dataset import TableData
from boostweights.benchmark.compare.recommend import losses_of_libraries
from boostweights.benchmark.plan.learners import LEARNERS
from boostweights.benchmark.plan.plan import Cell, Model, Plan
from boostweights.benchmark.regimes import ENSEMBLE, PARTS, ROUNDS, Regime
from boostweights.benchmark.run.store import Store


def train_in_stages(
    planned: Callable[..., Plan], store: Store, data: TableData, train: Callable[[Plan], None]
) -> tuple[Plan, tuple[str, ...]]:
    """Train a comparison, and return its plan and notes on what was left out.

    Each library trains `ROUNDS` on each fold, without weights; the number of rounds with the lowest mean loss
    of test rows is that of all its models. Every library is then trained without weights. The one with the
    lowest log loss is trained with every policy; one that it cannot train, by the next one that can. Of that
    library without weights, the mean of fold models is tested as well. Each stage is left out where the
    suite's `stages` lacks it.

    Parameters
    ----------
    planned : callable
        `table_plan` of all but the rounds.
    store : Store
        Where results are and go. What is there is not trained again.
    data : TableData
        The table.
    train : callable
        What trains a plan.
    """
    plan = planned()
    stages = plan.suite.stages
    notes: tuple[str, ...] = ()
    if "rounds" in stages and (probes := _probes(plan)):
        models = {probe.key: probe for probe in probes.values()}
        train(replace(_part(plan, _is_unweighted), models=models))
        notes = _failures(store, probes)
        plan = planned(_best_rounds(store, probes))
    chooses = "policies" in stages and len(plan.suite.libraries) > 1
    losses: Mapping[str, float] = {}
    if chooses or "ensemble" in stages:
        unweighted = _part(plan, _is_unweighted)
        train(unweighted)
        losses = losses_of_libraries(store, unweighted, data)
    if chooses:
        plan, left_out = _policies_of_the_best(plan, losses)
        notes += left_out
    if "ensemble" in stages and losses:
        plan = _with_ensemble(plan, min(losses, key=losses.__getitem__))
    train(plan)
    return plan, notes


def _is_unweighted(cell: Cell) -> bool:
    return cell.arm == "unweighted"


def _part(plan: Plan, keeps: Callable[[Cell], bool]) -> Plan:
    """Return a part of a plan: some of its cells, and their models."""
    cells = tuple(filter(keeps, plan.cells))
    models = {cell.model_key: plan.models[cell.model_key] for cell in cells}
    return replace(plan, cells=cells, models=models)


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
            model = _in_regime(plan.models[cell.model_key], ENSEMBLE, work=PARTS)
            models[model.key] = replace(model, asked=replace(model.asked, fitted=True, tune=False))
            cells.append(replace(cell, regime=ENSEMBLE.name, model_key=model.key))
    return replace(plan, cells=(*plan.cells, *cells), models=models)


def _in_regime(model: Model, regime: Regime, work: float) -> Model:
    """Return a model that is trained in a regime of no suite, which takes so many times as long."""
    return replace(
        model,
        key=hashlib.sha256(f"{regime} {model.key}".encode()).hexdigest(),
        recipe=replace(model.recipe, regime=regime),
        work=model.work * work,
    )


def _probes(plan: Plan) -> dict[tuple[str, int], Model]:
    """Return by library and fold the models whose losses are read after each round, of the first repeat."""
    probes = {}
    for cell in plan.cells:
        known = cell.library in LEARNERS and adapter_named(cell.library).can("rounds")
        if known and _is_unweighted(cell) and cell.repeat == 0:
            model = plan.models[cell.model_key]
            work = ROUNDS.rounds / plan.suite.trees
            probes[cell.library, cell.fold] = _in_regime(model, ROUNDS, work)
    return probes


def _failures(store: Store, probes: Mapping[tuple[str, int], Model]) -> tuple[str, ...]:
    """Return notes on folds that have no part in the choice of rounds."""
    errors = dict(store.rows("SELECT model_key, error FROM models WHERE status <> 'ok'"))
    return tuple(
        f"fold {fold + 1} in the choice of {library}'s rounds: {errors[probe.key]}"
        for (library, fold), probe in probes.items()
        if probe.key in errors
    )


def _best_rounds(store: Store, probes: Mapping[tuple[str, int], Model]) -> dict[str, int]:
    """Return by library after how many rounds the mean loss of all test rows is lowest."""
    query = f"SELECT model_key, y, n FROM curves JOIN models ON model = id WHERE curve = '{ROUNDS.name}'"
    curves: defaultdict[str, list[tuple[float, int]]] = defaultdict(list)
    for key, loss, rows in store.rows(f"{query} ORDER BY model, place"):
        curves[key].append((loss, rows))
    totals: defaultdict[str, list[np.ndarray]] = defaultdict(list)
    for (library, _), model in probes.items():
        if curve := curves.get(model.key):
            totals[library].append(np.prod(curve, axis=1))
    fewest = {library: min(map(len, sums)) for library, sums in totals.items()}
    return {
        library: int(np.argmin(sum(curve[: fewest[library]] for curve in sums))) + 1
        for library, sums in totals.items()
    }
