"""What scikit-learn's settings and models say of class weights: what comes of them, and the policy."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from boostweights.adapters.behaviour import Behaviour, Resampling, Subject, names_of, setting_text
from boostweights.adapters.readback import Reading
from boostweights.adapters.sklearn.forms import has_encoded_keys, unseeded
from boostweights.errors import InvalidTypeError, InvalidValueError, shown
from boostweights.weighting.labels.rules import Label, scalar
from boostweights.weighting.policies.base import Policy
from boostweights.weighting.policies.by_class import Balanced, Explicit, Unweighted


@dataclass(frozen=True, slots=True, kw_only=True)
class EncodedReading(Reading):
    """A reading in which the keys of ``class_weight`` are positions among the sorted labels."""


def read(source: Any) -> Reading:
    """Return what a source says of its class weights.

    Parameters
    ----------
    source : estimator or mapping
        A configured or fitted estimator, or a parameter dict, whose keys are taken for labels.

    Returns
    -------
    Reading
        An `EncodedReading` from HistGradientBoostingClassifier, whose keys are positions. Row weights
        leave no trace in a model.

    Raises
    ------
    InvalidTypeError
        If the source is a file, which only unpickling reads, or no estimator.

    Examples
    --------
    >>> read({"class_weight": "balanced"}).settings
    {'class_weight': 'balanced'}
    """
    if isinstance(source, Mapping):
        return Reading(settings=_weighting(source))
    if isinstance(source, (str, Path)):
        raise InvalidTypeError(
            "a pickled model runs code when it is read, so it is not opened here",
            shown(str(source)),
            "Load it yourself, if you trust it, and pass the model.",
        )
    if not hasattr(source, "get_params"):
        raise InvalidTypeError(
            "scikit-learn weighting is read from an estimator or its parameters",
            shown(source),
            "Pass the estimator.",
        )
    kind = EncodedReading if has_encoded_keys(source) else Reading
    settings = _weighting(source.get_params(deep=False))
    note = "scikit-learn models keep no row weights" if settings else ""
    return kind(settings=settings, classes=_classes(source), note=note, unknown=_unknown(source))


def policy_of(reading: Reading, classes: Sequence[Label] | None = None) -> Policy:
    """Return the policy that a reading stands for.

    Parameters
    ----------
    reading : Reading
        What `read` returned.
    classes : sequence of labels, default=None
        In sorted order. Needed where keys are positions and the model is not fitted; labels without a key
        weigh 1, as in scikit-learn.

    Raises
    ------
    InvalidValueError
        If the weighting is unknown, depends on each tree's rows, or labels are needed and missing.

    Examples
    --------
    >>> policy_of(read({"class_weight": "balanced"}))
    Balanced()
    >>> policy_of(read({"class_weight": {"bad": 9.0}}), classes=["bad", "good"])
    Explicit({'bad': 9.0, 'good': 1.0})
    """
    reading.check_known()
    weights = reading.settings.get("class_weight")
    if weights is None:
        return Unweighted()
    if isinstance(weights, str):
        return _named(weights)
    labels = reading.labels(classes)
    if isinstance(reading, EncodedReading):
        weights = _decoded(weights, labels)
    return Explicit(_completed(weights, labels))


def _weighting(settings: Mapping[str, Any]) -> dict[str, Any]:
    weights = settings.get("class_weight")
    return {} if weights is None else {"class_weight": weights}


def _classes(model: Any) -> tuple[Label, ...] | None:
    classes = getattr(model, "classes_", None)
    if classes is None or isinstance(classes, list):  # a list: several outputs
        return None
    return tuple(map(scalar, np.asarray(classes)))


def _unknown(model: Any) -> str:
    if "class_weight" in model.get_params(deep=False):
        return ""
    nested = {
        name: value
        for name, value in model.get_params(deep=True).items()
        if name.rpartition("__")[2] == "class_weight" and value is not None
    }
    if not nested:
        return ""
    return f"{', '.join(nested)} weighs inside {type(model).__name__}, on the rows that it passes on"


def _named(weights: str) -> Policy:
    if weights == "balanced":
        return Balanced()
    raise InvalidValueError(
        "class weights must be the same for all trees to become a policy",
        f"class_weight={weights!r}, which counts each tree's own rows",
        "Use class_weight='balanced'.",
    )


def _decoded(weights: Any, labels: tuple[Label, ...] | None) -> dict[Label, float]:
    """Weights by label, from weights by position."""
    if labels is None:
        raise InvalidValueError(
            "keys of HistGradientBoostingClassifier's class_weight are positions, which need the labels",
            f"{shown(weights)} without classes",
            "Pass classes=, sorted.",
        )
    beyond = [key for key in weights if key not in range(len(labels))]
    if beyond:
        raise InvalidValueError(
            f"keys of HistGradientBoostingClassifier's class_weight lie in 0 to {len(labels) - 1}",
            shown(beyond[0]),
            "They are positions among the sorted labels, not labels.",
        )
    return {labels[int(key)]: weight for key, weight in weights.items()}


def _completed(weights: Mapping[Label, Any], labels: tuple[Label, ...] | None) -> dict[Label, float]:
    if not isinstance(weights, Mapping):
        raise InvalidTypeError(
            "class_weight must be a dict or a name", shown(weights), "One dict a output is no policy."
        )
    given = {scalar(label): float(weight) for label, weight in weights.items()}
    return {**dict.fromkeys(labels or (), 1.0), **given}


_POSITIONS: Final = "the position of each label among the sorted labels, 0 to k-1"
_ENCODING: Final[Mapping[str, str]] = {
    "BaggingClassifier": _POSITIONS,
    "VotingClassifier": _POSITIONS,
    "StackingClassifier": _POSITIONS,
    "OneVsRestClassifier": "1 for one class and 0 for all others",
    "OneVsOneClassifier": "0 and 1 for each pair of classes",
    "OutputCodeClassifier": "0 and 1 for each bit of a code",
}
"""Meta-estimators that train the estimators inside on other labels than they are given."""
_EVENING: Final = ("auto", "all", "not majority", "not minority", "minority", "majority", 1.0)
_CLEANING: Final = ("clean-sampling", "bypass")


def describe(subject: Subject) -> Behaviour:
    """Return what an estimator makes of its settings.

    Examples
    --------
    >>> from sklearn.ensemble import HistGradientBoostingClassifier
    >>> clf = HistGradientBoostingClassifier(class_weight={1: 9.0})
    >>> describe(Subject(settings={"class_weight": {1: 9.0}}, model=clf)).positions
    {1: 9.0}
    """
    settings, model = subject.settings, subject.model
    given = settings.get("class_weight")
    weighing = {"class_weight": given} if _weighs(given) else {}
    boosted = has_encoded_keys(model)
    penalty = settings.get("l2_regularization", 0.0) if boosted else 0.0
    return Behaviour(
        weighing=weighing,
        automatic=frozenset(weighing if isinstance(given, str) else ()),
        positions=given if boosted and isinstance(given, Mapping) else None,
        encodes=next((_ENCODING[name] for name in names_of(model) if name in _ENCODING), ""),
        stops_on=("loss",) if boosted and _stops(settings) else (),
        misled=("loss",) if boosted and _stops(settings) else (),
        holds_out=boosted,
        penalties={"l2_regularization": float(penalty)} if penalty else {},
        unseeded=unseeded(model, settings, subject.rows),
        continued=_continued(settings, weighing),
        resampling=_resampling(subject),
    )


def _weighs(value: Any) -> bool:
    if isinstance(value, Mapping):
        return any(weight != 1 for weight in value.values())
    return value is not None


def _stops(settings: Mapping[str, Any]) -> bool:
    """Whether the loss on evaluation rows ends training, if such rows are given or taken."""
    return settings.get("early_stopping", "auto") is not False and settings.get("scoring", "loss") == "loss"


def _continued(settings: Mapping[str, Any], weighing: Mapping[str, Any]) -> str:
    if not weighing or not settings.get("warm_start"):
        return ""
    return f"warm_start=True beside {setting_text('class_weight', weighing['class_weight'])}"


def _resampling(subject: Subject) -> Resampling:
    """Whether rows are drawn by class, as imbalanced-learn's samplers and ensembles do."""
    if "sampling_strategy" not in subject.settings:
        return ""
    if getattr(subject.model, "_sampling_type", "") in _CLEANING:
        return ""
    strategy = subject.settings["sampling_strategy"]
    is_name = isinstance(strategy, (str, float, int))
    return "even" if is_name and strategy in _EVENING else "partial"
