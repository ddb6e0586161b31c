"""What the displays of a weight path share: how they are made from an estimator and from a path."""

from __future__ import annotations

from abc import ABC, abstractmethod
from inspect import signature
from typing import TYPE_CHECKING, Any, Self, cast

import numpy as np

from boostweights.errors import check_type
from boostweights.path.result import WeightPath
from boostweights.path.weight_path import weight_path
from boostweights.plots.axes import check_matplotlib, single
from boostweights.probabilities.thresholds import counts_at

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


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
        n_jobs: int | None = None,
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
        n_jobs : int, default=None
            Folds trained at once, as in scikit-learn.
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
        MissingLibraryError, InvalidValueError, InvalidTypeError, TypeError
            Before any training: if matplotlib is missing, or ``ax`` or a keyword of `plot` is none.
        """
        check_matplotlib(f"{cls.__name__}.from_estimator")
        cls._check(ax, costs, kwargs)
        path = weight_path(
            estimator,
            X,
            y,
            ratios=ratios,
            cv=cv,
            positive=positive,
            costs=costs,
            sample_weight=sample_weight,
            n_jobs=n_jobs,
        )
        return cls(path=path).plot(ax, **kwargs)

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

    @classmethod
    def _check(cls, ax: Any, costs: Any, kwargs: dict[str, Any]) -> None:
        """Raise, before anything is trained, for what no path could be drawn with."""
        signature(cls.plot).bind(None, ax, **kwargs)
        if ax is not None:
            single(ax)


class ThresholdDisplay(PathDisplay):
    """A drawing of decisions at a threshold, which `plot` takes."""

    @classmethod
    def _check(cls, ax: Any, costs: Any, kwargs: dict[str, Any]) -> None:
        super()._check(ax, costs, kwargs)
        counts_at(np.array([False, True]), np.array([0.0, 1.0]), [kwargs.get("threshold", 0.5)])


def checked_path(path: Any) -> WeightPath:
    """Return the path, or raise an error that says how one is made."""
    mend = "Make one with weight_path(estimator, X, y, …)."
    check_type(path, WeightPath, "a display draws a WeightPath", mend)
    return cast(WeightPath, path)
