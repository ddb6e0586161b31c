"""Mistakes that people make with class weights, found in a configured model before it trains."""

from boostweights.lazy import attach

__getattr__, __dir__, __all__ = attach(__name__, __file__)
