"""A plan: the cells of a suite, and the distinct models that serve them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np
from sklearn.model_selection import StratifiedKFold

from boostweights.benchmark.data import Dataset, catalogue, read
from boostweights.benchmark.learners import (
    LEARNERS,
    Learner,
    installed_distribution,
    installed_version,
    parameters,
)
from boostweights.benchmark.suite import Suite
from boostweights.policy import as_policy

__all__ = ["CODE_VERSION", "Cell", "Described", "Model", "Plan", "Split", "make_plan", "stratified"]

CODE_VERSION: Final = 1
"""Raised whenever the harness's own code would give another result for the same plan."""

_VERSIONED: Final = ("boostweights", "numpy", "pandas", "scikit-learn", "imbalanced-learn")

Rows = np.ndarray[tuple[int], np.dtype[np.int64]]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Split:
    """Positions of the training and test rows of one fold."""

    fold: int
    train: Rows
    test: Rows


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One question: this policy, in this library, on this fold of this data set."""

    dataset: str
    fold: int
    library: str
    policy: str
    model_key: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Model:
    """All that a worker needs to train and measure one model, and nothing else."""

    key: str
    data: Path
    split: Split
    classifier: str
    parameters: Mapping[str, object]
    categories: Literal["dtype", "text"]
    policy: str
    threads: int
    installed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Described:
    """A data set as a report names it."""

    name: str
    digest: str
    facts: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Plan:
    """Cells in their order, distinct models by key, data sets, and versions by package."""

    suite: Suite
    cells: tuple[Cell, ...]
    models: Mapping[str, Model]
    data: tuple[Described, ...]
    versions: Mapping[str, str | None]


def stratified(dataset: Dataset, suite: Suite) -> tuple[Split, ...]:
    """Return the suite's folds: stratified by label, shuffled with its seed."""
    folds = StratifiedKFold(suite.folds, shuffle=True, random_state=suite.seed)
    pairs = folds.split(np.zeros(len(dataset.y)), dataset.y)
    return tuple(Split(fold=fold, train=train, test=test) for fold, (train, test) in enumerate(pairs))


def make_plan(
    suite: Suite,
    data: Mapping[str, Path],
    *,
    split: Callable[[Dataset, Suite], Iterable[Split]] = stratified,
    learners: Mapping[str, Learner] = LEARNERS,
) -> Plan:
    """Return the plan of a suite.

    Parameters
    ----------
    suite : Suite
        What to compare.
    data : mapping of str to Path
        The Parquet file of each of the suite's data sets.
    split : callable
        Folds of a data set.
    learners : mapping of str to Learner
        The table of estimators.
    """
    used = {library: learners[library] for library in suite.libraries}
    versions = _versions(used.values())
    cells: list[Cell] = []
    models: dict[str, Model] = {}
    described = []
    for name in suite.data:
        dataset = read(data[name])
        about = _described(name, dataset)
        described.append(about)
        for fold in split(dataset, suite):
            for cell, model in _fold_cells(suite, dataset, about, data[name], fold, used, versions):
                cells.append(cell)
                models.setdefault(model.key, model)
    return Plan(suite=suite, cells=tuple(cells), models=models, data=tuple(described), versions=versions)


def _described(name: str, dataset: Dataset) -> Described:
    entry = catalogue().entries.get(name)
    source = {key: getattr(entry, key) for key in ("package", "version", "path", "sha256")} if entry else None
    return Described(name=name, digest=dataset.digest, facts=dataset.facts() | {"source": source})


def _fold_cells(
    suite: Suite,
    dataset: Dataset,
    about: Described,
    path: Path,
    split: Split,
    learners: Mapping[str, Learner],
    versions: Mapping[str, str | None],
) -> Iterator[tuple[Cell, Model]]:
    labels = dataset.y[split.train]
    weights = {policy: as_policy(policy).resolve(labels).class_weight for policy in suite.policies}
    for library, learner in learners.items():
        arguments = parameters(
            learner,
            trees=suite.trees,
            seed=suite.seed,
            threads=suite.threads,
            categorical=dataset.categorical,
        )
        for policy in suite.policies:
            key = _key(about, split, learner, arguments, weights[policy], suite.threads, versions)
            model = Model(
                key=key,
                data=path,
                split=split,
                classifier=learner.classifier,
                parameters=arguments,
                categories=learner.categories,
                policy=policy,
                threads=suite.threads,
                installed=installed_distribution(learner) is not None,
            )
            yield (
                Cell(dataset=about.name, fold=split.fold, library=library, policy=policy, model_key=key),
                model,
            )


def _key(
    about: Described,
    split: Split,
    learner: Learner,
    arguments: Mapping[str, object],
    weights: Mapping[Any, float],
    threads: int,
    versions: Mapping[str, str | None],
) -> str:
    """SHA-256 of all that can change a model or its measures; weights as resolved, not as they were named."""
    facts = {
        "code": CODE_VERSION,
        "data": about.digest,
        "train": hashlib.sha256(split.train.astype(np.int64).tobytes()).hexdigest(),
        "test": hashlib.sha256(split.test.astype(np.int64).tobytes()).hexdigest(),
        "classifier": learner.classifier,
        "parameters": dict(arguments),
        "categories": learner.categories,
        "weights": [[str(label), float(weight).hex()] for label, weight in weights.items()],
        "threads": threads,
        # by version alone: packages that provide the same library train the same model
        "versions": [versions[_provider(learner)], *(versions[name] for name in _VERSIONED)],
    }
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()


def _versions(learners: Iterable[Learner]) -> dict[str, str | None]:
    """Versions by package, those of the libraries first."""
    names = [*map(_provider, learners), *_VERSIONED]
    return {name: installed_version(name) for name in names}


def _provider(learner: Learner) -> str:
    return installed_distribution(learner) or learner.distributions[0]
