"""Whether the forms of a library are the same model, found by training them on the caller's own data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from boostweights.adapters.expressing import form_for, refuse_class_weighting
from boostweights.adapters.form import Estimator, FormName, Guarantee
from boostweights.adapters.registry import adapter_of
from boostweights.equivalence.trials import Comparison, Trials, folds_of
from boostweights.errors import (
    BoostweightsError,
    IgnoredParameterError,
    InvalidTypeError,
    InvalidValueError,
    check_known,
    shown,
)
from boostweights.pages.notebook import facts, table, view
from boostweights.tables.results import to_frame
from boostweights.tables.text import as_text, wrapped, written
from boostweights.weighting.policies.base import Policy
from boostweights.weighting.policies.names import WeightingLike, class_policy

_ORDER = (Guarantee.DIFFERENT, Guarantee.EQUIVALENT, Guarantee.IDENTICAL)


def verify(
    estimator: Estimator,
    policy: WeightingLike,
    X: Any,
    y: Any,
    forms: Sequence[FormName] | None = None,
    cv: Any = None,
    positive: Any = None,
) -> EquivalenceReport:
    """Train a policy's forms side by side and say which are the same model as row weights.

    Each form is trained twice: as it would be pasted (its parameter alone), and as `to_native` gives it (with
    pins and row weights). Where the first differs from row weights, pins are taken away one at a time to
    name the cause. Each distinct model is trained once.

    Parameters
    ----------
    estimator : classifier
        Of any library; its own settings hold.
    policy : policy or shorthand
        Resolved on each training part.
    X : array-like of shape (n, p)
        Whatever the estimator takes.
    y : array-like of shape (n,)
        Labels of any kind.
    forms : sequence of str, default=None
        Names in ``forms(library)``; by default all but row weights themselves.
    cv : int or splitter, default=None
        Folds; by default one stratified split, three quarters to train on.
    positive : label, default=None
        The positive label; needed between two classes unless they are {0, 1}, {-1, 1} or bool.

    Returns
    -------
    EquivalenceReport
        Prints as a line a form and a table.

    Raises
    ------
    InvalidValueError
        If a form that is asked for cannot say the policy.

    Examples
    --------
    >>> import numpy as np
    >>> from lightgbm import LGBMClassifier
    >>> rng = np.random.default_rng(0)
    >>> X = rng.normal(size=(400, 3)); y = (X[:, 0] + rng.normal(size=400) > 1.5).astype(int)
    >>> lgbm = LGBMClassifier(n_estimators=5, n_jobs=1, verbose=-1)
    >>> report = verify(lgbm, "balanced", X, y, forms=["scale_pos_weight"])
    >>> print(report.answer)
    scale_pos_weight: the same model as row weights, with boost_from_average=False and a constant row weight;
    alone another one (intercept, scale)
    """
    if isinstance(estimator, (str, type)):
        raise InvalidTypeError("verify trains an estimator", shown(estimator), "Pass LGBMClassifier(), say.")
    adapter = adapter_of(estimator)
    policy = class_policy(policy)
    settings = adapter.get_params(estimator)
    refuse_class_weighting(adapter, settings, policy)
    if not hasattr(estimator, "predict_proba"):
        raise InvalidTypeError(
            "verify compares probabilities", type(estimator).__name__, "Use a classifier with predict_proba."
        )
    names = [name for name in adapter.forms if name != "sample_weight"] if forms is None else list(forms)
    chosen = [form_for(adapter, name, policy, settings, estimator) for name in names]
    folds = folds_of(X, y, cv, positive)
    rows = []
    for checked in chosen:
        name = checked.form.name
        try:
            trials = [Trials(checked, policy, fold) for fold in folds]
        except BoostweightsError as refused:
            if forms is not None:
                raise
            causes = ("ignored parameter",) if isinstance(refused, IgnoredParameterError) else ()
            rows.append(FormRow(form=name, reason=str(refused), causes=causes))
            continue
        rows.append(FormRow.measured(name, trials))
    return EquivalenceReport(
        library=adapter.name, estimator=type(estimator).__name__, policy=policy, rows=tuple(rows)
    )


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
        if not self.rows:
            return f"row weights are the only form of {self.library}"
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
        answers = (line for each in self.answer.splitlines() for line in wrapped("", each, indent=2))
        table_of_rows = ["", as_text(self._short())] if self.rows else []
        return "\n".join([*wrapped("", self._title), *answers, *table_of_rows])

    def _repr_html_(self) -> str:
        answers = [line.partition(": ") for line in self.answer.splitlines()]
        return view(
            self._title,
            facts((form, said) for form, _, said in answers),
            table(self._short()) if self.rows else "",
        )

    @property
    def _title(self) -> str:
        return f"{self.estimator}, {self.policy!r}"

    def _short(self) -> dict[str, list[Any]]:
        """Return the columns to be read, without what the answers say, rounded."""
        return {
            name: ["" if value is None else written(value, 3) for value in values]
            for name, values in self.columns().items()
            if name not in ("mean train", "mean held out", "first difference", "reason")
        }


def _found(comparisons: Sequence[Comparison]) -> Guarantee:
    if all(each.identical for each in comparisons):
        return Guarantee.IDENTICAL
    return Guarantee.EQUIVALENT if all(each.close for each in comparisons) else Guarantee.DIFFERENT
