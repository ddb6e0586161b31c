"""Rows of results: as a data frame, and for JSON."""

from collections.abc import Mapping, Sequence
from typing import Any

from boostweights.errors import MissingLibraryError


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
