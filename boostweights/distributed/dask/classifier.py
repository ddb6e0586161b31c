"""A classifier that is trained on Dask with class weights resolved on all partitions."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.base import clone

from boostweights.adapters.form import EvalWeighting, FormName
from boostweights.distributed.dask.collections import dying, is_dask, partitions
from boostweights.distributed.dask.training import engine_of, prepared
from boostweights.errors import InvalidTypeError, check_that
from boostweights.estimator.classifier import WeightedClassifier
from boostweights.estimator.deciding import ThresholdLike
from boostweights.estimator.rows import Rows, evaluation_rows
from boostweights.estimator.settings import check_classes, checked_settings, threshold_of
from boostweights.weighting.policies.names import WeightingLike, class_policy


class DaskWeightedClassifier(WeightedClassifier):
    """Train DaskXGBClassifier or DaskLGBMClassifier with class weights of a policy.

    `WeightedClassifier` for rows on a cluster. Labels are counted on the workers and encoded over all
    partitions, so that a partition or a worker may lack classes; weights are computed next to their labels.

    Parameters
    ----------
    estimator : DaskXGBClassifier or DaskLGBMClassifier
        It must not weight classes itself.
    weighting : policy, str, dict or None, default="balanced"
        See `as_policy`. Its fields are parameters: ``set_params(weighting__power=0.5)``.
    form : str, default="auto"
        The native form. A form that would train another model than row weights is refused.
    eval_weighting : {"auto", "none", "same"}, default="auto"
        Whether evaluation rows are weighted as their class is in training ("same"); "auto" is "none".
    correct_proba : bool, default=False
        Whether ``predict_proba`` undoes the class weights.
    count_rows : bool, default=False
        Count rows as such, not by the caller's `sample_weight`.
    placement : {"free", "pinned"}, default="free"
        Pinned, partitions are moved to the workers in order of number, so that in repeats on as many workers
        each holds the same rows: XGBoost's model is then the same, LightGBM's need not be.
    threshold : float, Costs or cost matrix, default=None
        What ``predict`` decides by; see `WeightedClassifier`. Scorers and promises need rows that were not
        trained on: call `promise` on their scores, and set the number that it finds.
    pos_label : label, default=None
        The positive one, where a threshold decides.

    Attributes
    ----------
    classes_, class_weights_, native_
        As of `WeightedClassifier`.
    estimator_ : XGBClassifier or LGBMClassifier
        The fitted one; it knows encoded labels only, and needs no cluster.

    Examples
    --------
    >>> import dask.array as da, numpy as np
    >>> from distributed import Client
    >>> from xgboost.dask import DaskXGBClassifier
    >>> y = np.array(["no"] * 90 + ["yes"] * 10)  # the last partition alone has both
    >>> X, y = da.from_array(np.arange(100.0)[:, None], chunks=(50, 1)), da.from_array(y, chunks=50)
    >>> with Client(processes=False, n_workers=1, threads_per_worker=1, dashboard_address=":0") as client:
    ...     clf = DaskWeightedClassifier(DaskXGBClassifier(n_estimators=5)).fit(X, y, client=client)
    >>> clf.class_weights_.class_weight
    {'no': 0.5555555555555556, 'yes': 5.0}
    >>> clf.to_local().predict(np.array([[95.0]]))
    array(['yes'], dtype='<U3')
    """

    def __init__(  # noqa: PLR0913
        self,
        estimator: Any,
        weighting: WeightingLike = "balanced",
        *,
        form: FormName = "auto",
        eval_weighting: EvalWeighting = "auto",
        correct_proba: bool = False,
        count_rows: bool = False,
        placement: str = "free",
        threshold: ThresholdLike = None,
        pos_label: Any = None,
    ) -> None:
        super().__init__(
            estimator,
            weighting,
            form=form,
            eval_weighting=eval_weighting,
            correct_proba=correct_proba,
            count_rows=count_rows,
            threshold=threshold,
            pos_label=pos_label,
        )
        self.placement = placement

    def fit(
        self,
        X: Any,
        y: Any,
        *,
        sample_weight: Any = None,
        X_val: Any = None,
        y_val: Any = None,
        sample_weight_val: Any = None,
        eval_set: Any = None,
        client: Any = None,
        **fit_params: Any,
    ) -> DaskWeightedClassifier:
        """Resolve the policy on these labels and train.

        Parameters
        ----------
        X : dask DataFrame or dask Array of shape (n, p)
            Features, whole rows in each partition.
        y : dask Series or dask Array of shape (n,)
            Labels of any kind, in the partitions of X.
        sample_weight : dask Series or dask Array of shape (n,), default=None
            The caller's row weights. Classes are counted by them, and class weights multiply with them.
        X_val, y_val : dask collections, default=None
            An evaluation set.
        sample_weight_val : dask column, or a list of them, default=None
            The caller's weights of evaluation rows.
        eval_set : list of (X, y), default=None
            Evaluation sets, where there are several.
        client : distributed.Client, default=None
            The cluster; the current one where it is left out.
        **fit_params : dict
            For the estimator's own ``fit``, as far as it does not speak of single rows.

        Returns
        -------
        DaskWeightedClassifier
            Itself.

        Raises
        ------
        InvalidValueError, InvalidTypeError, UnknownLabelError
            Before any training.
        """
        engine = engine_of(self.estimator)
        policy, adapter = checked_settings(self, fit_params)
        threshold_of(self).refuse_folds()
        unknown = sorted({*fit_params} - engine.carried)
        check_that(
            not unknown,
            f"of the arguments of fit, {', '.join(sorted(engine.carried))} are passed on",
            ", ".join(f"{name}=" for name in unknown),
            "Pass evaluation rows as X_val and y_val, or eval_set; no other column is carried.",
            InvalidTypeError,
        )
        weights, native, job = prepared(
            self,
            engine,
            class_policy(policy),
            adapter.get_params(self.estimator),
            rows=Rows(X, y, sample_weight),
            sets=evaluation_rows(X_val, y_val, {"sample_weight_val": sample_weight_val}, eval_set),
            client=client if client is not None else self.estimator.get_params().get("client"),
        )
        check_classes(self, adapter, weights.classes)
        inner = self._unfitted().set_params(**native.pins, **native.params)
        with dying(f"training {type(inner).__name__}", job.client, engine.raised):
            fitted = engine.fit(inner, job, **fit_params)
        self.__dict__.pop("feature_names_in_", None)  # of a fit before
        self.n_features_in_ = int(X.shape[1])
        names = list(getattr(X, "columns", ()))
        if names and all(isinstance(name, str) for name in names):
            self.feature_names_in_ = np.array(names, object)
        dtype = y.dtype if isinstance(y.dtype, np.dtype) and y.dtype.kind in "biufO" else None
        self._keep(fitted, native, weights, np.array(weights.classes, dtype))
        return self

    def predict(self, X: Any, **limits: Any) -> Any:
        """Return the label of each row as of `WeightedClassifier`: a Dask array for Dask's rows."""
        return self._on_parts("predict", X, **limits) if is_dask(X) else super().predict(X, **limits)

    def predict_proba(self, X: Any, **limits: Any) -> Any:
        """Return probabilities of shape (n, k), columns in the order of ``classes_``."""
        if is_dask(X):
            return self._on_parts("predict_proba", X, **limits)
        return super().predict_proba(X, **limits)

    def predict_log_proba(self, X: Any) -> Any:
        """Return the logarithm of `predict_proba`."""
        return self._on_parts("predict_log_proba", X) if is_dask(X) else super().predict_log_proba(X)

    def to_local(self) -> WeightedClassifier:
        """Return the fitted classifier of one machine, which needs neither cluster nor Dask."""
        self._check_fitted({})
        params = {name: value for name, value in self.get_params(deep=False).items() if name != "placement"}
        local = WeightedClassifier(**{**params, "estimator": clone(self.estimator_)})
        fitted = {
            name: value for name, value in vars(self).items() if name.endswith("_") or name == "_decision"
        }
        local.__dict__.update(fitted)
        return local

    def __boostweights_bake__(self, weights: Any = None) -> WeightedClassifier:
        """Return the local classifier with the correction inside ``estimator_``, for `bake_correction`."""
        return self.to_local().__boostweights_bake__(weights)

    def _unfitted(self) -> Any:
        """Return an unfitted copy; scikit-learn's clone would copy a client, which cannot be."""
        return type(self.estimator)(**self.estimator.get_params(deep=False))

    def _on_parts(self, method: str, X: Any, **limits: Any) -> Any:
        """Apply a method of the local classifier to each partition, lazily."""
        import dask.array as da
        from dask.delayed import delayed

        self._check_fitted(limits)
        rows = X.chunks[0] if hasattr(X, "chunks") else [np.nan] * X.npartitions
        wide = () if method == "predict" else (len(self.classes_),)
        own = np.float64 if self.correct_proba else engine_of(self.estimator).proba_dtype
        dtype = self.classes_.dtype if method == "predict" else np.dtype(own)
        model, apply = delayed(self.to_local(), pure=False), delayed(_applied, pure=False)
        blocks = [
            da.from_delayed(
                apply(model, method, part, wide, dtype, **limits), shape=(size, *wide), dtype=dtype
            )
            for (part,), size in zip(partitions(X), rows, strict=True)
        ]
        return da.concatenate(blocks)


def _applied(
    model: Any, method: str, X: Any, wide: tuple[int, ...], dtype: np.dtype[Any], **limits: Any
) -> Any:
    if not X.shape[0]:
        return np.empty((0, *wide), dtype)
    return getattr(model, method)(X, **limits)
