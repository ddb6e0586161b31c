"""What a user's table may have wrong, found before anything is trained, and a model that is too good."""

from __future__ import annotations

import shlex
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib.resources import files
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats

from boostweights.audits.findings import Finding, Findings
from boostweights.benchmark.compare.dataset import TableData
from boostweights.benchmark.data.rows import duplicate_groups
from boostweights.benchmark.plan.problem import as_problem
from boostweights.benchmark.plan.splits import Split
from boostweights.errors import listed
from boostweights.probabilities.promises import Promised, level_of
from boostweights.tables.features import dropping

Ints = npt.NDArray[np.int64]

LEAK = 0.99
"""A column whose area alone under the ROC curve is at least this may be a leak."""
TOO_GOOD: Mapping[str, float] = {"roc_auc": 0.999, "average_precision": 0.998}
"""A model that reaches all of these on rows that it was not trained on is too good to be believed."""
PROMISED = Promised(recall=0.9)
"""Fewer positives than this promise needs are few."""
FEWEST = 10
"""Rows of each class, below which a column may tell the classes apart by chance."""
_BINS = 64
_ROWS = 50_000
"""From a larger table, a sample of this size tells how well a column tells the classes apart."""
_COPIED = 0.5
_TIMES_THE_REST = 2.0
_TWINS = 0.99
_CONFIDENCE = 0.99
_NAMED = 5

_SECONDS = (1_000_000_000, 2_100_000_000)
_CALENDARS: Mapping[str, tuple[str, int, int]] = {
    "days written as 20260131": ("%Y%m%d", 19_000_101, 21_001_231),
    "months written as 202601": ("%Y%m", 190_001, 210_012),
}
_FEW_VALUES = 10
_LONG = 100_000
_EQUAL_BY_CHANCE = 7.0
"""Pairs; where so many are expected, there is none in one of a thousand tables."""
_TEXTS = tomllib.loads(files(__package__).joinpath("checks.toml").read_text("utf-8"))


@dataclass(frozen=True, kw_only=True, eq=False)
class Checked:
    """A table and its folds.

    Attributes
    ----------
    data : TableData
        The table.
    splits : sequence of Split
        Its folds.
    """

    data: TableData
    splits: Sequence[Split]

    @cached_property
    def areas(self) -> dict[str, float]:
        """Each column's area under the ROC curve, alone, from .5 to 1: the mean over classes.

        The area uses a number's own order, in either direction, and what is known of each level of a
        category, or of each of 64 bins of a number: the share of each class in the other half of the rows, so
        that a level of one row tells nothing. Missing values are a level. Empty where a class has fewer than
        10 rows.
        """
        problem = as_problem(self.data.dataset)
        codes, k = problem.y, len(problem.classes)
        rows, rng = np.arange(len(codes)), np.random.default_rng(0)
        if len(codes) > _ROWS:
            rows = np.sort(rng.choice(len(codes), _ROWS, replace=False))
        codes = codes[rows]
        if np.bincount(codes, minlength=k).min() < FEWEST:
            return {}
        half = (np.random.default_rng(0).permutation(len(codes)) % 2 == 0).astype(np.int64)
        return {name: _area(column.iloc[rows], codes, k, half) for name, column in self.columns.items()}

    @property
    def findings(self) -> Findings:
        """What the table may have wrong, the gravest first."""
        return Findings([*_of_columns(self), *_of_rows(self)])

    @cached_property
    def columns(self) -> dict[str, pd.Series[Any]]:
        """The columns by their own names: features, and what rows are decided by."""
        columns = {self.data.names[str(name)]: column for name, column in self.data.dataset.X.items()}
        for name, at in zip(self.data.roles.costs or (), (2, 1), strict=False):
            if isinstance(name, str) and self.data.dataset.costs is not None:
                columns.setdefault(name, pd.Series(self.data.dataset.costs.fixed[:, at]))
        return columns


def _finding(code: str, message: str, **words: object) -> Finding:
    entry = _TEXTS[code]
    return Finding(
        code=entry.get("code", code),
        severity=entry["severity"],
        message=message,
        why=entry["why"].format(**words),
        mend=entry["remedy"].format(**words),
    )


def too_good(models: Mapping[str, Mapping[str, float]], areas: Mapping[str, float]) -> Findings:
    """Return a finding where a model's figures on rows that it was not trained on are too good to be true.

    Parameters
    ----------
    models : mapping of str to mapping of str to float
        Model → metric → mean over folds.
    areas : mapping of str to float
        Column → its area alone, as `Checked.areas`; where empty, rows are too few to tell.

    Examples
    --------
    >>> perfect, usual = dict.fromkeys(TOO_GOOD, 1.0), dict.fromkeys(TOO_GOOD, 0.97)
    >>> too_good({"lightgbm, balanced": perfect}, {"closed_on": 0.97, "age": 0.6}).codes()
    ['too-good']
    >>> too_good({"lightgbm, balanced": usual}, {"closed_on": 0.97, "age": 0.6})
    Findings([])
    """
    for name, means in models.items():
        if areas and all(means.get(metric, 0.0) >= least for metric, least in TOO_GOOD.items()):
            best = sorted(areas, key=lambda column: -areas[column])[:_NAMED]
            figures = ", ".join(f"{metric} {means[metric]:.4f}" for metric in TOO_GOOD)
            strongest = ", ".join(f"{column!r} {areas[column]:.3f}" for column in best)
            message = f"{name}: nearly perfect on rows that it was not trained on ({figures}); the strongest "
            message += f"columns alone, by area under the ROC curve: {strongest}"
            return Findings([_finding("too-good", message)])
    return Findings()


def _of_columns(table: Checked) -> Iterator[Finding]:
    """Find columns that give the target away, name rows, are dates, or never change."""
    columns, areas = table.columns, {name: area for name, area in table.areas.items() if area >= LEAK}
    dates = {name: kind for name, column in columns.items() if (kind := _calendar(column))}
    keys = [
        name
        for name, column in columns.items()
        if name not in dates and name not in table.data.dated and _is_identifier(column)
    ]
    if areas:
        leaks = ", ".join(f"{name!r} (area under the ROC curve {area:.4f})" for name, area in areas.items())
        yield _finding("leak", f"each alone determines the target: {leaks}", drop=dropping(areas))
    if keys:
        message = f"a whole number of its own in every row: {listed(keys, _NAMED)}"
        yield _finding("identifier", message, drop=dropping(keys))
    if dates:
        kinds = ", ".join(f"{name!r}, {kind}" for name, kind in dates.items())
        time = shlex.quote(next(iter(dates)))
        yield _finding("date-as-number", f"numbers that are dates: {kinds}", time=time, drop=dropping(dates))
    if constants := [name for name, column in columns.items() if column.nunique(dropna=False) == 1]:
        message = f"one value in all rows: {listed(constants, _NAMED)}"
        yield _finding("constant", message, drop=dropping(constants))


def _of_rows(table: Checked) -> Iterator[Finding]:
    """Find few positives, equal rows, and a share of positives that changes with time."""
    y, roles, needed = table.data.dataset.y, table.data.roles, PROMISED.rows_needed["recall"]
    labels, counts = np.unique(y, return_counts=True)
    label = roles.positive or str(labels[counts.argmin()])  # the rarest one of several
    rare = y == label
    if (rows := int(rare.sum())) < needed:
        most = np.floor(level_of(PROMISED.confidence) ** (1 / rows) * 1000) / 1000
        words = {name: f"{getattr(PROMISED, name):g}" for name in ("confidence", "recall")}
        yield _finding("few-positives", f"{rows} rows of {label!r}", needed=needed, most=f"{most:g}", **words)
    groups = pd.DataFrame({"features": duplicate_groups(table.data.dataset), "label": y})
    copies, twins = groups.duplicated().to_numpy(), groups.duplicated(keep=False).mean()
    of_rare, of_rest = (float(copies[side].mean()) for side in (rare, ~rare))
    if of_rare >= _COPIED and of_rare >= _TIMES_THE_REST * of_rest:
        message = f"{of_rare:.0%} of the rows of {label!r} are copies, and {of_rest:.0%} of the rest"
        yield _finding("copies", message)
    elif twins >= _TWINS:
        yield _finding("duplicates", f"{twins:.0%} of the rows have an equal one")
    if table.data.times is None or roles.positive is None:
        return
    change = rate_change(table.data, table.splits)
    if change is not None and not change["low"] <= 0 <= change["high"]:
        message = f"{label!r} becomes {'more' if change['low'] > 0 else 'less'} frequent by {roles.time!r}"
        yield _finding("drift", f"{message}: {change_in_words(change)}")


def rate_change(data: TableData, splits: Sequence[Split]) -> dict[str, float] | None:
    """Return the positive rates of the first and the last fold's test rows, and how much they differ.

    The 99 % interval of the difference is Newcombe's, of Wilson's intervals of both rates. With groups, rows
    count by the variance of the groups' sums.

    Parameters
    ----------
    data : TableData
        The table.
    splits : sequence of Split
        Its folds.

    Returns
    -------
    dict of str to float, or None
        ``first`` and ``last``, the rates, ``low`` and ``high``, the interval of last minus first; None where
        folds are not in order of time, or there are more than two classes.

    References
    ----------
    Newcombe (1998), Interval estimation for the difference between independent proportions, Statistics in
    Medicine 17, method 10.
    """
    if data.times is None or data.roles.positive is None or not splits:
        return None
    z = float(stats.norm.ppf((1 + _CONFIDENCE) / 2))
    rates, below, above = [], [], []
    for rows in (splits[0].test, splits[-1].test):
        positive = data.dataset.y[rows] == data.roles.positive
        rate, unit = float(positive.mean()), np.arange(len(rows))
        if data.dataset.group is not None:
            unit = np.unique(data.dataset.group[rows], return_inverse=True)[1]
        spread, own = rate * (1 - rate), np.square(np.bincount(unit, positive - rate)).sum() / len(rows)
        count = len(rows) * spread / max(own, spread)
        centre = (rate + z**2 / (2 * count)) / (1 + z**2 / count)
        reach = z * np.sqrt(spread / count + (z / (2 * count)) ** 2) / (1 + z**2 / count)
        rates.append(rate)
        below.append(rate - centre + reach)
        above.append(centre + reach - rate)
    change = rates[1] - rates[0]
    low, high = change - np.hypot(below[1], above[0]), change + np.hypot(above[1], below[0])
    return {"first": rates[0], "last": rates[1], "low": float(low), "high": float(high)}


def change_in_words(change: Mapping[str, float]) -> str:
    """Return what `rate_change` returned as text."""
    words = "{first:.1%} of the first fold's rows, {last:.1%} of the last fold's, difference {0:.1%}"
    words += f" ({_CONFIDENCE:.0%} interval {{low:.1%}} to {{high:.1%}})"
    return words.format(change["last"] - change["first"], **change)


def _is_identifier(column: pd.Series[Any]) -> bool:
    """Whether numbers that are no dates may name rows: whole, none missing, each once, as few amounts are.

    They rise from row to row, or are as long as each other, or so many of their range are there that some
    would be equal if they were drawn from it at random.
    """
    if isinstance(column.dtype, pd.CategoricalDtype) or (n := len(column)) < 2 * _FEW_VALUES:
        return False
    values = column.to_numpy()
    if np.isnan(values).any() or (values != np.floor(values)).any() or not column.is_unique:
        return False
    low, high = float(values.min()), float(values.max())
    rises = bool((np.diff(values) > 0).all())
    long = low >= _LONG and np.floor(np.log10(low)) == np.floor(np.log10(high))
    equal_by_chance = n * (n - 1) / 2 / (high - low + 1)
    return bool(rises or long or equal_by_chance >= _EQUAL_BY_CHANCE)


def _calendar(column: pd.Series[Any]) -> str:
    """What kind of dates numbers are; "" where they are none."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        return ""
    values = np.unique(column.dropna().to_numpy())
    if len(values) < _FEW_VALUES or (values != np.floor(values)).any():
        return ""
    low, high = values[0], values[-1]
    for kind, (format, first, last) in _CALENDARS.items():
        texts = pd.Series(values).astype(np.int64).astype(str)
        dates = pd.to_datetime(texts, format=format, errors="coerce")
        if first <= low and high <= last and dates.notna().all():
            return kind
    for kind, unit in (("seconds since 1970", 1), ("milliseconds since 1970", 1000)):
        if _SECONDS[0] * unit <= low and high <= _SECONDS[1] * unit:
            return kind
    return ""


def _area(column: pd.Series[Any], codes: Ints, k: int, half: Ints) -> float:
    """The area of a column alone: by its order, or by levels known from the other half of the rows."""
    levels = column
    is_number = not isinstance(column.dtype, pd.CategoricalDtype)
    if is_number and column.nunique() > _BINS:
        levels = pd.qcut(column, _BINS, labels=False, duplicates="drop")
    places = pd.factorize(levels)[0] + 1  # missing values are the first level
    many = int(places.max()) + 1
    cells = (half * many + places) * k + codes
    counts = np.bincount(cells, minlength=2 * many * k).reshape(2, many, k)
    prior = np.bincount(codes, minlength=k) / len(codes)
    shares = (counts + prior) / (counts.sum(axis=2, keepdims=True) + 1)
    scores = shares[1 - half, places]
    ordered = [(codes == code, scores[:, code]) for code in range(k)]
    if k == 2 and is_number:
        ordered += [(codes == 1, column.rank(na_option=place)) for place in ("top", "bottom")]
    areas = []
    for positive, order in ordered:  # by Mann and Whitney's sum of ranks
        few, many = positive.sum(), (~positive).sum()
        areas.append((stats.rankdata(order)[positive].sum() - few * (few + 1) / 2) / (few * many))
    return float(max([np.mean(areas[:k]), *areas[k:], *(1 - area for area in areas[k:])]))
