"""Whether a baked model predicts what its correction promises, on rows that reach its splits."""

from __future__ import annotations

import warnings
from dataclasses import replace
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from boostweights.adapters.adapter import Adapter
from boostweights.adapters.probes import made
from boostweights.adapters.serving import Inputs
from boostweights.errors import InvalidValueError
from boostweights.probabilities.link import Correction, shifted_proba
from boostweights.versions import module_version

Floats = npt.NDArray[np.float64]

TOLERANCE: Final = 1e-4
"""In log-odds, relative where a score is above 1: no probability moves by more than 2.5e-5. XGBoost sums
leaves in float32, which leaves up to 5e-6 between a baked model and the exact shift."""
_SCALES: Final = np.concatenate([sign * np.logspace(-3, 6, 19) for sign in (-1.0, 1.0)])
"""Values of a feature whose splits are not known."""


def check_baked(adapter: Adapter, model: Any, baked: Any, correction: Correction) -> None:
    """Raise unless a baked model's scores are those of the model, corrected.

    The rows are those of `boostweights.adapters.probes`: every threshold and its neighbours. Models of which
    no splits are known get values of all scales. Forests, whose scores do not add up, are compared by their
    probabilities.

    Raises
    ------
    InvalidValueError
        If a score, or a probability of a forest, differs by more than `TOLERANCE`.
    """
    table = _probes(adapter, model)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "X does not have valid feature names", UserWarning)
        if correction.link.kind == "mean":
            trees = np.stack(list(adapter.tree_probabilities(model, table)))
            expected = shifted_proba(trees, correction.affine.shift, "softmax")
            answers = np.asarray(baked.predict_proba(table), np.float64)
        else:
            expected = correction.affine(np.asarray(adapter.baking.table_scores(model, table)))
            answers = np.asarray(adapter.baking.table_scores(baked, table))
    _compare(adapter, expected, answers)


def _probes(adapter: Adapter, model: Any) -> Floats:
    features = adapter.baking.n_features(model)
    if not adapter.can("serving"):
        unknown = Inputs(
            thresholds=dict.fromkeys(range(features), _SCALES),
            categories={},
            missing=frozenset(),
            single=True,
        )
        return np.asarray(made(unknown, features, double=False))
    inputs = adapter.serving.inputs(model)
    codes = {
        column: np.arange(3.0) if values is None else values for column, values in inputs.categories.items()
    }
    finite = replace(inputs, categories=codes, infinite=False)  # a table that is not the library's own
    return np.asarray(made(finite, features, double=not inputs.single))


def _compare(adapter: Adapter, expected: Floats, answers: Floats) -> None:
    with np.errstate(invalid="ignore"):  # infinite scores, of linear leaves
        alike = (expected == answers) | (np.isnan(expected) & np.isnan(answers))
        near = np.abs(answers - expected) <= TOLERANCE * np.maximum(1.0, np.abs(expected))
    wrong = ~(alike | near)
    if not wrong.any():
        return
    worst = np.abs(answers - expected)[wrong].max()
    raise InvalidValueError(
        f"a baked model must predict what the correction promises, within {TOLERANCE:g} in log-odds",
        f"a difference of {worst:.3g} on {int(wrong.any(axis=tuple(range(1, wrong.ndim))).sum())} "
        f"of {len(wrong)} probe rows ({adapter.module} {module_version(adapter.module)})",
        "Correct what it predicts with correct_proba, and report the model.",
    )
