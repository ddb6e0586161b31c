"""Whether the forms of a library are the same model, found by training them on the caller's own data."""

from boostweights.lazy import attach

__getattr__, __dir__, __all__ = attach(__name__, __file__)
