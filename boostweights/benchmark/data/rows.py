"""Rows that a split must not part, and what errors on rows cost."""

import warnings
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.model_selection import StratifiedKFold

from boostweights.benchmark.data.costs import CostTable
from boostweights.benchmark.data.dataset import Dataset
from boostweights.errors import InvalidValueError, check_that, shown


def duplicate_groups(dataset: Dataset) -> npt.NDArray[np.int64]:
    """Return a number for each row; rows equal in all features share one, whatever their labels.

    Missing values equal each other. Numbers count from 0 in the order in which they first occur.

    Parameters
    ----------
    dataset : Dataset
        Features of shape (n, d).

    Returns
    -------
    ndarray of int of shape (n,)

    Examples
    --------
    >>> X = pd.DataFrame({"a": [1.0, 2.0, 1.0, np.nan, np.nan]})
    >>> duplicate_groups(Dataset(name="small", X=X, y=np.array(list("nnpnp"))))
    array([0, 1, 0, 2, 2])
    """
    codes = np.column_stack([pd.factorize(column)[0] for _, column in dataset.X.items()])
    _, numbers = np.unique(codes, axis=0, return_inverse=True)
    return _in_order(numbers)


def near_duplicates(X: pd.DataFrame, splits: Iterable[tuple[Any, Any]]) -> float:
    """Return the share of test rows that have a training row which differs from them in one feature at most.

    Missing values equal each other. Rows are told apart by 64-bit sums of random numbers, one a value: two
    that differ are taken for equal once in about 10^19 pairs.

    Parameters
    ----------
    X : pandas.DataFrame of shape (n, d)
        Features.
    splits : iterable of (train, test)
        Positions of rows.

    Examples
    --------
    >>> X = pd.DataFrame({"a": [1.0, 1.0, 3.0, 4.0], "b": [1.0, 2.0, 3.0, 4.0]})
    >>> near_duplicates(X, [([0, 2], [1, 3])])
    0.5
    """
    rng = np.random.default_rng(0)
    parts = []
    for _, column in X.items():
        codes = pd.factorize(column)[0] + 1  # 0 for a missing value
        parts.append(rng.integers(0, 2**64, int(codes.max(initial=0)) + 1, dtype=np.uint64)[codes])
    own = np.column_stack(parts)
    without_one = own.sum(axis=1, dtype=np.uint64)[:, None] - own  # modulo 2^64
    near, tested = 0, 0
    for train, test in splits:
        found = [np.isin(without_one[test, at], without_one[train, at]) for at in range(own.shape[1])]
        near, tested = near + int(np.any(found, axis=0).sum()), tested + len(test)
    return near / tested


def split_groups(dataset: Dataset) -> npt.NDArray[np.int64]:
    """Return groups of rows that a split must not part: equal rows, rows of one group, and what these join.

    Parameters
    ----------
    dataset : Dataset
        Features of shape (n, d).

    Returns
    -------
    ndarray of int of shape (n,)
        Numbers from 0 in the order in which they first occur.

    Examples
    --------
    >>> X = pd.DataFrame({"a": [1.0, 2.0, 1.0, 4.0]})
    >>> split_groups(Dataset(name="small", X=X, y=np.array(list("npnp")), group=np.array([0, 0, 1, 2])))
    array([0, 0, 0, 1])
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    equal = duplicate_groups(dataset)
    if dataset.group is None:
        return equal
    own = _in_order(dataset.group) + equal.max() + 1  # two kinds of nodes, an edge a row
    size = int(own.max()) + 1
    edges = coo_array((np.ones(len(own)), (equal, own)), shape=(size, size))
    return _in_order(connected_components(edges, directed=False)[1][equal])


def stratified_splits(
    dataset: Dataset, folds: int, seed: int
) -> Iterator[tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]]:
    """Yield positions of the training and test rows of each fold, stratified, no `split_groups` parted.

    A group is dealt to a fold as its rarest label is: without groups and equal rows the folds are those of
    scikit-learn's StratifiedKFold. (StratifiedGroupKFold takes half a minute where most groups are one row.)

    Parameters
    ----------
    dataset : Dataset
        Features of shape (n, d).
    folds : int
        How many, at least 2.
    seed : int
        Of the shuffle.

    Raises
    ------
    InvalidValueError
        If a class has rows in fewer groups than folds.
    """
    groups = split_groups(dataset)
    classes, codes, counts = np.unique(dataset.y, return_inverse=True, return_counts=True)
    groups_of = {str(label): len(np.unique(groups[codes == code])) for code, label in enumerate(classes)}
    least = min(groups_of.values())
    check_that(
        least >= folds,
        f"every class of {dataset.name} must be in at least {folds} groups of rows, one a fold",
        ", ".join(f"{label!r} in {count}" for label, count in groups_of.items() if count < folds),
        f"Use {least} folds, or leave the class out."
        if least > 1
        else "Add rows of it, or leave it out: no split has it on both sides.",
    )
    order = np.lexsort((counts[codes], groups))  # in each group the rarest label comes first
    first = np.flatnonzero(np.diff(groups[order], prepend=-1))
    labels = codes[order[first]]
    dealer = StratifiedKFold(folds, shuffle=True, random_state=seed)
    with warnings.catch_warnings():
        # few groups may have a label as their rarest one; what matters was checked
        warnings.filterwarnings("ignore", message="The least populated class in y has only")
        dealt = [chosen for _, chosen in dealer.split(labels, labels)]
    for chosen in dealt:
        test = np.isin(groups, chosen)
        yield np.flatnonzero(~test), np.flatnonzero(test)


def row_costs(dataset: Dataset, train_rows: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """Return what each outcome costs on each row, as a split's training rows have it.

    Parameters
    ----------
    dataset : Dataset
        With costs.
    train_rows : array-like of int
        Positions of the training rows: means that the costs need come from them alone.

    Returns
    -------
    ndarray of shape (n, 4)
        Costs of (tn, fp, fn, tp), in the data's unit of money; NaN for rows without costs.

    Raises
    ------
    InvalidValueError
        If the data set has no costs, or positions are not of its rows.
    """
    rows = np.asarray(train_rows)
    is_position = rows.ndim == 1 and rows.dtype.kind in "iu" and ((rows >= 0) & (rows < len(dataset.y))).all()
    rule = f"training rows must be positions from 0 to {len(dataset.y) - 1}"
    check_that(is_position, rule, rows, "Turn a mask into positions with numpy.flatnonzero.")
    return _costs(dataset).matrix(dataset.y == dataset.positive, rows)


def costed(dataset: Dataset) -> Dataset:
    """Return the rows of a data set that have costs; itself if all do.

    Raises
    ------
    InvalidValueError
        If it has no costs.
    """
    known = _costs(dataset).known
    return dataset if known.all() else dataset.take(np.flatnonzero(known))


def _costs(dataset: Dataset) -> CostTable:
    if dataset.costs is None:
        remedy = "Those of the catalogue that do name a recipe as `costs`."
        raise InvalidValueError("a data set must have costs", shown(dataset.name), remedy)
    return dataset.costs


def _in_order(numbers: npt.NDArray[Any]) -> npt.NDArray[np.int64]:
    return np.asarray(pd.factorize(numbers)[0], np.int64)
