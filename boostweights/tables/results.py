"""Rows of results, as a data frame or as text."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from typing import Any, Final

from boostweights.errors import MissingLibraryError

_WIDTH: Final = 100


def to_frame(columns: Mapping[str, Sequence[Any]], backend: str = "pandas") -> Any:
    """Return columns as a data frame of the named narwhals backend.

    Parameters
    ----------
    columns : mapping of str to sequence
        Columns of equal length.
    backend : str, default="pandas"
        A narwhals eager backend: ``"pandas"``, ``"polars"``, ``"pyarrow"``, ….

    Raises
    ------
    MissingLibraryError
        If the backend is not installed.

    Examples
    --------
    >>> to_frame({"label": [0, 1], "weight": [1.0, 9.0]}).shape
    (2, 2)
    """
    import narwhals as nw

    try:
        return nw.from_dict(dict(columns), backend=backend).to_native()  # type: ignore[arg-type]
    except ModuleNotFoundError as missing:
        raise MissingLibraryError(
            f"to_frame(backend={backend!r}) needs {backend}",
            f"no module named {missing.name!r}",
            "Install it with: pip install 'boostweights[frames]'.",
        ) from missing


def as_rows(columns: Mapping[str, Sequence[Any]]) -> list[dict[str, Any]]:
    """Return columns of equal length as one dict a row, for JSON.

    Examples
    --------
    >>> as_rows({"label": ["bad", "good"], "weight": [9.0, 1.0]})
    [{'label': 'bad', 'weight': 9.0}, {'label': 'good', 'weight': 1.0}]
    """
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def as_text(columns: Mapping[str, Sequence[Any]]) -> str:
    """Return columns as an aligned plain text table; floats to six digits.

    Examples
    --------
    >>> print(as_text({"label": ["bad", "good"], "weight": [9.0, 1.0]}))
    label  weight
    bad         9
    good        1
    """

    def aligned(name: str, values: Sequence[Any]) -> list[str]:
        texts = [name, *(f"{each:.6g}" if isinstance(each, float) else str(each) for each in values)]
        width = max(map(len, texts))
        numeric = all(isinstance(value, (int, float)) and not isinstance(value, bool) for value in values)
        return [text.rjust(width) if numeric else text.ljust(width) for text in texts]

    lines = zip(*(aligned(name, values) for name, values in columns.items()), strict=True)
    return "\n".join("  ".join(line).rstrip() for line in lines)


def wrapped(head: str, text: str, *, indent: int = 6) -> list[str]:
    """Return a text behind its head as lines of at most a hundred letters; words and names stay whole."""
    whole: dict[str, Any] = {"break_long_words": False, "break_on_hyphens": False}
    return textwrap.wrap(text, _WIDTH, initial_indent=head, subsequent_indent=" " * indent, **whole)
