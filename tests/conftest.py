"""What holds in all tests: one thread a fit, warnings that are known, no deadline of hypothesis.

HistGradientBoosting reads the number of threads from the environment.
"""

import os

import pytest
from hypothesis import settings
from libraries import RECORDS

os.environ.setdefault("OMP_NUM_THREADS", "1")
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


def pytest_configure(config: pytest.Config) -> None:
    """Let a library warn of what tests train on purpose, as its record says."""
    for message in (each for record in RECORDS.values() for each in record.warns):
        config.addinivalue_line("filterwarnings", f"ignore:{message}")
