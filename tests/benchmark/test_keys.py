"""Keys made before modules were moved still find what was stored by them: none hashes a module's path."""

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest

from boostweights.benchmark.plan import plan as plan_module
from boostweights.benchmark.plan.plan import make_plan
from boostweights.benchmark.plan.suite import Suite

MODEL_KEYS = "2a9b106c8ed10ad77082bd8289eeb7450508e3b10b833f83c76c98934eb6432f"


def test_models_of_the_harness_are_found_as_before(
    toy_file: Path, make_suite: Callable[..., Suite], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plan_module, "installed_version", lambda name: "1.0")
    plan = make_plan(
        make_suite(libraries=("xgboost", "lightgbm", "catboost", "sklearn"), folds=2), {"toy": toy_file}
    )
    keys = "".join(sorted(plan.models))
    assert (len(plan.models), hashlib.sha256(keys.encode()).hexdigest()) == (24, MODEL_KEYS)
