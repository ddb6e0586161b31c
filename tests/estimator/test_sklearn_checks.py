"""scikit-learn's own checks; one is excused only where the bare estimator fails it too."""

import warnings
from typing import Any

import pytest
from libraries import ESTIMATORS, make_estimator
from sklearn.base import is_classifier
from sklearn.utils import get_tags
from sklearn.utils.estimator_checks import check_estimator, parametrize_with_checks

import boostweights as bw

SETTINGS: dict[str, dict[str, Any]] = {
    "LGBMClassifier": {"min_child_samples": 1, "n_estimators": 10},
    "HistGradientBoostingClassifier": {"min_samples_leaf": 5},
}
REPEATED_ROWS = (
    "check_sample_weight_equivalence_on_dense_data",
    "check_sample_weight_equivalence_on_sparse_data",
)
"""A row of weight 2 is two rows: leaves, bins and bootstraps count rows."""
EXCUSED: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("XGBClassifier", "LGBMClassifier"), REPEATED_ROWS),
    **dict.fromkeys(("GradientBoostingClassifier", "RandomForestClassifier"), REPEATED_ROWS),
    **dict.fromkeys(("HistGradientBoostingClassifier", "YDFClassifier"), REPEATED_ROWS[:1]),
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
    "ExplainableBoostingClassifier": (
        *REPEATED_ROWS,
        "check_classifiers_one_label_sample_weights",  # it takes no weight of 0
        "check_valid_tag_types",
        "check_estimators_empty_data_messages",
        "check_fit1d",
    ),
}
"""Estimator → the checks that it fails by itself."""
LIBRARY = {name: library for library, names in ESTIMATORS.items() for name in names}


def bare(name: str) -> Any:
    return make_estimator(LIBRARY[name], name, **SETTINGS.get(name, {}))


def has_tags(name: str) -> bool:
    """Whether an estimator derives from BaseEstimator: otherwise no check begins, and some end Python."""
    try:
        get_tags(bare(name))
    except AttributeError:
        return False
    return True


CHECKED = [name for name in LIBRARY if has_tags(name)]


def excused(clf: bw.WeightedClassifier) -> dict[str, str]:
    name = type(clf.estimator).__name__
    return dict.fromkeys(EXCUSED.get(name, ()), "the bare estimator fails it too")


@pytest.mark.filterwarnings("ignore")  # the checks warn of their own doings
@parametrize_with_checks(
    [bw.WeightedClassifier(bare(name)) for name in CHECKED], expected_failed_checks=excused
)
def test_scikit_learns_checks(estimator: Any, check: Any) -> None:
    check(estimator)


@pytest.mark.parametrize("name", [name for name in LIBRARY if name not in CHECKED])
def test_without_tags_of_its_own_an_estimator_has_those_of_any_classifier(name: str) -> None:
    assert is_classifier(bw.WeightedClassifier(bare(name)))


@pytest.mark.parametrize("name", CHECKED)
def test_the_bare_estimator_fails_what_is_excused(name: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        results = check_estimator(bare(name), on_skip=None, on_fail=None)
    failed = {result["check_name"] for result in results if result["status"] == "failed"}
    assert set(EXCUSED.get(name, ())) <= failed
