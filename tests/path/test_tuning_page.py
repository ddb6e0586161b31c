"""What the page on tuning says of searches: each tunes the weight, on each training fold by itself."""

from typing import Any

import numpy as np
import pytest
from libraries import hard_data, make_estimator
from sklearn.model_selection import GridSearchCV, RandomizedSearchCV, StratifiedKFold, cross_val_score

import boostweights as bw

X, Y = hard_data(rows=300)


@pytest.mark.parametrize("name", ["weighting__power", "weighting"])
def test_searches_weigh_each_training_fold_by_itself(name: str) -> None:
    clf = bw.WeightedClassifier(make_estimator("lightgbm"))
    values = [0.0, 1.0] if name == "weighting__power" else ["unweighted", "balanced"]
    for search in (
        GridSearchCV(clf, {name: values}, cv=2, scoring="recall"),
        RandomizedSearchCV(clf, {name: values}, n_iter=2, cv=2, scoring="recall", random_state=0),
    ):
        search.fit(X, Y)
        results = search.cv_results_
        scores = np.column_stack([results[f"split{fold}_test_score"] for fold in (0, 1)])
        found = {params[name]: row for params, row in zip(results["params"], scores, strict=True)}
        # the library's own "balanced", computed on the training fold, and none
        for value, class_weight in zip(values, (None, "balanced"), strict=True):
            own = make_estimator("lightgbm", class_weight=class_weight)
            expected = cross_val_score(own, X, Y, cv=StratifiedKFold(2), scoring="recall")
            assert found[value] == pytest.approx(expected)
        assert search.best_params_ == {name: values[1]}


@pytest.mark.parametrize("name", ["weighting__power", "weighting"])
def test_optuna_suggests_either(name: str) -> None:
    optuna = pytest.importorskip("optuna")
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    clf = bw.WeightedClassifier(make_estimator("lightgbm"))
    choices = [0.0, 1.0] if name == "weighting__power" else ["unweighted", "balanced"]

    def objective(trial: Any) -> float:
        trying = clf.set_params(**{name: trial.suggest_categorical(name, choices)})
        return float(np.mean(cross_val_score(trying, X, Y, cv=2, scoring="recall")))

    study = optuna.create_study(direction="maximize", sampler=optuna.samplers.GridSampler({name: choices}))
    study.optimize(objective, n_trials=2)
    assert study.best_params == {name: choices[1]}
    own = make_estimator("lightgbm", class_weight="balanced")
    assert study.best_value == pytest.approx(cross_val_score(own, X, Y, cv=2, scoring="recall").mean())
