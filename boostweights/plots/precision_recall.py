"""The operating point moving along a precision-recall curve that barely changes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

import numpy as np

from boostweights.path.scores import counts_at
from boostweights.plots.axes import apart, check_matplotlib, figure_of, headroom, single, styled, weight_text
from boostweights.plots.base import PathDisplay

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = ["PrecisionRecallPathDisplay"]

_NEAREST = 0.05  # of the width: weights written closer together would touch


class PrecisionRecallPathDisplay(PathDisplay):
    """Precision-recall curves of all weights, and the point on each that a threshold of .5 takes.

    Curves and points are of all out-of-fold rows together. The unweighted model at thresholds 1/(1 + weight)
    takes the hollow points: about the same ones, without a weight. It is recommended to use `from_estimator`
    or `from_path`. All parameters are stored as attributes.

    Parameters
    ----------
    path : WeightPath
        What to draw.

    Attributes
    ----------
    ax_ : matplotlib Axes
        The axes.
    figure_ : matplotlib Figure
        The figure.
    lines_ : list of Line2D
        A precision-recall curve a weight.
    points_ : list of Line2D
        A point a weight; its precision is NaN where nothing is predicted positive.
    equivalent_line_ : Line2D or None
        The unweighted model's points at 1/(1 + weight).
    text_ : list of Annotation
        The weights written beside points.

    See Also
    --------
    sklearn.metrics.PrecisionRecallDisplay : The curve of one model.

    Examples
    --------
    >>> from boostweights import Costs, PrecisionRecallPathDisplay
    >>> from sklearn.datasets import make_classification
    >>> from sklearn.ensemble import HistGradientBoostingClassifier
    >>> X, y = make_classification(500, weights=[0.9], random_state=0)
    >>> model = HistGradientBoostingClassifier(max_iter=5)
    >>> costs = Costs(fn=20, fp=1)
    >>> display = PrecisionRecallPathDisplay.from_estimator(model, X, y, ratios=[1, 3, 9], cv=2, costs=costs)
    >>> len(display.lines_), len(display.points_)
    (3, 3)
    """

    def plot(
        self,
        ax: Any = None,
        *,
        threshold: float = 0.5,
        baselines: bool = True,
        cmap: Any = None,
        line_kw: dict[str, Any] | None = None,
        point_kw: dict[str, Any] | None = None,
    ) -> Self:
        """Draw.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to draw; by default a new figure.
        threshold : float, default=0.5
            Positive where the probability, as trained, is at least this.
        baselines : bool, default=True
            Whether to draw the unweighted model's points.
        cmap : str or Colormap, default=None
            Colours from the smallest weight to the largest; by default viridis without its palest part.
        line_kw, point_kw : dict, default=None
            More keywords for `Axes.plot` of curves and of points.

        Returns
        -------
        display : PrecisionRecallPathDisplay
            Itself.
        """
        check_matplotlib(f"{type(self).__name__}.plot")
        places = self._operating_points(threshold)
        self.ax_ = single(ax)
        self.figure_ = figure_of(self.ax_)
        colours = _colours(len(self.path.ratios), cmap)
        self.lines_: list[Any] = []
        self.points_: list[Any] = []
        for ratio, colour in zip(self.path.ratios, colours, strict=True):
            precision, recall, _ = self.path.curve(ratio)
            style = {"color": colour, "linewidth": 1.0, "alpha": 0.55, "drawstyle": "steps-post"}
            self.lines_ += self.ax_.plot(recall, precision, **styled("lines.Line2D", style, line_kw))
        self.equivalent_line_ = self._draw_equivalents() if baselines else None
        for place, colour in zip(places, colours, strict=True):
            style = {"color": colour, "marker": "o", "markersize": 7, "linestyle": "none", "zorder": 4}
            self.points_ += self.ax_.plot(*place[:, None], **styled("lines.Line2D", style, point_kw))
        self.text_ = self._write_weights(places)
        self._finish(colours, threshold)
        return self

    def _operating_points(self, threshold: float) -> npt.NDArray[np.float64]:
        """Recall and precision of each weight, shape (r, 2)."""
        return _recall_and_precision(
            np.concatenate([self.path.counts(ratio, [threshold]) for ratio in self.path.ratios])
        )

    def _draw_equivalents(self) -> Any:
        thresholds = 1 / (1 + np.asarray(self.path.ratios))
        places = _recall_and_precision(counts_at(self.path.y, self.path.baseline, thresholds))
        style: dict[str, Any] = {
            "marker": "o",
            "markersize": 10,
            "markerfacecolor": "none",
            "linestyle": "none",
        }
        (line,) = self.ax_.plot(*places.T, color="0.35", zorder=3, **style)
        return line

    def _write_weights(self, places: npt.NDArray[np.float64]) -> list[Any]:
        seen = np.flatnonzero(np.isfinite(places).all(axis=1))
        seen = seen[np.argsort(places[seen, 0], kind="stable")]
        kept = seen[apart(places[seen, 0], _NEAREST)] if len(seen) else seen
        return [
            self.ax_.annotate(
                weight_text(self.path.ratios[at]),
                places[at],
                xytext=(5, 5),
                textcoords="offset points",
                fontsize="small",
                zorder=5,
            )
            for at in kept
        ]

    def _finish(self, colours: npt.NDArray[np.float64], threshold: float) -> None:
        from matplotlib.lines import Line2D

        ratios = self.path.ratios
        handles = [
            Line2D(
                [], [], color=colours[at], linewidth=1.5, label=f"curve of weight {weight_text(ratios[at])}"
            )
            for at in dict.fromkeys((0, len(ratios) - 1))
        ]
        solid: dict[str, Any] = {"linestyle": "none", "marker": "o", "color": "0.35"}
        handles.append(Line2D([], [], **solid, markersize=7, label=f"weighted, at {threshold:g}"))
        if self.equivalent_line_ is not None:
            hollow = {**solid, "markerfacecolor": "none", "markersize": 9}
            handles.append(Line2D([], [], **hollow, label="unweighted, at 1/(1 + weight)"))
        headroom(self.ax_, handles)
        self.ax_.set_xlim(-0.02, 1.02)
        self.ax_.set_xlabel(f"recall of class {self.path.positive!s}")
        self.ax_.set_ylabel("precision")
        self.ax_.grid(alpha=0.25, linewidth=0.6)


def _recall_and_precision(counts: npt.NDArray[np.intp]) -> npt.NDArray[np.float64]:
    """From rows of tn, fp, fn, tp; precision is NaN where nothing is predicted positive."""
    _, fp, fn, tp = counts.T.astype(float)
    predicted = fp + tp
    precision = np.divide(tp, predicted, out=np.full_like(tp, np.nan), where=predicted > 0)
    return np.column_stack([tp / (tp + fn), precision])


def _colours(number: int, cmap: Any) -> npt.NDArray[np.float64]:
    from matplotlib import colormaps

    steps = np.linspace(0, 1 if cmap is not None else 0.85, number)
    shades = colormaps["viridis"] if cmap is None else colormaps.get_cmap(cmap)
    colours: npt.NDArray[np.float64] = np.asarray(shades(steps))
    return colours
