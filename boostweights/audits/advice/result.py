"""What advice is asked for, and what it is: verdicts, each with its reason, evidence and uncertainty."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeAlias

from boostweights.errors import InvalidValueError, check_known, check_type, did_you_mean, shown
from boostweights.tables.results import as_rows, to_frame, wrapped
from boostweights.weighting.counts import ClassCounts
from boostweights.weighting.policies.by_row import RowCosts
from boostweights.weighting.policies.costs import Costs

VerdictName: TypeAlias = Literal["use", "consider", "avoid"]
VERDICTS: Final[tuple[VerdictName, ...]] = ("use", "consider", "avoid")

NEEDS: Final[Mapping[str, str]] = {
    "ranking": "average_precision",  # the order of the rows counts
    "probabilities": "log_loss",  # they are read as probabilities
    "decisions": "f1",  # without known costs
    "recall": "recall",  # more of the rare class is to be found
    "precision": "precision",  # few false alarms
    "costs": "cost",  # errors have known costs
}
"""Need → the figure by which published results answer it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Needs:
    """Names of `NEEDS`, each once, and the costs where a policy gave them."""

    names: tuple[str, ...]
    costs: Costs | RowCosts | None = None


def as_needs(given: Any) -> Needs:
    """Return the needs that a name, a policy of costs, or several of these state.

    Raises
    ------
    InvalidValueError
        If a name is unknown, nothing is needed, or costs are given twice.
    InvalidTypeError
        If a need is neither a name nor a policy of costs.

    Examples
    --------
    >>> as_needs("ranking").names
    ('ranking',)
    >>> as_needs(["probabilities", Costs(fn=50, fp=1)]).names
    ('probabilities', 'costs')
    """
    alone = isinstance(given, str | Costs | RowCosts) or not isinstance(given, Iterable)
    parts = [given] if alone else list(given)
    policies = [part for part in parts if isinstance(part, Costs | RowCosts)]
    names = dict.fromkeys("costs" if part in policies else _name(part) for part in parts)
    if not names:
        raise InvalidValueError("advice must know a need", "none", did_you_mean("", NEEDS))
    if len(policies) > 1:
        raise InvalidValueError("costs must be said once", shown(policies), "Keep one policy.")
    return Needs(names=tuple(names), costs=policies[0] if policies else None)


def _name(part: Any) -> str:
    mend = f"Use {', '.join(NEEDS)}, Costs(…) or RowCosts()."
    check_type(part, str, "a need must be a name or a policy of costs", mend)
    check_known(part, NEEDS, "a need must be known")
    return str(part)


@dataclass(frozen=True, slots=True, kw_only=True)
class AdviceRow:
    """One option.

    Attributes
    ----------
    option : str
        Its name.
    verdict : {"use", "consider", "avoid"}
        What to do with it, for the needs that were stated.
    reason : str
        Why.
    evidence : str
        What was measured or can be shown.
    uncertainty : str
        How sure that is; never empty.
    how : str
        The code that does it.
    """

    option: str
    verdict: VerdictName
    reason: str
    evidence: str
    uncertainty: str
    how: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """Verdicts on the options, "use" first; of equal verdicts the simpler option is first.

    Attributes
    ----------
    counts : ClassCounts
        The data's.
    needs : Needs
        What was asked for.
    rows : tuple of AdviceRow
        One an option.
    notes : tuple of str
        What limits all verdicts.
    source : str
        Where the evidence comes from.
    """

    counts: ClassCounts
    needs: Needs
    rows: tuple[AdviceRow, ...]
    notes: tuple[str, ...] = ()
    source: str = ""

    @property
    def start(self) -> AdviceRow:
        """The option to start from: the first row."""
        return self.rows[0]

    def columns(self) -> dict[str, list[str]]:
        """Return option, verdict, reason, evidence, uncertainty and how, a list each."""
        return {name: [getattr(row, name) for row in self.rows] for name in AdviceRow.__slots__}

    def to_frame(self, backend: str = "pandas") -> Any:
        """Return the advice as a data frame, a row an option."""
        return to_frame(self.columns(), backend)

    def as_plain(self) -> dict[str, Any]:
        """Return plain values, for JSON."""
        return {
            "counts": [{"label": label, "rows": rows} for label, rows in self.counts.items()],
            "imbalance_ratio": self.counts.imbalance_ratio,
            "needs": list(self.needs.names),
            "costs": None if self.needs.costs is None else repr(self.needs.costs),
            "rows": as_rows(self.columns()),
            "notes": list(self.notes),
            "source": self.source,
        }

    def __str__(self) -> str:
        return "\n".join([*self._head(), "", *self._body(), *wrapped("Evidence: ", self.source)])

    def _head(self) -> Iterator[str]:
        labels = ", ".join(f"{label!r}: {rows:g}" for label, rows in self.counts.items())
        ratio = f"{self.counts.imbalance_ratio:.3g} to 1"
        yield from wrapped("Rows: ", f"{labels} ({ratio}). Needed: {', '.join(self.needs.names)}.")
        for verdict in VERDICTS:
            names = [row.option for row in self.rows if row.verdict == verdict]
            yield from wrapped(f"{verdict.capitalize()}: ", ", ".join(names) or "none.")
        for note in self.notes:
            yield from wrapped("Mind: ", f"{note}.")

    def _body(self) -> Iterator[str]:
        for row in self.rows:
            yield from wrapped(f"{row.verdict:<9} {row.option}: ", row.reason, indent=10)
            for name in ("evidence", "uncertainty", "how"):
                yield from wrapped(f"{'':10}{name}: ", getattr(row, name), indent=12)
            yield ""
