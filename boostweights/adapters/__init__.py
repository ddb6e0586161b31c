"""Class weights in each library's own form: one adapter a library, and what is asked of it."""

from boostweights.lazy import attach

__getattr__, __dir__, __all__ = attach(__name__, __file__)
