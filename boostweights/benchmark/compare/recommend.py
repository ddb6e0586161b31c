"""What a comparison recommends by the user's need, from probabilities that it kept: without a fit more."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from textwrap import fill
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.special import expit, logit
from sklearn.metrics import log_loss

from boostweights.adapters.registry import adapter_of
from boostweights.benchmark.compare.dataset import TableData
from boostweights.benchmark.plan.learners import estimator, record_named
from boostweights.benchmark.plan.plan import Plan, Recipe
from boostweights.benchmark.plan.problem import Problem, as_problem, counted
from boostweights.benchmark.plan.suite import Suite
from boostweights.benchmark.regimes import ENSEMBLE
from boostweights.benchmark.run.store import CELL, Store
from boostweights.errors import InvalidValueError, check_that
from boostweights.estimator.corrected import uncorrectable
from boostweights.path.others import fitted
from boostweights.probabilities.calibration import EDGE
from boostweights.probabilities.link import reweighted
from boostweights.probabilities.promises import Promised
from boostweights.recommendation.evidence import evidence
from boostweights.recommendation.needs import answerable, needs_of, promised_need
from boostweights.recommendation.options import Codes, Correction, Floats, Model, Rows, units_of
from boostweights.recommendation.recommend import Chosen, choose
from boostweights.recommendation.recommendation import Recommendation, recommended
from boostweights.tables.target import as_read
from boostweights.weighting.labels.rules import Label
from boostweights.weighting.policies.by_class import Unweighted


def need_of(asked: str | None, *, fn: float | str | None, promised: Promised | None, classes: int = 2) -> str:
    """Return what is needed: as asked, or else by the promise, by costs where they are given, decisions.

    Raises
    ------
    InvalidValueError
        If the need is unknown, or not for so many classes, or costs or a promise are needed and not given.

    Examples
    --------
    >>> need_of(None, fn=50.0, promised=None), need_of(None, fn=None, promised=Promised(recall=0.9))
    ('costs', 'alarms at recall')
    """
    if asked is None:
        return promised_need(promised) if promised is not None else "decisions" if fn is None else "costs"
    need = answerable(asked, promised)
    rule, remedy = f"--need {need} is for two classes", f"Use {' or '.join(needs_of(classes))}."
    check_that(need in needs_of(classes), rule, f"{classes}", remedy)
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
    code : str
        The Python code that prepares the table and trains what is recommended.
    """

    recommendation: Recommendation | None = None
    chosen: Chosen | None = None
    reason: str = ""
    notes: tuple[str, ...] = ()
    evidence: Mapping[str, Any] = field(default_factory=dict)
    code: str = ""

    def as_plain(self) -> dict[str, Any]:
        """Return it as plain values; of no recommendation, why."""
        best, notes = self.recommendation, list(self.notes)
        if best is None:
            return {"reason": self.reason, "notes": notes}
        return {**best.as_plain(), "code": self.code, "notes": notes}

    def __str__(self) -> str:
        first = str(self.recommendation or fill(f"Nothing is recommended: {self.reason}.", 80))
        return "\n".join([first, *(fill(f"Left out: {note}.", 80) for note in self.notes)])


def answer(store: Store, plan: Plan, data: TableData, need: str, left_out: tuple[str, ...] = ()) -> Answer:
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
    left_out : tuple of str, default=()
        Notes on what was not trained.
    """
    problem = as_problem(data.dataset)
    kept = _kept(store, plan, problem)
    if not kept:
        return Answer(reason="no model has results of all folds", notes=left_out)
    one = next(iter(kept.values()))
    group = [] if data.dataset.group is None else [data.dataset.group[one.row].astype(np.intp)]
    try:
        rows = Rows(y=one.y, unit=units_of(one.row, *group), fold=one.fold)
    except InvalidValueError as refused:
        return Answer(reason=f"{refused.rule}; got {refused.value}", notes=left_out)
    labels = as_read(np.array(problem.classes)).tolist()
    models, refused_notes = _models(plan, data, labels, kept)
    notes = (*refused_notes, *left_out)
    wanted = needs_of(rows.classes)[need]
    if not any(wanted.is_simple(option) for option in wanted.options(models)):
        reason = f"the simple rule of {need} is that of an unweighted model, and there is none"
        return Answer(reason=reason, notes=notes)
    promised = plan.suite.promised if wanted.promises else None
    cost, by_row = plan.suite.cost(data.dataset.name), data.dataset.costs if need == "costs" else None
    costs = None if isinstance(cost.fn, str) else np.array([0.0, cost.fp, cost.fn, 0.0])
    costs = costs if by_row is None else by_row.fixed[one.row].T
    positive = labels[1] if rows.classes == 2 else None
    chosen = choose(models, rows, need, costs=costs, promised=promised)
    return Answer(
        recommendation=recommended(chosen, need, positive, promised, data.roles.costs if by_row else None),
        chosen=chosen,
        notes=notes,
        evidence=evidence(chosen, rows, costs),
    )


class _Kept(NamedTuple):
    """Out-of-fold probabilities of a library's arm, fold after fold, and how its models were trained."""

    recipe: Recipe
    row: Codes
    fold: Codes
    proba: Floats
    """Of the positive class; of more than two classes of each, shape (m, k)."""
    weights: Floats
    """The class weights of each row's model, shape (m, k)."""
    y: npt.NDArray[Any]
    """Whether a row is positive; of more than two classes, its class."""


def _kept(store: Store, plan: Plan, problem: Problem) -> dict[tuple[str, str, str], _Kept]:
    """Return what was kept by library, regime and arm, of those whose folds all have results."""
    recipes = {
        tuple(getattr(cell, name) for name in CELL): plan.models[cell.model_key].recipe for cell in plan.cells
    }
    parts: dict[tuple[str, str, str], list[tuple[Any, ...]]] = {}
    for cell, predictions in store.predictions():
        (_, repeat, fold, *way), recipe = cell, recipes[cell]
        row, classes = predictions.arrays()
        proba, y = classes.astype(np.float64), problem.y[row]
        if len(problem.classes) == 2:
            low, high = proba.T  # where float32 would round what is nearly sure to 1
            proba, y = np.clip(np.where(high < 0.5, high, 1.0 - low), 0.0, 1.0), y == 1
        else:
            proba = np.clip(proba, 0.0, 1.0)
            proba /= proba.sum(axis=1, keepdims=True)
        folds = np.full(len(row), repeat * plan.suite.folds + fold, np.intp)
        weights = np.tile([recipe.weights[code] for code in range(len(problem.classes))], (len(row), 1))
        part = (recipe, row.astype(np.intp), folds, proba, weights, y)
        parts.setdefault((way[0], way[1], way[2]), []).append(part)
    kept = {}
    for place, of_folds in parts.items():
        if len(of_folds) == len({cell[1:3] for cell in recipes}):
            first, *columns = zip(*of_folds, strict=True)
            arrays: list[Any] = [np.concatenate(column) for column in columns]
            kept[place] = _Kept(first[0], *arrays)
    return kept


def _corrected(way: _Kept, data: TableData) -> dict[Correction, Floats]:
    """Return the probabilities as they are, and corrected where they can be; those of an ensemble are."""
    if way.recipe.regime == ENSEMBLE:
        return {"ensemble": way.proba}
    corrected: dict[Correction, Floats] = {"none": way.proba}
    plain = estimator(way.recipe.classifier, way.recipe.parameters)
    if not uncorrectable(adapter_of(plain), plain, way.weights.shape[1]):
        if way.proba.ndim == 1:
            ratio = way.weights[:, 1] / way.weights[:, 0]
            honest = np.divide(way.proba, way.proba + ratio * (1.0 - way.proba))
        else:
            honest = reweighted(way.proba, 1.0 / way.weights)
        if way.recipe.weighted:
            corrected["analytic"] = honest
        in_time, ones = data.times is not None, np.ones(len(honest))
        corrected["fitted"] = fitted(honest[None], way.y, way.row, way.fold, ones, in_time=in_time)[0]
    return corrected


def losses_of_libraries(store: Store, plan: Plan, data: TableData) -> dict[str, float]:
    """Return the log loss of test rows by library, of those whose folds all have results.

    Probabilities are mapped first where they can be: the map is learned from the other folds, or from the
    earlier ones where folds are in order of time.

    Parameters
    ----------
    store, plan
        Where models without weights are, and their plan.
    data : TableData
        The table.
    """
    losses = {}
    for (library, *_), way in _kept(store, plan, as_problem(data.dataset)).items():
        corrected = _corrected(way, data)
        losses[library] = log_loss(way.y, corrected.get("fitted", way.proba))
    return losses


def _models(
    plan: Plan,
    data: TableData,
    labels: Sequence[Label],
    kept: Mapping[tuple[str, str, str], _Kept],
) -> tuple[list[Model], tuple[str, ...]]:
    """Return each way as it is and corrected, the libraries' mean, and notes on what does not compete."""
    arms = {arm.name: arm for arm in plan.suite.arms}
    counts, costs = counted(as_problem(data.dataset).y, len(labels)), plan.suite.cost(data.dataset.name)
    models: list[Model] = []
    refused: dict[str, str] = {}
    lacking = []
    for place in dict.fromkeys((cell.library, cell.regime, cell.arm) for cell in plan.cells):
        library, _, name = place
        arm = arms[name]
        reasons = {  # why a `WeightedClassifier` does not train its model with row weights
            "is no model": arm.dummy,
            "resamples": arm.resample != "none",
            "stops early": arm.early_stopping != "none",
            "pastes a native parameter": not arm.pinned,
            "is the same model in another form": arm.form != "auto",
            "looks at the labels of test rows": arm.resolve != "fold",
        }
        if why := next((reason for reason, holds in reasons.items() if holds), ""):
            refused[name] = f"{name}, which {why}"
            continue
        if place not in kept:
            lacking.append(f"{name} of {library}, which has no results of some folds")
            continue
        way = kept[place]
        models += [
            Model(
                library=library,
                classifier=way.recipe.classifier,
                settings=way.recipe.parameters,
                policy=arm.policy.policy(labels, counts, costs),
                correction=correction,
                proba=proba,
            )
            for correction, proba in _corrected(way, data).items()
        ]
    notes = (*refused.values(), *lacking)
    members = {one.library: one for one in models if not one.weighted and one.correction == "fitted"}
    if len(members) > 1 and len(labels) == 2:
        y, mean = next(iter(kept.values())).y, _mean(members, plan.suite)
        if "ensemble" in plan.suite.stages:
            return [*models, mean], notes
        loss, best = min((log_loss(y, one.proba), name) for name, one in members.items())
        gain = log_loss(y, mean.proba) - loss
        notes += (f"ensemble ({mean.library}): log loss {gain:+.4f} next to {best}",)
    return models, notes


def _mean(members: Mapping[str, Model], suite: Suite) -> Model:
    """Return the equal mean in log odds of the libraries' models without weights, each corrected by its map.

    As its members', the probabilities of a fold are of models that were trained on the others.
    """
    kinds = {name: record_named(name, suite.own).categories for name in members}
    made = [(name, estimator(one.classifier, one.settings), kinds[name]) for name, one in members.items()]
    scores = [logit(np.clip(one.proba, EDGE, 1.0 - EDGE)) for one in members.values()]
    return Model(
        library=f"mean of {len(members)} libraries",
        classifier="boostweights.serving:MeanClassifier",
        settings={"estimators": made},
        policy=Unweighted(),
        correction="mean",
        proba=np.asarray(expit(np.mean(scores, axis=0))),
        members=tuple(members.values()),
    )
