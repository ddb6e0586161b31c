"""LightGBM's Dataset, pushed block by block from a Sequence; its bins, a byte a value, stay in memory."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from boostweights.adapters.blocks import (
    OutOfCore,
    RowSource,
    checked_bins,
    no_evaluation_rows,
    not_out_of_core,
)
from boostweights.adapters.lightgbm.names import value_of
from boostweights.adapters.lightgbm.reuse import altered, passed_on, probed
from boostweights.adapters.lightgbm.spelling import is_true
from boostweights.adapters.reuse import functions_in, is_own_class
from boostweights.errors import InvalidTypeError, shown

__all__ = ["out_of_core"]

_EXACT: Final = "exact: a lightgbm Dataset is binned once and its weights are set anew"


def out_of_core(
    estimator: Any, *, bins: Any = "auto", cache_folder: Any = None, frozen: bool = False
) -> OutOfCore:
    """Return what trains an LGBMClassifier block by block; its bins do not see weights, frozen or not."""
    obstacle = _obstacle(estimator)
    if obstacle:
        raise not_out_of_core("an LGBMClassifier", obstacle)
    checked_bins(bins, "lightgbm", ("memory",))
    return nullcontext(_Trainer(estimator=estimator))


def _obstacle(estimator: Any) -> str:
    if not is_own_class(estimator, "LGBMClassifier", "lightgbm"):
        return f"{type(estimator).__name__}, which may train in its own way"
    settings = estimator.get_params()
    if functions := functions_in(settings):
        return f"{functions[0]} is a function"
    if is_true(value_of(settings, "linear_tree", False)):
        return "linear_tree=True, which needs the features beside the bins"
    return ""


@dataclass(slots=True, kw_only=True)
class _Trainer:
    """Bins once, and trains as often as asked."""

    estimator: Any
    how: str = _EXACT
    _data: list[Any] = field(default_factory=list)

    def fit(self, train: RowSource, evaluation: RowSource | None) -> Any:
        """Return a fitted LGBMClassifier."""
        import lightgbm as lgb

        fitted = _shell(self.estimator, train)
        params = passed_on(fitted, self.estimator)
        rounds = int(params.pop("num_iterations"))
        patience = value_of(params, "early_stopping_round", None)
        if evaluation is None and patience is not None and patience > 0:
            raise no_evaluation_rows(f"early_stopping_round={patience}")
        self._bin(params, [train] if evaluation is None else [train, evaluation])
        history: dict[str, Any] = {}
        booster = lgb.train(
            dict(params),
            self._data[0],
            num_boost_round=rounds,
            valid_sets=self._data[1:],
            callbacks=[lgb.record_evaluation(history)],
        )
        return _with_booster(fitted, self.estimator, booster, history)

    def _bin(self, params: dict[str, Any], sources: list[RowSource]) -> None:
        """Bin the rows, or give those that are binned their weights of now."""
        if not self._data:
            for source in sources:
                self._data.append(_dataset(source, params, self._data[0] if self._data else None))
            return
        for data, source in zip(self._data, sources, strict=True):
            data.set_field("weight", source.labels()[1])  # set_weight(None) would leave the weights before


def _dataset(source: RowSource, params: dict[str, Any], reference: Any) -> Any:
    from lightgbm import Dataset

    label, weight = source.labels()
    data = Dataset(
        _sequence(source),
        label=label,
        weight=weight,
        reference=reference,
        feature_name=list(source.names),
        params=dict(params),
    )
    data.construct()
    if weight is None:  # one made by reference has the reference's weights, as zeros
        data.set_field("weight", None)
    return data


def _sequence(source: RowSource) -> Any:
    """Return LightGBM's view of all rows: a sample by number, for the bins, then all by slices."""
    from lightgbm import Sequence

    class Rows(Sequence):  # type: ignore[misc,unused-ignore]
        batch_size = source.block_rows

        def __init__(self) -> None:
            self._reader = _Forwards(source)

        def __len__(self) -> int:
            return source.rows

        def __getitem__(self, index: Any) -> npt.NDArray[Any]:
            if isinstance(index, slice):
                return self._reader.rows(*index.indices(len(self))[:2])
            if isinstance(index, (int, np.integer)):
                return np.asarray(self._reader.rows(int(index), int(index) + 1)[0])
            raise InvalidTypeError("rows are read by number or by slice", shown(index), "Do not subset.")

    return Rows()


class _Forwards:
    """Rows by number, of blocks that are read forwards; one that lies before starts from the beginning."""

    def __init__(self, source: RowSource) -> None:
        self._source = source
        self._blocks = source.blocks(np.float64)
        self._start = self._stop = 0
        self._X: Any = None

    def rows(self, start: int, stop: int) -> npt.NDArray[Any]:
        """Return the rows from `start` to before `stop`."""
        parts = []
        while start < stop:
            self._seek(start)
            last = min(stop, self._stop)
            parts.append(self._X[start - self._start : last - self._start])
            start = last
        return parts[0] if len(parts) == 1 else np.concatenate(parts)

    def _seek(self, row: int) -> None:
        """Move to the block that holds a row."""
        if row < self._start:
            self._blocks = self._source.blocks(np.float64)
            self._start = self._stop = 0
        while row >= self._stop:
            self._X = next(self._blocks).X
            self._start, self._stop = self._stop, self._stop + len(self._X)


def _shell(estimator: Any, source: RowSource) -> Any:
    """Return the estimator fitted on rows of zeros: its classes, features and parameters, not its trees."""
    y = np.repeat(np.arange(source.classes), 2)
    X = np.zeros((len(y), len(source.names)))
    return probed(estimator, X, y, feature_name=list(source.names))


def _with_booster(shell: Any, estimator: Any, booster: Any, history: dict[str, Any]) -> Any:
    """Return the shell with the trees that were trained, as LGBMClassifier's own fit leaves it."""
    _restore(shell, estimator)
    shell._Booster = booster
    shell._best_iteration = booster.best_iteration
    shell._best_score = booster.best_score
    shell._evals_result = history
    return shell


def _restore(shell: Any, estimator: Any) -> None:
    """Give back the parameters that a probe has otherwise; ``set_params`` could not unset one."""
    settings = estimator.get_params()
    for name in altered(estimator):
        if name in settings:
            shell.set_params(**{name: settings[name]})
        else:
            delattr(shell, name)
            del shell._other_params[name]
