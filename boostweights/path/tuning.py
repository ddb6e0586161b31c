"""Where the unweighted model's threshold is tuned, and scikit-learn's tuner within a training fold."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from sklearn import config_context, get_config
from sklearn.metrics import make_scorer
from sklearn.model_selection import PredefinedSplit, TunedThresholdClassifierCV
from sklearn.utils import _safe_indexing

from boostweights.errors import InvalidValueError, did_you_mean, shown
from boostweights.path.inputs import Codes, Labels, Split, inner_parts
from boostweights.path.model import Model
from boostweights.path.others import by_others
from boostweights.path.scores import at_threshold
from boostweights.probabilities.thresholds import Floats

_TUNING: Final = ("nested", "folds")
_FOLDS: Final = "folds: on the scores of the other folds"
_NESTED: Final = "nested: by TunedThresholdClassifierCV within each training fold"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Tuning:
    """Where thresholds are tuned.

    Attributes
    ----------
    how : str
        ``"folds: …"`` or ``"nested: …"``.
    inner : sequence of k arrays or None
        If nested, the part of its training fold that each row of it is in.
    """

    how: str
    inner: Sequence[Codes] | None = None


def checked_tuning(tuning: Any, splits: Sequence[Split], labels: Labels, cv_groups: Any) -> Tuning:
    """Return where thresholds are tuned, or raise."""
    if tuning not in _TUNING:
        raise InvalidValueError(
            f"tuning must be one of {_TUNING}", shown(tuning), did_you_mean(tuning, _TUNING)
        )
    if tuning == "nested":
        inner = [inner_parts(number, split.train, labels, cv_groups) for number, split in enumerate(splits)]
        return Tuning(how=_NESTED, inner=inner)
    if alone := _alone(splits, labels):
        raise InvalidValueError(
            "tuning='folds' needs other folds, which tested rows of both classes besides a fold's own",
            alone,
            "Use tuning='nested', or a cv of more folds.",
        )
    return Tuning(how=_FOLDS)


def _alone(splits: Sequence[Split], labels: Labels) -> str:
    """Name a fold that cannot learn from the others."""
    row = np.concatenate([split.test for split in splits])
    fold = np.repeat(np.arange(len(splits)), [len(split.test) for split in splits])
    for number, (_, others) in enumerate(by_others(row, fold)):
        if len(np.unique(labels.codes[row[others]])) < 2:
            return "there is one fold" if len(splits) == 1 else f"fold {number} has no others of both classes"
    return ""


def nested_threshold(
    model: Model, X: Any, labels: Labels, split: Split, inner: Codes, *, costs: Floats | None
) -> float:
    """Return the threshold that is best, by cost or else by F1, within a fold's training rows.

    ``TunedThresholdClassifierCV`` of the unweighted model over the parts of the training fold.
    """
    estimator = model.at(1.0, labels.positive)
    scorer = make_scorer(_worth, pos_label=labels.positive, costs=costs)
    rows, codes = _safe_indexing(X, split.train), labels.codes[split.train]
    given = {}
    if labels.weight is not None:
        given["sample_weight"] = labels.weight[split.train]
    with config_context(enable_metadata_routing=bool(given) or get_config()["enable_metadata_routing"]):
        if given:  # which the tuner takes by routing alone
            estimator = estimator.set_fit_request(sample_weight=True)
            scorer = scorer.set_score_request(sample_weight=False)
        tuner = TunedThresholdClassifierCV(estimator, scoring=scorer, cv=PredefinedSplit(inner))
        with _telling_rows_apart():
            return float(tuner.fit(rows, codes, **given).best_threshold_)


@contextmanager
def _telling_rows_apart() -> Iterator[None]:
    """Say in our way what scikit-learn says of a model that gives all rows one probability."""
    try:
        yield
    except ValueError as broken:
        if "constant predictions" not in str(broken):
            raise
        raise InvalidValueError(
            "tuning a threshold needs an unweighted model that tells rows apart",
            "one probability for all rows in a part of a training fold",
            "Use fewer folds or smaller leaves (min_child_samples=1), or features that tell of the class.",
        ) from broken


def _worth(y_true: Codes, y_pred: Codes, *, pos_label: int, costs: Floats | None) -> float:
    """What the tuner asks at each of a hundred thresholds: from counts, for it is asked often."""
    outcome = 2 * (np.asarray(y_true) == pos_label) + (np.asarray(y_pred) == pos_label)  # tn, fp, fn, tp
    scores = at_threshold(np.bincount(outcome, minlength=4), costs)
    return scores["f1"] if costs is None else -scores["cost"]
