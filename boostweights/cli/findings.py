"""Findings printed, and the exit code that they ask for."""

from __future__ import annotations

import json
from typing import Any

import typer

from boostweights.audits.findings import SEVERITIES, Findings
from boostweights.cli.options import FailOn
from boostweights.tables.results import as_rows

__all__ = ["fails", "plain", "say"]


def say(findings: Findings, *, as_json: bool) -> None:
    """Print findings: a line each, or JSON."""
    typer.echo(json.dumps(plain(findings), indent=2) if as_json else str(findings))


def plain(findings: Findings) -> list[dict[str, Any]]:
    """Return findings as plain values."""
    return as_rows(findings.columns())


def fails(findings: Findings, fail_on: FailOn) -> bool:
    """Whether one of the findings is as grave as that."""
    return any(findings.at_least(severity) for severity in SEVERITIES if severity == fail_on)
