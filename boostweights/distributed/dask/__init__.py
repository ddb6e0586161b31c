"""Weighted fits on Dask: counts by a tree, weights next to labels, codes of all partitions."""

from boostweights.lazy import attach

__getattr__, __dir__, __all__ = attach(__name__, __file__)
