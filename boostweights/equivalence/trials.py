"""Trainings of one form beside row weights, on one fold."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from sklearn.model_selection import StratifiedShuffleSplit, check_cv
from sklearn.utils import _safe_indexing

from boostweights.adapters.adapter import unfitted_with
from boostweights.adapters.expressing import CheckedForm
from boostweights.adapters.form import Guarantee
from boostweights.adapters.trees import TreeDifference, first_difference, has_trees
from boostweights.weighting.class_weights import ClassWeights
from boostweights.weighting.counts import ClassCounts, counts_of
from boostweights.weighting.labels.counting import encode
from boostweights.weighting.labels.rules import Label, positive_label
from boostweights.weighting.policies.base import Policy

NO_SEED = "no seed"
"""The name of what makes two fits of one model differ."""
SCALE = "scale"
"""The name of what a constant row weight carries."""


_CLOSE: Final = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Fold:
    """Training and held-out rows, labels encoded, and the models trained on them so far."""

    X_train: Any
    y_train: npt.NDArray[np.intp]
    X_test: Any
    labels: tuple[Label, ...]
    trained: dict[Any, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """How two models differ."""

    train: npt.NDArray[np.float64]
    test: npt.NDArray[np.float64]
    changed: npt.NDArray[np.bool_]
    difference: TreeDifference | None
    has_trees: bool

    @property
    def close(self) -> bool:
        """Whether probabilities are the same within 1e-6."""
        return bool(max(self.train.max(), self.test.max()) <= _CLOSE)

    @property
    def identical(self) -> bool:
        """Whether probabilities, and trees or coefficients, are the same to the bit."""
        return not self.train.any() and not self.test.any() and self.difference is None


def folds_of(X: Any, y: Any, cv: Any, positive: Label) -> list[Fold]:
    """Split into folds; between two classes the positive one is encoded as 1."""
    classes = counts_of(y, None).classes
    if len(classes) == 2:
        last = positive_label(classes, positive)
        classes = (*(label for label in classes if label != last), last)
    codes = encode(y, classes)
    blank = np.empty((len(codes), 0))
    split = StratifiedShuffleSplit(1, test_size=0.25, random_state=0) if cv is None else cv
    return [
        Fold(
            X_train=_safe_indexing(X, train),
            y_train=codes[train],
            X_test=_safe_indexing(X, test),
            labels=classes,
        )
        for train, test in check_cv(split, codes, classifier=True).split(blank, codes)
    ]


class Trials:
    """A form on a fold: as given with pins, as pasted without, and what each pin is for."""

    def __init__(self, checked: CheckedForm, policy: Policy, fold: Fold) -> None:
        self._checked, self._fold = checked, fold
        self._adapter, self._form = checked.adapter, checked.form
        labels = np.array(fold.labels, object)[fold.y_train]
        resolved = policy.resolve(labels.tolist())
        self._weights = {code: resolved.class_weight[label] for code, label in enumerate(fold.labels)}
        counts = ClassCounts.of(fold.y_train)
        weights = ClassWeights(self._weights, counts=counts, exact=resolved.exact)
        self.native = checked.express(weights, counts, allow_different=True)
        self.ours = self._compare(self.native.pins, self.native.row_weight)
        self.pasted = self._compare({}, None)
        self.causes = self._causes()

    def _causes(self) -> tuple[str, ...]:
        """What makes the pasted form another model: without which pin, all others on, the models part."""
        if self.pasted.identical:
            return ()
        differs = self.native.guarantee is Guarantee.DIFFERENT  # then only all of the form's pins tell
        pins = dict(self._form.pins if differs else self.native.pins)
        row_weight = self.native.row_weight
        named = {
            name: self._adapter.causes.get(name, name)
            for name in pins
            if not self._compare({pin: pins[pin] for pin in pins if pin != name}, row_weight).identical
        }
        causes = list(dict.fromkeys(named.values()))
        if row_weight is not None and not self._compare(pins, None).identical:
            causes.append(SCALE)
        full = self._compare(pins, row_weight)
        if not full.identical:
            causes.append(self._cause_beyond_pins(pins, full))
        return tuple(causes)

    def _cause_beyond_pins(self, pins: Mapping[str, Any], full: Comparison) -> str:
        """Why two models differ that share all that they can share."""
        first, second = (self._fitted(pins, {}, self._weights, anew=anew) for anew in (False, True))
        X = self._fold.X_train
        if not np.array_equal(first.predict_proba(X), second.predict_proba(X)):
            return NO_SEED
        nodes = (full.difference.ours, full.difference.theirs) if full.difference else ()
        if any(node is not None and node.feature is not None for node in nodes):
            return "tie"
        return "rounding" if full.close or full.has_trees else "objective"

    def _compare(self, pins: Mapping[str, Any], row_weight: Mapping[Label, float] | None) -> Comparison:
        ours = self._fitted(pins, self.native.params, row_weight)
        theirs = self._fitted(pins, {}, self._weights)
        train, test = (
            np.abs(ours.predict_proba(X) - theirs.predict_proba(X)).max(axis=1).astype(np.float64)
            for X in (self._fold.X_train, self._fold.X_test)
        )
        decisions = (model.predict_proba(self._fold.X_test).argmax(axis=1) for model in (ours, theirs))
        parts = [self._adapter.trees(model) if self._adapter.can("trees") else [] for model in (ours, theirs)]
        return Comparison(
            train=train,
            test=test,
            changed=np.not_equal(*decisions),
            difference=first_difference(*parts),
            has_trees=has_trees(parts[0]),
        )

    def _fitted(
        self,
        pins: Mapping[str, Any],
        params: Mapping[str, Any],
        row_weight: Mapping[Label, float] | None,
        *,
        anew: bool = False,
    ) -> Any:
        row_weight = None if row_weight is None or set(row_weight.values()) == {1.0} else row_weight
        key = repr(({**pins, **params}, row_weight))
        if anew or key not in self._fold.trained:
            weights = replace(self.native, row_weight=row_weight)
            estimator = unfitted_with(self._adapter, self._checked.estimator, {**pins, **params})
            self._fold.trained[key] = estimator.fit(
                self._fold.X_train, self._fold.y_train, **weights.fit_kwargs(self._fold.y_train)
            )
        return self._fold.trained[key]
