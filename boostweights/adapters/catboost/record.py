"""CatBoost's record for tests and the benchmark, and recipes that go beyond constructor settings.

Metrics without weights, and a scale moved into the parameters.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from boostweights.adapters.catboost.rescale import rescale
from boostweights.adapters.readback import Rescaled
from boostweights.adapters.record import REPEATED_ROWS, Record
from boostweights.weighting.class_weights import ClassWeights

CELLS: Final[Mapping[str, Mapping[str, Any]]] = {
    "defaults": {},
    "Ordered": {"boosting_type": "Ordered"},
    "Ordered, Bayesian, Gradient": {
        "boosting_type": "Ordered",
        "bootstrap_type": "Bayesian",
        "bagging_temperature": 0.5,
        "leaf_estimation_method": "Gradient",
    },
    "start score": {"boost_from_average": True},
    "no start score": {"boost_from_average": False},
    "Newton, several steps": {"leaf_estimation_method": "Newton", "leaf_estimation_iterations": 5},
    "Gradient, several steps": {"leaf_estimation_method": "Gradient", "leaf_estimation_iterations": 3},
    "no bootstrap": {"bootstrap_type": "No", "random_strength": 0},
    "Bernoulli by level": {
        "bootstrap_type": "Bernoulli",
        "subsample": 0.6,
        "sampling_frequency": "PerTreeLevel",
    },
    "MVS, mvs_reg set": {"bootstrap_type": "MVS", "subsample": 0.5, "mvs_reg": 0.5},
    "L2 score": {"score_function": "L2", "l2_leaf_reg": 0.1},
    "Depthwise": {"grow_policy": "Depthwise", "min_data_in_leaf": 10},
    "Lossguide, L2 score": {"grow_policy": "Lossguide", "max_leaves": 9, "score_function": "L2"},
    "single leaf": {"grow_policy": "Depthwise", "min_data_in_leaf": 10_000},
    "random trees": {"random_strength": 5.0, "rsm": 0.5, "random_seed": 7},
    "penalties": {
        "first_feature_use_penalties": [0.5, 0, 0, 0, 0, 1],
        "feature_weights": [1, 1, 0.2, 1, 1, 1],
    },
    "monotone": {"monotone_constraints": [1, 0, 0, 0, 0, 0]},
    "Langevin": {"langevin": True, "diffusion_temperature": 1000},
    "posterior sampling": {"posterior_sampling": True},
    "shrinkage": {"model_shrink_rate": 0.2, "learning_rate": 0.3},
    "few borders": {"border_count": 8, "feature_border_type": "Uniform", "nan_mode": "Max"},
    "has time": {"has_time": True, "boosting_type": "Ordered"},
    "categorical": {"cat_features": [2, 5], "one_hot_max_size": 2},
    "categorical, Ordered, MVS": {
        "cat_features": [2, 5],
        "boosting_type": "Ordered",
        "bootstrap_type": "MVS",
        "mvs_reg": 0.1,
        "model_size_reg": 2.0,
    },
    "categorical, one-hot, Depthwise": {
        "cat_features": [2, 5],
        "one_hot_max_size": 50,
        "grow_policy": "Depthwise",
    },
    "one-vs-all": {"loss_function": "MultiClassOneVsAll"},
    "one-vs-all, Depthwise, Gradient": {
        "loss_function": "MultiClassOneVsAll",
        "grow_policy": "Depthwise",
        "leaf_estimation_method": "Gradient",
    },
    "softmax": {"loss_function": "MultiClass", "bootstrap_type": "Bernoulli", "subsample": 0.7},
    "classes reversed": {"class_names": "reversed"},
    "cross entropy": {"loss_function": "CrossEntropy"},
    "focal": {"loss_function": "Focal:focal_alpha=0.5;focal_gamma=2.0"},
}
"""Name → constructor settings of CatBoostClassifier; every claim about them is tested by training.

``class_names="reversed"`` stands for the labels at hand in reverse order.
"""


def _saved(model: Any, folder: Path) -> list[Path]:
    paths = [folder / "model.cbm", folder / "catboost.json"]
    for path in paths:
        model.save_model(str(path), format=path.suffix[1:])
    return paths


RECORD: Final = Record(
    classifier="catboost:CatBoostClassifier",
    distributions=("catboost",),
    trees="iterations",
    seed="random_seed",
    threads="thread_count",
    fixed={"verbose": False, "allow_writing_files": False},
    # target statistics are kept class by class: of kr-vs-k, with 18 classes and no more than 8 levels a
    # column, they make a fit take 64 s in place of 1.4 s, and its log loss no better
    many_classes={"one_hot_max_size": 10},
    patience="early_stopping_rounds",
    categories="text",
    estimators={
        "catboost:CatBoostClassifier": {
            "iterations": 8,
            "thread_count": 1,
            "verbose": 0,
            "allow_writing_files": False,
        }
    },
    settings=CELLS,
    trained_on={
        **{name: () for name in CELLS if "cat_features" in CELLS[name]},
        "classes reversed": (),
        "start score": (2,),
        "monotone": (2,),
    },
    evaluated={"eval_metric": "Logloss", "use_best_model": False},
    losses=lambda fitted: fitted.get_evals_result()["validation"]["Logloss"],
    save=_saved,
    excused={
        "CatBoostClassifier": (
            *REPEATED_ROWS,
            "check_classifier_data_not_an_array",
            "check_dtype_object",
            "check_estimator_sparse_array",
            "check_estimator_sparse_matrix",
            "check_estimator_sparse_tag",
            "check_estimators_empty_data_messages",
            "check_fit1d",
            "check_sample_weights_not_an_array",
        )
    },
)


def unweighted_metric(metric: str) -> str:
    """Return a metric that class weights do not weigh.

    CatBoost weighs evaluation rows by ``class_weights``, ``scale_pos_weight`` and ``auto_class_weights``, and
    so early stopping. With this ``eval_metric`` each of them stops where row weights on the training rows
    alone stop: IDENTICAL, trees and number of trees.

    Parameters
    ----------
    metric : str
        As ``eval_metric`` takes it.

    Examples
    --------
    >>> unweighted_metric("Logloss"), unweighted_metric("F:beta=2")
    ('Logloss:use_weights=false', 'F:beta=2;use_weights=false')
    """
    name, _, settings = metric.partition(":")
    kept = [each for each in settings.split(";") if each and not each.startswith("use_weights")]
    return f"{name}:{';'.join([*kept, 'use_weights=false'])}"


def majority_scale(weights: ClassWeights, params: Mapping[str, Any]) -> tuple[ClassWeights, Rescaled]:
    """Return weights of which the most common class has 1, and the parameters that make up for it.

    ``auto_class_weights`` cannot say weights of mean scale, nor ``scale_pos_weight`` without a row weight
    beside it. They can say the returned ones, and with the returned parameters they train the model of the
    weights given: IDENTICAL if the scale is a power of 4 (of 2 with ``score_function="L2"``), EQUIVALENT
    for others, and DIFFERENT where the parameters have no scaling, as the `Rescaled` says.

    Parameters
    ----------
    weights : ClassWeights
        Of any scale.
    params : mapping
        The estimator's settings.

    Examples
    --------
    >>> from boostweights import Balanced
    >>> weights = Balanced().resolve([0] * 90 + [1] * 10)
    >>> scaled, rescaled = majority_scale(weights, {"bootstrap_type": "No"})
    >>> scaled.class_weight, rescaled.guarantee.value
    ({0: 1.0, 1: 9.0}, 'equivalent')
    """
    unit = weights.class_weight[weights.counts.majority]
    scaled = {label: weight / unit for label, weight in weights.class_weight.items()}
    return ClassWeights(scaled, counts=weights.counts, notes=weights.notes), rescale(params, 1 / unit)
