"""An HTML document as tests read it, and what every page of ours must be."""

import json
import re
from html.parser import HTMLParser

HOSTILE = "</script><script>alert('x')</script><img src=https://evil.example/x onerror=alert(1)>\"'&{{ 7*7 }}"
_FETCHING = {"src", "srcset", "data", "poster", "action", "formaction", "background", "href"}


class Page(HTMLParser):
    """Every element's attributes, the text, and what scripts hold."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text, self.scripts = "", []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag == "script":
            self.scripts.append("")

    def handle_data(self, data: str) -> None:
        if self.elements and self.elements[-1][0] == "script":
            self.scripts[-1] += data
        else:
            self.text += data


def check_alone(html: str) -> None:
    """A page is one file that needs nothing but itself, runs no script but its own, and names its charts."""
    page = Page(html)
    ids = [attrs["id"] for _, attrs in page.elements if "id" in attrs]
    assert len(ids) == len(set(ids))
    links = [str(value) for _, attrs in page.elements for key, value in attrs.items() if key in _FETCHING]
    assert {link.removeprefix("#") for link in links} <= set(ids)
    assert not {"link", "img", "iframe", "object", "base"} & {tag for tag, _ in page.elements}
    policy = next(str(a["content"]) for t, a in page.elements if t == "meta" and "http-equiv" in a)
    assert policy.startswith("default-src 'none'; script-src 'sha256-")
    assert re.fullmatch(r"( 'sha256-[A-Za-z0-9+/]{43}='){2}", policy.split("script-src")[1].split(";")[0])
    style = html.split("<style>")[1].split("</style>", maxsplit=1)[0]
    assert "url(" not in style
    assert "@import" not in style
    assert sum("vegaEmbed=" in script.replace(" ", "") for script in page.scripts) == 1
    charts = json.loads(page.scripts[2])
    places = {attrs["data-chart"]: attrs for _, attrs in page.elements if "data-chart" in attrs}
    assert set(places) == set(charts)
    assert all(charts[name]["description"] == place["aria-label"] for name, place in places.items())
    assert all(attrs.get("aria-label") for _, attrs in page.elements if attrs.get("role") == "region")


def check_is_text(page: Page, least: int) -> None:
    """`HOSTILE` is text in a page, at least so many times, and never markup."""
    assert len(page.scripts) == 4
    assert "img" not in {tag for tag, _ in page.elements}
    assert not any(key.startswith("on") for _, attrs in page.elements for key in attrs)
    assert page.text.count(HOSTILE) >= least
