"""What a loaded page did: its console, its requests, its width."""

from __future__ import annotations

from typing import Any


def complaints(driver: Any) -> list[str]:
    """What the console said at the level of an error or a warning."""
    return [
        entry["message"] for entry in driver.get_log("browser") if entry["level"] in ("SEVERE", "WARNING")
    ]


def requests(driver: Any) -> list[str]:
    """Addresses that the page asked for besides itself."""
    found: list[str] = driver.execute_script(
        "return performance.getEntriesByType('resource').map((entry) => entry.name)"
    )
    return found


def overflow(driver: Any) -> int:
    """By how many pixels the page is wider than the window."""
    pixels: int = driver.execute_script(
        "const page = document.documentElement; return page.scrollWidth - page.clientWidth"
    )
    return pixels
