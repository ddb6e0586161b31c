"""Labels, their counts, and what a policy makes of them: one weight a class, or one a row."""

from boostweights.lazy import attach

__getattr__, __dir__, __all__ = attach(__name__, __file__)
