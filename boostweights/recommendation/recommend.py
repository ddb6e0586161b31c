"""One choice by a need, with honest figures: made and measured on resamples, without another fit."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import stats

from boostweights.errors import check_that
from boostweights.probabilities.promise_cost import held_out, wrong_shares
from boostweights.probabilities.promises import Promised
from boostweights.recommendation.figures import Figure, metrics_of, overlap
from boostweights.recommendation.needs import NEEDS, Need, needs_of
from boostweights.recommendation.options import Floats, Model, Option, Rows
from boostweights.recommendation.skill import Skill, skill
from boostweights.recommendation.worth import Promise, Resamples, Worth, worths

_NOISE = 0.05
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

    The simple rule of the need, in the library of the lowest log loss, is chosen unless something beats it
    beyond noise. A rule without a model is chosen where the model has no evidence of skill (see `skill`),
    and, by costs, where its point estimate is not higher than the model's. Options are compared after the
    optimism of their thresholds is subtracted.
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
        A key of `NEEDS`, as `answerable` returns it; see `needs_of`.
    costs : ndarray of shape (4,), (4, m) or (k * k,), default=None
        Of a true negative, false positive, false negative and true positive; for the need ``"costs"``. Of
        shape (4, m) they are those of each row, and rows are decided by their own costs alone. With three or
        more classes, the cost matrix, row by row.
    promised : Promised, default=None
        One rate, which the needs ``"alarms at recall"`` and ``"recall at alarm rate"`` require.
    new_rows : int, default=None
        How many new rows the intervals are for: what they hold by chance is part of them. By default as many
        as were tested.
    samples, seed : int
        Resamples, and their seed.

    Raises
    ------
    InvalidValueError
        If the need lacks its costs, there is no unweighted model, or too few rows were tested.

    References
    ----------
    Tsamardinos, Greasidou & Borboudakis (2018), Bootstrapping the out-of-sample predictions for efficient and
    accurate cross-validation, Machine Learning 107, doi:10.1007/s10994-018-5714-4.
    """
    wanted, y = needs_of(rows.classes)[need], rows.y
    shape = y.shape if rows.classes == 2 else (len(y), rows.classes)
    rule = "there must be an unweighted model to compare with"
    check_that(any(not model.weighted for model in models), rule, "none", "Add the policy unweighted.")
    for model in models:
        check_that(
            model.proba.shape == shape and ((model.proba >= 0) & (model.proba <= 1)).all(),
            "out-of-fold probabilities must be in [0, 1], one a row",
            f"{model.library}: shape {model.proba.shape}",
            "Score each tested row once.",
        )
    rule = "the need costs is for costs of errors"
    check_that(wanted.metric != "cost" or costs is not None, rule, "none", "Specify what errors cost.")
    promise = None
    if promised is not None:  # each resample takes another share on the wrong side of the threshold of a fit
        shares = wrong_shares(promised, held_out(promised, y, rows.unit), samples)
        [promised_metric] = promised.rates
        generator = np.random.default_rng((seed, *b"promise"))
        promise = Promise(promised_metric, generator.permutation(shares))
    resamples = Resamples(rows=rows, count=samples, seed=seed)
    options = wanted.options(models)
    if costs is not None and costs.ndim == 2:
        options = [option for option in options if option.rule != "tuned"]
    results = worths(options, wanted, resamples, costs, promise)
    metrics, part = metrics_of(wanted.metric, costs), len(y) / (new_rows or len(y))
    figures = [
        tuple(
            worth.expected(name, value_of, decides=name == wanted.metric, part=part)
            for name, value_of in metrics.items()
        )
        for worth in results
    ]
    simple_rules = [at for at, worth in enumerate(results) if wanted.is_simple(worth.option)]
    losses = _losses_of_libraries([results[at].option for at in simple_rules], models, resamples)
    simple_of = np.array(simple_rules, np.intp)[np.argmin(losses, axis=0)]
    choices = _choices(results, wanted, metrics[wanted.metric], simple_of, folds=int(rows.fold.max()) + 1)
    simple, best, *picks = choices.tolist()
    with_model = best if results[best].option.model else simple
    order = sorted(
        range(len(results)), key=lambda at: figures[at][0].value if wanted.lower else -figures[at][0].value
    )
    plain = next(at for at in order if results[at].option.model is None)
    cheaper = wanted.metric == "cost" and figures[plain][0].value <= figures[with_model][0].value
    chosen_from = sum(
        worth.option.model is not None and (with_model != simple or wanted.is_simple(worth.option))
        for worth in results
    )
    tested = results[with_model].option.model
    assert tested is not None
    evidence = skill(tested.proba, rows, candidates=chosen_from)
    if cheaper or not evidence.evident:
        best = plain
    return Chosen(
        need=wanted,
        best=results[best],
        simple=results[simple],
        model=results[with_model],
        skill=evidence,
        expected=figures[best],
        rivals=tuple((results[at], figures[at][0]) for at in order if at != best),
        again=float(np.mean([pick == best for pick in picks])),
    )


def _losses_of_libraries(options: Sequence[Option], models: Sequence[Model], resamples: Resamples) -> Floats:
    """Return log losses of shape (s, 1 + b), on all rows and on each resample, of each option's library.

    They are of its fitted probabilities without weights, where it has them, or of the mean of models,
    whatever the need: a cost or F1 of few positives orders libraries by chance.
    """
    fitted = {one.library: one for one in models if not one.weighted and one.correction == "fitted"}
    ways = [
        Option(model=model if model.correction == "ensemble" else fitted.get(model.library, model))
        for model in (one.model for one in options)
        if model is not None
    ]
    results = worths(ways, NEEDS["probabilities"], resamples, None)
    return np.stack([np.append(worth.whole, worth.drawn) for worth in results])


def _choices(
    results: Sequence[Worth],
    need: Need,
    metric: Callable[[Floats], Any],
    simple: npt.NDArray[np.intp],
    folds: int,
) -> npt.NDArray[np.intp]:
    """Return the simple rule, what all rows lead to, and what each resample leads to.

    `simple` is the simple rule by all rows, and by each resample. Losses on the rows left out, minus those
    on the rows drawn, are the optimism of each option.
    """
    sign = 1.0 if need.lower else -1.0
    whole, drawn, left = (
        sign * np.stack([metric(outcome) for outcome in outcomes])
        for outcomes in zip(*((worth.whole, worth.drawn, worth.left) for worth in results), strict=True)
    )
    losses = np.hstack([whole, drawn]) + np.nanmean(left - drawn, axis=1)[:, None]
    apart = drawn - drawn[simple[0]]
    others = max(1, sum(not need.is_simple(worth.option) for worth in results))
    noise = float(stats.norm.ppf(1 - _NOISE / others)) * overlap(folds) * apart.std(axis=1, ddof=1)
    beaten = losses < losses[simple, np.arange(losses.shape[1])] - noise[:, None]
    best = np.argmin(np.where(beaten, losses, np.inf), axis=0)
    return np.append(simple[:1], np.where(beaten.any(axis=0), best, simple))
