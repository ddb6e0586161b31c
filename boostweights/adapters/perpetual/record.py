"""PerpetualBooster's record for tests and the benchmark: it chooses the number of trees, draws nothing."""

from __future__ import annotations

from typing import Final

from boostweights.adapters.record import Record

_CLASSIFIER: Final = "perpetual:PerpetualClassifier"

RECORD: Final = Record(
    classifier=_CLASSIFIER,
    distributions=("perpetual",),
    trees="",
    seed="",
    threads="num_threads",
    estimators={_CLASSIFIER: {"num_threads": 1, "iteration_limit": 1000}},
)
