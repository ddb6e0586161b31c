"""What the displays of a weight path share: how they are made from an estimator and from a path."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, Self

from boostweights.errors import InvalidTypeError, shown
from boostweights.path import WeightPath, weight_path
from boostweights.plots.axes import check_matplotlib

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["PathDisplay", "checked_path"]


class PathDisplay(ABC):
    """A drawing of a weight path, after scikit-learn's displays: parameters are attributes, plot() draws."""

    ax_: Axes
    figure_: Figure

    def __init__(self, *, path: WeightPath) -> None:
        self.path = checked_path(path)

    @abstractmethod
    def plot(self, ax: Any = None) -> Self:
        """Draw; each display says how."""

    @classmethod
    def from_estimator(  # noqa: PLR0913  as in scikit-learn: every parameter by name
        cls,
        estimator: Any,
        X: Any,
        y: Any,
        *,
        ratios: Any = None,
        cv: Any = 5,
        positive: Any = None,
        costs: Any = None,
        sample_weight: Any = None,
        ax: Any = None,
        **kwargs: Any,
    ) -> Self:
        """Train along a grid of weights by cross-validation and draw the result.

        Parameters
        ----------
        estimator : classifier
            See `weight_path`; its other parameters: call `weight_path`, then `from_path`.
        X : table of shape (n, features)
            Features.
        y : array-like of shape (n,)
            Labels of two classes.
        ratios : array-like of shape (r,), default=None
            Weights of the positive class over that of the other.
        cv : int, splitter or iterable of splits, default=5
            As in scikit-learn.
        positive : label, default=None
            The positive label; needed unless labels are {0, 1}, {-1, 1} or bool.
        costs : Costs, default=None
            Costs of the two errors.
        sample_weight : array-like of shape (n,), default=None
            Weights of the rows in training.
        ax : matplotlib Axes, default=None
            Where to draw; by default a new figure.
        **kwargs
            Keywords of `plot`.

        Returns
        -------
        display : the class it is called on
            Drawn, with the path as its attribute ``path``.

        Raises
        ------
        MissingLibraryError
            If matplotlib is missing, before any training.
        """
        check_matplotlib(f"{cls.__name__}.from_estimator")
        path = weight_path(
            estimator, X, y, ratios=ratios, cv=cv, positive=positive, costs=costs, sample_weight=sample_weight
        )
        return cls(path=path)._plotted(ax, kwargs)

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
        check_matplotlib(f"{cls.__name__}.from_path")
        return cls(path=path)._plotted(ax, kwargs)

    def _plotted(self, ax: Any, kwargs: dict[str, Any]) -> Self:
        return self.plot(ax, **kwargs)


def checked_path(path: Any) -> WeightPath:
    """Return the path, or raise an error that says how one is made."""
    if isinstance(path, WeightPath):
        return path
    raise InvalidTypeError(
        "a display draws a WeightPath", shown(path), "Make one with weight_path(estimator, X, y, …)."
    )
