"""Models for other runtimes, checked there before they are written; MLflow and skops."""

from boostweights.lazy import attach

__getattr__, __dir__, __all__ = attach(__name__, __file__)
