"""A user's own table as a data set of the harness: read, checked, described, split and planned."""

from __future__ import annotations

from boostweights.benchmark.own.arms import named_arms
from boostweights.benchmark.own.describe import as_lines, described
from boostweights.benchmark.own.files import read_rows
from boostweights.benchmark.own.folds import own_folds
from boostweights.benchmark.own.plan import Wanted, own_plan, own_suite
from boostweights.benchmark.own.sample import sampled_data
from boostweights.benchmark.own.table import OwnData, Roles, as_own_data

__all__ = [
    "OwnData",
    "Roles",
    "Wanted",
    "as_lines",
    "as_own_data",
    "described",
    "named_arms",
    "own_folds",
    "own_plan",
    "own_suite",
    "read_rows",
    "sampled_data",
]
