"""What was measured at each weight of a path, fold by fold, and its tables as columns."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from boostweights.errors import InvalidValueError
from boostweights.path.promised import promised_scores
from boostweights.path.scores import (
    Scores,
    at_threshold,
    costs_of_counts,
    error_rates,
    interval,
    of_probabilities,
)
from boostweights.probabilities.promise_cost import held_out, promise_in_words
from boostweights.probabilities.promises import Promised
from boostweights.probabilities.thresholds import COUNTS, Floats, counts_at
from boostweights.recommendation.needs import promised_need
from boostweights.weighting.labels.rules import Label, positions
from boostweights.weighting.policies.costs import Costs

Columns = dict[str, list[Any]]
_SHORT: Final = (
    "recall",
    "precision",
    "f1",
    "average_precision",
    "log_loss",
    "log_loss_corrected",
    "log_loss_fitted",
    "cost",
    "promised_threshold",
    "promised_alarms",
    "promised_recall",
)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Measured:
    """The data of a weight path; `WeightPath` says what each of them is."""

    ratios: tuple[float, ...]
    classes: tuple[Label, Label]
    positive: Label
    row: npt.NDArray[np.intp]
    fold: npt.NDArray[np.intp]
    y: npt.NDArray[np.bool_]
    proba: Floats
    corrected: Floats
    fitted: Floats
    baseline: Floats
    baseline_fitted: Floats
    tuned_threshold: Floats
    train_size: npt.NDArray[np.intp]
    costs: Costs | None = None
    groups: npt.NDArray[np.object_] | None = None
    promised: Promised | None = None
    clusters: npt.NDArray[np.intp] | None = None
    tuned_by: str = "f1"
    tuning: str = "folds"
    estimator: str = ""
    scale: str = "mean"
    reused: str = "none"

    @property
    def folds(self) -> int:
        """The number k of folds."""
        return len(self.tuned_threshold)

    @property
    def held_out(self) -> int:
        """How many rows the promise will be made on; 0 without a promise."""
        if self.promised is None:
            return 0
        return held_out(self.promised, self.y, self.row if self.clusters is None else self.clusters)

    @property
    def need(self) -> str:
        """By which `best` picks, unless told otherwise: the path's promise, its costs, or F1."""
        if self.promised is not None:
            return promised_need(self.promised)
        return "decisions" if self.costs is None else "costs"


def by_fold(path: Measured) -> Columns:
    """Return one row a ratio and fold: counts at .5 and metrics."""
    halves = np.full(path.folds, 0.5)
    rows = [
        {"ratio": ratio, "fold": fold, **scores}
        for ratio, *proba in zip(path.ratios, path.proba, path.corrected, path.fitted, strict=True)
        for fold, scores in enumerate(_scores(path, proba, halves))
    ]
    return _columns(rows)


def by_ratio(path: Measured) -> Columns:
    """Return one row a ratio: summed counts, means and intervals."""
    halves = np.full(path.folds, 0.5)
    return _columns(
        [
            {"ratio": ratio, **_summary(path, _scores(path, proba, halves))}
            for ratio, *proba in zip(path.ratios, path.proba, path.corrected, path.fitted, strict=True)
        ]
    )


def of_baselines(path: Measured) -> Columns:
    """Return one row a ratio for the equivalent threshold, and one for the tuned one."""

    def row(name: str, ratio: float, thresholds: Floats) -> dict[str, Any]:
        scores = _scores(path, [path.baseline, path.baseline, path.baseline_fitted], thresholds)
        head = {"baseline": name, "ratio": ratio, "threshold": float(thresholds.mean())}
        return head | _summary(path, scores)

    equivalent = [
        row("equivalent threshold", ratio, np.full(path.folds, 1 / (1 + ratio))) for ratio in path.ratios
    ]
    return _columns([*equivalent, row("tuned threshold", math.nan, path.tuned_threshold)])


def by_group(path: Measured) -> Columns:
    """Return one row a ratio and group: counts at .5, error rates, and their change by weighting."""
    if path.groups is None:
        raise InvalidValueError(
            "error rates by group need groups", "groups=None", "Call weight_path(…, groups=…)."
        )
    groups = path.groups.tolist()
    names = sorted(set(groups))
    order = positions(names)
    at = np.array([order[group] for group in groups])  # a group may be a tuple
    rows = []
    for ratio, proba in zip(path.ratios, path.proba, strict=True):
        for number, name in enumerate(names):
            inside = at == number
            counts, unweighted = (
                counts_at(path.y[inside], each[inside], [0.5])[0] for each in (proba, path.baseline)
            )
            rates, before = error_rates(counts), error_rates(unweighted)
            rows.append(
                {
                    "ratio": ratio,
                    "group": name,
                    "rows": int(inside.sum()),
                    "positives": int(path.y[inside].sum()),
                    **dict(zip(COUNTS, counts.tolist(), strict=True)),
                    **rates,
                    **{f"{rate}_change": rates[rate] - before[rate] for rate in rates},
                }
            )
    return _columns(rows)


def heading(path: Measured) -> dict[str, str]:
    """Return what a reader should know before the numbers."""
    return {
        "weight path": path.estimator,
        "positive": f"{path.positive!r}: {int(path.y.sum())} of {len(path.y)} evaluated rows",
        "folds": f"{path.folds}; means over folds, counts and decisions at .5",
        "bins": path.reused,
        "tuned": f"the unweighted model's threshold, by {path.tuned_by}; {path.tuning}",
        "promised": "" if path.promised is None else promise_in_words(path.promised),
    }


def short(path: Measured) -> Columns:
    """Return the columns of the printed table: each ratio, then the baselines."""
    weighted, unweighted = by_ratio(path), of_baselines(path)
    names = [name for name in _SHORT if name in weighted]
    tuned = {name: values[-1:] for name, values in unweighted.items()}
    columns: Columns = {"model": ["weighted"] * len(path.ratios) + ["unweighted, tuned threshold"]}
    columns["ratio"] = [*weighted["ratio"], 1.0]
    columns["threshold"] = [*[0.5] * len(path.ratios), *tuned["threshold"]]
    return columns | {name: [*weighted[name], *tuned[name]] for name in (*COUNTS, *names)}


def _scores(path: Measured, ways: Sequence[Floats], thresholds: Floats) -> list[Scores]:
    """Counts and metrics of one model, as trained, corrected and fitted, fold by fold."""
    costs = None if path.costs is None else costs_of_counts(path.costs, path.classes, path.positive)
    found = []
    for fold, threshold in enumerate(thresholds):
        rows = path.fold == fold
        counts = counts_at(path.y[rows], ways[0][rows], [threshold])[0]
        decided = at_threshold(counts, costs)
        ranked = of_probabilities(path.y[rows], *(each[rows] for each in ways))
        cost = {name: decided.pop(name) for name in ("cost",) if name in decided}
        clusters = None if path.clusters is None else path.clusters[rows]
        cost |= promised_scores(path.promised, path.held_out, ways[0][rows], path.y[rows], clusters)
        found.append({**dict(zip(COUNTS, counts.tolist(), strict=True)), **decided, **ranked, **cost})
    return found


def _summary(path: Measured, scores: Sequence[Scores]) -> dict[str, Any]:
    """Counts summed over folds; metrics as means with their intervals."""
    test_size = np.bincount(path.fold, minlength=path.folds)
    overlap = float(np.mean(test_size / path.train_size))
    row: dict[str, Any] = {name: int(sum(each[name] for each in scores)) for name in COUNTS}
    for name in scores[0]:
        if name in COUNTS:
            continue
        values = np.array([each[name] for each in scores])
        mean, low, high = interval(values, overlap, share=not name.startswith(("cost", "log_loss")))
        row |= {name: mean, f"{name}_low": low, f"{name}_high": high}
    return row


def _columns(rows: Sequence[Mapping[str, Any]]) -> Columns:
    return {name: [row[name] for row in rows] for name in rows[0]}
