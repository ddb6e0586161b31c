"""The confusion matrix at each weight, side by side."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from boostweights.plots.base import (
    PathDisplay,
    grid,
    label_text,
    size_of,
    styled,
    text_width,
    weight_text,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_WIDEST = 5  # panels in a row
_LONGEST = 12  # letters of a class's name


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
    _splits = True

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
        self._needs_matplotlib()
        ratios = self.path.ratios
        matrices = [self.path.counts(ratio, [threshold])[0].reshape(2, 2) for ratio in ratios]
        rows = math.ceil(len(ratios) / _WIDEST)
        columns = math.ceil(len(ratios) / rows)  # rows of panels as even as can be
        negative = next(label for label in self.path.classes if label != self.path.pos_label)
        names = [label_text(label, _LONGEST) for label in (negative, self.path.pos_label)]
        beside = text_width(max(names, key=len), "medium") / 72  # inches; or below, turned
        size = (0.8 + beside + 1.65 * columns, 0.8 + beside / 2 + 1.75 * rows)
        self.ax_, panels = grid(ax, rows, columns, size=size)
        self.figure_ = self.ax_.figure  # type: ignore[assignment]
        self.axes_ = panels[: len(ratios)]
        for spare in panels[len(ratios) :]:
            spare.remove()
        letters = max(6, *(len(f"{counts.max():,}") for counts in matrices))
        points = min(size_of(panels[0])) / 2 / (0.65 * letters + 0.7)  # two of these fit a panel's width
        style = {"ha": "center", "va": "center", "size": min(max(points, 4.5), 8.5)}
        self.im_: list[Any] = []
        self.text_ = np.empty((len(ratios), 2, 2), object)
        for at, (panel, counts) in enumerate(zip(self.axes_, matrices, strict=True)):
            shares = counts / counts.sum(axis=1, keepdims=True)
            image = panel.imshow(shares, **{"vmin": 0, "vmax": 1, "cmap": cmap, **(im_kw or {})})
            self.im_.append(image)
            for i, j in np.ndindex(2, 2):  # rows are the truth, columns the prediction; negative first
                red, green, blue, _ = image.to_rgba(shares[i, j : j + 1])[0]
                dark = 0.299 * red + 0.587 * green + 0.114 * blue < 0.5
                text, look = f"{counts[i, j]:,}\n{shares[i, j]:.1%}", {"color": "white" if dark else "black"}
                self.text_[at, i, j] = panel.text(j, i, text, **styled("text.Text", style | look, text_kw))
            panel.set_title(f"weight {weight_text(ratios[at])}", fontsize="medium")
            left, bottom = at % columns == 0, at + columns >= len(ratios)
            panel.set_xticks([0, 1], names if bottom else ["", ""])
            panel.set_yticks([0, 1], names if left else ["", ""])
            panel.set(xlabel="predicted" * bottom, ylabel="true" * left)
            panel.tick_params(length=0)
            if beside * 72 > min(size_of(panel)) / 2:
                for label in panel.get_xticklabels():
                    label.set(rotation=35, ha="right", rotation_mode="anchor")
        return self
