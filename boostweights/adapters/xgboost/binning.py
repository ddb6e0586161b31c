"""XGBoost's bins, which follow the weights: cuts that are frozen for many weights, and blocks of rows.

A QuantileDMatrix for many weights trains another model, unless each distinct value has a bin. Blocks carry
their weights into pages of binned rows, in external memory on disk.
"""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from boostweights.adapters import binning
from boostweights.adapters.adapter import get_params
from boostweights.adapters.behaviour import Params
from boostweights.adapters.binning import Block, OutOfCore, Reuse, RowSource, Trainer
from boostweights.errors import InvalidValueError, check_that
from boostweights.files import removed_at_sigterm, temporary_folder

_DEFAULT_BINS = 256

_REFIT = "none: xgboost's cut points follow the weights"


_EXACT = (
    "exact: max_bin is at least the distinct values of each feature, "
    "so that xgboost's cut points do not follow the weights: they are found once a fold"
)


def reuse(estimator: Any, X: Any) -> Reuse:
    """Return how an XGBClassifier's cut points serve for many weights: exactly where each value has a bin."""
    settings = get_params(estimator)
    altered = {"updater", "feature_types"} & settings.keys()
    plain = settings.get("booster", "gbtree") == "gbtree" and settings.get("device", "cpu") == "cpu"
    same = not altered and plain and not _obstacle(estimator)
    if not same or not _bin_for_each(X, settings.get("max_bin", _DEFAULT_BINS)):
        return Reuse(how=_REFIT)
    return Reuse(how=_EXACT, bin=lambda X, y: _Fold(estimator, X, y), above_zero=True)


def _bin_for_each(X: Any, bins: int) -> bool:
    """Whether no feature has more distinct values than bins."""
    columns = [np.asarray(X[name]) for name in X.columns] if hasattr(X, "columns") else []
    if isinstance(X, np.ndarray):
        columns = list(X.T)
    if not columns or any(column.dtype.kind not in "fiub" for column in columns):
        return False
    kept = (column.astype(np.float32) for column in columns)  # as xgboost keeps them
    return all(len(np.unique(values[~np.isnan(values)])) <= bins for values in kept)


def _obstacle(estimator: Any) -> str:
    settings = get_params(estimator)
    # `missing` is a number and metrics are never asked for: an eval_metric without data is not called
    unasked = {**settings, "eval_metric": None}
    if obstacle := binning.obstacle_in(estimator, "XGBClassifier", "xgboost", unasked):
        return obstacle
    if settings.get("objective", "binary:logistic") != "binary:logistic":
        return f"objective={settings['objective']!r}"
    if "early_stopping_rounds" in settings:
        return f"early_stopping_rounds={settings['early_stopping_rounds']!r}"
    return _other_trees(settings)


def _other_trees(settings: Params) -> str:
    """Return the setting of a model whose bins cannot be made once; or nothing."""
    known = {"booster": ("gbtree", "dart"), "tree_method": ("hist", "auto")}
    others = (name for name, values in known.items() if settings.get(name, values[0]) not in values)
    return next((f"{name}={settings[name]!r}" for name in others), "")


class _Fold:
    def __init__(self, estimator: Any, X: Any, y: npt.NDArray[np.intp]) -> None:
        import xgboost as xgb

        self._estimator = estimator
        self._data = xgb.QuantileDMatrix(
            X,
            label=y,
            max_bin=estimator.max_bin or _DEFAULT_BINS,
            feature_types=estimator.feature_types,
            **_options(estimator),
        )

    def fit(self, weight: npt.NDArray[Any] | None) -> Any:
        """Return a fitted XGBClassifier."""
        import xgboost as xgb
        from sklearn.base import clone

        fitted, rows = clone(self._estimator), self._data.num_row()
        self._data.set_weight(np.ones(rows, np.float32) if weight is None else weight)
        fitted._Booster = xgb.train(fitted.get_xgb_params(), self._data, fitted.get_num_boosting_rounds())
        fitted.n_classes_ = 2
        return fitted


_LEAST_BYTES = 2
"""Of a value on disk: a bin, by rows and by columns; measured 2.1 to 2.6 of dense rows, 4.8 of others."""
_MOST_BYTES = 9
"""The same of any rows: two integers of 32 bits, and whether it is missing."""

_REFIT_BLOCKS = "none: xgboost's cut points follow the weights (frozen=True finds them once)"
_FROZEN_BLOCKS = "frozen cuts (approximation): xgboost's cut points are found once, without weights"


def out_of_core(
    estimator: Any,
    *,
    bins: Any = "auto",
    cache_folder: Any = None,
    frozen: bool = False,
    features: RowSource | None = None,
) -> OutOfCore:
    """Return what trains an XGBClassifier block by block; its pages are removed at the end."""
    import xgboost as xgb

    if obstacle := _obstacle_of_blocks(estimator):
        raise binning.not_out_of_core("an XGBClassifier", obstacle)
    kept = binning.checked_bins(bins, "xgboost", ("disk", "memory"))
    if features is not None:
        binning.check_names(features, "xgboost", "[]<")
        _check_texts(estimator, features.texts)
    if kept == "memory":
        return nullcontext(_Trainer(estimator=estimator, frozen=frozen))
    check_that(
        hasattr(xgb, "ExtMemQuantileDMatrix"),
        "bins='disk' needs xgboost 3.0 or newer",
        f"xgboost {xgb.__version__}",
        "Upgrade it, or use bins='memory': one or two bytes a value.",
    )
    folder = binning.checked_cache_folder(cache_folder)
    if features is not None:
        binning.check_space(folder, features.rows * len(features.names) * _LEAST_BYTES)
    return _paging(estimator, frozen, folder)


def _check_texts(estimator: Any, texts: tuple[str, ...]) -> None:
    import xgboost as xgb

    if not texts:
        return
    left_out = "leave the column out: columns=[…]"
    if not estimator.enable_categorical or estimator.feature_types is not None:
        raise InvalidValueError(
            "a text feature needs an XGBClassifier with enable_categorical=True, and no feature_types",
            f"enable_categorical={estimator.enable_categorical}, feature_types={estimator.feature_types} "
            f"with column {texts[0]!r}",
            f"Set it, or {left_out}.",
        )
    check_that(
        hasattr(xgb.Booster, "get_categories"),
        "text features need xgboost 3.1 or newer, whose models keep their categories",
        f"xgboost {xgb.__version__}",
        f"Upgrade it, or {left_out}.",
    )


@contextmanager
def _paging(estimator: Any, frozen: bool, cache_folder: Path) -> Iterator[Trainer]:
    with temporary_folder(cache_folder) as folder, removed_at_sigterm(folder):
        trainer = _Trainer(estimator=estimator, frozen=frozen, folder=folder)
        yield trainer
        trainer.close()


def _obstacle_of_blocks(estimator: Any) -> str:
    settings = get_params(estimator)
    callbacks = settings.pop("callbacks", None)  # functions of the training, not of the data
    if obstacle := binning.obstacle_in(estimator, "XGBClassifier", "xgboost", settings):
        return obstacle
    if callbacks is not None and not isinstance(callbacks, list):
        return "callbacks that are no list"
    return _other_trees(settings) or (f"updater={settings['updater']!r}" if "updater" in settings else "")


@dataclass(slots=True, kw_only=True)
class _Trainer:
    """Bins anew for each fit, as xgboost's own fit does; with `frozen` once, without weights."""

    estimator: Any
    frozen: bool
    folder: Path | None = None
    _data: list[Any] = field(default_factory=list)
    _binned: int = 0

    @property
    def how(self) -> str:
        """Whether cut points are found once."""
        return _FROZEN_BLOCKS if self.frozen else _REFIT_BLOCKS

    def fit(self, train: RowSource, evaluation: RowSource | None) -> Any:
        """Return a fitted XGBClassifier."""
        import xgboost as xgb
        from sklearn.base import clone

        fitted = clone(self.estimator)
        sources = [train] if evaluation is None else [train, evaluation]
        for source in sources[len(self._data) :]:
            self._data.append(self._matrix(source, self._data[0] if self._data else None))
        if self.frozen:
            for data, source in zip(self._data, sources, strict=True):
                weight = source.labels()[1]
                data.set_weight(np.ones(source.rows, np.float32) if weight is None else weight)
        params = _params(fitted, train.classes)
        history: dict[str, Any] = {}
        booster = xgb.train(
            params,
            self._data[0],
            fitted.get_num_boosting_rounds(),
            evals=[(data, f"validation_{number}") for number, data in enumerate(self._data[1:])],
            early_stopping_rounds=fitted.early_stopping_rounds,
            evals_result=history,
            verbose_eval=False,
            callbacks=fitted.callbacks,
        )
        if not self.frozen:
            self.close()
        fitted._Booster, fitted.n_classes_ = booster, train.classes  # load_model would change parameters
        fitted.objective = params["objective"]
        if history:
            fitted.evals_result_ = history
        return fitted

    def close(self) -> None:
        """Let go of the pages, whose files can then be removed."""
        self._data.clear()

    def _matrix(self, source: RowSource, reference: Any) -> Any:
        """Return the binned rows of a source.

        A block without a weight would be given the weights of the block before, silently: all have one or
        none.
        """
        import xgboost as xgb

        estimator, folder, frozen = self.estimator, self.folder, self.frozen
        prefix = None if folder is None else str(folder / f"pages-{self._binned}")
        self._binned += 1

        class Blocks(xgb.DataIter):  # type: ignore[misc,unused-ignore]
            def __init__(self) -> None:
                self.reset()
                super().__init__(cache_prefix=prefix)

            def reset(self) -> None:
                self._blocks = source.blocks(np.float32, finite=not np.isinf(estimator.missing))

            def next(self, input_data: Any) -> bool:
                block = next(self._blocks, None)
                if block is None:
                    return False
                if folder is not None:  # for a page, and one that is being written
                    binning.check_space(folder, 2 * block.X.size * _MOST_BYTES)
                input_data(
                    data=_with_categories(block, source) if source.levels else block.X,
                    label=block.y,
                    weight=None if frozen else block.weight,
                    feature_names=list(source.names),
                    feature_types=estimator.feature_types,
                )
                return True

        of = xgb.QuantileDMatrix if prefix is None else xgb.ExtMemQuantileDMatrix
        return of(Blocks(), max_bin=estimator.max_bin or _DEFAULT_BINS, ref=reference, **_options(estimator))


def _options(estimator: Any) -> dict[str, Any]:
    return {
        "missing": estimator.missing,
        "nthread": estimator.n_jobs,
        "enable_categorical": estimator.enable_categorical,
    }


def _with_categories(block: Block, source: RowSource) -> Any:
    """Return a block as an arrow table, whose categories the model keeps, to know codes again by them."""
    import pyarrow as pa

    columns = []
    for name, values in zip(source.names, block.X.T, strict=True):
        column = pa.array(np.ascontiguousarray(values))
        if name in source.levels:
            missing = np.isnan(values)
            codes = pa.array(np.where(missing, 0, values).astype(np.int32), mask=missing)
            column = pa.DictionaryArray.from_arrays(codes, pa.array(source.levels[name], pa.string()))
        columns.append(column)
    return pa.table(columns, names=list(source.names))


def _params(estimator: Any, classes: int) -> dict[str, Any]:
    """Return what XGBClassifier.fit passes on."""
    params: dict[str, Any] = estimator.get_xgb_params()
    params.setdefault("objective", "binary:logistic")
    if classes > 2:
        if params["objective"] != "multi:softmax":
            params["objective"] = "multi:softprob"
        params["num_class"] = classes
    if estimator.eval_metric is not None:
        params["eval_metric"] = estimator.eval_metric
    return params
