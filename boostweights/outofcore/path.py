"""The weight path of a folder: one model a ratio, tested on rows that none of them was trained on."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from sklearn.base import clone
from sklearn.model_selection import StratifiedKFold

from boostweights.adapters.adapter import Adapter
from boostweights.adapters.binning import Bins, OutOfCore
from boostweights.errors import InvalidTypeError, InvalidValueError, shown
from boostweights.estimator.classifier import WeightedClassifier
from boostweights.outofcore.fitting import BLOCK_ROWS, checked, opened
from boostweights.outofcore.frame import frame_of
from boostweights.outofcore.job import ROW_FORMS, Job
from boostweights.path.inputs import checked_costs, checked_positive
from boostweights.path.model import checked_model
from boostweights.path.others import fitted, tuned
from boostweights.path.ratios import checked_ratios, default_ratios
from boostweights.path.result import WeightPath
from boostweights.path.scores import costs_of_counts
from boostweights.weighting.labels.rules import Label
from boostweights.weighting.policies.base import Scale
from boostweights.weighting.policies.by_class import Explicit
from boostweights.weighting.policies.costs import Costs

Floats = npt.NDArray[np.float64]

PARTS: Final = 5
"""Of the rows left out: what is learned for one of them is learned from the others."""


def weight_path_parquet(  # noqa: PLR0913  each is a choice of the user's
    estimator: Any,
    folder: Any,
    target: str,
    ratios: Iterable[float] | None = None,
    *,
    holdout: Any = 0.2,
    positive: Label = None,
    costs: Costs | None = None,
    scale: Scale = "mean",
    columns: Any = None,
    sample_weight: str | None = None,
    block_rows: int = BLOCK_ROWS,
    bins: Bins = "auto",
    cache_folder: Any = None,
    frozen: bool = False,
    filesystem: Any = None,
) -> WeightPath:
    """Train on a folder at each weight of the positive class, and keep what the models say of a hold-out.

    Each ratio is trained once, on the same rows; the unweighted model is its ratio 1. Then the rows left out
    are read once, block by block, and predicted by all models. They are dealt into five parts, stratified:
    the threshold of the unweighted model and the fitted correction of each part are learned from the scores
    of the other four, so that no row is tested by what it taught, and no fit more is needed.

    Parameters
    ----------
    estimator : XGBClassifier, LGBMClassifier or WeightedClassifier
        The weighting of a WeightedClassifier is replaced, its other parameters stay.
    folder : path, or list of paths
        As for `count_parquet`.
    target : str
        The column of labels of two classes.
    ratios, positive, costs, scale
        As for `weight_path`.
    holdout : float or path, default=0.2
        The share of the folder's rows that is not trained on, each drawn by itself with the estimator's own
        seed; or another folder or list of files, such as those of a later time.
    sample_weight : str, default=None
        A column of the caller's row weights: trained with, not counted in the metrics.
    columns, block_rows, bins, cache_folder, filesystem
        As for `fit_parquet`.
    frozen : bool, default=False
        For xgboost, whose cut points follow the weights: find them once, without weights, which is another
        model. LightGBM's bins are found once, exactly, and stay in memory, a byte a value.

    Returns
    -------
    WeightPath
        Its folds are the five parts of the hold-out, all tested by one model a ratio: its intervals are of
        other rows to test, less of other rows to train on. ``row`` counts the rows left out, from 0, in the
        order of the files. In memory are labels and, of the rows left out, four numbers a ratio.

    Raises
    ------
    InvalidValueError, InvalidTypeError, UnknownLabelError
        Before any training, as `fit_parquet` and `weight_path`.

    Examples
    --------
    >>> import tempfile, numpy as np, pyarrow as pa, pyarrow.parquet as pq
    >>> from lightgbm import LGBMClassifier
    >>> rng = np.random.default_rng(0)
    >>> amount = rng.normal(size=2000)
    >>> late = amount + rng.normal(size=2000) > 2
    >>> lgbm = LGBMClassifier(n_estimators=20, n_jobs=1, verbose=-1)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     pq.write_table(pa.table({"amount": amount, "late": late}), f"{folder}/1.parquet")
    ...     path = weight_path_parquet(lgbm, folder, "late", ratios=[1, 3, 9])
    >>> [path.confusion(ratio)["tp"] for ratio in path.ratios], len(path.y)
    ([4, 12, 24], 419)
    """
    model = checked_model(estimator, scale)
    template, adapter = _checked(model.template, holdout)
    asked = None if ratios is None else checked_ratios(ratios)
    options = {"bins": bins, "cache_folder": cache_folder, "frozen": frozen}
    folders, blocks = opened(
        *(adapter, template, options, folder, target),
        columns=columns,
        sample_weight=sample_weight,
        left_out=holdout,
        argument="holdout",
        block_rows=block_rows,
        filesystem=filesystem,
    )
    job = folders.counted()
    chosen = _checked_positive(job, positive, costs)
    costs = checked_costs(costs, job.rows.classes)
    (other,) = (label for label in job.rows.classes if label != chosen)
    rows = job.rows if job.sums is None else job.sums
    tried = default_ratios(rows[other] / rows[chosen]) if asked is None else asked
    policies = {ratio: Explicit({other: 1.0, chosen: ratio}, scale=scale) for ratio in sorted({1.0, *tried})}
    models, how = _trained(job, template, policies, blocks)
    tested = _tested(job, models, job.rows.classes.index(chosen))
    job.check_unchanged()
    return _path(
        *(tested, tried, costs),
        classes=job.rows.classes,
        positive=chosen,
        train_size=np.full(PARTS, folders.train.rows),
        estimator=model.name,
        scale=scale,
        reused=how,
    )


def _checked(template: Any, holdout: Any) -> tuple[WeightedClassifier, Adapter]:
    if not isinstance(template, WeightedClassifier):
        raise InvalidTypeError("a folder trains a classifier", shown(template), "Pass its last step.")
    if template.form not in ROW_FORMS:
        raise InvalidValueError(
            "a path says weights as row weights", f"form={template.form!r}", "Use form='auto'."
        )
    if holdout is None:
        raise InvalidValueError("a path needs rows to test on", "holdout=None", "Pass holdout=0.2, say.")
    uncorrected = clone(template).set_params(correct_proba=False, threshold=None)
    return uncorrected, checked(uncorrected)[1]


def _checked_positive(job: Job, positive: Label, costs: Costs | None) -> Label:
    chosen = checked_positive(job.rows.classes, positive, costs)
    if min(job.left_out_rows.values()) < PARTS:
        raise InvalidValueError(
            f"a hold-out needs {PARTS} rows of each class, one for each part of it",
            repr(job.left_out_rows),
            "Leave out a larger share, or name a folder that holds more.",
        )
    return chosen


def _trained(
    job: Job,
    template: WeightedClassifier,
    policies: dict[float, Explicit],
    blocks: Callable[[Any], OutOfCore],
) -> tuple[dict[float, WeightedClassifier], str]:
    """Train a model for each ratio; return how bins were used again as well."""
    resolved = {ratio: job.resolved(template, policy) for ratio, policy in policies.items()}
    with blocks(template.estimator) as trainer:
        models = {
            ratio: job.fitted(clone(template).set_params(weighting=policies[ratio]), trainer, *given)
            for ratio, given in resolved.items()
        }
        return models, trainer.how


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Tested:
    """Rows left out, part after part, and each model's probabilities of the positive class."""

    row: npt.NDArray[np.intp]
    part: npt.NDArray[np.intp]
    y: npt.NDArray[np.bool_]
    own: Floats
    proba: dict[float, Floats]
    corrected: dict[float, Floats]


def _tested(job: Job, models: dict[float, WeightedClassifier], positive: int) -> _Tested:
    """Read the rows left out once, and predict them by all models."""
    rows = job.left_out()
    y, own = np.empty(rows.rows, np.bool_), np.ones(rows.rows)
    proba, corrected = ({ratio: np.empty(rows.rows) for ratio in models} for _ in range(2))
    start = 0
    for block in rows.blocks(np.float64):
        here = slice(start, start + len(block.y))
        start = here.stop
        y[here] = block.y == positive
        if block.weight is not None:
            own[here] = block.weight
        frame = frame_of(block.X, rows)
        for ratio, clf in models.items():
            for found, corrects in ((proba, False), (corrected, True)):
                found[ratio][here] = clf.set_params(correct_proba=corrects).predict_proba(frame)[:, positive]
    part = _parts(y)
    order = np.argsort(part, kind="stable")
    return _Tested(
        row=order,
        part=part[order],
        y=y[order],
        own=own[order],
        proba={ratio: each[order] for ratio, each in proba.items()},
        corrected={ratio: each[order] for ratio, each in corrected.items()},
    )


def _parts(y: npt.NDArray[np.bool_]) -> npt.NDArray[np.intp]:
    part = np.empty(len(y), np.intp)
    splitter = StratifiedKFold(PARTS, shuffle=True, random_state=0)
    for number, (_, test) in enumerate(splitter.split(y, y)):
        part[test] = number
    return part


def _path(
    tested: _Tested,
    ratios: tuple[float, ...],
    costs: Costs | None,
    *,
    classes: Any,
    positive: Any,
    **told: Any,
) -> WeightPath:
    by_count = None if costs is None else costs_of_counts(costs, classes, positive)
    by = (tested.y, tested.row, tested.part)
    maps = dict(
        zip(tested.corrected, fitted(np.stack([*tested.corrected.values()]), *by, tested.own), strict=True)
    )
    baseline = tested.proba[1.0]
    return WeightPath(
        ratios=ratios,
        classes=classes,
        positive=positive,
        row=tested.row,
        fold=tested.part,
        y=tested.y,
        proba=np.stack([tested.proba[ratio] for ratio in ratios]),
        corrected=np.stack([tested.corrected[ratio] for ratio in ratios]),
        fitted=np.stack([maps[ratio] for ratio in ratios]),
        baseline=baseline,
        baseline_fitted=maps[1.0],
        tuned_threshold=tuned(baseline, *by, by_count),
        tuning="folds: on the scores of the other parts of the hold-out",
        costs=costs,
        tuned_by="f1" if costs is None else "cost",
        **told,
    )
