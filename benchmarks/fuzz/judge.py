"""What training both sides of a pair shows of its claim."""

import json
from dataclasses import replace
from typing import Any, Final

import numpy as np
from equivalence import ties, trials

from benchmarks.fuzz.train import Pair, by_row, features, fitted
from boostweights.adapters.form import Guarantee
from boostweights.adapters.registry import adapter_named
from boostweights.adapters.trees import first_difference
from boostweights.errors import ClaimBrokenError, InvalidTypeError

SHOWN: Final = ("tie", "tie by rounding", "stop by rounding", "rounding")
"""How an EQUIVALENT claim holds beyond 1e-6: gains alike, or row weights a few float32 away do the same."""
_ROUNDINGS: Final = 32
_ROUNDING: Final = 5e-7  # four float32; ties are gains within 1e-5
_ACCUMULATED: Final = 1e-5


def compared(pair: Pair, ours: Any, theirs: Any) -> dict[str, Any]:
    """What a pair's two models have in common, as facts for its row."""
    native = pair.native
    if native.holds is not None and not native.holds(ours, pair.fit_params):
        return _conditional(pair, ours)
    X = [features(pair, each) for each in (pair.rows.X, pair.rows.X_other)]
    delta, parted = _distance(ours, theirs, X), _parted(pair.library, ours, theirs)
    found = _found(pair, ours, theirs, X, delta) if delta or parted else "identical"
    return {"delta": delta, "parted": str(parted or ""), "found": found, "holds": found != "other"}


def _conditional(pair: Pair, ours: Any) -> dict[str, Any]:
    try:
        pair.native.check(ours, pair.fit_params)
    except ClaimBrokenError:
        return {"found": "condition not met", "holds": None}
    return {"found": "condition not met, and not told", "holds": False}


def _found(pair: Pair, ours: Any, theirs: Any, X: list[Any], delta: float) -> str:
    if pair.native.guarantee is Guarantee.IDENTICAL:
        return "other"
    if delta <= ties.CLOSE:
        return "within 1e-6"
    if ties.is_tie(pair.library, ours, theirs, X[0]):
        return "tie"
    return _rounding_decides(pair, ours, theirs, X, delta) or "other"


def _rounding_decides(pair: Pair, ours: Any, theirs: Any, X: list[Any], delta: float) -> str:
    """What row weights a few float32 away show, moved by row or by class.

    They, too, part from `theirs` at the split at which `ours` does, or stop in the same round, or move as far
    where no split differs.
    """
    rows, rng, dtype = pair.rows, np.random.default_rng(0), pair.native.dtype
    weights = pair.class_weight
    given = by_row(weights, rows.y, rows.sample_weight, dtype)
    given = np.ones(len(rows.y), dtype) if given is None else given
    parted = _parted(pair.library, ours, theirs, leaves=False)
    codes = np.unique(rows.y, return_inverse=True)[1]
    for step in range(_ROUNDINGS):
        moves = rng.uniform(-_ROUNDING, _ROUNDING, len(rows.y))
        near = (given * (1 + (moves if step % 2 else moves[codes]))).astype(dtype)
        np.random.seed(0)
        evaluated = by_row(weights, rows.y_other, None, dtype)
        moved, _ = fitted(pair, pair.native.pins, {"sample_weight": near}, evaluated)
        if moved is None:
            continue
        if _rounds(ours) != _rounds(theirs) and _rounds(moved) == _rounds(ours):
            return "stop by rounding"
        apart = _parted(pair.library, moved, theirs, leaves=False)
        if parted and apart and (apart.tree, apart.node) == (parted.tree, parted.node):
            return "tie by rounding"
        if not parted and delta <= min(_ACCUMULATED, 2 * _distance(moved, theirs, X)):
            return "rounding"
    return ""


def _rounds(model: Any) -> Any:
    """The round that early stopping kept, where it did."""
    names = ("best_iteration", "best_iteration_")
    return next((getattr(model, name) for name in names if hasattr(model, name)), None)


def _parted(library: str, ours: Any, theirs: Any, *, leaves: bool = True) -> Any:
    """Where trees first differ, or the splits of trees."""
    try:
        grown = [adapter_named(library).trees(model) for model in (ours, theirs)]
    except (InvalidTypeError, json.JSONDecodeError):  # a linear model; leaves that are no numbers
        return None
    if not leaves:
        grown = [[tuple(replace(node, value=None) for node in tree) for tree in trees] for trees in grown]
    return first_difference(*grown)


def _distance(ours: Any, theirs: Any, X: list[Any]) -> float:
    pairs = [(trials.proba(ours, rows), trials.proba(theirs, rows)) for rows in X]
    distances = [
        np.where((mine == other) | (np.isnan(mine) & np.isnan(other)), 0, np.abs(mine - other)).max()
        for mine, other in pairs
    ]
    return float(max(distances))
