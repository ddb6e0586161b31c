"""XGBoost's record for tests and the benchmark, and recipes that go beyond constructor settings.

Recipes that need the data: they make forms the same model where constructor settings cannot.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from boostweights.adapters.record import REPEATED_ROWS, Record
from boostweights.weighting.class_weights import ClassWeights

CELLS: Final[Mapping[str, Mapping[str, Any]]] = {
    "defaults": {},
    "exact": {"tree_method": "exact"},
    "exact, base score set": {"tree_method": "exact", "base_score": 0.3},
    "exact, penalties": {"reg_alpha": 1.0, "reg_lambda": 0.0, "gamma": 0.5, "min_child_weight": 5.0},
    "exact, raw scores": {"objective": "binary:logitraw"},
    "exact, reg:logistic": {"objective": "reg:logistic", "max_delta_step": 0.5},
    "exact, squared error": {"objective": "reg:squarederror", "eval_metric": "logloss"},
    "exact, rows and columns sampled": {"subsample": 0.6, "colsample_bytree": 0.5, "colsample_bylevel": 0.8},
    "exact, monotone": {"monotone_constraints": (1, 0, 0, 0, 0, 0), "max_depth": 3},
    "exact, interaction constraints": {"interaction_constraints": "[[0, 1, 2], [3, 4, 5]]"},
    "exact, early stopping": {"early_stopping_rounds": 2, "n_estimators": 30},
    "exact by its updater": {"updater": "grow_colmaker,prune", "verbosity": 0},
    "hist": {"tree_method": "hist"},
    "auto": {"tree_method": "auto", "base_score": 0.05},
    "hist, few bins": {"tree_method": "hist", "max_bin": 32},
    "hist, a bin for each row": {"tree_method": "hist", "max_bin": 1024},
    "hist, by leaves": {"grow_policy": "lossguide", "max_leaves": 8, "max_depth": 0},
    "hist, columns sampled by node": {"colsample_bynode": 0.5, "subsample": 0.7},
    "hist, gradient-based sampling": {"sampling_method": "gradient_based", "subsample": 0.5},
    "hist, vector leaves": {"multi_strategy": "multi_output_tree"},
    "hist, categorical": {"enable_categorical": True, "max_cat_to_onehot": 2},
    "hist, categorical, dart": {"enable_categorical": True, "booster": "dart", "rate_drop": 0.4},
    "approx": {"tree_method": "approx", "max_bin": 32},
    "approx, a bin for each row": {"tree_method": "approx", "max_bin": 600},
    "dart": {"booster": "dart", "rate_drop": 0.5, "one_drop": True},
    "dart, hist, weighted": {
        "booster": "dart",
        "tree_method": "hist",
        "sample_type": "weighted",
        "normalize_type": "forest",
        "rate_drop": 0.5,
    },
    "random forest": {
        "num_parallel_tree": 4,
        "n_estimators": 1,
        "learning_rate": 1.0,
        "subsample": 0.8,
        "colsample_bynode": 0.8,
    },
    "gblinear": {"booster": "gblinear"},
    "gblinear, one thread's order": {"booster": "gblinear", "updater": "coord_descent"},
    "gblinear, penalties": {"booster": "gblinear", "reg_lambda": 0.3, "reg_alpha": 0.02},
    "gblinear, greedy, penalty": {
        "booster": "gblinear",
        "updater": "coord_descent",
        "feature_selector": "greedy",
        "reg_lambda": 1.0,
    },
}
"""Name → constructor settings of XGBClassifier; every claim about them is tested by training."""


def _saved(model: Any, folder: Path) -> list[Path]:
    paths = [folder / name for name in ("model.json", "model.ubj", "booster.ubj")]
    for path, saved in zip(paths, (model, model, model.get_booster()), strict=True):
        saved.save_model(path)
    return paths


RECORD: Final = Record(
    classifier="xgboost:XGBClassifier",
    distributions=("xgboost", "xgboost-cpu"),
    forks=True,
    trees="n_estimators",
    fixed={"tree_method": "hist", "enable_categorical": True},
    patience="early_stopping_rounds",
    fit_quietly={"verbose": False},
    estimators={"xgboost:XGBClassifier": {"n_estimators": 8, "n_jobs": 1}},
    settings=CELLS,
    trained_on={"exact, early stopping": ()},
    evaluated={"eval_metric": "logloss", "tree_method": "exact", "base_score": 0.5},
    losses=lambda fitted: fitted.evals_result()["validation_0"]["logloss"],
    save=_saved,
    excused={"XGBClassifier": REPEATED_ROWS},
    warns=(".*`booster=(dart|gblinear)` is deprecated", "`XGBRFClassifier` is deprecated"),  # since 3.4
)


def frozen_cuts(
    X: Any, y: Any, sample_weight: Any = None, *, max_bin: int = 256, ref: Any = None, **options: Any
) -> Any:
    """Return training data whose cut points were found without weights, for ``xgb.train``.

    IDENTICAL: ``scale_pos_weight`` and row weights train the same model on it with ``tree_method="hist"``,
    one ``base_score`` and one ``max_bin``, however many distinct values a feature has.

    Parameters
    ----------
    X : array-like of shape (n, p)
        Whatever ``xgboost.QuantileDMatrix`` takes.
    y : array-like of shape (n,)
        Labels 0 and 1.
    sample_weight : array-like of shape (n,), default=None
        Row weights; the gradients see them, the cut points do not.
    max_bin : int, default=256
        Must be that of the parameters.
    ref : QuantileDMatrix, default=None
        Data whose cut points to share.
    **options
        Go to ``QuantileDMatrix``: ``missing``, ``enable_categorical``, ``nthread``, …

    Returns
    -------
    xgboost.QuantileDMatrix

    Examples
    --------
    >>> import numpy as np, xgboost as xgb
    >>> X = np.random.default_rng(0).normal(size=(600, 2)); y = (X[:, 0] > 1.2).astype(int)
    >>> params = {"objective": "binary:logistic", "base_score": 0.5, "max_bin": 16, "nthread": 1}
    >>> rows = xgb.train(params, frozen_cuts(X, y, np.where(y == 1, 9.0, 1.0), max_bin=16), 5)
    >>> ratio = xgb.train({**params, "scale_pos_weight": 9.0}, frozen_cuts(X, y, max_bin=16), 5)
    >>> bool((rows.inplace_predict(X) == ratio.inplace_predict(X)).all())
    True
    """
    import xgboost as xgb

    data = xgb.QuantileDMatrix(X, label=y, max_bin=max_bin, ref=ref, **options)
    if sample_weight is not None:
        data.set_weight(np.asarray(sample_weight, np.float32))
    return data


def cuts_see_weights(X: Any, max_bin: int = 256) -> bool:
    """Whether the cut points of ``tree_method="hist"`` can depend on row weights, for these features.

    They cannot where each numeric feature has at most `max_bin` distinct values: each has its own bin, and
    ``scale_pos_weight`` and row weights are IDENTICAL at one ``base_score``. Not so for
    ``tree_method="approx"``, whose sketch leaves out values of little weight however few there are.

    Parameters
    ----------
    X : array-like or data frame of shape (n, p)
        Categorical columns of a frame do not count: they are never cut.
    max_bin : int, default=256
        XGBoost's own default.

    Returns
    -------
    bool

    Examples
    --------
    >>> cuts_see_weights([[0.0], [1.0], [1.0], [2.0]], max_bin=3)
    False
    >>> cuts_see_weights([[0.0], [1.0], [1.0], [2.0]], max_bin=2)
    True
    """
    return any(_distinct(values) > max_bin for values in _numeric(X))


def weighted_start(weights: ClassWeights) -> dict[str, float]:
    """Return the ``base_score`` from which XGBoost 3 starts with these row weights: their weighted mean.

    EQUIVALENT: with it, ``scale_pos_weight`` is the model that row weights are with ``base_score`` left
    open (and cut points that weights do not move); XGBoost's own mean is summed in another order. To be
    IDENTICAL, set it on both sides.

    Parameters
    ----------
    weights : ClassWeights
        Of two classes, with the counts of the training rows.

    Returns
    -------
    dict
        ``{"base_score": mean}``.

    Examples
    --------
    >>> from boostweights import Balanced
    >>> weighted_start(Balanced().resolve([0] * 90 + [1] * 10))
    {'base_score': 0.5}
    """
    negative, positive = (weights.counts[label] * weight for label, weight in weights.class_weight.items())
    return {"base_score": positive / (negative + positive)}


def _numeric(X: Any) -> Iterator[npt.NDArray[Any]]:
    if hasattr(X, "tocsc"):
        columns = X.tocsc()
        yield from (
            columns.data[start:end]
            for start, end in zip(columns.indptr[:-1], columns.indptr[1:], strict=True)
        )
    elif hasattr(X, "dtypes") and hasattr(X, "items"):
        yield from (column.to_numpy() for _, column in X.items() if str(column.dtype) != "category")
    else:
        yield from np.asarray(X).T


def _distinct(values: npt.NDArray[Any]) -> int:
    stored = np.asarray(values, np.float32)
    return len(np.unique(stored[~np.isnan(stored)]))
