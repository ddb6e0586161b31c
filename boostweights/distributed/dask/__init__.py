"""Weighted fits on Dask: counts by a tree, weights beside labels, codes of all partitions."""

from __future__ import annotations

from boostweights.distributed.dask.classifier import DaskWeightedClassifier
from boostweights.distributed.dask.counting import count_classes
from boostweights.distributed.dask.repeatable import Repeatable, repeatable
from boostweights.distributed.dask.training import Trained, train
from boostweights.distributed.dask.weighing import sample_weight

__all__ = [
    "DaskWeightedClassifier",
    "Repeatable",
    "Trained",
    "count_classes",
    "repeatable",
    "sample_weight",
    "train",
]
