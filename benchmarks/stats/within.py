"""One data set: the mean of paired differences over correlated folds, and how far to trust it."""

from typing import Final

import pandas as pd

from boostweights.benchmark.stats import corrected_error, reach

_KEYS: Final = ["metric", "arm", "rule", "proba", "family", "dataset", "library"]


def per_dataset(pairs: pd.DataFrame) -> pd.DataFrame:
    r"""Return each data set's mean difference, with the .95 interval of the corrected t-test.

    The interval is :math:`\bar d \pm t_{n-1} \cdot \text{error}` with the error of `corrected_error` (Nadeau
    & Bengio 2003). With one pair, or one fold, there is a mean and no interval.

    Parameters
    ----------
    pairs : pandas.DataFrame
        What `differences` returns.

    Returns
    -------
    table : pandas.DataFrame
        A row a metric, side, data set and library: n pairs of planned, difference, error, low and high (in
        the metric's unit).

    Examples
    --------
    >>> side = {"metric": "f1", "arm": "balanced", "rule": "0.5", "proba": "raw", "library": "l"}
    >>> pairs = pd.DataFrame(
    ...     [
    ...         side
    ...         | {"family": "a", "dataset": "a", "folds": 3, "planned": 3, "difference": difference}
    ...         for difference in (0.1, 0.2, 0.3)
    ...     ]
    ... )
    >>> per_dataset(pairs)[["n", "difference", "low", "high"]].round(3).values.tolist()
    [[3.0, 0.2, -0.193, 0.593]]
    """
    table = pairs.groupby(_KEYS, sort=True).agg(
        n=("difference", "size"),
        planned=("planned", "first"),
        folds=("folds", "first"),
        difference=("difference", "mean"),
        sd=("difference", "std"),
    )
    error = corrected_error(table["sd"], table["n"], table["folds"].where(table["folds"] > 1))
    half = reach(error, table["n"])
    low, high = table["difference"] - half, table["difference"] + half
    return table.assign(error=error, low=low, high=high).drop(columns="sd").reset_index()
