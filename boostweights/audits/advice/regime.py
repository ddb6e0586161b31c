"""In which of the published regimes a classifier would train, by its settings."""

from typing import Any

from boostweights.adapters.behaviour import WEIGHTING_NAMES
from boostweights.audits.evidence import TrainingData
from boostweights.audits.parts import walk
from boostweights.errors import InvalidTypeError, check_that

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
    is_estimator = not isinstance(model, type) and callable(getattr(model, "get_params", None))
    parts = list(walk(model, TrainingData())) if is_estimator else []
    parts = [part for part in parts if part.adapter.record and not part.container]
    remedy = "Pass XGBClassifier(…), or a pipeline or WeightedClassifier around one."
    check_that(parts, "advice must be for a classifier", model, remedy, InvalidTypeError)
    part = parts[-1]
    if part.around("search") is not None:
        return "tuned"
    weighted = part.around("weighted")
    if weighted is not None and weighted.settings.get("n_rounds") == "cv":
        return "stopped"
    defaults = part.adapter.get_params(type(part.model)(), deep=False)
    differing = {name for name, value in part.settings.items() if repr(value) != repr(defaults.get(name))}
    chosen = differing.difference(_ASIDE)
    stopping = {name for name in chosen if name.startswith("early_stopping") or name in _STOPPING}
    if part.behaviour.stops_on and stopping:
        return "stopped"
    return "tuned" if chosen - stopping else "default"
