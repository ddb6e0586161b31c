"""Axes to draw in: a new figure, the caller's axes, or the caller's axes split into panels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any

import numpy as np

from boostweights.errors import InvalidTypeError, InvalidValueError, shown
from boostweights.pages import needs

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["check_matplotlib", "grid", "headroom", "single", "styled", "weight_axis"]

_NEAREST = 0.055  # of the width of the axis: labels closer together would touch


def check_matplotlib(caller: str) -> None:
    """Raise an error that names the extra, if matplotlib is missing; called before anything is trained."""
    needs(["matplotlib"], caller, "plots")


def single(ax: Any = None) -> Axes:
    """Return the axes given, or the axes of a new figure."""
    import matplotlib.pyplot as plt
    from matplotlib.axes import Axes

    if ax is None:
        return plt.subplots(layout="constrained")[1]
    if not isinstance(ax, Axes):
        raise InvalidTypeError("ax must be matplotlib Axes", shown(ax), "Pass one of plt.subplots()'s axes.")
    return ax


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

    if ax is None:
        ax = plt.subplots(layout="constrained", figsize=size)[1]
    holder = single(ax)
    place = holder.get_subplotspec()
    if place is None:
        raise InvalidValueError(
            "ax must be a subplot, for it is split into panels",
            shown(ax),
            "Make it with plt.subplots() or fig.add_subplot(), not fig.add_axes().",
        )
    holder.set_axis_off()
    cells = GridSpecFromSubplotSpec(rows, columns, subplot_spec=place, height_ratios=heights or None)
    figure: Any = holder.figure
    return holder, [figure.add_subplot(cells[at // columns, at % columns]) for at in range(rows * columns)]


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

    module, _, name = artist.partition(".")
    kind = getattr(import_module(f"matplotlib.{module}"), name)
    return {**normalize_kwargs(dict(defaults), kind), **normalize_kwargs(dict(given or {}), kind)}


def weight_axis(ax: Axes, ratios: Sequence[float]) -> None:
    """Make x a logarithmic axis of weights whose ticks are the weights that were trained."""
    from matplotlib.ticker import FixedLocator, NullLocator

    ax.set_xscale("log")
    ticks = apart(np.log(ratios))
    ax.xaxis.set_major_locator(FixedLocator([ratios[at] for at in ticks]))
    ax.xaxis.set_minor_locator(NullLocator())
    ax.set_xticks([ratios[at] for at in ticks], [weight_text(ratios[at]) for at in ticks])


def weight_text(ratio: float) -> str:
    """Return a weight to three digits.

    Examples
    --------
    >>> weight_text(31.6227), weight_text(10.0), weight_text(1234.5)
    ('31.6', '10', '1230')
    """
    return f"{float(f'{ratio:.3g}'):g}"


def apart(positions: Any, nearest: float = _NEAREST) -> list[int]:
    """Return which positions on an axis can be labelled without touching, the first and the last among them.

    Examples
    --------
    >>> apart([0.0, 0.01, 0.5, 0.99, 1.0])
    [0, 2, 4]
    """
    places = np.asarray(positions, float)
    gap = nearest * float(np.ptp(places))
    kept = [0]
    last = len(places) - 1
    for at in range(1, last):
        if places[at] - places[kept[-1]] >= gap and places[last] - places[at] >= gap:
            kept.append(at)
    return kept if last == 0 else [*kept, last]


def headroom(ax: Axes, handles: Sequence[Any], *, columns: int = 2, top: float = 1.0) -> None:
    """Put the legend above the data, inside the axes: it covers nothing, in any layout of subplots."""
    rows = -(-len(handles) // columns)
    ax.set_ylim(-0.02 * top, top * (1.04 + 0.085 * rows))
    ax.set_yticks(np.linspace(0, top, 6))
    ax.legend(
        handles=list(handles),
        loc="upper center",
        ncols=columns,
        fontsize="small",
        frameon=False,
        borderpad=0.2,
        handlelength=1.6,
        columnspacing=1.2,
    )
