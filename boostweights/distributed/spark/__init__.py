"""Weighted fits on Spark: counts by a group-by, weights as a column, resolved on each fold's training rows.

Names load on first use, and need pyspark.
"""

from boostweights.lazy import attach

__getattr__, __dir__, __all__ = attach(
    __name__,
    __file__,
    requires="pyspark",
    install="pip install 'boostweights[spark]'; it needs Java 17 or newer",
)
