"""Rows in which a wrong conversion shows: thresholds, zeros, their neighbours, extremes, missing values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from boostweights.adapters.serving import Inputs
from boostweights.errors import InvalidTypeError

Floats = npt.NDArray[np.float64]

_MISSING: Final = 0.1  # the share of values taken out, in half of the rows
_EDGE: Final = 0.05  # how far beyond the outer thresholds synthetic values lie, of their range
_FEWEST: Final = 200
_FARTHEST: Final = 1e37  # thresholds beyond it only tell missing values apart
_ZEROS: Final = np.array([0.0, -0.0])
_EXTREMES: Final = np.array([np.inf, -np.inf, 1e39, -1e39])


def made(inputs: Inputs, features: int, rows: Any = None, *, double: bool, seed: int = 0) -> Any:
    """Return rows in which each feature takes each of its probing values, in random company.

    Parameters
    ----------
    inputs : Inputs
        Of the model.
    features : int
        How many there are.
    rows : array or DataFrame, default=None
        The caller's: their columns, types and categories. None: an array of floats.
    double : bool
        Whether the runtime compares float64; otherwise all values are ones of float32.
    seed : int
        Of the company.

    Raises
    ------
    InvalidTypeError
        If categories are not numbers and there are no rows to take them from.
    """
    random = np.random.default_rng(seed)
    values = {feature: _values(inputs, feature, random, double=double) for feature in range(features)}
    unknown = [feature for feature, each in inputs.categories.items() if each is None]
    if unknown and rows is None:
        raise InvalidTypeError(
            "categories that are not numbers must be shown to be checked",
            f"features {unknown} and no rows",
            "Pass rows= with each category in it.",
        )
    count = max(_FEWEST, *map(len, values.values()))
    table = np.column_stack([_shuffled(each, count, random) for each in values.values()])
    again = np.column_stack([random.permutation(column) for column in table.T])
    table = np.concatenate([table, _with_missing(again, sorted(inputs.missing), random)])
    return table if rows is None else _as_given(table, rows, inputs, random)


def categorical(inputs: Inputs, names: Sequence[str], categories: Mapping[int, list[Any]]) -> Any:
    """Return made rows in a data frame, where columns of pandas categories take each of these."""
    import pandas as pd

    codes = {at: np.arange(float(len(values))) for at, values in categories.items()}
    known = replace(inputs, categories=dict(inputs.categories) | codes)
    frame = named(made(known, len(names), double=not inputs.single), names)
    for at, values in categories.items():
        places = np.nan_to_num(frame[names[at]].to_numpy(), nan=-1).astype(int)
        frame[names[at]] = pd.Series(pd.Categorical.from_codes(places, pd.Index(values)))
    return frame


def _values(inputs: Inputs, feature: int, random: np.random.Generator, *, double: bool) -> Floats:
    codes = inputs.categories.get(feature)
    if codes is not None:
        return np.asarray(codes, np.float64)
    cuts = np.asarray(inputs.thresholds.get(feature, ()), np.float64)
    inner = cuts[np.abs(cuts) < _FARTHEST]
    low, high = (inner.min(), inner.max()) if len(inner) else (0.0, 1.0)
    edge = _EDGE * (high - low or 1.0)
    within = random.uniform(low - edge, high + edge, _FEWEST)
    found = np.concatenate(
        [neighbours(cuts, double=double), within, neighbours(_ZEROS, double=double), _ZEROS]
    )
    found = found[np.abs(found) <= np.finfo(np.float32).max]
    found = np.concatenate([found, _EXTREMES]) if inputs.infinite else found
    if not double:
        with np.errstate(over="ignore"):
            found = found.astype(np.float32).astype(np.float64)
    found[(np.abs(found) == inputs.zero) & (found != 0)] = 0.0
    return np.asarray(found)


def neighbours(cuts: Floats, *, double: bool) -> Floats:
    """Return thresholds and the numbers on both sides of them: of float32, or of float64 besides.

    Examples
    --------
    >>> neighbours(np.array([1.0]), double=False) - 1
    array([-5.96046448e-08,  0.00000000e+00,  1.19209290e-07])
    """
    kinds: list[type[np.floating[Any]]] = [np.float32, np.float64] if double else [np.float32]
    found = []
    for kind in kinds:
        with np.errstate(over="ignore"):
            at = cuts.astype(kind)
            found += [np.nextafter(at, kind(-np.inf)), at, np.nextafter(at, kind(np.inf))]
    return np.concatenate([each.astype(np.float64) for each in found])


def _shuffled(values: Floats, count: int, random: np.random.Generator) -> Floats:
    return np.asarray(random.permutation(np.resize(random.permutation(values), count)))


def _with_missing(table: Floats, missing: list[int], random: np.random.Generator) -> Floats:
    """Take values out; the first row lacks all that may be missing, each of the next ones one."""
    holes = random.random((len(table), len(missing))) < _MISSING
    first = min(len(missing), len(table) - 1)
    holes[0] = True
    holes[1 : first + 1] = np.eye(len(missing), dtype=bool)[:first]
    table[:, missing] = np.where(holes, np.nan, table[:, missing])
    return table


def _as_given(table: Floats, rows: Any, inputs: Inputs, random: np.random.Generator) -> Any:
    """Return made rows in the columns of the caller's; categories, text and bools are drawn from those."""
    drawn = random.integers(len(rows), size=len(table))
    if not hasattr(rows, "iloc"):
        given = np.asarray(rows)[drawn].astype(np.float64)
        for feature in range(table.shape[1]):
            if feature not in inputs.categories:
                given[:, feature] = table[:, feature]
        return given
    frame = rows.iloc[drawn].reset_index(drop=True)
    for feature, name in enumerate(frame.columns):
        if feature not in inputs.categories and getattr(frame[name].dtype, "kind", "O") in "iuf":
            frame[name] = table[:, feature]
    return frame


def named(table: Any, names: Sequence[str]) -> Any:
    """Return rows in a data frame, where a classifier was fitted on one and they are not in one yet."""
    if not names or hasattr(table, "columns"):
        return table
    from pandas import DataFrame

    return DataFrame(table, columns=list(names))
