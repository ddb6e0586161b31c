"""Shared parts of displays: how an estimator makes them, the axes they draw in, texts that fit."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from inspect import signature
from pkgutil import resolve_name
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from boostweights.errors import check_that, check_type
from boostweights.lazy import needs
from boostweights.path.result import WeightPath
from boostweights.path.weight_path import weight_path
from boostweights.probabilities.thresholds import checked_thresholds

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_TWO_COLUMNS = 220  # points: a legend of two columns is about as wide


class Display(ABC):
    """A drawing of results, after scikit-learn's displays: parameters are attributes, plot() draws."""

    ax_: Axes
    figure_: Figure

    @abstractmethod
    def plot(self, ax: Any = None) -> Self:
        """Draw; each display documents its keywords."""

    @classmethod
    def _needs_matplotlib(cls) -> None:
        """Raise an error that names the extra, before anything is trained, if matplotlib is missing."""
        needs(["matplotlib"], cls.__name__, "plots")

    def _begin(self, ax: Any) -> Axes:
        """Set the axes and the figure to draw in, and return the axes."""
        self._needs_matplotlib()
        self.ax_ = single(ax)
        self.figure_ = self.ax_.figure  # type: ignore[assignment]
        return self.ax_


class TrainedDisplay(Display):
    """A display that can train along a weight path first."""

    _splits = False

    @classmethod
    def from_estimator(cls, estimator: Any, X: Any, y: Any, *, ax: Any = None, **kwargs: Any) -> Self:
        """Train along a grid of weights by cross-validation and draw the result.

        Parameters
        ----------
        estimator : classifier
            See `weight_path`.
        X : table of shape (n, features)
            Features.
        y : array-like of shape (n,)
            Labels of two classes.
        ax : matplotlib Axes, default=None
            Where to draw; by default a new figure.
        **kwargs
            Keywords of `weight_path`, such as ``ratios``, ``cv``, ``pos_label``, ``costs``, ``sample_weight``
            and ``n_jobs``; all others are keywords of `plot`.

        Returns
        -------
        display : the class it is called on
            Drawn. Displays of a whole path have it as their attribute ``path``.

        Raises
        ------
        MissingLibraryError, InvalidValueError, InvalidTypeError, TypeError
            Before any training: if matplotlib is missing, or ``ax`` or a keyword of `plot` is invalid.
        """
        cls._needs_matplotlib()
        training = {name: kwargs.pop(name) for name in signature(weight_path).parameters if name in kwargs}
        signature(cls.plot).bind(None, ax, **kwargs)
        checked_thresholds(kwargs.get("threshold", 0.5), most=1.0)
        splits = cls._check(kwargs, training.get("costs"))
        if ax is not None:
            (check_splittable if splits else single)(ax)
        return cls.from_path(weight_path(estimator, X, y, **training), ax=ax, **kwargs)

    @classmethod
    @abstractmethod
    def from_path(cls, path: WeightPath, *, ax: Any = None, **kwargs: Any) -> Self:
        """Draw a path that `weight_path` returned."""

    @classmethod
    def _check(cls, kwargs: Mapping[str, Any], costs: Any) -> bool:
        """Raise an error where `plot` would refuse a keyword; return whether it splits its axes."""
        return cls._splits


@dataclass(kw_only=True, eq=False, repr=False)
class PathDisplay(TrainedDisplay):
    """A display of a whole weight path."""

    path: WeightPath

    def __post_init__(self) -> None:
        check_path(self.path)

    @classmethod
    def from_path(cls, path: WeightPath, *, ax: Any = None, **kwargs: Any) -> Self:
        """Draw a path that `weight_path` returned.

        Parameters
        ----------
        path : WeightPath
            The path.
        ax : matplotlib Axes, default=None
            Where to draw; by default a new figure.
        **kwargs
            Keywords of `plot`.

        Returns
        -------
        display : the class it is called on
            Drawn.
        """
        return cls(path=path).plot(ax, **kwargs)


def check_path(path: Any) -> None:
    """Raise an error that explains how a path is made, where something else is given."""
    remedy = "Make one with weight_path(estimator, X, y, …)."
    check_type(path, WeightPath, "a display draws a WeightPath", remedy)


def single(ax: Any = None) -> Axes:
    """Return the axes given, or the axes of a new figure."""
    import matplotlib.pyplot as plt
    from matplotlib.axes import Axes

    if ax is None:
        ax = plt.subplots(layout="constrained")[1]
    check_type(ax, Axes, "ax must be matplotlib Axes", "Pass one of plt.subplots()'s axes.")
    return ax  # type: ignore[no-any-return]


def grid(
    ax: Any, rows: int, columns: int, *, size: tuple[float, float], heights: Sequence[float] = ()
) -> tuple[Axes, list[Axes]]:
    """Return the axes that hold the panels, switched off, and rows × columns panels within them.

    As `sklearn.inspection.PartialDependenceDisplay` does: given axes are split in their place.
    """
    import matplotlib.pyplot as plt
    from matplotlib.gridspec import GridSpecFromSubplotSpec

    holder = plt.subplots(layout="constrained", figsize=size)[1] if ax is None else ax
    check_splittable(holder)
    figure: Any = holder.figure
    current = figure.gca()
    holder.set_axis_off()
    place: Any = holder.get_subplotspec()
    cells = GridSpecFromSubplotSpec(rows, columns, subplot_spec=place, height_ratios=heights or None)
    panels = [figure.add_subplot(cells[at // columns, at % columns]) for at in range(rows * columns)]
    if ax is not None:
        figure.sca(current)  # drawing in given axes does not move pyplot's current axes
    return holder, panels


def check_splittable(ax: Any) -> None:
    """Raise an error where axes cannot be split into panels."""
    rule = "ax must be a subplot, because it is split into panels"
    remedy = "Make it with plt.subplots() or fig.add_subplot(), not fig.add_axes()."
    check_that(single(ax).get_subplotspec() is not None, rule, ax, remedy)


def styled(artist: str, defaults: Mapping[str, Any], chosen: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return the chosen keywords over the defaults, whichever of its names each is called by.

    Examples
    --------
    >>> styled("lines.Line2D", {"color": "red", "linewidth": 1}, {"c": "blue"})
    {'color': 'blue', 'linewidth': 1}
    """
    from matplotlib.cbook import normalize_kwargs

    kind = resolve_name(f"matplotlib.{artist}")
    return {**normalize_kwargs(dict(defaults), kind), **normalize_kwargs(dict(chosen or {}), kind)}


def add_legend(ax: Axes, **kwargs: Any) -> None:
    """Add a small legend and a faint grid."""
    ax.legend(**{"fontsize": "small", "framealpha": 0.85, **kwargs})
    ax.grid(alpha=0.25, linewidth=0.6)


def size_of(ax: Axes) -> tuple[float, float]:
    """Return the width and height of axes in points, as they are before a layout moves them."""
    box, dots = ax.get_window_extent(), 72 / ax.figure.dpi
    return box.width * dots, box.height * dots


def font_points(size: str | float) -> float:
    """Return a size of text, by name or number, in points."""
    from matplotlib.font_manager import FontProperties

    return float(FontProperties(size=size).get_size_in_points())


def text_width(text: str, size: str | float) -> float:
    """Return about how many points wide a text is."""
    return 0.62 * font_points(size) * len(text)


def label_text(label: Any, longest: int = 32) -> str:
    """Return a label as text to draw: shortened, and its dollar signs no mathematics.

    Examples
    --------
    >>> label_text("more than 100 $", 12)
    'more than 1…'
    >>> label_text("$1 to $2")
    '\\\\$1 to \\\\$2'
    """
    text = str(label)
    return (text if len(text) <= longest else text[: longest - 1] + "…").replace("$", r"\$")


def of_class(label: Any) -> str:
    """Return the end of an axis title: which class it is about, where that is known."""
    return "" if label is None else f" of class {label_text(label)}"


def share_end(largest: float) -> float:
    """Return where axes of shares end that contain a largest one: below 1 where the class is rare.

    Examples
    --------
    >>> round(share_end(0.2), 3), share_end(0.99)
    (0.21, 1)
    """
    return min(1, max(1.05 * largest, 0.001))


def weight_axis(ax: Axes, ratios: Sequence[float]) -> None:
    """Make x a logarithmic axis of weights whose ticks are the weights that were trained."""
    import matplotlib as mpl
    from matplotlib.ticker import FixedLocator, NullLocator

    ax.set_xscale("log")
    size = mpl.rcParams["xtick.labelsize"]
    texts = [weight_text(ratio) for ratio in ratios]
    span = size_of(ax)[0] / 1.1  # less the margins
    places = np.log(ratios) / (np.ptp(np.log(ratios)) or 1) * span
    ticks = apart(places, [text_width(f"{text} ", size) for text in texts])
    ax.xaxis.set_major_locator(FixedLocator([ratios[at] for at in ticks]))
    ax.xaxis.set_minor_locator(NullLocator())
    ax.set_xticks([ratios[at] for at in ticks], [texts[at] for at in ticks])


def weight_text(ratio: float) -> str:
    """Return a weight to three digits, or to whole numbers where that is more.

    Examples
    --------
    >>> weight_text(31.6227), weight_text(10.0), weight_text(12345.0)
    ('31.6', '10', '12,345')
    """
    return f"{ratio:,.0f}" if 999.5 <= ratio < 1e9 else f"{float(f'{ratio:.3g}'):g}"


def apart(places: Any, widths: Sequence[float]) -> list[int]:
    """Return which texts of these widths, centred there, do not touch: the first, the last, and others.

    Examples
    --------
    >>> apart([0.0, 1.0, 50.0, 99.0, 100.0], [10.0] * 5)
    [0, 2, 4]
    """
    at_least = np.asarray(widths, float) / 2
    kept, last = [0], len(places) - 1
    for at in range(1, last):
        left, right = (abs(places[at] - places[other]) - at_least[other] for other in (kept[-1], last))
        if min(left, right) >= at_least[at]:
            kept.append(at)
    return kept if last == 0 else [*kept, last]


def add_headroom(ax: Axes, handles: Sequence[Any]) -> None:
    """Make room for a legend above data between 0 and 1, inside the axes, where it covers nothing."""
    width, height = size_of(ax)
    columns = 2 if width >= _TWO_COLUMNS else 1
    rows = -(-len(handles) // columns)
    taken = min((1.65 * rows + 1.2) * font_points("small") / height, 0.6)
    ax.set_ylim(-0.02, (1.04 + 0.02 * taken) / (1 - taken))
    ax.set_yticks(np.linspace(0, 1, 6))
    spaces = {"borderpad": 0.2, "handlelength": 1.6, "columnspacing": 1.2}
    add_legend(ax, handles=list(handles), ncols=columns, loc="upper center", frameon=False, **spaces)
