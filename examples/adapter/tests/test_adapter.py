"""The adapter passes the checks that boostweights' own adapters pass."""

import pytest
from pocketboost.adapter import ADAPTER

from boostweights.testing import check_adapter


@pytest.mark.parametrize("check", check_adapter(ADAPTER), ids=str)
def test_adapter(check):
    check()
