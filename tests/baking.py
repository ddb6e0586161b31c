"""Models to bake a correction into, and the oracle: the library's raw scores, shifted and linked in numpy."""

import pickle
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from libraries import ADAPTERS, hard_data, make_estimator
from scipy.special import expit, softmax

import boostweights as bw
from boostweights.adapters.training import EvaluationSet

X2, Y2 = hard_data(2)
X3, Y3 = hard_data(3)
DATA = {2: (X2, Y2), 3: (X3, Y3)}
W = {2: {0: 0.7, 1: 19.3}, 3: {0: 0.7, 1: 19.3, 2: 3.1}}


def with_categories(X: np.ndarray) -> pd.DataFrame:
    frame = pd.DataFrame(X, columns=[f"x{i}" for i in range(X.shape[1])])
    return frame.assign(x2=pd.Categorical(frame["x2"].astype(int)))


def linked(
    scores: np.ndarray,
    weights: bw.ClassWeights,
    slopes: Any = 1,
    offsets: Any = 0,
    *,
    one_vs_all: bool = False,
) -> np.ndarray:
    """softmax or sigmoid of a (s - log w) + b; one against all: by the mean odds of the rest."""
    w, a, b = np.array(weights.values), np.asarray(slopes), np.asarray(offsets)
    if one_vs_all and scores.ndim > 1:
        n = np.array(list(weights.counts.values()), float)
        rest = np.array([np.delete(n * w, k).sum() / np.delete(n, k).sum() for k in range(len(w))])
        return expit(a * (scores + np.log(rest / w)) + b)
    if len(w) > 2:
        return softmax(a * (scores - np.log(w)) + b, axis=1)
    odds = scores if scores.ndim == 1 else scores[:, 1] - scores[:, 0]
    p = expit(a * (odds - np.log(w[1] / w[0])) + b)
    return np.column_stack([1 - p, p])


def raw(model: Any, X: Any) -> np.ndarray:
    """Raw scores by each library's own words, to the scale of logarithms."""
    if hasattr(model, "get_booster"):
        return np.asarray(model.predict(X, output_margin=True), float)
    if hasattr(model, "booster_"):
        scores = np.asarray(model.predict(X, raw_score=True))
        if model.get_params()["boosting_type"] == "rf":  # sums, where probabilities are of means
            scores = scores / model.booster_.current_iteration()
        return scores * model.get_params().get("sigmoid", 1.0)
    if hasattr(model, "get_scale_and_bias"):
        return np.asarray(model.predict(X, prediction_type="RawFormulaVal"))
    if hasattr(model, "decision_function"):
        return np.asarray(model.decision_function(X))
    p = np.asarray(model.predict_proba(X), float)
    return np.log(p[:, 1] / p[:, 0]) if p.shape[1] == 2 else np.log(p)


def margin(model: Any, X: np.ndarray) -> np.ndarray:
    """Raw scores by each library's own words, of two classes one; of forests held from 0 and 1."""
    if type(model).__name__ == "RandomForestClassifier":
        held = np.clip(model.predict_proba(X), 1e-6, 1 - 1e-6)
        return np.log(held[:, 1] / held[:, 0]) if held.shape[1] == 2 else np.log(held)
    return raw(model, X)


def after_rounds(library: str, model: Any, X: np.ndarray, rounds: int) -> np.ndarray:
    """Raw scores of the first rounds by each library's own words."""
    if library == "sklearn":
        staged = np.asarray(list(model.staged_decision_function(X))[rounds - 1])
        return staged[:, 0] if staged.ndim == 2 and staged.shape[1] == 1 else staged
    arguments = {
        "xgboost": {"iteration_range": (0, rounds), "output_margin": True},
        "lightgbm": {"num_iteration": rounds, "raw_score": True},
        "catboost": {"ntree_end": rounds, "prediction_type": "RawFormulaVal"},
    }[library]
    return np.asarray(model.predict(X, **arguments), float)


def has_scores(model: Any) -> bool:
    """Whether `raw` has them of the library, and not of its probabilities."""
    own = ("get_booster", "booster_", "get_scale_and_bias", "decision_function")
    return any(hasattr(model, name) for name in own)


def near(model: Any, X: Any) -> float:
    """How near scores are that come from probabilities, relative: by the floats in which these are."""
    return 1e4 * float(np.finfo(np.asarray(model.predict_proba(X)).dtype).eps)


def reloaded(model: Any, path: Path) -> Iterator[Any]:
    """The model from a file of its library, in each format."""
    if hasattr(model, "get_booster"):
        import xgboost as xgb

        for ending in ("json", "ubj"):
            model.save_model(path / f"m.{ending}")
            yield xgb.Booster(model_file=path / f"m.{ending}")
    elif hasattr(model, "booster_"):
        import lightgbm as lgb

        model.booster_.save_model(path / "m.txt")
        yield lgb.Booster(model_file=path / "m.txt")
    elif hasattr(model, "get_scale_and_bias"):
        for ending in ("json", "cbm"):
            model.save_model(str(path / f"m.{ending}"), format=ending)
            yield type(model)().load_model(str(path / f"m.{ending}"), format=ending)
    yield pickle.loads(pickle.dumps(model))


def proba(model: Any, X: Any) -> np.ndarray:
    if hasattr(model, "predict_proba"):
        return np.asarray(model.predict_proba(X), float)
    if type(model).__module__.startswith("xgboost"):
        import xgboost as xgb

        p = model.predict(
            xgb.DMatrix(X, enable_categorical=True),
            iteration_range=(0, int(model.attr("best_iteration") or -1) + 1),
        ).astype(float)
    else:
        p = np.asarray(model.predict(X))
    return np.column_stack([1 - p, p]) if p.ndim == 1 else p


EARLY = {
    "xgboost": {"n_estimators": 200, "early_stopping_rounds": 3},
    "lightgbm": {"n_estimators": 200},
    "catboost": {"iterations": 200, "early_stopping_rounds": 3, "use_best_model": False},
}


def fit_early(model: Any, X: Any, y: Any, w: np.ndarray) -> Any:
    half = len(y) // 2
    ahead: dict[str, Any] = {"eval_set": [(X[half:], y[half:])]}
    if type(model).__name__ == "LGBMClassifier":
        import lightgbm as lgb

        ahead = {"callbacks": [lgb.early_stopping(3, verbose=False)]}
        ahead |= ADAPTERS["lightgbm"].evaluation(model, [EvaluationSet(X=X[half:], y=y[half:])], {})
    elif type(model).__name__ == "XGBClassifier":
        ahead["verbose"] = False
    return model.fit(X[:half], y[:half], sample_weight=w[:half], **ahead)


# library, classes, settings[, what else]
CASES: dict[str, tuple[str, int, dict[str, Any], str]] = {
    "xgboost": ("xgboost", 2, {}, ""),
    "xgboost early": ("xgboost", 2, EARLY["xgboost"], "early"),
    "xgboost dart": ("xgboost", 2, {"booster": "dart", "rate_drop": 0.5, "one_drop": 1}, ""),
    "xgboost linear": ("xgboost", 2, {"booster": "gblinear"}, ""),
    "xgboost parallel": ("xgboost", 2, {"num_parallel_tree": 3, "subsample": 0.6}, ""),
    "xgboost categories": ("xgboost", 2, {"enable_categorical": True}, "categories"),
    "xgboost deep": ("xgboost", 2, {"n_estimators": 400, "learning_rate": 0.02}, ""),
    "xgboost 3": ("xgboost", 3, {}, ""),
    "xgboost 3 softmax": ("xgboost", 3, {"objective": "multi:softmax"}, ""),
    "xgboost 3 early": ("xgboost", 3, EARLY["xgboost"], "early"),
    "xgboost 3 dart": ("xgboost", 3, {"booster": "dart", "rate_drop": 0.5, "one_drop": 1}, ""),
    "xgboost 3 linear": ("xgboost", 3, {"booster": "gblinear"}, ""),
    "xgboost 3 start": ("xgboost", 3, {"base_score": 0.5}, ""),
    "xgboost 3 vector": ("xgboost", 3, {"multi_strategy": "multi_output_tree", "tree_method": "hist"}, ""),
    "lightgbm": ("lightgbm", 2, {}, ""),
    "lightgbm early": ("lightgbm", 2, EARLY["lightgbm"], "early"),
    "lightgbm dart": ("lightgbm", 2, {"boosting_type": "dart", "drop_rate": 0.5}, ""),
    "lightgbm rf": ("lightgbm", 2, {"boosting_type": "rf", "bagging_fraction": 0.6, "bagging_freq": 1}, ""),
    "lightgbm cross entropy": ("lightgbm", 2, {"objective": "cross_entropy"}, ""),
    "lightgbm linear": ("lightgbm", 2, {"linear_tree": True}, ""),
    "lightgbm sigmoid": ("lightgbm", 2, {"sigmoid": 2.5}, ""),
    "lightgbm no split": ("lightgbm", 2, {"min_child_samples": 1000}, ""),
    "lightgbm start 0": ("lightgbm", 2, {"boost_from_average": False}, ""),
    "lightgbm categories": ("lightgbm", 2, {}, "categories"),
    "lightgbm 3": ("lightgbm", 3, {}, ""),
    "lightgbm 3 early": ("lightgbm", 3, EARLY["lightgbm"], "early"),
    "lightgbm 3 rf": ("lightgbm", 3, {"boosting_type": "rf", "bagging_fraction": 0.6, "bagging_freq": 1}, ""),
    "lightgbm 3 dart": ("lightgbm", 3, {"boosting_type": "dart", "drop_rate": 0.5}, ""),
    "lightgbm one vs all": ("lightgbm", 3, {"objective": "ova", "sigmoid": 1.5}, "one vs all"),
    "catboost": ("catboost", 2, {}, ""),
    "catboost early": ("catboost", 2, EARLY["catboost"], "early"),
    "catboost start": ("catboost", 2, {"boost_from_average": True}, ""),
    "catboost cross entropy": ("catboost", 2, {"loss_function": "CrossEntropy"}, ""),
    "catboost two scores": ("catboost", 2, {"loss_function": "MultiClass"}, ""),
    "catboost categories": ("catboost", 2, {"cat_features": ["x2"]}, "categories"),
    "catboost 3": ("catboost", 3, {}, ""),
    "catboost one vs all": ("catboost", 3, {"loss_function": "MultiClassOneVsAll"}, "one vs all"),
    "histogram": ("HistGradientBoostingClassifier", 2, {}, ""),
    "histogram early": ("HistGradientBoostingClassifier", 2, {"early_stopping": True, "max_iter": 50}, ""),
    "histogram 3": ("HistGradientBoostingClassifier", 3, {}, ""),
    "gradient": ("GradientBoostingClassifier", 2, {}, "full"),
    "gradient 3": ("GradientBoostingClassifier", 3, {"learning_rate": 0.3}, "full"),
    "gradient one stage": ("GradientBoostingClassifier", 2, {"n_estimators": 1}, "full"),
    "gradient from 0": ("GradientBoostingClassifier", 2, {"init": "zero"}, "full"),
}


def trained(case: str) -> tuple[Any, Any, bw.ClassWeights]:
    library, classes, settings, also = CASES[case]
    if case == "xgboost 3 vector":
        pytest.importorskip("xgboost", minversion="3.1", reason="before, one base score for all classes")
    X, y = DATA[classes]
    X = with_categories(X) if also == "categories" else np.nan_to_num(X) if also == "full" else X
    weights = bw.Explicit(W[classes]).resolve(y)
    name = None if library in ADAPTERS else library
    model = make_estimator("sklearn" if name else library, name, **settings)
    w = weights.sample_weight(y, np.float64)
    return fit_early(model, X, y, w) if also == "early" else model.fit(X, y, sample_weight=w), X, weights
