"""What the page holds: counts along thresholds for each weight, not the rows that they count."""

from __future__ import annotations

from operator import itemgetter
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from boostweights.path.columns import by_ratio
from boostweights.path.result import WeightPath
from boostweights.path.scores import costs_of_counts
from boostweights.plots.axes import weight_text
from boostweights.probabilities.thresholds import counts_at
from boostweights.recommendation.evidence import THRESHOLDS

Floats = npt.NDArray[np.float64]
_Groups = list[tuple[str, npt.NDArray[np.bool_]]]

KINDS: Final = ("as trained", "corrected", "fitted")
"""What was done to probabilities: nothing, the weights undone, a slope and an offset learned out of fold."""
_BINS: Final = 10


def payload(path: WeightPath) -> dict[str, Any]:
    """Return the page's data: plain numbers and names, for JSON."""
    stops = _stops(path)
    groups = _groups(path)
    other = next(label for label in path.classes if label != path.positive)
    return {
        "positive": str(path.positive),
        "negative": str(other),
        "positives": int(path.y.sum()),
        "negatives": int((~path.y).sum()),
        "thresholds": list(THRESHOLDS),
        "costs": _costs(path),
        "start": int(np.argmin([abs(np.log(ratio / path.imbalance_ratio)) for ratio, *_ in stops])),
        "groups": [
            {"name": name, "positives": int(path.y[inside].sum()), "negatives": int((~path.y[inside]).sum())}
            for name, inside in groups
        ],
        "weights": [_weight(path, *stop, groups) for stop in stops],
    }


def largest(data: dict[str, Any]) -> float:
    """Return the largest coordinate of all reliability curves."""
    curves = [curve for weight in data["weights"] for curve in weight["reliability"].values()]
    return max(float(value) for curve in curves for place in curve for value in place.values())


def rows_at_half(path: WeightPath) -> list[dict[str, Any]]:
    """Return the table of `WeightPath.to_frame`, row by row, with each weight's text."""
    columns = by_ratio(path)
    return [
        {name: values[at] for name, values in columns.items()} | {"weight": weight_text(ratio)}
        for at, ratio in enumerate(path.ratios)
    ]


def _stops(path: WeightPath) -> list[tuple[float, Floats, Floats, Floats]]:
    """The weights of the path, the unweighted model among them: ratio, probabilities, corrected, fitted."""
    stops = list(zip(path.ratios, path.proba, path.corrected, path.fitted, strict=True))
    if 1.0 not in path.ratios:
        stops.append((1.0, path.baseline, path.baseline, path.baseline_fitted))
    return sorted(stops, key=itemgetter(0))


def _weight(
    path: WeightPath, ratio: float, proba: Floats, corrected: Floats, fitted: Floats, groups: _Groups
) -> dict[str, Any]:
    from sklearn.metrics import log_loss

    kinds = dict(zip(KINDS, (proba, corrected, fitted), strict=True))
    losses = dict(zip(("log_loss", "log_loss_corrected", "log_loss_fitted"), kinds.values(), strict=True))
    return {
        "ratio": ratio,
        "text": weight_text(ratio),
        "kinds": {
            kind: _errors(path.y, each)
            | {"groups": [_errors(path.y[inside], each[inside]) for _, inside in groups]}
            for kind, each in kinds.items()
        },
        **{name: round(float(log_loss(path.y, each)), 6) for name, each in losses.items()},
        "reliability": {kind: _reliability(path.y, each) for kind, each in kinds.items()},
    }


def _errors(y: npt.NDArray[np.bool_], proba: Floats) -> dict[str, Any]:
    """False positives and negatives at each threshold; the other counts follow from the class sizes."""
    counts = counts_at(y, proba, THRESHOLDS)
    return {"fp": counts[:, 1].tolist(), "fn": counts[:, 2].tolist()}


def _reliability(y: npt.NDArray[np.bool_], proba: Floats) -> list[dict[str, float]]:
    """Mean predicted probability and share of positives in bins of equal numbers of rows."""
    from sklearn.calibration import calibration_curve

    observed, predicted = calibration_curve(y, proba, n_bins=_BINS, strategy="quantile")
    return [
        {"predicted": round(float(mean), 5), "observed": round(float(share), 5)}
        for mean, share in zip(predicted, observed, strict=True)
    ]


def _costs(path: WeightPath) -> dict[str, float]:
    """Costs of the four counts; without any, those that balanced weights stand for."""
    if path.costs is None:
        return {"tn": 0.0, "fp": 1.0, "fn": float(f"{path.imbalance_ratio:.2g}"), "tp": 0.0}
    costs = costs_of_counts(path.costs, path.classes, path.positive)
    return dict(zip(("tn", "fp", "fn", "tp"), (costs + 0.0).tolist(), strict=True))


def _groups(path: WeightPath) -> _Groups:
    """Each group's name and which rows are its."""
    if path.groups is None:
        return []
    return [(str(name), path.groups == name) for name in sorted(set(path.groups.tolist()))]
