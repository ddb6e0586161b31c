"""Models whose scores add up: to the log-odds of two classes, or to the logarithms of a softmax."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from boostweights.adapters.behaviour import Floats, Params
from boostweights.adapters.notes import note_of, write
from boostweights.adapters.registry import adapter_of
from boostweights.errors import check_fitted
from boostweights.probabilities.link import MARK, Affine, Correction, Link, LinkKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Additive:
    """Raw scores and baking of a library whose classifiers have ``classes_``, and which keeps notes.

    Attributes
    ----------
    uncorrectable : callable
        Parameters, number of classes or None → which of them leaves a model without probabilities that could
        be corrected; or nothing.
    raw : callable
        Fitted model, X → raw scores, (n,) log-odds of two classes or (n, k).
    changed : callable
        Fitted model, `Affine` → a copy whose raw scores are multiplied and shifted by that.
    n_features : callable
        Fitted model → its number of features.
    raw_of_numbers : callable or None
        Like `raw`, for rows of numbers in which whole numbers are categories; None where `raw` takes them.
    """

    uncorrectable: Callable[[Params, int | None], str]
    raw: Callable[[Any, Any], Any]
    changed: Callable[[Any, Affine], Any]
    n_features: Callable[[Any], int] = lambda model: int(model.n_features_in_)
    raw_of_numbers: Callable[[Any, Floats], Any] | None = None

    def link(self, model: Any) -> Link:
        """Return how a fitted classifier comes to its probabilities."""
        labels = tuple(np.asarray(getattr(model, "classes_", ())).tolist())
        check_fitted(labels, model)
        refused = self.uncorrectable(adapter_of(model).get_params(model), len(labels))
        kind: LinkKind = "none" if refused else "logit" if len(labels) == 2 else "softmax"
        return Link(kind=kind, classes=len(labels), objective=refused or "log loss", labels=labels)

    def scores(self, model: Any, X: Any) -> Floats | None:
        """Return raw scores; None where they are none that could be corrected."""
        return None if self.link(model).kind == "none" else np.asarray(self.raw(model, X), np.float64)

    def table_scores(self, model: Any, table: Floats) -> Floats:
        """Return the raw scores of rows of numbers, in which whole numbers are categories."""
        return np.asarray((self.raw_of_numbers or self.raw)(model, table), np.float64)

    def baked(self, model: Any, correction: Correction) -> Any:
        """Return a copy with changed scores, and with the mark in a note."""
        copied = self.changed(model, correction.affine)
        write(copied, MARK, correction.mark)
        return copied

    def correction_mark(self, model: Any) -> str | None:
        """Return the mark of a baked model, unless it was trained again since."""
        note = note_of(model, MARK)
        return note.text if note is not None and note.current else None
