"""Data sets of OpenML, asked for only when the caller says so."""

import hashlib
import json
import re
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
from sklearn import datasets

from boostweights.benchmark.data.dataset import Dataset
from boostweights.benchmark.data.entries import LOADER_VERSION
from boostweights.benchmark.data.fetch import FetchError
from boostweights.benchmark.data.parse import canonical_column, category
from boostweights.errors import InvalidValueError, shown

_NAME: Final = re.compile(r"openml:([1-9]\d*)")


def is_openml(name: str) -> bool:
    """Tell whether a name is of the kind ``"openml:31"``.

    Examples
    --------
    >>> is_openml("openml:31"), is_openml("yeast4")
    (True, False)
    """
    return name.startswith("openml:")


def openml_number(name: str) -> int:
    """Return the number in a name of that kind.

    Raises
    ------
    InvalidValueError
        If there is none.
    """
    found = _NAME.fullmatch(name)
    if found is None:
        raise InvalidValueError("an OpenML data set must be openml:NUMBER", shown(name), "Try 'openml:31'.")
    return int(found[1])


def entry_digest(name: str) -> str:
    """Return what a cached file says that it was made from."""
    return hashlib.sha256(json.dumps([LOADER_VERSION, name]).encode()).hexdigest()


def openml_dataset(name: str, cache: Path, *, online: bool) -> Dataset:
    """Return the data set with this number at OpenML, with its default target.

    Of two classes the rarer is the positive one (the later of two equal ones).

    Parameters
    ----------
    name : str
        ``"openml:"`` and the number of a data set's version, which never changes.
    cache : Path
        scikit-learn keeps what it downloads in a directory of it.
    online : bool
        Whether the network may be used.

    Raises
    ------
    InvalidValueError
        If ``online`` is False, the name has no number, or the target is missing or no label.
    FetchError
        If OpenML cannot be reached.
    """
    number = openml_number(name)
    if not online:
        mend = "Pass online=True (bench --online)."
        raise InvalidValueError("OpenML must be asked for explicitly", shown(name), mend)
    try:
        found = datasets.fetch_openml(
            data_id=number, as_frame=True, parser="auto", data_home=str(cache / "openml")
        )
    except (OSError, ValueError) as failed:
        raise FetchError(
            f"OpenML must give data set {number}",
            f"{type(failed).__name__}: {failed}",
            "Check the number and the network, then run again.",
        ) from failed
    return _converted(name, found.data, found.target)


def _converted(name: str, X: pd.DataFrame, target: Any) -> Dataset:
    if not isinstance(target, pd.Series):
        raise InvalidValueError(
            f"{name} must have one target column", type(target).__name__, "Choose a classification data set."
        )
    labels = canonical_column(target, ())
    kept = X[labels.notna()].reset_index(drop=True)
    y = labels.dropna().to_numpy(dtype=np.str_)
    classes, counts = np.unique(y, return_counts=True)
    if not 2 <= len(classes) <= len(y) // 2:
        raise InvalidValueError(
            f"{name} must have at least two classes, each of some rows",
            f"{len(classes)} classes in {len(y)} rows",
            "Choose a classification data set.",
        )
    rarest = len(classes) - 1 - int(np.argmin(counts[::-1]))
    columns = {
        str(name): column.astype(np.float64) if column.dtype.kind in "iufb" else category(column, ())
        for name, column in kept.items()
    }
    positive = str(classes[rarest]) if len(classes) == 2 else None
    return Dataset(name=name, X=pd.DataFrame(columns, index=kept.index), y=y, positive=positive)
