"""Axes to draw in: a new figure, the caller's axes, or the caller's axes split into panels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pkgutil import resolve_name
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from boostweights.errors import InvalidValueError, check_type, shown
from boostweights.lazy import needs

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


_TWO_COLUMNS = 220  # points: a legend of two columns is about as wide


def check_matplotlib(caller: str) -> None:
    """Raise an error that names the extra, if matplotlib is missing; called before anything is trained."""
    needs(["matplotlib"], caller, "plots")


def single(ax: Any = None) -> Axes:
    """Return the axes given, or the axes of a new figure."""
    import matplotlib.pyplot as plt
    from matplotlib.axes import Axes

    if ax is None:
        return plt.subplots(layout="constrained")[1]
    check_type(ax, Axes, "ax must be matplotlib Axes", "Pass one of plt.subplots()'s axes.")
    return cast(Axes, ax)


def grid(
    ax: Any,
    rows: int,
    columns: int,
    *,
    size: tuple[float, float] | None = None,
    heights: Sequence[float] = (),
) -> tuple[Axes, list[Axes]]:
    """Return the axes that hold the panels, switched off, and rows × columns panels within them.

    As `sklearn.inspection.PartialDependenceDisplay` does: given axes are split in their place.
    """
    import matplotlib.pyplot as plt
    from matplotlib.gridspec import GridSpecFromSubplotSpec

    given = ax is not None
    holder = single(ax) if given else plt.subplots(layout="constrained", figsize=size)[1]
    splittable(holder)
    figure: Any = figure_of(holder)
    current = figure.gca()
    holder.set_axis_off()
    place: Any = holder.get_subplotspec()
    cells = GridSpecFromSubplotSpec(rows, columns, subplot_spec=place, height_ratios=heights or None)
    panels = [figure.add_subplot(cells[at // columns, at % columns]) for at in range(rows * columns)]
    if given:
        figure.sca(current)  # drawing in axes given leaves pyplot's own where they were
    return holder, panels


def splittable(ax: Any) -> None:
    """Raise, if axes cannot be split into panels."""
    if single(ax).get_subplotspec() is None:
        mend = "Make it with plt.subplots() or fig.add_subplot(), not fig.add_axes()."
        raise InvalidValueError("ax must be a subplot, for it is split into panels", shown(ax), mend)


def figure_of(ax: Axes) -> Figure:
    """Return the figure that axes are in."""
    figure: Any = ax.figure
    return figure  # type: ignore[no-any-return]


def styled(artist: str, defaults: Mapping[str, Any], given: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return the keywords given over the defaults, whichever of its names each is called by.

    Examples
    --------
    >>> styled("lines.Line2D", {"color": "red", "linewidth": 1}, {"c": "blue"})
    {'color': 'blue', 'linewidth': 1}
    """
    from matplotlib.cbook import normalize_kwargs

    of = resolve_name(f"matplotlib.{artist}")
    return {**normalize_kwargs(dict(defaults), of), **normalize_kwargs(dict(given or {}), of)}


def size_of(ax: Axes) -> tuple[float, float]:
    """Return the width and height of axes in points, as they are before a layout moves them."""
    box, dots = ax.get_window_extent(), 72 / figure_of(ax).dpi
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


def share_end(largest: float) -> float:
    """Return where axes of shares end that hold a largest one: below 1 where the class is rare.

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


def headroom(ax: Axes, handles: Sequence[Any]) -> None:
    """Make room for the legend above data between 0 and 1, inside the axes: it covers nothing there."""
    width, height = size_of(ax)
    columns = 2 if width >= _TWO_COLUMNS else 1
    rows = -(-len(handles) // columns)
    taken = min((1.65 * rows + 1.2) * font_points("small") / height, 0.6)
    ax.set_ylim(-0.02, (1.04 + 0.02 * taken) / (1 - taken))
    ax.set_yticks(np.linspace(0, 1, 6))
    spaces = {"borderpad": 0.2, "handlelength": 1.6, "columnspacing": 1.2}
    legend: dict[str, Any] = {"loc": "upper center", "fontsize": "small", "frameon": False, **spaces}
    ax.legend(handles=list(handles), ncols=columns, **legend)
