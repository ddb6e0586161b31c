r"""A fitted correction: slope and offset for scores, learned from rows that the model was not trained on.

Class weights multiply the odds of a class by its weight in theory; grown trees follow only in part, since
their leaves are shrunk and stopped early. What is left is learned.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize
from scipy.special import expit, log_expit, log_softmax, logsumexp, softmax

from boostweights.errors import InvalidValueError, check_same_rows, check_that, shown
from boostweights.probabilities.columns import read_by_class
from boostweights.probabilities.link import (
    Affine,
    Floats,
    LinkKind,
    MulticlassLink,
    check_kind,
    checked_class_weights,
    link_shift,
)
from boostweights.weighting.class_weights import ClassWeights
from boostweights.weighting.labels.counting import encode
from boostweights.weighting.labels.rules import Label, check_rows, checked_sample_weight

EDGE = 1e-6
"""How far from 0 and 1 probabilities of models without scores are held before their log-odds are taken."""
PRIOR = (1.0, np.inf)
"""Standard deviations of the logarithms of slopes, for scores of about unit variance, and of offsets."""
_SUMS_TO_1 = 1e-3  # log-probabilities of many classes, from float32
_TOLERANCE = 1e-9  # of the gradient of the mean loss


@dataclass(frozen=True, slots=True, kw_only=True)
class CalibrationMap:
    r"""What `fit_correction` learned: :math:`s'_k = a_k (s_k + c_k) + b_k`, where c is the analytic shift.

    Attributes
    ----------
    weights : ClassWeights
        What the analytic shift c takes out of a model's scores first (see `score_shift`).
    kind : {"logit", "softmax", "ovr"}
        "logit": one score, the log-odds of the last of two classes. "softmax", "ovr": a score a class.
    slopes, offsets : tuple of float
        a and b: one for "logit", else one a class.
    rows, rarest_rows : float
        Rows that it was learned from, and those of the rarest class, by the caller's row weights.
    loss_before, loss_after : float
        Mean log loss of these rows, in nats: corrected analytically, and by this map.
    of_proba : bool
        Whether it applies to probabilities: not if it was learned from raw scores of more than two classes,
        which hold more than their softmax, a constant a row.
    edge : float
        How far from 0 and 1 probabilities are held at least before their log-odds are taken: 1e-6 where it
        was learned from a model without scores, such as a forest, whose probabilities may be 0.
    """

    weights: ClassWeights
    kind: LinkKind
    slopes: tuple[float, ...]
    offsets: tuple[float, ...]
    rows: float
    rarest_rows: float
    loss_before: float
    loss_after: float
    of_proba: bool = True
    edge: float = 0.0

    def __post_init__(self) -> None:
        checked_class_weights(self.weights)
        scores = 1 if self.kind == "logit" else len(self.weights.classes)
        known = self.kind in ("logit", "softmax", "ovr")
        seen = f"slopes={self.slopes}, offsets={self.offsets}, kind={shown(self.kind)}"
        rule, remedy = "a calibration map has a slope and an offset for each score", "Use fit_correction."
        check_that(known and {len(self.slopes), len(self.offsets)} == {scores}, rule, seen, remedy)
        right = all(0 < slope < np.inf for slope in self.slopes) and np.isfinite(self.offsets).all()
        rule = "slopes must be positive and offsets finite: rows would change their order"
        check_that(right, rule, seen, remedy)

    @property
    def classes(self) -> tuple[Label, ...]:
        """The labels, sorted."""
        return self.weights.classes

    def with_weights(self, weights: ClassWeights, order: Sequence[int]) -> CalibrationMap:
        """Return the same map for a model of other weights, whose classes are these ones in another order."""
        if self.kind == "logit":  # the log-odds of the other class, if they are swapped
            sign = 1.0 if order[0] < order[1] else -1.0
            return replace(self, weights=weights, offsets=(sign * self.offsets[0],))
        slopes, offsets = (tuple(each[at] for at in order) for each in (self.slopes, self.offsets))
        return replace(self, weights=weights, slopes=slopes, offsets=offsets)

    def prepared(self, scores: Floats) -> Floats:
        """Return scores as those that it was learned from: log-probabilities, if it is of these."""
        of_many = self.kind == "softmax" and self.of_proba
        return np.asarray(log_softmax(scores, axis=1)) if of_many else scores

    def affine(self) -> Affine:
        """Return what is done to raw scores."""
        slopes = np.asarray(self.slopes, np.float64)
        shift = slopes * link_shift(self.weights, self.kind) + np.asarray(self.offsets, np.float64)
        return Affine(slopes, shift)

    def encoded(self) -> CalibrationMap:
        """Return the same map for labels 0 to k-1, in sorted order of the labels."""
        return replace(self, weights=self.weights.encoded())

    def __str__(self) -> str:
        slopes, offsets = (", ".join(f"{each:.6g}" for each in part) for part in (self.slopes, self.offsets))
        return (
            f"fitted: slope {slopes}; offset {offsets}; log loss {self.loss_before:.6g} analytic, "
            f"{self.loss_after:.6g} fitted, of {self.rows:.6g} rows ({self.rarest_rows:.6g} of the rarest)"
        )


def fit_correction(
    scores: Any,
    y: Any,
    weights: ClassWeights,
    sample_weight: Any = None,
    kind: MulticlassLink = "softmax",
) -> CalibrationMap:
    r"""Learn what takes class weights out of a model's scores, from rows it was not trained on.

    The most probable slopes a and offsets b of :math:`s'_k = a_k (s_k + c_k) + b_k`, where c is
    `score_shift`: Platt's (1999) scaling, and vector scaling (Guo et al. 2017, arXiv 1706.04599) for more
    classes. One prior serves any number of rows: :math:`\log (a_k \sqrt{1 + v_k})` is standard normal, where
    :math:`v_k` is the variance of :math:`s_k + c_k`. It keeps the slopes of separable scores finite, and its
    influence vanishes with the number of rows. The offsets have no prior, so the mean probability of each
    class is its share of these rows. ``make probabilities`` measures it from 5 positives on.

    Parameters
    ----------
    scores : array-like of shape (n,) or (n, k)
        Raw scores of the weighted model: the log-odds of the last of two classes, or one score a class (a
        data frame's columns are named by the labels), for rows that it was not trained on, such as out of
        fold. Of probabilities their logarithms (their log-odds for "ovr").
    y : array-like of shape (n,)
        Their labels.
    weights : ClassWeights
        The weights that the model was trained with; of an unweighted one ``Unweighted().resolve(y)``.
    sample_weight : array-like of shape (n,), default=None
        The caller's row weights. A weight of 2 is a row that occurs twice. Class weights do not belong here.
    kind : {"softmax", "ovr"}, default="softmax"
        How scores become probabilities: together, or each by itself, one class against the rest.

    Returns
    -------
    CalibrationMap
        For `correct_proba` and `bake_correction`.

    Raises
    ------
    InvalidTypeError, InvalidValueError, UnknownLabelError
        If scores are missing, infinite or not of these classes, a class has no row, or weights do not fit.

    Examples
    --------
    Scores twice as far from 0 as they should be, of a model trained with weights of 1 and 9:

    >>> import numpy as np
    >>> from boostweights import Explicit
    >>> rng = np.random.default_rng(0)
    >>> honest = rng.normal(-2, 2, 20_000)
    >>> y = rng.random(20_000) < 1 / (1 + np.exp(-honest))
    >>> found = fit_correction(2 * honest + np.log(9), y, Explicit({False: 1.0, True: 9.0}).resolve(y))
    >>> found.slopes[0].__round__(2), found.offsets[0].__round__(2)
    (0.51, -0.01)
    """
    checked_class_weights(weights)
    check_kind(kind)
    _, table = read_by_class(scores, "scores", weights.classes)
    check_rows(np.isfinite(table), table, "scores must be finite", "Pass raw scores, or drop these rows.")
    link: LinkKind = "logit" if kind == "softmax" and len(weights.classes) == 2 else kind
    if link == "logit" and table.ndim == 2:
        table = table[:, 1] - table[:, 0]
    codes = encode(y, weights.classes)
    check_same_rows(scores=len(table), y=len(codes))
    own = np.ones(len(codes)) if sample_weight is None else checked_sample_weight(sample_weight, len(codes))
    of_proba = link != "softmax" or bool(np.abs(logsumexp(table, axis=1)).max() < _SUMS_TO_1)
    return learned(table + link_shift(weights, link), codes, own, weights, link, of_proba=of_proba)


def learned(
    scores: Floats,
    codes: npt.NDArray[np.intp],
    own: npt.NDArray[Any],
    weights: ClassWeights,
    kind: LinkKind,
    *,
    of_proba: bool,
    edge: float = 0.0,
) -> CalibrationMap:
    """Return the map of scores from which the analytic shift has been taken already."""
    rows = np.bincount(codes, weights=own, minlength=len(weights.classes))
    check_learnable(rows, weights.classes)
    table = scores.reshape(len(codes), -1)
    target = codes[:, None] == (1 if kind == "logit" else np.arange(table.shape[1]))
    means = np.average(table, axis=0, weights=own)
    scales = np.sqrt(1.0 + np.average((table - means) ** 2, axis=0, weights=own))
    log_slopes, offsets = np.split(posterior_mode((table - means) / scales, target, own, kind, PRIOR), 2)
    slopes = np.exp(log_slopes) / scales
    offsets = offsets - slopes * means
    return CalibrationMap(
        weights=weights,
        kind=kind,
        slopes=tuple(slopes.tolist()),
        offsets=tuple(offsets.tolist()),
        rows=float(rows.sum()),
        rarest_rows=float(rows.min()),
        loss_before=float(np.average(_losses(table, target, kind), weights=own)),
        loss_after=float(np.average(_losses(table * slopes + offsets, target, kind), weights=own)),
        of_proba=of_proba,
        edge=edge,
    )


def check_learnable(rows: npt.NDArray[Any], classes: Sequence[Label]) -> None:
    """Raise unless there are two classes at least, and rows of each with a weight above 0."""
    if len(classes) < 2 or not rows.all():
        lacking = shown(classes[int(np.argmin(rows))])
        raise InvalidValueError(
            "a correction is learned from rows of each of at least two classes",
            f"no row of {lacking}" if len(classes) > 1 else f"only {lacking}",
            "Pass rows of all classes, or use the analytic correction.",
        )


def posterior_mode(
    table: Floats,
    target: npt.NDArray[np.bool_],
    own: npt.NDArray[Any],
    kind: LinkKind,
    prior: tuple[float, float],
) -> Floats:
    """Return the logarithms of the slopes, then the offsets, where loss and prior together are least.

    Parameters
    ----------
    table, target : ndarray of shape (n, m)
        Scores, and of which class each row is; one column for "logit".
    own : ndarray of shape (n,)
        The caller's row weights.
    kind : {"logit", "softmax", "ovr"}
        How scores become probabilities.
    prior : tuple of float
        Standard deviations; infinite ones give the most likely map.
    """
    columns, total = table.shape[1], own.sum()
    precision = np.repeat(np.asarray(prior, np.float64) ** -2.0, columns) / total
    if columns == 1:
        settled = _one_column(table[:, 0], target[:, 0], own / total, precision)
        if settled is not None:
            return settled

    def loss_and_slope(found: Floats) -> tuple[float, Floats]:
        slopes = np.exp(found[:columns])
        scores = table * slopes + found[columns:]
        proba = softmax(scores, axis=1) if kind == "softmax" else expit(scores)
        pulls = (proba - target) * own[:, None]
        steps = np.concatenate([(pulls * table).sum(axis=0) * slopes, pulls.sum(axis=0)]) / total
        loss = (own * _losses(scores, target, kind)).sum() / total
        return loss + 0.5 * precision @ found**2, steps + precision * found

    solved = minimize(
        loss_and_slope,
        np.zeros(2 * columns),
        jac=True,
        method="BFGS",
        options={"gtol": _TOLERANCE, "maxiter": 1000},
    )
    return np.asarray(solved.x, np.float64)


def _one_column(
    scores: Floats, target: npt.NDArray[np.bool_], own: Floats, precision: Floats
) -> Floats | None:
    """Return the mode of one slope and offset by Newton's method; None if it strays."""

    def derivatives(point: Floats) -> tuple[Floats, Floats]:
        slope = np.exp(point[0])
        proba = expit(scores * slope + point[1])
        pulls, bends = own * (proba - target), own * proba * (1.0 - proba)
        pull, bend = pulls @ scores * slope, bends @ scores * slope
        gradient = np.array([pull, pulls.sum()]) + precision * point
        corner = (bends * scores) @ scores * slope**2 + max(pull, 0.0)  # below 0 it could bend downwards
        return gradient, np.array([[corner, bend], [bend, bends.sum()]]) + np.diag(precision)

    return newton(derivatives, 2, lambda _, step: np.clip(step, -1.0, 1.0), _TOLERANCE)


def newton(
    derivatives: Callable[[Floats], tuple[Floats, Floats]],
    size: int,
    damped: Callable[[Floats, Floats], Floats],
    tolerance: float,
    steps: int = 30,
) -> Floats | None:
    """Return where a gradient is 0, by Newton's method from 0 on; None where it does not get there.

    It is our own: maps and published figures depend on its last bits, and ``scipy.optimize`` takes other
    steps.

    Parameters
    ----------
    derivatives : callable
        Maps a point of shape (size,) to the gradient and the Hessian there.
    size : int
        The number of coordinates.
    damped : callable
        Maps a point and Newton's step to the step to take.
    tolerance : float
        The largest coordinate of a gradient that counts as 0.
    steps : int, default=30
        The most steps.

    Examples
    --------
    >>> newton(lambda x: (2 * (x - 3), 2 * np.eye(1)), 1, lambda x, step: step, 1e-9)
    array([3.])
    """
    point = np.zeros(size)
    for _ in range(steps):
        gradient, hessian = derivatives(point)
        if np.abs(gradient).max() <= tolerance:
            return point
        try:
            step = np.asarray(np.linalg.solve(hessian, gradient), np.float64)
        except np.linalg.LinAlgError:
            break
        point = point - damped(point, step)
    return None


def _losses(scores: Floats, target: npt.NDArray[np.bool_], kind: LinkKind) -> Floats:
    """The log loss of each row; one against the rest: the sum over classes."""
    if kind == "softmax":
        return -np.asarray(log_softmax(scores, axis=1)[target])
    return -np.asarray(log_expit(np.where(target, scores, -scores)).sum(axis=1))


def scores_of(proba: Floats, kind: LinkKind, edge: float = 0.0) -> Floats:
    """Return scores of probabilities of shape (n, k): log-odds of two classes, else logarithms or log-odds.

    Examples
    --------
    >>> scores_of(np.array([[0.5, 0.5], [1.0, 0.0]]), "logit", EDGE).round(2)
    array([  0.  , -13.82])
    """
    inside = np.clip(proba, edge, 1.0 - edge)
    with np.errstate(divide="ignore"):  # the logarithm of 0
        logs = np.log(inside)
        if kind == "logit":
            return np.asarray(logs[:, 1] - logs[:, 0])
        return np.asarray(logs - np.log1p(-inside) if kind == "ovr" else logs)


def affine_of(correction: ClassWeights | CalibrationMap, kind: LinkKind) -> Affine:
    """Return what a correction does to scores of a kind, or raise where it was learned from another kind."""
    if isinstance(correction, ClassWeights):
        shift = link_shift(correction, kind)
        return Affine(np.ones(len(shift)), shift)
    affine = correction.affine()
    if correction.kind == "logit" and kind == "softmax":  # two scores: the last less the first counts
        return Affine(np.repeat(affine.slope, 2), np.append(0.0, affine.shift))
    if correction.kind != kind:
        raise InvalidValueError(
            "a calibration map is for scores of the kind that it was learned from",
            f"a map of kind {correction.kind!r} for scores of kind {kind!r}",
            "Learn one from this model's scores by fit_correction(…, kind=…).",
        )
    return affine
