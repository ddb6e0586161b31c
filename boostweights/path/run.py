"""Training what a path needs and the store lacks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.utils import _safe_indexing

from boostweights.native.reuse import BinnedFold, Reuse
from boostweights.path.inputs import Labels, Split
from boostweights.path.model import Model, OutOfFold
from boostweights.path.progress import progress_bar
from boostweights.path.result import WeightPath
from boostweights.path.store import Arrays, Store, digest, setting_lines, versions
from boostweights.path.threshold import tuned_threshold
from boostweights.policy import Costs

__all__ = ["Plan", "joined", "trained"]


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
    cv_groups: Any

    @property
    def needed(self) -> tuple[float, ...]:
        """The ratios, and 1 for the baselines."""
        return tuple(sorted({1.0, *self.ratios}))

    def key(self) -> str:
        """Hash all that every fit depends on; fold and ratio come with each result's own name."""
        template = self.model.at(1.0, self.labels.positive)  # the weighting before does not count
        modules = {type(self.model.classifier.estimator).__module__.partition(".")[0]}
        rows = [each for split in self.splits for each in (split.train, split.test)]
        return digest(
            [
                *(*setting_lines(template), self.model.scale, sorted(versions(modules).items())),
                *(self.reuse.how, self.X, self.labels.codes, self.labels.positive, self.labels.weight, *rows),
            ]
        )

    def threshold_key(self) -> str:
        """Hash what tuning a threshold depends on besides."""
        return digest([repr(self.costs), None if self.cv_groups is None else np.asarray(self.cv_groups)])


def trained(
    plan: Plan, store: Store, *, drawn: bool
) -> tuple[dict[tuple[int, float], OutOfFold], list[float]]:
    """Train what the store lacks."""
    cells, thresholds, by = {}, [], plan.threshold_key()
    steps = len(plan.splits) * (len(plan.needed) + 1)
    with progress_bar(steps, drawn=drawn) as advance:
        for fold, split in enumerate(plan.splits):
            trainer = _Trainer(plan, split)
            for ratio in plan.needed:
                found = store.get(f"fold {fold}, ratio {ratio!r}", lambda: trainer.cell(ratio))  # noqa: B023
                cells[fold, ratio] = OutOfFold(**found)
                advance(f"fold {fold + 1}, ratio {ratio:.3g}")
            tuned = store.get(f"fold {fold}, threshold {by}", trainer.threshold)
            thresholds.append(float(tuned["threshold"]))
            advance(f"fold {fold + 1}, threshold")
    return cells, thresholds


class _Trainer:
    """One fold; its data are binned when first needed, and once."""

    def __init__(self, plan: Plan, split: Split) -> None:
        self._plan, self._split = plan, split
        self._binned: BinnedFold | None = None

    def cell(self, ratio: float) -> Arrays:
        """Return the probabilities at a ratio."""
        plan = self._plan
        binned = self._bins()
        if binned is None:
            done = plan.model.refitted(plan.X, plan.labels, self._split, ratio)
        else:
            done = plan.model.reused(plan.X, plan.labels, self._split, ratio, binned)
        return {"proba": done.proba, "corrected": done.corrected}

    def threshold(self) -> Arrays:
        """Return the unweighted model's tuned threshold."""
        plan = self._plan
        tuned = tuned_threshold(
            plan.model, plan.X, plan.labels, self._split, costs=plan.costs, cv_groups=plan.cv_groups
        )
        return {"threshold": np.asarray(tuned)}

    def _bins(self) -> BinnedFold | None:
        if self._binned is None and self._plan.reuse.bin is not None:
            self._binned = self._plan.reuse.bin(
                _safe_indexing(self._plan.X, self._split.train), self._plan.labels.codes[self._split.train]
            )
        return self._binned


def joined(
    plan: Plan,
    cells: dict[tuple[int, float], OutOfFold],
    thresholds: list[float],
    *,
    groups: Any,
    scoring: str,
) -> WeightPath:
    """Return a path of what was trained, fold after fold."""
    numbers = range(len(plan.splits))
    row = np.concatenate([split.test for split in plan.splits])

    def all_folds(ratio: float, of: str) -> Any:
        return np.concatenate([getattr(cells[fold, ratio], of) for fold in numbers])

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
        tuned_threshold=np.array(thresholds),
        train_size=np.array([len(split.train) for split in plan.splits]),
        costs=plan.costs,
        groups=None if groups is None else groups[row],
        scoring=scoring,
        tuned_by="f1" if plan.costs is None else "cost",
        estimator=plan.model.name,
        scale=plan.model.scale,
        reused=plan.reuse.how,
    )
