"""Random claims of every library hold; `make claims-fuzz` draws more of them."""

from typing import Any

import pytest
from libraries import ADAPTERS, make_estimator

pytest.importorskip("xgboost")
pytest.importorskip("lightgbm")
pytest.importorskip("catboost")

LIBRARIES = [name for name, adapter in ADAPTERS.items() if len(adapter.forms) > 1]
QUICK, ALL = 20, 400


def held(library: str, seeds: Any) -> None:
    make_estimator(library)  # skips where it is missing
    from benchmarks.fuzz.pair import judged

    found = [judged(library, seed) for seed in seeds]
    assert [each for each in found if each["holds"] is False] == []
    assert sum(each["holds"] is True for each in found) >= len(found) / 3


@pytest.mark.parametrize("library", LIBRARIES)
def test_random_claims_hold(library: str) -> None:
    held(library, range(QUICK))


@pytest.mark.full
@pytest.mark.parametrize("library", LIBRARIES)
def test_many_random_claims_hold(library: str) -> None:
    held(library, range(10**6, 10**6 + ALL))
