"""Classifiers, policies and cards in files of skops, which run nothing when they are read.

``skops.io.dump`` writes them; ``skops.io.load(path, trusted=trusted_types())`` reads them.
"""

from __future__ import annotations

from typing import Final

from boostweights.adapters.registry import adapters_that_can

_OURS: Final = (
    "adapters.form.Guarantee",
    "adapters.form.NativeForm",
    "card.card.Card",
    "card.policies.RecordedPolicy",
    "card.review.Review",
    "estimator.classifier.WeightedClassifier",
    "probabilities.calibration.CalibrationMap",
    "weighting.class_weights.ClassWeights",
    "weighting.counts.ClassCounts",
    "weighting.labels.rules.LabelMap",
    "weighting.policies.by_class.Balanced",
    "weighting.policies.by_class.EffectiveNumber",
    "weighting.policies.by_class.Explicit",
    "weighting.policies.by_class.TargetPrior",
    "weighting.policies.by_class.Unweighted",
    "weighting.policies.by_row.RowCosts",
    "weighting.policies.costs.Costs",
    "weighting.row_weights.RowWeights",
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
    libraries = {name for adapter in adapters_that_can("serving") for name in adapter.serving.TYPES}
    return sorted({*libraries, "datetime.date", "numpy.dtype", *(f"boostweights.{name}" for name in _OURS)})
