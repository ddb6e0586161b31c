"""Training on a folder of Parquet files that is larger than memory: checked, counted, then read in blocks."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from numbers import Real
from typing import Any

import numpy as np
from sklearn.base import clone

from boostweights.adapters.adapter import unfitted_with
from boostweights.adapters.binning import Bins, OutOfCore, Trainer
from boostweights.adapters.expressing import checked_eval_weighting, to_native
from boostweights.adapters.form import NativeForm
from boostweights.adapters.registry import adapter_of
from boostweights.errors import InvalidTypeError, check_range, check_that, shown
from boostweights.estimator.classifier import WeightedClassifier
from boostweights.estimator.corrected import margins, out_of_fold_correction
from boostweights.estimator.rows import class_array
from boostweights.estimator.settings import check_classes, checked_settings, seed_of, threshold_of
from boostweights.lazy import needs
from boostweights.outofcore.folder import open_folder
from boostweights.outofcore.rows import FolderRows, checked_rows
from boostweights.weighting.class_weights import ClassWeights
from boostweights.weighting.counts import ClassCounts, Tally
from boostweights.weighting.policies.names import class_policy

BLOCK_ROWS = 100_000


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
        ``threshold`` is a number, `Costs` or a cost matrix; a promise is made on scores of another folder.
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
    template = _weighted(classifier)
    source = (folder, eval_folder, calibration), target, columns, sample_weight, block_rows, filesystem
    job = opened([template], *source, bins=bins, cache_folder=cache_folder)
    (clf,), _ = job.trained([template])
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
    template = _weighted(classifier)
    check_row_form(template, "a sweep")
    rule, remedy = "weightings must be a list of policies", "Write ['unweighted', 'balanced'], for example."
    listed = isinstance(weightings, (list, tuple)) and weightings
    check_that(listed, rule, weightings, remedy, InvalidTypeError)
    templates = [clone(template).set_params(weighting=weighting) for weighting in weightings]
    source = (folder, eval_folder, calibration), target, columns, sample_weight, block_rows, filesystem
    job = opened(templates, *source, bins=bins, cache_folder=cache_folder, frozen=frozen)
    models, how = job.trained(templates)
    for clf in models:
        clf.reused_ = how
    return models


def _weighted(classifier: Any) -> WeightedClassifier:
    """Return a classifier with its weighting; a bare one is balanced."""
    remedy = "Pass WeightedClassifier(XGBClassifier()), for example."
    is_one = hasattr(classifier, "fit") and not isinstance(classifier, type)
    check_that(is_one, "a classifier is needed", classifier, remedy, InvalidTypeError)
    return classifier if isinstance(classifier, WeightedClassifier) else WeightedClassifier(classifier)


def check_row_form(template: WeightedClassifier, what: str) -> None:
    """Raise where bins that are used again could not express the weights."""
    rule, seen = f"{what} expresses weights as row weights", f"form={template.form!r}"
    check_that(template.form in ("auto", "sample_weight"), rule, seen, "Use form='auto'.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """Folders that were checked by their footers, and then counted.

    Attributes
    ----------
    train : FolderRows
    evaluation, left_out : FolderRows or None
        The rows that stop the training early, and those that models are corrected by or tested on afterwards;
        with the caller's weights.
    trainer_of : callable
        Unfitted estimator → the context in which it is trained on rows.
    tally : Tally
        The training labels.
    left_out_rows : ClassCounts
    """

    train: FolderRows
    evaluation: FolderRows | None = None
    left_out: FolderRows | None = None
    trainer_of: Callable[[Any], OutOfCore]
    tally: Tally
    left_out_rows: ClassCounts

    def trained(self, templates: Sequence[WeightedClassifier]) -> tuple[list[WeightedClassifier], str]:
        """Return fitted copies of classifiers with several weightings, and how bins were used again."""
        estimator = templates[0].estimator
        adapter, resolved = adapter_of(estimator), []
        for template in templates:
            check_classes(template, adapter, self.tally.rows.classes)
            counts = self.tally.rows if template.count_rows else self.tally.weighted
            weights = class_policy(template.weighting).resolve(counts)
            native = to_native(weights.encoded(), template.estimator, form=template.form)
            resolved.append((template, weights, native))
            if self.train.sample_weight is not None:
                check_row_form(template, "a training with a column of sample_weight")
        native = resolved[0][2]
        stopping = adapter.can("rounds") and adapter.rounds.stops(adapter.get_params(estimator))
        check_that(
            self.evaluation is not None or not stopping,
            "early stopping needs rows to evaluate on",
            f"{stopping} without eval_folder",
            "Pass eval_folder=.",
        )
        with self.trainer_of(unfitted_with(adapter, estimator, {**native.pins, **native.params})) as trainer:
            models = [self._fitted(trainer, *parameters) for parameters in resolved]
            how = trainer.how
        self.check_unchanged()
        return models, how

    def check_unchanged(self) -> None:
        """Raise where a folder was written to while it was read."""
        for rows in (self.train, self.evaluation, self.left_out):
            if rows is not None:
                rows.folder.check_unchanged(footers=True)

    def _fitted(
        self, trainer: Trainer, template: WeightedClassifier, weights: ClassWeights, native: NativeForm
    ) -> WeightedClassifier:
        evaluation = None
        if self.evaluation is not None:
            weighting = checked_eval_weighting(template.eval_weighting)
            evaluation = replace(self.evaluation, weigh=partial(native.eval_weight, weighting=weighting))
        train = replace(self.train, weigh=lambda *rows: native.fit_kwargs(*rows).get("sample_weight"))
        model, learned = trainer.fit(train, evaluation), {}
        if template.correct_proba == "fitted" and self.left_out is not None:
            left_out = (
                (margins(model, frame).without(weights), codes, row_weights)
                for frame, codes, row_weights in self.left_out.frames()
            )
            learned = {"calibration_": out_of_fold_correction(left_out, weights)}
        fitted: WeightedClassifier = clone(template)
        fitted.n_features_in_ = len(train.names)
        fitted.feature_names_in_ = np.array(train.names, object)
        fitted._keep(model, native, weights, class_array(weights.classes, None), learned)
        fitted.feature_levels_ = dict(train.levels)
        return fitted


def opened(
    templates: Sequence[WeightedClassifier],
    folders: tuple[Any, Any, Any],
    target: Any,
    columns: Any,
    sample_weight: Any,
    block_rows: Any,
    filesystem: Any,
    argument: str = "calibration",
    **options: Any,
) -> Job:
    """Check classifiers, then folders by their footers, and then count the folders' labels.

    `folders` are those to train on, to evaluate on (or None), and to leave out: a folder, a share or None,
    passed by the user as `argument`. `options` are how the library keeps its bins.
    """
    folder, eval_folder, left_out = folders
    for template in templates:
        weighting, adapter = checked_settings(template, {})
        learns = template.correct_proba == "fitted"
        check_that(
            argument == "holdout" or learns == (left_out is not None),
            'correct_proba="fitted" and calibration= are given together: on a folder a map is learned from '
            "rows that are left out",
            f"correct_proba={template.correct_proba!r} with calibration={shown(left_out)}",
            'Pass correct_proba="fitted" and calibration=0.1; or correct_proba=True and none.',
        )
        threshold = threshold_of(template)
        in_memory = replace(threshold, correct_proba=False) if learns else threshold
        in_memory.refuse_folds(template.n_rounds, template.ensemble)
        checked_eval_weighting(template.eval_weighting)
        check_that(
            template.validation_fraction is None,
            "evaluation rows must be in another folder here",
            f"validation_fraction={template.validation_fraction!r}",
            "Pass eval_folder=, and leave validation_fraction out.",
        )
        class_policy(weighting)
    trainer_of: Callable[..., OutOfCore] = partial(adapter.blocks, **options)
    trainer_of(estimator := templates[0].estimator)  # before a folder is looked for
    check_range(block_rows, "block_rows must be a whole number of rows", "Use 100_000.", least=1, whole=True)
    train, others = open_folder(folder, filesystem), {}
    if isinstance(left_out, Real):
        train, others["left_out"] = train.split(left_out, seed_of(estimator), argument)
    elif left_out is not None:
        others["left_out"] = open_folder(left_out, filesystem)
    if others:
        needs(["pandas"], "Predicting rows of a folder", "frames")
    if eval_folder is not None:
        others["evaluation"] = open_folder(eval_folder, filesystem)
    rows = checked_rows([train, *others.values()], target, columns, sample_weight, block_rows)
    trainer_of = partial(trainer_of, features=rows)
    trainer_of(estimator)
    tally, levels = rows.counted()
    tally.check()
    counts = {
        name: FolderRows(folder=other, target=target).counted()[0].rows for name, other in others.items()
    }
    for labels in counts.values():
        tally.check_known(labels)
    for label in tally.rows:
        check_that(
            label in counts.get("left_out", tally.rows),
            "rows left out of training must be of each class",
            f"no row of {shown(label)}",
            "Leave out a larger share, or name a folder that holds all classes.",
        )
    rows = replace(rows, labels_of=tally.rows.classes, levels=levels)
    return Job(
        train=rows,
        trainer_of=trainer_of,
        tally=tally,
        left_out_rows=counts.get("left_out", ClassCounts({})),
        **{name: replace(rows, folder=other) for name, other in others.items()},
    )
