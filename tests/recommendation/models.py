"""Out-of-fold probabilities of models that were never trained."""

from typing import Any

import numpy as np

import boostweights as bw
from boostweights.probabilities import Promised
from boostweights.recommendation.needs import NEEDS
from boostweights.recommendation.options import Model, Option, Rows

COSTS = np.array([0.0, 1.0, 10.0, 0.0])
M = 600
PROMISED = {"alarms at recall": Promised(recall=0.8), "recall at alarm rate": Promised(alarms=0.4)}
"""The promise of a need that has one."""
RNG = np.random.default_rng(0)
Y = RNG.random(M) < 0.2
FOLD = np.arange(M) % 5
ROWS = Rows(y=Y, unit=np.arange(M), fold=FOLD)


def proba(signal: float, seed: int = 1) -> Any:
    """Calibrated probabilities of so much signal, with ties."""
    noise = np.random.default_rng(seed).normal(size=M)
    margin = signal * Y + noise - signal / 2
    return np.round(1 / (1 + np.exp(-(signal * margin + np.log(0.2 / 0.8)))), 2)


def model(policy: Any, scores: Any, correction: Any = "none") -> Model:
    return Model(library="lightgbm", policy=bw.as_policy(policy), correction=correction, proba=scores)


def pair(plain: Any, other: Any) -> list[Model]:
    """An unweighted and a balanced model, each as it is and corrected."""
    return [
        model(policy, scores, correction)
        for policy, scores in ((None, plain), ("balanced", other))
        for correction in ("none", "fitted")
    ]


def option_of(need: str, rule: str, models: list[Model]) -> Option:
    return next(each for each in NEEDS[need].options(models) if each.rule == rule and each.model)
