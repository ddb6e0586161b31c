"""What a page draws of a choice: every option as counts, the chosen model along thresholds, net benefit."""

import math
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any, Final

import numpy as np
from scipy import stats

from boostweights.probabilities.benefit import benefit_of, counted
from boostweights.recommendation.figures import LEVEL, Figure, metrics_of, overlap
from boostweights.recommendation.options import TRIVIAL, Bools, Floats, Model, Option, Rows
from boostweights.recommendation.recommend import Chosen
from boostweights.recommendation.worth import Worth, threshold_of

COUNTS: Final = ("tn", "fp", "fn", "tp")
_TAIL: Final = (0.0001, 0.0002, 0.0003, 0.0005, 0.0007, 0.001, 0.0015, 0.002, 0.003, 0.004)
THRESHOLDS: Final[tuple[float, ...]] = (
    0.0,
    *_TAIL,
    *(round(step / 200, 3) for step in range(1, 200)),
    *(round(1 - tail, 4) for tail in reversed(_TAIL)),
    1.0,
)
"""0 to 1 in steps of .005, and finer where rare classes are decided."""
_RECALLS: Final = (0.8, 0.9, 0.95)
_STEPS: Final = 60


def evidence(chosen: Chosen, rows: Rows, costs: Floats | None = None) -> dict[str, Any]:
    """Return what stands beside a recommendation, as plain values for JSON.

    Parameters
    ----------
    chosen : Chosen
        What `choose` returned.
    rows : Rows
        The rows that it was chosen by.
    costs : ndarray of shape (4,), default=None
        Of a true negative, false positive, false negative and true positive.

    Returns
    -------
    dict
        ``rows``, ``positives`` and ``costs``; ``metric`` and ``lower`` of the need; ``expected``, of 1000
        new rows each count with its interval (None of a need that decides nothing); ``options``, the
        chosen first, then best first, each with its figure, its ``counts`` a thousand tested rows (of a need
        that decides nothing: at .5) and ``beyond``, whether it differs from the chosen by more than noise;
        ``trivial``, the counts of rules without a model; ``models``, the counts of each model along
        ``thresholds``, the one that is recommended first; ``named``, thresholds of that model that have a
        name; ``benefit``, net benefit by threshold.
    """
    models = _models(chosen)
    return {
        "rows": len(rows.y),
        "positives": int(rows.y.sum()),
        "costs": None if costs is None else dict(zip(COUNTS, (costs + 0.0).tolist(), strict=True)),
        "metric": chosen.need.metric,
        "lower": chosen.need.lower,
        "expected": {
            figure.metric: {"value": figure.value, "low": figure.low, "high": figure.high}
            for figure in expected_counts(chosen.best)
        }
        if len(chosen.best.whole) == len(COUNTS)
        else None,
        "options": list(_options(chosen, rows, costs)),
        "trivial": _trivial(float(rows.y.mean())),
        "thresholds": list(THRESHOLDS),
        "models": [_named(model) | _errors(rows.y, model.proba) for model in models],
        "named": list(_named_thresholds(models[0], chosen.best, rows.y, costs)) if models else [],
        "benefit": _benefit(models, rows.y, costs),
    }


def _models(chosen: Chosen) -> list[Model]:
    """Every model, the recommended one first; where none is, that of the simple rule."""
    options = [chosen.best.option, chosen.simple.option, *(worth.option for worth, _ in chosen.rivals)]
    return list({id(option.model): option.model for option in options if option.model}.values())


def _named(model: Model) -> dict[str, Any]:
    policy = repr(model.policy) if model.weighted else None
    return {"library": model.library, "policy": policy, "correction": model.correction}


def expected_counts(worth: Worth) -> tuple[Figure, ...]:
    """Return what to expect of 1000 new rows: each of `COUNTS` with its interval."""
    return tuple(worth.expected(name, partial(share_of, at), decides=False) for at, name in enumerate(COUNTS))


def share_of(at: int, counts: Floats) -> Floats:
    """Return one of the four counts, of 1000 rows."""
    return np.asarray(_shares(counts)[at])


def _shares(counts: Floats) -> Floats:
    return np.asarray(1000 * counts / counts.sum(axis=0))


def _options(chosen: Chosen, rows: Rows, costs: Floats | None) -> Iterator[dict[str, Any]]:
    value = next(iter(metrics_of(chosen.need.metric, costs).values()))
    reach = float(stats.norm.ppf((1 + LEVEL) / 2)) * overlap(int(rows.fold.max()) + 1)
    best = value(chosen.best.drawn)
    own = chosen.expected[0]
    for worth, found in [(chosen.best, own), *chosen.rivals]:
        noise = reach * float(np.nanstd(value(worth.drawn) - best, ddof=1))
        yield {
            "name": str(worth.option),
            **({"library": None, "policy": None, "correction": "none"} | _of_model(worth.option)),
            "rule": worth.option.rule,
            "role": _role(worth, chosen),
            "threshold": None if worth.threshold is None or math.isinf(worth.threshold) else worth.threshold,
            "value": found.value,
            "low": found.low,
            "high": found.high,
            "beyond": bool(worth is not chosen.best and abs(found.value - own.value) > noise),
            "counts": _counts(worth, rows.y),
        }


def _of_model(option: Option) -> dict[str, Any]:
    return {} if option.model is None else _named(option.model)


def _role(worth: Worth, chosen: Chosen) -> str:
    if worth is chosen.best:
        return "chosen"
    if worth is chosen.simple:
        return "simple"
    return "other" if worth.option.model else "trivial"


def _counts(worth: Worth, y: Bools) -> list[float] | None:
    """Of 1000 tested rows; None of what gives everyone the same probability and decides nothing."""
    if len(worth.whole) == len(COUNTS):
        return [round(float(each[0]), 3) for each in _shares(worth.whole)]
    model = worth.option.model
    if model is None:
        return None
    return [round(float(each), 3) for each in _shares(_counts_at(y, model.proba, np.array([0.5]))[0])]


def _counts_at(y: Bools, proba: Floats, thresholds: Floats) -> Floats:
    """tn, fp, fn, tp at each of t thresholds, shape (t, 4)."""
    tp, fp = (counted(y, proba, np.ones(len(y)), thresholds) * len(y)).round().T
    positives = float(y.sum())
    return np.stack([len(y) - positives - fp, fp, positives - tp, tp], axis=1)


def _errors(y: Bools, proba: Floats) -> dict[str, list[int]]:
    """False positives and negatives at each threshold; the other counts follow from the class sizes."""
    counts = _counts_at(y, proba, np.array(THRESHOLDS)).astype(int)
    return {"fp": counts[:, 1].tolist(), "fn": counts[:, 2].tolist()}


def _trivial(share: float) -> dict[str, list[float]]:
    flagged = dict(zip(TRIVIAL, (0.0, 1.0, share), strict=True))
    return {
        name: [
            round(1000 * each, 3)
            for each in ((1 - share) * (1 - rate), (1 - share) * rate, share * (1 - rate), share * rate)
        ]
        for name, rate in flagged.items()
    }


def _named_thresholds(model: Model, best: Worth, y: Bools, costs: Floats | None) -> Iterator[dict[str, Any]]:
    """Thresholds that one may have heard of, with what they decide of the tested rows, per 1000."""
    scores = np.unique(model.proba)[::-1]  # of equally good thresholds the highest, as when it is tuned
    counts = _counts_at(y, model.proba, scores)
    _, fp, fn, tp = counts.T
    f1 = 2 * tp / (2 * tp + fp + fn)
    wanted = (
        {} if best.threshold is None or best.option.model is not model else {"recommended": best.threshold}
    )
    wanted |= {"most probable class": 0.5}
    if costs is not None and model.honest:
        wanted["of the costs"] = threshold_of(costs)
    wanted |= {"share of positives": float(y.mean()), "best F1": float(scores[np.argmax(f1)])}
    for recall in _RECALLS:
        kept = np.flatnonzero(tp >= recall * y.sum())
        wanted[f"recall of at least {recall:g}"] = float(scores[kept[0]])
    for name, threshold in wanted.items():
        [found] = _counts_at(y, model.proba, np.array([threshold]))
        yield {"name": name, "threshold": threshold, "counts": _shares(found).round(3).tolist()}


def _benefit(models: Sequence[Model], y: Bools, costs: Floats | None) -> dict[str, Any]:
    """Net benefit of the recommended model, and of its library's models as trained; of flagging everybody."""
    share = float(y.mean())
    marked = None if costs is None else threshold_of(costs)
    at = np.linspace(0, min(0.99, max(3 * share, 1.5 * (marked or 0))), _STEPS)
    lines = [
        model
        for model in models
        if model is models[0] or (model.library == models[0].library and model.correction == "none")
    ]
    return {
        "thresholds": at.round(5).tolist(),
        "marked": marked,
        "everybody": benefit_of(np.array([[share, 1 - share]]), at).round(6).tolist(),
        "models": [
            _named(model)
            | {"values": benefit_of(counted(y, model.proba, np.ones(len(y)), at), at).round(6).tolist()}
            for model in lines
        ],
    }
