"""Training by a library's parameters, as its ``train`` function does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from boostweights.adapters.dask import Job
from boostweights.adapters.expressing import checked_eval_weighting
from boostweights.adapters.form import EvalWeighting, FormName, NativeForm
from boostweights.distributed.dask.collections import Rows, checked_rows, require_dask
from boostweights.distributed.dask.engines import engine_named
from boostweights.distributed.dask.failing import dying
from boostweights.distributed.dask.packing import Placement, checked_placement
from boostweights.distributed.dask.resolving import cluster, evaluation, resolved, training
from boostweights.errors import InvalidTypeError, check_type, shown
from boostweights.weighting.class_weights import ClassWeights
from boostweights.weighting.labels.rules import Label
from boostweights.weighting.policies.names import WeightingLike, class_policy


@dataclass(frozen=True, slots=True, kw_only=True)
class Trained:
    """What a training by parameters gives.

    Attributes
    ----------
    booster : xgboost.Booster or lightgbm.Booster
        It knows labels 0 to k-1, in the order of `classes`.
    history : dict
        Metrics by evaluation set and iteration.
    classes : tuple of labels
    class_weights : ClassWeights
    native : NativeForm
    """

    booster: Any
    history: dict[str, Any]
    classes: tuple[Label, ...]
    class_weights: ClassWeights
    native: NativeForm


def train(  # noqa: PLR0913  the libraries' own arguments
    library: str,
    params: Mapping[str, Any],
    X: Any,
    y: Any,
    *,
    weighting: WeightingLike = "balanced",
    sample_weight: Any = None,
    evals: Sequence[tuple[Any, ...]] = (),
    form: FormName = "auto",
    eval_weighting: EvalWeighting = "auto",
    placement: Placement = "free",
    client: Any = None,
    **train_params: Any,
) -> Trained:
    """Train on Dask by a library's parameters, with class weights of a policy.

    XGBoost's ``xgboost.dask.train`` does the work; LightGBM has no such function, so an estimator takes the
    parameters.

    Parameters
    ----------
    library : {"xgboost", "lightgbm"}
        Which library.
    params : dict
        Its parameters. Without an objective, binary or softmax log loss by the number of classes.
    X, y, sample_weight : dask collections
        As for `DaskWeightedClassifier.fit`.
    weighting, form, eval_weighting, placement
        As of `DaskWeightedClassifier`.
    evals : sequence of (X, y, name) or (X, y, name, sample_weight), default=()
        Evaluation sets.
    client : distributed.Client, default=None
        The cluster; the current one where it is left out.
    **train_params : dict
        ``num_boost_round`` and others of the library's ``train``.

    Returns
    -------
    Trained

    Raises
    ------
    InvalidValueError, InvalidTypeError, UnknownLabelError
        Before any training.
    """
    require_dask()
    engine = engine_named(library)
    check_type(
        params, Mapping, "params must be a dict of the library's parameters", "Write {'max_depth': 4}."
    )
    weigh, place = checked_eval_weighting(eval_weighting), checked_placement(placement)
    rows = checked_rows(X, y, sample_weight)
    sets = [_evaluation_rows(each) for each in evals]
    on = cluster(client)
    # Early stopping is asked for in either place.
    stopping = {name: train_params[name] for name in train_params if name.startswith("early_stopping")}
    found = resolved(engine, class_policy(weighting), form, {**params, **stopping}, rows, on)
    data = training(found, on, place)
    ready = [evaluation(found, each, on, place, weigh) for each, _ in sets]
    names = [name for _, name in sets]
    job = Job(data=data, sets=ready, names=names, classes=len(found.classes), client=on)
    given = {**params, **found.native.pins, **found.native.params}
    with dying(f"training {library}", on, engine.raised):
        booster, history = engine.train(given, job, **train_params)
    return Trained(
        booster=booster,
        history=history,
        classes=found.classes,
        class_weights=found.weights,
        native=found.native,
    )


def _evaluation_rows(given: Any) -> tuple[Rows, str]:
    if not isinstance(given, (tuple, list)) or len(given) not in (3, 4) or not isinstance(given[2], str):
        raise InvalidTypeError(
            "evals must be tuples of (X, y, name) or (X, y, name, sample_weight)",
            shown(type(given).__name__),
            "Write evals=[(X_val, y_val, 'validation')].",
        )
    X, y, name, *own = given
    return checked_rows(X, y, own[0] if own else None, "evaluation "), name
