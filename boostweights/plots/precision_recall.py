"""The operating point moving along a precision-recall curve that barely changes."""

from typing import Any, Self

import numpy as np
import numpy.typing as npt

from boostweights.plots.base import (
    PathDisplay,
    add_headroom,
    font_points,
    of_class,
    size_of,
    styled,
    text_width,
    weight_text,
)
from boostweights.probabilities.thresholds import counts_at

_BESIDE = 5  # points from a place to the weight written beside it


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
        The weights written beside points, as far as they find room.

    See Also
    --------
    sklearn.metrics.PrecisionRecallDisplay : The curve of one model.

    Examples
    --------
    >>> from boostweights import Costs
    >>> from boostweights.plots.precision_recall import PrecisionRecallPathDisplay
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
        ax = self._begin(ax)
        from matplotlib import colormaps
        from matplotlib.lines import Line2D

        ratios = self.path.ratios
        counts = [self.path.counts(ratio, [threshold]) for ratio in ratios]
        places = _recall_and_precision(np.concatenate(counts))
        shades = colormaps["viridis"] if cmap is None else colormaps.get_cmap(cmap)
        colours = shades(np.linspace(0, 0.85 if cmap is None else 1, len(ratios)))
        self.lines_: list[Any] = []
        self.points_: list[Any] = []
        for ratio, colour in zip(ratios, colours, strict=True):
            precision, recall, _ = self.path.curve(ratio)
            style = {"color": colour, "linewidth": 1.0, "alpha": 0.55, "drawstyle": "steps-post"}
            self.lines_ += ax.plot(recall, precision, **styled("lines.Line2D", style, line_kw))
        point: dict[str, Any] = {"marker": "o", "linestyle": "none"}
        hollow: dict[str, Any] = {**point, "color": "0.35", "markerfacecolor": "none"}
        self.equivalent_line_: Any = None
        if baselines:
            unweighted = counts_at(self.path.y, self.path.baseline, 1 / (1 + np.asarray(ratios)))
            at_equivalent = _recall_and_precision(unweighted)
            (self.equivalent_line_,) = ax.plot(*at_equivalent.T, **hollow, markersize=10, zorder=3)
        for place, colour in zip(places, colours, strict=True):
            style = {**point, "color": colour, "markersize": 7, "zorder": 4}
            self.points_ += ax.plot(*place[:, None], **styled("lines.Line2D", style, point_kw))
        handles = [
            Line2D(
                [], [], label=f"curve of weight {weight_text(ratios[at])}", color=colours[at], linewidth=1.5
            )
            for at in dict.fromkeys((0, len(ratios) - 1))
        ]
        handles.append(
            Line2D([], [], label=f"weighted, at {threshold:g}", **point, color="0.35", markersize=7)
        )
        if baselines:
            handles.append(Line2D([], [], label="unweighted, at 1/(1 + weight)", **hollow, markersize=9))
        add_headroom(ax, handles)
        about = f"recall{of_class(self.path.pos_label)}"
        ax.set(xlim=(-0.02, 1.02), xlabel=about, ylabel="precision")
        self.text_ = self._write_weights(places)
        return self

    def _write_weights(self, places: npt.NDArray[np.float64]) -> list[Any]:
        """Beside its point, where it covers no other: the smallest and the largest weight choose first."""
        limits, (edge, _) = np.array([self.ax_.get_xlim(), self.ax_.get_ylim()]), size_of(self.ax_)
        in_points = (places - limits[:, 0]) / np.ptp(limits, axis=1) * size_of(self.ax_)
        written: list[Any] = []
        boxes: list[Any] = []  # left, bottom, right, top of a text
        for at in dict.fromkeys([0, len(places) - 1, *range(len(places))]):
            text = weight_text(self.path.ratios[at])
            others = in_points[np.abs(in_points - in_points[at]).max(axis=1) > 1]  # would seem to be meant
            for side, anchor in ((1, "left"), (-1, "right")):
                x, y = in_points[at] + [side * _BESIDE, 0]
                end = x + side * text_width(f"{text} ", "small")
                top = y + _BESIDE + 1.2 * font_points("small")
                box = np.array([min(x, end), y, max(x, end), top])
                covered = ((others > box[:2]) & (others < box[2:])).all(axis=1).any()
                touched = any((box[:2] < other[2:]).all() and (other[:2] < box[2:]).all() for other in boxes)
                if np.isfinite(box).all() and box[2] <= edge and not covered and not touched:
                    boxes.append(box)
                    offset = (side * _BESIDE, _BESIDE)
                    style: dict[str, Any] = {"fontsize": "small", "zorder": 5, "ha": anchor}
                    written.append(
                        self.ax_.annotate(text, places[at], offset, textcoords="offset points", **style)
                    )
                    break
        return written


def _recall_and_precision(counts: npt.NDArray[np.intp]) -> npt.NDArray[np.float64]:
    """From rows of tn, fp, fn, tp; precision is NaN where nothing is predicted positive."""
    _, fp, fn, tp = counts.T.astype(float)
    predicted = fp + tp
    precision = np.divide(tp, predicted, out=np.full_like(tp, np.nan), where=predicted > 0)
    return np.column_stack([tp / (tp + fn), precision])
