"""How tables and pages call the ways in which the benchmark trains models: see `plan.regimes`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

FIXED: Final = "fixed"
"""What a suite without regimes is called in tables and claims."""
WORDS: Final[Mapping[str, str]] = {
    "tuned": "settings chosen by log loss on an inner hold-out",
    "stopped": "rounds chosen by early stopping on a grouped hold-out",
    "default": "each library's own settings",
    FIXED: "100 trees, otherwise each library's own settings",
}
"""How models are trained, the most careful way first."""
