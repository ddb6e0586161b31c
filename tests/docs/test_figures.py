"""A figure in the prose is a published one: it stands in the results that its section links."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
RESULTS = re.compile(r"benchmarks/results/([\w/]+)/README\.md")
FIGURE = re.compile(r"[+-]?\b\d\.\d{3}|\d+(?:\.\d+)?%|\d+ of 20")
PAGES = ["costs.md", "findings.md", "index.md", "path.md", "probabilities.md"]


def sections(page: str) -> Iterator[tuple[list[str], str]]:
    """Each section that links published results, with the names of the experiments; code left out."""
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    for section in re.split(r"^## ", text, flags=re.MULTILINE):
        if found := RESULTS.findall(section):
            yield found, re.sub(r"^```.*?^```", "", section, flags=re.MULTILINE | re.DOTALL)


def published(experiment: str) -> str:
    return " ".join((ROOT / "benchmarks" / "results" / experiment / "README.md").read_text("utf-8").split())


@pytest.mark.parametrize("page", PAGES)
def test_figures_are_those_published(page: str) -> None:
    looked_at = 0
    for experiments, section in sections(page):
        results = " ".join(map(published, experiments))
        for figure in FIGURE.findall(section):
            pairs = figure.replace("of 20", "pairs")  # "in 15 of 20 pairs", "in 15 pairs"
            assert figure in results or pairs in results, f"{figure} is not published by make {experiments}"
            looked_at += 1
    assert looked_at >= 4


@pytest.mark.parametrize("page", PAGES)
def test_a_section_with_figures_names_the_command_that_makes_them(page: str) -> None:
    for experiments, section in sections(page):
        for experiment in experiments:
            assert f"`make {experiment.partition('/')[0]}`" in section
