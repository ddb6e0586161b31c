"""The parts of a model: the estimators inside pipelines, searches, calibrators, thresholds and ensembles."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from boostweights.adapters.adapter import Adapter
from boostweights.adapters.behaviour import Behaviour, Subject, names_of, setting_text
from boostweights.adapters.registry import adapter_of
from boostweights.audits.grids import tried
from boostweights.audits.objects import attribute, check_parameters, is_estimator, readable
from boostweights.errors import InvalidTypeError, InvalidValueError
from boostweights.weighting.class_weights import ClassWeights
from boostweights.weighting.labels.rules import Label
from boostweights.weighting.policies.by_class import Unweighted
from boostweights.weighting.policies.names import Weighting, as_policy

_CONTAINERS: Final[Mapping[str, str]] = {
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
_DEEPEST: Final = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Wrapper:
    """What a WeightedClassifier does to the estimator inside."""

    policy: Weighting
    form: str
    corrects: bool | str
    weighs_evaluation: bool
    counts_rows: bool
    weights: ClassWeights | None
    """As resolved by a fit."""

    @property
    def weighs(self) -> bool:
        """Whether its policy weighs at all."""
        return not isinstance(self.policy, Unweighted)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Way:
    """How a walk came to a place."""

    labels: tuple[Label, ...] | None = None
    rows: float = 0
    above: tuple[Part, ...] = ()
    samplers: tuple[Part, ...] = ()
    wrapper: Wrapper | None = None
    makes_features: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Part(_Way):
    """One estimator of a model, or its parameters.

    Attributes
    ----------
    where : str
        The path to it, as ``"pipeline.clf"``; empty for the model itself.
    container : str
        What sort of container it is; empty for others.
    model : object or None
        The estimator or native model.
    adapter : Adapter
        Of its library.
    settings : mapping
        Its own parameters, as a search may have set them.
    behaviour : Behaviour
        What the library makes of them.
    labels : tuple of labels or None
        Those of training, in sorted order, where they are known.
    rows : float
        How many train; 0 where that is not known.
    above : tuple of Part
        The containers around it, the outermost first.
    samplers : tuple of Part
        What draws rows by class before it trains.
    wrapper : Wrapper or None
        The WeightedClassifier directly around it.
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
    def weighting(self) -> str:
        """How it weighs classes, as one writes it.

        Examples
        --------
        >>> from boostweights.adapters.registry import adapter_named
        >>> of_parameters(adapter_named("xgboost"), {"scale_pos_weight": 9.0}, None).weighting
        'scale_pos_weight=9.0'
        """
        texts = [setting_text(name, value) for name, value in self.behaviour.weighing.items()]
        if self.wrapper is not None and self.wrapper.weighs:
            texts.append(f"weighting={self.wrapper.policy!r}")
        return " and ".join(texts)

    @property
    def predicts(self) -> bool:
        """Whether its predictions are the model's, or may be where only parameters are known."""
        return not self.makes_features and (self.model is None or hasattr(self.model, "predict"))

    @property
    def is_frozen(self) -> bool:
        """Whether it stays as it was fitted, whatever the containers around it train."""
        return any(above.container == "frozen" for above in self.above)


def of_parameters(adapter: Adapter, settings: Mapping[str, Any], labels: tuple[Label, ...] | None) -> Part:
    """Return the one part that parameters of a library's ``train`` are."""
    behaviour = _behaviour(adapter, Subject(settings=settings, labels=labels), "")
    return Part(where="", container="", model=None, adapter=adapter, settings=settings, behaviour=behaviour)


def walk(model: Any, labels: tuple[Label, ...] | None, rows: float = 0) -> Iterator[Part]:
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
    >>> [part.where for part in walk(make_pipeline(StandardScaler(), LogisticRegression()), None)]
    ['', 'pipeline.standardscaler', 'pipeline.logisticregression']
    """
    yield from _walk(model, "", "", {}, _Way(labels=labels, rows=rows))


def _walk(model: Any, where: str, word: str, changes: Mapping[str, Any], way: _Way) -> Iterator[Part]:
    _check_finite(model, where, way)
    adapter = adapter_of(model)
    if callable(attribute(model, "get_params")):
        check_parameters(model)
    with readable(f"{where or 'the model'} ({type(model).__name__})"):
        settings = _changed(adapter.get_params(model, deep=False), changes)
    subject = Subject(settings=settings, model=model, labels=way.labels, rows=way.rows)
    behaviour = _behaviour(adapter, subject, where)
    container = _container(model)
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
    wrapper = _wrapper(model, settings, changes) if container == "weighted" else None
    inside = dataclasses.replace(way, above=(*way.above, part), wrapper=wrapper)
    if behaviour.resampling and not hasattr(model, "fit_resample"):
        inside = dataclasses.replace(inside, samplers=(*way.samplers, part))
    base = where or word or _word(model)
    for trial in [*(tried(settings) if container == "search" else ())] or [{}]:
        tried_changes = {**changes, **{f"estimator__{name}": value for name, value in trial.items()}}
        yield from _children(part, base, tried_changes, inside)


def _children(part: Part, base: str, changes: Mapping[str, Any], way: _Way) -> Iterator[Part]:
    for name, child, is_named in _estimators_in(part.settings, changes):
        word = name if is_named else _word(child)
        where = part.where if part.container == "weighted" else f"{base}.{word}"
        found = dataclasses.replace(way, makes_features=way.makes_features or _makes_features(child))
        reached = None
        for below_part in _walk(child, where, word, _below(name, changes), found):
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
    """Those of the values that a search sets which are of one parameter's own parameters."""
    start = f"{name}__"
    return {key.removeprefix(start): value for key, value in changes.items() if key.startswith(start)}


def _word(model: Any) -> str:
    return _container(model) or type(model).__name__


def _container(model: Any) -> str:
    return next((_CONTAINERS[name] for name in names_of(model) if name in _CONTAINERS), "")


def _makes_features(model: Any) -> bool:
    """Whether a step's own decisions, if it takes any, are not the model's."""
    return callable(attribute(model, "transform")) and not callable(attribute(model, "predict"))


def _check_finite(model: Any, where: str, way: _Way) -> None:
    if any(model is above.model for above in way.above) or len(way.above) >= _DEEPEST:
        deep = f"{where[:80]}…" if len(where) > 80 else where
        rule = f"an estimator must not hold itself, nor lie more than {_DEEPEST} deep"
        raise InvalidValueError(rule, f"{type(model).__name__} at {deep}", "Audit the estimator inside.")


def around(part: Part, container: str) -> Part | None:
    """The container of a sort that a part lies in, the outermost of several."""
    return next((above for above in part.above if above.container == container), None)


def _behaviour(adapter: Adapter, subject: Subject, where: str) -> Behaviour:
    name = "parameters" if subject.model is None else type(subject.model).__name__
    with readable(f"{where or 'the model'} ({name} of {adapter.name})"):
        return adapter.describe(subject)


def _wrapper(model: Any, settings: Mapping[str, Any], changes: Mapping[str, Any]) -> Wrapper:
    policy = as_policy(settings.get("weighting"))
    fields = _below("weighting", changes)
    if fields:
        try:
            policy = dataclasses.replace(policy, **fields)
        except TypeError as unknown:
            raise InvalidTypeError(
                f"weighting__… must name fields of {policy!r}", ", ".join(fields), "Correct the grid."
            ) from unknown
    weights = attribute(model, "class_weights_")
    return Wrapper(
        policy=policy,
        form=str(settings.get("form")),
        corrects=settings.get("correct_proba") or False,
        weighs_evaluation=settings.get("eval_weighting") == "same",
        counts_rows=bool(settings.get("count_rows")),
        weights=weights if isinstance(weights, ClassWeights) else None,
    )
