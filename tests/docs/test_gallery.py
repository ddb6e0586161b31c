"""The scripts of the gallery run, and draw the pictures that are on its page (`make gallery`)."""

import ast
import re
import runpy
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SCRIPTS = sorted((ROOT / "examples" / "gallery").glob("*.py"))
PAGE = (ROOT / "docs" / "gallery.md").read_text(encoding="utf-8")
WORDS = re.compile(r"<text[^>]*>([^<]*)</text>")


def test_there_are_scripts() -> None:
    assert len(SCRIPTS) >= 6


@pytest.mark.parametrize("script", SCRIPTS, ids=[script.stem for script in SCRIPTS])
def test_a_script_draws_the_picture_of_the_page(script: Path, tmp_path: Path) -> None:
    plt = pytest.importorskip("matplotlib.pyplot")
    pytest.importorskip("lightgbm")
    drawn, shown = tmp_path / "drawn.svg", ROOT / "docs" / "gallery" / f"{script.stem}.svg"
    with plt.rc_context(fname=ROOT / "docs" / "gallery" / "matplotlibrc"):
        runpy.run_path(str(script))["main"](drawn)
    plt.close("all")
    assert WORDS.findall(drawn.read_text()) == WORDS.findall(shown.read_text())
    assert shown.stat().st_size < 60_000


@pytest.mark.parametrize("script", SCRIPTS, ids=[script.stem for script in SCRIPTS])
def test_the_page_shows_it_under_its_own_title(script: Path) -> None:
    title = (ast.get_docstring(ast.parse(script.read_text())) or "").rstrip(".")
    section = PAGE.split(f"## {title}\n")[1].split("\n## ")[0]
    assert f"(gallery/{script.stem}.svg)" in section
    assert f"(../examples/gallery/{script.name})" in section
