"""An HTML document that needs nothing but itself, made from the base template."""

import base64
import hashlib
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from boostweights.errors import printable_lines


def as_document(
    package: str,
    template: str,
    scripts: Sequence[str],
    *,
    data: Any,
    charts: Mapping[str, Any],
    **context: Any,
) -> str:
    """Return a page that extends ``base.html.j2``.

    All text is escaped, and has no control characters, so that names from data stay text. A
    Content-Security-Policy lists the page's own scripts by their digests: no other script runs, whatever a
    name from the data might smuggle in.

    Parameters
    ----------
    package : str
        Holds the page's templates and scripts in its folder ``templates``.
    template : str
        The name of the page's template.
    scripts : sequence of str
        Names of files in either folder of templates, which follow ``numbers.js`` and ``charts.js``.
    data : any
        What the scripts draw, as plain values.
    charts : mapping of str to dict
        Specifications by name; without any, the charting library is left out.
    **context
        What the template shows; it has the filters ``signed``, ``whole`` and ``short``.
    """
    from markupsafe import Markup

    templates = _templates(package)
    names = ("numbers.js", *(["charts.js"] if charts else []), *scripts)
    sources = [templates.loader.get_source(templates, name)[0] for name in names]
    page = "\n".join(["{", *sources, "}\n"])
    embedded = [*([_vega_bundle()] if charts else []), page]
    document: str = templates.get_template(template).render(
        **context,
        data=data,
        charts=charts,
        scripts=[Markup(script) for script in embedded],  # trusted: they come from installed packages
        allowed=Markup(" ".join(map(digest, embedded))),
    )
    return document


@cache
def _templates(package: str) -> Any:
    """Return the templates of a package, each of which is compiled once."""
    from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined

    templates = Environment(
        loader=ChoiceLoader([PackageLoader(package), PackageLoader("boostweights.pages")]),
        autoescape=True,
        undefined=StrictUndefined,
        # markup is of another type
        finalize=lambda value: printable_lines(value) if type(value) is str else value,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.filters |= {"signed": signed, "whole": whole, "short": short}
    return templates


@cache
def _vega_bundle() -> str:
    """Vega, Vega-Lite and Vega-Embed in one script; no "</script" of theirs can end the page's element."""
    import altair as alt
    import vl_convert

    version = ".".join(alt.SCHEMA_VERSION.removeprefix("v").split(".")[:2])
    script: str = vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;", vl_version=version)
    return script.replace("</script", "<\\/script")


def digest(script: str) -> str:
    """Return the source expression by which a Content-Security-Policy allows one inline script.

    Examples
    --------
    >>> digest("alert('Hello, world.');")  # the example of the standard, CSP Level 3
    "'sha256-qznLcsROx4GACP2dm0UCKCzCG+HiZ1guq6ZZDob/Tng='"
    """
    return f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"


def signed(value: float, digits: int = 3) -> str:
    """Return a number with its sign.

    Examples
    --------
    >>> signed(-0.25)
    '−0.250'
    """
    return f"{value:+.{digits}f}".replace("-", "−")


def whole(count: float | None) -> str:
    """Return a number of rows or people as a whole one, or a dash for an unknown one.

    Examples
    --------
    >>> whole(12345), whole(13.605), whole(0.2), whole(None)
    ('12,345', '14', '<1', '–')
    """
    return "–" if count is None else "<1" if 0 < count < 0.5 else f"{count:,.0f}"


def short(value: float) -> str:
    """Return a number to three digits, as people write it.

    Examples
    --------
    >>> short(0.04762), short(952.09), short(12500.0), short(0.0)
    ('0.0476', '952', '12,500', '0')
    """
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
