"""What is best for a need, by regime and library: each way to train and to decide, sorted, with intervals."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import NamedTuple

import numpy as np
import pandas as pd

from boostweights.benchmark.report.figures import BASELINE, VIEWS
from boostweights.benchmark.report.summary import ALL
from boostweights.benchmark.report.tables import Tables
from boostweights.benchmark.stats import Effects, mean_interval

_ORDER = ("none/raw",)  # a map of probabilities keeps their order
_WAY = ["arm", "view"]
_SKILL = "log_loss_skill"
"""Below 0 where probabilities are worse than the class shares of the training fold."""


class Goal(NamedTuple):
    """What one may need of a model.

    Attributes
    ----------
    metric : str
        The figure that decides.
    views : tuple of str
        Decision rules and probabilities that compete; the first one is that of doing nothing.
    """

    metric: str
    views: tuple[str, ...]


GOALS = {
    "decisions": Goal("f1", ("0.5/raw", "tuned/raw", "equivalent/corrected", "equivalent/fitted")),
    "costs": Goal("cost", ("0.5/raw", "cost/raw", "cost/corrected", "cost/fitted", "tuned/raw")),
    "probabilities": Goal("log_loss", ("none/raw", "none/corrected", "none/fitted", "none/beta")),
    "ranking": Goal("average_precision", _ORDER),
    "alarms at recall >= 0.8": Goal("alarms_at_recall_0.8", _ORDER),
    "recall at precision >= 0.5": Goal("recall_at_precision_0.5", _ORDER),
    "recall at alarm rate <= 0.02": Goal("recall_at_alarm_rate_0.02", _ORDER),
}
"""By need, as `advise` takes it."""


class Way(NamedTuple):
    """A way to train and to decide, in the mean over families of data sets: a list in JSON.

    Attributes
    ----------
    arm, decided : str
        How it is trained, and what decides, in words.
    value, low, high : float
        The figure, with its .95 t interval over families.
    difference, difference_low, difference_high : float or None
        From doing nothing, paired by family; None of doing nothing itself.
    families, datasets : int
        How many it was measured on.
    standing : {0, 1, 2, 3}
        Whether it competes (1), because it ran on all data sets, folds and libraries; is not told apart from
        the best by the .95 interval of their difference (2); or is the best (3).
    mark : str
        For probabilities: on how many data sets and libraries they are worse than the class shares, in words.
    """

    arm: str
    decided: str
    value: float
    low: float
    high: float
    difference: float | None
    difference_low: float | None
    difference_high: float | None
    families: int
    datasets: int
    standing: int
    mark: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """The ways for one need, in one regime and library (or all together), the best first.

    Lines of differences reach to either side as far as `reach`: longer ones are cut, so that others show.
    """

    goal: str
    regime: str
    library: str
    metric: str
    reach: float
    ways: tuple[Way, ...]


def boards(tables: Tables) -> list[Board]:
    """Return a board a need, regime and library that has at least two families; the default one first.

    Data sets of two classes count, where there are any. Libraries are averaged first, then the data sets of
    a family.
    """
    frame, made = _measured(tables), []
    for (name, goal), regime in product(GOALS.items(), tables.regimes):
        chosen = frame[frame["view"].isin(goal.views) & (frame["regime"] == regime)]
        skill = chosen[(chosen["metric"] == _SKILL) & (goal.metric == "log_loss")]
        chosen = chosen[(chosen["metric"] == goal.metric) & chosen["whole"]]
        wide = chosen.pivot_table(index=["family", "dataset", "library"], columns=_WAY, values="mean")
        nothing = (BASELINE, goal.views[0])
        if nothing not in wide.columns:
            continue
        wide = wide[wide[nothing].notna()]  # libraries of learners of their own have nothing to compare with
        libraries = list(dict.fromkeys(wide.index.get_level_values("library")))
        for library in ([ALL] if len(libraries) > 1 else []) + libraries:
            of_library = wide.index.get_level_values("library") == library
            ways = _ways(
                wide if library == ALL else wide[of_library],
                nothing,
                wide.notna().all(),
                skill if library == ALL else skill[skill["library"] == library],
                lower=tables.known_metrics[goal.metric].lower,
            )
            if not ways:
                continue
            ends = [
                max(-way.difference_low, way.difference_high)
                for way in ways
                if way.difference_low is not None and way.difference_high is not None
            ]
            reach = 1.2 * np.quantile(ends, 0.75, method="lower") if ends else 1.0
            made.append(
                Board(
                    goal=name,
                    regime=regime,
                    library=library,
                    metric=goal.metric,
                    reach=float(f"{reach:.5g}") or 1.0,
                    ways=ways,
                )
            )
    return made


def _measured(tables: Tables) -> pd.DataFrame:
    """A row a data set, regime, library, way and metric: the mean over folds, and whether it has them all."""
    wanted = {_SKILL, *(goal.metric for goal in GOALS.values())}
    frame = tables.metrics[tables.metrics["metric"].isin(wanted)].dropna(subset="value")
    frame = frame.assign(view=frame["rule"] + "/" + frame["proba"])
    tasks = tables.datasets.reindex(columns=["dataset", "task"]).set_index("dataset")["task"]
    binary = set(tasks[tasks == "binary"].index)
    if binary:
        frame = frame[frame["dataset"].isin(binary)]
    keys = ["metric", "regime", "library", *_WAY, "family", "dataset"]
    means = frame.groupby(keys, sort=False)["value"].agg(["mean", "size"]).reset_index()
    planned = tables.cells.groupby(["regime", "library", "arm", "dataset"]).size()
    places = pd.MultiIndex.from_frame(means[list(planned.index.names)])
    return means.assign(whole=means["size"].to_numpy() == planned.reindex(places).to_numpy())


def _ways(
    figures: pd.DataFrame,
    nothing: tuple[str, str],
    compete: pd.Series[bool],
    skill: pd.DataFrame,
    *,
    lower: bool,
) -> tuple[Way, ...]:
    """Return the ways that compete, the best first, then the others; none of fewer than two families."""
    by_set = figures.groupby(level=["family", "dataset"]).mean()
    by_family: pd.DataFrame = by_set.groupby(level="family").mean()
    if len(by_family) < 2:
        return ()
    apart = figures.sub(figures[nothing], axis=0).groupby(level=["family", "dataset"]).mean()
    apart = apart.groupby(level="family").mean()
    worse = (skill["mean"] < 0).groupby([skill[name] for name in _WAY]).agg(["sum", "size"]).T.to_dict()
    means = by_family.mean()
    order = sorted(
        means.dropna().index, key=lambda way: (not compete[way], means[way] if lower else -means[way])
    )
    ways = []
    for way in order:
        values = by_family[way].dropna()
        if len(values) < 2:
            continue
        standing = int(compete[way])
        if way == order[0] and standing:
            standing = 3
        elif standing:
            from_best = mean_interval((by_family[way] - by_family[order[0]]).to_numpy(np.float64))
            standing += from_best.low <= 0 <= from_best.high
        differences = apart[way].dropna().to_numpy()
        change: tuple[float | None, float | None, float | None] = (None, None, None)
        if differences.any():
            change = _rounded(differences)
        below = worse.get(way, {"sum": 0})
        mark = f"worse than the class shares in {below['sum']} of {below['size']}" if below["sum"] else ""
        figure, decided = _rounded(values.to_numpy()), VIEWS.get(way[1], way[1])
        datasets = int(by_set[way].notna().sum())
        ways.append(Way(way[0], decided, *figure, *change, len(values), datasets, standing, mark))
    return tuple(ways)


def _rounded(values: Effects) -> tuple[float, float, float]:
    interval = mean_interval(values)
    return float(f"{interval.value:.5g}"), float(f"{interval.low:.5g}"), float(f"{interval.high:.5g}")
