"""The training of one model in its regime, as its recipe says, and the rows that models of a fold share."""

import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import softmax

from boostweights.adapters.adapter import Adapter, unfitted_with
from boostweights.adapters.expressing import to_native
from boostweights.adapters.registry import adapter_of
from boostweights.adapters.training import EvaluationSet, WeightedTraining
from boostweights.benchmark.plan.learners import estimator
from boostweights.benchmark.plan.plan import Model, Recipe
from boostweights.benchmark.plan.problem import Problem, read_problem
from boostweights.benchmark.plan.resample import Codes, resampled
from boostweights.benchmark.plan.splits import Groups, Rows, inner_splits
from boostweights.benchmark.regimes import LEAST_HELD_OUT, PARTS
from boostweights.errors import BoostweightsError, check_that
from boostweights.estimator.classifier import WeightedClassifier
from boostweights.estimator.corrected import (
    Margins,
    check_correctable,
    corrected_log_proba,
    margins,
    out_of_fold_correction,
    uncorrectable,
)
from boostweights.probabilities.calibration import CalibrationMap, affine_of
from boostweights.probabilities.correct import correct_proba
from boostweights.probabilities.link import link_shift, log_proba
from boostweights.tables.preparation import with_categories
from boostweights.weighting.class_weights import ClassWeights
from boostweights.weighting.policies.by_class import Explicit

_GROWING = (100, 200, 400, 800)
"""How many rounds are trained, until the best one is known, where a library does not stop by itself."""

VALIDATION_FRACTION = 0.1
"""The part of the training fold on which early stopping evaluates."""


def as_weights(values: Sequence[float]) -> ClassWeights:
    """Return class weights of labels 0 to k-1."""
    return Explicit(dict(enumerate(values))).resolve(list(range(len(values))))


def rows_of(model: Model) -> tuple[Problem, pd.DataFrame, pd.DataFrame]:
    """Return a model's data set, and the features of training and test rows as its library takes them."""
    problem = read_problem(model.data)
    X = with_categories(problem.dataset.X, model.recipe.categories)
    return problem, X.iloc[model.split.train], X.iloc[model.split.test]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Fitted:
    """A trained model and by how much it saw each class more than there was of it.

    Attributes
    ----------
    model : classifier
        Its ``predict_proba`` has columns 0 to k-1.
    shift : tuple of k floats
        Class weight times rows trained on, by rows of the fold: what a correction undoes.
    calibration : CalibrationMap or None
        The map learned out of fold, where one was asked for.
    of_proba : bool
        Whether the analytic correction is one of probabilities: of ensembles of evenly sampled parts, whose
        members' own leaves hold one class and carry no shares.
    """

    model: Any
    shift: tuple[float, ...]
    calibration: CalibrationMap | None = None
    of_proba: bool = False

    @property
    def weights(self) -> ClassWeights:
        """The shift as class weights."""
        return as_weights(self.shift)

    def probabilities(self, X: pd.DataFrame) -> dict[str, npt.NDArray[np.floating[Any]]]:
        """Return the "raw" probabilities, the "corrected" ones if something can be corrected, and "fitted".

        The last are there where a map was asked for.
        """
        by_kind = {"raw": np.asarray(self.model.predict_proba(X))}
        weighted = len(set(self.shift)) > 1
        if weighted and self.of_proba:
            by_kind["corrected"] = correct_proba(by_kind["raw"], self.weights)
        elif weighted and not uncorrectable(adapter_of(self.model), self.model, len(self.shift)):
            by_kind["corrected"] = np.exp(corrected_log_proba(self.model, X, self.weights))
        if self.calibration is not None:
            by_kind["fitted"] = np.exp(corrected_log_proba(self.model, X, self.calibration))
        return by_kind


def fit(recipe: Recipe, X: pd.DataFrame, y: Codes) -> Fitted:
    """Train a model on a fold.

    Parameters
    ----------
    recipe : Recipe
        How.
    X : pandas.DataFrame of shape (n, d)
        Features as `learners.features` returns them; not changed.
    y : ndarray of int of shape (n,)
        Labels 0 to k-1, each of them present.
    """
    X_seen, y_seen = resampled(recipe.resample, X, y, recipe.seed)
    plain, stops = estimator(recipe.classifier, recipe.parameters), recipe.early_stopping != "none"
    policy = Explicit(dict(enumerate(recipe.weights)))
    if recipe.bare:
        model = plain.fit(X_seen, y_seen)
    elif not recipe.pinned:  # a native parameter and nothing that would make it equal to row weights
        native = to_native(policy.resolve(y_seen), plain, y_seen, form=recipe.form, allow_different=True)
        settings = {**recipe.parameters, **native.params}
        model = estimator(recipe.classifier, settings).fit(X_seen, y_seen)
    else:
        clf = WeightedClassifier(
            plain,
            weighting=policy if recipe.weighted else None,
            form=recipe.form,
            eval_weighting="same" if recipe.early_stopping == "weighted" else "none",
            validation_fraction=VALIDATION_FRACTION if stops else None,
        )
        model = clf.fit(X_seen, y_seen, **recipe.fit_arguments).estimator_
    of_proba = recipe.bare and recipe.balanced
    return Fitted(model=model, shift=shift_of(recipe, y, y_seen), of_proba=of_proba)


def shift_of(recipe: Recipe, y: Codes, y_seen: Codes) -> tuple[float, ...]:
    """Return by how much a model sees each class more than there is of it among labels `y`.

    Parameters
    ----------
    recipe : Recipe
        Its weights.
    y : ndarray of int
        Labels of the rows.
    y_seen : ndarray of int
        Those of the rows after resampling.
    """
    k = len(recipe.weights)
    before, after = (np.bincount(codes, minlength=k) for codes in (y, y_seen))
    if recipe.balanced:
        after = np.full(k, before.mean())
    return tuple(w * (a / b) for w, a, b in zip(recipe.weights, after, before, strict=True))


class TooFewHeldOutError(BoostweightsError, ValueError):
    """A hold-out by which nothing can be chosen."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Trained:
    """What a regime trains.

    Attributes
    ----------
    whole : Fitted
        The model that is measured, with the map learned from the parts.
    parts : tuple of (Fitted, ndarray)
        Models of parts of the fold, with that map, and the rows of the fold that each was not trained on: all
        rows together, or none.
    chosen : mapping of str to float
        What the hold-out chose: "rounds", or the number of the "configuration" and its loss.
    searching : tuple of float
        Wall and processor seconds of the search.
    """

    whole: Fitted
    parts: tuple[tuple[Fitted, Rows], ...]
    chosen: Mapping[str, float]
    searching: tuple[float, float]

    def mean_of_parts(self, X: pd.DataFrame) -> npt.NDArray[np.float64]:
        """Return probabilities of new rows: the mean in log odds of all parts, as of an ensemble."""
        parts = [
            corrected_log_proba(part.model, X, part.calibration or part.weights) for part, _ in self.parts
        ]
        return np.asarray(softmax(np.mean(parts, axis=0), axis=1))

    def out_of_fold(self, X: pd.DataFrame) -> tuple[dict[str, npt.NDArray[np.floating[Any]]], Rows]:
        """Return probabilities of the fold's rows by the models of the other parts, and which rows they are.

        Each part's own weights are taken out of its scores, and the map of all parts goes on them.
        """
        by_kind: dict[str, list[Any]] = {}
        for fitted, rows in self.parts:
            for kind, proba in fitted.probabilities(X.iloc[rows]).items():
                by_kind.setdefault(kind, []).append(np.asarray(proba, np.float64))
        order = np.concatenate([rows for _, rows in self.parts])
        return {kind: np.concatenate(parts) for kind, parts in by_kind.items()}, order


def train_in(
    recipe: Recipe,
    X: pd.DataFrame,
    y: Codes,
    groups: Groups | None,
    *,
    corrected: bool = True,
) -> Trained:
    """Train a fold's model as its regime says, and those of its parts, by which it is corrected.

    Parameters
    ----------
    recipe : Recipe
        With the regime.
    X : pandas.DataFrame of shape (n, d)
        Features of the training rows; not changed.
    y : ndarray of int of shape (n,)
        Labels 0 to k-1, each of them present.
    groups : ndarray of int of shape (n,), optional
        What inner splits must not part.
    corrected : bool, default=True
        Whether parts are trained, to learn a correction; a regime that chooses needs them in any case.

    Raises
    ------
    TooFewHeldOutError
        If the hold-out has fewer than five rows of the rarest class.
    InvalidValueError
        If the model gives no probabilities that could be corrected, or a class has too few groups of rows.
    """
    regime, final, searching = recipe.regime, recipe, (0.0, 0.0)
    splits = list(inner_splits(y, groups, recipe.seed, PARTS)) if corrected else []
    parts: list[tuple[Fitted, Rows]] = []
    chosen: dict[str, float] = {}
    if regime.patience or regime.searches:
        held_out = y[splits[0][1]]
        rarest = int(np.bincount(held_out, minlength=len(recipe.weights)).min())
        rule = f"a hold-out must have {LEAST_HELD_OUT} rows of the rarest class, to choose by it"
        seen, remedy = f"{rarest} of {len(held_out)} rows", "Use the regime default, or a larger data set."
        check_that(rarest >= LEAST_HELD_OUT, rule, seen, remedy, TooFewHeldOutError)
    if regime.patience:
        whole, rounds = stopped(recipe, X, y, *splits[0])
        chosen["rounds"] = float(rounds)
        final = of_rounds(recipe, rounds, whole.model)
        parts = [(whole, splits[0][1])]  # it was trained on the rows of the first part
    else:
        if regime.searches:
            start = time.perf_counter(), time.process_time()
            final, first, chosen = searched(recipe, X, y, groups, splits[0])
            parts = [(first, splits[0][1])]
            searching = time.perf_counter() - start[0], time.process_time() - start[1]
        whole = fit(final, X, y)
    if splits:
        check_correctable(adapter_of(whole.model), whole.model, len(recipe.weights))
        for train, test in splits[len(parts) :]:
            parts.append((fit(final, X.iloc[train], y[train]), test))
        folds = [
            (margins(part.model, X.iloc[rows]).without(part.weights), y[rows], np.ones(len(rows)))
            for part, rows in parts
        ]
        known = out_of_fold_correction(folds, whole.weights)
        whole = replace(whole, calibration=known)
        parts = [
            (replace(part, calibration=replace(known, weights=part.weights)), rows) for part, rows in parts
        ]
    return Trained(whole=whole, parts=tuple(parts), chosen=chosen, searching=searching)


def stopped(recipe: Recipe, X: pd.DataFrame, y: Codes, train: Rows, held_out: Rows) -> tuple[Fitted, int]:
    """Train until the hold-out's loss makes no progress; return the model of the best round, and its number.

    The loss is the library's own after weights, and what resampling did, are taken out of the scores, by the
    evaluation rows' start: ``eval_weighting="shifted"`` of `WeightedClassifier`.
    """
    X_seen, y_seen = resampled(recipe.resample, X.iloc[train], y[train], recipe.seed)
    shift = shift_of(recipe, y[train], y_seen)
    plain = estimator(recipe.classifier, {**recipe.parameters, **recipe.stopping})
    adapter = adapter_of(plain)
    rows = EvaluationSet(X=X.iloc[held_out], y=y[held_out])
    if recipe.bare:
        arguments: dict[str, Any] = {"held_out": (rows.X, rows.y)}
    elif not adapter.can("shifted"):
        return _by_losses(recipe, X.iloc[train], y[train], rows, shift)
    else:
        native = to_native(as_weights(recipe.weights), plain, form=recipe.form)
        arguments = native.fit_kwargs(y_seen) if recipe.weighted else {}
        arguments |= adapter.evaluation(plain, [rows], recipe.fit_arguments)
        if len(set(shift)) > 1:
            training = WeightedTraining(
                weights=as_weights(shift),
                codes=y_seen,
                sample_weight=arguments.get("sample_weight"),
                fit_params=recipe.fit_arguments,
            )
            arguments |= adapter.shifted(plain, training, [rows])
        arguments |= recipe.fit_arguments
    model = plain.fit(X_seen, y_seen, **arguments)
    names = ("tree_count_", "best_iteration_")
    rounds = next((getattr(model, name) for name in names if hasattr(model, name)), None)
    return Fitted(model=model, shift=shift), int(model.best_iteration + 1 if rounds is None else rounds)


def _by_losses(
    recipe: Recipe, X: pd.DataFrame, y: Codes, rows: EvaluationSet, shift: tuple[float, ...]
) -> tuple[Fitted, int]:
    """Find the round at which the library would have stopped, by the losses of more and more rounds."""
    for rounds in (*_GROWING, recipe.regime.rounds):
        model = fit(of_rounds(recipe, rounds), X, y).model
        adapter = adapter_of(model)
        start = link_shift(as_weights(shift), adapter.raw_scores.link(model).kind)
        best = first_lasting(adapter.rounds.losses(model, rows, start), recipe.regime.patience)
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


def losses_by_round(
    recipe: Recipe, X: pd.DataFrame, y: Codes, X_test: pd.DataFrame, y_test: Codes
) -> Sequence[float]:
    """Return the mean log loss of test rows after each round of a model without weights."""
    plain = estimator(recipe.classifier, recipe.parameters)
    adapter = adapter_of(plain)
    rounds = adapter.rounds
    settings = rounds.all_trained(adapter.get_params(plain), len(recipe.weights))
    clf = WeightedClassifier(unfitted_with(adapter, plain, settings), weighting=None)
    if rounds.RECORDED:
        return rounds.losses(clf.fit(X, y, **rounds.QUIET, X_val=X_test, y_val=y_test).estimator_)
    evaluated = EvaluationSet(X=X_test, y=y_test)
    return rounds.losses(clf.fit(X, y).estimator_, evaluated, np.zeros(1))


def of_rounds(recipe: Recipe, rounds: int, like: Any = None) -> Recipe:
    """Return the recipe of so many rounds, for which all else is as in training a model of more."""
    adapter: Adapter = adapter_of(estimator(recipe.classifier, recipe.parameters))
    settings = adapter.rounds.number(recipe.parameters, rounds, like)
    return replace(recipe, parameters={**recipe.parameters, **settings})


def searched(
    recipe: Recipe, X: pd.DataFrame, y: Codes, groups: Groups | None, split: tuple[Rows, Rows]
) -> tuple[Recipe, Fitted, dict[str, float]]:
    """Return the recipe whose fitted probabilities have the least loss on the hold-out, and its model."""
    train, held_out = split
    inner = None if groups is None else groups[held_out]
    tried: list[tuple[float, int, Recipe, Fitted]] = []
    for number, settings in enumerate(recipe.configurations):
        changed = replace(recipe, parameters={**recipe.parameters, **settings})
        fitted = fit(changed, X.iloc[train], y[train])
        scores = margins(fitted.model, X.iloc[held_out]).without(fitted.weights)
        loss = cross_fitted_loss(scores, y[held_out], inner, recipe.seed)
        tried.append((loss, number, changed, fitted))
    loss, number, best, fitted = min(tried, key=lambda each: each[0])
    return best, fitted, {"configuration": float(number), "held_out_log_loss": loss}


def cross_fitted_loss(scores: Margins, y: Codes, groups: Groups | None, seed: int) -> float:
    """Return the mean log loss of fitted probabilities whose map was learned from other rows.

    Parameters
    ----------
    scores : Margins
        Of shape (n,) or (n, k), the analytic shift taken from them.
    y : ndarray of int of shape (n,)
        Labels.
    groups : ndarray of int of shape (n,), optional
        What must not be parted.
    seed : int
        Of the split.
    """
    units = np.arange(len(y)) if groups is None else groups
    least = min(len(np.unique(units[y == label])) for label in np.unique(y))
    rule = "a hold-out must have two groups of rows of each class"
    check_that(least >= 2, rule, f"{least}", "Use a larger data set.", TooFewHeldOutError)
    k = 2 if scores.values.ndim == 1 else scores.values.shape[1]
    total = 0.0
    for train, test in inner_splits(y, groups, seed, min(PARTS, least)):
        fold = replace(scores, values=scores.values[train]), y[train], np.ones(len(y[train]))
        known = out_of_fold_correction([fold], as_weights((1.0,) * k))
        changed = affine_of(known, scores.kind)(known.prepared(scores.values[test]))
        total -= float(log_proba(changed, scores.kind)[np.arange(len(test)), y[test]].sum())
    return total / len(y)
