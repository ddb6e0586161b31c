"""Classifiers, policies and cards in files of skops, which run nothing when they are read.

``skops.io.dump`` writes them; ``skops.io.load(path, trusted=trusted_types())`` reads them.
"""

from datetime import date

import numpy as np

from boostweights.adapters.form import Guarantee, NativeForm
from boostweights.adapters.registry import adapters_that_can
from boostweights.card.card import Card
from boostweights.card.content import Review
from boostweights.card.policies import RecordedPolicy
from boostweights.estimator.classifier import WeightedClassifier
from boostweights.probabilities.calibration import CalibrationMap
from boostweights.probabilities.rule import DecisionRule
from boostweights.probabilities.threshold_report import ThresholdReport
from boostweights.serving.mean import MeanClassifier
from boostweights.serving.row_costs import CostPipeline
from boostweights.tables.linear import LinearClassifier
from boostweights.tables.preparation import PreparedColumn, TablePreparation
from boostweights.weighting.class_weights import ClassWeights
from boostweights.weighting.counts import ClassCounts
from boostweights.weighting.labels.rules import LabelMap
from boostweights.weighting.policies.names import KINDS
from boostweights.weighting.row_weights import RowWeights

_TYPES = (
    *(date, np.dtype, Guarantee, NativeForm, Card, RecordedPolicy, Review, WeightedClassifier),
    *(CalibrationMap, DecisionRule, ThresholdReport, ClassWeights, ClassCounts, LabelMap, RowWeights),
    *(TablePreparation, PreparedColumn, CostPipeline, LinearClassifier, MeanClassifier),
)


def trusted_types() -> list[str]:
    """Return the types that files of fitted classifiers, policies and cards hold, beyond those of skops.

    They are values and models: none runs code of the file when it is made.

    Examples
    --------
    >>> import skops.io
    >>> from boostweights import Balanced
    >>> skops.io.loads(skops.io.dumps(Balanced(power=0.5)), trusted=trusted_types())
    Balanced(power=0.5)
    """
    types = {f"{kind.__module__}.{kind.__qualname__}" for kind in (*_TYPES, *KINDS.values())}
    return sorted(types.union(*(adapter.serving.TYPES for adapter in adapters_that_can("serving"))))
