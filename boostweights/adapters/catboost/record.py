"""CatBoost's record for tests and the benchmark."""

from pathlib import Path
from typing import Any

from boostweights.adapters.record import REPEATED_ROWS, Record


def _saved(model: Any, folder: Path) -> list[Path]:
    paths = [folder / "model.cbm", folder / "catboost.json"]
    for path in paths:
        model.save_model(str(path), format=path.suffix[1:])
    return paths


RECORD = Record(
    classifier="catboost:CatBoostClassifier",
    distributions=("catboost",),
    trees="iterations",
    seed="random_seed",
    threads="thread_count",
    fixed={"verbose": False, "allow_writing_files": False},
    # trees of one question a level: the library's depth of 6 is moderate
    competitive={"learning_rate": 0.05},
    # target statistics are kept class by class: of kr-vs-k, with 18 classes and no more than 8 levels a
    # column, they make a fit take 64 s in place of 1.4 s, and its log loss no better
    many_classes={"one_hot_max_size": 10},
    patience="early_stopping_rounds",
    categories="text",
    estimators={
        "catboost:CatBoostClassifier": {
            "iterations": 8,
            "thread_count": 1,
            "verbose": 0,
            "allow_writing_files": False,
        }
    },
    evaluated={"eval_metric": "Logloss", "use_best_model": False},
    losses=lambda fitted: fitted.get_evals_result()["validation"]["Logloss"],
    save=_saved,
    excused={
        "CatBoostClassifier": (
            *REPEATED_ROWS,
            "check_classifier_data_not_an_array",
            "check_dtype_object",
            "check_estimator_sparse_array",
            "check_estimator_sparse_matrix",
            "check_estimator_sparse_tag",
            "check_estimators_empty_data_messages",
            "check_fit1d",
            "check_sample_weights_not_an_array",
        )
    },
)
