"""A scikit-learn classifier that trains another one with class weights from a policy."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from contextlib import nullcontext
from copy import copy, deepcopy
from importlib import import_module
from types import MappingProxyType
from typing import Any, cast

import numpy as np
import numpy.typing as npt
from scipy.special import log_softmax
from sklearn import get_config
from sklearn.utils.metadata_routing import process_routing
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import _estimator_has, check_is_fitted, has_fit_parameter, validate_data

from boostweights.adapters.adapter import unfitted_with
from boostweights.adapters.baking import bake_correction
from boostweights.adapters.expressing import to_native
from boostweights.adapters.form import Estimator, NativeForm
from boostweights.adapters.registry import adapter_of
from boostweights.adapters.training import WeightedTraining
from boostweights.errors import InvalidTypeError, InvalidValueError, check_that, is_number, shown
from boostweights.estimator import rows, settings
from boostweights.estimator.corrected import checked_class_weights, corrected_log_proba, margins
from boostweights.estimator.crossfit import cross_fit
from boostweights.estimator.deciding import promised
from boostweights.estimator.settings import Wrapping, threshold_of
from boostweights.estimator.summary import Summary
from boostweights.probabilities.calibration import CalibrationMap
from boostweights.probabilities.link import log_proba
from boostweights.probabilities.promises import Promised
from boostweights.probabilities.rule import DecisionRule
from boostweights.recommendation.recommendation import Recommendation
from boostweights.weighting.class_weights import ClassWeights
from boostweights.weighting.labels.counting import column_where_it_lies
from boostweights.weighting.labels.rules import check_few_classes
from boostweights.weighting.policies.names import as_policy
from boostweights.weighting.row_weights import RowWeights, by_class

_OF_RULE = ("rule_", "threshold_", "threshold_report_", "offsets_", "promise_", "_decision")


def _has_raw_decision(self: WeightedClassifier) -> bool:
    if self.correct_proba:
        raise AttributeError("decision_function is uncorrected: not offered with correct_proba=True")
    return bool(_estimator_has("decision_function")(self))


class WeightedClassifier(Wrapping):
    """Train a classifier with class weights that a policy resolves on the training fold.

    Labels are encoded once, for training and evaluation sets alike; features pass through untouched.

    Parameters
    ----------
    estimator : classifier
        XGBClassifier, LGBMClassifier, CatBoostClassifier, or any classifier whose ``fit`` takes
        ``sample_weight``. It must not weigh classes itself. With ``weighting=None`` any classifier: nearest
        neighbours, for example, to correct its probabilities and to decide on them.
    weighting : policy, str, dict or None, default="balanced"
        See `as_policy`; `RowCosts` weighs each row by its own costs. Its fields are parameters:
        ``set_params(weighting__power=0.5)``.
    form : str, default="auto"
        The native form, one of ``forms(library)``. Its params and pins are set on the estimator; a form
        that would train another model than row weights is refused.
    eval_weighting : {"auto", "none", "shifted", "same"}, default="auto"
        How evaluation rows are weighted for early stopping. "none": by the caller's weights only. "shifted":
        by these too, and the loss is that of scores without the class weights, by a start score, at the
        library's own speed: weights then do not change when training stops. "same": as their class is in
        training; the caller's weights multiply. "auto": "shifted" where `correct_proba` asks for a correction
        of class weights and the library can start evaluation rows from scores of their own, else "none".
    correct_proba : bool or "fitted", default=False
        Whether ``predict_proba`` undoes the class weights (see `correct_proba`), never the caller's row
        weights: from raw scores in float64 where the library gives them, of forests tree by tree. "fitted":
        by a slope and an offset besides (see `fit_correction`), learned from fits on folds of the training
        rows (`calibration_cv`): better than the analytic correction for grown trees, also of unweighted
        models and with few rows of a class. Without a `threshold`, ``predict`` is the same either way: the
        class of highest uncorrected probability. A threshold of .5 on corrected probabilities is another
        decision.
    threshold : float, str, callable, Costs, array-like of shape (k, k) or Promised, default=None
        How ``predict`` decides on the probabilities that ``predict_proba`` returns. None: the class of the
        highest uncorrected probability. A number: the positive class at this probability or above, as
        scikit-learn's ``FixedThresholdClassifier``; of more than two classes, otherwise the most probable of
        the others. `Costs` or a cost matrix: the class of the least expected cost, for honest probabilities:
        corrected, or those of an unweighted model. The name of a scorer, or a scorer: what it scores highest
        on probabilities out of fold (`calibration_cv`): between two classes ("f1") the score of a positive as
        a threshold, between more ("f1_macro") an offset for each class, added to the log probability and
        shrunk by folds. `Promised`: a threshold that keeps a recall or alarms of the positive class on new
        rows (see `boostweights.promise`). It is made on rows that are held out: a third of all rows, or more
        where the promise needs more; with `groups`, whole groups, each of which counts as one row. They
        train, stop and tune nothing.
    pos_label : label, default=None
        The class that a threshold is about; needed unless labels are {0, 1}, {-1, 1} or bool.
    calibration_cv : int or splitter, default=5
        The folds, stratified (and of whole groups, where ``fit`` is given `groups`) if it is a number. Each
        class needs at least as many rows as there are folds.
    ensemble : bool, default=False
        Whether the fold models that ``correct_proba="fitted"`` trains also predict, as with scikit-learn's
        ``CalibratedClassifierCV(ensemble=True)``: the mean of their log odds (of more classes: of their log
        probabilities, renormalised), each corrected for its own class weights and by the one map. No model
        is then trained on all rows. Predictions take as many times longer as there are folds. The correction
        cannot be baked in, and of the exports only the native folder holds the classifier.
    n_rounds : "cv" or None, default=None
        "cv": train as many rounds as have the least mean loss of the rows left out of the folds, at most as
        many as the estimator is set to. None: as many as it is set to, or where it stops early.
    validation_fraction : float, default=None
        Take this stratified fraction of the training fold as evaluation set; weights resolve on the
        rest. The split is seeded by the estimator's own integer seed, otherwise by 0. Without early
        stopping it only loses rows, of which `summary` and `audit` warn.
    count_rows : bool, default=False
        Count rows as such, not by the caller's `sample_weight`.
    n_jobs : int, default=None
        How many folds are fitted at once.
    to_host : bool, default=False
        Copy labels and row weights that lie on a device (torch, cupy, jax, …) to the host, where all but
        xgboost train. Without it such a fit is refused; xgboost takes them as they are.

    Attributes
    ----------
    classes_ : ndarray of shape (k,)
        Labels, sorted; the order of probability columns.
    class_weights_ : ClassWeights
        Resolved on the training fold; not with `RowCosts`.
    row_weights_ : RowWeights
        With `RowCosts` only: the weight of each training row (so a pickle holds them).
    calibration_ : CalibrationMap
        With ``correct_proba="fitted"``.
    n_rounds_ : int
        With ``n_rounds="cv"``.
    rule_ : DecisionRule
        With `threshold`: what decides.
    threshold_ : float
        With `threshold`, where the rule is a threshold.
    threshold_report_ : ThresholdReport
        With a scorer as `threshold`, of two classes: the score at each threshold that was tried, and the best
        threshold of each fold.
    offsets_ : ndarray of shape (k,)
        With a scorer as `threshold`, of more than two classes.
    promise_ : Promise
        With ``threshold=Promised(…)``. Its threshold is half way from the order statistic to the next score
        that is decided otherwise, so that rounding in a baked model changes no decision.
    feature_levels_ : dict
        Of `fit_parquet`: text feature → its texts, sorted.
    native_ : NativeForm
        Their form, for encoded labels 0 to k-1.
    estimator_ : classifier
        The fitted one; it knows encoded labels only. Not with ``ensemble=True``.
    estimators_ : tuple of classifier
        With ``ensemble=True``: the fitted one of each fold, as trained: weighted, and with ``n_rounds="cv"``
        of all rounds, of which the first ``n_rounds_`` predict.
    calibrations_ : tuple of CalibrationMap
        With ``ensemble=True``: ``calibration_`` with the class weights of each fold.
    members_ : tuple of WeightedClassifier
        With ``ensemble=True``: a classifier of each of its models, corrected by its own map.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.ensemble import HistGradientBoostingClassifier
    >>> from boostweights import RowCosts
    >>> X, y = np.arange(100.0)[:, None], np.arange(100) >= 90
    >>> clf = WeightedClassifier(HistGradientBoostingClassifier(max_iter=5), weighting="balanced").fit(X, y)
    >>> clf.class_weights_.class_weight
    {False: 0.5555555555555556, True: 5.0}

    A bad loan loses most of its credit line, a good customer refused loses the profit: costs of (fn, fp).

    >>> costs = np.column_stack([0.75 * (500 + 10 * X[:, 0]), np.full(100, 60.0)])
    >>> clf = WeightedClassifier(HistGradientBoostingClassifier(max_iter=5), weighting=RowCosts())
    >>> clf.fit(X, y, row_costs=costs).row_weights_
    RowWeights(100 rows, sums={False: 5400.0, True: 10837.5}, pos_label=True)
    """

    class_weights_: ClassWeights
    calibration_: CalibrationMap

    @classmethod
    def from_recommendation(
        cls, recommendation: Recommendation, estimator: Estimator | None = None
    ) -> WeightedClassifier:
        """Return what a recommendation says to train, unfitted.

        Parameters
        ----------
        recommendation : Recommendation
            As `WeightPath.best` and ``boostweights compare`` return it.
        estimator : classifier, default=None
            In place of the recommended one; needed where that was the caller's own.

        Raises
        ------
        InvalidValueError
            If the recommendation is a rule that needs no model, or an estimator is needed.
        """
        if recommendation.policy is None:
            mend = "Decide so without a model, or collect features that tell of the class."
            raise InvalidValueError("a recommendation must be of a model", recommendation.name, mend)
        if estimator is None and not recommendation.classifier:
            mend = "Pass estimator=…, the one that was tried."
            raise InvalidValueError("a recommendation of the caller's own estimator needs it", "none", mend)
        if estimator is None:
            module, _, name = recommendation.classifier.partition(":")
            estimator = getattr(import_module(module), name)(**recommendation.settings)
        return cls(estimator, **recommendation.arguments)

    def fit(  # noqa: PLR0913  what scikit-learn and the boosters call fit with
        self,
        X: Any,
        y: Any,
        *,
        sample_weight: Any = None,
        X_val: Any = None,
        y_val: Any = None,
        sample_weight_val: Any = None,
        eval_set: Any = None,
        row_costs: Any = None,
        row_costs_val: Any = None,
        groups: Any = None,
        **fit_params: Any,
    ) -> WeightedClassifier:
        """Resolve the policy on these labels and train.

        Parameters
        ----------
        X : array-like, sparse matrix or data frame of shape (n, p)
            Whatever the estimator takes.
        y : array-like of shape (n,)
            Labels of any kind, wherever they lie (see `to_host`).
        sample_weight : array-like of shape (n,), default=None
            The caller's row weights. Classes are counted by them, and class weights multiply with them. A
            class whose rows all weigh 0, as in a bag without it, weighs 1 and stays a class.
        X_val, y_val : array-likes of shape (m, p) and (m,), default=None
            An evaluation set, for libraries that take one.
        sample_weight_val : array-like of shape (m,), or a list of them, default=None
            The caller's weights of evaluation rows.
        eval_set : list of (X, y), default=None
            Evaluation sets as xgboost and catboost spell them.
        row_costs : array-like of shape (n, 2) or (n, 4), default=None
            For ``weighting=RowCosts()``: the costs of (fn, fp), or of (tn, fp, fn, tp), of each row.
        row_costs_val : array-like of shape (m, 2) or (m, 4), or a list of them, default=None
            The costs of evaluation rows, by which ``eval_weighting="same"`` weights them.
        groups : array-like of shape (n,), default=None
            Which rows the folds of `calibration_cv`, and those held out for a promise, keep together. They
            are passed on to an estimator whose ``fit`` takes `groups`.
        **fit_params : dict
            For the estimator's own ``fit``.

        Returns
        -------
        WeightedClassifier
            Itself.

        Raises
        ------
        InvalidValueError, InvalidTypeError, UnknownLabelError
            Before any training.
        """
        policy, adapter = settings.checked_settings(self, fit_params, sample_weight)

        whole = rows.training_rows(policy, X, y, sample_weight, row_costs, groups)
        validate_data(self, X, skip_check_array=True)
        library_weight = adapter.evaluation_weight
        weights_val = {"sample_weight_val": sample_weight_val, library_weight: fit_params.get(library_weight)}
        given = rows.evaluation_rows(X_val, y_val, weights_val, eval_set, row_costs_val)
        placed, *placed_sets = rows.placed(self, adapter, [whole, *given])
        promises = isinstance(self.threshold, Promised)
        known, left_out = rows.aside(self, placed, placed_sets) if promises else (placed, None)
        training, sets, warning = rows.held_out(self, adapter, known, placed_sets, fit_params)

        counts, codes = column_where_it_lies(training.y)
        check_few_classes(len(counts), sum(counts.values()))
        settings.check_classes(self, adapter, tuple(counts))
        weights = rows.resolved(policy, training, counts, codes, count_rows=self.count_rows)

        row_weights = training.sample_weight
        native = to_native(
            weights.encoded(),
            self.estimator,
            None if row_weights is None else codes,
            form=self.form,
            sample_weight=row_weights,
        )
        own_arguments = settings.library_arguments(adapter, fit_params, tuple(counts))
        arguments = native.fit_kwargs(codes, row_weights)
        columns = (training.y, row_weights)
        weighting = settings.eval_weighting_of(self, adapter, policy, columns, own_arguments)
        evaluated = rows.weighted_sets(sets, training, weights, native, weighting)
        if sets:
            arguments |= adapter.evaluation(self.estimator, evaluated, own_arguments)
        routes = get_config()["enable_metadata_routing"]
        routed = process_routing(self, "fit", **own_arguments).estimator.fit if routes else own_arguments
        if training.groups is not None and has_fit_parameter(self.estimator, "groups"):
            routed = {**routed, "groups": training.groups}

        fold_params = fit_params | {"X_val": X_val, "y_val": y_val, "eval_set": eval_set}
        fold_params |= {"sample_weight_val": sample_weight_val, "row_costs_val": row_costs_val}
        may_learn = self.threshold is not None or self.n_rounds is not None or self.correct_proba == "fitted"
        learned, rounds_settings = cross_fit(self, known, weights, fold_params) if may_learn else ({}, {})
        fitted, logging = None, sys.modules.get("mlflow.utils.autologging_utils")
        # MLflow does not log the fit inside, whose model is uncorrected and knows codes for labels
        if not self.ensemble:
            with nullcontext() if logging is None else logging.disable_autologging():
                native_settings = {**native.pins, **native.params, **rounds_settings}
                inner = unfitted_with(adapter, self.estimator, native_settings)
                if sets and weighting == "shifted":
                    shifted = WeightedTraining(
                        weights=by_class(native.weights),
                        codes=codes,
                        sample_weight=arguments.get("sample_weight"),
                        fit_params=own_arguments,
                    )
                    arguments |= adapter.shifted(inner, shifted, evaluated)
                fitted = inner.fit(training.X, codes, **arguments, **routed)
            native.check(fitted, routed)

        self._keep(fitted, native, weights, rows.class_array(weights.classes, whole.y), learned, left_out)
        self._levels, self._warning = _levels_of(X), warning
        if hasattr(self, "_card"):  # attached to the fit before
            self._card.__boostweights_refitted__(self, whole.y)
        return self

    def _keep(
        self,
        fitted: Any,
        native: NativeForm,
        weights: ClassWeights | RowWeights,
        classes: npt.NDArray[Any],
        learned: Mapping[str, Any] = MappingProxyType({}),
        left_out: rows.Rows | None = None,
    ) -> None:
        """Set what a fit learned, by the names of attributes, and what it decides by."""
        for name in list(vars(self)):  # of a fit before; names of features are checked already
            if name in ("_decision", "_levels") or (name.endswith("_") and not name.endswith("_in_")):
                delattr(self, name)
        self.native_, self.classes_ = native, classes
        self.__dict__.update(learned if fitted is None else {**learned, "estimator_": fitted})
        self.__dict__["row_weights_" if isinstance(weights, RowWeights) else "class_weights_"] = weights
        if self.threshold is None:
            return
        decides, labels = threshold_of(self), tuple(classes.tolist())
        if left_out is not None and isinstance(self.threshold, Promised):
            at = decides.positive_at(labels)
            proba = self.predict_proba(left_out.X)[:, at]
            self.promise_ = promised(self.threshold, proba, left_out.y, labels[at], left_out.groups)
            self.rule_ = DecisionRule(classes=labels, at=at, threshold=self.promise_.threshold)
        elif not decides.is_tuned:
            self.rule_ = decides.known(labels)
        if self.rule_.threshold is not None:
            self.threshold_ = self.rule_.threshold
        self._decision = decides.threshold, self.correct_proba

    @property
    def models_(self) -> tuple[Any, ...]:
        """The library's own models that predict: ``estimators_``, or ``estimator_`` alone."""
        return self.estimators_ if "estimators_" in self.__dict__ else (self.estimator_,)

    @property
    def resolved_weights_(self) -> ClassWeights | RowWeights:
        """What the policy resolved to: ``row_weights_`` or ``class_weights_``."""
        return self.row_weights_ if "row_weights_" in self.__dict__ else self.class_weights_

    @property
    def members_(self) -> tuple[WeightedClassifier, ...]:
        """Of an ensemble: a classifier of each of its models, without a threshold."""
        members = []
        for model, calibration in zip(self.estimators_, self.calibrations_, strict=True):
            member = copy(self)
            for name in ("estimators_", "calibrations_", *_OF_RULE):
                member.__dict__.pop(name, None)
            member.ensemble, member.threshold = False, None
            member.estimator_, member.calibration_ = model, calibration
            members.append(member)
        return tuple(members)

    def _correction(self, weights: Any = None) -> ClassWeights | CalibrationMap:
        if self.correct_proba != "fitted" or weights is not None:
            return checked_class_weights(weights, self.resolved_weights_)
        check_that(
            "calibration_" in self.__dict__,
            'correct_proba="fitted" is learned while fitting',
            "a classifier that was fitted with another correct_proba",
            'Fit it with correct_proba="fitted".',
            InvalidTypeError,
        )
        return self.calibration_

    def predict(self, X: Any, **limits: Any) -> npt.NDArray[Any]:
        """Return the label that `threshold` decides for each row, or that of highest uncorrected probability.

        `limits` are the library's own arguments by which fewer trees predict, such as ``iteration_range``.
        """
        self._check_predictable(X, limits)
        if self.threshold is not None:
            rule, remedy = "a promise is kept by the model that it was made with", "Predict with all trees."
            seen = f"{', '.join(limits)} with {self.threshold!r}"
            check_that(not (limits and isinstance(self.threshold, Promised)), rule, seen, remedy)
            decides, undoes = self._decides()
            proba = np.exp(self._log_proba(X, corrected=False)) if undoes else self.predict_proba(X, **limits)
            codes = decides.decide(proba)
        elif self._is_baked() or "estimators_" in self.__dict__:
            codes = np.argmax(self._log_proba(X, corrected=False), axis=1)
        elif hasattr(self.estimator_, "predict_proba"):
            codes = np.argmax(self.estimator_.predict_proba(X, **limits), axis=1)
        else:
            codes = np.asarray(self.estimator_.predict(X, **limits)).ravel().astype(np.intp)
        return self.classes_[codes]

    def _decides(self) -> tuple[DecisionRule, bool]:
        """Return the rule that decides, and whether a correction is undone before.

        A baked correction is undone where the rule is for uncorrected probabilities. A number may be changed
        after the fit.
        """
        asked, correct = getattr(self, "_decision", (None, self.correct_proba))
        is_baked, decides = self._is_baked(), threshold_of(self)
        undoes = is_baked and not correct
        if is_number(self.threshold):
            return decides.known(self.classes_.tolist()), undoes
        check_that(
            asked == decides.threshold and (is_baked or correct == self.correct_proba),
            f"threshold={shown(self.threshold)} is found while fitting, for this correct_proba",
            f"a fit with threshold={asked!r}, correct_proba={correct!r}",
            "Fit it again, or set a number.",
            InvalidTypeError,
        )
        return self.rule_, undoes

    @available_if(_estimator_has("predict_proba"))  # type: ignore[untyped-decorator]
    def predict_proba(self, X: Any, **limits: Any) -> npt.NDArray[Any]:
        """Return probabilities of shape (n, k), columns in the order of ``classes_``.

        `limits` are as in `predict`; a corrected model takes none.
        """
        self._check_predictable(X, limits)
        if self._corrects():
            return np.exp(self._log_proba(X))
        return cast("npt.NDArray[Any]", self.estimator_.predict_proba(X, **limits))

    @available_if(_estimator_has("predict_proba"))  # type: ignore[untyped-decorator]
    def predict_log_proba(self, X: Any) -> npt.NDArray[Any]:
        """Return the logarithm of `predict_proba`."""
        self._check_predictable(X, {})
        if self._corrects():
            return self._log_proba(X)
        with np.errstate(divide="ignore"):
            return cast("npt.NDArray[Any]", np.log(self.predict_proba(X)))

    def _log_proba(self, X: Any, *, corrected: bool = True) -> npt.NDArray[np.float64]:
        """Return corrected log-probabilities of shape (n, k), or those of a model as it was trained.

        A baked correction is taken back out for that. Those of an ensemble are means over its models,
        renormalised: of two classes the mean in log odds.
        """
        if "estimators_" not in self.__dict__:
            return corrected_log_proba(self.estimator_, X, self._correction(), 1 if corrected else -1)
        rounds = getattr(self, "n_rounds_", None)
        total = np.zeros(len(self.classes_))
        for model, calibration in zip(self.estimators_, self.calibrations_, strict=True):
            if corrected:
                total = total + corrected_log_proba(model, X, calibration, rounds=rounds)
            else:
                scores = margins(model, X, rounds)
                total = total + log_proba(scores.values, scores.kind)
        return np.asarray(log_softmax(total / len(self.estimators_), axis=1))

    @available_if(_has_raw_decision)  # type: ignore[untyped-decorator]
    def decision_function(self, X: Any) -> npt.NDArray[Any]:
        """Return the estimator's own decision function."""
        self._check_predictable(X, {})
        return cast("npt.NDArray[Any]", self.estimator_.decision_function(X))

    def __boostweights_bake__(self, weights: Any = None) -> WeightedClassifier:
        """Return a copy with the correction inside ``estimator_``, for `bake_correction`."""
        check_is_fitted(self)
        check_one_model(self)
        baked = bake_correction(self.estimator_, self._correction(weights).encoded())
        copied = deepcopy(self, {id(self.estimator_): baked})
        copied.correct_proba = self.correct_proba or True
        copied._baked = baked
        return copied

    def _corrects(self) -> bool:
        return bool(self.correct_proba) and not self._is_baked() and len(self.classes_) > 1

    def _is_baked(self) -> bool:
        # a new fit has another estimator_, or none
        return "_baked" in self.__dict__ and self._baked is self.__dict__.get("estimator_")

    def summary(self) -> Summary:
        """Return policy, counts, weights, form and guarantee of the fit, to be printed."""
        check_is_fitted(self)
        decision = ""
        if "promise_" in self.__dict__:
            decision = str(self.promise_)
        elif "rule_" in self.__dict__:
            asked, decision = self._decision[0], str(self.rule_)
            if "offsets_" in self.__dict__:
                offsets = zip(self.classes_.tolist(), self.offsets_, strict=True)
                decision = "the highest log probability plus "
                decision += ", ".join(f"{offset:.6g} ({label!r})" for label, offset in offsets)
            decision += "" if is_number(asked) else f", by {shown(asked)}"
        correction = "analytic" if self.correct_proba else getattr(self.models_[0], "correction_", "")
        if self.correct_proba == "fitted":
            correction = str(self.calibration_)
        if "estimators_" in self.__dict__:
            correction += f"; predictions are the mean in log odds of {len(self.estimators_)} fold models"
        return Summary(
            estimator=type(self.models_[0]).__name__,
            policy=as_policy(self.weighting),
            weights=self.resolved_weights_,
            native=self.native_,
            correction=correction,
            rounds=getattr(self, "n_rounds_", None),
            decision=decision,
            warning=getattr(self, "_warning", ""),
        )

    @property
    def feature_importances_(self) -> npt.NDArray[Any]:
        """The fitted estimator's own importances, of shape (p,)."""
        return cast("npt.NDArray[Any]", self.estimator_.feature_importances_)

    @property
    def coef_(self) -> npt.NDArray[Any]:
        """The fitted estimator's own coefficients."""
        return cast("npt.NDArray[Any]", self.estimator_.coef_)

    def _check_fitted(self, limits: Mapping[str, Any]) -> None:
        """Raise unless it is fitted, and `limits` are the iterations of a model that is not corrected."""
        check_is_fitted(self)
        rule = "an ensemble predicts by the map that its fold models were fitted with"
        is_learned = "estimators_" not in self.__dict__ or self.correct_proba == "fitted"
        remedy = 'Set correct_proba="fitted", or fit it again.'
        check_that(is_learned, rule, f"correct_proba={self.correct_proba!r}", remedy)
        known = adapter_of(self.models_[0]).iteration_limits
        for name in limits:
            rule = f"predict of a WeightedClassifier takes {' and '.join(known) or 'no argument'} besides X"
            remedy = "Ask clf.estimator_ itself, whose labels are encoded 0 to k-1."
            check_that(name in known, rule, f"{name}={shown(limits[name])}", remedy, InvalidTypeError)
        rule = "a correction is of the whole model: with fewer trees weights have done less"
        remedy = "Set correct_proba=False, or train fewer trees."
        seen = f"{', '.join(limits)} with correct_proba"
        check_that(not (limits and self.correct_proba), rule, seen, remedy)

    def _check_predictable(self, X: Any, limits: Mapping[str, Any]) -> None:
        self._check_fitted(limits)
        dimensions, remedy = getattr(X, "ndim", 2), "Use X.reshape(1, -1) for one row."
        check_that(dimensions == 2, "X must be 2-d: Reshape your data", f"{dimensions} dimension(s)", remedy)
        validate_data(self, X, reset=False, skip_check_array=True)


def check_one_model(clf: WeightedClassifier) -> None:
    """Raise where the mean of several models predicts, which no library's own model can hold."""
    rule, model = "a mean of classifiers is no library's own model", clf.models_[0]
    remedy = "Serve the classifier itself: in the file that compare writes, or with MLflow or skops."
    check_that(not hasattr(model, "members_"), rule, type(model).__name__, remedy, InvalidTypeError)
    check_that(
        "estimators_" not in clf.__dict__,
        "a correction is baked into one model, which formats other than the library's own hold",
        f"ensemble=True, the mean of {len(clf.models_)} models",
        "Export it natively into a folder, serve the classifier itself (MLflow, skops), or fit it with "
        "ensemble=False.",
        InvalidTypeError,
    )


def _levels_of(X: Any) -> dict[int, list[Any] | None]:
    """Return the levels of pandas categories and polars Enums, by position; None where not JSON's.

    Examples
    --------
    >>> import pandas as pd
    >>> _levels_of(pd.DataFrame({"age": [30, 40], "city": pd.Categorical(["Ulm", "Köln"])}))
    {1: ['Köln', 'Ulm']}
    """
    levels: dict[int, list[Any] | None] = {}
    for at, kind in enumerate(getattr(X, "dtypes", ())):
        index = getattr(kind, "categories", None)
        if index is not None and hasattr(index, "to_list"):
            values = index.to_list()
            plain = all(isinstance(value, (str, int, float, bool)) for value in values)
            levels[at] = values if plain else None
    return levels
