"""One Dask cluster of two worker processes, and one Spark session, for all tests of this folder."""

import os
from collections.abc import Iterator
from typing import Any

import pytest
from sparksession import spark

__all__ = ["spark"]


@pytest.fixture(scope="session")
def cluster() -> Iterator[Any]:
    """Two processes of one thread each; missing, its tests skip on your machine and fail in CI."""
    if not os.environ.get("CI"):
        pytest.importorskip("distributed")
    from distributed import LocalCluster

    with LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=":0", silence_logs=50
    ) as started:
        yield started


@pytest.fixture(scope="session")
def session_client(cluster: Any) -> Iterator[Any]:
    from distributed import Client

    with Client(cluster, set_as_default=False) as connected:  # other rooms' frames are computed without it
        yield connected


@pytest.fixture
def client(session_client: Any) -> Iterator[Any]:
    """The client of a test, both workers alive (a test may have killed one)."""
    session_client.wait_for_workers(2, timeout=60)
    with session_client.as_current():
        yield session_client
