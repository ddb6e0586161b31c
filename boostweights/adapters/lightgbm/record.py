"""LightGBM's record for tests and the benchmark."""

from boostweights.adapters.record import Record

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
    files={"model.txt": lambda fitted, path: fitted.booster_.save_model(path)},
)
