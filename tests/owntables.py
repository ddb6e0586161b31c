"""A table such as a user brings, and what its columns are."""

from typing import Any

import pandas as pd
import pyarrow as pa

from boostweights.tables.roles import Roles


def table(**changes: Any) -> pa.Table:
    columns: dict[str, Any] = {
        "label": ["no", "no", "yes", "no", "yes", "no"] * 4,
        "age": [31.0, 25.0, 40.0, 52.0, 18.0, 77.0] * 4,
        "job": ["a", "b", "a", "c", "b", "c"] * 4,
        "person": [1, 1, 2, 2, 3, 3] * 4,
        "day": pd.date_range("2026-01-01", periods=24),
    }
    return pa.table({name: value for name, value in (columns | changes).items() if value is not None})


def roles(**changes: Any) -> Roles:
    return Roles(**{"target": "label", "positive": "yes", "drop": ("person", "day")} | changes)
