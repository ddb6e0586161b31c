"""Training what a path needs and the store lacks, the unweighted model's tuned threshold with it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

import numpy as np
from joblib import effective_n_jobs  # type: ignore[import-untyped]
from sklearn import config_context, get_config
from sklearn.metrics import make_scorer
from sklearn.model_selection import PredefinedSplit, TunedThresholdClassifierCV
from sklearn.utils import _safe_indexing
from sklearn.utils.parallel import Parallel, delayed

from boostweights.adapters.binning import BinnedFold, Reuse
from boostweights.errors import InvalidValueError
from boostweights.path.fitted import fitted
from boostweights.path.inputs import Codes, Labels, Split
from boostweights.path.model import Model
from boostweights.path.progress import progress_bar, silent
from boostweights.path.result import WeightPath
from boostweights.path.scores import at_threshold, costs_of_counts
from boostweights.path.store import Arrays, Store, digest, setting_lines, versions
from boostweights.weighting.policies.costs import Costs

Fold = tuple[dict[float, Arrays], float]  # what each ratio predicts, and the tuned threshold


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Plan:
    """What is to be trained, on which rows; everything checked."""

    model: Model
    X: Any
    labels: Labels
    ratios: tuple[float, ...]
    splits: Sequence[Split]
    costs: Costs | None
    reuse: Reuse

    @property
    def needed(self) -> tuple[float, ...]:
        """The ratios, and 1 for the baselines."""
        return tuple(sorted({1.0, *self.ratios}))

    def key(self) -> str:
        """Hash all that every fit depends on; fold and ratio come with each result's own name."""
        template = self.model.at(1.0, self.labels.positive)  # the weighting before does not count
        rows = [each for split in self.splits for each in (split.train, split.test)]
        return digest(
            [
                *(*setting_lines(template), self.model.scale, *versions(template)),
                *(self.reuse.how, self.X, self.labels.codes, self.labels.positive, self.labels.weight, *rows),
            ]
        )


def trained(plan: Plan, store: Store, *, drawn: bool, n_jobs: int | None) -> list[Fold]:
    """Train what the store lacks, fold by fold or several folds at a time."""
    numbers, found = range(len(plan.splits)), []
    steps = len(plan.needed) + 1
    with progress_bar(len(numbers) * steps, drawn=drawn) as advance:
        if effective_n_jobs(n_jobs) == 1:
            return [_fold(plan, store, number, advance) for number in numbers]
        tasks = (delayed(_fold)(plan, store, number, silent) for number in numbers)
        for number, fold in enumerate(Parallel(n_jobs=n_jobs, return_as="generator")(tasks)):
            found.append(fold)
            advance(f"fold {number + 1}", steps)
    return found


def _fold(plan: Plan, store: Store, number: int, advance: Callable[[str, int], None]) -> Fold:
    split, cells = plan.splits[number], {}
    trainer = _Trainer(plan, split)
    for ratio in plan.needed:
        cells[ratio] = store.get(f"fold {number}, ratio {ratio!r}", partial(trainer.cell, ratio))
        advance(f"fold {number + 1}, ratio {ratio:.3g}", 1)
    by = digest([repr(plan.costs), split.inner])
    tuned = store.get(f"fold {number}, threshold {by}", trainer.threshold)
    advance(f"fold {number + 1}, threshold", 1)
    return cells, float(tuned["threshold"])


class _Trainer:
    """One fold; its data are binned when first needed, and once."""

    def __init__(self, plan: Plan, split: Split) -> None:
        self._plan, self._split = plan, split

    def cell(self, ratio: float) -> Arrays:
        """Return the probabilities at a ratio."""
        plan = self._plan
        if self._binned is None:
            return plan.model.refitted(plan.X, plan.labels, self._split, ratio)
        return plan.model.reused(plan.X, plan.labels, self._split, ratio, self._binned)

    def threshold(self) -> Arrays:
        """Return the unweighted model's tuned threshold."""
        plan = self._plan
        tuned = tuned_threshold(plan.model, plan.X, plan.labels, self._split, costs=plan.costs)
        return {"threshold": np.asarray(tuned)}

    @cached_property
    def _binned(self) -> BinnedFold | None:
        plan, rows = self._plan, self._split.train
        if plan.reuse.bin is None:
            return None
        return plan.reuse.bin(_safe_indexing(plan.X, rows), plan.labels.codes[rows])


def joined(plan: Plan, found: Sequence[Fold], *, groups: Any, scoring: str) -> WeightPath:
    """Return a path of what was trained, fold after fold."""
    row = np.concatenate([split.test for split in plan.splits])

    def all_folds(ratio: float, of: str) -> Any:
        return np.concatenate([cells[ratio][of] for cells, _ in found])

    y = plan.labels.codes[row] == plan.labels.positive
    fold = np.repeat(np.arange(len(plan.splits)), [len(split.test) for split in plan.splits])
    own = np.ones(len(row)) if plan.labels.weight is None else plan.labels.weight[row]
    baseline = all_folds(1.0, "proba")
    corrected = np.stack([all_folds(ratio, "corrected") for ratio in plan.ratios])
    return WeightPath(
        ratios=plan.ratios,
        classes=plan.labels.classes,
        positive=plan.labels.classes[plan.labels.positive],
        row=row,
        fold=fold,
        y=y,
        proba=np.stack([all_folds(ratio, "proba") for ratio in plan.ratios]),
        corrected=corrected,
        fitted=np.stack([fitted(each, y, row, fold, own) for each in corrected]),
        baseline=baseline,
        baseline_fitted=fitted(baseline, y, row, fold, own),
        tuned_threshold=np.array([threshold for _, threshold in found]),
        train_size=np.array([len(split.train) for split in plan.splits]),
        costs=plan.costs,
        groups=None if groups is None else groups[row],
        scoring=scoring,
        tuned_by="f1" if plan.costs is None else "cost",
        estimator=plan.model.name,
        scale=plan.model.scale,
        reused=plan.reuse.how,
    )


def tuned_threshold(model: Model, X: Any, labels: Labels, split: Split, *, costs: Costs | None) -> float:
    """Return the threshold that is best, by cost or else by F1, within a fold's training rows.

    ``TunedThresholdClassifierCV`` of the unweighted model over the parts of the training fold.
    """
    estimator, scorer = model.at(1.0, labels.positive), _scorer(labels, costs)
    rows, codes = _safe_indexing(X, split.train), labels.codes[split.train]
    given = {}
    if labels.weight is not None:
        given["sample_weight"] = labels.weight[split.train]
    with config_context(enable_metadata_routing=bool(given) or get_config()["enable_metadata_routing"]):
        if given:  # which the tuner takes by routing alone
            estimator = estimator.set_fit_request(sample_weight=True)
            scorer = scorer.set_score_request(sample_weight=False)
        tuner = TunedThresholdClassifierCV(estimator, scoring=scorer, cv=PredefinedSplit(split.inner))
        with _telling_rows_apart():
            return float(tuner.fit(rows, codes, **given).best_threshold_)


@contextmanager
def _telling_rows_apart() -> Iterator[None]:
    """Say in our way what scikit-learn says of a model that gives all rows one probability."""
    try:
        yield
    except ValueError as broken:
        if "constant predictions" not in str(broken):
            raise
        raise InvalidValueError(
            "tuning a threshold needs an unweighted model that tells rows apart",
            "one probability for all rows in a part of a training fold",
            "Use fewer folds or smaller leaves (min_child_samples=1), or features that tell of the class.",
        ) from broken


def _scorer(labels: Labels, costs: Costs | None) -> Any:
    """What the tuner asks at each of a hundred thresholds: from counts, for it is asked often."""
    positive = labels.classes[labels.positive]
    by_count = None if costs is None else costs_of_counts(costs, labels.classes, positive)
    return make_scorer(_worth, pos_label=labels.positive, by_count=by_count)


def _worth(y_true: Codes, y_pred: Codes, *, pos_label: int, by_count: Any) -> float:
    outcome = 2 * (np.asarray(y_true) == pos_label) + (np.asarray(y_pred) == pos_label)  # tn, fp, fn, tp
    scores = at_threshold(np.bincount(outcome, minlength=4), by_count)
    return scores["f1"] if by_count is None else -scores["cost"]
