"""The estimators that the harness trains: each library's own, and those of single arms."""

from __future__ import annotations

import inspect
import json
import sys
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from boostweights.adapters.record import Record, named_class, record_of
from boostweights.adapters.registry import adapter_named, library_names
from boostweights.benchmark.foreign import Foreign, foreign, is_foreign
from boostweights.errors import check_that, shown
from boostweights.estimator.classifier import WeightedClassifier
from boostweights.estimator.settings import checked_settings
from boostweights.versions import installed_version
from boostweights.weighting.counts import ClassCounts


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


LEARNERS = _Learners()
"""Library → the classifier that the harness trains, and how it spells its settings."""

DUMMY = Record(
    classifier="sklearn.dummy:DummyClassifier",
    distributions=("scikit-learn",),
    trees="",
    seed="",
    threads=None,
    fixed={"strategy": "prior"},
)
"""Predicts the training fold's class shares, whatever the library."""


IMBLEARN = "imblearn"
"""The library of arms whose learners are imbalanced-learn's own: compared with boosters set by set."""

LINEAR = "linear"
"""The library of a regularised logistic regression, with which boosters are compared."""

OWN_RECORDS: Mapping[str, Record] = {
    IMBLEARN: Record(
        classifier="imblearn.ensemble:BalancedRandomForestClassifier",
        distributions=("imbalanced-learn",),
        trees="",
        categories="codes",
    ),
    LINEAR: Record(
        classifier="boostweights.tables:LinearClassifier",
        distributions=("scikit-learn",),
        forks=True,
        trees="",
        seed="",
        threads=None,
    ),
}
"""Learners that are not a library of boosters, by the name that suites give them."""


def _one_size(counts: ClassCounts) -> dict[str, Any]:
    """LightGBM's bagging anew in each round: all of the rarer class, as many rows of the other one."""
    sizes = [counts[0], counts[1]]
    negative, positive = (min(sizes) / size for size in sizes)
    return {"neg_bagging_fraction": negative, "pos_bagging_fraction": positive, "bagging_freq": 1}


@dataclass(frozen=True, slots=True, kw_only=True)
class Special:
    """How an arm's own learner differs from its library's.

    Attributes
    ----------
    classifier : str
        ``"module:Class"`` in place of the library's; empty for that one.
    parameters : callable
        Counts of the training rows, of two classes → constructor arguments.
    settings : mapping
        Constructor arguments that do not depend on the rows.
    balanced : bool
        Whether it sees classes of one size, by itself: a shift that a correction undoes.
    stops : bool
        Whether rounds are chosen on the hold-out; otherwise it is trained as it is.
    missing : bool
        Whether it trains on missing values.
    """

    classifier: str = ""
    parameters: Callable[[ClassCounts], dict[str, Any]] = lambda _counts: {}
    settings: Mapping[str, Any] = field(default_factory=dict)
    balanced: bool = False
    stops: bool = True
    missing: bool = True


_ENSEMBLE = "imblearn.ensemble:"
_FOCAL = "boostweights.benchmark.plan.focal:"

SPECIAL: Mapping[str, Mapping[str, Special]] = {
    "balanced_random_forest": {
        IMBLEARN: Special(
            classifier=f"{_ENSEMBLE}BalancedRandomForestClassifier",
            # as scikit-learn's forest and as Chen, Liaw and Breiman (2004) describe it
            settings={"sampling_strategy": "all", "replacement": True, "bootstrap": False},
            balanced=True,
            stops=False,
        )
    },
    "easy_ensemble": {
        IMBLEARN: Special(
            classifier=f"{_ENSEMBLE}EasyEnsembleClassifier",
            balanced=True,
            stops=False,
            missing=False,
        )
    },
    "under_bagging": {"lightgbm": Special(parameters=_one_size, balanced=True)},
    "focal": {
        "catboost": Special(settings={"loss_function": "Focal:focal_alpha=0.25;focal_gamma=2.0"}),
        "lightgbm": Special(classifier=f"{_FOCAL}FocalLightGBM"),
        "xgboost": Special(classifier=f"{_FOCAL}FocalXGBoost"),
    },
}
"""Learner → library → how it is trained. All are of two classes."""

_TREES = ("n_estimators", "max_iter", "iterations")
_SEEDS = ("random_state", "random_seed", "seed")
_THREADS = ("n_jobs", "thread_count", "nthread")


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


def asked_learner(
    asked: Any, folder: Path, taken: Collection[str] = ()
) -> tuple[str, Foreign | None, dict[str, object]]:
    """Return the name of a learner, where one of the user's own is, and a classifier's own settings.

    Parameters
    ----------
    asked : str, classifier or (name, classifier)
        A classifier, fitted or not, is not changed. Its settings are what differs from its class's defaults.
        Without a name it is called by its class and settings.
    folder : Path
        Where modules are looked for first.
    taken : collection of str, default=()
        Names that a classifier cannot have.

    Raises
    ------
    InvalidValueError, InvalidTypeError
        If a name cannot be imported, or a classifier cannot be weighted or made by another process.

    Examples
    --------
    >>> from lightgbm import LGBMClassifier
    >>> name, own, settings = asked_learner(LGBMClassifier(num_leaves=7), Path())
    >>> name, own.name, settings
    ('LGBMClassifier(num_leaves=7)', 'lightgbm:LGBMClassifier', {'num_leaves': 7})
    """
    if isinstance(asked, str):
        return asked, foreign_learner(asked, folder), {}
    name, model = asked if isinstance(asked, tuple) and len(asked) == 2 else ("", asked)
    rule = "an estimator must be a name, a classifier with predict_proba, or a pair (name, classifier)"
    can_do = all(hasattr(model, ability) for ability in ("get_params", "predict_proba"))
    is_object = isinstance(name, str) and can_do and not isinstance(model, type)
    check_that(is_object, rule, asked, "Write LGBMClassifier(num_leaves=7), for example.")
    kind, usual, settings = type(model), dict[str, Any](), dict[str, object]()
    with suppress(TypeError):  # a class that requires settings: all are listed
        usual = kind().get_params(deep=False)
    rule = "settings of an estimator must be numbers, texts, None, or lists and dictionaries of them"
    remedy = "Make it in a class of your own, whose fit takes sample_weight, and pass 'module:Classifier'."
    for key, value in model.get_params(deep=False).items():
        plain = value.tolist() if hasattr(value, "tolist") else value
        if repr(plain) != repr(usual.get(key)):
            with suppress(TypeError, ValueError):
                json.dumps(plain, allow_nan=False)
                settings[key] = plain
            check_that(key in settings, rule, f"{key}={shown(value)} of {kind.__name__}", remedy)
    checked_settings(WeightedClassifier(model), {})
    module = kind.__module__
    while getattr(sys.modules.get(parent := module.rpartition(".")[0]), kind.__name__, None) is kind:
        module = parent
    place, rule = f"{module}:{kind.__qualname__}", "an estimator's class must be in a module of a file"
    importable = module != "__main__" and is_foreign(place)
    check_that(importable, rule, place, "Move it there, so that other processes can import it.")
    name = name or f"{kind.__name__}({', '.join(f'{key}={value!r}' for key, value in settings.items())})"
    is_new = not is_foreign(name) and name not in {*LEARNERS, *OWN_RECORDS, "dummy", *taken}
    rule, remedy = (
        "every estimator must have a name of its own",
        "Pass a pair of another name and the classifier.",
    )
    check_that(is_new, rule, name, remedy)
    return name, foreign(place, folder, "a class", callable)[0], settings


def record_of_own(own: Foreign) -> Record:
    """Return how a learner of the user's own is trained: as its record says, or by its parameters' names.

    The class of a library is trained on what its own learner is trained on, and stops early as it does by
    default. Other classes of scikit-learn take categories as numbers.
    """
    value = own.load()
    if isinstance(value, Record):
        return value
    named = inspect.signature(value).parameters
    known = {record.classifier: record for record in LEARNERS.values()}.get(own.name)
    if known is not None:
        left_out = {*known.stopping, *(name for name, one in named.items() if one.default)}
        fixed = {name: setting for name, setting in known.fixed.items() if name not in left_out}
        return replace(known, fixed=fixed)
    trees, seed, threads = (
        next((name for name in names if name in named), "") for names in (_TREES, _SEEDS, _THREADS)
    )
    record = Record(classifier=own.name, distributions=(own.name,), trees=trees, seed=seed, threads=threads)
    is_numeric = value.__module__.startswith(("sklearn.", "imblearn."))
    return replace(record, categories="codes") if is_numeric else record


def record_named(
    library: str, own: Mapping[str, Foreign], learners: Mapping[str, Record] = LEARNERS
) -> Record:
    """Return how the learner of a library, or one of the user's own, is trained.

    A classifier object, whose name is not that of its class, has its own number of trees.
    """
    if library in own:
        record = record_of_own(own[library])
        return record if library == own[library].name else replace(record, trees="")
    return OWN_RECORDS.get(library) or learners[library]


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
    arguments = {**learner.fixed, **({} if trees is None else {learner.trees: trees}), learner.seed: seed}
    if classes > 2:
        arguments |= learner.many_classes
    if patience is not None:
        arguments |= {**learner.stopping, learner.patience: patience}
    if learner.threads is not None:
        arguments[learner.threads] = threads
    if learner.categories == "text":
        arguments["cat_features"] = tuple(categorical)  # a tuple: a list does not survive sklearn.clone
    arguments.pop("", None)  # what the library has no parameter for
    return arguments


def estimator(classifier: str, arguments: Mapping[str, object]) -> Any:
    """Return a new, unfitted classifier; imports its library."""
    return named_class(classifier)(**arguments)


def trees_of(model: Any) -> int | None:
    """Return how many rounds a fitted model predicts with; None where it does not say."""
    names = ("best_iteration", "n_iter_", "tree_count_", "n_estimators_", "n_estimators", "number_of_trees")
    for name in names:
        rounds = getattr(model, name, None)
        if isinstance(rounds, int):
            return rounds + 1 if name == "best_iteration" else rounds
    return None
