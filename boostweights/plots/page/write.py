"""A weight path as a page to move the weight in: one file, nothing loaded, no row of the data in it."""

from __future__ import annotations

from os import PathLike
from pathlib import Path

from boostweights.errors import InvalidValueError
from boostweights.files import write_atomically
from boostweights.lazy import needs
from boostweights.pages.document import as_script, digest, environment, vega_bundle
from boostweights.path.result import WeightPath
from boostweights.plots.axes import weight_text
from boostweights.plots.base import checked_path
from boostweights.plots.page.data import KINDS, largest, payload, rows_at_half
from boostweights.recommendation.needs import IN_WORDS
from boostweights.recommendation.recommendation import Recommendation
from boostweights.weighting.policies.by_class import Explicit


def weight_path_page(path: WeightPath) -> str:
    """Return a weight path as an interactive HTML page.

    First it says what to use, with code to copy. A slider moves the weight, another the threshold of the
    probabilities as trained, corrected or fitted, two fields hold the costs of errors; the confusion matrix,
    the operating point on the precision-recall curve, the reliability curve, the expected cost per 1000 rows
    and, where the path has groups, each group's error rates move with them. The page is one file of about
    1 MB that loads nothing, so that it can be mailed and kept. It holds counts at thresholds from 0 to 1 for
    each weight and group, but no row of the data.

    Parameters
    ----------
    path : WeightPath
        What `weight_path` returned.

    Returns
    -------
    str
        The page. Names from the data are text in it, never markup, and its Content-Security-Policy runs no
        script but its own.

    Raises
    ------
    MissingLibraryError
        If altair, vl-convert or jinja2 is missing.

    See Also
    --------
    write_weight_path_page : The same to a file.

    Examples
    --------
    >>> from boostweights import Costs, weight_path
    >>> from boostweights.plots.page.write import weight_path_page
    >>> from sklearn.datasets import make_classification
    >>> from sklearn.ensemble import HistGradientBoostingClassifier
    >>> X, y = make_classification(500, weights=[0.9], random_state=0)
    >>> model = HistGradientBoostingClassifier(max_iter=5)
    >>> page = weight_path_page(weight_path(model, X, y, ratios=[1, 3, 9], cv=2, costs=Costs(fn=20, fp=1)))
    >>> page.splitlines()[0]
    '<!doctype html>'
    """
    checked_path(path)
    needs(["jinja2", "altair", "vl_convert"], "weight_path_page", "plots")
    from markupsafe import Markup

    from boostweights.plots.page import charts

    templates = environment("boostweights.plots.page")
    script = as_script(templates, ("numbers.js", "copy.js", "desk.js", "weight_path.js"))
    vega = vega_bundle()
    data = payload(path)
    best = _best(path)
    return templates.get_template("weight_path.html.j2").render(
        path=path,
        data=data,
        specifications=charts.specifications([weight["ratio"] for weight in data["weights"]], largest(data)),
        titles=charts.TITLES,
        best=best,
        title="" if isinstance(best, str) else in_words(best),
        need="" if isinstance(best, str) else IN_WORDS[best.need],
        kinds=KINDS,
        table=rows_at_half(path),
        scripts={"vega": vega, "page": script},
        allowed=Markup(f"{digest(vega)} {digest(script)}"),  # base64 in quotes: ours, not from the data
    )


def _best(path: WeightPath) -> Recommendation | str:
    """What the path recommends, or why it cannot."""
    try:
        return path.best()
    except InvalidValueError as broken:
        return str(broken)


def in_words(best: Recommendation) -> str:
    """Return what a path recommends in plain words; where no weight wins, that is said first."""
    if best.library is None:
        return best.name.capitalize()
    parts = ["No weight: the unweighted model"]
    if isinstance(best.policy, Explicit):
        parts = [f"Weight {weight_text(best.policy.weights[best.positive])} : 1"]
    if best.correction != "none":
        parts.append({"analytic": "corrected", "fitted": "fitted"}[best.correction] + " probabilities")
    if isinstance(best.threshold, float):
        parts.append(f"positive from {best.threshold:.3g} on")
    elif best.threshold is not None:
        parts.append("the threshold of the promise")
    return ", ".join(parts)


def write_weight_path_page(path: WeightPath, file: str | PathLike[str]) -> Path:
    """Write the page of `weight_path_page` to a file, which is replaced if it exists.

    Parameters
    ----------
    path : WeightPath
        What `weight_path` returned.
    file : str or path
        Where to, usually ending in ``.html``; directories are made.

    Returns
    -------
    Path
        The file.
    """
    place = Path(file)
    write_atomically(place, weight_path_page(path).encode())
    return place
