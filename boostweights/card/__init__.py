"""The weighting card: what a model was weighted with, written down for review."""
