"""Training what a path needs and the store lacks, and joining the folds."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

import numpy as np
import numpy.typing as npt
from joblib import effective_n_jobs  # type: ignore[import-untyped]
from sklearn.utils import _safe_indexing
from sklearn.utils.parallel import Parallel, delayed

from boostweights.adapters.binning import BinnedFold, Reuse
from boostweights.path.inputs import Codes, Labels, Split
from boostweights.path.model import PathModel
from boostweights.path.others import Tuning, fitted, nested_threshold, tuned
from boostweights.path.result import WeightPath
from boostweights.path.scores import costs_of_counts
from boostweights.path.store import Arrays, Store, digest, setting_lines, versions
from boostweights.probabilities.promises import Promised
from boostweights.progress import progress_bar
from boostweights.weighting.labels.rules import Label
from boostweights.weighting.policies.costs import Costs

Fold = tuple[dict[float, Arrays], float | None]  # what each ratio predicts, and a threshold tuned within


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Plan:
    """What is to be trained, on which rows; everything checked."""

    model: PathModel
    X: Any
    labels: Labels
    ratios: tuple[float, ...]
    splits: Sequence[Split]
    costs: Costs | None
    reuse: Reuse
    tuning: Tuning
    promised: Promised | None = None
    clusters: Codes | None = None

    @property
    def needed(self) -> tuple[float, ...]:
        """The ratios, and 1 for the baselines."""
        return tuple(sorted({1.0, *self.ratios}))

    @property
    def positive(self) -> Label:
        """The positive label."""
        return self.labels.classes[self.labels.positive]

    @property
    def costs_of_counts(self) -> npt.NDArray[np.float64] | None:
        """What each of the four counts costs."""
        return None if self.costs is None else costs_of_counts(self.costs, self.labels.classes, self.positive)

    def key(self) -> str:
        """Hash all that every fit depends on; fold and ratio come with each result's own name."""
        template = self.model.at(1.0, self.labels.positive)  # the weighting before does not count
        rows = [each for split in self.splits for each in (split.train, split.test)]
        return digest(
            [
                *(*setting_lines(template), self.model.scale, *versions(template)),
                *(
                    self.reuse.kept_as or self.reuse.how,
                    self.X,
                    self.labels.codes,
                    self.labels.positive,
                    self.labels.weight,
                    *rows,
                ),
            ]
        )


def trained(plan: Plan, store: Store, *, drawn: bool, n_jobs: int | None) -> list[Fold]:
    """Train what the store lacks, fold by fold or several folds at a time."""
    numbers, folds = range(len(plan.splits)), []
    steps = len(plan.needed) + (plan.tuning.inner is not None)
    done, total = 0, len(numbers) * steps
    with progress_bar("weight path", drawn=drawn) as show:

        def advance(text: str, by: int) -> None:
            nonlocal done
            done += by
            show(done / total, f"{done}/{total} {text}")

        if effective_n_jobs(n_jobs) == 1:
            return [_fold(plan, store, number, advance) for number in numbers]
        tasks = (delayed(_fold)(plan, store, number, _silent) for number in numbers)
        for number, fold in enumerate(Parallel(n_jobs=n_jobs, return_as="generator")(tasks)):
            folds.append(fold)
            advance(f"fold {number + 1}", steps)
    return folds


def _silent(text: str, by: int) -> None:
    """Show nothing, in another process."""


def _fold(plan: Plan, store: Store, number: int, advance: Callable[[str, int], None]) -> Fold:
    """Train one fold; its data are binned when first needed, and once."""
    split, costs = plan.splits[number], plan.costs_of_counts

    @cache
    def binned() -> BinnedFold | None:
        if plan.reuse.bin is None:
            return None
        return plan.reuse.bin(_safe_indexing(plan.X, split.train), plan.labels.codes[split.train])

    def cell(ratio: float) -> Arrays:
        if (bins := binned()) is None:
            return plan.model.refitted(plan.X, plan.labels, split, ratio)
        return plan.model.reused(plan.X, plan.labels, split, ratio, bins)

    cells = {}
    for ratio in plan.needed:
        cells[ratio] = store.get(f"fold {number}, ratio {ratio!r}", partial(cell, ratio))
        advance(f"fold {number + 1}, ratio {ratio:.3g}", 1)
    if plan.tuning.inner is None:
        return cells, None
    inner = plan.tuning.inner[number]

    def threshold() -> Arrays:
        best = nested_threshold(plan.model, plan.X, plan.labels, split, inner, costs=costs)
        return {"threshold": np.asarray(best)}

    kept = store.get(f"fold {number}, threshold {digest([repr(plan.costs), inner])}", threshold)
    advance(f"fold {number + 1}, threshold", 1)
    return cells, float(kept["threshold"])


def joined(plan: Plan, trained_folds: Sequence[Fold], *, groups: Any) -> WeightPath:
    """Return a path of what was trained, fold after fold."""
    row = np.concatenate([split.test for split in plan.splits])
    fold = np.repeat(np.arange(len(plan.splits)), [len(split.test) for split in plan.splits])
    y = plan.labels.codes[row] == plan.labels.positive
    own = np.ones(len(row)) if plan.labels.weight is None else plan.labels.weight[row]
    proba, corrected = (
        np.stack([np.concatenate([cells[ratio][of] for cells, _ in trained_folds]) for ratio in plan.needed])
        for of in ("proba", "corrected")
    )
    mapped = fitted(corrected, y, row, fold, own)
    asked, unweighted = [plan.needed.index(ratio) for ratio in plan.ratios], plan.needed.index(1.0)
    nested = [threshold for _, threshold in trained_folds if threshold is not None]
    return WeightPath(
        ratios=plan.ratios,
        classes=plan.labels.classes,
        positive=plan.positive,
        row=row,
        fold=fold,
        y=y,
        proba=proba[asked],
        corrected=corrected[asked],
        fitted=mapped[asked],
        baseline=proba[unweighted],
        baseline_fitted=mapped[unweighted],
        tuned_threshold=np.array(nested or tuned(proba[unweighted], y, row, fold, plan.costs_of_counts)),
        train_size=np.array([len(split.train) for split in plan.splits]),
        costs=plan.costs,
        groups=None if groups is None else groups[row],
        promised=plan.promised,
        clusters=None if plan.clusters is None else plan.clusters[row],
        tuned_by="f1" if plan.costs is None else "cost",
        tuning=plan.tuning.how,
        estimator=plan.model.name,
        scale=plan.model.scale,
        reused=plan.reuse.how,
    )
