"""The locked families: how they were chosen, and that nothing published has used them."""

import hashlib
import re
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest

from boostweights.benchmark.data.entries import catalogue, locked
from boostweights.benchmark.data.load import load
from boostweights.benchmark.plan.suite import load_suite

RESULTS = Path(__file__).parents[2] / "benchmarks" / "results"
OUTCOME = RESULTS / "locked"
"""Where the one run on them is published."""


def published() -> list[Path]:
    return [path for path in sorted(RESULTS.rglob("*")) if path.is_file() and OUTCOME not in path.parents]


def test_the_ten_are_the_first_candidates_by_a_hash_of_their_names() -> None:
    candidates = locked().candidates
    ordered = sorted(
        candidates, key=lambda name: hashlib.sha256(f"{name}boostweights-1".encode()).hexdigest()
    )
    assert tuple(locked().entries) == tuple(ordered[:10])
    assert load_suite("locked").data == tuple(ordered[:10])
    assert len(set(candidates)) == len(candidates) > 10


def test_no_candidate_shares_a_file_or_family_with_the_catalogue() -> None:
    known = catalogue().entries.values()
    assert not {each.family for each in known} & set(locked().candidates)
    assert not {each.sha256 for each in known} & {each.sha256 for each in locked().entries.values()}


def test_a_locked_family_is_in_no_other_suite() -> None:
    for name in ("tiny", "fixed", "default", "ordered", "multiclass", "cap", "large"):
        assert not set(load_suite(name).data) & set(locked().candidates)


@pytest.mark.parametrize("path", published(), ids=lambda path: str(path.relative_to(RESULTS)))
def test_no_published_result_has_used_a_locked_family(path: Path) -> None:
    if path.suffix == ".parquet":
        named = "dataset" in pq.read_schema(path).names
        seen = set(pd.read_parquet(path, columns=["dataset"])["dataset"].astype(str)) if named else set()
        assert not seen & set(locked().entries)
    elif path.suffix in (".md", ".json", ".csv", ".html"):
        words = set(re.findall(r"[\w-]+", path.read_text()))
        assert not words & set(locked().entries)


@pytest.mark.full
@pytest.mark.parametrize("name", locked().entries)
def test_a_locked_family_is_what_its_entry_says(name: str) -> None:
    entry, found = locked().entries[name], load(name)
    facts = found.facts()
    assert facts["classes"][entry.positive] == entry.minority_count >= 50
    assert entry.minority_count <= entry.rows / 3
