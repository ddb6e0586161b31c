"""The estimators that the harness trains: one literal table, with what differs between libraries."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import pandas as pd

from boostweights.adapters.form import FormName
from boostweights.adapters.record import Categories, Record, named_class, record_of
from boostweights.adapters.registry import adapter_named, library_names
from boostweights.benchmark.foreign import Foreign, foreign, is_foreign
from boostweights.benchmark.regimes import Regime
from boostweights.versions import installed_version

_MISSING: Final = "(missing)"
_OTHER: Final = "(other)"
_FEW: Final = 255


class _Learners(Mapping[str, Record]):
    """The records of all libraries that have one; each is loaded when it is asked for."""

    def __getitem__(self, library: str) -> Record:
        if library not in library_names():
            raise KeyError(library)
        return record_of(adapter_named(library))

    def __iter__(self) -> Iterator[str]:
        return iter(library_names())

    def __len__(self) -> int:
        return len(library_names())


LEARNERS: Final = _Learners()
"""Library → the classifier that the harness trains, and how it spells its settings."""

DUMMY: Final = Record(
    classifier="sklearn.dummy:DummyClassifier",
    distributions=("scikit-learn",),
    trees="",
    seed="",
    threads=None,
    fixed={"strategy": "prior"},
)
"""Says the training fold's class shares, whatever the library that it stands beside."""


_TREES: Final = ("n_estimators", "max_iter", "iterations")
_SEEDS: Final = ("random_state", "random_seed", "seed")
_THREADS: Final = ("n_jobs", "thread_count", "nthread")


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """How a model is trained.

    Attributes
    ----------
    classifier, parameters, categories
        As `estimator` and `features` take them.
    weights : tuple of k floats
        The class weights, resolved.
    form, pinned, resample, early_stopping
        As an `Arm` has them.
    fit_arguments : mapping
        For the classifier's ``fit``.
    seed : int
        Of resampling and inner splits.
    regime : Regime or None
        How rounds and settings are found; None where `parameters` say all.
    bare : bool
        Whether the classifier is fitted as it is, without weights: an arm's own learner.
    balanced : bool
        Whether it sees classes of one size by itself.
    stopping : mapping
        In a regime that stops: the library's own parameters of patience; none where it has no evaluation
        rows that start from scores of their own, and its losses are read after training.
    configurations : tuple of mappings
        In a regime that searches: what is tried in place of parameters.
    """

    classifier: str
    parameters: Mapping[str, object]
    categories: Categories
    weights: tuple[float, ...]
    form: FormName = "auto"
    pinned: bool = True
    resample: str = "none"
    early_stopping: str = "none"
    fit_arguments: Mapping[str, object] = field(default_factory=dict)
    seed: int = 0
    regime: Regime | None = None
    bare: bool = False
    balanced: bool = False
    stopping: Mapping[str, object] = field(default_factory=dict)
    configurations: tuple[Mapping[str, object], ...] = ()

    @property
    def weighted(self) -> bool:
        """Whether any class weighs other than 1."""
        return set(self.weights) != {1.0}


def foreign_learner(name: str, folder: Path) -> Foreign | None:
    """Return where a learner of the user's own is; None if the name is none of a user's own.

    Raises
    ------
    InvalidValueError, InvalidTypeError
        If it cannot be imported, or is neither a classifier's class, nor a function that makes one, nor a
        `Record`.
    """
    if not is_foreign(name):
        return None
    what = "a classifier's class, a function that makes one, or a Record"
    return foreign(name, folder, what, lambda value: callable(value) or isinstance(value, Record))[0]


def record_of_own(found: Foreign) -> Record:
    """Return how a learner of the user's own is trained: as its record says, or by its parameters' names."""
    value = found.load()
    if isinstance(value, Record):
        return value
    named = inspect.signature(value).parameters
    trees, seed, threads = (
        next((name for name in names if name in named), "") for names in (_TREES, _SEEDS, _THREADS)
    )
    return Record(classifier=found.name, distributions=(found.name,), trees=trees, seed=seed, threads=threads)


def installed_distribution(learner: Record) -> str | None:
    """Return the name of the package that provides a learner here; None if none of them is installed."""
    return next((name for name in learner.distributions if installed_version(name) is not None), None)


def parameters(
    learner: Record,
    *,
    trees: int | None,
    seed: int,
    threads: int,
    categorical: Sequence[str],
    classes: int = 2,
    patience: int | None = None,
) -> dict[str, object]:
    """Return the constructor's keyword arguments for one data set; with `patience` to stop early.

    Without `trees` the library trains as many rounds as it does by default.

    Examples
    --------
    >>> parameters(LEARNERS["sklearn"], trees=100, seed=0, threads=1, categorical=())["max_iter"]
    100
    """
    found = {**learner.fixed, **({} if trees is None else {learner.trees: trees}), learner.seed: seed}
    if classes > 2:
        found |= learner.many_classes
    if patience is not None:
        found |= {**learner.stopping, learner.patience: patience}
    if learner.threads is not None:
        found[learner.threads] = threads
    if learner.categories == "text":
        found["cat_features"] = tuple(categorical)  # a tuple: a list does not survive sklearn.clone
    found.pop("", None)  # what the library has no parameter for
    return found


def estimator(classifier: str, arguments: Mapping[str, object]) -> Any:
    """Return a new, unfitted classifier; imports its library."""
    return named_class(classifier)(**arguments)


def trees_of(model: Any) -> int | None:
    """Return how many rounds a fitted model predicts with; None where it does not say."""
    names = ("best_iteration", "n_iter_", "tree_count_", "n_estimators_", "n_estimators", "number_of_trees")
    for name in names:
        found = getattr(model, name, None)
        if isinstance(found, int):
            return found + 1 if name == "best_iteration" else found
    return None


def features(X: pd.DataFrame, categories: Categories) -> pd.DataFrame:
    """Return features as a library wants its categories; X itself is not changed.

    As text, a missing category is a level of its own: CatBoost refuses NaN there. HistGradientBoosting takes
    no more levels than bins: of a column that has more, the 254 most common stay and the others become one.

    Examples
    --------
    >>> X = pd.DataFrame({"colour": pd.Categorical(["red", None, "blue"])})
    >>> features(X, "text")["colour"].tolist()
    ['red', '(missing)', 'blue']
    """
    columns = list(X.select_dtypes("category").columns)
    if categories == "few":
        columns = [name for name in columns if len(X[name].cat.categories) > _FEW]
    if categories == "dtype" or not columns:
        return X
    changed = X.copy(deep=False)
    for name in columns:
        changed[name] = _CHANGED[categories](X[name])
    return changed


def _as_text(column: pd.Series[Any]) -> pd.Series[Any]:
    return column.astype(object).fillna(_MISSING)


def _as_codes(column: pd.Series[Any]) -> pd.Series[Any]:
    """Positions of the levels, which are sorted; missing ones stay missing."""
    codes = column.cat.codes.astype("float64")
    return codes.where(codes >= 0)


def _few_levels(column: pd.Series[Any]) -> pd.Series[Any]:
    """Keep the most common levels; of equally common ones, the first."""
    counts = column.value_counts(sort=False).sort_values(ascending=False, kind="stable")
    kept = sorted(counts.index[: _FEW - 1])
    text = column.astype(object)
    merged = text.where(text.isin(kept) | text.isna(), _OTHER)
    return pd.Series(pd.Categorical(merged, categories=[*kept, _OTHER]), index=column.index)


_CHANGED: Final[Mapping[str, Callable[[pd.Series[Any]], pd.Series[Any]]]] = {
    "text": _as_text,
    "few": _few_levels,
    "codes": _as_codes,
}
