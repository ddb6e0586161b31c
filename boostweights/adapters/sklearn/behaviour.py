"""What scikit-learn, imbalanced-learn and estimators like theirs make of settings that weigh classes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from boostweights.adapters.behaviour import Behaviour, Resampling, Subject, names_of, setting_text
from boostweights.adapters.sklearn.forms import has_encoded_keys, unseeded

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
