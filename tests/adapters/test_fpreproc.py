"""``fpreproc``: each fold of ``xgb.cv`` and ``lgb.cv`` weighted by its own training rows."""

from typing import Any

import numpy as np
import pytest
from libraries import hard_data
from sklearn.model_selection import StratifiedKFold

import boostweights as bw
from boostweights.errors import MissingAbilityError

X, Y = hard_data(2)
FOLDS = list(StratifiedKFold(3, shuffle=True, random_state=0).split(X, Y))


def weights_by_hand(y: np.ndarray, table: dict[int, float]) -> np.ndarray:
    return np.where(y == 1, table[1], table[0]).astype(np.float32)


def xgb_cv(function: Any, weight: Any = None, **params: Any) -> list[float]:
    xgb = pytest.importorskip("xgboost")
    params, data = {"objective": "binary:logistic", "nthread": 1} | params, xgb.DMatrix(X, Y, weight=weight)
    history = xgb.cv(params, data, 5, folds=FOLDS, fpreproc=function, as_pandas=False)
    return history["test-logloss-mean"]


def xgb_by_hand(weigh_test: bool, row_weight: np.ndarray | None = None) -> np.ndarray:
    xgb = pytest.importorskip("xgboost")
    scores, params = [], {"objective": "binary:logistic", "nthread": 1}
    counted = np.ones(len(Y)) if row_weight is None else row_weight
    own = counted.astype(np.float32)
    for train, test in FOLDS:
        share = {k: counted[train][Y[train] == k].sum() for k in (0, 1)}
        table = {k: sum(share.values()) / (2 * share[k]) for k in (0, 1)}
        data = xgb.DMatrix(X[train], Y[train], weight=weights_by_hand(Y[train], table) * own[train])
        factor = weights_by_hand(Y[test], table) if weigh_test else 1
        held = xgb.DMatrix(X[test], Y[test], weight=own[test] * factor)
        log: dict = {}
        xgb.train(params, data, 5, evals=[(held, "test")], evals_result=log, verbose_eval=False)
        scores.append(log["test"]["logloss"])
    return np.mean(scores, axis=0)


@pytest.mark.parametrize("weight", [None, np.random.default_rng(0).uniform(0.5, 2, len(Y))], ids=type)
@pytest.mark.parametrize("eval_weighting", ["same", "none", "auto"])
def test_xgb_cv_equals_folds_trained_by_hand(eval_weighting: str, weight: np.ndarray | None) -> None:
    """Row weights in the data count and multiply."""
    ours = xgb_cv(bw.fpreproc("balanced", "xgboost", eval_weighting=eval_weighting), weight)
    by_hand = xgb_by_hand(eval_weighting == "same", weight)
    np.testing.assert_allclose(ours, by_hand, rtol=1e-6 if weight is None else 1e-5)


@pytest.mark.parametrize("eval_weighting", ["same", "none", "auto"])
@pytest.mark.parametrize("form", ["sample_weight", "scale_pos_weight"])
def test_lgb_cv_equals_folds_trained_by_hand(eval_weighting: str, form: str) -> None:
    lgb = pytest.importorskip("lightgbm")
    params = {"objective": "binary", "num_threads": 1, "verbose": -1, "boost_from_average": False}
    full = lgb.Dataset(X, Y, free_raw_data=False)
    history = lgb.cv(
        dict(params), full, 5, folds=FOLDS, fpreproc=bw.fpreproc("balanced", "lightgbm", form, eval_weighting)
    )
    scores = []
    for train, test in FOLDS:
        table = {k: len(train) / (2 * (Y[train] == k).sum()) for k in (0, 1)}
        part, held = full.subset(sorted(train)), full.subset(sorted(test))
        part.construct().set_weight(weights_by_hand(Y[sorted(train)], table))
        if eval_weighting == "same":
            held.construct().set_weight(weights_by_hand(Y[sorted(test)], table))
        log: dict = {}
        lgb.train(params, part, 5, [held], ["test"], callbacks=[lgb.record_evaluation(log)])
        scores.append(log["test"]["binary_logloss"])
    np.testing.assert_allclose(history["valid binary_logloss-mean"], np.mean(scores, axis=0), rtol=1e-6)


def test_native_form_in_xgb_cv_is_the_same_model() -> None:
    pinned = {"tree_method": "exact", "base_score": 0.5}
    majority = bw.Balanced(scale="majority")
    rows = xgb_cv(bw.fpreproc(majority, "xgboost"), **pinned)
    native = xgb_cv(bw.fpreproc(majority, "xgboost", "scale_pos_weight"), **pinned)
    np.testing.assert_array_equal(rows, native)


def test_weights_never_multiply_by_accident() -> None:
    with pytest.raises(bw.errors.InvalidValueError, match=r"scale_pos_weight=9.*Balanced\(\)"):
        xgb_cv(bw.fpreproc("balanced", "xgboost"), scale_pos_weight=9)


@pytest.mark.parametrize("library", ["catboost", "sklearn"])
def test_libraries_without_such_a_cv_say_so(library: str) -> None:
    with pytest.raises(MissingAbilityError, match=f"fpreproc.*got {library}, .*xgboost, lightgbm"):
        bw.fpreproc("balanced", library)


def test_bad_arguments() -> None:
    with pytest.raises(bw.errors.InvalidValueError, match="eval_weighting"):
        bw.fpreproc("balanced", "xgboost", eval_weighting="all")  # type: ignore[arg-type]
    with pytest.raises(bw.errors.InvalidValueError, match="Did you mean 'scale_pos_weight'"):
        bw.fpreproc("balanced", "xgboost", form="scale_pos_wieght")
