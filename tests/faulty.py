"""A library of one small classifier, and the same with one fault each; the least that an adapter states."""

from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.tree import DecisionTreeClassifier

from boostweights.adapters import Adapter
from boostweights.adapters.form import by_name, reference_form
from boostweights.adapters.record import Record


class Sound(ClassifierMixin, BaseEstimator):
    def __init__(self, depth: int = 3) -> None:
        self.depth = depth

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Any:
        tree = DecisionTreeClassifier(max_depth=self.depth, random_state=0)
        weight = None if sample_weight is None else self.taken(np.asarray(sample_weight, np.float64))
        self.tree_ = tree.fit(X, y, sample_weight=weight)
        self.classes_ = self.tree_.classes_
        return self

    def taken(self, weight: Any) -> Any:
        return weight

    def predict_proba(self, X: Any) -> Any:
        return self.tree_.predict_proba(X)

    def predict(self, X: Any) -> Any:
        return self.classes_[self.predict_proba(X).argmax(axis=1)]


class Root(Sound):
    def taken(self, weight: Any) -> Any:
        return np.sqrt(weight)


class Clipped(Sound):
    def taken(self, weight: Any) -> Any:
        return np.minimum(weight, 5.0)


class Ignored(Sound):
    def taken(self, weight: Any) -> Any:
        return None


class Swapped(Sound):
    def predict_proba(self, X: Any) -> Any:
        return super().predict_proba(X)[:, ::-1]


class Constant(Sound):
    def predict_proba(self, X: Any) -> Any:
        return np.full((len(X), len(self.classes_)), 1 / len(self.classes_))


def adapter_for(kind: type[Sound]) -> Adapter:
    return Adapter(
        name="faulty",
        extra="faulty",
        dtype=np.float64,
        forms=by_name(reference_form("sample_weight")),
        record=f"faulty:{kind.__name__.upper()}",
    )


def _record(kind: type[Sound]) -> Record:
    spelled = f"faulty:{kind.__name__}"
    return Record(classifier=spelled, distributions=(), trees="", estimators={spelled: {"depth": 3}})


SOUND, ROOT, CLIPPED = _record(Sound), _record(Root), _record(Clipped)
IGNORED, SWAPPED, CONSTANT = _record(Ignored), _record(Swapped), _record(Constant)
