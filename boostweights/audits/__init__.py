"""Mistakes with class weights, and advice on what to start from."""

from boostweights.lazy import attach

__getattr__, __dir__, __all__ = attach(__name__, __file__)
