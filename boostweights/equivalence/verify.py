"""Whether the forms of a library are the same model, found by training them on the caller's own data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.model_selection import StratifiedShuffleSplit, check_cv
from sklearn.utils import _safe_indexing

from boostweights import errors
from boostweights.adapters.adapter import unfitted_with
from boostweights.adapters.behaviour import Floats, Params
from boostweights.adapters.expressing import CheckedForm, form_for
from boostweights.adapters.form import Estimator, FormName, Guarantee
from boostweights.adapters.registry import adapter_of
from boostweights.adapters.trees import Coefficient, TreeDifference, first_difference
from boostweights.errors import InvalidTypeError, InvalidValueError
from boostweights.pages.notebook import facts, table, view
from boostweights.tables.results import to_frame
from boostweights.tables.text import as_text, wrapped, written
from boostweights.weighting.class_weights import ClassWeights
from boostweights.weighting.counts import ClassCounts, counts_of
from boostweights.weighting.labels.counting import encode
from boostweights.weighting.labels.rules import Label, positive_label
from boostweights.weighting.policies.base import Policy
from boostweights.weighting.policies.names import WeightingLike, class_policy

_ORDER = (Guarantee.DIFFERENT, Guarantee.EQUIVALENT, Guarantee.IDENTICAL)
_CLOSE = 1e-6


def verify(
    estimator: Estimator,
    policy: WeightingLike,
    X: Any,
    y: Any,
    forms: Sequence[FormName] | None = None,
    cv: Any = None,
    pos_label: Any = None,
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
    pos_label : label, default=None
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
    errors.check_that(
        hasattr(estimator, "predict_proba") and not isinstance(estimator, type),
        "verify trains a classifier with predict_proba",
        estimator,
        "Pass LGBMClassifier(), for example.",
        InvalidTypeError,
    )
    adapter = adapter_of(estimator)
    policy = class_policy(policy)
    settings = adapter.get_params(estimator)
    names = [name for name in adapter.forms if name != "sample_weight"] if forms is None else list(forms)
    chosen = [form_for(adapter, name, policy, settings, estimator) for name in names]
    folds = folds_of(X, y, cv, pos_label)
    rows = []
    for checked in chosen:
        name = checked.form.name
        try:
            trials = [Trials(checked, policy, fold) for fold in folds]
        except errors.BoostweightsError as refused:
            if forms is not None:
                raise
            causes = ("ignored parameter",) if isinstance(refused, errors.IgnoredParameterError) else ()
            rows.append(FormRow(form=name, reason=str(refused), causes=causes))
            continue
        rows.append(FormRow.measured(name, trials))
    return EquivalenceReport(
        library=adapter.name, estimator=type(estimator).__name__, policy=policy, rows=tuple(rows)
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Fold:
    """Training and held-out rows, labels encoded, and the models trained on them so far."""

    X_train: Any
    y_train: npt.NDArray[np.intp]
    X_test: Any
    labels: tuple[Label, ...]
    trained: dict[Any, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """How two models differ."""

    train: Floats
    test: Floats
    changed: npt.NDArray[np.bool_]
    difference: TreeDifference | None
    has_trees: bool

    @property
    def close(self) -> bool:
        """Whether probabilities are the same within 1e-6."""
        return bool(max(self.train.max(), self.test.max()) <= _CLOSE)

    @property
    def identical(self) -> bool:
        """Whether probabilities, and trees or coefficients, are the same to the bit."""
        return not self.train.any() and not self.test.any() and self.difference is None


def folds_of(X: Any, y: Any, cv: Any, pos_label: Label) -> list[Fold]:
    """Split into folds; between two classes the positive one is encoded as 1."""
    classes = counts_of(y, None).classes
    if len(classes) == 2:
        last = positive_label(classes, pos_label)
        classes = (*(label for label in classes if label != last), last)
    codes = encode(y, classes)
    blank = np.empty((len(codes), 0))
    split = StratifiedShuffleSplit(1, test_size=0.25, random_state=0) if cv is None else cv
    return [
        Fold(
            X_train=_safe_indexing(X, train),
            y_train=codes[train],
            X_test=_safe_indexing(X, test),
            labels=classes,
        )
        for train, test in check_cv(split, codes, classifier=True).split(blank, codes)
    ]


class Trials:
    """A form on a fold: as given with pins, as pasted without, and what each pin is for."""

    def __init__(self, checked: CheckedForm, policy: Policy, fold: Fold) -> None:
        self._checked, self._fold = checked, fold
        labels = np.array(fold.labels, object)[fold.y_train]
        resolved = policy.resolve(labels.tolist())
        self._weights = {code: resolved.class_weight[label] for code, label in enumerate(fold.labels)}
        counts = ClassCounts.of(fold.y_train)
        weights = ClassWeights(self._weights, counts=counts, exact=resolved.exact)
        self.native = checked.express(weights, counts, allow_different=True)
        self.ours = self._compare(self.native.pins, self.native.row_weight)
        self.pasted = self._compare({}, None)
        self.causes = () if self.pasted.identical else tuple(self._causes())

    def _causes(self) -> list[str]:
        """What makes the pasted form another model: without which pin, all others on, the models part."""
        differs = self.native.guarantee is Guarantee.DIFFERENT  # then only all of the form's pins tell
        pins = dict(self._checked.form.pins if differs else self.native.pins)
        row_weight, names = self.native.row_weight, self._checked.adapter.causes
        needed = (
            name
            for name in pins
            if not self._compare({pin: pins[pin] for pin in pins if pin != name}, row_weight).identical
        )
        causes = list(dict.fromkeys(names.get(name, name) for name in needed))
        if row_weight is not None and not self._compare(pins, None).identical:
            causes.append("scale")  # which a constant row weight carries
        full = self._compare(pins, row_weight)
        if full.identical:
            return causes
        first, again = (self._fitted(pins, {}, self._weights, anew=anew) for anew in (False, True))
        X = self._fold.X_train
        nodes = (full.difference.ours, full.difference.theirs) if full.difference else ()
        if not np.array_equal(first.predict_proba(X), again.predict_proba(X)):
            return [*causes, "no seed"]
        if any(node is not None and node.feature is not None for node in nodes):
            return [*causes, "tie"]
        return [*causes, "rounding" if full.close or full.has_trees else "objective"]

    def _compare(self, pins: Params, row_weight: Mapping[Label, float] | None) -> Comparison:
        models = (self._fitted(pins, self.native.params, row_weight), self._fitted(pins, {}, self._weights))
        adapter, fold = self._checked.adapter, self._fold
        on_train, on_test = (
            [model.predict_proba(X) for model in models] for X in (fold.X_train, fold.X_test)
        )
        parts = [adapter.trees(model) if adapter.can("trees") else [] for model in models]
        return Comparison(
            train=np.abs(np.subtract(*on_train)).max(axis=1).astype(np.float64),
            test=np.abs(np.subtract(*on_test)).max(axis=1).astype(np.float64),
            changed=np.not_equal(*(proba.argmax(axis=1) for proba in on_test)),
            difference=first_difference(*parts),
            has_trees=any(not isinstance(node, Coefficient) for tree in parts[0] for node in tree),
        )

    def _fitted(
        self,
        pins: Params,
        params: Params,
        row_weight: Mapping[Label, float] | None,
        *,
        anew: bool = False,
    ) -> Any:
        row_weight = None if row_weight is None or set(row_weight.values()) == {1.0} else row_weight
        key, fold = repr(({**pins, **params}, row_weight)), self._fold
        if anew or key not in fold.trained:
            fit_kwargs = replace(self.native, row_weight=row_weight).fit_kwargs(fold.y_train)
            estimator = unfitted_with(self._checked.adapter, self._checked.estimator, {**pins, **params})
            fold.trained[key] = estimator.fit(fold.X_train, fold.y_train, **fit_kwargs)
        return fold.trained[key]


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
        ours = [trial.ours for trial in trials]
        found = Guarantee.EQUIVALENT if all(comparison.close for comparison in ours) else Guarantee.DIFFERENT
        if all(comparison.identical for comparison in ours):
            found = Guarantee.IDENTICAL
        train = np.concatenate([comparison.train for comparison in ours])
        test = np.concatenate([comparison.test for comparison in ours])
        differences = [str(comparison.difference) for comparison in ours if comparison.difference]
        native = trials[0].native
        parts = [f"{name}={value!r}" for name, value in native.pins.items()]
        if native.row_weight is not None:
            parts.append("a constant row weight")
        return cls(
            form=form,
            claimed=min((trial.native.guarantee for trial in trials), key=_ORDER.index),
            found=found,
            max_train=float(train.max()),
            mean_train=float(train.mean()),
            max_test=float(test.max()),
            mean_test=float(test.mean()),
            changed_decisions=float(np.concatenate([comparison.changed for comparison in ours]).mean()),
            identical_trees=not differences if ours[0].has_trees else None,
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
        columns = {
            column.name.replace("test", "held out").replace("_", " "): [
                getattr(row, column.name) for row in self.rows
            ]
            for column in fields(FormRow)
            if column.name != "conditions"
        }
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
        errors.check_known(guarantee, options, f"the guarantee must be one of {options}")
        least = _ORDER.index(Guarantee(guarantee))
        short = [row for row in self.rows if row.found is None or _ORDER.index(row.found) < least]
        if short:
            raise InvalidValueError(
                f"every form must be {guarantee} to row weights",
                "; ".join(row.answer for row in short),
                "Apply the pins, or use row weights.",
            )

    def __repr__(self) -> str:
        answers = (line for text in self.answer.splitlines() for line in wrapped("", text, indent=2))
        table_of_rows = ["", as_text(self._short())] if self.rows else []
        return "\n".join([*wrapped("", self._title), *answers, *table_of_rows])

    def _repr_html_(self) -> str:
        answers = [line.partition(": ") for line in self.answer.splitlines()]
        return view(
            self._title,
            facts((form, answer) for form, _, answer in answers),
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
