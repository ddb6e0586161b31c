"""The site builds strictly and offline, loads nothing from elsewhere, and leaves out nothing public."""

import os
import re
import subprocess
import sys
from html import unescape
from importlib.util import find_spec
from inspect import getdoc
from pathlib import Path
from types import ModuleType
from typing import Final

import pytest
from documents import Page

import boostweights as bw
from boostweights.distributed import dask, spark

ROOT = Path(__file__).parents[2]
LOADS: Final = {"script": "src", "img": "src", "iframe": "src", "source": "src", "form": "action"}
PLAIN_LINKS: Final = {"canonical", "next", "prev", "edit", "author", "license"}
STYLE_URL: Final = re.compile(r"(?:url\(|@import)\s*[\"']?((?:https?:)?//[^\"')]+)")


def outside(page: Page) -> list[str]:
    """What a page loads from elsewhere when it is opened."""
    places = []
    for tag, attrs in page.elements:
        place = attrs.get(LOADS.get(tag, ""))
        if tag == "link" and not {*(attrs.get("rel") or "").split()} & PLAIN_LINKS:
            place = attrs.get("href")
        places += [place] if place and re.match(r"(https?:)?//", place) else []
        places += STYLE_URL.findall(attrs.get("style") or "")
    return places


def values(page: Page, attribute: str, tag: str = "") -> set[str | None]:
    return {attrs.get(attribute) for name, attrs in page.elements if tag in ("", name)} - {None}


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, built as `make docs` does; no host can be reached while it is."""
    for library in ("mkdocs", "material", "mkdocstrings", "latex2mathml"):
        if not os.environ.get("CI"):
            pytest.importorskip(library)
    folder = tmp_path_factory.mktemp("site")
    nowhere = "http://127.0.0.1:9"  # the discard port: a request would fail at once
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(folder)],
        cwd=ROOT,
        env={**os.environ, "http_proxy": nowhere, "https_proxy": nowhere, "NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture(scope="session")
def pages(site: Path) -> dict[str, Page]:
    return {
        path.relative_to(site).as_posix(): Page(path.read_text(encoding="utf-8"))
        for path in sorted(site.rglob("*.html"))
    }


def test_nothing_is_loaded_from_elsewhere(site: Path, pages: dict[str, Page]) -> None:
    assert {name: places for name, page in pages.items() if (places := outside(page))} == {}
    assert [
        name for name, page in pages.items() if "source" in values(page, "data-md-component")
    ] == []  # it asks for stars
    for path in site.rglob("*.css"):
        assert STYLE_URL.findall(path.read_text(encoding="utf-8")) == [], path.name


def test_what_would_be_loaded_is_seen() -> None:
    html = (
        '<script src="//a/x.js"></script><link rel="stylesheet" href="https://b/y.css"><link rel="canonical"'
        ' href="https://c/"><a href="https://d/">d</a><p style="background: url(https://e/z.png)">'
    )
    assert outside(Page(html)) == ["//a/x.js", "https://b/y.css", "https://e/z.png"]


def public_names() -> list[str]:
    """Every public name: those of the top, of its rooms, and of the rooms that are imported by themselves."""
    rooms = [value for name in bw.__all__ if isinstance(value := getattr(bw, name), ModuleType)]
    names = [f"boostweights.{name}" for name in bw.__all__ if getattr(bw, name) not in rooms]
    for module in (*rooms, dask, spark):
        apart = () if module in (dask, spark) else bw.__all__
        names += [f"{module.__name__}.{name}" for name in module.__all__ if name not in apart]
    return names


def test_the_overview_has_a_line_for_every_public_name(site: Path) -> None:
    html = (site / "names.html").read_text(encoding="utf-8")
    lines = re.findall(r"<tr>\s*<td>(.*?)</td>\s*<td>(.*?)</td>", html, re.DOTALL)
    said = {
        re.sub(r"<[^>]+>", "", name): " ".join(re.sub(r"<[^>]+>", "", line).split()) for name, line in lines
    }
    assert len(lines) == len(said)
    assert {name.replace("bw.", "boostweights.", 1) for name in said} == set(public_names())
    assert [name for name, line in said.items() if not line.endswith((".", ". "))] == []
    assert said["bw.Balanced"] == unescape((getdoc(bw.Balanced) or "").partition("\n\n")[0].replace("`", ""))
    assert all(f'href="api/{room}.html#' in html for room in ("weighting", "estimator", "distributed.dask"))


def test_every_public_name_has_its_entry_once(pages: dict[str, Page]) -> None:
    names = public_names()
    anchors = {name: values(page, "id") for name, page in pages.items()}
    places = {name: [page for page, ids in anchors.items() if name in ids] for name in names}
    assert {name: found for name, found in places.items() if len(found) != 1} == {}
    assert all(found[0].startswith("api/") for found in places.values())
    in_packages = [name for name in names if not name.startswith("boostweights.errors.")]
    for name in filter(find_spec, in_packages):  # a module of the same name is not what is meant
        assert f"{name}.{name.rpartition('.')[2]}" in values(pages[places[name][0]], "id", "h2")
    shown = [str(anchor) for ids in anchors.values() for anchor in ids if "boostweights." in str(anchor)]
    assert [anchor for anchor in shown if "._" in anchor] == []


def test_every_command_and_option_is_described(pages: dict[str, Page]) -> None:
    pytest.importorskip("typer")
    from test_cli_usage import commands

    text = " ".join(pages["cli.html"].text.split())
    for name, command in commands().items():
        assert f"boostweights {name}" in text
        options = {option for parameter in command.params for option in parameter.opts if option[:2] == "--"}
        assert {option for option in options if option not in text} == set()


def test_formulas_are_drawn_by_the_browser(pages: dict[str, Page], site: Path) -> None:
    assert not [name for name, page in pages.items() if ":math:" in page.text]
    assert "<msub><mi>w</mi><mi>k</mi></msub>" in (site / "api" / "weighting.html").read_text(
        encoding="utf-8"
    )


def test_links_into_the_repository_go_there(site: Path) -> None:
    findings = (site / "findings.html").read_text(encoding="utf-8")
    assert "/blob/main/benchmarks/results/costs/README.md" in findings
    for path in site.rglob("*.html"):  # pages are linked as pages
        assert "/blob/main/docs/" not in path.read_text(encoding="utf-8"), path.name
