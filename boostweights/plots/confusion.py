"""The confusion matrix at each weight, side by side."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from boostweights.plots.axes import (
    check_matplotlib,
    figure_of,
    grid,
    label_text,
    size_of,
    splittable,
    styled,
    text_width,
    weight_text,
)
from boostweights.plots.base import ThresholdDisplay

if TYPE_CHECKING:
    import numpy.typing as npt
    from matplotlib.axes import Axes

_WIDEST = 5  # panels in a row
_LONGEST = 12  # letters of a class's name


class ConfusionPathDisplay(ThresholdDisplay):
    """Confusion matrices along a weight path, a panel a weight.

    Counts are of all out-of-fold rows; colour is the share of the true class (a row of the matrix sums to
    1), so that panels compare. It is recommended to use `from_estimator` or `from_path`. All parameters are
    stored as attributes.

    Parameters
    ----------
    path : WeightPath
        What to draw.

    Attributes
    ----------
    ax_ : matplotlib Axes
        What holds the panels, switched off.
    axes_ : list of matplotlib Axes
        A panel a weight.
    figure_ : matplotlib Figure
        The figure.
    im_ : list of AxesImage
        An image a weight, of shares of the true class.
    text_ : ndarray of shape (r, 2, 2) of Text
        The counts written in the cells.

    See Also
    --------
    sklearn.metrics.ConfusionMatrixDisplay : One confusion matrix.

    Examples
    --------
    >>> from boostweights import Costs
    >>> from boostweights.plots.confusion import ConfusionPathDisplay
    >>> from sklearn.datasets import make_classification
    >>> from sklearn.ensemble import HistGradientBoostingClassifier
    >>> X, y = make_classification(500, weights=[0.9], random_state=0)
    >>> model = HistGradientBoostingClassifier(max_iter=5)
    >>> costs = Costs(fn=20, fp=1)
    >>> display = ConfusionPathDisplay.from_estimator(model, X, y, ratios=[1, 3, 9], cv=2, costs=costs)
    >>> [panel.get_title() for panel in display.axes_]
    ['weight 1', 'weight 3', 'weight 9']
    """

    axes_: list[Axes]

    def plot(
        self,
        ax: Any = None,
        *,
        threshold: float = 0.5,
        cmap: Any = "Blues",
        im_kw: dict[str, Any] | None = None,
        text_kw: dict[str, Any] | None = None,
    ) -> Self:
        """Draw.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to draw, split into panels; by default a new figure.
        threshold : float, default=0.5
            Positive where the probability, as trained, is at least this.
        cmap : str or Colormap, default="Blues"
            Colours of the shares 0 to 1.
        im_kw, text_kw : dict, default=None
            More keywords for `Axes.imshow` and `Axes.text`.

        Returns
        -------
        display : ConfusionPathDisplay
            Itself.

        Raises
        ------
        InvalidValueError
            If the threshold is outside 0..1.
        """
        check_matplotlib(f"{type(self).__name__}.plot")
        ratios = self.path.ratios
        matrices = [self.path.counts(ratio, [threshold])[0].reshape(2, 2) for ratio in ratios]
        rows = math.ceil(len(ratios) / _WIDEST)
        columns = math.ceil(len(ratios) / rows)  # rows of panels as even as can be
        negative = next(label for label in self.path.classes if label != self.path.positive)
        names = [label_text(label, _LONGEST) for label in (negative, self.path.positive)]
        beside = text_width(max(names, key=len), "medium") / 72  # inches; or below, turned
        self.ax_, axes = grid(
            ax, rows, columns, size=(0.8 + beside + 1.65 * columns, 0.8 + beside / 2 + 1.75 * rows)
        )
        self.figure_ = figure_of(self.ax_)
        self.axes_ = axes[: len(ratios)]
        for spare in axes[len(ratios) :]:
            spare.remove()
        self.im_: list[Any] = []
        self.text_ = np.empty((len(ratios), 2, 2), object)
        size = _font_size(self.axes_[0], matrices)
        for at, panel in enumerate(self.axes_):
            self._draw(at, matrices[at], {"cmap": cmap, **(im_kw or {})}, size, text_kw)
            panel.set_title(f"weight {weight_text(ratios[at])}", fontsize="medium")
            self._label(panel, names, left=at % columns == 0, bottom=at + columns >= len(ratios))
        return self

    @classmethod
    def _check(cls, ax: Any, costs: Any, kwargs: dict[str, Any]) -> None:
        super()._check(ax, costs, kwargs)
        if ax is not None:
            splittable(ax)

    def _draw(
        self,
        at: int,
        counts: npt.NDArray[np.intp],
        im_kw: dict[str, Any],
        size: float,
        text_kw: dict[str, Any] | None,
    ) -> None:
        """Rows are the truth, columns the prediction; negative first."""
        panel = self.axes_[at]
        shares = counts / counts.sum(axis=1, keepdims=True)
        self.im_.append(panel.imshow(shares, **{"vmin": 0, "vmax": 1, **im_kw}))
        for i, j in np.ndindex(2, 2):
            red, green, blue, _ = self.im_[at].to_rgba(shares[i, j : j + 1])[0]
            dark = 0.299 * red + 0.587 * green + 0.114 * blue < 0.5
            style = {"ha": "center", "va": "center", "size": size, "color": "white" if dark else "black"}
            text = f"{counts[i, j]:,}\n{shares[i, j]:.1%}"
            self.text_[at, i, j] = panel.text(j, i, text, **styled("text.Text", style, text_kw))

    def _label(self, panel: Axes, names: list[str], *, left: bool, bottom: bool) -> None:
        """True classes at the left of the grid, predicted ones below it."""
        panel.set_xticks([0, 1], names if bottom else ["", ""])
        panel.set_yticks([0, 1], names if left else ["", ""])
        panel.tick_params(length=0)
        if max(text_width(name, "medium") for name in names) > min(size_of(panel)) / 2:
            for label in panel.get_xticklabels():
                label.set(rotation=35, ha="right", rotation_mode="anchor")
        if left:
            panel.set_ylabel("true")
        if bottom:
            panel.set_xlabel("predicted")


def _font_size(panel: Axes, matrices: list[npt.NDArray[np.intp]]) -> float:
    """Points: so that a count and its share fit half the panel's width."""
    letters = max(6, *(len(f"{counts.max():,}") for counts in matrices))
    return min(max(min(size_of(panel)) / 2 / (0.65 * letters + 0.7), 4.5), 8.5)
