"""scikit-learn's record for tests and the benchmark."""

from boostweights.adapters.record import Record

RECORD = Record(
    classifier="sklearn.ensemble:HistGradientBoostingClassifier",
    distributions=("scikit-learn",),
    forks=True,
    trees="max_iter",
    threads=None,
    # "auto" would stop early on more than 10 000 rows, and so train fewer trees than the others
    fixed={"categorical_features": "from_dtype", "early_stopping": False},
    competitive={"learning_rate": 0.05, "max_leaf_nodes": 15},
    patience="n_iter_no_change",
    stopping={"early_stopping": True},
    categories="few",
    estimators={
        "sklearn.ensemble:HistGradientBoostingClassifier": {"max_iter": 8, "max_bins": 32, "random_state": 0},
        "sklearn.ensemble:GradientBoostingClassifier": {"n_estimators": 8, "random_state": 0},
        "sklearn.ensemble:RandomForestClassifier": {"n_estimators": 8, "random_state": 0},
    },
    evaluated={"early_stopping": True, "scoring": "loss", "n_iter_no_change": 8},
    losses=lambda fitted: (-fitted.validation_score_[1:]).tolist(),
)
