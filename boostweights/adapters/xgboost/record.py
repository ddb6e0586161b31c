"""XGBoost's record for tests and the benchmark."""

from boostweights.adapters.record import Record

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
    files={
        "model.json": lambda fitted, path: fitted.save_model(path),
        "model.ubj": lambda fitted, path: fitted.save_model(path),
        "booster.ubj": lambda fitted, path: fitted.get_booster().save_model(path),
    },
)
