"""The weight as a knob: what each weight of the positive class costs and catches, out of fold."""

from collections.abc import Iterable, Mapping
from os import PathLike
from typing import Any, Literal

from sklearn.utils import indexable

from boostweights.errors import check_that, is_number
from boostweights.path.inputs import (
    checked_costs,
    checked_group_column,
    checked_promise,
    checked_ratios,
    checked_two_classes,
    clusters_of,
    default_ratios,
    folds,
)
from boostweights.path.model import bins_of, checked_model
from boostweights.path.others import checked_tuning
from boostweights.path.result import WeightPath
from boostweights.path.run import Plan, joined, trained
from boostweights.path.store import Store, checked_folder
from boostweights.progress import checked_progress
from boostweights.weighting.labels.rules import Label
from boostweights.weighting.policies.base import Scale
from boostweights.weighting.policies.costs import Costs


def weight_path(  # noqa: PLR0913  each is a choice of the user's, all but three with a default
    estimator: Any,
    X: Any,
    y: Any,
    ratios: Iterable[float] | None = None,
    *,
    cv: Any = 5,
    groups: Any = None,
    positive: Label = None,
    costs: Costs | None = None,
    at_least: Mapping[str, float] | None = None,
    at_most: Mapping[str, float] | None = None,
    confidence: float = 0.9,
    scale: Scale = "mean",
    sample_weight: Any = None,
    cv_groups: Any = None,
    tuning: Literal["folds", "nested"] = "folds",
    reuse: Literal["auto", "none", "frozen"] = "auto",
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
    positive : label, default=None
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
    reuse : {"auto", "none", "frozen"}, default="auto"
        ``"auto"`` bins the features once a fold where that equals fitting anew bit for bit (lightgbm;
        catboost; xgboost where ``max_bin`` is at least the distinct values of each feature). ``"frozen"`` is
        for xgboost otherwise, whose cut points follow the weights: they are found once, without weights,
        which is another model. `WeightPath.reused` says what was done.
    n_jobs : int, default=None
        Folds trained at a time, by joblib as in scikit-learn: None is 1 unless a ``parallel_config`` says
        otherwise, -1 one a core. The path is the same to the bit where a fit does not depend on the number
        of its own threads; give the estimator one.
    progress : bool or "auto", default="auto"
        A bar, which needs rich; ``"auto"`` draws it in a terminal or notebook where rich is installed.
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
    'LogisticRegression, Unweighted()'
    """
    model = checked_model(estimator, scale)
    (X,) = indexable(X)  # of a sparse matrix, what gives its rows
    labels = checked_two_classes(X, y, positive, costs, sample_weight)
    model.check_weights(sample_weight)
    splits = folds(X, labels, cv, cv_groups)  # before a grid is made of classes that may weigh nothing
    clusters = clusters_of(cv_groups)
    promised = checked_promise(at_least, at_most, confidence, labels, clusters)
    plan = Plan(
        model=model,
        X=X,
        labels=labels,
        ratios=default_ratios(labels.imbalance) if ratios is None else checked_ratios(ratios),
        splits=splits,
        costs=checked_costs(costs, labels.classes),
        reuse=bins_of(model, X, reuse, labels.weight),
        tuning=checked_tuning(tuning, splits, labels, cv_groups),
        promised=promised,
        clusters=clusters,
    )
    group_column = checked_group_column(groups, len(labels.codes))
    if n_jobs is not None:
        remedy = "Use -1 for one fold a core, for example."
        check_that(
            is_number(n_jobs, whole=True) and n_jobs, "n_jobs must be an integer other than 0", n_jobs, remedy
        )
    drawn, folder = checked_progress(progress), checked_folder(store)
    kept = Store(folder=folder, base=plan.key() if folder else "")
    return joined(plan, trained(plan, kept, drawn=drawn, n_jobs=n_jobs), groups=group_column)
