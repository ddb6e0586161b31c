"""Boosting in sixty lines."""

from pocketboost.classifier import PocketClassifier

__all__ = ["PocketClassifier"]
