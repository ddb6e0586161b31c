"""The README's code runs in order, and prints what it says."""

from __future__ import annotations

import contextlib
import io
import re
from pathlib import Path
from typing import Any

import pytest

README = Path(__file__).parents[1] / "README.md"
FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks() -> list[tuple[str, str | None]]:
    """Each python block, with the text block that follows it, if one does."""
    fenced = FENCE.findall(README.read_text())
    return [
        (code, following[1] if following[0] == "text" else None)
        for (language, code), following in zip(fenced, [*fenced[1:], ("", "")], strict=True)
        if language == "python"
    ]


def test_the_readme_prints_what_it_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # it writes a page
    for library in ("lightgbm", "xgboost"):
        pytest.importorskip(library)
    names: dict[str, Any] = {}
    printed = 0
    for code, expected in blocks():
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            exec(compile(code, str(README), "exec"), names)
        if expected is not None:
            assert out.getvalue().split() == expected.split()
            printed += 1
    assert printed >= 6


@pytest.mark.parametrize("experiment", ["probabilities", "costs"])
def test_figures_of_experiments_are_those_published(experiment: str) -> None:
    text = " ".join(README.read_text().split())
    paragraph = text[text.index("Measured on real data:") : text.index("A weight w at threshold")]
    said = paragraph.split("(`make costs`")[0].split("(`make probabilities`")[experiment == "costs"]
    published = (README.parent / "benchmarks" / "results" / experiment / "README.md").read_text()
    figures = re.findall(r"\d+%|[+]\d\.\d{3}|\d+ of 20", said)
    assert len(figures) >= 3
    for figure in figures:
        assert figure.split(" of ")[0] in published, figure
