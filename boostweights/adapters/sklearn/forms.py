"""What scikit-learn's ``class_weight`` is the same as, by estimator.

``HistGradientBoostingClassifier`` looks the keys of ``class_weight`` up among encoded labels 0 to k-1; the
other estimators look them up among the labels themselves. Weights that are all 1 are left out: since
scikit-learn 1.9 forests draw other rows for weights of 1 than for none.

At the end: the parameters that scale along when all weights are multiplied by one factor.
"""

import inspect
from collections.abc import Mapping
from typing import Any

from boostweights.adapters import form
from boostweights.adapters.behaviour import Params, names_of
from boostweights.adapters.form import Expression, Form, Guarantee, Request
from boostweights.adapters.readback import Rescaled
from boostweights.errors import InvalidValueError, check_that, shown
from boostweights.versions import at_least

_ENCODED_KEYS = "HistGradientBoostingClassifier"
_PROVED = (
    _ENCODED_KEYS,
    "RandomForestClassifier",
    "ExtraTreesClassifier",
    "DecisionTreeClassifier",
    "ExtraTreeClassifier",
    "LogisticRegression",
    "SGDClassifier",
)
_ROWS_THAT_STOP = 10_000  # beyond which early_stopping="auto" is on
_ROWS_THAT_BIN = 200_000  # beyond which bins are found on a sample of rows
_RANDOM_SOLVERS = ("sag", "saga", "liblinear")
_ONE_VS_REST = "SGDClassifier"
_OTHER: Mapping[str, str] = {
    "LogisticRegressionCV": "its folds are scored with row weights, but not with class_weight",
    "NuSVC": "it bounds nu by row weights, but not by class_weight",
}


def class_weight(request: Request) -> Expression:
    """Express weights as ``class_weight``, with the keys that the estimator looks up."""
    estimator = request.estimator
    rule = "form='class_weight' of scikit-learn needs the estimator, whose keys it must follow"
    remedy = "Call to_native(weights, estimator, form='class_weight')."
    check_that(estimator is not None, rule, "the name 'sklearn'", remedy)
    check_that(
        "class_weight" in inspect.signature(type(estimator)).parameters,
        "form='class_weight' needs an estimator with that parameter",
        type(estimator).__name__,
        "Use form='sample_weight'.",
    )
    guarantee, reason = _guarantee(request)
    weights = request.weights.encoded() if has_encoded_keys(estimator) else request.weights
    unit = set(weights.values) == {1.0}
    return Expression(
        guarantee=guarantee, reason=reason, params={"class_weight": None if unit else weights.class_weight}
    )


def has_encoded_keys(estimator: Any) -> bool:
    """Whether an estimator looks the keys of ``class_weight`` up among 0 to k-1."""
    return _ENCODED_KEYS in names_of(estimator)


def _guarantee(request: Request) -> tuple[Guarantee, str]:  # noqa: PLR0911  one a reason
    estimator, classes = request.estimator, len(request.weights.classes)
    name, fits = type(estimator).__name__, _fitting_classes(estimator)
    if not fits:
        return Guarantee.DIFFERENT, f"nothing is proved for {name}, whose fit is not scikit-learn's"
    if other := next((other for other in _OTHER if other in fits), ""):
        return Guarantee.DIFFERENT, _OTHER[other]
    if classes > 2 and _ONE_VS_REST in fits:
        return Guarantee.DIFFERENT, "each class against the rest, it weighs only the class and not the rest"
    if request.settings.get("early_stopping") and _ONE_VS_REST in fits:
        return Guarantee.DIFFERENT, "it stops early on rows that row weights weigh, but class_weight does not"
    if fits.isdisjoint(_PROVED):
        return Guarantee.DIFFERENT, f"nothing is proved for {name}, though it is documented as row weights"
    if random := unseeded(estimator, request.settings, sum(request.row_counts.values())):
        return Guarantee.EQUIVALENT, f"two fits differ anyway: random_state=None, which draws {random}"
    if request.row_weighted and request.settings.get("solver") == "liblinear" and request.settings["C"] != 1:
        reason = "liblinear rounds (C class_weight) sample_weight, row weights the other way"
        return Guarantee.EQUIVALENT, reason
    return Guarantee.IDENTICAL, "it becomes float64 row weights"


def unseeded(estimator: Any, settings: Params, rows: float) -> str:
    """Return what a fit without a seed draws at random; nothing where nothing is, or there is a seed."""
    fits = _fitting_classes(estimator)
    if settings.get("random_state") is not None or fits.isdisjoint(_PROVED):
        return ""
    if _ENCODED_KEYS in fits:
        if settings.get("early_stopping", "auto") in (True, "auto" if rows > _ROWS_THAT_STOP else True):
            return "the rows that early stopping evaluates on"
        if rows > _ROWS_THAT_BIN:
            return "the rows that bins are found on"
        return "the features of each split" if settings.get("max_features", 1.0) != 1.0 else ""
    if "LogisticRegression" in fits:
        return "the order of rows" if settings.get("solver") in _RANDOM_SOLVERS else ""
    return "the order of rows" if _ONE_VS_REST in fits else "the rows or features of its splits"


def _fitting_classes(estimator: Any) -> set[str]:
    """Names of an estimator's classes, none if its ``fit`` is not scikit-learn's own."""
    owner = next((base for base in type(estimator).__mro__ if "fit" in vars(base)), type(estimator))
    return set(names_of(estimator)) if owner.__module__.partition(".")[0] == "sklearn" else set()


FORMS = form.by_name(
    form.reference_form("fit(sample_weight=)"),
    Form(
        name="class_weight",
        reason="becomes float64 row weights, in trees, forests and HistGradientBoosting",
        express=class_weight,
    ),
)
"""Row weights first."""


_LEFT: Mapping[str, str] = {
    "min_samples_leaf": "it counts rows, whatever they weigh",
    "min_samples_split": "it counts rows, whatever they weigh",
    "learning_rate": "steps do not depend on the scale of weights",
    "min_weight_fraction_leaf": "a share of the total weight",
    "min_impurity_decrease": "relative to the total weight",
    "ccp_alpha": "relative to the total weight",
    "max_samples": "rows are drawn by their share of the weight",
}
_HISTOGRAM = ("l2_regularization", "max_bins", "categorical_features", "interaction_cst")
_GROWN = ("n_estimators", "criterion", "splitter", "min_impurity_decrease")
_LEAST_FACTOR = 2.0**-10


def rescale(params: Params, c: float) -> Rescaled:
    """Return what to set so that weights `c` w train the model that weights w train.

    Parameters
    ----------
    params : mapping
        The settings before, best an estimator's ``get_params()``: they tell HistGradientBoosting
        (``l2_regularization``, ``max_bins``, …), boosting (``learning_rate`` beside ``n_estimators``) and
        forests or trees (``n_estimators``, ``criterion``, …) apart.
    c : float
        The factor by which all row weights are multiplied.

    Returns
    -------
    Rescaled
        GradientBoosting, AdaBoost, forests and trees: IDENTICAL for powers of 2, EQUIVALENT for others.
        HistGradientBoosting: EQUIVALENT at best, since a least hessian of 1e-3 and the smoothing of
        categorical features are fixed in its code; since scikit-learn 1.9 its bins are weighted quantiles,
        which only powers of 2 leave where they are.

    Raises
    ------
    InvalidValueError
        If the parameters are of no estimator with a known scaling.

    Examples
    --------
    >>> rescale({"max_iter": 100, "l2_regularization": 1.0}, 4.0).params
    {'l2_regularization': 4.0}
    >>> rescale({"n_estimators": 100, "criterion": "gini"}, 4.0).guarantee.value
    'identical'
    """
    newest = at_least("scikit-learn", 1, 9)
    exact = form.is_power_of_two(c)
    guarantee, reason = Guarantee.IDENTICAL, "every step multiplies by a power of two, exactly"
    if not exact:
        guarantee = Guarantee.EQUIVALENT
        ties = "between splits, or between one that gains nothing and none"
        reason = f"products are rounded: equal but for ties {ties}"
    scaled: dict[str, Any] = {}
    share, least = params.get("max_samples"), params.get("min_impurity_decrease", 0)
    if any(name in params for name in _HISTOGRAM):
        if params.get("l2_regularization"):
            scaled["l2_regularization"] = params["l2_regularization"] * c
        guarantee, reason = _of_histogram(params.get("categorical_features"), c, exact or not newest)
    elif not any(name in params for name in _GROWN):
        raise InvalidValueError(
            "parameters must tell which estimator they are for, one of trees",
            shown(dict(params)),
            "Pass estimator.get_params().",
        )
    elif "learning_rate" in params:
        if least and params.get("criterion", "friedman_mse") == "friedman_mse" and not newest:
            scaled["min_impurity_decrease"] = least * c
    elif isinstance(share, float) and newest:
        scaled["max_samples"] = share / c  # of the sum of weights, since 1.9
        if not exact:
            guarantee = Guarantee.DIFFERENT
            reason = "rounding may change how many rows max_samples draws: set an int"
    if c == 1:
        guarantee, reason = Guarantee.IDENTICAL, "the weights are as they were"
    left = {name: why for name, why in _LEFT.items() if name in params and name not in scaled}
    return Rescaled(params=scaled, left=left, guarantee=guarantee, reason=reason)


def _of_histogram(categories: Any, c: float, keeps_bins: bool) -> tuple[Guarantee, str]:
    if categories is not None and not isinstance(categories, str):
        return Guarantee.DIFFERENT, "categories are ordered with a smoothing that cannot be scaled"
    if c < _LEAST_FACTOR:
        return Guarantee.DIFFERENT, "leaves need a hessian of 1e-3, which cannot be scaled"
    if not keeps_bins:
        return Guarantee.DIFFERENT, "bins are weighted quantiles, which a rounded product can move"
    reason = "numerical features, and leaves whose hessian stays above 1e-3; sums differ by an epsilon"
    return Guarantee.EQUIVALENT, reason
