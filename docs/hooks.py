"""What mkdocs adds to the site: pages of the API, the commands, links into the repository, formulas."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element

from markdown import Extension, Markdown
from markdown.inlinepatterns import InlineProcessor
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT = Path(__file__).parents[1]
LINK = re.compile(r"\]\((\.\./[^)#\s]+)")
ABOVE_BACKTICKS = 195  # markdown's own pattern for `code` has 190


def on_config(config: Any) -> Any:
    """Fill in the API's place in the navigation, drop pages that are not made yet, read formulas."""
    config.nav = list(_filled(config.nav, Path(config.docs_dir)))
    config.markdown_extensions.append(Formulas())
    return config


def on_files(files: Files, config: Any) -> Files:
    """Add the API's pages: a room each, with its public names."""
    for room, names in public_names().items():
        first = (import_module(f"boostweights.{room}").__doc__ or "").strip().splitlines()[0]
        blocks = "\n".join(f"::: boostweights.{name}\n" for name in names)
        files.append(File.generated(config, f"api/{room}.md", content=f"# {room}\n\n{first}\n\n{blocks}"))
    return files


def on_page_markdown(markdown: str, page: Page, config: Any, **_: Any) -> str:
    """Write the commands out, and point links to files that are no pages at the repository."""
    if "<!-- commands -->" in markdown:
        markdown = markdown.replace("<!-- commands -->", _commands())
    docs = Path(config.docs_dir)

    def to_repository(link: re.Match[str]) -> str:
        path = posixpath.normpath(posixpath.join(docs.name, posixpath.dirname(page.file.src_uri), link[1]))
        outside = not path.startswith(f"{docs.name}/") and (ROOT / path).exists()
        return f"]({config.repo_url.rstrip('/')}/blob/main/{path}" if outside else link[0]

    return LINK.sub(to_repository, markdown)


def public_names() -> dict[str, list[str]]:
    """Return the public names of each room, in the order of the package's table."""
    import boostweights as bw

    found: dict[str, list[str]] = {}
    for place, names in bw._ROOMS.items():
        found.setdefault(place.split(".")[0], []).extend(names)
    return found


def _filled(nav: list[Any], docs: Path) -> Iterator[Any]:
    for entry in nav:
        [(title, place)] = entry.items()
        if isinstance(place, list):
            if inside := list(_filled(place, docs)):
                yield {title: inside}
        elif place == "api/":
            yield {title: [{room: f"api/{room}.md"} for room in public_names()]}
        elif (docs / place).exists():
            yield entry


def _commands() -> str:
    """Return every command with its arguments and options, as typer itself describes them."""
    from typer import Context
    from typer.cli import get_docs_for_click
    from typer.main import get_command

    from boostweights.cli.app import app

    group = get_command(app)
    text = get_docs_for_click(obj=group, ctx=Context(group), indent=1, name="boostweights")
    return text.replace("\n* `", "\n- `")


class Formulas(Extension):
    """Reads docstrings' :math:`…` and writes MathML, which browsers draw by themselves."""

    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802  markdown's name
        """Register the pattern above that for code."""
        md.inlinePatterns.register(Formula(r":math:`([^`]+)`", md), "formula", ABOVE_BACKTICKS)


class Formula(InlineProcessor):
    """One formula."""

    def handleMatch(  # type: ignore[override]  # noqa: N802  markdown's name
        self, m: re.Match[str], data: str
    ) -> tuple[str | Element, int, int]:
        """Return the formula as MathML, kept from further reading."""
        from latex2mathml.converter import convert

        return self.md.htmlStash.store(convert(m[1])), m.start(0), m.end(0)
