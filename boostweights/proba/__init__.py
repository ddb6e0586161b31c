"""Honest probabilities from a model that was trained with class weights, and decisions from them."""

from __future__ import annotations

from boostweights.proba.correct import correct_proba, estimate_prior
from boostweights.proba.cost import cost_loss, savings_score
from boostweights.proba.decisions import decide
from boostweights.proba.shift import correct_scores, score_shift

__all__ = [
    "correct_proba",
    "correct_scores",
    "cost_loss",
    "decide",
    "estimate_prior",
    "savings_score",
    "score_shift",
]
