"""scikit-learn's own checks; one is excused only where the bare estimator fails it too."""

from __future__ import annotations

import warnings
from typing import Any

import pytest
from libraries import ESTIMATORS, RECORDS, make_estimator
from sklearn.utils import get_tags
from sklearn.utils.estimator_checks import check_estimator, parametrize_with_checks

import boostweights as bw

SETTINGS: dict[str, dict[str, Any]] = {
    "LGBMClassifier": {"min_child_samples": 1, "n_estimators": 10},
    "HistGradientBoostingClassifier": {"min_samples_leaf": 5},
}
LIBRARY = {name: library for library, names in ESTIMATORS.items() for name in names}


def bare(name: str) -> Any:
    return make_estimator(LIBRARY[name], name, **SETTINGS.get(name, {}))


def excused(clf: bw.WeightedClassifier) -> dict[str, str]:
    name = type(clf.estimator).__name__
    return dict.fromkeys(RECORDS[LIBRARY[name]].excused.get(name, ()), "the bare estimator fails it too")


@pytest.mark.filterwarnings("ignore")  # the checks warn of their own doings
@parametrize_with_checks(
    [bw.WeightedClassifier(bare(name)) for name in LIBRARY], expected_failed_checks=excused
)
def test_scikit_learns_checks(estimator: Any, check: Any) -> None:
    check(estimator)


@pytest.mark.parametrize("name", LIBRARY)
def test_the_bare_estimator_fails_what_is_excused(name: str) -> None:
    try:
        get_tags(bare(name))
    except AttributeError:  # it does not derive from BaseEstimator: no check even begins
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        results = check_estimator(bare(name), on_skip=None, on_fail=None)
    failed = {result["check_name"] for result in results if result["status"] == "failed"}
    assert set(RECORDS[LIBRARY[name]].excused.get(name, ())) <= failed
