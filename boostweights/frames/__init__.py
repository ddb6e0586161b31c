"""Counts and weight columns on any data frame, where its rows are: nothing but one number a class moves."""

from boostweights.lazy import attach

__getattr__, __dir__, __all__ = attach(__name__, __file__)
