"""XGBoost's external memory: pages of binned rows on disk, made from blocks that carry their weights."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import numpy as np

from boostweights.adapters.blocks import (
    OutOfCore,
    RowSource,
    Trainer,
    checked_bins,
    no_evaluation_rows,
    not_out_of_core,
)
from boostweights.adapters.reuse import functions_in, is_own_class
from boostweights.adapters.xgboost.reuse import HISTOGRAM_TREES
from boostweights.errors import InvalidValueError

__all__ = ["out_of_core"]

_REFIT: Final = "none: xgboost's cut points follow the weights (frozen=True finds them once)"
_FROZEN: Final = "frozen cuts (approximation): xgboost's cut points are found once, without weights"


def out_of_core(
    estimator: Any, *, bins: Any = "auto", cache_folder: Any = None, frozen: bool = False
) -> OutOfCore:
    """Return what trains an XGBClassifier block by block; its pages are removed at the end."""
    obstacle = _obstacle(estimator)
    if obstacle:
        raise not_out_of_core("an XGBClassifier", obstacle)
    if checked_bins(bins, "xgboost", ("disk", "memory")) == "memory":
        return nullcontext(_Trainer(estimator=estimator, frozen=frozen))
    _require_external_memory()
    return _paging(estimator, frozen, cache_folder)


@contextmanager
def _paging(estimator: Any, frozen: bool, cache_folder: Any) -> Iterator[Trainer]:
    with TemporaryDirectory(prefix="boostweights-", dir=cache_folder) as folder:
        trainer = _Trainer(estimator=estimator, frozen=frozen, folder=Path(folder))
        yield trainer
        trainer.close()


def _obstacle(estimator: Any) -> str:
    if not is_own_class(estimator, "XGBClassifier", "xgboost"):
        return f"{type(estimator).__name__}, which may train in its own way"
    settings = {name: value for name, value in estimator.get_params().items() if value is not None}
    callbacks = settings.pop("callbacks", None)  # functions of the training, not of the data
    if functions := functions_in(settings):
        return f"{functions[0]} is a function"
    if callbacks is not None and not isinstance(callbacks, list):
        return "callbacks that are no list"
    for name, values in HISTOGRAM_TREES.items():
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
        return _FROZEN if self.frozen else _REFIT

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
        return _with_booster(fitted, booster, params["objective"], train.classes, history)

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
        options = {
            "missing": estimator.missing,
            "nthread": estimator.n_jobs,
            "max_bin": estimator.max_bin or 256,
            "ref": reference,
            "enable_categorical": estimator.enable_categorical,
        }
        prefix = None if self.folder is None else str(self.folder / f"pages-{self._binned}")
        self._binned += 1
        blocks = _iterator(source, prefix, estimator.feature_types, weighted=not self.frozen)
        of = xgb.QuantileDMatrix if prefix is None else xgb.ExtMemQuantileDMatrix
        return of(blocks, **{name: value for name, value in options.items() if value is not None})


def _iterator(source: RowSource, prefix: str | None, feature_types: Any, *, weighted: bool) -> Any:
    """Return xgboost's iterator over the blocks of a source.

    A block without a weight would be given the weights of the block before, silently: all have one or none.
    """
    from xgboost import DataIter

    class Blocks(DataIter):  # type: ignore[misc,unused-ignore]
        def __init__(self) -> None:
            self.reset()
            super().__init__(cache_prefix=prefix)

        def reset(self) -> None:
            self._blocks = source.blocks(np.float32)

        def next(self, input_data: Any) -> bool:
            block = next(self._blocks, None)
            if block is None:
                return False
            input_data(
                data=block.X,
                label=block.y,
                weight=block.weight if weighted else None,
                feature_names=list(source.names),
                feature_types=feature_types,
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


def _with_booster(fitted: Any, booster: Any, objective: str, classes: int, history: dict[str, Any]) -> Any:
    """Return an XGBClassifier as its own fit leaves it; ``load_model`` would change its parameters."""
    fitted._Booster = booster
    fitted.n_classes_ = classes
    fitted.objective = objective
    if history:
        fitted.evals_result_ = history
    return fitted
