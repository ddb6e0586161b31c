"""What scikit-learn's settings and models say of class weights: what comes of them, and the policy."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from boostweights.adapters.behaviour import Behaviour, Params, Resampling, Subject, names_of, setting_text
from boostweights.adapters.readback import Reading
from boostweights.adapters.sklearn.forms import has_encoded_keys, unseeded
from boostweights.errors import InvalidTypeError, InvalidValueError, check_that, check_type, shown
from boostweights.weighting.labels.rules import Label, scalar
from boostweights.weighting.policies.base import Policy
from boostweights.weighting.policies.by_class import Balanced, Explicit, Unweighted


def read(source: Any) -> Reading:
    """Return what a source says of its class weights.

    Parameters
    ----------
    source : estimator or mapping
        A configured or fitted estimator, or a parameter dict, whose keys are taken for labels.

    Returns
    -------
    Reading
        Keys of HistGradientBoostingClassifier are positions. Row weights leave no trace in a model.

    Raises
    ------
    InvalidTypeError
        If the source is a file, which only unpickling reads, or no estimator.

    Examples
    --------
    >>> read({"class_weight": "balanced"}).settings
    {'class_weight': 'balanced'}
    """
    if isinstance(source, (str, Path)):
        raise InvalidTypeError(
            "a pickled model runs code when it is read, so it is not opened here",
            shown(str(source)),
            "Load it yourself, if you trust it, and pass the model.",
        )
    if isinstance(source, Mapping):
        return Reading(settings=_weighting(source))
    rule = "scikit-learn weighting is read from an estimator or its parameters"
    check_that(hasattr(source, "get_params"), rule, source, "Pass the estimator.", InvalidTypeError)
    params = source.get_params()
    settings = _weighting(params)
    inside = [name for name in class_weighting(params) if params[name] is not None]
    unknown = f"{', '.join(inside)} weighs inside {type(source).__name__}, on the rows that it passes on"
    classes = getattr(source, "classes_", None)
    return Reading(
        settings=settings,
        classes=tuple(map(scalar, classes)) if isinstance(classes, np.ndarray) else None,  # several outputs
        note="scikit-learn models keep no row weights" if settings else "",
        unknown=unknown if inside and "class_weight" not in params else "",
        by_position=has_encoded_keys(source),
    )


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
        check_that(
            weights == "balanced",
            "class weights must be the same for all trees to become a policy",
            f"class_weight={weights!r}, which counts each tree's own rows",
            "Use class_weight='balanced'.",
        )
        return Balanced()
    labels = reading.labels(classes)
    if reading.by_position:
        keys = "keys of HistGradientBoostingClassifier's class_weight"
        if labels is None:
            rule, seen = f"{keys} are positions, which need the labels", f"{shown(weights)} without classes"
            raise InvalidValueError(rule, seen, "Pass classes=, sorted.")
        rule = f"{keys} lie in 0 to {len(labels) - 1}"
        remedy = "They are positions among the sorted labels, not labels."
        for key in weights:
            check_that(key in range(len(labels)), rule, shown(key), remedy)
        weights = {labels[int(key)]: weight for key, weight in weights.items()}
    rule, remedy = "class_weight must be a dict or a name", "One dict a output is no policy."
    check_type(weights, Mapping, rule, remedy)
    by_label = {scalar(label): float(weight) for label, weight in weights.items()}
    return Explicit({**dict.fromkeys(labels or (), 1.0), **by_label})


def class_weighting(params: Params) -> dict[str, Any]:
    """Return the parameters that weight classes, of estimators inside as well."""
    return {name: value for name, value in params.items() if name.rpartition("__")[2] == "class_weight"}


def _weighting(settings: Params) -> dict[str, Any]:
    weights = settings.get("class_weight")
    return {} if weights is None else {"class_weight": weights}


_POSITIONS = "the position of each label among the sorted labels, 0 to k-1"
_ENCODING: Mapping[str, str] = {
    "BaggingClassifier": _POSITIONS,
    "VotingClassifier": _POSITIONS,
    "StackingClassifier": _POSITIONS,
    "OneVsRestClassifier": "1 for one class and 0 for all others",
    "OneVsOneClassifier": "0 and 1 for each pair of classes",
    "OutputCodeClassifier": "0 and 1 for each bit of a code",
}
"""Meta-estimators that train the estimators inside on other labels than they are given."""
_EVENING = ("auto", "all", "not majority", "not minority", "minority", "majority", 1.0)
_CLEANING = ("clean-sampling", "bypass")


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
    weights = settings.get("class_weight")
    even = isinstance(weights, Mapping) and {*weights.values(), 1} == {1}
    weighting = {} if even else _weighting(settings)
    boosted = has_encoded_keys(model)
    penalty = settings.get("l2_regularization", 0.0) if boosted else 0.0
    # whether the loss on evaluation rows ends training, if such rows are given or taken
    stops = settings.get("early_stopping", "auto") is not False and settings.get("scoring", "loss") == "loss"
    losses = ("loss",) if boosted and stops else ()
    continued = weighting and settings.get("warm_start")
    strategy = settings.get("sampling_strategy")
    resampling: Resampling = "" if strategy is None else "partial"
    if getattr(model, "_sampling_type", "") in _CLEANING:
        resampling = ""
    elif isinstance(strategy, (str, float, int)) and strategy in _EVENING:
        resampling = "even"
    return Behaviour(
        weighing=weighting,
        automatic=frozenset(weighting if isinstance(weights, str) else ()),
        positions=weights if boosted and isinstance(weights, Mapping) else None,
        encodes=next((_ENCODING[name] for name in names_of(model) if name in _ENCODING), ""),
        stops_on=losses,
        misled=losses,
        holds_out=boosted,
        penalties={"l2_regularization": float(penalty)} if penalty else {},
        unseeded=unseeded(model, settings, subject.rows),
        continued=f"warm_start=True beside {setting_text('class_weight', weights)}" if continued else "",
        resampling=resampling,
    )
