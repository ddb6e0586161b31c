"""Counts and training over folders of Parquet files that are larger than memory."""

from __future__ import annotations

from boostweights.outofcore.counting import count_parquet
from boostweights.outofcore.fitting import fit_parquet, sweep_parquet

__all__ = ["count_parquet", "fit_parquet", "sweep_parquet"]
