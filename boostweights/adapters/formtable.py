"""The table of forms: how each library takes class weights, and what is guaranteed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from boostweights.adapters.form import Form, claimed
from boostweights.adapters.registry import adapter_named, adapters
from boostweights.pages.notebook import table, view
from boostweights.tables.results import to_frame
from boostweights.tables.text import as_text


class FormTable(Sequence[Form]):
    """Rows of the table of forms; prints as a table.

    Examples
    --------
    >>> table = forms("xgboost")
    >>> [row.name for row in table]
    ['sample_weight', 'scale_pos_weight']
    """

    def __init__(self, rows: Sequence[tuple[str, Form]]) -> None:
        self._rows = tuple(rows)

    def __getitem__(self, index: Any) -> Any:
        return self._rows[index][1] if isinstance(index, int) else FormTable(self._rows[index])

    def __iter__(self) -> Iterator[Form]:
        return (form for _, form in self._rows)

    def __len__(self) -> int:
        return len(self._rows)

    def columns(self) -> dict[str, list[str]]:
        """Return the table's columns."""
        return {
            "library": [library for library, _ in self._rows],
            "form": [form.name for form in self],
            "parameter": [form.parameter for form in self],
            "tasks": [", ".join(form.tasks) for form in self],
            "guarantee": [claimed(form.guarantee, form.condition) for form in self],
            "reason": [form.reason for form in self],
        }

    def to_frame(self, backend: str = "pandas") -> Any:
        """Return the table as a data frame."""
        return to_frame(self.columns(), backend)

    def _repr_html_(self) -> str:
        return view("Forms", table(self.columns()))

    def __repr__(self) -> str:
        return as_text(self.columns(), keys=2)


def forms(library: str | None = None) -> FormTable:
    """Return the forms of a library, or of all: name, parameter, tasks, guarantee, reason.

    Guarantees are for the library's defaults plus pins; ``to_native(weights, estimator, form=…)`` says what
    holds for an estimator.

    Examples
    --------
    >>> forms("sklearn").to_frame()["form"].tolist()
    ['sample_weight', 'class_weight']
    """
    chosen = adapters() if library is None else [adapter_named(library)]
    return FormTable([(adapter.name, form) for adapter in chosen for form in adapter.forms.values()])
