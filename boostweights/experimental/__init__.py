"""What holds, and may still change its form: a promise of precision."""

from boostweights.lazy import attach

__getattr__, __dir__, __all__ = attach(__name__, __file__)
