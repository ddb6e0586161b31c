"""Counts and training over folders of Parquet files that are larger than memory."""

from boostweights.lazy import attach

__getattr__, __dir__, __all__ = attach(__name__, __file__)
