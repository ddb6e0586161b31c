"""The field above a table of the documentation leaves the rows that hold every word typed."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

DOCS = Path(__file__).parents[2] / "docs"
ROWS = ["xgboost hist, dart", "lightgbm dart", "lightgbm goss"]
HTML = (
    "<!doctype html><meta charset='utf-8'><style>{css}</style><div class='filtered'><table><tbody>{rows}"
    "</tbody></table></div><script>{script}</script>"
)


@pytest.mark.parametrize(
    ("typed", "left"),
    [("", [0, 1, 2]), ("dart", [0, 1]), ("Dart LIGHTGBM", [1]), ("  goss ", [2]), ("none such", [])],
)
def test_rows_that_hold_every_word_stay(load: Callable[..., Any], typed: str, left: list[int]) -> None:
    view = load(
        HTML.format(
            css=(DOCS / "site.css").read_text(),
            rows="".join(f"<tr><td>{row}</td></tr>" for row in ROWS),
            script=(DOCS / "filter.js").read_text(),
        ),
        ready="true",
    )
    field = view.all("input[type=search]")[0]
    field.send_keys(typed)
    shown = [row.is_displayed() for row in view.all("tbody tr")]
    assert shown == [at in left for at in range(len(ROWS))]
    assert view.all("output")[0].text == f"{len(left)} of {len(ROWS)} rows"
    assert field.accessible_name == "Filter the rows of the table below"
    assert view.driver.get_log("browser") == []
