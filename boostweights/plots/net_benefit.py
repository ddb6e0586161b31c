"""Decision curves: the net benefit of a model at each threshold, beside calling all and calling nobody."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from boostweights.errors import check_type
from boostweights.pages.charts import PALETTE
from boostweights.path.result import Corrected, WeightPath
from boostweights.plots.base import Display, add_legend, check_path, of_class, styled, weight_text
from boostweights.probabilities.thresholds import benefits, checked_rows, checked_thresholds
from boostweights.weighting.labels.rules import positive_label
from boostweights.weighting.policies.costs import Costs


@dataclass(kw_only=True, eq=False, repr=False)
class NetBenefitDisplay(Display):
    """A decision curve: net benefit by threshold, beside calling all positive and calling nobody.

    It is recommended to use `from_estimator`, `from_predictions` or `from_path`. All parameters are stored
    as attributes. See `net_benefit`.

    Parameters
    ----------
    thresholds : ndarray of shape (t,)
        In [0, 1).
    net_benefit : ndarray of shape (t,)
        Of the model.
    treat_all : ndarray of shape (t,)
        Of calling all rows positive.
    band : ndarray of shape (2, t), default=None
        The ends of an interval of `net_benefit`.
    name : str, default=None
        The name of the model, for the legend.
    pos_label : label, default=None
        The positive label, for the axes.
    cost_thresholds : (float, float), default=None
        The thresholds that costs mean, from the lowest to the highest.

    Attributes
    ----------
    ax_ : matplotlib Axes
        The axes.
    figure_ : matplotlib Figure
        The figure.
    line_, treat_all_, treat_none_ : Line2D
        The model, and the two decisions that need none.
    fill_between_ : PolyCollection or None
        The band.
    cost_span_ : Artist or None
        Where costs mean the threshold to be.

    See Also
    --------
    sklearn.metrics.PrecisionRecallDisplay : What precision each recall costs.

    References
    ----------
    Vickers & Elkin (2006), Decision curve analysis, doi:10.1177/0272989X06295361.

    Examples
    --------
    >>> import numpy as np
    >>> from boostweights import Costs
    >>> from boostweights.plots.net_benefit import NetBenefitDisplay
    >>> rng = np.random.default_rng(0)
    >>> p = rng.uniform(0, 0.5, 2000)
    >>> y = (rng.random(2000) < p).astype(int)
    >>> costs = [Costs(fn=4, fp=1), Costs(fn=9, fp=1)]
    >>> display = NetBenefitDisplay.from_predictions(y, p, costs=costs, name="honest")
    >>> display.line_.get_label(), display.cost_thresholds
    ('honest', (0.1, 0.2))
    """

    thresholds: Any
    net_benefit: Any
    treat_all: Any
    band: Any = None
    name: str | None = None
    pos_label: Any = None
    cost_thresholds: tuple[float, float] | None = None

    def plot(self, ax: Any = None, *, name: str | None = None, baselines: bool = True, **kwargs: Any) -> Self:
        """Draw.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to draw; by default a new figure.
        name : str, default=None
            The name of the model; by default the one stored.
        baselines : bool, default=True
            Whether to draw calling all and calling nobody; not for a second model in the same axes.
        **kwargs
            More keywords for `Axes.plot` of the model's curve.

        Returns
        -------
        display : NetBenefitDisplay
            Itself.
        """
        ax = self._begin(ax)
        style = {"color": PALETTE[len(ax.lines) % 8], "linewidth": 1.8, "label": name or self.name or "model"}
        (self.line_,) = ax.plot(self.thresholds, self.net_benefit, **styled("lines.Line2D", style, kwargs))
        self.fill_between_: Any = None
        if self.band is not None:
            look: dict[str, Any] = {"color": self.line_.get_color(), "alpha": 0.18, "linewidth": 0}
            self.fill_between_ = ax.fill_between(self.thresholds, *self.band, **look)
        self.treat_all_: Any = None
        self.treat_none_: Any = None
        self.cost_span_: Any = None
        if baselines:
            grey: dict[str, Any] = {"color": "0.4", "linewidth": 1.2}
            (self.treat_all_,) = ax.plot(self.thresholds, self.treat_all, **grey, label="call all")
            self.treat_none_ = ax.axhline(0, **grey, linestyle=":", label="call nobody")
            if self.cost_thresholds is not None:
                low, high = self.cost_thresholds
                look = {"color": PALETTE[4], "zorder": 0, "label": "threshold of the costs"}
                if low == high:
                    self.cost_span_ = ax.axvline(low, **look, linewidth=1.2, linestyle="--")
                else:
                    self.cost_span_ = ax.axvspan(low, high, **look, alpha=0.2, linewidth=0)
        top = max(np.max(self.net_benefit), np.max(self.treat_all), 1e-6)
        limits = (-0.15 * top, 1.08 * top)
        ax.set(ylim=limits, xlabel=f"threshold{of_class(self.pos_label)}", ylabel="net benefit")
        add_legend(ax)
        return self

    @classmethod
    def from_estimator(
        cls, estimator: Any, X: Any, y: Any, *, pos_label: Any = None, name: str | None = None, **kwargs: Any
    ) -> Self:
        """Draw the decision curve of a fitted classifier.

        Parameters
        ----------
        estimator : classifier
            Fitted, with `predict_proba`: of one that corrects its probabilities, the corrected ones.
        X : table of shape (n, features)
            Rows that it was not trained on.
        y : array-like of shape (n,)
            Their labels, of two classes.
        pos_label : label, default=None
            The positive label; needed unless labels are {0, 1}, {-1, 1} or bool.
        name : str, default=None
            The name of the model; by default that of its class.
        **kwargs
            Further keywords of `from_predictions`.

        Returns
        -------
        display : NetBenefitDisplay
            Drawn.
        """
        cls._needs_matplotlib()
        classes = list(estimator.classes_)
        chosen = positive_label(classes, pos_label)
        proba = estimator.predict_proba(X)[:, classes.index(chosen)]
        called = name or type(estimator).__name__
        return cls.from_predictions(y, proba, pos_label=chosen, name=called, **kwargs)

    @classmethod
    def from_path(
        cls,
        path: WeightPath,
        *,
        ratio: float | None = None,
        corrected: Corrected = "fitted",
        name: str | None = None,
        **kwargs: Any,
    ) -> Self:
        """Draw the out-of-fold probabilities of one weight of a path that `weight_path` returned.

        Parameters
        ----------
        path : WeightPath
            The path; its costs are marked, unless others are given.
        ratio : float, default=None
            One of its ratios; by default the unweighted model.
        corrected : bool or "fitted", default="fitted"
            Which probabilities: as trained, with the weights undone, or of the fitted correction.
        name : str, default=None
            The name of the model; by default its weight.
        **kwargs
            Further keywords of `from_predictions`.

        Returns
        -------
        display : NetBenefitDisplay
            Drawn.
        """
        check_path(path)
        proba = path.probabilities(ratio, corrected)
        called = name or ("unweighted" if ratio is None else f"weight {weight_text(ratio)}")
        at = path.classes.index(path.pos_label)
        y = np.array(path.classes)[np.where(path.y, at, 1 - at)]
        kwargs = {"costs": path.costs, **kwargs}
        return cls.from_predictions(y, proba, pos_label=path.pos_label, name=called, **kwargs)

    @classmethod
    def from_predictions(  # noqa: PLR0913  as in scikit-learn: every parameter by name
        cls,
        y_true: Any,
        proba: Any,
        *,
        sample_weight: Any = None,
        thresholds: Any = None,
        costs: Costs | Sequence[Costs] | None = None,
        n_bootstrap: int = 100,
        random_state: int = 0,
        pos_label: Any = None,
        name: str | None = None,
        ax: Any = None,
        **kwargs: Any,
    ) -> Self:
        """Draw the decision curve of probabilities.

        Parameters
        ----------
        y_true : array-like of shape (n,)
            True labels of two classes.
        proba : array-like of shape (n,)
            Probability of the positive class.
        sample_weight : array-like of shape (n,), default=None
            Weight of each row.
        thresholds : array-like of shape (t,), default=None
            In [0, 1); by default 100 from 0 to three times the share of positives, or further for costs.
        costs : Costs or sequence of them, default=None
            Of the two errors: the thresholds that they mean are marked, of several from the lowest to the
            highest.
        n_bootstrap : int, default=100
            Draws of rows with replacement, of which 95 % lie in the band at each threshold; 0 for none.
        random_state : int, default=0
            By which rows are drawn.
        pos_label : label, default=None
            The positive label; needed unless labels are {0, 1}, {-1, 1} or bool.
        name : str, default=None
            The name of the model.
        ax : matplotlib Axes, default=None
            Where to draw; by default a new figure.
        **kwargs
            Keywords of `plot`.

        Returns
        -------
        display : NetBenefitDisplay
            Drawn.

        Raises
        ------
        InvalidValueError, InvalidTypeError, MissingLibraryError
            If matplotlib is missing, or probabilities, thresholds or costs are none.
        """
        cls._needs_matplotlib()
        y, values, weight = checked_rows(y_true, proba, sample_weight, pos_label)
        marked = []
        for one in [costs] if isinstance(costs, Costs) else list(costs or ()):
            check_type(one, Costs, "costs must be Costs, or several", "Pass Costs(fn=50, fp=1), say.")
            marked.append(one.threshold(None if one.is_unnamed else pos_label))
        share = float(weight @ y / weight.sum())
        if thresholds is None:
            thresholds = np.linspace(0, min(0.99, max(3 * share, 1.5 * max(marked, default=0))), 100)
        at = np.atleast_1d(checked_thresholds(thresholds))
        rng, rows = np.random.default_rng(random_state), len(y)
        times = (np.bincount(rng.integers(rows, size=rows), minlength=rows) for _ in range(n_bootstrap))
        drawn = [benefits(y, values, weight * time, at) for time in times]
        display = cls(
            thresholds=at,
            net_benefit=benefits(y, values, weight, at),
            treat_all=share - (1 - share) * at / (1 - at),
            band=np.quantile(drawn, [0.025, 0.975], axis=0) if drawn else None,
            name=name,
            pos_label=pos_label,
            cost_thresholds=(min(marked), max(marked)) if marked else None,
        )
        return display.plot(ax, **kwargs)
