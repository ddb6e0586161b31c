"""The metrics: what is measured, which way is better, what difference is none, and how it is printed."""

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

from boostweights.errors import InvalidValueError, shown

Of = Literal["decision", "score", "pooled", "fit"]

_NET_BENEFIT = re.compile(r"net_benefit_(0?\.\d+)")

ROPE = 0.01
"""Half-width of the region of practical equivalence, where a metric has none of its own."""

ALARM_RATES = (0.01, 0.02, 0.05, 0.1)
"""Shares of rows that may be flagged, at which recall is looked at."""


@dataclass(frozen=True, slots=True)
class Metric:
    """One figure of a model on its test rows.

    Attributes
    ----------
    name : str
        How tables, suites and claims call it.
    of : {"decision", "score", "pooled", "fit"}
        What it is a figure of: decisions, probabilities, those of all folds together, or the training.
    text, heading : str
        How reports write it, by default its name, and how the narrow table heads it; empty for not there.
    lower : bool
        Whether less is better.
    rope : float
        Half-width of the region of practical equivalence; a suite may say another one.
    toned : bool
        Whether a difference is good or bad.
    value : callable or None
        ``value(y, predicted)`` of decisions, ``value(y, proba)`` of probabilities of shape (n, k), a float;
        labels are 0 to k-1, of two the positive one last. None of the metrics that come along: they share
        one confusion matrix.

    Examples
    --------
    >>> found = Metric(name="misses", of="decision", value=lambda y, decided: sum(y > decided), lower=True)
    >>> found.text, found.rope
    ('misses', 0.01)
    """

    name: str
    of: Of
    text: str = ""
    heading: str = ""
    lower: bool = False
    rope: float = ROPE
    toned: bool = True
    value: Callable[[Any, Any], float] | None = None

    def __post_init__(self) -> None:
        if not 0 < self.rope < float("inf"):
            rule = f"rope of metric {self.name} must be positive and finite"
            raise InvalidValueError(rule, shown(self.rope), f"Write rope={ROPE}.")
        object.__setattr__(self, "text", self.text or self.name)

    def facts(self) -> dict[str, Any]:
        """Return all but the function as plain values, for reports, which import nobody's code."""
        return {name: getattr(self, name) for name in type(self).__slots__ if name != "value"}


# Regions fixed before the first run. fit_cpu: slower is dearer, not wrong.
_TABLE = (
    Metric("recall", "decision", "recall", "recall", rope=0.02),
    Metric("precision", "decision", "precision", "precision", rope=0.02),
    Metric("f1", "decision", "F1", "F1"),
    Metric("accuracy", "decision", "accuracy", "accuracy"),
    Metric("balanced_accuracy", "decision", "balanced accuracy"),
    Metric("mcc", "decision", "MCC"),
    Metric("g_mean", "decision", "G-mean"),
    Metric("cost", "decision", "cost a row", lower=True),
    Metric("average_precision", "score", "average precision", "AP"),
    Metric("roc_auc", "score", "ROC-AUC", "ROC-AUC", rope=0.005),
    Metric("log_loss", "score", "log loss", "log loss", lower=True),
    Metric("brier", "score", "Brier score", lower=True, rope=0.005),
    Metric("log_loss_skill", "score", "log loss, skill", rope=0.02),
    Metric("brier_skill", "score", "Brier score, skill", rope=0.02),
    Metric("alarms_at_recall_0.8", "score", "alarms per 1000 at recall .8", lower=True, rope=5.0),
    Metric("recall_at_precision_0.5", "score", "recall at precision .5", rope=0.02),
    *(
        Metric(
            f"recall_at_alarm_rate_{rate:g}", "score", f"recall at {1000 * rate:g} alarms per 1000", rope=0.02
        )
        for rate in ALARM_RATES
    ),
    *(
        Metric(f"net_benefit_0{at}", "score", f"net benefit at {at}", rope=0.001)
        for at in (".05", ".1", ".2")
    ),
    Metric("cost_5", "decision", "cost a row, 5 to 1", lower=True),
    Metric("cost_10", "decision", "cost a row, 10 to 1", lower=True),
    Metric("cost_50", "decision", "cost a row, 50 to 1", lower=True, rope=0.05),
    Metric("calibration_slope", "pooled", "calibration slope", rope=0.1, toned=False),
    Metric("calibration_intercept", "pooled", "calibration intercept", rope=0.1, toned=False),
    Metric("fit_cpu", "fit", "fit seconds", "fit s", lower=True, toned=False),
)
METRICS: Mapping[str, Metric] = {metric.name: metric for metric in _TABLE}
"""By name, in the order of tables and menus. Another one is an entry here and its value in `run.figures`."""

ALARMS = Metric("alarms", "decision", lower=True)
"""The share of rows that are flagged: a metric of the runs that compare by a promise."""

COUNTS = ("tn", "fp", "fn", "tp")
"""What decisions between two classes are counted as, beside the metrics."""


def named_metric(name: str) -> Metric:
    """Return a metric that is measured where a suite names it: ``metrics = ["net_benefit_0.05"]``, or raise.

    ``net_benefit_T`` is net benefit at the threshold T, of two classes; NaN among more.

    Examples
    --------
    >>> metric = named_metric("net_benefit_0.5")
    >>> metric.value([0, 1, 1], [[0.9, 0.1], [0.2, 0.8], [0.7, 0.3]])
    0.3333333333333333
    """
    known = _NET_BENEFIT.fullmatch(name)
    if known is None or not 0 < (threshold := float(known[1])) < 1:
        raise InvalidValueError(
            "a metric that a suite names must be net_benefit_T, T between 0 and 1, or one's own",
            shown(name),
            'Write "net_benefit_0.05", or "module:name"; the others are always measured.',
        )
    text = f"net benefit at {threshold:g}"
    return Metric(name, "score", text, rope=0.001, value=partial(_net_benefit, threshold))


def _net_benefit(threshold: float, y: Any, proba: Any) -> float:
    import numpy as np

    from boostweights.probabilities.thresholds import net_benefit

    of_classes = np.asarray(proba)
    return float(net_benefit(y, of_classes[:, 1], threshold)) if of_classes.shape[1] == 2 else math.nan


def metrics_of(suite: Mapping[str, Any]) -> Mapping[str, Metric]:
    """Return the metrics of a run, by the facts of its suite: those above and those that it names.

    Examples
    --------
    >>> "recall" in metrics_of({}), metrics_of({"metrics": [{"name": "gain", "of": "score"}]})["gain"].lower
    (True, False)
    """
    more = {ALARMS.name: ALARMS} if "promised" in suite else {}
    return {**METRICS} | more | {facts["name"]: Metric(**facts) for facts in suite.get("metrics", ())}
