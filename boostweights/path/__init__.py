"""Results at each weight of the positive class."""

from boostweights.lazy import attach

__getattr__, __dir__, __all__ = attach(__name__, __file__)
