"""A weight path as a page to move the weight in: one file, nothing loaded, no row of the data in it.

The page holds counts along thresholds for each weight, not the rows that they count.
"""

from operator import itemgetter
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np

from boostweights.errors import InvalidValueError
from boostweights.files import write_atomically
from boostweights.lazy import needs
from boostweights.pages.document import as_document, short
from boostweights.path.result import LOSSES, WeightPath
from boostweights.plots.base import check_path, weight_text
from boostweights.probabilities.thresholds import COUNTS, counts_at
from boostweights.recommendation.evidence import THRESHOLDS
from boostweights.recommendation.figures import TEXTS
from boostweights.recommendation.needs import IN_WORDS
from boostweights.recommendation.options import Bools, Floats
from boostweights.recommendation.recommendation import Recommendation
from boostweights.tables.results import as_rows
from boostweights.weighting.policies.by_class import Explicit

_KINDS = {"none": "as trained", "analytic": "corrected", "fitted": "fitted"}
"""What was done to probabilities: nothing, the weights undone, a slope and an offset learned out of fold."""
_BINS = 10


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
    >>> from boostweights.plots.page import weight_path_page
    >>> from sklearn.datasets import make_classification
    >>> from sklearn.ensemble import HistGradientBoostingClassifier
    >>> X, y = make_classification(500, weights=[0.9], random_state=0)
    >>> model = HistGradientBoostingClassifier(max_iter=5)
    >>> page = weight_path_page(weight_path(model, X, y, ratios=[1, 3, 9], cv=2, costs=Costs(fn=20, fp=1)))
    >>> page.splitlines()[0]
    '<!doctype html>'
    """
    check_path(path)
    needs(["jinja2", "altair", "vl_convert"], "weight_path_page", "plots")
    from boostweights.plots.page_charts import TITLES, specifications

    try:
        best: Recommendation | None = path.best()
        reason = ""
    except InvalidValueError as broken:
        best, reason = None, str(broken)
    data = payload(path, best)
    curves = [curve for weight in data["weights"] for curve in weight["reliability"].values()]
    largest = max(share for curve in curves for point in curve for share in point.values())
    return as_document(
        "boostweights.plots",
        "weight_path.html.j2",
        ("copy.js", "desk.js", "weight_path.js"),
        data=data,
        charts=specifications([weight["ratio"] for weight in data["weights"]], largest),
        path=path,
        titles=TITLES,
        best=best,
        reason=reason,
        title=best and in_words(best),
        need=best and IN_WORDS[best.need],
        expected=best and best.as_plain()["expected"],
        texts=TEXTS,
        kinds=list(_KINDS.values()),
        table=as_rows({**path.by_ratio(), "weight": [weight_text(ratio) for ratio in path.ratios]}),
    )


def in_words(best: Recommendation) -> str:
    """Return what a path recommends in plain words; where no weight wins, that comes first."""
    if best.library is None:
        return best.name.capitalize()
    trained = "No weight: the unweighted model"
    if isinstance(best.policy, Explicit):
        trained = f"Weight {weight_text(best.policy.weights[best.pos_label])} : 1"
    if best.correction != "none":
        trained += f", {_KINDS[best.correction]} probabilities"
    if isinstance(best.threshold, float):
        return f"{trained}, positive from {short(best.threshold)} on"
    return f"{trained}, the threshold of the promise" if best.threshold else trained


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


def payload(path: WeightPath, best: Recommendation | None = None) -> dict[str, Any]:
    """Return the page's data: plain numbers and names, for JSON; it opens at what is recommended."""
    stops = list(zip(path.ratios, path.proba, path.corrected, path.fitted, strict=True))
    if 1.0 not in path.ratios:
        stops.append((1.0, path.baseline, path.baseline, path.baseline_fitted))
    stops = sorted(stops, key=itemgetter(0))
    groups = [] if path.groups is None else sorted(set(path.groups.tolist()))
    inside = [path.groups == group for group in groups]
    costs = path._costs
    if costs is None:  # those that balanced weights correspond to
        costs = np.array([0, 1, float(f"{path.imbalance_ratio:.2g}"), 0])
    return {
        "positive": str(path.pos_label),
        "negative": str(next(label for label in path.classes if label != path.pos_label)),
        "positives": int(path.y.sum()),
        "negatives": int((~path.y).sum()),
        "thresholds": list(THRESHOLDS),
        "costs": dict(zip(COUNTS, (costs + 0.0).tolist(), strict=True)),
        "start": _start(path, [ratio for ratio, *_ in stops], best),
        "groups": [
            {"name": str(name), "positives": int(path.y[rows].sum()), "negatives": int((~path.y[rows]).sum())}
            for name, rows in zip(groups, inside, strict=True)
        ],
        "weights": [_weight(path.y, ratio, proba, inside) for ratio, *proba in stops],
    }


def _start(path: WeightPath, ratios: list[float], best: Recommendation | None) -> dict[str, Any]:
    """Where the page opens: at what is recommended; without a model, at balanced weights and .5."""
    weight, correction, threshold = path.imbalance_ratio, "none", 0.5
    if best is not None and best.library is not None:
        weight = best.policy.weights[best.pos_label] if isinstance(best.policy, Explicit) else 1.0
        correction = best.correction
        threshold = best.threshold if isinstance(best.threshold, float) else 0.5
    place = int(np.argmin(np.abs(np.log(np.array(ratios) / weight))))
    step = int(np.argmin(np.abs(np.array(THRESHOLDS) - threshold)))
    return {"weight": place, "kind": _KINDS[correction], "threshold": step}


def _weight(y: Bools, ratio: float, probas: list[Floats], groups: list[Bools]) -> dict[str, Any]:
    from sklearn.calibration import calibration_curve
    from sklearn.metrics import log_loss

    kinds = dict(zip(_KINDS.values(), probas, strict=True))
    curves = {
        kind: calibration_curve(y, proba, n_bins=_BINS, strategy="quantile") for kind, proba in kinds.items()
    }
    return {
        "ratio": ratio,
        "text": weight_text(ratio),
        "kinds": {
            kind: _errors(y, proba) | {"groups": [_errors(y[rows], proba[rows]) for rows in groups]}
            for kind, proba in kinds.items()
        },
        **{name: round(float(log_loss(y, proba)), 6) for name, proba in zip(LOSSES, probas, strict=True)},
        "reliability": {
            kind: as_rows(dict(zip(("observed", "predicted"), np.round(curve, 5).tolist(), strict=True)))
            for kind, curve in curves.items()
        },
    }


def _errors(y: Bools, proba: Floats) -> dict[str, Any]:
    """False positives and negatives at each threshold; the other counts follow from the class sizes."""
    _, fp, fn, _ = counts_at(y, proba, THRESHOLDS).T.tolist()
    return {"fp": fp, "fn": fn}
