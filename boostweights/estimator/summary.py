"""What a fitted `WeightedClassifier` was weighted with, to be read."""

import dataclasses
from dataclasses import dataclass
from typing import Any

import numpy as np

from boostweights.adapters.form import NativeForm
from boostweights.pages.notebook import facts, table, view
from boostweights.tables.results import to_frame
from boostweights.tables.text import as_facts, as_text
from boostweights.weighting.class_weights import ClassWeights
from boostweights.weighting.policies.names import Weighting
from boostweights.weighting.row_weights import RowWeights


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """Policy, class counts, weights, form and guarantee; prints as text, shows as HTML in a notebook."""

    estimator: str
    policy: Weighting
    weights: ClassWeights | RowWeights
    native: NativeForm
    correction: str = ""
    rounds: int | None = None
    decision: str = ""
    warning: str = ""

    def facts(self) -> dict[str, str]:
        """Return name → text of all that is not by class."""
        rows = ""
        if isinstance(self.weights, RowWeights):
            low, middle, high = np.quantile(self.weights.values, [0, 0.5, 1])
            rows = f"{len(self.weights)}, from {low:.6g} to {high:.6g}, median {middle:.6g}"
            rows += f", mean {self.weights.mean:.6g}"
        native = self.native.texts()
        facts = {
            "estimator": self.estimator,
            "policy": repr(dataclasses.replace(self.policy, rationale="", owner="")),
            "rationale": self.policy.rationale or "not stated",
            "owner": self.policy.owner or "not stated",
            "row weights": rows,
            "form": f"{self.native.form} ({self.native.library})",
            "params": native["params"],
            "pins": native["pins"],
            "warning": self.warning,
            "guarantee": f"{self.native.claim}: {self.native.reason}",
            "rounds": f"{self.rounds}, chosen by the folds" if self.rounds else "",
            "correction": self.correction,
            "decision": self.decision.replace("\n", " "),
        }
        return {name: text for name, text in facts.items() if text}

    def columns(self) -> dict[str, list[Any]]:
        """Return one row a class: label, rows, their share, (mean) weight, share of the total weight."""
        weights = self.weights
        if isinstance(weights, RowWeights):
            return weights.counts.columns(weights.class_means, "mean weight")
        return weights.counts.columns(weights.class_weight)

    def to_frame(self, backend: str = "pandas") -> Any:
        """Return the rows by class as a data frame."""
        return to_frame(self.columns(), backend)

    def __repr__(self) -> str:
        return "\n".join([*as_facts(self.facts().items()), "", as_text(self.columns())])

    def _repr_html_(self) -> str:
        return view("Weighted classifier", facts(self.facts().items()), table(self.columns()))
