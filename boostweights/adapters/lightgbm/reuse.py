"""One Dataset for many weights: LightGBM's bins do not see row weights."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from boostweights.adapters.lightgbm.names import EARLY_STOPPING, value_of
from boostweights.adapters.lightgbm.raw_scores import link
from boostweights.adapters.lightgbm.spelling import is_true
from boostweights.adapters.reuse import Prediction, Reuse, functions_in, is_own_class

__all__ = ["altered", "passed_on", "probed", "reuse"]

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
    return Reuse(how=_EXACT, bin=lambda X, y: _Fold.of(estimator, X, y))


def _obstacle(estimator: Any, X: Any) -> str:
    settings = estimator.get_params()
    objective = value_of(settings, "objective", "binary")
    if not is_own_class(estimator, "LGBMClassifier", "lightgbm"):
        return f"{type(estimator).__name__} may train in its own way"
    if (functions := functions_in(settings)) or objective != "binary":
        return f"{functions[0]} is a function" if functions else f"objective={objective!r}"
    if value_of(settings, "boosting", "gbdt") in _FORESTS:
        return "the probabilities of a random forest are corrected tree by tree"
    if is_true(value_of(settings, "linear_tree", False)):
        return "linear trees need the features beside the bins"
    if hasattr(X, "columns"):
        named = value_of(settings, "categorical_feature", None)
        return "" if named is None else "categorical_feature joins a frame's own categories"
    plain = getattr(X, "dtype", np.dtype(object)).kind in "fiub"
    return "" if plain else "lightgbm converts these features itself"


@dataclass(slots=True, kw_only=True)
class _Fold:
    data: Any
    params: dict[str, Any]
    rounds: int

    @classmethod
    def of(cls, estimator: Any, X: Any, y: npt.NDArray[np.intp]) -> _Fold:
        from lightgbm import Dataset
        from sklearn.utils import _safe_indexing

        few = np.sort(np.concatenate([np.flatnonzero(y == code)[:2] for code in (0, 1)]))
        params = passed_on(probed(estimator, _safe_indexing(X, few), y[few]), estimator)
        rounds = int(params.pop("num_iterations"))
        return cls(data=Dataset(X, label=y, params=params).construct(), params=params, rounds=rounds)

    def fit_predict(self, weight: npt.NDArray[Any] | None, X: Any) -> Prediction:
        """Train with these row weights, and predict other rows."""
        import lightgbm as lgb

        self.data.set_field("weight", weight)  # set_weight(None) would leave the weights before
        booster = lgb.train(dict(self.params), self.data, num_boost_round=self.rounds)
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
