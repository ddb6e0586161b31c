"""What holds in all tests: one thread a fit, warnings that are known, no deadline of hypothesis.

HistGradientBoosting reads the number of threads from the environment.
"""

import gc
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from boostweights.errors import MissingLibraryError

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OMP_THREAD_LIMIT", "1")  # else LightGBM takes all cores, and threads wait busily
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


WARNED = (
    "Missing values detected",
    ".*`booster=(dart|gblinear)` is deprecated",
    "`XGBRFClassifier` is deprecated",
)
"""How messages begin by which libraries warn of what tests train on purpose."""


def pytest_configure(config: pytest.Config) -> None:
    """Let a library warn of what tests train on purpose."""
    for message in WARNED:
        config.addinivalue_line("filterwarnings", f"ignore:{message}")


LONG = tuple(Path(__file__).with_name("long.txt").read_text().splitlines())
"""How the ids of tests begin that take seconds each: marked full, so that `make test` ends in minutes."""


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[Any]:
    """Keep what is collected out of garbage collection, which would search it again and again."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


@pytest.hookimpl(tryfirst=True)  # before those that are not asked for are left out
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the long ones, and begin with Spark's: one worker takes them all, and starts the only session."""
    items.sort(key=lambda item: "spark" not in item.nodeid)
    for item in items:
        if item.nodeid.startswith(LONG):
            item.add_marker(pytest.mark.full)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call() -> Iterator[Any]:
    """Skip a test whose library is missing; in CI it fails."""
    try:
        return (yield)
    except MissingLibraryError as missing:
        if os.environ.get("CI"):
            raise
        pytest.skip(str(missing))
