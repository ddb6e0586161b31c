"""LightGBM's record for tests and the benchmark."""

from pathlib import Path
from typing import Any

from boostweights.adapters.record import REPEATED_ROWS, Record


def _saved(model: Any, folder: Path) -> list[Path]:
    model.booster_.save_model(folder / "model.txt")
    return [folder / "model.txt"]


RECORD = Record(
    classifier="lightgbm:LGBMClassifier",
    distributions=("lightgbm",),
    forks=True,
    trees="n_estimators",
    # without the last two, LightGBM times two ways of summing and takes the faster one
    fixed={"verbosity": -1, "deterministic": True, "force_row_wise": True},
    competitive={"learning_rate": 0.05, "num_leaves": 15},
    patience="early_stopping_rounds",
    estimators={"lightgbm:LGBMClassifier": {"n_estimators": 8, "n_jobs": 1, "verbose": -1}},
    evaluated={"metric": "binary_logloss", "boost_from_average": False},
    losses=lambda fitted: next(iter(fitted.evals_result_.values()))["binary_logloss"],
    save=_saved,
    excused={"LGBMClassifier": REPEATED_ROWS},
)
