"""Are the forms of a library the same model? Trained side by side, they tell."""

from boostweights.lazy import attach

__getattr__, __dir__, __all__ = attach(__name__, __file__)
