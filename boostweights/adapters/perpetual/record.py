"""PerpetualBooster's record for tests and the benchmark: it chooses the number of trees, draws nothing."""

from pathlib import Path
from typing import Any

from boostweights.adapters.record import Record

_CLASSIFIER = "perpetual:PerpetualClassifier"


def _saved(model: Any, folder: Path) -> list[Path]:
    model.save_booster(str(folder / "booster.json"))
    return [folder / "booster.json"]


RECORD = Record(
    classifier=_CLASSIFIER,
    distributions=("perpetual",),
    forks=True,
    trees="",
    seed="",
    threads="num_threads",
    save=_saved,
    estimators={_CLASSIFIER: {"num_threads": 1, "iteration_limit": 1000}},
)
