"""The weight, correction and threshold that a path recommends by a need."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from boostweights.path.columns import Measured
from boostweights.path.scores import costs_of_counts
from boostweights.probabilities.thresholds import Floats
from boostweights.recommendation.needs import NEEDS, answerable
from boostweights.recommendation.options import Correction, Model, Rows, units_of
from boostweights.recommendation.recommend import choose
from boostweights.recommendation.recommendation import Recommendation, recommended
from boostweights.weighting.policies.base import Policy
from boostweights.weighting.policies.by_class import Explicit, Unweighted


def best(path: Measured, need: str) -> Recommendation:
    """Return what `WeightPath.best` does."""
    need = answerable(need, path.promised)
    promised = path.promised if NEEDS[need].promises else None
    costs = None if path.costs is None else costs_of_counts(path.costs, path.classes, path.positive)
    clusters = [] if path.clusters is None else [path.clusters]
    rows = Rows(y=path.y, unit=units_of(path.row, *clusters), fold=path.fold)
    found = choose(list(_models(path)), rows, need, costs=costs, promised=promised)
    return recommended(found, need, path.positive, promised)


def _models(path: Measured) -> Iterator[Model]:
    name = path.estimator.partition("(")[0]
    at_ratio = zip(path.ratios, path.proba, path.corrected, path.fitted, strict=True)
    ways: list[tuple[Policy, dict[Correction, Floats]]] = [
        (_policy(path, ratio), {"none": raw, "analytic": corrected, "fitted": fitted})
        for ratio, raw, corrected, fitted in at_ratio
        if ratio != 1
    ]
    ways.insert(0, (Unweighted(), {"none": path.baseline, "fitted": path.baseline_fitted}))
    for policy, corrections in ways:
        for correction, proba in corrections.items():
            yield Model(library=name, policy=policy, correction=correction, proba=proba)


def _policy(path: Measured, ratio: float) -> Explicit:
    weights: dict[Any, float] = {label: ratio if label == path.positive else 1.0 for label in path.classes}
    return Explicit(weights, scale=path.scale)  # type: ignore[arg-type]
