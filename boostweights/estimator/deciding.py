"""What a classifier decides by: a threshold or another rule as asked for, and what a fit makes of it."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn import config_context
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.metrics import get_scorer, get_scorer_names
from sklearn.utils import _safe_indexing

from boostweights.errors import InvalidTypeError, check_known, check_that, explained, is_number, shown
from boostweights.probabilities.offsets import EXACT, Decisions, shrunk_offsets
from boostweights.probabilities.promises import Promise, Promised, promise_of, scored
from boostweights.probabilities.rule import NEVER, DecisionRule
from boostweights.probabilities.threshold_report import ThresholdReport
from boostweights.probabilities.thresholds import best_candidate
from boostweights.weighting.labels.counting import encode
from boostweights.weighting.labels.rules import Label, checked_sample_weight, positive_label
from boostweights.weighting.policies.by_class import Unweighted
from boostweights.weighting.policies.costs import Costs, agreed_positive
from boostweights.weighting.row_weights import RowCosts

ThresholdLike = float | str | Costs | Promised | Sequence[Sequence[float]] | Callable[..., float] | None
Floats = npt.NDArray[np.float64]
Codes = npt.NDArray[np.intp]
_MOST = 100
"""Thresholds that a scorer is asked about."""
_ROUNDING = 1e-6
"""Of probabilities, relative, where all rows are decided alike."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Threshold:
    """A classifier's ``threshold``, and the parameters that it depends on.

    Attributes
    ----------
    threshold : number, scorer, name of a scorer, Costs, Promised or None
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
        is_scorer = callable(self.threshold) and not isinstance(self.threshold, type)
        return isinstance(self.threshold, str) or is_scorer

    @property
    def needs_scores(self) -> bool:
        """Whether it is found while fitting, on scores of rows that the model was not trained on."""
        return self.is_tuned or isinstance(self.threshold, Promised)

    def check(self) -> None:
        """Raise unless it is known, and one that the policy can have."""
        asked = self.threshold
        rule = "threshold must be a number, a scorer, Costs(…), a cost matrix or Promised(…)"
        if isinstance(asked, str):
            check_known(asked, get_scorer_names(), rule)
        elif is_number(asked):
            rule = "a threshold must be a probability"  # infinity, which nothing reaches, may be meant
            example = asked / 100 if asked > 1 else 0.1  # NaN is no percentage
            check_that(asked <= 1 or asked > 100, rule, asked, f"Write {example:g}, for example.")
        elif isinstance(asked, Costs):
            check_that(
                self.correct_proba or is_unweighted(self.weighting),
                "decisions by costs need honest probabilities: with class weights, costs would count twice",
                f"correct_proba={self.correct_proba!r} with weighting={self.weighting!r}",
                'Set correct_proba="fitted", or weighting=None, which trains without weights.',
            )
            if asked.matrix is None or len(asked.matrix) == 2:
                asked.threshold(self.pos_label)  # raises where it has none
        else:
            remedy = 'Write threshold=0.1, "f1", bw.Costs(fn=50, fp=1) or Promised(recall=0.9).'
            check_that(asked is None or self.needs_scores, rule, asked, remedy, InvalidTypeError)
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
            "Set correct_proba=True or False, n_rounds=None, ensemble=False, threshold to a number, Costs(…) "
            "or None; learn a map from a sample, and promise on scores of rows that were not trained on: the "
            "threshold of boostweights.promise is a number.",
        )

    def positive_at(self, classes: Sequence[Label]) -> int:
        """Return the position of the class that a threshold is about, or raise."""
        labels, asked = list(classes), self.threshold
        named = agreed_positive(getattr(asked, "pos_label", None), self.pos_label)
        if len(labels) == 2:
            return (
                1
                if isinstance(asked, Costs) and asked.is_unnamed
                else labels.index(positive_label(labels, named))
            )
        rule = "Only binary classification is supported where a threshold decides without a pos_label"
        remedy = "Pass pos_label=…, or a rule for all classes: Costs(matrix=…), or a scorer such as f1_macro."
        check_that(named is not None, rule, f"{len(labels)} classes, {shown(labels)}", remedy)
        check_known(named, labels, f"pos_label must be one of the labels {shown(labels)}")
        return labels.index(named)

    def elkan(self, classes: Sequence[Label]) -> float | None:
        """Return the threshold that the weighting's costs give honest probabilities of two classes."""
        costs = self.weighting
        honest = self.correct_proba or is_unweighted(costs)
        if not (isinstance(costs, Costs) and honest and len(classes) == 2):
            return None
        at = self.positive_at(classes)
        matrix: Any = costs.cost_matrix([classes[1 - at], classes[at]])
        return Costs(matrix=matrix).threshold()

    def known(self, classes: Sequence[Label]) -> DecisionRule:
        """Return a rule that needs no scores: of a number, or of costs."""
        labels, asked = tuple(classes), self.threshold
        if isinstance(asked, Costs) and len(labels) > 2:
            matrix = asked.cost_matrix(labels)
            return DecisionRule(classes=labels, costs=tuple(map(tuple, matrix.tolist())))
        at = self.positive_at(labels)
        if isinstance(asked, Costs):
            asked = asked.threshold(None if asked.is_unnamed else labels[at])
        return DecisionRule(classes=labels, at=at, threshold=min(float(asked), NEVER))


def is_unweighted(policy: Any) -> bool:
    """Return whether a policy gives each class the same weight, whatever the labels are.

    Examples
    --------
    >>> is_unweighted(Unweighted()), is_unweighted(Costs(fn=9, fp=1, power=0)), is_unweighted(RowCosts())
    (True, True, False)
    """
    return isinstance(policy, Unweighted) or getattr(policy, "power", 1) == 0


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
    decides: Threshold,
    X: Any,
    y: Any,
    sample_weight: Any,
    proba: Floats,
    classes: npt.NDArray[Any],
    folds: Codes,
) -> dict[str, Any]:
    """Return what a scorer likes best on probabilities out of fold, pooled: a rule, as a fit's attributes.

    Of two classes, the scores of positives are tried as thresholds: between two of them only false alarms
    change. Of more, class offsets are found.
    """
    threshold, at = decides.threshold, decides.positive_at(classes.tolist()) if len(classes) == 2 else None
    codes, labels, scorer = encode(y, classes.tolist()), tuple(classes.tolist()), get_scorer(threshold)
    truth, names = y, classes
    if at is not None and not callable(threshold):  # a named scorer takes 1 for the positive class
        truth, names = (codes == at).astype(int), np.array([0, 1] if at else [1, 0])

    columns = X, truth, sample_weight

    def part(rows: Codes) -> list[Any]:
        return [None if column is None else _safe_indexing(column, rows) for column in columns]

    def score(decided: Codes, X: Any, truth: Any, sample_weight: Any) -> float:
        weights = {} if sample_weight is None else {"sample_weight": sample_weight}
        return float(scorer(_Decided(names[decided], np.unique(names)), X, truth, **weights))

    def worth(decided: Codes, rows: Codes) -> float:
        return score(decided, *part(rows))

    weight = np.ones(len(codes))
    if sample_weight is not None:
        weight = checked_sample_weight(sample_weight, len(codes)).astype(np.float64)
    with (
        config_context(skip_parameter_validation=True),  # which takes as long as the scoring
        explained(
            (AttributeError, TypeError, ValueError),
            "a decision is tuned by a scorer of decisions, such as f1, or f1_macro for more than two classes",
            "Pass a scorer that asks for predict, and takes sample_weight where rows are weighted.",
        ),
    ):
        if at is None:
            with np.errstate(divide="ignore"):
                log_proba = np.log(proba)
            metric = threshold if threshold in EXACT else worth
            rows = np.arange(len(codes))
            decisions = Decisions(log_proba=log_proba, codes=codes, weight=weight, metric=metric, rows=rows)
            offsets = shrunk_offsets(decisions, folds)
            return {"rule_": DecisionRule.of_offsets(labels, offsets), "offsets_": offsets}
        scores = proba[:, at]

        def tried(scores: Floats, codes: Codes, columns: Sequence[Any]) -> tuple[Floats, list[float]]:
            candidates = np.unique(scores[codes == at])
            steps = np.linspace(0, len(candidates) - 1, min(_MOST, len(candidates)))
            values = candidates[np.round(steps).astype(np.intp)]
            return values, [score(np.where(scores >= value, at, 1 - at), *columns) for value in values]

        thresholds, worths = tried(scores, codes, columns)
        best = best_candidate(thresholds, worths)
        weighted = [np.flatnonzero((folds == fold) & (weight > 0)) for fold in np.unique(folds)]
        of_folds = [
            tried(scores[rows], codes[rows], part(rows))
            for rows in weighted
            if len(np.unique(codes[rows])) == 2
        ]
    report = ThresholdReport(
        scorer=threshold if isinstance(threshold, str) else shown(threshold),
        thresholds=tuple(thresholds.tolist()),
        scores=tuple(worths),
        threshold=best,
        fold_thresholds=tuple(best_candidate(*fold) for fold in of_folds if not np.isnan(fold[1]).all()),
        cost_threshold=decides.elkan(labels),
    )
    return {"rule_": DecisionRule(classes=labels, at=at, threshold=best), "threshold_report_": report}


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
