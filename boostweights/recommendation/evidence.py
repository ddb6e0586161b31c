"""What a page draws of a choice: every option as counts, the chosen model along thresholds, net benefit."""

import math
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

import numpy as np
from scipy import stats

from boostweights.probabilities.thresholds import COUNTS, benefits, best_threshold, counts_at
from boostweights.recommendation.figures import LEVEL, Figure, metrics_of, overlap
from boostweights.recommendation.options import TRIVIAL, Bools, Floats, Model, Rows
from boostweights.recommendation.recommend import Chosen
from boostweights.recommendation.worth import Worth, threshold_of

_TAIL = (0.0001, 0.0002, 0.0003, 0.0005, 0.0007, 0.001, 0.0015, 0.002, 0.003, 0.004)
THRESHOLDS: tuple[float, ...] = (
    0.0,
    *_TAIL,
    *(round(step / 200, 3) for step in range(1, 200)),
    *(round(1 - tail, 4) for tail in reversed(_TAIL)),
    1.0,
)
"""0 to 1 in steps of .005, and finer where rare classes are decided."""
_RECALLS = (0.8, 0.9, 0.95)
_STEPS = 60


def evidence(chosen: Chosen, rows: Rows, costs: Floats | None = None) -> dict[str, Any]:
    """Return what stands beside a recommendation, as plain values for JSON.

    Parameters
    ----------
    chosen : Chosen
        What `choose` returned.
    rows : Rows
        The rows that it was chosen by.
    costs : ndarray of shape (4,) or (4, m), default=None
        Of a true negative, false positive, false negative and true positive; or those of each row.

    Returns
    -------
    dict
        ``rows``, ``positives`` and ``costs``; ``metric`` and ``lower`` of the need; ``expected``, of 1000
        new rows each count with its interval (None of a need that decides nothing); ``options``, the
        chosen first, then best first, each with its figure, its ``counts`` a thousand tested rows (of a need
        that decides nothing: at .5) and ``beyond``, whether it differs from the chosen by more than noise;
        ``trivial``, the counts of rules without a model; ``models``, the counts of each model along
        ``thresholds``, the one that is recommended first; ``named``, thresholds of that model that have a
        name; ``benefit``, net benefit by threshold. With more than two classes ``rows``, ``metric``,
        ``lower``, ``options`` and ``matrix``: of 1000 new rows the confusion matrix, each count with its
        interval (None of a need that decides nothing).
    """
    if rows.classes > 2:
        return {
            "rows": len(rows.y),
            "metric": chosen.need.metric,
            "lower": chosen.need.lower,
            "matrix": None if chosen.need.rule == "none" else _expected_matrix(chosen.best, rows.classes),
            "options": list(_options(chosen, rows, costs)),
        }
    y, positives = rows.y, float(rows.y.mean())
    options = [chosen.best.option, chosen.simple.option, *(worth.option for worth, _ in chosen.rivals)]
    # the recommended model first; where there is none, that of the simple rule
    models = list({id(option.model): option.model for option in options if option.model}.values())
    errors = [counts_at(y, model.proba, THRESHOLDS)[:, 1:3].T.tolist() for model in models]
    decides = len(chosen.best.whole) >= len(COUNTS)
    one = costs if costs is not None and costs.ndim == 1 else None  # thresholds are those of equal costs
    trivial = {}
    for name, flagged in zip(TRIVIAL, (0.0, 1.0, positives), strict=True):
        sides = (1 - positives, positives)
        parts = [side * part for side in sides for part in (1 - flagged, flagged)]
        trivial[name] = [round(1000 * part, 3) for part in parts]
    return {
        "rows": len(y),
        "positives": int(y.sum()),
        "costs": None if one is None else dict(zip(COUNTS, (one + 0.0).tolist(), strict=True)),
        "metric": chosen.need.metric,
        "lower": chosen.need.lower,
        "expected": {figure.metric: figure.as_plain() for figure in expected_counts(chosen.best)}
        if decides
        else None,
        "options": list(_options(chosen, rows, costs)),
        "trivial": trivial,
        "thresholds": list(THRESHOLDS),
        "models": [
            model.as_plain() | {"fp": fp, "fn": fn} for model, (fp, fn) in zip(models, errors, strict=True)
        ],
        "named": list(_named_thresholds(models[0], chosen.best, y, one)),
        "benefit": _benefit(models, y, one),
    }


def expected_counts(worth: Worth) -> tuple[Figure, ...]:
    """Return what to expect of 1000 new rows: each of `COUNTS` with its interval."""
    return tuple(worth.expected(name, partial(share_of, at), decides=False) for at, name in enumerate(COUNTS))


def _expected_matrix(worth: Worth, classes: int) -> list[list[dict[str, float]]]:
    """Return the confusion matrix to expect of 1000 new rows: a list for each true class."""
    cells = range(classes**2)
    figures = [worth.expected("tp", partial(share_of, at, of=classes**2), decides=False) for at in cells]
    return [[figures[classes * row + at].as_plain() for at in range(classes)] for row in range(classes)]


def share_of(at: int, counts: Floats, of: int = len(COUNTS)) -> Floats:
    """Return one of the first counts, four of two classes, of 1000 rows."""
    return np.asarray(1000 * counts[at] / counts[:of].sum(axis=0))


def _options(chosen: Chosen, rows: Rows, costs: Floats | None) -> Iterator[dict[str, Any]]:
    value_of = metrics_of(chosen.need.metric, costs)[chosen.need.metric]
    reach = float(stats.norm.ppf((1 + LEVEL) / 2)) * overlap(int(rows.fold.max()) + 1)
    best, expected = value_of(chosen.best.drawn), chosen.expected[0]
    roles = {id(chosen.simple): "simple", id(chosen.best): "chosen"}
    for worth, figure in [(chosen.best, expected), *chosen.rivals]:
        noise, model = reach * float(np.nanstd(value_of(worth.drawn) - best, ddof=1)), worth.option.model
        counts = None
        if rows.classes > 2:
            pass  # the page shows the matrix of the chosen alone
        elif len(worth.whole) >= len(COUNTS):
            counts = worth.whole[: len(COUNTS), 0]
        elif model is not None:  # a model without a rule is counted at .5
            [counts] = counts_at(rows.y, model.proba, [0.5])
        yield {
            **(
                {"library": None, "policy": None, "correction": "none"} if model is None else model.as_plain()
            ),
            "name": str(worth.option),
            "rule": worth.option.rule,
            "role": roles.get(id(worth), "other" if model else "trivial"),
            "threshold": None if worth.threshold is None or math.isinf(worth.threshold) else worth.threshold,
            **figure.as_plain(),
            "beyond": bool(worth is not chosen.best and abs(figure.value - expected.value) > noise),
            "counts": None
            if counts is None
            else [round(count, 3) for count in (1000 * counts / counts.sum()).tolist()],
        }


def _named_thresholds(model: Model, best: Worth, y: Bools, costs: Floats | None) -> Iterator[dict[str, Any]]:
    """Thresholds that one may have heard of, with what they decide of the tested rows, per 1000."""
    named = (
        {} if best.threshold is None or best.option.model is not model else {"recommended": best.threshold}
    )
    named |= {"most probable class": 0.5}
    if costs is not None and model.honest:
        named["of the costs"] = threshold_of(costs)
    named |= {"share of positives": float(y.mean()), "best F1": best_threshold(y, model.proba)}
    falling = np.sort(model.proba[y])[::-1]
    for recall in _RECALLS:
        enough = np.arange(1, len(falling) + 1) >= recall * len(falling)
        named[f"recall of at least {recall:g}"] = float(falling[np.argmax(enough)])
    counts = counts_at(y, model.proba, list(named.values()))
    for (name, threshold), decided in zip(named.items(), counts, strict=True):
        yield {"name": name, "threshold": threshold, "counts": (1000 * decided / len(y)).round(3).tolist()}


def _benefit(models: Sequence[Model], y: Bools, costs: Floats | None) -> dict[str, Any]:
    """Net benefit of the recommended model, and of its library's models as trained; of flagging everybody."""
    share, first = float(y.mean()), models[0]
    marked = None if costs is None else threshold_of(costs)
    at = np.linspace(0, min(0.99, max(3 * share, 1.5 * (marked or 0))), _STEPS)
    lines = []
    for model in models:
        if model is first or (model.library == first.library and model.correction == "none"):
            values = benefits(y, model.proba, np.ones(len(y)), at).round(6).tolist()
            lines.append(model.as_plain() | {"values": values})
    return {
        "thresholds": at.round(5).tolist(),
        "marked": marked,
        "everybody": (share - (1 - share) * at / (1 - at)).round(6).tolist(),
        "models": lines,
    }
