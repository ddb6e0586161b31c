"""Text features as codes: their levels are found once over all files, so that a code means one text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from boostweights.errors import InvalidValueError, shown
from boostweights.outofcore.folder import File, Folder
from boostweights.outofcore.reading import LABEL_BATCH, as_floats, mapped

Levels = Mapping[str, tuple[str, ...]]
"""Text feature → its texts, sorted: a text's code is its position."""

_ROWS_FOR_LEVELS: Final = 1_000


def levels_of(folder: Folder, texts: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Return the levels of text features, or raise where one looks like an identifier."""
    found: dict[str, set[str]] = {name: set() for name in texts}

    def levels(file: File, batch: Any) -> list[list[str | None]]:
        return [batch.column(name).unique().to_pylist() for name in texts]

    for each in mapped(folder, texts, LABEL_BATCH, texts, levels) if texts else ():
        for name, values in zip(texts, each, strict=True):
            found[name].update(value for value in values if value is not None)
            if len(found[name]) > max(_ROWS_FOR_LEVELS, folder.rows) / 2:
                raise InvalidValueError(
                    "a text feature has at most half as many levels as there are rows",
                    f"{len(found[name]):,} in column {name!r} of {folder.rows:,} rows",
                    "Is it an identifier? Leave it out: columns=[…].",
                )
    return {name: tuple(sorted(values)) for name, values in found.items()}


def coded(
    column: Any, name: str, levels: Sequence[str], dtype: npt.DTypeLike, *, unseen: str
) -> npt.NDArray[Any]:
    """Return the codes of a text column as floats, null as NaN; unseen texts raise, or are missing too."""
    import pyarrow as pa

    if not pa.types.is_dictionary(column.type):
        column = column.dictionary_encode()
    order = {level: code for code, level in enumerate(levels)}
    values = column.dictionary.to_pylist()
    codes = np.array([order.get(value, np.nan) for value in values], dtype)
    found = as_floats(column.indices, np.float64)
    present = ~np.isnan(found)
    result = np.full(len(found), np.nan, dtype)
    result[present] = codes[found[present].astype(np.intp)]
    if unseen == "error" and (new := present & np.isnan(result)).any():
        text = values[int(found[new.argmax()])]
        if text is not None:
            raise InvalidValueError(
                f"text must be one of the {len(levels)} that column {name!r} was trained on",
                shown(text),
                "Train on rows that hold it, or write null: a missing value.",
            )
    return result
