"""scikit-learn's own checks; one is excused only where the bare estimator fails it too."""

from __future__ import annotations

import warnings
from typing import Any

import pytest
from libraries import ESTIMATORS, make_estimator
from sklearn.utils.estimator_checks import check_estimator, parametrize_with_checks

import boostweights as bw

SETTINGS: dict[str, dict[str, Any]] = {
    "LGBMClassifier": {"min_child_samples": 1, "n_estimators": 10},
    "HistGradientBoostingClassifier": {"min_samples_leaf": 5},
}
LIBRARY = {name: library for library, names in ESTIMATORS.items() for name in names}

REPEATED_ROWS = (  # a row of weight 2 is not two rows: min_samples, bins and bootstraps count rows
    "check_sample_weight_equivalence_on_dense_data",
    "check_sample_weight_equivalence_on_sparse_data",
)
EXCUSED: dict[str, tuple[str, ...]] = {
    "XGBClassifier": REPEATED_ROWS,
    "LGBMClassifier": REPEATED_ROWS,
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
    ),
    "HistGradientBoostingClassifier": REPEATED_ROWS[:1],
    "GradientBoostingClassifier": REPEATED_ROWS,
    "RandomForestClassifier": REPEATED_ROWS,
}


def bare(name: str) -> Any:
    return make_estimator(LIBRARY[name], name, **SETTINGS.get(name, {}))


def excused(clf: bw.WeightedClassifier) -> dict[str, str]:
    return dict.fromkeys(EXCUSED[type(clf.estimator).__name__], "the bare estimator fails it too")


@pytest.mark.filterwarnings("ignore")  # the checks warn of their own doings
@parametrize_with_checks(
    [bw.WeightedClassifier(bare(name)) for name in LIBRARY], expected_failed_checks=excused
)
def test_scikit_learns_checks(estimator: Any, check: Any) -> None:
    check(estimator)


@pytest.mark.parametrize("name", LIBRARY)
def test_the_bare_estimator_fails_what_is_excused(name: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        results = check_estimator(bare(name), on_skip=None, on_fail=None)
    failed = {result["check_name"] for result in results if result["status"] == "failed"}
    assert set(EXCUSED[name]) <= failed
