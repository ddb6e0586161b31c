"""CatBoost's record for tests and the benchmark."""

from boostweights.adapters.record import Record

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
    files=dict.fromkeys(
        ("model.cbm", "catboost.json"),
        lambda fitted, path: fitted.save_model(str(path), format=path.suffix[1:]),
    ),
)
