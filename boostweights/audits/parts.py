"""The parts of a model: the estimators inside pipelines, searches, calibrators, thresholds and ensembles."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from itertools import islice, product
from typing import Any

import numpy as np

from boostweights.adapters.adapter import Adapter
from boostweights.adapters.behaviour import WEIGHTING_NAMES, Behaviour, Subject, names_of, setting_text
from boostweights.adapters.registry import adapter_of
from boostweights.audits.evidence import TrainingData
from boostweights.errors import UNREADABLE, BoostweightsError, InvalidTypeError, check_that, explained
from boostweights.weighting.counts import ClassCounts
from boostweights.weighting.labels.rules import Label
from boostweights.weighting.policies.by_class import Explicit, Unweighted
from boostweights.weighting.policies.costs import Costs
from boostweights.weighting.policies.names import Weighting, as_policy
from boostweights.weighting.row_weights import RowCosts


def readable(what: str) -> AbstractContextManager[None]:
    """Name the part of a model that raises when it is read.

    Raises
    ------
    InvalidValueError
        If it does; errors of this package come through as they are.
    """
    rule = "the settings of a model must be readable to be audited"
    return explained(UNREADABLE, rule, "Audit its parts, or parameters with library=….", what)


def attribute(model: Any, name: str, default: Any = None) -> Any:
    """Return an attribute, or the default where there is none; raises where reading it raises.

    Examples
    --------
    >>> attribute(1, "real"), attribute(1, "steps")
    (1, None)
    """
    with readable(f"{type(model).__name__}.{name}"):
        return getattr(model, name, default)


def is_estimator(model: Any) -> bool:
    """Whether an object, not a class, has parameters and a ``fit``.

    Examples
    --------
    >>> from sklearn.linear_model import LogisticRegression
    >>> is_estimator(LogisticRegression()), is_estimator(LogisticRegression), is_estimator("drop")
    (True, False, False)
    """
    if isinstance(model, (type, str, int, float, Mapping)) or model is None:
        return False
    return callable(attribute(model, "get_params")) and callable(attribute(model, "fit"))


_GRIDS = ("param_grid", "param_distributions", "search_spaces")
_FIRST = (
    *WEIGHTING_NAMES,
    *("weighting", "sampling_strategy", "objective", "loss_function", "correct_proba"),
)
"""Parameters whose values are combined with each other; others are varied one at a time."""
_MOST = 256


def tried(settings: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the parameters that a search will try, as far as they matter to class weights.

    Values of weighting parameters are combined, up to 256 times; a distribution counts by its median.

    Examples
    --------
    >>> list(tried({"param_grid": {"scale_pos_weight": [1, 9], "max_depth": [2, 3]}}))
    [{'max_depth': 2, 'scale_pos_weight': 1}, {'max_depth': 2, 'scale_pos_weight': 9},
     {'scale_pos_weight': 1, 'max_depth': 3}]
    """
    grids: Any = next((settings[name] for name in _GRIDS if name in settings), {})
    grids = [grids] if isinstance(grids, Mapping) else grids
    for grid in grids if isinstance(grids, Sequence) else ():
        if isinstance(grid, Mapping):
            yield from islice(_combined({str(name): _values(grid[name]) for name in grid}), _MOST)


def _combined(values: Mapping[str, list[Any]]) -> Iterator[dict[str, Any]]:
    values = {name: options for name, options in values.items() if options}
    weighing = [name for name in values if _matters(name, values[name])]
    start = {name: options[0] for name, options in values.items()}
    others = [name for name in values if name not in weighing]
    for combination in product(*(values[name] for name in weighing)):
        yield {name: start[name] for name in others} | dict(zip(weighing, combination, strict=True))
    for name in others:
        for option in values[name][1:]:
            yield {key: start[key] for key in start if key != name} | {name: option}


def _matters(name: str, options: Sequence[Any]) -> bool:
    parts = name.split("__")
    return parts[-1] in _FIRST or "weighting" in parts or any(map(is_estimator, options))


def _values(options: Any) -> list[Any]:
    if isinstance(options, (list, tuple, range, np.ndarray)):
        return list(options)
    median = getattr(options, "median", None)
    if callable(median) and hasattr(options, "rvs"):
        return [float(median())]
    return []


_CONTAINERS: Mapping[str, str] = {
    "WeightedClassifier": "weighted",
    "BaseSearchCV": "search",
    "CalibratedClassifierCV": "calibrated",
    "FixedThresholdClassifier": "threshold",
    "TunedThresholdClassifierCV": "tuned_threshold",
    "RFECV": "search",
    "SequentialFeatureSelector": "search",
    "FrozenEstimator": "frozen",
    "Pipeline": "pipeline",
    "StackingClassifier": "stacking",
    "VotingClassifier": "voting",
    "BaggingClassifier": "bagging",
    "OneVsRestClassifier": "one_vs_rest",
}
"""Class → the sort of container that it is, and its word in the path to a part."""
_DEEPEST = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class _Position:
    """How a walk came to a place."""

    data: TrainingData
    above: tuple[Part, ...] = ()
    samplers: tuple[Part, ...] = ()
    makes_features: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Part(_Position):
    """One estimator of a model, or its parameters.

    Attributes
    ----------
    where : str
        The path to it, as ``"pipeline.clf"``; empty for the model itself.
    container : str
        The sort of container; empty for other estimators.
    model : object or None
        The estimator or native model.
    adapter : Adapter
        The adapter of its library.
    settings : mapping
        Its own parameters, as a search may have set them; the weighting of a WeightedClassifier as a policy.
    behaviour : Behaviour
        What the library makes of them.
    data : TrainingData
        What it trains on, as far as that is known.
    above : tuple of Part
        The containers around it, the outermost first.
    samplers : tuple of Part
        What draws rows by class before it trains.
    makes_features : bool
        Whether its own decisions are not the model's.
    """

    where: str
    container: str
    model: Any
    adapter: Adapter
    settings: Mapping[str, Any]
    behaviour: Behaviour

    @property
    def wrapping(self) -> Mapping[str, Any]:
        """The settings of the WeightedClassifier directly around it; empty without one."""
        return self.above[-1].settings if self.above and self.above[-1].container == "weighted" else {}

    @property
    def policy(self) -> Weighting | None:
        """The policy of the WeightedClassifier directly around it, if that weights classes at all."""
        policy: Weighting | None = self.wrapping.get("weighting")
        return None if isinstance(policy, Unweighted) else policy

    @property
    def weighting(self) -> str:
        """The parameters that weight its classes, as one writes them.

        Examples
        --------
        >>> from boostweights.adapters.registry import adapter_named
        >>> of_parameters(adapter_named("xgboost"), {"scale_pos_weight": 9.0}, TrainingData()).weighting
        'scale_pos_weight=9.0'
        """
        texts = [setting_text(name, value) for name, value in self.behaviour.weighing.items()]
        if self.policy is not None:
            texts.append(f"weighting={self.policy!r}")
        return " and ".join(texts)

    @property
    def predicts(self) -> bool:
        """Whether its predictions are the model's, or may be where only parameters are known."""
        return not self.makes_features and (self.model is None or hasattr(self.model, "predict"))

    @property
    def counts(self) -> ClassCounts | None:
        """The rows of each class that train, where they are known."""
        return self.data.counts

    def around(self, *containers: str) -> Part | None:
        """Return the container of the first of these sorts that it is in, the outermost of several."""
        around = (above for sort in containers for above in self.above if above.container == sort)
        return next(around, None)

    @property
    def weighs_classes(self) -> bool:
        """Whether its own settings, or the WeightedClassifier around it, weight its classes."""
        return bool(self.behaviour.weighing) or self.policy is not None

    @property
    def is_weighted(self) -> bool:
        """Whether it trains with class weights, be they the caller's row weights."""
        return self.weighs_classes or (self.data.given is not None and self.data.given.differ)

    @property
    def is_automatic(self) -> bool:
        """Whether all its class weights are counted on the rows that it trains on."""
        automatic = all(name in self.behaviour.automatic for name in self.behaviour.weighing)
        if self.policy is None:
            return automatic and bool(self.behaviour.weighing)
        return automatic and not isinstance(self.policy, (Explicit, Costs, RowCosts))

    @property
    def is_corrected(self) -> bool:
        """Whether it gives probabilities from which the weights are taken out."""
        return bool(self.wrapping.get("correct_proba")) or is_baked(self.model)

    def weights(self) -> dict[Label, float] | None:
        """Return the weight of each class, the caller's row weights left out; None where it is unknown."""
        counts = self.counts
        if counts is None:
            return None
        weights = dict.fromkeys(counts, 1.0)
        try:
            for name, value in self.behaviour.weighing.items():
                weights = times(weights, self._factors(name, value, counts))
            if isinstance(self.policy, RowCosts):
                return None
            if self.policy is not None:
                weights = times(weights, self.policy.resolve(counts).class_weight)
        except BoostweightsError:  # labels that do not fit, which another rule reports
            return None
        return weights

    def _factors(self, name: str, value: object, counts: ClassCounts) -> Mapping[Label, float]:
        if self.behaviour.positions is not None and isinstance(value, Mapping):
            return {label: float(value.get(place, 1.0)) for place, label in enumerate(counts)}
        names = {key: self.settings[key] for key in ("class_names",) if key in self.settings}
        readback = self.adapter.readback
        return (
            readback.policy_of(readback.read({name: value} | names), counts.classes)
            .resolve(counts)
            .class_weight
        )

    def fixed_weights(self) -> dict[Label, float] | None:
        """Return the weight of each class where the weights are numbers, not counted by the library."""
        return None if self.is_automatic or not self.weighs_classes else self.weights()


def times(weights: Mapping[Label, float], factors: Mapping[Label, float]) -> dict[Label, float]:
    """Return the product of two numbers for each label."""
    return {label: weight * factors[label] for label, weight in weights.items()}


def is_baked(model: Any) -> bool:
    """Whether a correction is baked into a model; into one that is not fitted none can be."""
    if model is None or not adapter_of(model).can("baking"):
        return False
    try:
        return adapter_of(model).baking.correction_mark(model) is not None
    except InvalidTypeError:
        return False


def of_parameters(adapter: Adapter, settings: Mapping[str, Any], data: TrainingData) -> Part:
    """Return the one part that parameters of a library's ``train`` are."""
    behaviour = adapter.describe(Subject(settings=settings, labels=data.labels))
    return Part(
        where="", container="", model=None, adapter=adapter, settings=settings, behaviour=behaviour, data=data
    )


def walk(model: Any, data: TrainingData) -> Iterator[Part]:
    """Yield all parts of a model, containers before what they hold.

    A part inside a search comes once for each combination of values that matters.

    Raises
    ------
    InvalidTypeError, InvalidValueError
        If a part cannot be read, or holds itself.

    Examples
    --------
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn.preprocessing import StandardScaler
    >>> [part.where for part in walk(make_pipeline(StandardScaler(), LogisticRegression()), TrainingData())]
    ['', 'pipeline.standardscaler', 'pipeline.logisticregression']
    """
    yield from _walk(model, "", "", {}, _Position(data=data))


def _walk(model: Any, where: str, word: str, changes: Mapping[str, Any], way: _Position) -> Iterator[Part]:
    rule = f"an estimator must not contain itself, nor be nested more than {_DEEPEST} deep"
    seen = f"{type(model).__name__} at {where[:80]}{'…' * (len(where) > 80)}"
    is_finite = all(model is not above.model for above in way.above) and len(way.above) < _DEEPEST
    check_that(is_finite, rule, seen, "Audit the estimator inside.")
    adapter = adapter_of(model)
    with readable(f"{where or 'the model'} ({type(model).__name__} of {adapter.name})"):
        settings = _changed(adapter.get_params(model, deep=False), changes)
        rows = 0 if way.data.counts is None else way.data.counts.total
        subject = Subject(settings=settings, model=model, labels=way.data.labels, rows=rows)
        behaviour = adapter.describe(subject)
    container = _container(model)
    if container == "weighted":
        policy = as_policy(settings.get("weighting"))
        rule = f"weighting__… must name fields of {type(policy).__name__}"
        with explained((TypeError,), rule, "Correct the grid."):
            settings["weighting"] = dataclasses.replace(policy, **_below("weighting", changes))
    part = Part(
        where=where,
        container=container,
        model=model,
        adapter=adapter,
        settings=settings,
        behaviour=behaviour,
        **{entry.name: getattr(way, entry.name) for entry in dataclasses.fields(way)},
    )
    yield part
    inside = dataclasses.replace(way, above=(*way.above, part))
    if behaviour.resampling and not hasattr(model, "fit_resample"):
        inside = dataclasses.replace(inside, samplers=(*way.samplers, part))
    base = where or word or _word(model)
    for trial in [*(tried(settings) if container == "search" else ())] or [{}]:
        tried_changes = {**changes, **{f"estimator__{name}": value for name, value in trial.items()}}
        yield from _children(part, base, tried_changes, inside)


def _children(part: Part, base: str, changes: Mapping[str, Any], way: _Position) -> Iterator[Part]:
    for name, child, is_named in _estimators_in(part.settings, changes):
        word = name if is_named else _word(child)
        where = part.where if part.container == "weighted" else f"{base}.{word}"
        # a step's own decisions, if it takes any, are not the model's
        transforms = callable(attribute(child, "transform")) and not callable(attribute(child, "predict"))
        inside = dataclasses.replace(way, makes_features=way.makes_features or transforms)
        reached = None
        for below_part in _walk(child, where, word, _below(name, changes), inside):
            reached = reached or below_part
            yield below_part
        if part.container == "pipeline" and reached is not None and reached.behaviour.resampling:
            way = dataclasses.replace(way, samplers=(*way.samplers, reached))


def _estimators_in(
    settings: Mapping[str, Any], changes: Mapping[str, Any]
) -> Iterator[tuple[str, Any, bool]]:
    """Yield parameter or step name, estimator, and whether it is the name of a step."""
    for name, value in settings.items():
        if is_estimator(value):
            yield name, value, False
        elif isinstance(value, (list, tuple)):
            for entry in value:
                if isinstance(entry, (list, tuple)) and len(entry) >= 2 and isinstance(entry[0], str):
                    step = changes.get(entry[0], entry[1])
                    if is_estimator(step):
                        yield entry[0], step, True


def _changed(params: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """Own parameters with those that a search sets; steps, which are replaced by name, aside."""
    steps = {name for name, _, is_named in _estimators_in(params, {}) if is_named}
    tried_values = {name: value for name, value in changes.items() if "__" not in name and name not in steps}
    return {name: value for name, value in {**params, **tried_values}.items() if value is not None}


def _below(name: str, changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values that a search sets inside one parameter."""
    start = f"{name}__"
    return {key.removeprefix(start): value for key, value in changes.items() if key.startswith(start)}


def _word(model: Any) -> str:
    return _container(model) or type(model).__name__


def _container(model: Any) -> str:
    return next((_CONTAINERS[name] for name in names_of(model) if name in _CONTAINERS), "")
