"""The weight as a knob: what each weight of the positive class costs and catches, out of fold."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from io import BytesIO
from os import PathLike
from pathlib import Path
from typing import Any, Literal
from zipfile import BadZipFile

import joblib
import numpy as np
import numpy.typing as npt
from sklearn.pipeline import Pipeline
from sklearn.utils import _safe_indexing, indexable
from sklearn.utils.parallel import Parallel, delayed

from boostweights.adapters.binning import BinnedFold, Reuse
from boostweights.adapters.registry import adapter_of
from boostweights.errors import InvalidTypeError, check_that, check_type, explained, shown
from boostweights.files import write_atomically
from boostweights.path import inputs
from boostweights.path.inputs import Codes, Labels, Split
from boostweights.path.model import PathModel, bins_of, checked_model
from boostweights.path.others import checked_tuning, nested_threshold, path_of, tested_rows
from boostweights.path.result import WeightPath, costs_of_counts
from boostweights.probabilities.promise_cost import held_out, of_one_rate
from boostweights.probabilities.promises import asked as promised_rates
from boostweights.probabilities.thresholds import Floats
from boostweights.progress import checked_progress, progress_bar
from boostweights.versions import distribution_version, module_version
from boostweights.weighting.labels.counting import factorize
from boostweights.weighting.labels.rules import Label
from boostweights.weighting.policies.base import Scale
from boostweights.weighting.policies.costs import Costs

Arrays = dict[str, npt.NDArray[Any]]
Fold = tuple[dict[float, Arrays], float | None]  # what each ratio predicts, and a threshold tuned within


def weight_path(  # noqa: PLR0913  each is a choice of the user's, all but three with a default
    estimator: Any,
    X: Any,
    y: Any,
    ratios: Iterable[float] | None = None,
    *,
    cv: Any = 5,
    groups: Any = None,
    pos_label: Label = None,
    costs: Costs | None = None,
    at_least: Mapping[str, float] | None = None,
    at_most: Mapping[str, float] | None = None,
    confidence: float = 0.9,
    scale: Scale = "mean",
    sample_weight: Any = None,
    cv_groups: Any = None,
    tuning: Literal["folds", "nested"] = "folds",
    reuse: Literal["auto", "none"] = "auto",
    n_jobs: int | None = None,
    progress: bool | Literal["auto"] = "auto",
    store: str | PathLike[str] | None = None,
) -> WeightPath:
    """Train a classifier at each weight of the positive class, and keep what it says out of fold.

    Beside the weighted models stands the unweighted one, which is the path's own ratio 1 where it is among
    the ratios: at the equivalent threshold 1 / (1 + ratio), and at a tuned threshold.

    Parameters
    ----------
    estimator : classifier, WeightedClassifier or Pipeline that ends in either
        It must give probabilities, and not weigh classes itself. The weighting of a WeightedClassifier is
        replaced, its other parameters stay. Give it an integer seed: the folds then repeat.
    X : array-like, sparse matrix or data frame of shape (n, p)
        Whatever the estimator takes.
    y : array-like of shape (n,)
        Labels of two classes.
    ratios : sequence of float, default=None
        Weights of the positive class over that of the other; by default about eight, from 1 over the
        balanced one (negatives per positive) to twice that.
    cv : int, splitter or iterable of (train, test), default=5
        As in scikit-learn; an int is stratified. Each fold needs both classes on both sides.
    groups : array-like of shape (n,), default=None
        Group of each row (region, age band), whose error rates `WeightPath.group_frame` reports. Not trained
        on, and not split by: see `cv_groups`.
    pos_label : label, default=None
        Needed unless labels are {0, 1}, {-1, 1} or bool.
    costs : Costs, default=None
        Costs of errors, for the metric ``cost``; the unweighted model's threshold is then tuned by it,
        otherwise by F1.
    at_least, at_most : dict, default=None
        One promise by whose costs ratios are compared: ``at_least={"recall": 0.9}`` by the alarms that it
        costs, ``at_most={"alarms": 0.05}`` by the recall that it leaves. The expected cost of a fit that
        holds rows out for its promise is measured on each fold's test rows: ``promised_alarms``,
        ``promised_recall``, ``promised_threshold``. With `cv_groups` the promise is about one row of a group.
        Such a fit trains on two thirds of the rows, as three folds do. To promise it in use, call `promise`
        on fresh rows, or set `WeightedClassifier.threshold`.
    confidence : float, default=0.9
        Of the promise.
    scale : {"mean", "majority", "none"}, default="mean"
        The scale of the weights, as of any policy. With ``"mean"`` training rows weigh 1 on average, so that
        a ratio changes little else than the ratio: regularisation is absolute.
    sample_weight : array-like of shape (n,), default=None
        The caller's row weights: trained with (class weights multiply), not counted in the metrics. Not
        with a Pipeline.
    cv_groups : array-like of shape (n,), default=None
        Groups that a splitter such as StratifiedGroupKFold keeps together, also where the threshold is tuned.
        A `cv` that parts them raises.
    tuning : {"folds", "nested"}, default="folds"
        Where the unweighted model's threshold is tuned. ``"folds"``: each fold takes the score that is best
        on the other folds' test rows, without more fits. A row's score has no part in the threshold that
        decides the row, though the other folds' models were trained on the row. ``"nested"``:
        ``TunedThresholdClassifierCV`` of scikit-learn chooses among a hundred thresholds within each training
        fold, which takes six more fits a fold and about twice the time.
    reuse : {"auto", "none"}, default="auto"
        ``"auto"`` bins the features once a fold where that equals fitting anew bit for bit (lightgbm;
        catboost; xgboost where ``max_bin`` is at least the distinct values of each feature).
        `WeightPath.reused` says what was done.
    n_jobs : int, default=None
        Folds trained at a time, by joblib as in scikit-learn: None is 1 unless a ``parallel_config`` says
        otherwise, -1 one a core. The path is the same to the bit where a fit does not depend on the number
        of its own threads; give the estimator one.
    progress : bool or "auto", default="auto"
        A bar, which needs rich; ``"auto"`` draws it in a terminal where rich is installed, and
        in a notebook where ipywidgets is, too.
    store : path, default=None
        A folder in which each fit's result is kept as it is made. The same call later trains what is
        missing; with deterministic fits the path is the same to the bit. Data, splits, settings and versions
        are part of the key, so that a folder can hold several paths.

    Returns
    -------
    WeightPath

    Raises
    ------
    InvalidValueError, InvalidTypeError
        Before any training: ratios that are not positive and finite or are repeated, more than two classes,
        a positive label that is unclear, a fold without one of the classes, groups of another length, an
        estimator that gives no probabilities or weighs classes itself, costs that do not fit, a promise for
        which a fold has too few rows.

    Examples
    --------
    >>> from sklearn.datasets import make_classification
    >>> from sklearn.linear_model import LogisticRegression
    >>> X, y = make_classification(400, weights=[0.9], flip_y=0.05, random_state=0)
    >>> path = weight_path(LogisticRegression(), X, y, ratios=[1, 3, 9], cv=3)
    >>> [path.confusion(ratio)["tp"] for ratio in path.ratios]
    [12, 25, 32]
    >>> path.best("ranking").name
    'LogisticRegression, unweighted'
    """
    model = checked_model(estimator, scale)
    X, groups, cv_groups = indexable(X, groups, cv_groups)  # of a sparse matrix, what gives its rows
    labels = inputs.checked_two_classes(X, y, pos_label, costs, sample_weight)
    rule = "sample_weight goes to a classifier, not to a Pipeline"
    remedy = "Transform X first, or leave it out."
    takes_weights = sample_weight is None or not isinstance(model.template, Pipeline)
    check_that(takes_weights, rule, "a Pipeline", remedy, InvalidTypeError)
    clusters = None if cv_groups is None else np.asarray(factorize(cv_groups, few=False)[1], np.intp)
    # before a grid is made of classes that may weigh nothing
    splits = inputs.folds(X, labels, cv, cv_groups, clusters)
    promised = None
    if at_least is not None or at_most is not None:
        promised = of_one_rate(promised_rates(at_least, at_most, confidence))
        held_out(promised, labels.codes == labels.positive, clusters)  # raises where it cannot
    if ratios is None:
        sums = np.bincount(labels.codes, labels.weight)
        asked = inputs.default_ratios(float(sums[1 - labels.positive] / sums[labels.positive]))
    else:
        asked = inputs.checked_ratios(ratios)
    costs = inputs.checked_costs(costs, labels.classes)
    label = labels.classes[labels.positive]
    plan = Plan(
        model=model,
        X=X,
        labels=labels,
        ratios=tuple(sorted({1.0, *asked})),
        splits=splits,
        costs=None if costs is None else costs_of_counts(costs, labels.classes, label),
        reuse=bins_of(model, X, reuse, labels.weight),
        inner=checked_tuning(tuning, splits, labels, clusters),
    )
    names = inputs.checked_groups(groups)
    drawn, folder = checked_progress(progress), None
    if store is not None:
        check_type(store, (str, PathLike), "store must be a folder", "Pass 'paths/credit', for example.")
        folder = Path(store)
        with explained((FileExistsError,), "store must be a folder", "Name another.", str(folder)):
            folder.mkdir(parents=True, exist_ok=True)
    kept = Store(folder=folder, base=plan.key() if folder else "")
    proba, corrected, thresholds = plan.trained(kept, drawn, n_jobs)
    row, fold = tested_rows(splits)
    return path_of(
        plan.ratios,
        proba,
        corrected,
        np.ones(len(row)) if labels.weight is None else labels.weight[row],
        thresholds,
        ratios=asked,
        classes=labels.classes,
        pos_label=label,
        row=row,
        fold=fold,
        y=labels.codes[row] == labels.positive,
        train_size=np.array([len(split.train) for split in splits]),
        costs=costs,
        groups=None if names is None else names[row],
        promised=promised,
        clusters=None if clusters is None else clusters[row],
        tuning="folds: on the scores of the other folds"
        if plan.inner is None
        else "nested: by TunedThresholdClassifierCV within each training fold",
        estimator=model.name,
        scale=scale,
        reused=plan.reuse.how,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Store:
    """Results by the hash of everything that made them; without a folder nothing is kept.

    Files hold numbers only; a run that is killed leaves whole files or none.
    """

    folder: Path | None
    base: str

    def get(self, name: str, make: Callable[[], Arrays]) -> Arrays:
        """Return a result from the folder, or make and keep it."""
        if self.folder is None:
            return make()
        path = self.folder / f"{joblib.hash([self.base, name])}.npz"
        if path.exists():
            kinds, rule = (BadZipFile, ValueError, EOFError, KeyError), "a file of the store must be whole"
            with (
                explained(kinds, rule, "Delete it: it will be trained again.", str(path)),
                path.open("rb") as opened,
                np.load(opened, allow_pickle=False) as arrays,
            ):
                return dict(arrays)
        made, content = make(), BytesIO()
        np.savez(content, **made)  # type: ignore[arg-type]
        write_atomically(path, content.getvalue())
        return made


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Plan:
    """What is to be trained, on which rows; everything checked.

    Attributes
    ----------
    ratios : tuple of float
        Those asked for, and 1 for the baselines.
    costs : ndarray of shape (4,) or None
        What each of the four counts costs.
    inner : sequence of k arrays or None
        Where thresholds are tuned within training folds, the part of its fold that each row of it is in.
    """

    model: PathModel
    X: Any
    labels: Labels
    ratios: tuple[float, ...]
    splits: Sequence[Split]
    costs: Floats | None
    reuse: Reuse
    inner: Sequence[Codes] | None

    def key(self) -> str:
        """Hash all that every fit depends on; fold and ratio come with each result's own name."""
        template = self.model.at(1.0, self.labels.positive)  # the weighting before does not count
        labels = self.labels
        data = [self.X, labels.codes, labels.positive, labels.weight, self.splits]
        key: str = joblib.hash([settings_of(template), self.model.scale, self.reuse.how, *data])
        return key

    def trained(self, store: Store, drawn: bool, n_jobs: int | None) -> tuple[Floats, Floats, list[float]]:
        """Train what the store lacks, fold by fold or several folds at a time, and join the folds."""
        numbers = range(len(self.splits))
        steps = len(self.ratios) + (self.inner is not None)
        done, total = 0, len(numbers) * steps
        folds: list[Fold] = []
        with progress_bar("weight path", drawn=drawn) as show:

            def advance(text: str, by: int) -> None:
                nonlocal done
                done += by
                show(done / total, f"{done}/{total} {text}")

            if joblib.effective_n_jobs(n_jobs) == 1:
                folds = [self.fold(store, number, advance) for number in numbers]
            else:
                tasks = (delayed(self.fold)(store, number, _silent) for number in numbers)
                for number, fold in enumerate(Parallel(n_jobs=n_jobs, return_as="generator")(tasks)):
                    folds.append(fold)
                    advance(f"fold {number + 1}", steps)
        proba, corrected = (
            np.hstack([[cells[ratio][kind] for ratio in self.ratios] for cells, _ in folds])
            for kind in ("proba", "corrected")
        )
        return proba, corrected, [threshold for _, threshold in folds if threshold is not None]

    def fold(self, store: Store, number: int, advance: Callable[[str, int], None]) -> Fold:
        """Train one fold; its data are binned when first needed, and once."""
        split = self.splits[number]

        @cache
        def binned() -> BinnedFold | None:
            if self.reuse.bin is None:
                return None
            return self.reuse.bin(_safe_indexing(self.X, split.train), self.labels.codes[split.train])

        def cell(ratio: float) -> Arrays:
            if (bins := binned()) is None:
                return self.model.refitted(self.X, self.labels, split, ratio)
            return self.model.reused(self.X, self.labels, split, ratio, bins)

        cells = {}
        for ratio in self.ratios:
            cells[ratio] = store.get(f"fold {number}, ratio {ratio!r}", partial(cell, ratio))
            advance(f"fold {number + 1}, ratio {ratio:.3g}", 1)
        if self.inner is None:
            return cells, None
        inner = self.inner[number]

        def threshold() -> Arrays:
            best = nested_threshold(self.model, self.X, self.labels, split, inner, costs=self.costs)
            return {"threshold": np.asarray(best)}

        kept = store.get(f"fold {number}, threshold {joblib.hash([self.costs, inner])}", threshold)
        advance(f"fold {number + 1}, threshold", 1)
        return cells, float(kept["threshold"])


def settings_of(estimator: Any) -> list[Any]:
    """Return an estimator's class, all its settings and the versions that can change its results.

    Nested estimators are named by their classes: their settings follow by their own names.

    Raises
    ------
    InvalidValueError
        If the repr of a setting is its address, as that of a function: it does not identify the setting.
    """
    settings = sorted(estimator.get_params(deep=True).items())
    rule = "a store needs settings that say what they are, to find what was trained with them"
    for name, value in settings:
        is_named = " at 0x" not in repr(value)
        check_that(
            is_named, rule, f"{name}={shown(value)}", "Pass an integer seed, a name, or leave store out."
        )
    estimators = [estimator, *(value for _, value in settings if hasattr(value, "get_params"))]
    libraries = {adapter_of(part).module for part in estimators}
    modules = {type(part).__module__.partition(".")[0] for part in estimators}
    versions = {
        name: module_version(name) or (distribution_version(name) if name in libraries else "")
        for name in sorted({"boostweights", "numpy", "sklearn", *libraries, *modules})
    }
    named = [(name, type(value) if hasattr(value, "get_params") else value) for name, value in settings]
    return [type(estimator), named, versions]


def _silent(text: str, by: int) -> None:
    """Show nothing, in another process."""
