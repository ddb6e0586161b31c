"""A small weight path from scikit-learn's logistic regression, not from `weight_path`."""

from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np
from sklearn.datasets import make_classification
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold

from boostweights.path.result import WeightPath

FOLDS = 3
RATIOS = (1.0, 3.0, 10.0, 30.0)


@cache
def out_of_fold(ratios: tuple[float, ...]) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Fold, truth, probabilities of each ratio and of the unweighted model (last), and training sizes."""
    X, y = make_classification(
        1200, n_features=6, n_informative=3, weights=[0.92], class_sep=0.8, flip_y=0.02, random_state=1
    )
    fold = np.empty(len(y), np.intp)
    proba = np.empty((len(ratios) + 1, len(y)))
    sizes = []
    for k, (train, test) in enumerate(StratifiedKFold(FOLDS, shuffle=True, random_state=0).split(X, y)):
        fold[test] = k
        sizes.append(len(train))
        for at, ratio in enumerate((*ratios, 1.0)):
            model = LogisticRegression().fit(X[train], y[train], np.where(y[train] == 1, ratio, 1.0))
            proba[at, test] = model.predict_proba(X[test])[:, 1]
    return fold, y == 1, proba, np.array(sizes)


def make_path(
    ratios: Sequence[float] = RATIOS, *, names: Sequence[str] = (), classes: Any = (0, 1), **settings: Any
) -> WeightPath:
    """A path of these ratios; `names` are dealt to the rows as their groups."""
    fold, y, proba, sizes = out_of_fold(tuple(map(float, ratios)))
    weight = np.asarray(ratios, float)[:, None]
    groups = None if not names else np.array([*names] * len(y), object)[: len(y)]
    return WeightPath(
        **{
            "ratios": tuple(map(float, ratios)),
            "classes": classes,
            "pos_label": classes[1],
            "row": np.arange(len(y)),
            "fold": fold,
            "y": y,
            "proba": proba[:-1],
            "corrected": proba[:-1] / (proba[:-1] + weight * (1 - proba[:-1])),
            "fitted": proba[:-1] / (proba[:-1] + weight * (1 - proba[:-1])),
            "baseline": proba[-1],
            "baseline_fitted": proba[-1],
            "tuned_threshold": np.array([0.2, 0.25, 0.3]),
            "train_size": sizes,
            "groups": groups,
            "estimator": "LogisticRegression()",
            **settings,
        }
    )
