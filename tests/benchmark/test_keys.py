"""Keys made before modules were moved still find what was stored by them: none hashes a module's path."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from boostweights.benchmark.plan import plan as plan_module
from boostweights.benchmark.plan.plan import make_plan
from boostweights.benchmark.plan.suite import Suite

MODEL_KEYS = [
    "0aaf7418f084015f90dd2e193f6752d80b639030b45997c10256893b21505019",
    "133892a967583bd056f01aa9449687d77e4b08392437352f8f591debd668414f",
    "1db9f5c474c47cd5675c8ebd2f05e26baea4b8f72ca648d49ab48e94a47c5f33",
    "1e958e7942f50c6d3af97758008ce672508831d82b05d85859207ac1d92f698b",
    "417782707cca30d4f0459642ce7c9f83057f1b24b635ac26aca99a81ed77461f",
    "581c08e0e5db0f8ee7b62f5673939fbb318f2fa5aae4902e7e2ac4f494b579df",
    "5f851addd43d44ff4ac72290605cb6a76330c4fc06579428b19ee615a1bd316e",
    "62a9584ae7afabc98015b68d93625e4f52eb5d24510c08db8abd1fbcd102bfa3",
    "667c908ac2c2f6949f09ac9971c6a0e391449db0ddd8057bcbc674c03a6c96ad",
    "80ccd9090fd811997db8196057a40d884d009b16b1e5f5bcb11290050c62cf9c",
    "83820b69b476e38a86c03fb713352a7df1b94724a7cbd54d7df6d6f46a8bc3e9",
    "84548459d9ac54ef9bc3bc2a6a5ef2b2e808471d29e4a115d6c0777dc24dd849",
    "879b81a8b4960d9a1c9e6093ec9ab43f47e1d5779fdbba3b99f4e9b5e7b08d6a",
    "8b30495f102fc536b9386c84211f972969c7badc4f02cb82ac9f9cdb9d74f2a6",
    "9671c612e42a4827cadb4713d2a73f2df40b19c359d2e5b194219fe017307738",
    "9eedeb325165c9609a4f9739ff1bc6526aef36b7b86718a36b0064b8d979388c",
    "b3ca5f9a52ac4486f6c98dcb77f2f65adfd116ecf7ff4548594e2ea5e9f5873a",
    "be76280bfc8e3efc8504a9be323b26ed8140c48458f185cfdc7e8aef5756be80",
    "c4cb9c4ea36020214197fdd3b640c1fb7287f29bc733ebc84738436ded310518",
    "cf96e0cc25facfc350bf280e13f9bcb12d01b93daf2bebec8b6f2eb4e2091903",
    "db837eef2013d5a19512abd27ce4d17a991f5545935812a9e545c7a5a4ee30e1",
    "e97f642738cf2092248a8d3607e83c01c60bb262a0ecbf24fa5795d34716fa6d",
    "f372d952df4235b699482281ed671156258a5ae0e533026352790099537cc297",
    "f9dd57b21c935901b2e08ebf58bd60d079d857b2fb3e4ef70e3095d752010cdc",
]


def test_models_of_the_harness_are_found_as_before(
    toy_file: Path, make_suite: Callable[..., Suite], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plan_module, "installed_version", lambda name: "1.0")
    plan = make_plan(
        make_suite(libraries=("xgboost", "lightgbm", "catboost", "sklearn"), folds=2), {"toy": toy_file}
    )
    assert sorted(plan.models) == MODEL_KEYS
