"""A data set as a report names it."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from boostweights.benchmark.data.entries import known_entry
from boostweights.benchmark.data.rows import near_duplicates
from boostweights.benchmark.plan.problem import Problem
from boostweights.benchmark.plan.splits import Split


@dataclass(frozen=True, slots=True, kw_only=True)
class Described:
    """A data set as a report names it."""

    name: str
    digest: str
    facts: Mapping[str, Any]


def described_as(name: str, problem: Problem) -> Described:
    """Return what a report says of a data set."""
    entry = known_entry(name)
    source = {key: getattr(entry, key) for key in ("package", "version", "path", "sha256")} if entry else None
    facts = problem.dataset.facts()
    about = {
        "tier": entry.tier if entry else None,
        "domain": entry.domain if entry else None,
        "task": "binary" if len(problem.classes) == 2 else "multiclass",
        "positives": min(facts["classes"].values()),
        "source": source,
    }
    return Described(name=name, digest=problem.dataset.digest, facts=facts | about)


def with_rows_used(about: Described, problem: Problem, parts: Iterable[Split]) -> Described:
    """Add how many rows are used, and the share of test rows that hardly differ from a training row."""
    pairs = [(part.train, part.test) for part in parts]
    used = np.unique(np.concatenate([rows for pair in pairs for rows in pair]))
    counts = np.bincount(problem.y[used], minlength=len(problem.classes))
    more = {
        "rows_used": len(used),
        "rarest_used": int(counts.min()),
        "near_duplicates": near_duplicates(problem.dataset.X, pairs),
    }
    return dataclasses.replace(about, facts={**about.facts, **more})
