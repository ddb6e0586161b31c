"""What a comparison recommends by the user's need, from probabilities that it kept: without a fit more."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from textwrap import fill
from typing import Any

import numpy as np
import numpy.typing as npt

from boostweights.adapters.registry import adapter_of
from boostweights.benchmark.compare.dataset import TableData
from boostweights.benchmark.compare.labels import as_read
from boostweights.benchmark.plan.arm import Arm
from boostweights.benchmark.plan.learners import Recipe, estimator
from boostweights.benchmark.plan.plan import Plan
from boostweights.benchmark.plan.problem import as_problem, counted
from boostweights.benchmark.run.store import CELL, Store
from boostweights.errors import InvalidValueError
from boostweights.estimator.corrected import uncorrectable
from boostweights.path.others import fitted
from boostweights.probabilities.promised import Promised
from boostweights.recommendation.evidence import evidence
from boostweights.recommendation.needs import NEEDS, answerable, promised_need
from boostweights.recommendation.options import Bools, Codes, Correction, Floats, Model, Rows, units_of
from boostweights.recommendation.recommend import Chosen, choose
from boostweights.recommendation.recommendation import Recommendation, recommended


def need_of(asked: str | None, *, fn: float | None, promised: Promised | None) -> str:
    """Return what is needed: as asked, or else by the promise, by costs where they are given, decisions.

    Raises
    ------
    InvalidValueError
        If the need is unknown, or costs or a promise are needed and not given.

    Examples
    --------
    >>> need_of(None, fn=50.0, promised=None), need_of(None, fn=None, promised=Promised(recall=0.9))
    ('costs', 'alarms at recall')
    """
    if asked is None:
        return promised_need(promised) if promised is not None else "decisions" if fn is None else "costs"
    need = answerable(asked, promised)
    if need == "costs" and fn is None:
        rule, mend = "--need costs must know what a missed positive costs", "Add --fn 50 --fp 1, say."
        raise InvalidValueError(rule, "no --fn", mend)
    return need


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Answer:
    """A recommendation, or why there is none.

    Attributes
    ----------
    recommendation : Recommendation or None
        What to use.
    chosen : Chosen or None
        What it was made from.
    reason : str
        Why there is none.
    notes : tuple of str
        What was compared and could not be recommended.
    evidence : mapping
        What `boostweights.recommendation.evidence.evidence` says of it; empty without a recommendation.
    """

    recommendation: Recommendation | None = None
    chosen: Chosen | None = None
    reason: str = ""
    notes: tuple[str, ...] = ()
    evidence: Mapping[str, Any] = field(default_factory=dict)

    def as_plain(self) -> dict[str, Any]:
        """Return it as plain values; of no recommendation, why."""
        found = {"reason": self.reason} if self.recommendation is None else self.recommendation.as_plain()
        return {**found, "notes": list(self.notes)}

    def __str__(self) -> str:
        first = str(self.recommendation or fill(f"Nothing is recommended: {self.reason}.", 80))
        return "\n".join([first, *(fill(f"Not in the running: {note}.", 80) for note in self.notes)])


def answer(store: Store, plan: Plan, data: TableData, need: str) -> Answer:
    """Return what to use, by a comparison's out-of-fold probabilities.

    Parameters
    ----------
    store : Store
        Where they were kept: the suite's ``predictions`` is True.
    plan : Plan
        The comparison's.
    data : TableData
        The table that it was made on.
    need : str
        As `need_of` returns it.
    """
    if data.roles.positive is None:
        return Answer(reason="a policy, a correction and a threshold are chosen of two classes, not of more")
    kept = _kept(store, plan)
    if not kept:
        return Answer(reason="no model has results of all folds")
    compared = _Compared(plan, data, kept)
    try:
        rows = compared.rows()
    except InvalidValueError as refused:
        return Answer(reason=f"{refused.rule}; got {refused.value}")
    models = list(compared.models())
    options = NEEDS[need].options(models)
    if not any(NEEDS[need].is_simple(option) for option in options):
        reason = f"the simple rule of {need} is that of an unweighted model, and there is none"
        return Answer(reason=reason, notes=tuple(compared.notes))
    promised = plan.suite.promised if NEEDS[need].promises else None
    chosen = choose(models, rows, need, costs=compared.costs, promised=promised)
    made = recommended(chosen, need, compared.labels[1], promised)
    return Answer(
        recommendation=made,
        chosen=chosen,
        notes=tuple(compared.notes),
        evidence=evidence(chosen, rows, compared.costs),
    )


_Way = tuple[str, str]
"""Library and arm."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Kept:
    """Out-of-fold probabilities of a library's arm, fold after fold, and how its models were trained."""

    recipe: Recipe
    row: Codes
    fold: Codes
    proba: Floats
    ratio: Floats
    """The positive class's weight by the other's, of each row's model."""


def _kept(store: Store, plan: Plan) -> dict[_Way, _Kept]:
    """Return what was kept of the ways whose folds all have results."""
    cells = {(cell.repeat, cell.fold, cell.library, cell.arm): cell.model_key for cell in plan.cells}
    splits = {place[:2] for place in cells}
    parts: dict[_Way, list[tuple[Recipe, Codes, Codes, Floats]]] = {}
    for name, predictions in store.predictions():
        cell = dict(zip(CELL, name, strict=True))
        repeat, fold, library, arm = (cell[each] for each in ("repeat", "fold", "library", "arm"))
        row, proba = predictions.arrays()
        recipe = plan.models[cells[repeat, fold, library, arm]].recipe
        number = np.full(len(row), repeat * plan.suite.folds + fold, np.intp)
        part = recipe, row.astype(np.intp), number, _positive(proba)
        parts.setdefault((library, arm), []).append(part)
    return {way: _joined(each) for way, each in parts.items() if len(each) == len(splits)}


def _joined(parts: list[tuple[Recipe, Codes, Codes, Floats]]) -> _Kept:
    recipes, row, fold, proba = zip(*parts, strict=True)
    ratio = [
        np.full(len(each), recipe.weights[1] / recipe.weights[0])
        for recipe, each in zip(recipes, row, strict=True)
    ]
    return _Kept(
        recipe=recipes[0],
        row=np.concatenate(row),
        fold=np.concatenate(fold),
        proba=np.concatenate(proba),
        ratio=np.concatenate(ratio),
    )


def _positive(proba: npt.NDArray[np.float32]) -> Floats:
    """The positive class's probability in float64, where float32 would round what is nearly sure to 1."""
    both = proba.astype(np.float64)
    found: Floats = np.where(both[:, 1] < 0.5, both[:, 1], 1.0 - both[:, 0])
    return np.clip(found, 0.0, 1.0)


class _Compared:
    """A comparison's ways to train, as models that compete."""

    def __init__(self, plan: Plan, data: TableData, kept: Mapping[_Way, _Kept]) -> None:
        problem = as_problem(data.dataset)
        self.notes: list[str] = []
        self.labels: tuple[Any, Any] = tuple(as_read(np.array(problem.classes)).tolist())
        self._plan, self._kept = plan, kept
        self._counts = counted(problem.y, 2)
        self._cost = plan.suite.cost(data.dataset.name)
        one = next(iter(kept.values()))
        self._row, self._fold = one.row, one.fold
        self._y: Bools = problem.y[one.row] == 1
        self._group = None if data.dataset.group is None else data.dataset.group[one.row]
        fn, fp = self._cost.fn, self._cost.fp
        self.costs: Floats | None = None if fn is None else np.array([0.0, fp, fn, 0.0])

    def rows(self) -> Rows:
        """Return the rows that were tested; a row of several repeats, or a group, is drawn as a whole."""
        group = [] if self._group is None else [self._group.astype(np.intp)]
        return Rows(y=self._y, unit=units_of(self._row, *group), fold=self._fold)

    def models(self) -> Iterator[Model]:
        """Yield each way as it is and corrected; note those that cannot compete."""
        arms = {arm.name: arm for arm in self._plan.suite.arms}
        refused: dict[str, str] = {}
        lacking = []
        for library, arm in dict.fromkeys((cell.library, cell.arm) for cell in self._plan.cells):
            if why := _out(arms[arm]):
                refused[arm] = why
            elif (library, arm) not in self._kept:
                lacking.append(f"{arm} of {library}, which has no results of some folds")
            else:
                yield from self._corrected(library, arms[arm], self._kept[library, arm])
        self.notes += [f"{arm}, which {why}" for arm, why in refused.items()] + lacking

    def _corrected(self, library: str, arm: Arm, kept: _Kept) -> Iterator[Model]:
        recipe = kept.recipe
        policy = arm.policy.policy(self.labels, self._counts, self._cost)
        for correction, proba in self._corrections(kept).items():
            yield Model(
                library=library,
                classifier=recipe.classifier,
                settings=recipe.parameters,
                policy=policy,
                correction=correction,
                proba=proba,
            )

    def _corrections(self, kept: _Kept) -> dict[Correction, Floats]:
        plain = estimator(kept.recipe.classifier, kept.recipe.parameters)
        if uncorrectable(adapter_of(plain), plain, 2):
            return {"none": kept.proba}
        positive, negative = kept.proba, kept.ratio * (1.0 - kept.proba)
        honest = np.divide(positive, positive + negative)
        mapped = fitted(honest[None], self._y, self._row, self._fold, np.ones(len(honest)))[0]
        if not kept.recipe.weighted:
            return {"none": kept.proba, "fitted": mapped}
        return {"none": kept.proba, "analytic": honest, "fitted": mapped}


def _out(arm: Arm) -> str:
    """Say why an arm's model is not one that a `WeightedClassifier` trains with row weights; or nothing."""
    reasons = {
        "is no model": arm.dummy,
        "resamples": arm.resample != "none",
        "stops early": arm.early_stopping != "none",
        "pastes a native parameter": not arm.pinned,
        "is the same model in another form": arm.form != "auto",
        "looks at the labels of test rows": arm.resolve != "fold",
    }
    return next((reason for reason, holds in reasons.items() if holds), "")
