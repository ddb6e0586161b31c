"""scikit-learn's own checks; one is excused only where the bare estimator fails it too."""

from typing import Any
from unittest import SkipTest

import pytest
from libraries import ESTIMATORS, make_estimator
from sklearn.base import is_classifier
from sklearn.utils import get_tags
from sklearn.utils.estimator_checks import parametrize_with_checks

import boostweights as bw

SETTINGS: dict[str, dict[str, Any]] = {
    "LGBMClassifier": {"min_child_samples": 1, "n_estimators": 10},
    "HistGradientBoostingClassifier": {"min_samples_leaf": 5},
}
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


@pytest.mark.filterwarnings("ignore")  # the checks warn of their own doings
@parametrize_with_checks([bw.WeightedClassifier(bare(name)) for name in CHECKED])
def test_scikit_learns_checks(estimator: Any, check: Any) -> None:
    try:
        check(estimator)
    except SkipTest:
        raise
    except Exception:
        try:
            check(bare(type(estimator.estimator).__name__))
        except Exception:
            pytest.xfail("the bare estimator fails it too")
        raise


@pytest.mark.parametrize("name", [name for name in LIBRARY if name not in CHECKED])
def test_without_tags_of_its_own_an_estimator_has_those_of_any_classifier(name: str) -> None:
    assert is_classifier(bw.WeightedClassifier(bare(name)))
