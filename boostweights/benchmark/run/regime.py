"""Training in a regime: the whole model, and the models of the parts of its fold."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from boostweights.adapters.adapter import Adapter
from boostweights.adapters.expressing import to_native
from boostweights.adapters.registry import adapter_of
from boostweights.adapters.training import EvaluationSet, WeightedTraining
from boostweights.benchmark.plan.learners import Recipe, estimator
from boostweights.benchmark.plan.resample import resampled
from boostweights.benchmark.plan.splits import Groups, inner_splits
from boostweights.benchmark.regimes import LEAST_HELD_OUT, PARTS
from boostweights.benchmark.run.fit import TUNING, Fitted, fit, shift_of
from boostweights.benchmark.run.search import TooFewHeldOutError, as_weights, searched
from boostweights.benchmark.run.shared import Shared
from boostweights.estimator.corrected import OutOfFold, check_correctable, out_of_fold_correction
from boostweights.probabilities.link import link_shift
from boostweights.weighting.class_weights import ClassWeights

_GROWING: Final = (100, 200, 400, 800)
"""How many rounds are trained, until the best one is known, where a library does not stop by itself."""

Codes = npt.NDArray[np.int64]
Rows = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Part:
    """A model of a part of the fold, and the rows of the fold that it was not trained on."""

    fitted: Fitted
    test: Rows


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Trained:
    """What a regime trains.

    Attributes
    ----------
    whole : Fitted
        The model that is measured, with the map learned from the parts.
    parts : tuple of Part
        All rows of the fold are tested by one of them.
    found : mapping of str to float
        What the hold-out chose: "rounds", or the number of the "configuration" and its loss.
    searching : tuple of float
        Wall and processor seconds of the search.
    """

    whole: Fitted
    parts: tuple[Part, ...]
    found: Mapping[str, float] = field(default_factory=dict)
    searching: tuple[float, float] = (0.0, 0.0)

    def out_of_fold(self, X: pd.DataFrame) -> tuple[dict[str, npt.NDArray[np.floating[Any]]], Rows]:
        """Return probabilities of the fold's rows by the models of the other parts, and which rows they are.

        Each part's own weights are taken out of its scores, and the map of all parts goes on them.
        """
        found: dict[str, list[Any]] = {}
        for part in self.parts:
            for kind, proba in part.fitted.probabilities(X.iloc[part.test]).items():
                found.setdefault(kind, []).append(np.asarray(proba, np.float64))
        rows = np.concatenate([part.test for part in self.parts])
        return {kind: np.concatenate(each) for kind, each in found.items()}, rows


def train_in(
    recipe: Recipe, X: pd.DataFrame, y: Codes, groups: Groups | None, shared: Shared | None = None
) -> Trained:
    """Train a fold's model as its regime says, and those of its parts, by which it is corrected.

    Parameters
    ----------
    recipe : Recipe
        With a regime.
    X : pandas.DataFrame of shape (n, d)
        Features of the training rows; not changed.
    y : ndarray of int of shape (n,)
        Labels 0 to k-1, each of them present.
    groups : ndarray of int of shape (n,), optional
        What inner splits must not part.
    shared : Shared, optional
        What models of the fold have left.

    Raises
    ------
    TooFewHeldOutError
        If the hold-out has fewer than five rows of the rarest class.
    InvalidValueError
        If the model gives no probabilities that could be corrected, or a class has too few groups of rows.
    """
    assert recipe.regime is not None
    splits = list(inner_splits(y, groups, recipe.seed, PARTS))
    train, held_out = splits[0]
    if recipe.regime.chooses:
        _check_held_out(y[held_out], len(recipe.weights))
    found: dict[str, float] = {}
    start, searching = (time.perf_counter(), time.process_time()), (0.0, 0.0)
    if recipe.regime.patience:
        whole, rounds = stopped(recipe, X, y, train, held_out)
        found["rounds"] = float(rounds)
        fixed = of_rounds(recipe, rounds, whole.model)
        parts = [Part(fitted=whole, test=held_out)]  # it was trained on the rows of the first part
    elif recipe.regime.searches:
        fixed, first, found = searched(recipe, X, y, groups, (train, held_out))
        parts = [Part(fitted=first, test=held_out)]
        searching = time.perf_counter() - start[0], time.process_time() - start[1]
        whole = fit(fixed, X, y, shared)
    else:
        fixed, parts = recipe, []
        whole = fit(recipe, X, y, shared)
    check_correctable(adapter_of(whole.model), whole.model, len(recipe.weights))
    for number, (rows, test) in enumerate(splits[len(parts) :], TUNING + 1 + len(parts)):
        parts.append(Part(fitted=fit(fixed, X.iloc[rows], y[rows], shared, number), test=test))
    trained = Trained(whole=whole, parts=tuple(parts), found=found, searching=searching)
    return _corrected(trained, X, y)


def _check_held_out(y: Codes, k: int) -> None:
    rarest = int(np.bincount(y, minlength=k).min())
    if rarest < LEAST_HELD_OUT:
        raise TooFewHeldOutError(
            f"a hold-out must have {LEAST_HELD_OUT} rows of the rarest class, to choose by it",
            f"{rarest} of {len(y)} rows",
            "Use the regime default, or a larger data set.",
        )


def _corrected(trained: Trained, X: pd.DataFrame, y: Codes) -> Trained:
    """Learn the map of the parts' scores, and give it to the whole model and to each part."""
    whole, parts = trained.whole, trained.parts
    folds = [
        OutOfFold.scored(part.fitted.model, X.iloc[part.test], y[part.test], part.fitted.weights)
        for part in parts
    ]
    known = out_of_fold_correction(folds, whole.weights)
    mapped = tuple(
        replace(part, fitted=replace(part.fitted, calibration=replace(known, weights=part.fitted.weights)))
        for part in parts
    )
    return replace(trained, whole=replace(whole, calibration=known), parts=mapped)


def stopped(recipe: Recipe, X: pd.DataFrame, y: Codes, train: Rows, held_out: Rows) -> tuple[Fitted, int]:
    """Train until the hold-out's loss makes no progress; return the model of the best round, and its number.

    The loss is the library's own after weights, and what resampling did, are taken out of the scores, by the
    evaluation rows' start: ``eval_weighting="shifted"`` of `WeightedClassifier`.
    """
    X_seen, y_seen = resampled(recipe.resample, X.iloc[train], y[train], recipe.seed)
    shift = shift_of(recipe, y[train], y_seen)
    weights = as_weights(shift)
    plain = estimator(recipe.classifier, {**recipe.parameters, **recipe.stopping})
    adapter = adapter_of(plain)
    rows = EvaluationSet(X=X.iloc[held_out], y=y[held_out])
    if recipe.bare:
        model = plain.fit(X_seen, y_seen, held_out=(rows.X, rows.y))
        return Fitted(model=model, shift=shift), _best_round(model)
    if not adapter.can("shifted"):
        return _by_losses(recipe, X.iloc[train], y[train], rows, weights)
    native = to_native(as_weights(recipe.weights), plain, form=recipe.form)
    arguments = native.fit_kwargs(y_seen) if recipe.weighted else {}
    arguments |= adapter.evaluation(plain, [rows], recipe.fit_arguments)
    if len(set(shift)) > 1:
        training = WeightedTraining(
            weights=weights,
            codes=y_seen,
            sample_weight=arguments.get("sample_weight"),
            fit_params=recipe.fit_arguments,
        )
        arguments |= adapter.shifted(plain, training, [rows])
    model = plain.fit(X_seen, y_seen, **arguments, **recipe.fit_arguments)
    return Fitted(model=model, shift=shift), _best_round(model)


def _by_losses(
    recipe: Recipe, X: pd.DataFrame, y: Codes, rows: EvaluationSet, weights: ClassWeights
) -> tuple[Fitted, int]:
    """Find the round at which the library would have stopped, by the losses of more and more rounds."""
    assert recipe.regime is not None
    for rounds in (*_GROWING, recipe.regime.rounds):
        fitted = fit(of_rounds(recipe, rounds), X, y)
        adapter, model = adapter_of(fitted.model), fitted.model
        kind = adapter.raw_scores.link(model).kind
        losses = adapter.rounds.losses(model, rows, link_shift(weights, kind))
        best = first_lasting(losses, recipe.regime.patience)
        if best + recipe.regime.patience <= rounds:
            break
    return fit(of_rounds(recipe, best), X, y), best


def first_lasting(losses: Sequence[float], patience: int) -> int:
    """Return the number of the round after which no better one follows within so many.

    Examples
    --------
    >>> first_lasting([3.0, 2.0, 2.5, 2.5, 1.0], patience=2), first_lasting([3.0, 2.0, 2.5, 1.0], patience=2)
    (2, 4)
    """
    best, at = math.inf, 0
    for number, loss in enumerate(losses, 1):
        if loss < best:
            best, at = loss, number
        elif number - at >= patience:
            break
    return at


def of_rounds(recipe: Recipe, rounds: int, like: Any = None) -> Recipe:
    """Return the recipe of so many rounds, for which all else is as in training a model of more."""
    adapter: Adapter = adapter_of(estimator(recipe.classifier, recipe.parameters))
    settings = adapter.rounds.number(recipe.parameters, rounds, like)
    return replace(recipe, parameters={**recipe.parameters, **settings})


def _best_round(model: Any) -> int:
    """Return how many rounds a model that stopped predicts with."""
    if hasattr(model, "tree_count_"):
        return int(model.tree_count_)
    if hasattr(model, "best_iteration_"):
        return int(model.best_iteration_)
    return int(model.best_iteration) + 1
