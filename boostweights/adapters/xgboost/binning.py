"""XGBoost's bins, which follow the weights: cuts that are frozen for many weights, and blocks of rows.

A QuantileDMatrix for many weights trains another model. Blocks carry their weights into pages of binned rows,
in external memory on disk.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from boostweights.adapters.adapter import get_params
from boostweights.adapters.binning import (
    OutOfCore,
    Prediction,
    Reuse,
    RowSource,
    Trainer,
    checked_bins,
    functions_in,
    is_own_class,
    no_evaluation_rows,
    not_out_of_core,
)
from boostweights.errors import InvalidValueError
from boostweights.files import temporary_folder

_HISTOGRAM_TREES: Final = {"booster": ("gbtree", "dart"), "tree_method": ("hist", "auto")}
"""Settings of models whose bins can be made once."""

_FROZEN: Final = "frozen cuts (approximation): xgboost's cut points are found once a fold, without weights"
_REFIT: Final = "none: xgboost's cut points follow the weights (reuse='frozen' finds them once)"


def reuse(estimator: Any, X: Any) -> Reuse:
    """Return that an XGBClassifier's cut points serve for one weight."""
    return Reuse(how=_REFIT)


def frozen_reuse(estimator: Any, X: Any) -> Reuse:
    """Return how its cut points, frozen, serve for many weights."""
    reason = _obstacle(estimator)
    if reason:
        raise InvalidValueError(
            "reuse='frozen' needs an XGBClassifier of histogram trees without functions or early stopping",
            reason,
            "Use reuse='auto'.",
        )
    return Reuse(how=_FROZEN, bin=lambda X, y: _Fold(estimator, X, y))


def _obstacle(estimator: Any) -> str:
    settings = get_params(estimator)
    if not is_own_class(estimator, "XGBClassifier", "xgboost"):
        return type(estimator).__name__
    # `missing` is a number and metrics are never asked for: an eval_metric without data is not called
    if functions := functions_in({name: value for name, value in settings.items() if name != "eval_metric"}):
        return f"{functions[0]}={settings[functions[0]]!r}"
    for name, values in {"objective": ("binary:logistic",), **_HISTOGRAM_TREES}.items():
        if settings.get(name, values[0]) not in values:
            return f"{name}={settings[name]!r}"
    if "early_stopping_rounds" in settings:
        return f"early_stopping_rounds={settings['early_stopping_rounds']!r}"
    return ""


class _Fold:
    def __init__(self, estimator: Any, X: Any, y: npt.NDArray[np.intp]) -> None:
        import xgboost as xgb

        self._estimator = estimator
        self._options = {**_options(estimator), "feature_types": estimator.feature_types}
        self._data = xgb.QuantileDMatrix(X, label=y, max_bin=estimator.max_bin or 256, **self._options)
        self._params, self._rounds = estimator.get_xgb_params(), estimator.get_num_boosting_rounds()

    def fit(self, weight: npt.NDArray[Any] | None) -> Any:
        """Return a fitted XGBClassifier."""
        from sklearn.base import clone

        fitted = clone(self._estimator)
        fitted._Booster, fitted.n_classes_ = self._booster(weight), 2
        return fitted

    def _booster(self, weight: npt.NDArray[Any] | None) -> Any:
        import xgboost as xgb

        rows = self._data.num_row()
        self._data.set_weight(np.ones(rows, np.float32) if weight is None else weight)
        return xgb.train(self._params, self._data, self._rounds)

    def fit_predict(self, weight: npt.NDArray[Any] | None, X: Any) -> Prediction:
        """Train with these row weights, and predict other rows."""
        import xgboost as xgb

        booster = self._booster(weight)
        tested = xgb.DMatrix(X, **self._options)
        return Prediction(
            proba=np.asarray(booster.predict(tested), np.float64),
            score=np.asarray(booster.predict(tested, output_margin=True), np.float64),
        )


_REFIT_BLOCKS: Final = "none: xgboost's cut points follow the weights (frozen=True finds them once)"
_FROZEN_BLOCKS: Final = "frozen cuts (approximation): xgboost's cut points are found once, without weights"


def out_of_core(
    estimator: Any, *, bins: Any = "auto", cache_folder: Any = None, frozen: bool = False
) -> OutOfCore:
    """Return what trains an XGBClassifier block by block; its pages are removed at the end."""
    obstacle = _obstacle_of_blocks(estimator)
    if obstacle:
        raise not_out_of_core("an XGBClassifier", obstacle)
    if checked_bins(bins, "xgboost", ("disk", "memory")) == "memory":
        return nullcontext(_Trainer(estimator=estimator, frozen=frozen))
    _require_external_memory()
    return _paging(estimator, frozen, cache_folder)


@contextmanager
def _paging(estimator: Any, frozen: bool, cache_folder: Any) -> Iterator[Trainer]:
    with temporary_folder(cache_folder) as folder:
        trainer = _Trainer(estimator=estimator, frozen=frozen, folder=folder)
        yield trainer
        trainer.close()


def _obstacle_of_blocks(estimator: Any) -> str:
    if not is_own_class(estimator, "XGBClassifier", "xgboost"):
        return f"{type(estimator).__name__}, which may train in its own way"
    settings = get_params(estimator)
    callbacks = settings.pop("callbacks", None)  # functions of the training, not of the data
    if functions := functions_in(settings):
        return f"{functions[0]} is a function"
    if callbacks is not None and not isinstance(callbacks, list):
        return "callbacks that are no list"
    for name, values in _HISTOGRAM_TREES.items():
        if settings.get(name, values[0]) not in values:
            return f"{name}={settings[name]!r}"
    return f"updater={settings['updater']!r}" if "updater" in settings else ""


def _require_external_memory() -> None:
    import xgboost as xgb

    if not hasattr(xgb, "ExtMemQuantileDMatrix"):
        raise InvalidValueError(
            "bins='disk' needs xgboost 3.0 or newer",
            f"xgboost {xgb.__version__}",
            "Upgrade it, or use bins='memory': one or two bytes a value.",
        )


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
        if evaluation is None and fitted.early_stopping_rounds is not None:
            raise no_evaluation_rows(f"early_stopping_rounds={fitted.early_stopping_rounds}")
        self._bin(train, evaluation)
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

    def _bin(self, train: RowSource, evaluation: RowSource | None) -> None:
        sources = [train] if evaluation is None else [train, evaluation]
        if not self._data:
            for source in sources:
                self._data.append(self._matrix(source, self._data[0] if self._data else None))
        if self.frozen:
            for data, source in zip(self._data, sources, strict=True):
                weight = source.labels()[1]
                data.set_weight(np.ones(source.rows, np.float32) if weight is None else weight)

    def _matrix(self, source: RowSource, reference: Any) -> Any:
        import xgboost as xgb

        estimator = self.estimator
        prefix = None if self.folder is None else str(self.folder / f"pages-{self._binned}")
        self._binned += 1
        blocks = _iterator(source, prefix, estimator, weighted=not self.frozen)
        of = xgb.QuantileDMatrix if prefix is None else xgb.ExtMemQuantileDMatrix
        return of(blocks, max_bin=estimator.max_bin or 256, ref=reference, **_options(estimator))


def _options(estimator: Any) -> dict[str, Any]:
    return {
        "missing": estimator.missing,
        "nthread": estimator.n_jobs,
        "enable_categorical": estimator.enable_categorical,
    }


def _iterator(source: RowSource, prefix: str | None, estimator: Any, *, weighted: bool) -> Any:
    """Return xgboost's iterator over the blocks of a source.

    A block without a weight would be given the weights of the block before, silently: all have one or none.
    """
    from xgboost import DataIter

    class Blocks(DataIter):  # type: ignore[misc,unused-ignore]
        def __init__(self) -> None:
            self.reset()
            super().__init__(cache_prefix=prefix)

        def reset(self) -> None:
            self._blocks = source.blocks(np.float32, finite=not np.isinf(estimator.missing))

        def next(self, input_data: Any) -> bool:
            block = next(self._blocks, None)
            if block is None:
                return False
            input_data(
                data=block.X,
                label=block.y,
                weight=block.weight if weighted else None,
                feature_names=list(source.names),
                feature_types=estimator.feature_types,
            )
            return True

    return Blocks()


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
