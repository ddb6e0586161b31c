"""The weight path of a folder: one model a ratio, tested on rows that none of them was trained on."""

from collections.abc import Iterable
from typing import Any

import numpy as np
from sklearn.base import clone
from sklearn.model_selection import StratifiedKFold

from boostweights.adapters.binning import Bins
from boostweights.errors import check_that, check_type
from boostweights.estimator.classifier import WeightedClassifier
from boostweights.outofcore.training import BLOCK_ROWS, check_row_form, opened
from boostweights.path.inputs import checked_costs, checked_positive, checked_ratios, default_ratios
from boostweights.path.model import checked_model
from boostweights.path.others import path_of
from boostweights.path.result import WeightPath
from boostweights.weighting.labels.rules import Label
from boostweights.weighting.policies.base import Scale
from boostweights.weighting.policies.by_class import Explicit
from boostweights.weighting.policies.costs import Costs

PARTS = 5
"""The rows left out are dealt into so many parts: each learns from the others."""


def weight_path_parquet(  # noqa: PLR0913
    estimator: Any,
    folder: Any,
    target: str,
    ratios: Iterable[float] | None = None,
    *,
    holdout: Any = 0.2,
    pos_label: Label = None,
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
    """Train on a folder at each weight of the positive class, and predict a hold-out.

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
    ratios, pos_label, costs, scale
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
    rule = "a path needs rows to test on"
    check_that(holdout is not None, rule, "holdout=None", "Pass holdout=0.2, for example.")
    check_type(model.template, WeightedClassifier, "a folder trains a classifier", "Pass its last step.")
    check_row_form(model.template, "a path")
    template = clone(model.template).set_params(correct_proba=False, threshold=None, ensemble=False)
    asked = None if ratios is None else checked_ratios(ratios)
    source = (folder, None, holdout), target, columns, sample_weight, block_rows, filesystem, "holdout"
    job = opened([template], *source, bins=bins, cache_folder=cache_folder, frozen=frozen)
    classes = job.tally.rows.classes
    chosen = checked_positive(classes, pos_label, costs)
    remedy = "Leave out a larger share, or name a folder that holds more."
    rule = f"a hold-out needs {PARTS} rows of each class, one for each part of it"
    check_that(min(job.left_out_rows.values()) >= PARTS, rule, job.left_out_rows, remedy)
    costs = checked_costs(costs, classes)
    (other,) = (label for label in classes if label != chosen)
    counts = job.tally.weighted
    tried = default_ratios(counts[other] / counts[chosen]) if asked is None else asked
    trained = sorted({1.0, *tried})
    models, how = job.trained(
        [
            clone(template).set_params(weighting=Explicit({other: 1.0, chosen: ratio}, scale=scale))
            for ratio in trained
        ]
    )
    # the rows left out are read once, and predicted by all models, as trained and with the weights taken out
    assert job.left_out is not None
    code = classes.index(chosen)
    y, weights = np.empty(job.left_out.rows, np.bool_), np.empty(job.left_out.rows)
    proba, corrected = np.empty((2, len(models), len(y)))
    start = 0
    for frame, labels, row_weights in job.left_out.frames():
        block = slice(start, start := start + len(labels))
        y[block], weights[block] = labels == code, row_weights
        for number, clf in enumerate(models):
            for table, corrects in ((proba, False), (corrected, True)):
                clf.set_params(correct_proba=corrects)
                table[number, block] = clf.predict_proba(frame)[:, code]
    job.check_unchanged()
    parts = np.empty(len(y), np.intp)
    splitter = StratifiedKFold(PARTS, shuffle=True, random_state=0)
    for number, (_, test) in enumerate(splitter.split(y, y)):
        parts[test] = number
    row = np.argsort(parts, kind="stable")
    return path_of(
        trained,
        proba[:, row],
        corrected[:, row],
        weights[row],
        ratios=tried,
        classes=classes,
        pos_label=chosen,
        row=row,
        fold=parts[row],
        y=y[row],
        tuning="folds: on the scores of the other parts of the hold-out",
        costs=costs,
        train_size=np.full(PARTS, job.train.rows),
        estimator=model.name,
        scale=scale,
        reused=how,
    )
