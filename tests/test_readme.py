"""The figures in the README's prose are those published; its code runs in `docs/test_docs.py`."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

README = Path(__file__).parents[1] / "README.md"


@pytest.mark.parametrize("experiment", ["probabilities", "costs"])
def test_figures_of_experiments_are_those_published(experiment: str) -> None:
    text = README.read_text()
    paragraph = text[
        text.index("<!-- probabilities:begin -->") : text.index("For an ideal classifier a weight w")
    ]
    said = paragraph.split("(`make costs`")[0].split("(`make probabilities`")[experiment == "costs"]
    published = (README.parent / "benchmarks" / "results" / experiment / "README.md").read_text()
    figures = re.findall(r"[+]\d\.\d{3}|\d\.\d{4}", said)
    assert len(figures) >= 3
    for figure in figures:
        assert figure in published, figure
