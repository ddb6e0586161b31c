"""``evidence.json``: what the page of a comparison draws beside its recommendation."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from boostweights.audits.findings import Findings
from boostweights.benchmark.compare.recommend import Answer
from boostweights.benchmark.report.content import EVIDENCE
from boostweights.files import write_atomically
from boostweights.tables.results import as_rows


def keep_evidence(
    answer: Answer, facts: Mapping[str, Any], areas: Mapping[str, float], late: Findings, directory: Path
) -> None:
    """Write into a run's directory what its page draws, so that `report` makes the same page again.

    Parameters
    ----------
    answer : Answer
        What is recommended.
    facts : mapping
        What was used as what, as `described` returns it.
    areas : mapping of str to float
        How well each column tells the classes apart alone.
    late : Findings
        What results say of the table.
    directory : Path
        The run's.
    """
    findings = [*facts["findings"], *as_rows(late.columns())]
    table = {**facts, "findings": findings, "areas": {name: round(area, 4) for name, area in areas.items()}}
    found = {**answer.evidence, "table": table}
    write_atomically(directory / EVIDENCE, json.dumps(found, allow_nan=False).encode())
