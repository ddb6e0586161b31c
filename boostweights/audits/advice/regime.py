"""In which of the published regimes a classifier would train, by its settings."""

from typing import Any

from boostweights.adapters.behaviour import WEIGHTING_NAMES
from boostweights.audits.evidence import TrainingData
from boostweights.audits.parts import Part, walk
from boostweights.errors import InvalidTypeError, shown

_ASIDE = (
    *("random_state", "random_seed", "seed", "n_jobs", "thread_count", "nthread", "device", "tree_method"),
    *("verbose", "verbosity", "logging_level", "silent", "allow_writing_files", "enable_categorical"),
    *WEIGHTING_NAMES,
)
"""Settings that do not shape the trees."""
_STOPPING = ("n_iter_no_change", "od_type", "od_wait")
"""What ends training early, beside what is called so."""


def regime_of(model: Any) -> str:
    """Return "default", "stopped" or "tuned".

    A search tunes; the library's own settings are "default", whatever its seed, threads and weights; early
    stopping, or rounds that folds choose, is "stopped"; other settings that were chosen count as tuned.

    Raises
    ------
    InvalidTypeError
        If it is no classifier.

    Examples
    --------
    >>> from sklearn.ensemble import HistGradientBoostingClassifier
    >>> regime_of(HistGradientBoostingClassifier(random_state=0))
    'default'
    >>> regime_of(HistGradientBoostingClassifier(learning_rate=0.03, early_stopping=True))
    'stopped'
    """
    parts = [part for part in _parts(model) if part.adapter.record and not part.container]
    if not parts:
        mend = "Pass XGBClassifier(…), or a pipeline or WeightedClassifier around one."
        raise InvalidTypeError("advice must be for a classifier", shown(model), mend)
    part = parts[-1]
    if part.around("search") is not None:
        return "tuned"
    weighted = part.around("weighted")
    if weighted is not None and weighted.settings.get("n_rounds") == "cv":
        return "stopped"
    chosen = _chosen(part)
    stopping = {name for name in chosen if name.startswith("early_stopping") or name in _STOPPING}
    if part.behaviour.stops_on and stopping:
        return "stopped"
    return "tuned" if chosen - stopping else "default"


def _parts(model: Any) -> list[Part]:
    if isinstance(model, type) or not callable(getattr(model, "get_params", None)):
        return []
    return list(walk(model, TrainingData()))


def _chosen(part: Part) -> set[str]:
    """The settings that shape the trees and are not the library's own."""
    usual = part.adapter.get_params(type(part.model)(), deep=False)
    return {
        name
        for name, value in part.settings.items()
        if name not in _ASIDE and repr(value) != repr(usual.get(name))
    }
