"""What a comparison ends in: its tables, ``evidence.json`` and its page."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from boostweights.audits.findings import Findings
from boostweights.benchmark.compare.checks import too_good
from boostweights.benchmark.compare.describe import as_lines
from boostweights.benchmark.compare.recommend import Answer
from boostweights.benchmark.digests import write_files
from boostweights.benchmark.report.content import EVIDENCE
from boostweights.benchmark.report.summary import Summary, summarize
from boostweights.benchmark.report.tables import read_tables
from boostweights.benchmark.report.write import write_page
from boostweights.benchmark.run.export import export
from boostweights.benchmark.run.store import Store
from boostweights.tables.results import as_rows


def write_results(
    store: Store, answer: Answer, facts: Mapping[str, Any], areas: Mapping[str, float], directory: Path
) -> tuple[Summary, Findings]:
    """Write a run's tables and its page, and return its summary and what the results say of the table.

    Parameters
    ----------
    store : Store
        Where the results are.
    answer : Answer
        What is recommended.
    facts : mapping
        What was used as what, as `described` returns it.
    areas : mapping of str to float
        How well each column tells the classes apart alone.
    directory : Path
        The run's.
    """
    export(store, directory)
    summary = summarize(read_tables(directory))
    late = too_good({f"{row.library}, {row.policy}": row.means for row in summary.rows}, areas)
    keep_evidence(answer, facts, areas, late, directory)
    write_page(directory)
    return summary, late


def keep_evidence(
    answer: Answer, facts: Mapping[str, Any], areas: Mapping[str, float], late: Findings, directory: Path
) -> None:
    """Write into a run's directory what its page draws, so that `report` makes the same page again."""
    findings = [*facts["findings"], *as_rows(late.columns())]
    table = {
        **facts,
        "findings": findings,
        "areas": {name: round(area, 4) for name, area in areas.items()},
        "printed": as_lines(facts),
    }
    found = {**answer.evidence, "table": table}
    write_files(directory, [(EVIDENCE, json.dumps(found, allow_nan=False).encode())])
