"""What a classifier decides by: a threshold as asked for, and what a fit makes of it."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn import config_context
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.metrics import get_scorer, get_scorer_names

from boostweights.errors import InvalidTypeError, check_known, check_that, explained, is_number, shown
from boostweights.probabilities.promises import Promise, Promised, promise_of, scored
from boostweights.probabilities.thresholds import best_candidate
from boostweights.weighting.labels.counting import encode
from boostweights.weighting.labels.rules import Label, positive_label
from boostweights.weighting.policies.costs import Costs, agreed_positive
from boostweights.weighting.row_weights import RowCosts

ThresholdLike = float | str | Promised | Callable[..., float] | None
Floats = npt.NDArray[np.float64]
_MOST = 100
"""Thresholds that a scorer is asked about."""
_ROUNDING = 1e-6
"""Of probabilities, relative, where all rows are decided alike."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Threshold:
    """A classifier's ``threshold``, and the parameters that it depends on.

    Attributes
    ----------
    threshold : number, "costs", scorer, name of a scorer, Promised or None
    pos_label : label or None
    weighting : policy
    correct_proba : bool or "fitted"
    """

    threshold: Any
    pos_label: Label = None
    weighting: Any = None
    correct_proba: Any = False

    @property
    def is_tuned(self) -> bool:
        """Whether it is the best one by a scorer, on scores out of fold."""
        if isinstance(self.threshold, str):
            return self.threshold != "costs"
        return callable(self.threshold) and not isinstance(self.threshold, type)

    @property
    def needs_scores(self) -> bool:
        """Whether it is found while fitting, on scores of rows that the model was not trained on."""
        return self.is_tuned or isinstance(self.threshold, Promised)

    def check(self) -> None:
        """Raise unless it is known, and one that the policy can have."""
        asked, rule = self.threshold, 'threshold must be a number, "costs", a scorer or Promised(…)'
        if isinstance(asked, str):
            check_known(asked, ["costs", *get_scorer_names()], rule)
        elif is_number(asked):
            rule = "a threshold must be a probability"  # infinity, which nothing reaches, may be meant
            example = asked / 100 if asked > 1 else 0.1  # NaN is no percentage
            check_that(asked <= 1 or asked > 100, rule, asked, f"Write {example:g}, for example.")
        else:
            remedy = 'Write threshold=0.1, "costs", "f1" or Promised(recall=0.9).'
            check_that(asked is None or self.needs_scores, rule, asked, remedy, InvalidTypeError)
        if asked == "costs":
            check_that(
                isinstance(self.weighting, Costs),
                'threshold="costs" requires weighting=Costs(…)',
                f"weighting={self.weighting!r}",
                "Write weighting=Costs(fn=50, fp=1, power=0) to decide by costs without weights.",
                InvalidTypeError,
            )
            check_that(
                self.correct_proba or not self.weighting.power,
                'threshold="costs" needs honest probabilities: with class weights, costs would count twice',
                f"correct_proba={self.correct_proba!r} with weighting={self.weighting!r}",
                'Set correct_proba="fitted", or power=0 in Costs(…), which trains without weights.',
            )
            self.weighting.threshold(self.pos_label)  # raises where it has none
        check_that(
            not (isinstance(asked, Promised) and isinstance(self.weighting, RowCosts)),
            "a promise is one threshold for all rows; row costs give each row a threshold",
            f"{asked!r} with weighting={self.weighting!r}",
            "Decide by decide(proba, row_costs=…), or weight by class.",
        )

    def refuse_folds(self, n_rounds: Any = None, ensemble: bool = False) -> None:
        """Raise where settings ask for fits on folds, of rows that are not in memory here."""
        settings = {
            "correct_proba": (self.correct_proba, self.correct_proba == "fitted"),
            "n_rounds": (n_rounds, n_rounds is not None),
            "ensemble": (ensemble, ensemble),
            "threshold": (self.threshold, self.needs_scores),
        }
        seen = ", ".join(f"{name}={value!r}" for name, (value, asks) in settings.items() if asks)
        check_that(
            not seen,
            "folds are cut out of rows in the memory of one machine",
            seen,
            'Set correct_proba=True or False, n_rounds=None, ensemble=False, threshold to a number, "costs" '
            "or None; learn a map from a sample, and promise on scores of rows that were not trained on: the "
            "threshold of boostweights.promise is a number.",
        )

    def positive_at(self, classes: Sequence[Label]) -> int:
        """Return the position of the positive label among two classes, or raise."""
        rule = "Only binary classification is supported where a threshold decides"
        remedy = "Set threshold=None; from costs of more classes: decide(proba, costs)."
        check_that(len(classes) == 2, rule, f"{len(classes)} classes, {shown(list(classes))}", remedy)
        named = self.pos_label
        if self.threshold == "costs":
            named = agreed_positive(self.weighting.pos_label, named)
            if named is None and self._unnamed_matrix:
                return 1
        return list(classes).index(positive_label(classes, named))

    def known(self, classes: Sequence[Label]) -> float:
        """Return a threshold that needs no scores: a number, or that of costs."""
        if is_number(self.threshold):
            return float(self.threshold)
        named = None if self._unnamed_matrix else classes[self.positive_at(classes)]
        return float(self.weighting.threshold(named))

    @property
    def _unnamed_matrix(self) -> bool:
        return self.weighting.matrix is not None and self.weighting.classes is None


def promised(wanted: Promised, proba: Any, y: Any, pos_label: Label, groups: Any) -> Promise:
    """Return a promise whose threshold is half way to the next score that is decided otherwise.

    No rounding, as of a baked model, crosses it. It keeps the promise: for recall more rows are positive, for
    alarms fewer.
    """
    scores = np.asarray(proba, np.float64)
    made = promise_of(wanted, scored(scores, y, pos_label=pos_label, clusters=groups), pos_label)
    flagged, threshold = made.decide(scores), made.threshold
    if flagged.all():
        threshold *= 1 - _ROUNDING
    elif not flagged.any():
        threshold = max(threshold * (1 + _ROUNDING), math.nextafter(threshold, math.inf))
    else:
        below, lowest = float(scores[~flagged].max()), float(scores[flagged].min())
        middle = (below + lowest) / 2
        threshold = middle if below < middle else lowest
    return replace(made, threshold=threshold, strict=False)


def tuned(
    threshold: Any, X: Any, y: Any, sample_weight: Any, proba: Floats, classes: npt.NDArray[Any], at: int
) -> float:
    """Return the threshold that a scorer likes best on scores out of fold, pooled.

    The scores of positives are tried: between two of them only false alarms change. `proba` is the
    probability of the class at position `at` among `classes`.
    """
    positive = encode(y, classes.tolist()) == at
    candidates = np.unique(proba[positive])
    steps = np.linspace(0, len(candidates) - 1, min(_MOST, len(candidates)))
    tried = candidates[np.round(steps).astype(np.intp)]
    truth, labels = (y, classes) if callable(threshold) else (positive.astype(int), np.array([0, 1]))
    high = at if callable(threshold) else 1
    weights = {} if sample_weight is None else {"sample_weight": sample_weight}
    scorer, worths = get_scorer(threshold), []
    with (
        config_context(skip_parameter_validation=True),  # which takes as long as the scoring
        explained(
            (AttributeError, TypeError, ValueError),
            "a threshold is tuned by a scorer of decisions, such as f1",
            "Pass a scorer that asks for predict, and takes sample_weight where rows are weighted.",
        ),
    ):
        for candidate in tried:
            decided = _Decided(labels[np.where(proba >= candidate, high, 1 - high)], labels)
            worths.append(float(scorer(decided, X, truth, **weights)))
    return best_candidate(tried, worths)


class _Decided(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """A classifier that has decided already."""

    def __init__(self, labels: Any, classes: Any) -> None:
        self.labels = labels
        self.classes_ = classes

    def fit(self) -> None:
        """For scikit-learn, which asks whether it could be fitted."""

    def predict(self, X: Any) -> Any:
        """Return what was decided."""
        return self.labels
