"""What mkdocs adds to the site: pages of the API, the commands, links into the repository, formulas."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec
from inspect import getdoc
from pathlib import Path
from types import ModuleType
from typing import Any
from xml.etree.ElementTree import Element

from markdown import Extension, Markdown
from markdown.inlinepatterns import InlineProcessor
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT = Path(__file__).parents[1]
LINK = re.compile(r"\]\((?![a-z]+:|#)([^)#\s]+)")
SHORT_LIST = re.compile(r"\*\*Commands\*\*:\n\n(?:\* .*\n)+\n")  # cut short by typer; whole below it
INCLUDE = re.compile(r"<!-- include (\S+) -->")
APART = ("distributed.dask", "distributed.spark")  # imported from where they are, not from the package's top
RESULTS = "benchmarks/results/"
SHOWN = (".svg", ".png", ".html")  # of results: copied, for the repository shows the source of an HTML file
ABOVE_BACKTICKS = 195  # markdown's own pattern for `code` has 190


def on_config(config: Any) -> Any:
    """Fill in the API's place in the navigation, drop pages that are not made yet, read formulas."""
    config.nav = list(_filled(config.nav, Path(config.docs_dir)))
    config.markdown_extensions.append(Formulas())
    return config


def on_files(files: Files, config: Any) -> Files:
    """Add the API's pages, a room each with its public names; and the figures and pages of results."""
    for room, names in public_names().items():
        head = f"# {room}\n\n{_first(import_module(f'boostweights.{room}'))}"
        blocks = "\n".join(map(_entry, names))
        files.append(File.generated(config, f"api/{room}.md", content=f"{head}\n\n{blocks}"))
    for file in sorted((ROOT / RESULTS).rglob("*")):
        if file.suffix in SHOWN:
            place = file.relative_to(ROOT / RESULTS).as_posix()
            files.append(File.generated(config, f"results/{place}", abs_src_path=str(file)))
    return files


def _entry(name: str) -> str:
    """Return what writes out one name; of a module of that name, what inside is called the same."""
    if not _is_module(name):
        return f"::: {name}\n"
    return f'<a id="{name}"></a>\n\n::: {name}.{name.rpartition(".")[2]}\n'


def _is_module(name: str) -> bool:
    """Whether a name is also that of a module, whose own name hides it."""
    inside = import_module(name.rpartition(".")[0])
    return hasattr(inside, "__path__") and find_spec(name) is not None


def _overview() -> Iterator[str]:
    """Yield the public names, a line each: those of the top, then those that only a room has."""
    rooms = public_names()
    top = sorted((name for names in rooms.values() for name in names if name.count(".") == 1), key=str.lower)
    yield f"## boostweights\n\n{_lines(top)}"
    for room, names in rooms.items():
        if rest := [name for name in names if name not in top]:
            about = _first(import_module(f"boostweights.{room}"))
            yield f"## [{room}](api/{room}.md)\n\n{about}\n\n{_lines(rest)}"


def _lines(names: list[str]) -> str:
    lines = ["| name | |", "|---|---|"]
    for name in names:
        module, _, last = name.rpartition(".")
        place = f"{name}.{last}" if _is_module(name) else name
        short = (
            name if name.startswith("boostweights.distributed.") else name.replace("boostweights.", "bw.", 1)
        )
        lines.append(f"| [`{short}`][{place}] | {_first(getattr(import_module(module), last))} |")
    return "\n".join([*lines, ""])


def _first(thing: Any) -> str:
    """Return the first paragraph of its documentation, as one line of a table."""
    return " ".join((getdoc(thing) or "").partition("\n\n")[0].split()).replace("|", "\\|")


def on_page_markdown(markdown: str, page: Page, config: Any, **_: Any) -> str:
    """Put in the commands and files of the repository; lead links to files that are no pages there."""
    docs = Path(config.docs_dir).name
    own = f"{docs}/{page.file.src_uri}"
    markdown = _with_links(markdown, own, own, config.extra["repository"])
    if "<!-- commands -->" in markdown:
        markdown = markdown.replace("<!-- commands -->", _commands())
    if "<!-- names -->" in markdown:
        markdown = markdown.replace("<!-- names -->", "\n".join(_overview()))
    for file in INCLUDE.findall(markdown):
        text = _with_links((ROOT / file).read_text(encoding="utf-8"), file, own, config.extra["repository"])
        markdown = markdown.replace(f"<!-- include {file} -->", text)
    return markdown


def _with_links(text: str, source: str, page: str, repository: str) -> str:
    """Return the text of a file with the links that it needs on a page; both named from the root."""
    folder, top = posixpath.dirname(page), page.partition("/")[0]

    def led(link: re.Match[str]) -> str:
        path = posixpath.normpath(posixpath.join(posixpath.dirname(source), link[1]))
        if not (ROOT / path).exists():
            return link[0]  # mkdocs says so
        if path.startswith(RESULTS) and path.endswith(SHOWN):
            path = f"{top}/results/{path.removeprefix(RESULTS)}"
        if path.startswith(f"{top}/"):
            return f"]({posixpath.relpath(path, folder)}"
        return f"]({repository}/blob/main/{path}"

    return LINK.sub(led, text)


def public_names() -> dict[str, list[str]]:
    """Return the public names of each room: by the top's name, where the top has it."""
    import boostweights as bw

    rooms = {name: value for name in bw.__all__ if isinstance(value := getattr(bw, name), ModuleType)}
    found = {
        room: [
            f"boostweights.{name}" if name in bw.__all__ else f"boostweights.{room}.{name}"
            for name in value.__all__
        ]
        for room, value in rooms.items()
    }
    listed = {name for names in found.values() for name in names}
    for name in bw.__all__:
        if name not in rooms and f"boostweights.{name}" not in listed:
            found.setdefault(getattr(bw, name).__module__.split(".")[1], []).append(f"boostweights.{name}")
    for place in APART:
        module = f"boostweights.{place}"
        found[place] = [f"{module}.{name}" for name in import_module(module).__all__]
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
    return SHORT_LIST.sub("", text).replace("\n* `", "\n- `")


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

        space = '<mi>log</mi><mspace width="0.17em"/>'  # which latex2mathml leaves out
        formula = convert(m[1]).replace("<mi>log</mi>", space)
        return self.md.htmlStash.store(formula), m.start(0), m.end(0)
