"""A stratified sample of a user's table, where all of it would take too long."""

from __future__ import annotations

import dataclasses

import numpy as np
import numpy.typing as npt

from boostweights.benchmark.compare.dataset import TableData
from boostweights.errors import InvalidValueError

__all__ = ["sampled_data"]

Ints = npt.NDArray[np.int64]


def sampled_data(data: TableData, max_rows: int, *, least: int, seed: int) -> TableData:
    """Return at most so many rows, in their order, with each class's share as it was.

    Parameters
    ----------
    data : TableData
        The table.
    max_rows : int
        How many rows at most; 0 for all.
    least : int
        How many rows each class must keep: as many as there are folds.
    seed : int
        Of the sample.

    Raises
    ------
    InvalidValueError
        If a class would keep too few rows; it says how many rows would do.

    Examples
    --------
    >>> import pandas as pd
    >>> from boostweights.benchmark.data.dataset import Dataset
    >>> from boostweights.benchmark.compare.dataset import Roles
    >>> dataset = Dataset(name="d", X=pd.DataFrame({"x": range(8)}), y=np.array(list("nnnnnnpp")))
    >>> data = TableData(dataset=dataset, roles=Roles(target="y"), names={"x": "x"})
    >>> sampled_data(data, 4, least=1, seed=0).dataset.y.tolist()
    ['n', 'n', 'n', 'p']
    """
    labels = data.dataset.y
    if not 0 < max_rows < len(labels):
        return data
    classes, codes, counts = np.unique(labels, return_inverse=True, return_counts=True)
    kept = _shares(counts, max_rows)
    if (kept < np.minimum(least, counts)).any():
        rarest = int(counts.argmin())
        enough = int(np.ceil(least * len(labels) / counts[rarest]))
        raise InvalidValueError(
            f"a sample must have {least} rows of each class, one a fold",
            f"{kept[rarest]} of {str(classes[rarest])!r} with --max-rows {max_rows}",
            f"Use --max-rows {enough} or more.",
        )
    order = np.random.default_rng(seed).permutation(len(labels))
    chosen = [order[codes[order] == code][:count] for code, count in enumerate(kept)]
    rows = np.sort(np.concatenate(chosen))
    return dataclasses.replace(
        data,
        dataset=data.dataset.take(rows),
        times=None if data.times is None else _places(data.times[rows]),
        sampled_from=len(labels),
    )


def _places(times: Ints) -> Ints:
    """Return each row's place among the different times that are left."""
    return np.unique(times, return_inverse=True)[1].astype(np.int64)


def _shares(counts: Ints, total: int) -> Ints:
    """Divide a total in proportion; what is left goes to the largest fractions."""
    exact = counts * total / counts.sum()
    whole: Ints = np.floor(exact).astype(np.int64)
    left = total - int(whole.sum())
    whole[np.argsort(whole - exact, kind="stable")[:left]] += 1
    return whole
