"""The weight as a knob: what each weight of the positive class costs and catches, out of fold."""

from boostweights.lazy import attach

__getattr__, __dir__, __all__ = attach(__name__, __file__)
