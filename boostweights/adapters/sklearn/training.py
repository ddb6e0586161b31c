"""Rounds of scikit-learn's boosters, which give their scores after each of them."""

from collections.abc import Sequence
from itertools import islice
from typing import Any

import numpy as np

from boostweights.adapters.behaviour import Floats, Params
from boostweights.adapters.sklearn.model import link
from boostweights.probabilities.link import log_proba

RECORDED = False
QUIET: Params = {}


def stops(params: Params) -> str:
    """Name the setting that stops training early; or nothing ("auto" gives way where rounds are chosen)."""
    if params.get("early_stopping") is True:
        return "early_stopping=True"
    patience = params.get("n_iter_no_change") if "early_stopping" not in params else None
    return "" if patience is None else f"n_iter_no_change={patience}"


def all_trained(params: Params, classes: int) -> dict[str, Any]:
    """Stop nothing early."""
    return {"early_stopping": False} if "early_stopping" in params else {}


def number(params: Params, rounds: int, like: Any = None) -> dict[str, Any]:
    """Return ``max_iter`` or ``n_estimators``, and stop nothing before."""
    return {"max_iter" if "max_iter" in params else "n_estimators": rounds, **all_trained(params, 2)}


def losses(model: Any, *unrecorded: Any) -> Sequence[float]:
    """Return the log loss of an `EvaluationSet` after each round, its scores shifted."""
    rows, shift = unrecorded
    kind, own = link(model).kind, (np.arange(len(rows.y)), rows.y)
    return [  # scikit-learn's log_loss takes longer than a round does
        -float(np.average(log_proba(_flat(scores) + shift, kind)[own], weights=rows.weight))
        for scores in model.staged_decision_function(rows.X)
    ]


def scores(model: Any, X: Any, rounds: int) -> Floats:
    """Return the decision function of the first rounds."""
    return _flat(next(islice(model.staged_decision_function(X), rounds - 1, None)))


def _flat(decided: Any) -> Floats:
    table = np.asarray(decided, np.float64)
    return table[:, 0] if table.ndim == 2 and table.shape[1] == 1 else table
