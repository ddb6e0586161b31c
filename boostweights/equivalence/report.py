"""What verifying found: a row a form, an answer in a line each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from boostweights.adapters.form import Guarantee
from boostweights.equivalence.trials import Comparison, Trials
from boostweights.errors import InvalidValueError, check_known
from boostweights.tables.results import as_text, to_frame
from boostweights.weighting.policies.base import Policy

_ORDER = (Guarantee.DIFFERENT, Guarantee.EQUIVALENT, Guarantee.IDENTICAL)


@dataclass(frozen=True, slots=True, kw_only=True)
class FormRow:
    """One form beside row weights; differences are of probabilities, and None where it was refused.

    `first_difference` is of trees, or of a linear model's coefficients; `identical_trees` is None of these.
    """

    form: str
    claimed: Guarantee | None = None
    found: Guarantee | None = None
    max_train: float | None = None
    mean_train: float | None = None
    max_test: float | None = None
    mean_test: float | None = None
    changed_decisions: float | None = None
    identical_trees: bool | None = None
    first_difference: str = ""
    pasted_max: float | None = None
    causes: tuple[str, ...] = ()
    conditions: str = ""
    reason: str = ""

    @classmethod
    def measured(cls, form: str, trials: Sequence[Trials]) -> FormRow:
        """Return the row of a form that was trained, over all folds."""
        train = np.concatenate([trial.ours.train for trial in trials])
        test = np.concatenate([trial.ours.test for trial in trials])
        differences = [str(trial.ours.difference) for trial in trials if trial.ours.difference]
        native = trials[0].native
        parts = [f"{name}={value!r}" for name, value in native.pins.items()]
        if native.row_weight is not None:
            parts.append("a constant row weight")
        return cls(
            form=form,
            claimed=min((trial.native.guarantee for trial in trials), key=_ORDER.index),
            found=_found([trial.ours for trial in trials]),
            max_train=float(train.max()),
            mean_train=float(train.mean()),
            max_test=float(test.max()),
            mean_test=float(test.mean()),
            changed_decisions=float(np.concatenate([trial.ours.changed for trial in trials]).mean()),
            identical_trees=not differences if trials[0].ours.has_trees else None,
            first_difference=differences[0] if differences else "",
            pasted_max=max(float(max(t.pasted.train.max(), t.pasted.test.max())) for t in trials),
            causes=tuple(dict.fromkeys(cause for trial in trials for cause in trial.causes)),
            conditions=" and ".join(parts),
            reason=native.reason,
        )

    @property
    def answer(self) -> str:
        """The row in a line."""
        if self.found is None:
            return f"{self.form}: refused, {self.reason}"
        named = ", ".join(self.causes)
        conditions = f", with {self.conditions}" if self.conditions else ""
        if self.found is Guarantee.DIFFERENT:
            largest = max(self.max_train or 0.0, self.max_test or 0.0)
            return f"{self.form}: another model than row weights by up to {largest:.2g} ({named})"
        same = "the same model as" if self.found is Guarantee.IDENTICAL else "equivalent to"
        alone = f"; alone another one ({named})" if self.causes and self.conditions else ""
        return f"{self.form}: {same} row weights{conditions}{alone}"


@dataclass(frozen=True, slots=True, kw_only=True)
class EquivalenceReport:
    """Rows by form; ``print(report)`` answers in a line a form, with a table below."""

    library: str
    estimator: str
    policy: Policy
    rows: tuple[FormRow, ...]

    @property
    def answer(self) -> str:
        """A line a form: the same model, or why not."""
        return "\n".join(row.answer for row in self.rows)

    def columns(self) -> dict[str, list[Any]]:
        """Return the table's columns; differences of probabilities."""
        titles = {
            each.name: each.name.replace("test", "held out").replace("_", " ") for each in fields(FormRow)
        }
        columns = {title: [getattr(row, name) for row in self.rows] for name, title in titles.items()}
        del columns["conditions"]
        return columns | {
            "claimed": [row.claimed.value if row.claimed else "refused" for row in self.rows],
            "found": [row.found.value if row.found else "" for row in self.rows],
            "causes": [", ".join(row.causes) for row in self.rows],
        }

    def to_frame(self, backend: str = "pandas") -> Any:
        """Return the table as a data frame."""
        return to_frame(self.columns(), backend)

    def require(self, guarantee: str) -> None:
        """Raise unless every form was found at least this much the same.

        Parameters
        ----------
        guarantee : {"identical", "equivalent"}
            The least that is accepted.

        Raises
        ------
        InvalidValueError
            Naming the forms that are not, and why.
        """
        options = ("identical", "equivalent")
        check_known(guarantee, options, f"the guarantee must be one of {options}")
        least = _ORDER.index(Guarantee(guarantee))
        short = [row for row in self.rows if row.found is None or _ORDER.index(row.found) < least]
        if short:
            raise InvalidValueError(
                f"every form must be {guarantee} to row weights",
                "; ".join(row.answer for row in short),
                "Apply the pins, or use row weights.",
            )

    def __repr__(self) -> str:
        wide = ("first difference", "reason")
        filled = {
            name: ["" if value is None else value for value in values]
            for name, values in self.columns().items()
            if name not in wide
        }
        return f"{self.estimator}, {self.policy!r}\n{self.answer}\n\n{as_text(filled)}"


def _found(comparisons: Sequence[Comparison]) -> Guarantee:
    if all(each.identical for each in comparisons):
        return Guarantee.IDENTICAL
    return Guarantee.EQUIVALENT if all(each.close for each in comparisons) else Guarantee.DIFFERENT
