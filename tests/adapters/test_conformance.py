"""Every adapter passes the checks that outsiders' adapters are given."""

import os

import pytest
from libraries import ADAPTERS

from boostweights.adapters.registry import is_installed
from boostweights.testing import Check, check_adapter

CHECKS = [
    pytest.param(library, check, id=f"{library}-{check}")
    for library, adapter in ADAPTERS.items()
    for check in check_adapter(adapter)
]


@pytest.mark.filterwarnings("ignore::UserWarning", "ignore::FutureWarning")
@pytest.mark.parametrize(("library", "check"), CHECKS)
def test_an_adapter_conforms(library: str, check: Check) -> None:
    if not is_installed(ADAPTERS[library]) and not os.environ.get("CI"):
        pytest.skip(f"{library} is not installed")
    check()
