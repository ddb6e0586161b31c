"""Resampling of a training fold by imbalanced-learn; rows that exist stay as they are, missing values too."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from boostweights.errors import check_that
from boostweights.weighting.counts import ClassCounts

Codes = npt.NDArray[np.int64]
_NO_LEVEL = "(missing)"


def counts_after(kind: str, counts: ClassCounts) -> ClassCounts:
    """Return the class counts after resampling: all as many as the most, or the least, common class has.

    Examples
    --------
    >>> counts_after("under", ClassCounts({0: 90, 1: 10}))
    ClassCounts({0: 10, 1: 10})
    """
    if kind == "none":
        return counts
    wanted = min(counts.values()) if kind == "under" else max(counts.values())
    return ClassCounts(dict.fromkeys(counts, wanted))


def resampled(kind: str, X: pd.DataFrame, y: Codes, seed: int) -> tuple[pd.DataFrame, Codes]:
    """Return a fold with classes of one size; the fold itself is not changed.

    SMOTE (Chawla et al. 2002) interpolates between neighbours, SMOTENC and SMOTEN with categories; it needs
    values everywhere, so its neighbours are found with medians in place of missing numbers and a level of its
    own for missing categories. The rows that it was given are trained on as they are.

    Raises
    ------
    InvalidValueError
        If a class has one row only, which has no neighbour.
    """
    if kind == "none":
        return X, y
    # imported here: it takes half a second, and few models of a plan need it
    from imblearn import over_sampling, under_sampling

    if kind in ("over", "under"):
        sampler = over_sampling.RandomOverSampler if kind == "over" else under_sampling.RandomUnderSampler
        chosen, _ = sampler(random_state=seed).fit_resample(np.arange(len(y))[:, None], y)
        return X.iloc[chosen.ravel()], y[chosen.ravel()]
    least = int(np.bincount(y)[np.unique(y)].min())
    rule = "SMOTE needs at least two rows of each class"
    check_that(least >= 2, rule, f"a class with {least}", "Leave the arm out.")
    numeric = X.select_dtypes("number").columns
    categorical = [at for at, name in enumerate(X) if name not in numeric]
    filled = X.astype(object).fillna(_NO_LEVEL).astype(str).astype(object)
    filled[numeric] = X[numeric].fillna(X[numeric].median().fillna(0.0))
    settings: dict[str, Any] = {"random_state": seed, "k_neighbors": min(5, least - 1)}
    if not categorical:
        sampler = over_sampling.SMOTE(**settings)
    elif len(categorical) == X.shape[1]:
        sampler = over_sampling.SMOTEN(**settings)
    else:
        sampler = over_sampling.SMOTENC(categorical_features=categorical, **settings)
    values, labels = sampler.fit_resample(filled.to_numpy(object if categorical else np.float64), y)
    made = pd.DataFrame(values[len(y) :], columns=X.columns)
    texts = X.select_dtypes("category").columns
    made[texts] = made[texts].where(made[texts] != _NO_LEVEL, None)
    return pd.concat([X, made.astype(X.dtypes)], ignore_index=True), labels
