"""One class-weighting policy for every gradient boosting library.

A policy is resolved on the training fold (`Balanced().resolve(y)`), expressed in a library's own form
(`to_native`) and trained by `WeightedClassifier`. Names load on first use: importing this package imports
numpy and the standard library only. What is not here is in its documented submodules: `adapters`, `audits`,
`errors`, `frames`, `outofcore`, `path`, `plots`, `probabilities`, `weighting`.
"""

import numpy as np  # noqa: F401  the one library that every part needs

from boostweights.lazy import attach

__version__ = "0.1.0"

__getattr__, __dir__, __all__ = attach(__name__, __file__)
