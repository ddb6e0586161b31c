"""LightGBM's bins, which do not see row weights: one Dataset for many weights, or for rows read in blocks.

Of blocks the Dataset is pushed from a Sequence; its bins, a byte a value, stay in memory.
"""

from contextlib import nullcontext
from copy import copy
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from boostweights.adapters import binning
from boostweights.adapters.binning import OutOfCore, Reuse, RowSource
from boostweights.adapters.lightgbm import parameters
from boostweights.adapters.lightgbm.parameters import EARLY_STOPPING, is_true, value_of
from boostweights.errors import InvalidValueError

_EXACT = "exact: a lightgbm Dataset is binned once a fold and its weights are set anew"


def reuse(estimator: Any, X: Any) -> Reuse:
    """Return how an LGBMClassifier's bins serve for many weights: exactly, or why not.

    The parameters given to ``lgb.train`` are those that the estimator itself passes on: they are read from
    it after a fit on a few rows, so that none of its own rules are repeated here.
    """
    if obstacle := _obstacle(estimator, X):
        return Reuse(how=f"none: {obstacle}")
    return Reuse(how=_EXACT, bin=lambda X, y: _Fold(estimator, X, y))


def _obstacle(estimator: Any, X: Any) -> str:
    settings = estimator.get_params()
    objective = value_of(settings, "objective", "binary")
    if obstacle := _obstacle_anywhere(estimator):
        return obstacle
    if objective != "binary":
        return f"objective={objective!r}"
    if parameters.is_forest(settings):
        return "the probabilities of a random forest are corrected tree by tree"
    if device := parameters.other_device(settings):
        return device
    if hasattr(X, "columns"):
        named = value_of(settings, "categorical_feature", None)
        return "" if named is None else "categorical_feature joins a frame's own categories"
    plain = getattr(X, "dtype", np.dtype(object)).kind in "fiub"
    return "" if plain else "lightgbm converts these features itself"


def _obstacle_anywhere(estimator: Any) -> str:
    """Return what keeps bins from serving more than one fit, of a fold or of blocks."""
    settings = estimator.get_params()
    if obstacle := binning.obstacle_in(estimator, "LGBMClassifier", "lightgbm", settings):
        return obstacle
    if is_true(value_of(settings, "linear_tree", False)):
        return "linear_tree=True: linear trees need the features beside the bins"
    return ""


class _Fold:
    def __init__(self, estimator: Any, X: Any, y: npt.NDArray[np.intp]) -> None:
        from lightgbm import Dataset
        from sklearn.utils import _safe_indexing

        few = np.sort(np.concatenate([np.flatnonzero(y == code)[:2] for code in (0, 1)]))
        self._shell, self._params = _shell(estimator, _safe_indexing(X, few), y[few])
        self._rounds = int(self._params.pop("num_iterations"))
        self._data = Dataset(X, label=y, params=self._params).construct()

    def fit(self, weight: npt.NDArray[Any] | None) -> Any:
        """Return a fitted LGBMClassifier."""
        import lightgbm as lgb

        self._data.set_field("weight", weight)  # set_weight(None) would leave the weights before
        fitted = copy(self._shell)
        fitted._Booster = lgb.train(dict(self._params), self._data, num_boost_round=self._rounds)
        return fitted


def _shell(estimator: Any, X: Any, y: npt.NDArray[Any], **fit_params: Any) -> tuple[Any, dict[str, Any]]:
    """Return the estimator, fitted but for its trees, and the parameters that it passes on to train.

    It is fitted on a few rows, silent and without early stopping, which would need rows to evaluate on.
    """
    from sklearn.base import clone

    settings = estimator.get_params()
    verbosity = next((name for name in ("verbosity", "verbose") if name in settings), "verbosity")
    patience = [name for name in EARLY_STOPPING if settings.get(name) is not None]
    changed = {verbosity: -1, **dict.fromkeys(patience, 0)}
    shell = clone(estimator).set_params(**changed).fit(X, y, **fit_params)
    hidden = {*changed, EARLY_STOPPING[0]}  # the name by which lightgbm passes on all its aliases
    params = {name: value for name, value in shell.booster_.params.items() if name not in hidden}
    params |= {name: settings[name] for name in changed if settings.get(name) is not None}
    for name in changed:
        if name in settings:
            shell.set_params(**{name: settings[name]})
        else:  # set_params could not unset it
            delattr(shell, name)
            del shell._other_params[name]
    return shell, params


_EXACT_BLOCKS = "exact: a lightgbm Dataset is binned once and its weights are set anew"


def out_of_core(
    estimator: Any,
    *,
    bins: Any = "auto",
    cache_folder: Any = None,
    frozen: bool = False,
    features: RowSource | None = None,
) -> OutOfCore:
    """Return what trains an LGBMClassifier block by block; its bins do not see weights, frozen or not."""
    if obstacle := _obstacle_anywhere(estimator):
        raise binning.not_out_of_core("an LGBMClassifier", obstacle)
    binning.checked_bins(bins, "lightgbm", ("memory",))
    if features is not None:
        binning.check_names(features, "lightgbm", '[]{}",:')
        named = value_of(estimator.get_params(), "categorical_feature", None)
        if features.texts and named is not None:
            raise InvalidValueError(
                "text features are categories by themselves: others must be text too",
                f"categorical_feature={named!r} with column {features.texts[0]!r}",
                "Leave categorical_feature out, and write integer codes as text.",
            )
    return nullcontext(_Trainer(estimator=estimator))


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
        fitted, params = _shell(self.estimator, zeros, y, feature_name=names)
        rounds = int(params.pop("num_iterations"))
        sources = [train] if evaluation is None else [train, evaluation]
        for data, source in zip(self._data, sources, strict=False):  # binned before
            data.set_field("weight", source.labels()[1])  # set_weight(None) would leave the weights before
        for source in sources[len(self._data) :]:
            self._data.append(_dataset(source, params, self._data[0] if self._data else None))
        history: dict[str, Any] = {}
        booster = lgb.train(
            dict(params),
            self._data[0],
            num_boost_round=rounds,
            valid_sets=self._data[1:],
            callbacks=[lgb.record_evaluation(history)],
        )
        fitted._Booster, fitted._evals_result = booster, history
        fitted._best_iteration, fitted._best_score = booster.best_iteration, booster.best_score
        return fitted


def _dataset(source: RowSource, params: dict[str, Any], reference: Any) -> Any:
    """Return a Dataset of all rows: LightGBM reads a sample by number, for the bins, then all by slices."""
    from lightgbm import Dataset, Sequence

    class Rows(Sequence):  # type: ignore[misc,unused-ignore]
        batch_size = source.block_rows
        _X: Any

        def __init__(self) -> None:
            self._rows = source.rows  # asked for again with each row that is sampled
            self._restart()

        def _restart(self) -> None:
            self._blocks, self._start, self._X = source.blocks(np.float64), 0, ()

        def __len__(self) -> int:
            return self._rows

        def __getitem__(self, index: Any) -> Any:
            if not isinstance(index, slice):
                return self[index : index + 1][0]
            start, stop, _ = index.indices(self._rows)
            if start < self._start:  # blocks are read forwards; a slice lies in one of them
                self._restart()
            while start >= self._start + len(self._X):
                self._start += len(self._X)
                self._X = next(self._blocks).X
            return self._X[start - self._start : stop - self._start]

    label, weight = source.labels()
    data = Dataset(
        Rows(),
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
