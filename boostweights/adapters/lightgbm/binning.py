"""LightGBM's bins, which do not see row weights: one Dataset for many weights, or for rows read in blocks.

Of blocks the Dataset is pushed from a Sequence; its bins, a byte a value, stay in memory.
"""

from contextlib import nullcontext
from copy import copy
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from boostweights.adapters.binning import (
    Features,
    OutOfCore,
    Prediction,
    Reuse,
    RowSource,
    checked_bins,
    functions_in,
    is_own_class,
    no_evaluation_rows,
    not_out_of_core,
)
from boostweights.adapters.lightgbm.model import link
from boostweights.adapters.lightgbm.parameters import EARLY_STOPPING, is_true, other_device, value_of
from boostweights.errors import InvalidTypeError, InvalidValueError, shown

_EXACT: Final = "exact: a lightgbm Dataset is binned once a fold and its weights are set anew"
_FORESTS: Final = ("rf", "random_forest")


def reuse(estimator: Any, X: Any) -> Reuse:
    """Return how an LGBMClassifier's bins serve for many weights: exactly, or why not.

    The parameters given to ``lgb.train`` are those that the estimator itself passes on: they are read from
    it after a fit on a few rows, so that none of its own rules are repeated here.
    """
    reason = _obstacle(estimator, X)
    if reason:
        return Reuse(how=f"none: {reason}")
    return Reuse(how=_EXACT, bin=lambda X, y: _Fold(estimator, X, y))


def _obstacle(estimator: Any, X: Any) -> str:
    settings = estimator.get_params()
    objective = value_of(settings, "objective", "binary")
    if not is_own_class(estimator, "LGBMClassifier", "lightgbm"):
        return f"{type(estimator).__name__} may train in its own way"
    if (functions := functions_in(settings)) or objective != "binary":
        return f"{functions[0]} is a function" if functions else f"objective={objective!r}"
    if value_of(settings, "boosting", "gbdt") in _FORESTS:
        return "the probabilities of a random forest are corrected tree by tree"
    if (device := other_device(settings)) or is_true(value_of(settings, "linear_tree", False)):
        return device or "linear trees need the features beside the bins"
    if hasattr(X, "columns"):
        named = value_of(settings, "categorical_feature", None)
        return "" if named is None else "categorical_feature joins a frame's own categories"
    plain = getattr(X, "dtype", np.dtype(object)).kind in "fiub"
    return "" if plain else "lightgbm converts these features itself"


class _Fold:
    def __init__(self, estimator: Any, X: Any, y: npt.NDArray[np.intp]) -> None:
        from lightgbm import Dataset
        from sklearn.utils import _safe_indexing

        few = np.sort(np.concatenate([np.flatnonzero(y == code)[:2] for code in (0, 1)]))
        self._shell = probed(estimator, _safe_indexing(X, few), y[few])  # fitted, for all but its trees
        self._params = passed_on(self._shell, estimator)
        _restore(self._shell, estimator)
        self._rounds = int(self._params.pop("num_iterations"))
        self._data = Dataset(X, label=y, params=self._params).construct()

    def fit(self, weight: npt.NDArray[Any] | None) -> Any:
        """Return a fitted LGBMClassifier."""
        fitted = copy(self._shell)
        fitted._Booster = self._booster(weight)
        return fitted

    def _booster(self, weight: npt.NDArray[Any] | None) -> Any:
        import lightgbm as lgb

        self._data.set_field("weight", weight)  # set_weight(None) would leave the weights before
        return lgb.train(dict(self._params), self._data, num_boost_round=self._rounds)

    def fit_predict(self, weight: npt.NDArray[Any] | None, X: Any) -> Prediction:
        """Train with these row weights, and predict other rows."""
        booster = self._booster(weight)
        return Prediction(
            proba=np.asarray(booster.predict(X), np.float64),
            score=link(booster).to_logarithms(booster.predict(X, raw_score=True)),
        )


def probed(estimator: Any, X: Any, y: npt.NDArray[Any], **fit_params: Any) -> Any:
    """Return the estimator fitted on a few rows: for what it makes of its own parameters.

    It is silent and does not stop early, which would need rows to evaluate on: see `altered`.
    """
    from sklearn.base import clone

    verbosity, *patience = altered(estimator)
    changes = {verbosity: -1, **dict.fromkeys(patience, 0)}
    return clone(estimator).set_params(**changes).fit(X, y, **fit_params)


def altered(estimator: Any) -> list[str]:
    """Return the parameters that a probe has otherwise: the verbosity's, and those that stop early."""
    settings = estimator.get_params()
    verbosity = next((name for name in ("verbosity", "verbose") if name in settings), "verbosity")
    return [verbosity, *(name for name in EARLY_STOPPING if settings.get(name) is not None)]


def passed_on(probe: Any, estimator: Any) -> dict[str, Any]:
    """Return the parameters that an estimator trains with, after its own rules, which a probe has applied."""
    settings, names = estimator.get_params(), altered(estimator)
    named = (*names, EARLY_STOPPING[0])  # the name by which lightgbm passes on all its aliases
    kept = {name: value for name, value in probe.booster_.params.items() if name not in named}
    return kept | {name: settings[name] for name in names if settings.get(name) is not None}


_EXACT_BLOCKS: Final = "exact: a lightgbm Dataset is binned once and its weights are set anew"


def out_of_core(
    estimator: Any,
    *,
    bins: Any = "auto",
    cache_folder: Any = None,
    frozen: bool = False,
    features: Features | None = None,
) -> OutOfCore:
    """Return what trains an LGBMClassifier block by block; its bins do not see weights, frozen or not."""
    obstacle = _obstacle_of_blocks(estimator)
    if obstacle:
        raise not_out_of_core("an LGBMClassifier", obstacle)
    checked_bins(bins, "lightgbm", ("memory",))
    if features is not None:
        features.check_names("lightgbm", '[]{}",:')
        named = value_of(estimator.get_params(), "categorical_feature", None)
        if features.texts and named is not None:
            raise InvalidValueError(
                "text features are categories by themselves: others must be text too",
                f"categorical_feature={named!r} with column {features.texts[0]!r}",
                "Leave categorical_feature out, and write integer codes as text.",
            )
    return nullcontext(_Trainer(estimator=estimator))


def _obstacle_of_blocks(estimator: Any) -> str:
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
    how: str = _EXACT_BLOCKS
    _data: list[Any] = field(default_factory=list)

    def fit(self, train: RowSource, evaluation: RowSource | None) -> Any:
        """Return a fitted LGBMClassifier."""
        import lightgbm as lgb

        y = np.repeat(np.arange(train.classes), 2)
        zeros, names = np.zeros((len(y), len(train.names))), list(train.names)
        fitted = probed(self.estimator, zeros, y, feature_name=names)  # for all but its trees
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
        _restore(fitted, self.estimator)
        fitted._Booster, fitted._evals_result = booster, history
        fitted._best_iteration, fitted._best_score = booster.best_iteration, booster.best_score
        return fitted

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
        categorical_feature=list(source.levels) or "auto",
        params=dict(params),
    )
    data.construct()
    if source.levels:  # by which the model knows the codes of a frame's categories, as after fit on a frame
        data.pandas_categorical = [
            list(source.levels[name]) for name in source.names if name in source.levels
        ]
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
            self._rows = source.rows  # asked for again with each row that is sampled

        def __len__(self) -> int:
            return self._rows

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


def _restore(shell: Any, estimator: Any) -> None:
    """Give back the parameters that a probe has otherwise; ``set_params`` could not unset one."""
    settings = estimator.get_params()
    for name in altered(estimator):
        if name in settings:
            shell.set_params(**{name: settings[name]})
        else:
            delattr(shell, name)
            del shell._other_params[name]
