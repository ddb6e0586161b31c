"""Users' tables: read, prepared for training and for new rows; results as data frames or text."""

from boostweights.lazy import attach

__getattr__, __dir__, __all__ = attach(__name__, __file__)
