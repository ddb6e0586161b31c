"""One choice by a need, with honest figures: made and measured on resamples, without another fit."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from scipy import stats

from boostweights.errors import InvalidValueError, check_known
from boostweights.probabilities.promise_cost import held_out, wrong_shares
from boostweights.probabilities.promises import Promised
from boostweights.recommendation.figures import Figure, metrics_of, overlap
from boostweights.recommendation.needs import NEEDS, Need
from boostweights.recommendation.options import Floats, Model, Rows, checked_models
from boostweights.recommendation.resamples import Promise, Resamples
from boostweights.recommendation.skill import Skill, skill
from boostweights.recommendation.worth import Worth, worths

_NOISE: Final = 0.05
"""The chance that something is taken to beat the simple rule where nothing does, over all that compete."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Chosen:
    """What is recommended, and what it was compared with.

    Attributes
    ----------
    need : Need
        The need.
    best, simple : Worth
        What is recommended, and the simple rule; the same where nothing beats the latter beyond noise.
    model : Worth
        The best choice that has a model, or the simple rule where a rule without one beats it beyond noise.
    skill : Skill
        The test of whether that model has skill.
    expected : tuple of Figure
        What to expect of the recommended on new rows, the need's own figure first.
    rivals : tuple of (Worth, Figure)
        Each other option in the need's own figure, best first.
    again : float
        The share of resamples that led to the same choice.
    """

    need: Need
    best: Worth
    simple: Worth
    model: Worth
    skill: Skill
    expected: tuple[Figure, ...]
    rivals: tuple[tuple[Worth, Figure], ...]
    again: float


def choose(
    models: Sequence[Model],
    rows: Rows,
    need: str,
    *,
    costs: Floats | None = None,
    promised: Promised | None = None,
    new_rows: int | None = None,
    samples: int = 400,
    seed: int = 0,
) -> Chosen:
    """Return what to use, by out-of-fold probabilities.

    The simple rule of the need is chosen unless something beats it beyond noise. A rule without a model is
    chosen where the model has no evidence of skill (see `skill`), and, by costs, where its point estimate
    is not higher than the model's. Options are compared after the optimism of their thresholds is subtracted.
    Resamples estimate it: the threshold is chosen on each resample and measured on the rows left out
    (Tsamardinos et al. 2018). Figures are those of the recommended option, at the recommended threshold, on
    all tested rows.

    Parameters
    ----------
    models : sequence of Model
        What was trained, one of them without weights.
    rows : Rows
        The rows that they were tested on.
    need : str
        A key of `NEEDS`.
    costs : ndarray of shape (4,), default=None
        Of a true negative, false positive, false negative and true positive; for the need ``"costs"``.
    promised : Promised, default=None
        One rate, for the needs ``"alarms at recall"`` and ``"recall at alarm rate"``.
    new_rows : int, default=None
        How many new rows the intervals are for: what they hold by chance is part of them. By default as many
        as were tested.
    samples, seed : int
        Resamples, and their seed.

    Raises
    ------
    InvalidValueError
        If the need is unknown or lacks its costs, there is no unweighted model, or too few rows were tested.

    References
    ----------
    Tsamardinos, Greasidou & Borboudakis (2018), Bootstrapping the out-of-sample predictions for efficient and
    accurate cross-validation, Machine Learning 107, doi:10.1007/s10994-018-5714-4.
    """
    check_known(need, NEEDS, "a need must be known")
    wanted = NEEDS[need]
    checked_models(models, rows)
    if wanted.metric == "cost" and costs is None:
        raise InvalidValueError("the need costs is for costs of errors", "none", "Say what errors cost.")
    if wanted.rule == "promised" and promised is None:
        raise InvalidValueError(
            f"the need {need} requires a promise", "promised=None", "Pass promised=Promised(recall=0.9), say."
        )
    resamples = Resamples(rows=rows, count=samples, seed=seed)
    promise = None if promised is None else _promise(promised, rows, samples, seed)
    found = worths(wanted.options(models), wanted, resamples, costs, promise)
    choice = _Choice(found, wanted, costs, folds=int(rows.fold.max()) + 1)
    simple, best = found[choice.simple], found[choice.of(choice.whole)]
    model = best if best.option.model else simple
    picks = [choice.of(choice.drawn[:, number]) for number in range(samples)]
    part = len(rows.y) / (new_rows or len(rows.y))
    metrics = metrics_of(wanted.metric, costs)

    def expected(worth: Worth) -> tuple[Figure, ...]:
        return tuple(
            worth.expected(name, value, decides=name == wanted.metric, part=part)
            for name, value in metrics.items()
        )

    ranked = sorted(
        ((worth, expected(worth)[0]) for worth in found),
        key=lambda rival: rival[1].value if wanted.lower else -rival[1].value,
    )
    plain, figure = next(rival for rival in ranked if rival[0].option.model is None)
    cheaper = wanted.metric == "cost" and figure.value <= expected(model)[0].value
    chosen_from = [
        each for each in found if each.option.model and (model is not simple or wanted.is_simple(each.option))
    ]
    tested = model.option.model.proba  # type: ignore[union-attr]  # it has one
    evidence = skill(tested, rows, candidates=len(chosen_from))
    if cheaper or not evidence.evident:
        best = plain
    return Chosen(
        need=wanted,
        best=best,
        simple=simple,
        model=model,
        skill=evidence,
        expected=expected(best),
        rivals=tuple(rival for rival in ranked if rival[0] is not best),
        again=float(np.mean([found[at] is best for at in picks])),
    )


def _promise(promised: Promised, rows: Rows, samples: int, seed: int) -> Promise:
    """Return what each resample takes as the share on the wrong side of the threshold of a fit."""
    [metric] = promised.rates
    shares = wrong_shares(promised, held_out(promised, rows.y, rows.unit), samples)
    return Promise(metric=metric, shares=np.random.default_rng((seed, *b"promise")).permutation(shares))


class _Choice:
    """Choosing among options by their losses on the same rows."""

    def __init__(self, found: Sequence[Worth], need: Need, costs: Floats | None, folds: int) -> None:
        own = next(iter(metrics_of(need.metric, costs).values()))
        sign = 1.0 if need.lower else -1.0
        self.whole, self.drawn, left = (
            sign * np.stack([own(each) for each in outcomes])
            for outcomes in zip(*((each.whole, each.drawn, each.left) for each in found), strict=True)
        )
        self.whole = self.whole[:, 0]
        self._optimism = np.nanmean(left - self.drawn, axis=1)
        self._simple = np.flatnonzero([need.is_simple(each.option) for each in found])
        self.simple = self._of_simple(self.whole + self._optimism)
        apart = self.drawn - self.drawn[self.simple]
        others = max(1, len(found) - len(self._simple))
        self._noise = float(stats.norm.ppf(1 - _NOISE / others)) * overlap(folds) * apart.std(axis=1, ddof=1)

    def _of_simple(self, losses: Any) -> int:
        return int(self._simple[np.argmin(losses[self._simple])])

    def of(self, losses: Floats) -> int:
        """Return which option losses on the same rows, shape (options,), lead to."""
        honest = losses + self._optimism
        simple = self._of_simple(honest)
        beaten = honest < honest[simple] - self._noise
        return int(np.argmin(np.where(beaten, honest, np.inf))) if beaten.any() else simple
