"""Training on a folder of Parquet files that is larger than memory."""

from collections.abc import Sequence
from typing import Any, Final

from sklearn.base import clone

from boostweights.adapters.binning import Bins
from boostweights.errors import InvalidTypeError, shown
from boostweights.estimator.classifier import WeightedClassifier
from boostweights.outofcore.job import check_row_form, check_settings, opened, weighted

BLOCK_ROWS: Final = 100_000


def fit_parquet(  # noqa: PLR0913
    classifier: Any,
    folder: Any,
    target: str,
    *,
    columns: Sequence[str] | None = None,
    sample_weight: str | None = None,
    eval_folder: Any = None,
    calibration: Any = None,
    block_rows: int = BLOCK_ROWS,
    bins: Bins = "auto",
    cache_folder: Any = None,
    filesystem: Any = None,
) -> WeightedClassifier:
    """Train on a folder of Parquet files, read block by block.

    The label column is read first, and the policy resolved on all of it; then features are read in blocks,
    each with its weights. Rows are in the order of the files' paths.

    Parameters
    ----------
    classifier : WeightedClassifier, XGBClassifier or LGBMClassifier
        A bare booster is trained with balanced weights, as ``WeightedClassifier(booster)`` is. Its
        ``threshold`` is a number or ``"costs"``; a promise is made on scores of another folder.
    folder : path, or list of paths
        As for `count_parquet`.
    target : str
        The column of labels, of any kind.
    columns : list of str, default=None
        The features; by default all other columns. Each must be of numbers and bools in every file, or of
        text, which is categories: their codes are found once over all files, a text that occurs in none of
        them raises in evaluation rows. A missing value is null or NaN. XGBoost needs
        ``enable_categorical=True`` for text.
    sample_weight : str, default=None
        A column of the caller's row weights, in the evaluation folder too.
    eval_folder : path, or list of paths, default=None
        Rows to evaluate on, for early stopping, weighted by `eval_weighting`: "auto" is "none".
    calibration : float or path, default=None
        With ``correct_proba="fitted"``: the rows that the map is learned from, after training and without
        another fit. A share of the rows, each drawn by itself with the estimator's own seed, is left out of
        training; or another folder.
    block_rows : int, default=100_000
        Rows that are held in memory at a time. XGBoost's pages on disk are of this size.
    bins : {"auto", "disk", "memory"}
        Where binned features are kept: xgboost's on disk (``ExtMemQuantileDMatrix``), unless there is room
        for one or two bytes a value in ``"memory"`` (``QuantileDMatrix``, faster). LightGBM's are always in
        memory.
    cache_folder : path, default=None
        Where xgboost's pages are kept while it trains; by default the system's folder for temporary files.
    filesystem : pyarrow.fs.FileSystem, default=None
        Where all these folders are; see `count_parquet`.

    Returns
    -------
    WeightedClassifier
        A fitted copy; the classifier given is not changed. To predict, pass it frames with these columns, or
        a folder to `predict_parquet`.

    Raises
    ------
    InvalidValueError, InvalidTypeError, UnknownLabelError
        Before any training, if settings, folders or columns do not fit, or pages will find no space; if a
        folder changes until the end.

    Notes
    -----
    The model is that of ``WeightedClassifier.fit`` on the same rows in the same order, to the bit, where
    XGBoost's bins cannot depend on blocks (``max_bin`` is at least the number of distinct values of a
    feature); LightGBM's do not depend on them.

    Examples
    --------
    >>> import tempfile, numpy as np, pyarrow as pa, pyarrow.parquet as pq
    >>> from lightgbm import LGBMClassifier
    >>> folder = tempfile.TemporaryDirectory()
    >>> for part in range(2):
    ...     amount = np.arange(100.0) + part
    ...     label = np.where(amount > 90, "fraud", "fine")
    ...     pq.write_table(pa.table({"amount": amount, "label": label}), f"{folder.name}/{part}.parquet")
    >>> lgbm = LGBMClassifier(n_estimators=5, n_jobs=1, verbose=-1)
    >>> clf = fit_parquet(WeightedClassifier(lgbm, weighting="sqrt_balanced"), folder.name, "label")
    >>> clf.class_weights_.counts, clf.classes_.tolist()
    (ClassCounts({'fine': 181, 'fraud': 19}), ['fine', 'fraud'])
    >>> folder.cleanup()
    """
    template = weighted(classifier)
    check_settings(template, calibration)
    job = opened(
        *(template, folder, target),
        options={"bins": bins, "cache_folder": cache_folder},
        columns=columns,
        sample_weight=sample_weight,
        eval_folder=eval_folder,
        left_out=calibration,
        block_rows=block_rows,
        filesystem=filesystem,
    )
    (clf,), _ = job.trained([template])
    job.check_unchanged()
    return clf


def sweep_parquet(  # noqa: PLR0913
    classifier: Any,
    folder: Any,
    target: str,
    weightings: Sequence[Any],
    *,
    columns: Sequence[str] | None = None,
    sample_weight: str | None = None,
    eval_folder: Any = None,
    calibration: Any = None,
    block_rows: int = BLOCK_ROWS,
    bins: Bins = "auto",
    cache_folder: Any = None,
    filesystem: Any = None,
    frozen: bool = False,
) -> list[WeightedClassifier]:
    """Train with each of several weightings on a folder that is counted once and, if it can be, binned once.

    Parameters
    ----------
    classifier : WeightedClassifier, XGBClassifier or LGBMClassifier
        Its own weighting is not used.
    weightings : list of policies or shorthands
        Weights by class, expressed as row weights.
    frozen : bool, default=False
        For xgboost, whose cut points follow the weights: find them once, without weights. An approximation,
        and a faster one. LightGBM's bins do not see weights: they are found once, exactly.
    folder, target, columns, sample_weight, eval_folder, calibration
        As for `fit_parquet`.
    block_rows, bins, cache_folder, filesystem
        As for `fit_parquet`.

    Returns
    -------
    list of WeightedClassifier
        One for each weighting; ``reused_`` reports how bins were used again.

    Raises
    ------
    InvalidValueError, InvalidTypeError, UnknownLabelError
        As `fit_parquet`.

    Examples
    --------
    >>> import tempfile, numpy as np, pandas as pd, pyarrow as pa, pyarrow.parquet as pq
    >>> from lightgbm import LGBMClassifier
    >>> amount = np.arange(200.0)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     pq.write_table(pa.table({"amount": amount, "late": amount % 7 == 3}), f"{folder}/1.parquet")
    ...     lgbm = LGBMClassifier(n_estimators=5, n_jobs=1, verbose=-1)
    ...     models = sweep_parquet(lgbm, folder, "late", [None, "balanced"])
    >>> [round(float(clf.predict_proba(pd.DataFrame({"amount": [3.0]}))[0, 1]), 3) for clf in models]
    [0.143, 0.497]
    >>> models[0].reused_
    'exact: a lightgbm Dataset is binned once and its weights are set anew'
    """
    template = weighted(classifier)
    check_row_form(template, "a sweep")
    if not isinstance(weightings, (list, tuple)) or not weightings:
        raise InvalidTypeError(
            "weightings must be a list of policies",
            shown(weightings),
            "Write ['unweighted', 'balanced'], for example.",
        )
    templates = [clone(template).set_params(weighting=weighting) for weighting in weightings]
    for clf in templates:
        check_settings(clf, calibration)
    job = opened(
        *(template, folder, target),
        options={"bins": bins, "cache_folder": cache_folder, "frozen": frozen},
        columns=columns,
        sample_weight=sample_weight,
        eval_folder=eval_folder,
        left_out=calibration,
        block_rows=block_rows,
        filesystem=filesystem,
    )
    models, how = job.trained(templates)
    job.check_unchanged()
    for clf in models:
        clf.reused_ = how
    return models
