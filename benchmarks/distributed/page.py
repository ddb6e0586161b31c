"""The table of a measurement, as Markdown."""

from collections.abc import Mapping
from typing import Any, Final

__all__ = ["page", "shown_in"]

_MARK: Final = ("<!-- distributed:begin -->", "<!-- distributed:end -->")


def page(run: Mapping[str, Any]) -> str:
    """Return the page of a run."""
    versions = ", ".join(f"{name} {number}" for name, number in run["versions"].items())
    return f"# Distributed models beside one machine's\n\n{_table(run)}\nWith {versions}.\n"


def shown_in(text: str, run: Mapping[str, Any]) -> str:
    """Return a page with the table of a run between its marks."""
    before, rest = text.split(_MARK[0])
    _, after = rest.split(_MARK[1])
    return f"{before}{_MARK[0]}\n{_table(run)}{_MARK[1]}{after}"


def _table(run: Mapping[str, Any]) -> str:
    head = [
        f"Largest difference in predicted probability over {run['repeats']} trainings of {run['rows']} rows",
        f"in {run['partitions']} partitions, dealt to {run['workers']} workers anew each time. Balanced",
        f"row weights, the same to the last bit everywhere. Made by `{run['command']}`.",
        "",
        "| engine | library | rows | settings | placement | repeats differ | one machine differs | mean |",
        "|---|---|---|---|---|---:|---:|---:|",
    ]
    lines = [
        f"| {case['engine']} | {case['library']} | {case['rows']} | {_settings(case['settings'])} "
        f"| {case['placement']} | {_shown(case['repeats'])} | {_shown(case['one_machine'])} "
        f"| {_shown(case['mean'])} |"
        for case in run["cases"]
    ]
    return "\n".join([*head, *lines, ""])


def _settings(settings: Mapping[str, Any]) -> str:
    return ", ".join(f"`{name}={value}`" for name, value in settings.items()) or "defaults"


def _shown(number: float) -> str:
    return "0" if number == 0 else f"{number:.2g}"
