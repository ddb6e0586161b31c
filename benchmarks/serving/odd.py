"""Models with odd settings, drawn from a seed: rows, classifier, name of the export and format."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd
from servedmodels import MODELS, NEEDS
from sklearn.base import clone
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler

from boostweights import Explicit, WeightedClassifier
from boostweights.adapters.serving import Format
from boostweights.serving.exported import suffixes

Random = np.random.Generator

LEVELS: Final[tuple[list[Any], ...]] = (
    ["a", "b", "c", "d"],
    ["Köln", "München", "Ulm"],
    ["東京", "大阪", "🙂", "é"],
    ["only"],
    [30, 4, 5],
    [0.5, 1.5, -2.0],
    ["", " ", "x" * 300],
    [f"level {number}" for number in range(40)],
)
LABELS: Final[tuple[list[Any], ...]] = (
    ["paid", "bad", "late"],
    ["Ä", "ö", "z"],
    [7, 3, 5],
    [2.0, 1.0, 4.0],
    [True, False],
)
ADAPTERS: Final = {"xgboost": "xgboost", "lightgbm": "lightgbm", "catboost": "catboost"}
_TAKES_CATEGORIES: Final = (*ADAPTERS, "HistGradientBoosting")
_TAKES_INFINITE: Final = ("lightgbm", "HistGradientBoosting")
_COLUMNS: Final[dict[str, Callable[[Random, int], Any]]] = {
    "normal": lambda random, n: random.normal(size=n),
    "zeros": lambda random, n: random.normal(size=n) * (random.random(n) < 0.5),
    "counts": lambda random, n: random.poisson(1.5, n).astype(float),
    "bits": lambda random, n: random.integers(2, size=n).astype(float),
    "large": lambda random, n: 1e8 + random.normal(size=n).round(2),
    "tiny": lambda random, n: random.normal(size=n) * 1e-35,
    "denormal": lambda random, n: random.integers(-3, 4, size=n) * 1e-45,
    "huge": lambda random, n: random.normal(size=n) * 1e37,
    "constant": lambda random, n: np.full(n, 3.0),
}
_SETTINGS: Final[dict[str, tuple[dict[str, Any], ...]]] = {
    "xgboost": (
        *({"booster": "dart", "rate_drop": 0.5}, {"booster": "gblinear"}, {"missing": 0.0}),
        *({"num_parallel_tree": 3, "subsample": 0.7}, {"tree_method": "exact"}, {"max_cat_to_onehot": 1}),
        *({"base_score": 0.05}, {"grow_policy": "lossguide", "max_leaves": 5}, {"max_bin": 4}),
        {"max_cat_threshold": 2},
    ),
    "lightgbm": (
        *({"zero_as_missing": True}, {"use_missing": False}, {"linear_tree": True}),
        *({"boosting_type": "dart", "drop_rate": 0.5}, {"min_child_samples": 1, "max_bin": 4}),
        {"boosting_type": "rf", "bagging_fraction": 0.5, "bagging_freq": 1},
        *({"extra_trees": True}, {"max_cat_to_onehot": 1, "min_data_per_group": 1, "cat_smooth": 1.0}),
        *({"enable_bundle": False}, {"feature_pre_filter": False, "min_child_samples": 1}),
        {"zero_as_missing": True, "linear_tree": True},
    ),
    "catboost": (
        *({"grow_policy": "Lossguide"}, {"grow_policy": "Depthwise"}, {"nan_mode": "Max"}),
        *({"one_hot_max_size": 200}, {"border_count": 4}, {"bootstrap_type": "No"}, {"depth": 1}),
    ),
    "HistGradientBoosting": ({"max_bins": 4}, {"max_depth": 1}, {"l2_regularization": 5.0}),
    "GradientBoosting": ({"init": "zero"}, {"subsample": 0.5}, {"max_depth": 1}),
    "RandomForest": ({"max_depth": 2}, {"bootstrap": False}, {"criterion": "entropy"}),
    "ExtraTrees": ({"max_depth": 2}, {"min_samples_leaf": 9}),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Odd:
    """A model to be exported.

    Attributes
    ----------
    library : str
        Its name in `servedmodels.MODELS`.
    model : WeightedClassifier, or Pipeline that ends in one
        Not fitted.
    X, y
        Training rows and labels.
    to : str
        The format.
    name : str
        The name of the folder or the file.
    settings : mapping of str to object
        What was drawn, for the record.
    """

    library: str
    model: Any
    X: Any
    y: Any
    to: Format
    name: str
    settings: Mapping[str, Any]


def odd(seed: int) -> Odd:
    """Return the model of a seed."""
    random = np.random.default_rng([29, seed])
    library = list(MODELS)[seed % len(MODELS)]
    kinds = random.choice(list(_COLUMNS), size=random.integers(2, 6)).tolist()
    X, score = _numbers(library, kinds, int(random.integers(80, 400)), random)
    levels = _levels(library, random)
    frame: Any = pd.DataFrame(X, columns=[f"x{at}" for at in range(X.shape[1])])
    for at, values in enumerate(levels):
        codes = random.integers(len(values), size=len(X))
        score = score + (codes % 3) * (at + 1)
        frame[f"c{at}"] = _category(library, values, codes, random)
    classes = int(random.integers(2, 4))
    labels = LABELS[random.integers(len(LABELS) if classes == 2 else len(LABELS) - 1)]
    ranks = (score + random.normal(size=len(X)) * 0.3).argsort().argsort() / len(X)
    y = np.asarray(labels[:classes])[np.digitize(ranks, [0.8, 0.92][: classes - 1])]
    settings = _drawn(library, classes, levels, random)
    wrapper = _wrapper(labels, classes, random)
    estimator = MODELS[library]().set_params(**settings)
    model: Any = WeightedClassifier(estimator, **wrapper)
    steps = _steps(levels, random)
    model = make_pipeline(*steps, model) if steps else model
    to: Format = "onnx" if steps else str(random.choice(list(NEEDS)))  # type: ignore[assignment]
    endings = ("", *suffixes(to, ADAPTERS.get(library, "sklearn")))
    named = bool(levels) or random.random() < 0.3
    return Odd(
        library=library,
        model=model,
        X=frame if named else frame.to_numpy(float),
        y=y,
        to=to,
        name=f"model{random.choice(endings)}",
        settings={
            "columns": kinds,
            "levels": [str(values[0]) for values in levels],
            "steps": [type(step).__name__ for step in steps],
            "classes": classes,
            **settings,
            **{key: str(value) for key, value in wrapper.items()},
        },
    )


def _numbers(library: str, kinds: list[str], n: int, random: Random) -> tuple[Any, Any]:
    """Return columns of numbers, and the score by which labels are drawn."""
    X = np.column_stack([_COLUMNS[kind](random, n) for kind in kinds])
    score = ((X - X.mean(axis=0)) / (X.std(axis=0) + np.finfo(float).tiny)).sum(axis=1)
    if library != "GradientBoosting" and random.random() < 0.5:
        X[random.random(X.shape) < random.choice([0.02, 0.3])] = np.nan
    if library in _TAKES_INFINITE and random.random() < 0.15:
        X[random.random(X.shape) < 0.05] = random.choice([np.inf, -np.inf, 1e39])
    return X, score


def _levels(library: str, random: Random) -> list[list[Any]]:
    if library not in _TAKES_CATEGORIES or random.random() < 0.4:
        return []
    return [LEVELS[random.integers(len(LEVELS))] for _ in range(random.integers(1, 3))]


def _category(library: str, values: list[Any], codes: Any, random: Random) -> Any:
    """Return a column of categories, some with a level that no row has, some with holes."""
    unused = ["nobody"] if isinstance(values[0], str) and random.random() < 0.3 else []
    ordered = bool(random.random() < 0.2)
    if library == "catboost":  # takes text and whole numbers as they are
        return pd.Series([str(values[code]) for code in codes], dtype=object)
    holes = random.random(len(codes)) < (0.1 if random.random() < 0.5 else 0.0)
    levels = [*unused, *values]
    return pd.Categorical.from_codes(
        np.where(holes, -1, codes + len(unused)), categories=pd.Index(levels), ordered=ordered
    )


def _drawn(library: str, classes: int, levels: list[list[Any]], random: Random) -> dict[str, Any]:
    own = _SETTINGS[library]
    settings = dict(own[random.integers(len(own))]) if random.random() < 0.7 else {}
    if library == "lightgbm" and classes == 3 and random.random() < 0.3:
        settings["objective"] = "multiclassova"
    if library == "catboost" and classes == 3 and random.random() < 0.3:
        settings["loss_function"] = "MultiClassOneVsAll"
    if library == "GradientBoosting" and classes == 2 and random.random() < 0.3:
        settings["loss"] = "exponential"
    if levels and library == "catboost":
        settings["cat_features"] = [f"c{at}" for at in range(len(levels))]
    if levels and library == "HistGradientBoosting":
        settings["categorical_features"] = "from_dtype"
    if levels and library == "xgboost":
        settings["enable_categorical"] = True
    return settings


def _wrapper(labels: list[Any], classes: int, random: Random) -> dict[str, Any]:
    wrapper: dict[str, Any] = {"correct_proba": [False, True, True, "fitted"][random.integers(4)]}
    if random.random() < 0.2:
        weights = np.exp(random.normal(size=classes) * random.choice([1.0, 4.0]))
        wrapper["weighting"] = Explicit(dict(zip(labels, weights.tolist(), strict=False)))
    if classes == 2 and random.random() < 0.3:
        wrapper |= {"threshold": float(random.choice([0.05, 0.5])), "pos_label": labels[1]}
    return wrapper


def _steps(levels: list[list[Any]], random: Random) -> list[Any]:
    if levels or random.random() > 0.12:
        return []
    return [clone([SimpleImputer(), StandardScaler(), MinMaxScaler()][random.integers(3)])]
