"""Recall, precision and cost against the weight, beside the unweighted model at other thresholds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from boostweights.errors import check_keys, check_known, check_that
from boostweights.pages.charts import PALETTE
from boostweights.path.result import LOSSES, Columns
from boostweights.plots.base import (
    PathDisplay,
    add_headroom,
    grid,
    of_class,
    single,
    styled,
    weight_axis,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_PANELS = (  # metrics that share a scale share a panel
    ("recall", "precision", "f1", "average_precision", "roc_auc"),
    LOSSES,
    ("cost",),
)
_NAMES = {
    "recall": "recall",
    "precision": "precision",
    "f1": "F1",
    "average_precision": "average precision",
    "roc_auc": "ROC-AUC",
    "log_loss": "log loss",
    "log_loss_corrected": "log loss, corrected",
    "log_loss_fitted": "log loss, fitted",
    "cost": "cost per row",
}
_AT_A_THRESHOLD = {"recall", "precision", "f1", "cost"}
_MARKERS = "os^DvP<>"  # beside colours, of which five are not told apart by everybody
_DASHED: Any = (0, (4, 2))
_STYLES = ("fill_between", "errorbar", None)
_STYLE_RULE = "std_display_style must be 'fill_between', 'errorbar' or None"


class WeightPathDisplay(PathDisplay):
    """Metrics against the weight of the positive class, with intervals over folds and both baselines.

    Solid lines are the weighted models at a threshold of .5; dashed, the unweighted model at the equivalent
    threshold 1/(1 + weight); dotted, the unweighted model at its tuned threshold. It is recommended to use
    `from_estimator` or `from_path`. All parameters are stored as attributes.

    Parameters
    ----------
    path : WeightPath
        What to draw.

    Attributes
    ----------
    ax_ : matplotlib Axes
        The first panel; with more than one panel and one given ax, that ax is switched off and split.
    axes_ : list of matplotlib Axes
        One a panel: metrics between 0 and 1, log losses, cost.
    figure_ : matplotlib Figure
        The figure.
    lines_ : list of Line2D or None
        A line a metric; None with error bars.
    fill_between_ : list of PolyCollection or None
        The intervals, if drawn as bands.
    errorbar_ : list of ErrorbarContainer or None
        Lines and intervals, if drawn as error bars.
    equivalent_lines_, tuned_lines_ : list of Line2D
        The baselines, a line for each metric that depends on a threshold; empty without baselines.

    See Also
    --------
    boostweights.weight_path : What it draws.
    sklearn.model_selection.ValidationCurveDisplay : The same of any parameter, without the baselines.

    Examples
    --------
    >>> from boostweights import Costs
    >>> from boostweights.plots.weight import WeightPathDisplay
    >>> from sklearn.datasets import make_classification
    >>> from sklearn.ensemble import HistGradientBoostingClassifier
    >>> X, y = make_classification(500, weights=[0.9], random_state=0)
    >>> model = HistGradientBoostingClassifier(max_iter=5)
    >>> costs = Costs(fn=20, fp=1)
    >>> display = WeightPathDisplay.from_estimator(model, X, y, ratios=[1, 3, 9], cv=2, costs=costs)
    >>> [line.get_label() for line in display.lines_]
    ['recall', 'precision', 'cost per row']
    """

    axes_: list[Axes]
    lines_: list[Any] | None
    fill_between_: list[Any] | None
    errorbar_: list[Any] | None

    def plot(
        self,
        ax: Any = None,
        *,
        metrics: str | Sequence[str] | None = None,
        baselines: bool = True,
        std_display_style: str | None = "fill_between",
        line_kw: dict[str, Any] | None = None,
        fill_between_kw: dict[str, Any] | None = None,
        errorbar_kw: dict[str, Any] | None = None,
    ) -> Self:
        """Draw.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to draw; by default a new figure.
        metrics : str or sequence of str, default=None
            Metrics of `WeightPath.to_frame`; by default recall and precision, and the cost if there is one.
        baselines : bool, default=True
            Whether to draw the unweighted model at other thresholds.
        std_display_style : {"fill_between", "errorbar"} or None, default="fill_between"
            How the 95 % interval of the path is drawn (not ± one standard deviation); of metrics between 0
            and 1 no more of it than lies there.
        line_kw, fill_between_kw, errorbar_kw : dict, default=None
            More keywords for `Axes.plot`, `Axes.fill_between`, `Axes.errorbar`.

        Returns
        -------
        display : WeightPathDisplay
            Itself.

        Raises
        ------
        InvalidValueError
            If a metric or the style is unknown.
        """
        self._needs_matplotlib()
        check_known(std_display_style, _STYLES, _STYLE_RULE)
        chosen = _chosen(metrics, self.path.costs)
        panels = _panels(chosen, self.path.costs)
        if len(panels) == 1:
            self.axes_ = [single(ax)]
        else:
            heights = [2.0 if names[0] in _PANELS[0] else 1.0 for names in panels]
            size = (6.4, 1.2 + 1.8 * sum(heights))
            self.axes_ = grid(ax, len(panels), 1, size=size, heights=heights)[1]
        self.ax_ = self.axes_[0]
        self.figure_ = self.ax_.figure  # type: ignore[assignment]
        self.lines_ = None if std_display_style == "errorbar" else []
        self.fill_between_ = [] if std_display_style == "fill_between" else None
        self.errorbar_ = [] if std_display_style == "errorbar" else None
        self.equivalent_lines_: list[Any] = []
        self.tuned_lines_: list[Any] = []
        weighted, unweighted = self.path.by_ratio(), self.path.by_threshold()
        ratios = list(self.path.ratios)
        keywords = (line_kw, fill_between_kw, errorbar_kw)
        decided = [names for names in panels if _AT_A_THRESHOLD & set(names)]
        for panel, names in zip(self.axes_, panels, strict=True):
            for name in names:
                colour, marker = PALETTE[chosen.index(name)], _MARKERS[chosen.index(name)]
                self._draw(panel, name, {"color": colour, "marker": marker}, weighted, keywords)
                if baselines and name in _AT_A_THRESHOLD:
                    values = np.asarray(unweighted[name], float)
                    style: dict[str, Any] = {"color": colour, "linewidth": 1.2, "label": "_nolegend_"}
                    # a line of one point cannot be seen
                    alone: dict[str, Any] = {"marker": "_", "markersize": 14} if len(values) == 2 else {}
                    dashed = panel.plot(ratios, values[:-1], linestyle=_DASHED, **alone, **style)
                    self.equivalent_lines_ += dashed
                    self.tuned_lines_.append(panel.axhline(float(values[-1]), linestyle=":", **style))
            self._finish(panel, names, explained=baselines and names in decided[:1])
        self.axes_[-1].set_xlabel(f"weight{of_class(self.path.pos_label)}")
        return self

    @classmethod
    def _check(cls, kwargs: Mapping[str, Any], costs: Any) -> bool:
        check_known(kwargs.get("std_display_style"), _STYLES, _STYLE_RULE)
        return len(_panels(_chosen(kwargs.get("metrics"), costs), costs)) > 1

    def _draw(self, ax: Axes, name: str, look: dict[str, str], table: Columns, keywords: Any) -> None:
        line_kw, fill_between_kw, errorbar_kw = keywords
        ratios, mean = list(self.path.ratios), np.asarray(table[name])
        low, high = (np.asarray(table[f"{name}_{end}"]) for end in ("low", "high"))
        if name in _PANELS[0]:
            low, high = np.clip(low, 0, 1), np.clip(high, 0, 1)  # beyond, they would run into the legend
        style: dict[str, Any] = {"label": _NAMES[name], "markersize": 4, **look}
        if self.errorbar_ is not None:
            ends = np.abs([mean - low, high - mean])
            bars = styled("lines.Line2D", {**style, "capsize": 2}, errorbar_kw)
            self.errorbar_.append(ax.errorbar(ratios, mean, ends, **bars))
        if self.lines_ is not None:
            self.lines_ += ax.plot(ratios, mean, **styled("lines.Line2D", style, line_kw))
        if self.fill_between_ is not None:
            edge = 0 if len(ratios) > 1 else 6  # with one weight there is no area
            plain = {"alpha": 0.18, "color": look["color"], "linewidth": edge}
            band = styled("collections.PolyCollection", plain, fill_between_kw)
            self.fill_between_.append(ax.fill_between(ratios, low, high, **band))

    def _finish(self, ax: Axes, names: Sequence[str], *, explained: bool) -> None:
        from matplotlib.lines import Line2D

        weight_axis(ax, self.path.ratios)
        handles = [*ax.get_legend_handles_labels()[0]]
        if explained:
            grey: dict[str, Any] = {"color": "0.35", "linewidth": 1.2}
            handles += [
                Line2D([], [], linestyle=_DASHED, label="unweighted, at 1/(1 + weight)", **grey),
                Line2D([], [], linestyle=":", label="unweighted, tuned threshold", **grey),
            ]
        if names[0] in _PANELS[0]:
            add_headroom(ax, handles)
            ax.set_ylabel("mean over folds")
        else:
            ax.set(ylim=(0, 1.04 * ax.get_ylim()[1]), ylabel=_NAMES[names[0]])
            if len(handles) > 1:
                ax.legend(handles=handles, fontsize="small", frameon=False)
        ax.grid(alpha=0.25, linewidth=0.6)
        ax.tick_params(labelbottom=ax is self.axes_[-1])


def _chosen(metrics: Any, costs: Any) -> tuple[str, ...]:
    if metrics is None:
        return ("recall", "precision") if costs is None else ("recall", "precision", "cost")
    return (metrics,) if isinstance(metrics, str) else tuple(dict.fromkeys(metrics))


def _panels(metrics: Sequence[str], costs: Any) -> list[list[str]]:
    known = [name for name in _NAMES if name != "cost" or costs is not None]
    check_keys(metrics, known, "metrics must be columns of the path")
    check_that(metrics, "metrics must name at least one", metrics, "Write metrics=['recall'].")
    return [names for panel in _PANELS if (names := [name for name in metrics if name in panel])]
