"""Weighted fits on Spark: counts by a group-by, weights as a column, resolved on each fold's training rows.

Names load on first use, and need pyspark and Java.
"""

from boostweights.distributed.spark.java import require_spark
from boostweights.lazy import attach

__getattr__, __dir__, __all__ = attach(__name__, __file__, check=require_spark)
