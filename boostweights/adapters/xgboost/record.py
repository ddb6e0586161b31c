"""XGBoost's record for tests and the benchmark."""

from pathlib import Path
from typing import Any

from boostweights.adapters.record import REPEATED_ROWS, Record


def _saved(model: Any, folder: Path) -> list[Path]:
    paths = [folder / name for name in ("model.json", "model.ubj", "booster.ubj")]
    for path, saved in zip(paths, (model, model, model.get_booster()), strict=True):
        saved.save_model(path)
    return paths


RECORD = Record(
    classifier="xgboost:XGBClassifier",
    distributions=("xgboost", "xgboost-cpu"),
    forks=True,
    trees="n_estimators",
    fixed={"tree_method": "hist", "enable_categorical": True},
    competitive={"learning_rate": 0.05, "max_depth": 4},  # at most 16 leaves
    patience="early_stopping_rounds",
    fit_quietly={"verbose": False},
    estimators={"xgboost:XGBClassifier": {"n_estimators": 8, "n_jobs": 1}},
    evaluated={"eval_metric": "logloss", "tree_method": "exact", "base_score": 0.5},
    losses=lambda fitted: fitted.evals_result()["validation_0"]["logloss"],
    save=_saved,
    excused={"XGBClassifier": REPEATED_ROWS},
    warns=(".*`booster=(dart|gblinear)` is deprecated", "`XGBRFClassifier` is deprecated"),  # since 3.4
)
