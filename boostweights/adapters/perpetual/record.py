"""PerpetualBooster's record for tests and the benchmark: it chooses the number of trees, draws nothing."""

from boostweights.adapters.record import Record

_CLASSIFIER = "perpetual:PerpetualClassifier"


RECORD = Record(
    classifier=_CLASSIFIER,
    distributions=("perpetual",),
    forks=True,
    trees="",
    seed="",
    threads="num_threads",
    estimators={_CLASSIFIER: {"num_threads": 1, "iteration_limit": 1000}},
    files={"booster.json": lambda fitted, path: fitted.save_booster(str(path))},
)
