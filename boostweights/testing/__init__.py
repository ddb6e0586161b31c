"""Conformance checks of adapters, for those who write one."""

from boostweights.lazy import attach

__getattr__, __dir__, __all__ = attach(__name__, __file__)
