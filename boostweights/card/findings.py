"""The findings of a card: one file says how grave each is, what comes of it and what to do."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from boostweights.audits.findings import Finding

__all__ = ["finding"]


@cache
def _catalogue() -> Mapping[str, Mapping[str, Any]]:
    """Code → severity, why and mend, as far as they are always the same."""
    return tomllib.loads(files("boostweights.card").joinpath("findings.toml").read_text(encoding="utf-8"))


def finding(code: str, message: str, **case: Any) -> Finding:
    """Return the finding of a code; `case` says what ``findings.toml`` leaves open.

    Examples
    --------
    >>> print(finding("card-rejected", "R. Viewer rejected the card"))
    error card-rejected: R. Viewer rejected the card. The weights are not to be trained with. Change the
    policy and write the card again.
    """
    return Finding(code=code, message=message, **_catalogue()[code], **case)
