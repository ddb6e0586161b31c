"""What a user's table may have wrong, found before anything is trained, and a model that is too good."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd

from boostweights.audits.findings import Finding, Findings
from boostweights.benchmark.compare.alone import areas_alone
from boostweights.benchmark.compare.dataset import TableData
from boostweights.benchmark.data.rows import duplicate_groups
from boostweights.benchmark.plan.splits import Split
from boostweights.probabilities.promised import Promised, level_of
from boostweights.tables.columns import dropping

LEAK: Final = 0.99
"""A column whose area alone under the ROC curve is at least this may be a leak."""
TOO_GOOD: Final[Mapping[str, float]] = {"roc_auc": 0.999, "average_precision": 0.998}
"""A model that reaches all of these on rows that it was not trained on is too good to be believed unseen."""
PROMISED: Final = Promised(recall=0.9)
"""Fewer positives than this promise needs are few."""
_COPIED: Final = 0.5
_TIMES_THE_REST: Final = 2.0
_TWINS: Final = 0.99
_DRIFT: Final = 1.25
_Z: Final = 4.0
_NAMED: Final = 5

_SECONDS: Final = (1_000_000_000, 2_100_000_000)
_CALENDARS: Final[Mapping[str, tuple[str, int, int]]] = {
    "days written as 20260131": ("%Y%m%d", 19_000_101, 21_001_231),
    "months written as 202601": ("%Y%m", 190_001, 210_012),
}
_FEW_VALUES: Final = 10
_LONG: Final = 100_000
_EQUAL_BY_CHANCE: Final = 7.0
"""Pairs; where so many are expected, there is none in one of a thousand tables."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Checked:
    """A table and its folds.

    Attributes
    ----------
    data : TableData
        The table.
    splits : sequence of Split
        Its folds.
    areas : mapping of str to float
        How well each column tells the classes apart alone, as `areas_alone` returns it.
    """

    data: TableData
    splits: Sequence[Split]
    areas: Mapping[str, float]

    @property
    def findings(self) -> Findings:
        """What the table may have wrong, the gravest first."""
        return Findings(finding for rule in RULES for finding in rule(self))

    @property
    def columns(self) -> Iterator[tuple[str, pd.Series[Any]]]:
        """The columns by their own names."""
        return ((self.data.names[str(name)], column) for name, column in self.data.dataset.X.items())

    @property
    def rarest(self) -> tuple[str, int]:
        """The rarest class, or of two the positive one, and its rows."""
        classes, counts = np.unique(self.data.dataset.y, return_counts=True)
        by_label = {str(label): int(count) for label, count in zip(classes, counts, strict=True)}
        label = self.data.roles.positive or min(by_label, key=lambda each: by_label[each])
        return label, by_label[label]


Rule: TypeAlias = Callable[[Checked], Iterator[Finding]]


def checked(data: TableData, splits: Sequence[Split]) -> Checked:
    """Return a table with what may be wrong about it."""
    return Checked(data=data, splits=splits, areas=areas_alone(data))


def too_good(models: Mapping[str, Mapping[str, float]], areas: Mapping[str, float]) -> Findings:
    """Return a finding where a model's figures on rows that it was not trained on are too good to be true.

    Parameters
    ----------
    models : mapping of str to mapping of str to float
        Model → metric → mean over folds.
    areas : mapping of str to float
        Column → its area alone, as `areas_alone` returns it; where empty, rows are too few to tell.

    Examples
    --------
    >>> perfect, usual = dict.fromkeys(TOO_GOOD, 1.0), dict.fromkeys(TOO_GOOD, 0.97)
    >>> too_good({"lightgbm, balanced": perfect}, {"closed_on": 0.97, "age": 0.6}).codes()
    ['too-good']
    >>> too_good({"lightgbm, balanced": usual}, {"closed_on": 0.97, "age": 0.6})
    Findings([])
    """
    found = [name for name, means in models.items() if _is_too_good(means)]
    if not found or not areas:
        return Findings()
    best = sorted(areas, key=lambda name: -areas[name])[:_NAMED]
    figures = ", ".join(f"{metric} {models[found[0]][metric]:.4f}" for metric in TOO_GOOD)
    strongest = ", ".join(f"{name!r} {areas[name]:.3f}" for name in best)
    return Findings(
        [
            Finding(
                code="too-good",
                severity="warning",
                message=f"{found[0]}: nearly perfect on rows that it was not trained on ({figures}); the "
                f"strongest columns alone, by area under the ROC curve: {strongest}",
                why="Some column may hold what is known only after the event.",
                mend="Ask when their values are known, and leave out with --drop what is not known when one "
                "predicts.",
            )
        ]
    )


def _is_too_good(means: Mapping[str, float]) -> bool:
    return all(means.get(metric, 0.0) >= least for metric, least in TOO_GOOD.items())


def _leaks(table: Checked) -> Iterator[Finding]:
    if found := {name: area for name, area in table.areas.items() if area >= LEAK}:
        yield Finding(
            code="leak",
            severity="warning",
            message="alone they tell the target: "
            + ", ".join(f"{name!r} (area under the ROC curve {area:.4f})" for name, area in found.items()),
            why="A column that is written after the event makes a model perfect here and useless in use.",
            mend=f"Unless known when one predicts, leave out with {dropping(found)}.",
        )


def _identifiers(table: Checked) -> Iterator[Finding]:
    dated = table.data.dated
    found = [name for name, column in table.columns if name not in dated and _is_identifier(column)]
    if found:
        yield Finding(
            code="identifier",
            severity="warning",
            message=f"a whole number of its own in every row: {_listed(found)}",
            why="A model learns rows by heart by it, and new rows have new ones.",
            mend=f"If it counts or names rows, leave out with {dropping(found)}.",
        )


def _is_identifier(column: pd.Series[Any]) -> bool:
    """Whether numbers may name rows: whole, none missing, each once, though few amounts would be.

    They rise from row to row, or are as long as each other, or so many of their range are there that some
    would be equal if they were drawn from it at random.
    """
    if isinstance(column.dtype, pd.CategoricalDtype) or (n := len(column)) < 2 * _FEW_VALUES:
        return False
    values = column.to_numpy()
    if np.isnan(values).any() or (values != np.floor(values)).any() or len(np.unique(values)) < n:
        return False
    low, high = float(values.min()), float(values.max())
    rises = bool((np.diff(values) > 0).all())
    long = low >= _LONG and np.floor(np.log10(low)) == np.floor(np.log10(high))
    equal_by_chance = n * (n - 1) / 2 / (high - low + 1)
    return (rises or long or equal_by_chance >= _EQUAL_BY_CHANCE) and _calendar(column) == ""


def _dates_as_numbers(table: Checked) -> Iterator[Finding]:
    found = {name: kind for name, column in table.columns if (kind := _calendar(column))}
    if found:
        yield Finding(
            code="date-as-number",
            severity="warning",
            message="numbers that are dates: "
            + ", ".join(f"{name!r}, {kind}" for name, kind in found.items()),
            why="Between 20251231 and 20260101 lie 8870 numbers and one day, and new rows lie beyond all.",
            mend=f"Split with --time {shlex.quote(next(iter(found)))}, or leave out with {dropping(found)}.",
        )


def _calendar(column: pd.Series[Any]) -> str:
    """What kind of dates numbers are; "" where they are none."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        return ""
    values = np.unique(column.dropna().to_numpy())
    if len(values) < _FEW_VALUES or (values != np.floor(values)).any():
        return ""
    low, high = values[0], values[-1]
    for kind, (format, first, last) in _CALENDARS.items():
        if first <= low and high <= last and _all_valid(values, format):
            return kind
    for kind, unit in (("seconds since 1970", 1), ("milliseconds since 1970", 1000)):
        if _SECONDS[0] * unit <= low and high <= _SECONDS[1] * unit:
            return kind
    return ""


def _all_valid(values: npt.NDArray[np.float64], format: str) -> bool:
    texts = pd.Series(values.astype(np.int64).astype(str))
    return bool(pd.to_datetime(texts, format=format, errors="coerce").notna().all())


def _constants(table: Checked) -> Iterator[Finding]:
    if found := [name for name, column in table.columns if column.nunique(dropna=False) == 1]:
        yield Finding(
            code="constant",
            severity="info",
            message=f"one value in all rows: {_listed(found)}",
            why="It tells nothing, and where the next table has another value, nothing was learned of it.",
            mend=f"Leave out with {dropping(found)}.",
        )


def _few_positives(table: Checked) -> Iterator[Finding]:
    label, rows = table.rarest
    needed = PROMISED.rows_needed["recall"]
    if rows < needed:
        most = level_of(PROMISED.confidence) ** (1 / rows)
        yield Finding(
            code="few-positives",
            severity="warning",
            message=f"{rows} rows of {label!r}",
            why=f"So few promise a recall of {_floor(most)} at most, at confidence {PROMISED.confidence:g}, "
            "even where all of them are scored by a model that has not seen them.",
            mend=f"For a recall of {PROMISED.recall:g}: {needed} rows of it or more (boostweights promise).",
        )


def _floor(share: float) -> str:
    return f"{np.floor(share * 1000) / 1000:g}"


def _duplicates(table: Checked) -> Iterator[Finding]:
    labels = table.data.dataset.y
    rows = pd.DataFrame({"features": duplicate_groups(table.data.dataset), "label": labels})
    copies, twins = rows.duplicated().to_numpy(), rows.duplicated(keep=False).to_numpy()
    label, _ = table.rarest
    rare = labels == label
    of_rare, of_rest = float(copies[rare].mean()), float(copies[~rare].mean())
    if of_rare >= _COPIED and of_rare >= _TIMES_THE_REST * of_rest:
        yield Finding(
            code="duplicates",
            severity="warning",
            message=f"{of_rare:.0%} of the rows of {label!r} are copies, and {of_rest:.0%} of the rest",
            why="Copied to balance the classes, they change the shares, and with them what weights and "
            "probabilities mean.",
            mend="Use the table from before it was resampled, and weights in place of copies.",
        )
    elif twins.mean() >= _TWINS:
        yield Finding(
            code="duplicates",
            severity="warning",
            message=f"{twins.mean():.0%} of the rows have an equal one",
            why="A table that was appended to itself has half the rows that it seems to have.",
            mend="Remove the copies, unless equal rows are different events.",
        )


def _drift(table: Checked) -> Iterator[Finding]:
    if table.data.times is None or table.data.roles.positive is None:
        return
    found = table.data.dataset.y == table.data.roles.positive
    last = table.splits[-1]
    before, after = found[last.train], found[last.test]
    share = float(found[np.concatenate([last.train, last.test])].mean())
    spread = np.sqrt(share * (1 - share) * (1 / len(before) + 1 / len(after)))
    low, high = sorted((float(before.mean()), float(after.mean())))
    if spread > 0 and (high - low) / spread >= _Z and high >= _DRIFT * low:
        yield Finding(
            code="drift",
            severity="warning",
            message=f"{before.mean():.1%} of the earlier rows are {table.data.roles.positive!r}, and "
            f"{after.mean():.1%} of the last fold's, by {table.data.roles.time!r}",
            why="Weights, thresholds and probabilities are those of the share in training.",
            mend="Train on recent rows, correct probabilities to the share in use "
            "(correct_proba(…, prior=)), and watch it.",
        )


def _listed(names: Sequence[str]) -> str:
    more = len(names) - _NAMED
    listed = ", ".join(map(repr, names[:_NAMED]))
    return f"{listed} and {more} more" if more > 0 else listed


RULES: Final[tuple[Rule, ...]] = (
    *(_leaks, _identifiers, _dates_as_numbers, _constants),
    *(_few_positives, _duplicates, _drift),
)
