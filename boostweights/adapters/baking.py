"""The correction of probabilities, moved into the model itself, and checked on rows that reach its splits."""

import warnings
from dataclasses import replace
from typing import Any

import numpy as np

from boostweights.adapters.adapter import Adapter
from boostweights.adapters.behaviour import Floats
from boostweights.adapters.notes import CARD, note_of, write
from boostweights.adapters.registry import adapter_of
from boostweights.adapters.serving import Inputs, made
from boostweights.errors import InvalidTypeError, InvalidValueError, shown
from boostweights.probabilities.calibration import CalibrationMap, affine_of
from boostweights.probabilities.link import Correction, Link, shifted_proba
from boostweights.versions import module_version
from boostweights.weighting.class_weights import ClassWeights
from boostweights.weighting.labels.rules import Label

_MAP = " map"  # what follows in a mark are slopes and offsets


def bake_correction(model: Any, weights: ClassWeights | CalibrationMap | None = None) -> Any:
    r"""Return a copy of a fitted model whose own probabilities are corrected for class weights.

    Weights multiply the odds of class k by :math:`w_k` (Elkan 2001, theorem 2), which adds
    :math:`\log w_k` to its raw score. The copy's intercept is lower by that, so that any serving stack that
    loads it predicts :math:`\mathrm{softmax}(s - \log w)`: to 1e-12, in xgboost within 1e-6 of the exact sum
    of the leaves (measured up to 1000 trees; its own float32 sum is no nearer). The shift goes into xgboost's
    ``base_score`` (the first trees' leaves where ``base_score`` is too coarse or is one for all classes, the
    bias of gblinear), LightGBM's first trees (random forests: all trees), CatBoost's bias,
    HistGradientBoosting's baseline, GradientBoosting's first trees; scikit-learn's forests are corrected leaf
    by leaf.

    Of a fitted map :math:`s' = a (s + c) + b` the slope multiplies every leaf, or every coefficient, and the
    rest is such a shift; scikit-learn's forests, whose scores do not add up, take none. Random forests of
    boosters do.

    Before it is returned, the copy is compared with the corrected scores of the model, on rows that reach
    every split: each threshold, its neighbours, missing values and categories. The tolerance is 1e-4 in
    log-odds, relative where a score is above 1, which moves no probability by more than 2.5e-5. CatBoost does
    not show the splits of text and embedding features, so models with these are refused; so are XGBoost's
    models with leaves of hundreds, whose sums in float32 are not that exact.

    SHAP's base value moves by the same shift and no contribution changes, but by a fitted map's slope
    (leaf by leaf: they do). The copy's own ``predict`` takes the class of highest *corrected* probability.

    Parameters
    ----------
    model : classifier or Booster
        A fitted XGBClassifier, LGBMClassifier, CatBoostClassifier, HistGradientBoostingClassifier,
        GradientBoostingClassifier, RandomForestClassifier, ExtraTreesClassifier; xgboost's or lightgbm's
        Booster; or a WeightedClassifier. It is not changed.
    weights : ClassWeights or CalibrationMap, default=None
        What it was trained with, or what `fit_correction` learned. A WeightedClassifier knows its own.

    Returns
    -------
    model of the same type
        Marked (`baked_weights`), also after saving and loading. A baked WeightedClassifier has
        ``correct_proba=True``, and its `predict` still is that of the weighted model.

    Raises
    ------
    InvalidTypeError
        If the model is of another kind, or the weights are not class weights.
    InvalidValueError
        If the correction is baked in already, the objective gives no probabilities whose scores add up
        (a custom one, ``binary:hinge``, AdaBoost), the weights are of other classes, the model's format is
        not known, or the copy does not predict the corrected scores.

    Notes
    -----
    A baked model is for serving. Training on from it (``init_model=``, ``xgb_model=``) would mix corrected
    and weighted trees. An xgboost model that predicts with ``base_margin`` takes that instead of its
    ``base_score``, and so loses the correction. Of another format the converter must keep the intercept:
    ONNX Runtime misreads any bias of CatBoost's models of two classes (microsoft/onnxruntime#1007).

    Examples
    --------
    >>> import numpy as np
    >>> from lightgbm import LGBMClassifier
    >>> from boostweights import Balanced, correct_proba
    >>> X, y = np.arange(100.0)[:, None], (np.arange(100) >= 90).astype(int)
    >>> weights = Balanced().resolve(y)
    >>> model = LGBMClassifier(n_estimators=5, n_jobs=1, verbose=-1).fit(X, y, weights.sample_weight(y))
    >>> baked = bake_correction(model, weights)
    >>> np.abs(baked.predict_proba(X) - correct_proba(model.predict_proba(X), weights)).max() < 1e-12
    np.True_
    >>> baked_weights(baked), baked_weights(model)
    ((0.5555555555555556, 5.0), None)
    """
    if hasattr(model, "__boostweights_bake__"):
        return model.__boostweights_bake__(weights)
    if not isinstance(weights, (ClassWeights, CalibrationMap)):
        raise InvalidTypeError(
            "a correction needs the class weights of the training; weights of single rows cannot be undone",
            shown(weights),
            "Pass policy.resolve(y), y being the training labels.",
        )
    adapter = adapter_of(model)
    link = adapter.raw_scores.link(model)
    already = baked_weights(model)
    if already is not None:
        raise InvalidValueError(
            "a correction is baked in once",
            f"a model that is corrected for the weights {shown(already)}",
            "Bake the model as it was trained.",
        )
    if link.kind in ("proba", "none"):
        raise InvalidValueError(
            "a correction is baked into scores whose softmax or sigmoid is a probability",
            link.objective,
            "Correct what it predicts with correct_proba, if these are probabilities.",
        )
    if isinstance(weights, CalibrationMap) and (
        link.kind == "mean" or weights.edge != 0.0 or (weights.kind == "softmax" and weights.of_proba)
    ):
        raise InvalidValueError(
            "a map is baked in where it was learned from scores that add up",
            f"a map learned from probabilities, for {link.objective}",
            "Correct what it predicts with correct_proba.",
        )
    class_weights = weights.weights if isinstance(weights, CalibrationMap) else weights
    labels = _labels_in_order(class_weights, link)
    by_code = {code: class_weights.class_weight[label] for code, label in enumerate(labels)}
    counts = type(class_weights.counts)(
        {code: class_weights.counts[label] for code, label in enumerate(labels)}
    )
    in_order: ClassWeights | CalibrationMap
    in_order = encoded = ClassWeights(by_code, counts=counts)
    mark = " ".join([link.kind, *map(repr, encoded.values)])
    if isinstance(weights, CalibrationMap):
        in_order = weights.with_weights(encoded, [class_weights.classes.index(label) for label in labels])
        mark = " ".join([f"{mark}{_MAP}", *map(repr, (*in_order.slopes, *in_order.offsets))])
    correction = Correction(
        link=link, weights=encoded.values, affine=affine_of(in_order, link.kind), mark=mark
    )
    baked = adapter.baking.baked(model, correction)
    _check_baked(adapter, model, baked, correction)
    note = note_of(model, CARD) if adapter.can("notes") else None
    if note is not None and note.current:  # although its trees are changed, which is on purpose
        write(baked, CARD, note.text)
    return baked


def baked_weights(model: Any) -> tuple[float, ...] | None:
    """Return the class weights whose correction `bake_correction` put into a model, or None.

    Parameters
    ----------
    model : classifier or Booster
        Whatever `bake_correction` takes or returns, also after saving and loading.

    Returns
    -------
    tuple of float, or None
        One weight a class, in the order of the model's probability columns; None if nothing is baked in.

    Examples
    --------
    >>> from sklearn.ensemble import HistGradientBoostingClassifier
    >>> from boostweights import Explicit
    >>> y = [0, 1] * 20
    >>> model = HistGradientBoostingClassifier(max_iter=2).fit([[i] for i in range(40)], y)
    >>> baked_weights(bake_correction(model, Explicit({0: 1.0, 1: 9.0}).resolve(y)))
    (1.0, 9.0)
    """
    inner = getattr(model, "estimator_", model) if hasattr(model, "__boostweights_bake__") else model
    adapter = adapter_of(inner)
    mark = adapter.baking.correction_mark(inner) if adapter.can("baking") else None
    return None if mark is None else tuple(map(float, mark.partition(_MAP)[0].split()[1:]))


def _labels_in_order(weights: ClassWeights, link: Link) -> tuple[Label, ...]:
    """Return the labels of weights in the order of the model's classes, 0 to k-1."""
    if len(weights.classes) != link.classes:
        raise InvalidValueError(
            f"there must be a weight for each of the model's {link.classes} classes",
            f"weights of {shown(list(weights.classes))}",
            "Pass the weights that it was trained with.",
        )
    if link.labels is not None and set(link.labels) == set(weights.classes):
        return link.labels
    if link.labels is None or link.labels == tuple(range(link.classes)):
        return weights.classes
    raise InvalidValueError(
        "weights must be of the model's classes",
        f"{shown(list(weights.classes))} for a model of {shown(list(link.labels))}",
        "Pass the weights that it was trained with.",
    )


TOLERANCE = 1e-4
"""In log-odds, relative where a score is above 1: no probability moves by more than 2.5e-5. XGBoost sums
leaves in float32, which leaves up to 5e-6 between a baked model and the exact shift."""
_SCALES = np.concatenate([sign * np.logspace(-3, 6, 19) for sign in (-1.0, 1.0)])
"""Values of a feature whose splits are not known."""


def _check_baked(adapter: Adapter, model: Any, baked: Any, correction: Correction) -> None:
    """Raise unless a baked model's scores are those of the model, corrected.

    The rows are those of `boostweights.adapters.serving`: every threshold and its neighbours. Models of which
    no splits are known get values of all scales. Forests, whose scores do not add up, are compared by their
    probabilities.
    """
    table = _probes(adapter, model)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "X does not have valid feature names", UserWarning)
        if correction.link.kind == "mean":
            trees = np.stack(list(adapter.tree_probabilities(model, table)))
            expected = shifted_proba(trees, correction.affine.shift, "softmax")
            answers = np.asarray(baked.predict_proba(table), np.float64)
        else:
            expected = correction.affine(np.asarray(adapter.baking.table_scores(model, table)))
            answers = np.asarray(adapter.baking.table_scores(baked, table))
    with np.errstate(invalid="ignore"):  # infinite scores, of linear leaves
        alike = (expected == answers) | (np.isnan(expected) & np.isnan(answers))
        distance = np.abs(answers - expected)
        wrong = ~(alike | (distance <= TOLERANCE * np.maximum(1.0, np.abs(expected))))
    if wrong.any():
        rows = int(wrong.any(axis=tuple(range(1, wrong.ndim))).sum())
        raise InvalidValueError(
            f"a baked model must predict what the correction promises, within {TOLERANCE:g} in log-odds",
            f"a difference of {distance[wrong].max():.3g} on {rows} "
            f"of {len(wrong)} probe rows ({adapter.module} {module_version(adapter.module)})",
            "Correct what it predicts with correct_proba, and report the model.",
        )


def _probes(adapter: Adapter, model: Any) -> Floats:
    features = adapter.baking.n_features(model)
    if adapter.can("serving"):
        inputs = adapter.serving.inputs(model)
    else:
        scales = dict.fromkeys(range(features), _SCALES)
        inputs = Inputs(thresholds=scales, categories={}, missing=frozenset(), single=True)
    codes = {
        column: np.arange(3.0) if values is None else values for column, values in inputs.categories.items()
    }
    finite = replace(inputs, categories=codes, infinite=False)  # a table that is not the library's own
    return np.asarray(made(finite, features, double=not inputs.single))
