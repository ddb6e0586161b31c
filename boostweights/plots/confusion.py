"""The confusion matrix at each weight, side by side."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from boostweights.errors import InvalidValueError, shown
from boostweights.plots.axes import check_matplotlib, figure_of, grid, styled, weight_text
from boostweights.plots.base import PathDisplay

if TYPE_CHECKING:
    import numpy.typing as npt
    from matplotlib.axes import Axes

__all__ = ["ConfusionPathDisplay"]

_WIDEST = 5  # panels in a row


class ConfusionPathDisplay(PathDisplay):
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
    >>> from boostweights import Costs, ConfusionPathDisplay
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
        if not 0 <= threshold <= 1:
            raise InvalidValueError(
                "threshold must lie in [0, 1]", shown(threshold), "It is compared with probabilities."
            )
        ratios = self.path.ratios
        rows = math.ceil(len(ratios) / _WIDEST)
        columns = math.ceil(len(ratios) / rows)  # rows of panels as even as can be
        self.ax_, axes = grid(ax, rows, columns, size=(0.9 + 1.65 * columns, 0.9 + 1.75 * rows))
        self.figure_ = figure_of(self.ax_)
        self.axes_ = axes[: len(ratios)]
        for spare in axes[len(ratios) :]:
            spare.remove()
        self.im_: list[Any] = []
        self.text_ = np.empty((len(ratios), 2, 2), object)
        for at, panel in enumerate(self.axes_):
            counts = self._matrix(ratios[at], threshold)
            self._draw(at, counts, {"cmap": cmap, **(im_kw or {})}, text_kw)
            panel.set_title(f"weight {weight_text(ratios[at])}", fontsize="medium")
            self._label(panel, left=at % columns == 0, bottom=at + columns >= len(ratios))
        return self

    def _matrix(self, ratio: float, threshold: float) -> npt.NDArray[np.intp]:
        """Rows are the truth, columns the prediction; negative first."""
        counts: npt.NDArray[np.intp] = self.path.counts(ratio, [threshold])[0].reshape(2, 2)
        return counts

    def _draw(
        self, at: int, counts: npt.NDArray[np.intp], im_kw: dict[str, Any], text_kw: dict[str, Any] | None
    ) -> None:
        panel = self.axes_[at]
        shares = counts / counts.sum(axis=1, keepdims=True)
        size = _font_size(panel)
        self.im_.append(panel.imshow(shares, **{"vmin": 0, "vmax": 1, **im_kw}))
        for i, j in np.ndindex(2, 2):
            red, green, blue, _ = self.im_[at].to_rgba(shares[i, j : j + 1])[0]
            dark = 0.299 * red + 0.587 * green + 0.114 * blue < 0.5
            style = {"ha": "center", "va": "center", "size": size, "color": "white" if dark else "black"}
            text = f"{counts[i, j]:,}\n{shares[i, j]:.1%}"
            self.text_[at, i, j] = panel.text(j, i, text, **styled("text.Text", style, text_kw))

    def _label(self, panel: Axes, *, left: bool, bottom: bool) -> None:
        """True classes at the left of the grid, predicted ones below it."""
        other = next(label for label in self.path.classes if label != self.path.positive)
        names = [_shortened(str(label)) for label in (other, self.path.positive)]
        panel.set_xticks([0, 1], names if bottom else ["", ""])
        panel.set_yticks([0, 1], names if left else ["", ""])
        panel.tick_params(length=0)
        if left:
            panel.set_ylabel("true")
        if bottom:
            panel.set_xlabel("predicted")


def _font_size(panel: Axes) -> float:
    """Points: so that a count and its share fit half the panel's width."""
    inches = panel.get_position().width * figure_of(panel).get_figwidth()
    return min(max(72 * inches / 2 / 4.6, 4.5), 8.5)


def _shortened(name: str, longest: int = 12) -> str:
    return name if len(name) <= longest else name[: longest - 1] + "…"
