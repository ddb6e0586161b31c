"""What CatBoost's parameters are the same as, by an estimator's own settings.

All three parameters become row weights inside CatBoost, and, unlike row weights, also weigh the metrics of
evaluation sets. ``class_weights`` is passed as a tuple in CatBoost's order of classes: a dict's order would
set that order, and a list cannot be cloned.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from fractions import Fraction
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from boostweights.adapters.form import (
    Expression,
    Form,
    Guarantee,
    Request,
    by_name,
    only_objectives,
    reference_form,
)
from boostweights.adapters.ratio import gives, quotient
from boostweights.errors import InvalidValueError, shown
from boostweights.weighting.labels.rules import Label

OBJECTIVE_NAMES: Final = ("loss_function", "objective")
OBJECTIVES: Final = ("Logloss", "MultiClass", "MultiClassOneVsAll")
STOPPING: Final = ("early_stopping_rounds", "od_type", "od_wait", "od_pval", "use_best_model")
_CUSTOM: Final = ("calc_ders_range", "calc_ders_multi")
_SAME: Final = 1e-6
_WHOLE: Final = 2**24
"""Up to here float32 adds whole numbers without rounding."""


def class_weights(request: Request) -> Expression:
    """Express weights as ``class_weights``, in CatBoost's order of classes."""
    _check_objective(request.settings, "class_weights")
    weights = request.weights.class_weight
    order = _order(request)
    return _qualified(
        request,
        Expression(
            guarantee=Guarantee.IDENTICAL,
            reason="CatBoost multiplies them into the row weights",
            params={"class_weights": tuple(weights.get(label, 1.0) for label in order)},
            eval_factor=weights,
        ),
    )


def scale_pos_weight(request: Request) -> Expression:
    """Express weights as ``scale_pos_weight`` beside a row weight that carries the scale."""
    only_objectives(request.settings, OBJECTIVE_NAMES, ("Logloss",), "scale_pos_weight")
    weights = request.weights.class_weight
    classes = _order(request)
    first, second = (weights[label] for label in classes)
    ratio = quotient(second, first, np.float32)
    ratio = second / first if np.float32(second / first) == np.float32(ratio) else ratio
    exact = gives(second, first, ratio, np.float32) and (first == 1 or not request.row_weighted)
    return _qualified(
        request,
        Expression(
            guarantee=Guarantee.IDENTICAL if exact else Guarantee.EQUIVALENT,
            reason="CatBoost multiplies it into the row weights"
            if exact
            else "the ratio times the other row weights misses the class weights by float32 roundings",
            params={"scale_pos_weight": ratio},
            row_weight=None if first == 1 else dict.fromkeys(classes, first),
            eval_factor=dict(zip(classes, (1.0, ratio), strict=True)),
        ),
    )


def auto_class_weights(request: Request) -> Expression:
    """Express weights as ``auto_class_weights``, where its formula gives them."""
    _check_objective(request.settings, "auto_class_weights")
    rows = _counted(request)
    weights = request.weights
    scale = weights.class_weight[request.row_counts.majority]
    if not _carries(scale, rows, row_weighted=request.row_weighted):
        scale = 1.0
    wanted = np.array(weights.values, np.float32)
    balanced = rows.max() / rows
    for name, factors in (("Balanced", balanced), ("SqrtBalanced", np.sqrt(balanced))):
        product = factors * np.float32(scale)
        if np.allclose(product, wanted, rtol=_SAME, atol=0):
            guarantee, reason = _judged(request, same=bool((product == wanted).all()))
            return _qualified(
                request,
                Expression(
                    guarantee=guarantee,
                    reason=reason,
                    params={"auto_class_weights": name},
                    row_weight=None if scale == 1 else dict.fromkeys(weights.classes, scale),
                    eval_factor=dict(zip(weights.classes, factors.tolist(), strict=True)),
                    takes_sample_weight=request.row_weighted,
                ),
            )
    sums, counted = request.weight_sums, rows.astype(int).tolist()
    floors = f", which CatBoost rounds down from row weights' sums {dict(sums)}" if sums else ""
    raise InvalidValueError(
        "form='auto_class_weights' can only weigh by n_max / n_k or its square root",
        f"weights {weights.class_weight} for n = {dict(zip(weights.classes, counted, strict=True))}{floors}",
        "Use form='class_weights'." if sums else "Use scale='majority', or form='class_weights'.",
    )


def _counted(request: Request) -> npt.NDArray[np.float32]:
    """What CatBoost counts of each class: rows, or the whole part of their weights' sum."""
    counted = request.row_counts if request.weight_sums is None else request.weight_sums
    rows = np.floor(np.array(list(counted.values()), np.float32))
    if rows.min() < 1:
        raise InvalidValueError(
            "form='auto_class_weights' needs sums of row weights that, rounded down, are at least 1",
            str(dict(counted)),
            "Use form='class_weights'.",
        )
    return rows


def _carries(scale: float, rows: npt.NDArray[np.float32], *, row_weighted: bool) -> bool:
    """Whether a constant row weight multiplies the sums of weights exactly, so that no floor bites."""
    if row_weighted:
        return False
    exact = Fraction(float(np.float32(scale)))
    return all(
        (exact * int(count)).denominator == 1 and exact.numerator * int(count) < _WHOLE for count in rows
    )


def _judged(request: Request, *, same: bool) -> tuple[Guarantee, str]:
    """Judge weights by sums; one may be so near a whole number that its rounding decides the floor."""
    sums = np.array(list((request.weight_sums or {}).values()), float)
    if (np.abs(sums - np.rint(sums)) <= 1e-5 * sums).any():
        reason = "the row weights sum to a whole number, which CatBoost's float32 sum may miss and round down"
        return Guarantee.DIFFERENT, reason
    reason = "CatBoost computes the same weights from the rows of each class"
    if same:
        return Guarantee.IDENTICAL, reason
    return Guarantee.EQUIVALENT, f"{reason}, up to a float32 rounding"


def _check_objective(settings: Mapping[str, Any], form: str) -> None:
    """Raise where the loss takes no class weights; one's own loss is handed them as row weights."""
    named = {
        name: value
        for name, value in settings.items()
        if not any(hasattr(value, method) for method in _CUSTOM)
    }
    only_objectives(named, OBJECTIVE_NAMES, OBJECTIVES, form)


def _order(request: Request) -> tuple[Label, ...]:
    """The classes as CatBoost orders them: sorted, unless class_names or classes_count say otherwise."""
    classes = request.weights.classes
    if request.settings.get("class_names") is not None:
        named = named_labels(request.settings["class_names"], classes)
    elif request.settings.get("classes_count"):
        named = tuple(range(int(request.settings["classes_count"])))
    else:
        return classes
    lacking = [label for label in classes if label not in named]
    if lacking:
        raise InvalidValueError(
            "class_names and classes_count must cover the labels",
            f"{shown(lacking[0])} is not among {shown(list(named))}",
            "Leave both unset: CatBoost finds the classes itself.",
        )
    return named


def named_labels(names: Any, classes: tuple[Label, ...]) -> tuple[Label, ...]:
    """Names as labels: CatBoost matches them by their text."""
    by_text = {str(label): label for label in classes}
    return tuple(by_text.get(str(name), name) for name in names)


def _qualified(request: Request, expression: Expression) -> Expression:
    """Add what device and early stopping mean for the claim."""
    settings = request.settings
    if str(settings.get("task_type", "CPU")).upper() != "CPU":
        reason = f"nothing is proved for task_type={settings['task_type']!r}, which adds in another order"
        return dataclasses.replace(expression, guarantee=Guarantee.DIFFERENT, reason=reason)
    if any(settings.get(name) for name in STOPPING):
        reason = f"{expression.reason}; evaluation rows need eval_weight(), since it weighs metrics too"
        return dataclasses.replace(expression, reason=reason)
    return expression


FORMS: Final = by_name(
    reference_form("fit(sample_weight=) or Pool(weight=)"),
    Form(
        name="scale_pos_weight",
        parameter="scale_pos_weight",
        tasks=("binary",),
        reason="becomes row weights, if the ratio is exact in float32",
        express=scale_pos_weight,
    ),
    Form(
        name="class_weights",
        parameter="class_weights",
        reason="becomes row weights",
        express=class_weights,
    ),
    Form(
        name="auto_class_weights",
        parameter="auto_class_weights",
        reason="only balanced or root-balanced weights of scale 'majority'; becomes row weights",
        express=auto_class_weights,
    ),
)
"""Row weights first."""
