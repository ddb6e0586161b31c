"""The figures of a regime's model: one training serves every kind of probabilities and every rule."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from boostweights.benchmark.metrics import Of
from boostweights.benchmark.plan.plan import Asked
from boostweights.benchmark.regimes import COST_RATIOS
from boostweights.benchmark.run.beta import BetaMap
from boostweights.benchmark.run.decide import best_f1_threshold, decisions_in_regime
from boostweights.benchmark.run.metrics import (
    alarm_figures,
    benefit_figures,
    confusion,
    decision_figures,
    score_figures,
    skill_figures,
)
from boostweights.benchmark.run.regime import Trained
from boostweights.benchmark.run.result import Figure

Codes = npt.NDArray[np.int64]
Kinds = dict[str, npt.NDArray[np.floating[Any]]]


def measured(
    trained: Trained, X: pd.DataFrame, y: Codes, X_test: pd.DataFrame, *, beta: bool
) -> tuple[Kinds, dict[str, float]]:
    """Return the probabilities of test rows, and the threshold of best F1 out of fold, by kind.

    Parameters
    ----------
    trained : Trained
        A model and those of its parts.
    X, y : features and codes
        The training rows.
    X_test : pandas.DataFrame
        The test rows.
    beta : bool
        Whether the raw probabilities are mapped by beta calibration, learned out of fold, as well.
    """
    by_kind: Kinds = dict(trained.whole.probabilities(X_test))
    inner: Kinds
    inner, rows = trained.out_of_fold(X)
    if beta:
        learned = BetaMap(inner["raw"][:, 1], y[rows])
        inner["beta"], by_kind["beta"] = (_two(learned(each["raw"][:, 1])) for each in (inner, by_kind))
    if len(trained.whole.shift) > 2:
        return by_kind, {}
    return by_kind, {kind: best_f1_threshold(y[rows], inner[kind][:, 1]) for kind in by_kind}


def regime_figures(
    asked: Asked,
    by_kind: Kinds,
    thresholds: Mapping[str, float],
    labels: tuple[Codes, Codes],
    own: Callable[[Of, Codes, Any], dict[str, float]],
) -> list[Figure]:
    """Return every figure of the test rows.

    Parameters
    ----------
    asked : Asked
        What is to be measured.
    by_kind, thresholds : mapping
        As `measured` returns them.
    labels : (training, test)
        Codes.
    own : callable
        The figures of the user's own metrics: of what, labels, decisions or probabilities.
    """
    y_train, y = labels
    k = len(asked.balanced)
    shares = np.bincount(y_train, minlength=k) / len(y_train)
    found: list[Figure] = []
    for kind, proba in by_kind.items():
        scores = score_figures(y, proba) | skill_figures(y, proba, shares)
        if k == 2:
            scores |= alarm_figures(y, proba[:, 1]) | benefit_figures(y, proba[:, 1])
        scores |= own("score", y, proba)
        found += [Figure("none", kind, name, value) for name, value in scores.items()]
    decided = decisions_in_regime(
        by_kind, balanced=asked.balanced, costs=asked.costs, thresholds=thresholds, ratios=COST_RATIOS
    )
    for made in decided:
        values = decision_figures(confusion(y, made.predicted, k))
        if made.threshold is not None:
            prices = {f"cost_{ratio:g}": (ratio, 1.0) for ratio in COST_RATIOS} | {"cost": asked.costs}
            values |= {
                name: (fn * values["fn"] + fp * values["fp"]) / len(y) for name, (fn, fp) in prices.items()
            }
            values["threshold"] = made.threshold
        values |= own("decision", y, made.predicted)
        found += [Figure(made.rule, made.proba, name, value) for name, value in values.items()]
    return found


def _two(positive: npt.NDArray[np.floating[Any]]) -> npt.NDArray[np.floating[Any]]:
    return np.column_stack([1.0 - positive, positive])
