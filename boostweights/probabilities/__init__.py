"""Honest probabilities from a model that was trained with class weights, and decisions from them."""

from boostweights.lazy import attach

__getattr__, __dir__, __all__ = attach(__name__, __file__)
