"""Rows of a folder as the frames that classifiers predict."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec
from typing import Any

import numpy as np
import numpy.typing as npt

from boostweights.errors import MissingLibraryError
from boostweights.outofcore.levels import Levels, coded
from boostweights.outofcore.reading import as_floats
from boostweights.outofcore.rows import Rows


def check_pandas() -> None:
    """Raise where pandas is missing, in whose frames features have names and categories."""
    if find_spec("pandas") is None:
        raise MissingLibraryError(
            "rows of a folder are predicted as pandas frames",
            "no module named 'pandas'",
            "Install it with: pip install 'boostweights[frames]'.",
        )


def frame_of(X: npt.NDArray[Any], rows: Rows) -> Any:
    """Return a block's features as a frame, codes as categories."""
    import pandas as pd

    frame = pd.DataFrame(X, columns=list(rows.names))
    for name, levels in rows.levels.items():
        frame[name] = _categories(frame[name].to_numpy(), levels)
    return frame


def frame_of_batch(
    batch: Any, names: Sequence[str], texts: Sequence[str], levels: Levels, *, unseen: str
) -> Any:
    """Return features of an arrow batch as a frame; text as categories, of `levels` where they are known."""
    import pandas as pd

    found = {}
    for name in names:
        column = batch.column(name)
        if name in levels:
            values = coded(column, name, levels[name], np.float64, unseen=unseen)
            found[name] = _categories(values, levels[name])
        elif name in texts:
            found[name] = pd.Categorical(column.to_pylist())
        elif column.null_count or column.type.bit_width > 64:  # decimals, which pandas takes for objects
            found[name] = as_floats(column, np.float64)
        else:
            found[name] = column.to_numpy(zero_copy_only=False)
    return pd.DataFrame(found)


def _categories(codes: npt.NDArray[Any], levels: Sequence[str]) -> Any:
    import pandas as pd

    known = np.where(np.isnan(codes), -1, codes).astype(np.intp)
    return pd.Categorical.from_codes(known, pd.Index(list(levels)))
