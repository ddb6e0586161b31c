"""The estimators that the harness trains: one literal table, with what differs between libraries."""

from __future__ import annotations

import importlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib import metadata
from typing import Any, Final, Literal

import pandas as pd

__all__ = [
    "DUMMY",
    "LEARNERS",
    "Categories",
    "Learner",
    "estimator",
    "features",
    "installed_distribution",
    "installed_version",
    "learner_class",
    "parameters",
    "trees_of",
]

Categories = Literal["dtype", "text", "few"]
"""How a library takes categories; see `features`."""

_MISSING: Final = "(missing)"
_OTHER: Final = "(other)"
_FEW: Final = 255


@dataclass(frozen=True, slots=True, kw_only=True)
class Learner:
    """A library's classifier and how it spells the settings that all share.

    Attributes
    ----------
    classifier : str
        ``"module:Class"``, imported only where it is trained.
    distributions : tuple of str
        Packages any of which provides it.
    trees, seed, threads : str
        The parameters' names; without ``threads`` the worker's thread limit holds alone.
    fixed : mapping
        Parameters that never change.
    many_classes : mapping
        Parameters that never change where there are more than two classes.
    patience : str
        The parameter that stops training after so many rounds without progress on an evaluation set.
    stopping : mapping
        What else early stopping needs.
    fit_quietly : mapping
        Arguments of ``fit`` without which early stopping prints every round.
    categories : {"dtype", "text", "few"}
        Whether it takes pandas categories; text and a list of columns in ``cat_features``; or pandas
        categories of at most 255 levels.
    code : int
        Raised whenever `features`, or what is set here beside `fixed`, would give another model.
    """

    classifier: str
    distributions: tuple[str, ...]
    trees: str
    seed: str = "random_state"
    threads: str | None = "n_jobs"
    fixed: Mapping[str, object]
    many_classes: Mapping[str, object] = field(default_factory=dict)
    patience: str = "early_stopping_rounds"
    stopping: Mapping[str, object] = field(default_factory=dict)
    fit_quietly: Mapping[str, object] = field(default_factory=dict)
    categories: Categories = "dtype"
    code: int = 1


LEARNERS: Final[Mapping[str, Learner]] = {
    "xgboost": Learner(
        classifier="xgboost:XGBClassifier",
        distributions=("xgboost", "xgboost-cpu"),
        trees="n_estimators",
        fixed={"tree_method": "hist", "enable_categorical": True},
        fit_quietly={"verbose": False},
    ),
    "lightgbm": Learner(
        classifier="lightgbm:LGBMClassifier",
        distributions=("lightgbm",),
        trees="n_estimators",
        # without the last two, LightGBM times two ways of summing and takes the faster one
        fixed={"verbosity": -1, "deterministic": True, "force_row_wise": True},
    ),
    "catboost": Learner(
        classifier="catboost:CatBoostClassifier",
        distributions=("catboost",),
        trees="iterations",
        seed="random_seed",
        threads="thread_count",
        fixed={"verbose": False, "allow_writing_files": False},
        # target statistics are kept class by class: of kr-vs-k, with 18 classes and no more than 8 levels a
        # column, they make a fit take 64 s in place of 1.4 s, and its log loss no better
        many_classes={"one_hot_max_size": 10},
        categories="text",
    ),
    "sklearn": Learner(
        classifier="sklearn.ensemble:HistGradientBoostingClassifier",
        distributions=("scikit-learn",),
        trees="max_iter",
        threads=None,
        # "auto" would stop early on more than 10 000 rows, and so train fewer trees than the others
        fixed={"categorical_features": "from_dtype", "early_stopping": False},
        patience="n_iter_no_change",
        stopping={"early_stopping": True},
        categories="few",
    ),
}

DUMMY: Final = Learner(
    classifier="sklearn.dummy:DummyClassifier",
    distributions=("scikit-learn",),
    trees="",
    fixed={"strategy": "prior"},
)
"""Says the training fold's class shares, whatever the library that it stands beside."""


def installed_version(distribution: str) -> str | None:
    """Return the version of a package; None if it is not installed."""
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return None


def installed_distribution(learner: Learner) -> str | None:
    """Return the name of the package that provides a learner here; None if none of them is installed."""
    return next((name for name in learner.distributions if installed_version(name) is not None), None)


def parameters(
    learner: Learner,
    *,
    trees: int,
    seed: int,
    threads: int,
    categorical: Sequence[str],
    classes: int = 2,
    patience: int | None = None,
) -> dict[str, object]:
    """Return the constructor's keyword arguments for one data set; with `patience` to stop early.

    Examples
    --------
    >>> parameters(LEARNERS["sklearn"], trees=100, seed=0, threads=1, categorical=())["max_iter"]
    100
    """
    if learner is DUMMY:
        return dict(learner.fixed)
    found = {**learner.fixed, learner.trees: trees, learner.seed: seed}
    if classes > 2:
        found |= learner.many_classes
    if patience is not None:
        found |= {**learner.stopping, learner.patience: patience}
    if learner.threads is not None:
        found[learner.threads] = threads
    if learner.categories == "text":
        found["cat_features"] = tuple(categorical)  # a tuple: a list does not survive sklearn.clone
    return found


def estimator(classifier: str, arguments: Mapping[str, object]) -> Any:
    """Return a new, unfitted classifier; imports its library."""
    return learner_class(classifier)(**arguments)


def learner_class(classifier: str) -> Any:
    """Return the class that ``"module:Name"`` names; imports its library."""
    module, _, name = classifier.partition(":")
    return getattr(importlib.import_module(module), name)


def trees_of(model: Any) -> int | None:
    """Return how many rounds a fitted model predicts with; None where it does not say."""
    for name in ("best_iteration", "n_iter_", "tree_count_", "n_estimators_", "n_estimators"):
        try:
            found = getattr(model, name, None)
        except AttributeError:
            continue
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
        changed[name] = (
            X[name].astype(object).fillna(_MISSING) if categories == "text" else _few_levels(X[name])
        )
    return changed


def _few_levels(column: pd.Series[Any]) -> pd.Series[Any]:
    """Keep the most common levels; of equally common ones, the first."""
    counts = column.value_counts(sort=False).sort_values(ascending=False, kind="stable")
    kept = sorted(counts.index[: _FEW - 1])
    text = column.astype(object)
    merged = text.where(text.isin(kept) | text.isna(), _OTHER)
    return pd.Series(pd.Categorical(merged, categories=[*kept, _OTHER]), index=column.index)
