"""InterpretML's record for tests and the benchmark: one bag, and no interactions."""

from boostweights.adapters.record import Record

_CLASSIFIER = "interpret.glassbox:ExplainableBoostingClassifier"
_QUICK = {"outer_bags": 1, "interactions": 0}

RECORD = Record(
    classifier=_CLASSIFIER,
    distributions=("interpret-core",),
    forks=True,
    trees="max_rounds",
    fixed=_QUICK,
    competitive={"learning_rate": 0.05},  # its trees have three leaves
    estimators={_CLASSIFIER: {**_QUICK, "max_rounds": 50, "n_jobs": 1}},
)
