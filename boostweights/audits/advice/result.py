"""What advice is: verdicts in order of preference, each with its reason, evidence and uncertainty."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from boostweights.pages.notebook import facts, folded, table, view
from boostweights.tables.results import as_rows, to_frame
from boostweights.tables.text import wrapped
from boostweights.weighting.counts import ClassCounts
from boostweights.weighting.policies.costs import Costs
from boostweights.weighting.row_weights import RowCosts

VerdictName = Literal["use", "consider", "avoid"]
VERDICTS: tuple[VerdictName, ...] = ("use", "consider", "avoid")


@dataclass(frozen=True, slots=True, kw_only=True)
class Needs:
    """Names, each once, and the costs where a policy gave them."""

    names: tuple[str, ...]
    costs: Costs | RowCosts | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AdviceRow:
    """One option.

    Attributes
    ----------
    option : str
        Its name: an arm of the published suites, and how its model is read.
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


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Advice:
    """Verdicts on the options, in order of preference: the lowest regret first, those to avoid last.

    Attributes
    ----------
    counts : ClassCounts
        The data's.
    needs : Needs
        What the model is for.
    regimes : tuple of str
        The regime of the published results for each need.
    rows : tuple of AdviceRow
        One an option, in order of preference.
    notes : tuple of str
        What limits all verdicts.
    source : str
        Where the evidence comes from.
    """

    counts: ClassCounts
    needs: Needs
    regimes: tuple[str, ...]
    rows: tuple[AdviceRow, ...]
    notes: tuple[str, ...] = ()
    source: str = ""

    @property
    def start(self) -> AdviceRow:
        """The first row: the option to use, or, where none is recommended, the first to compare."""
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
            "regimes": list(self.regimes),
            "costs": None if self.needs.costs is None else repr(self.needs.costs),
            "rows": as_rows(self.columns()),
            "notes": list(self.notes),
            "source": self.source,
        }

    def details(self) -> str:
        """Return each option with its reason, evidence and uncertainty, as text."""
        lines = [*self._head(), ""]
        for row in self.rows:
            lines += wrapped(f"{row.verdict:<9} {row.option}: ", row.reason, indent=10)
            for name in ("evidence", "uncertainty", "how"):
                lines += wrapped(f"{'':10}{name}: ", getattr(row, name), indent=12)
            lines.append("")
        return "\n".join([*lines, *wrapped("Evidence: ", self.source)])

    def __repr__(self) -> str:
        lines = [*self._head()]
        if self.start.verdict == "use":
            lines += wrapped("First: ", self.start.option)
            lines += [*wrapped("  ", self.start.how), *wrapped("  ", f"{self.start.evidence}.", indent=2)]
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        columns = self.columns()
        options = {name: columns[name] for name in ("verdict", "option", "how")}
        grounds = {name: columns[name] for name in ("option", "reason", "evidence", "uncertainty")}
        return view(
            f"Advice for {', '.join(self.needs.names)}",
            facts([("rows", self._rows), *(("note", f"{note}.") for note in self.notes)]),
            table(options),
            folded("Reasons, evidence and uncertainty", table(grounds), facts([("evidence", self.source)])),
        )

    @property
    def _rows(self) -> str:
        labels = ", ".join(f"{label!r}: {rows:g}" for label, rows in self.counts.items())
        return f"{labels} ({self.counts.imbalance_ratio:.3g} to 1)"

    def _head(self) -> Iterator[str]:
        yield from wrapped("Rows: ", f"{self._rows}. Needs: {', '.join(self.needs.names)}.")
        for verdict in VERDICTS:
            names = [row.option for row in self.rows if row.verdict == verdict]
            if names:
                yield from wrapped(f"{verdict.capitalize()}: ", "; ".join(names))
        for note in self.notes:
            yield from wrapped("Note: ", f"{note}.")
