"""Dask frames are read through narwhals, which announces that this will be a package of its own."""

import pytest
from sparksession import spark

__all__ = ["spark"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    moving = pytest.mark.filterwarnings("ignore:Dask support is moving out of Narwhals:FutureWarning")
    for item in items:
        if item.path.parent.name == "frames":
            item.add_marker(moving)
