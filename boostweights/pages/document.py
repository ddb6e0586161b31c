"""The parts of an HTML document that needs nothing but itself."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING

from boostweights.errors import printable_lines

if TYPE_CHECKING:
    from jinja2 import Environment
    from markupsafe import Markup


def environment(package: str) -> Environment:
    """Return the templates of a package and of this one: escaped always, an undefined name is an error.

    Text without markup has no controls, and no bytes of a file's name that are not UTF-8.
    """
    from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined

    return Environment(
        loader=ChoiceLoader([PackageLoader(package), PackageLoader("boostweights.pages")]),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_printable,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _printable(value: object) -> object:
    return printable_lines(value) if type(value) is str else value  # not markup, which is another type


@cache
def vega_bundle() -> Markup:
    """Vega, Vega-Lite and Vega-Embed in one script; no "</script" of theirs can end the page's element."""
    import altair as alt
    import vl_convert
    from markupsafe import Markup

    version = ".".join(alt.SCHEMA_VERSION.removeprefix("v").split(".")[:2])
    script: str = vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;", vl_version=version)
    return Markup(script.replace("</script", "<\\/script"))  # trusted: it comes from the installed package


def digest(script: str) -> str:
    """Return the source expression by which a Content-Security-Policy allows one inline script.

    A page that lists its scripts so runs no other, whatever a name from the data might smuggle in.

    Examples
    --------
    >>> digest("alert('Hello, world.');")  # the example of the standard, CSP Level 3
    "'sha256-qznLcsROx4GACP2dm0UCKCzCG+HiZ1guq6ZZDob/Tng='"
    """
    return f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"


def as_script(templates: Environment, names: Sequence[str]) -> Markup:
    """Return files beside the templates as one script, in a block of their own."""
    from markupsafe import Markup

    assert templates.loader is not None
    sources = (templates.loader.get_source(templates, name)[0] for name in names)
    return Markup("{\n" + "\n".join(sources) + "}\n")  # trusted: they come from this package
