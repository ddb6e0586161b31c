"""Training what a path needs and the store lacks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from joblib import effective_n_jobs  # type: ignore[import-untyped]
from sklearn.utils import _safe_indexing
from sklearn.utils.parallel import Parallel, delayed

from boostweights.adapters.reuse import BinnedFold, Reuse
from boostweights.path.inputs import Labels, Split
from boostweights.path.model import Model, OutOfFold
from boostweights.path.progress import progress_bar, silent
from boostweights.path.result import WeightPath
from boostweights.path.store import Arrays, Store, digest, setting_lines, versions
from boostweights.path.threshold import tuned_threshold
from boostweights.weighting.policies.costs import Costs

Fold = tuple[dict[float, OutOfFold], float]  # what each ratio predicts, and the tuned threshold


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
        found = store.get(f"fold {number}, ratio {ratio!r}", lambda: trainer.cell(ratio))  # noqa: B023
        cells[ratio] = OutOfFold(**found)
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
            done = plan.model.refitted(plan.X, plan.labels, self._split, ratio)
        else:
            done = plan.model.reused(plan.X, plan.labels, self._split, ratio, self._binned)
        return {"proba": done.proba, "corrected": done.corrected}

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
        return np.concatenate([getattr(cells[ratio], of) for cells, _ in found])

    return WeightPath(
        ratios=plan.ratios,
        classes=plan.labels.classes,
        positive=plan.labels.classes[plan.labels.positive],
        row=row,
        fold=np.repeat(np.arange(len(plan.splits)), [len(split.test) for split in plan.splits]),
        y=plan.labels.codes[row] == plan.labels.positive,
        proba=np.stack([all_folds(ratio, "proba") for ratio in plan.ratios]),
        corrected=np.stack([all_folds(ratio, "corrected") for ratio in plan.ratios]),
        baseline=all_folds(1.0, "proba"),
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
