"""One claim under random settings: both sides trained by the library itself, and compared with the claim."""

import warnings
from importlib import import_module
from typing import Any, Final

import numpy as np

import boostweights as bw
from benchmarks.fuzz.data import Rows, Settings, draw_automatic, draw_policy, draw_rows, one
from benchmarks.fuzz.judge import SHOWN, Pair, by_row, compared, fitted
from benchmarks.fuzz.settings import DRAWS
from boostweights.adapters.adapter import Adapter
from boostweights.adapters.expressing import form_for
from boostweights.adapters.form import Guarantee
from boostweights.adapters.record import named_class, record_of
from boostweights.adapters.registry import adapter_named
from boostweights.weighting.counts import ClassCounts

LIBRARIES: Final = tuple(DRAWS)
_SKLEARN: Final = ("sklearn.ensemble", "sklearn.tree", "sklearn.linear_model")


def judged(library: str, seed: int) -> dict[str, Any]:
    """What is claimed of this seed's form and what training both sides finds.

    ``holds`` is None where nothing is told: the form refuses the weights, the claim is DIFFERENT, the library
    refuses the settings, or the condition of the claim is not met.
    """
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            pair = drawn(library, seed)
        except bw.errors.InvalidValueError as refused:
            return {"found": "refused", "holds": None, "reason": str(refused)}
        facts = {
            "form": pair.native.form,
            "class": type(pair.estimator).__name__,
            "claim": pair.native.guarantee.value,
            "reason": pair.native.reason,
        }
        if pair.native.guarantee is Guarantee.DIFFERENT:
            return {**facts, "found": "not trained", "holds": None}
        found = _trained(pair)
    if found["holds"] is False or found["found"] in SHOWN:
        found |= {"settings": repr(pair.settings), "policy": repr(pair.policy), "rows": len(pair.rows.y)}
    return {**facts, **found}


def drawn(library: str, seed: int) -> Pair:
    """The claim of a seed; raises what `to_native` raises."""
    rng = np.random.default_rng([LIBRARIES.index(library), seed])
    rows = draw_rows(rng, encoded=library == "xgboost")
    settings = DRAWS[library](rng, rows)
    adapter = adapter_named(library)
    form = _form(rng, adapter, len(rows.labels))
    automatic = form in ("is_unbalance", "auto_class_weights")
    policy = draw_automatic(rng) if automatic else draw_policy(rng, rows.labels)
    weights = policy.resolve(rows.y, rows.sample_weight)
    given = rows.sample_weight
    if settings.get("max_samples") == 0.5 and _total(weights, rows) > 1e5:  # forests draw by weight
        settings["max_samples"] = 8
    estimator = _estimator(library, settings)
    native = form_for(adapter, form, weights, adapter.get_params(estimator), estimator).express(
        weights,
        ClassCounts.of(rows.y),
        None if given is None else ClassCounts.of(rows.y, given),
        distinct=_distinct(rows.X) if rng.random() < 0.5 else None,
        allow_different=True,
    )
    start = library == "lightgbm" and rng.random() < 0.1
    return Pair(
        library=library,
        settings=settings,
        estimator=estimator,
        rows=rows,
        policy=policy,
        native=native,
        fit_params={"init_score": rng.normal(size=len(rows.y))} if start and len(rows.labels) == 2 else {},
        stops=any("early_stopping" in name and settings[name] for name in settings),
    )


def _total(weights: bw.ClassWeights, rows: Rows) -> float:
    given = by_row(weights.class_weight, rows.y, rows.sample_weight, np.float64)
    return float(len(rows.y) if given is None else given.sum())


def _form(rng: np.random.Generator, adapter: Adapter, classes: int) -> str:
    task = "binary" if classes == 2 else "multiclass"
    forms = [form for form in adapter.forms.values() if form.name != "sample_weight"]
    able = [form.name for form in forms if task in form.tasks]
    return str(one(rng, *(able or [form.name for form in forms])))


def _estimator(library: str, settings: Settings) -> Any:
    if library != "sklearn":
        return named_class(record_of(adapter_named(library)).classifier)(**settings)
    settings = dict(settings)
    name = settings.pop("class")
    module = next(each for each in map(import_module, _SKLEARN) if hasattr(each, name))
    return getattr(module, name)(**settings)


def _distinct(X: np.ndarray) -> int:
    return max(len(np.unique(column[~np.isnan(column)])) for column in X.astype(np.float32).T)


def _trained(pair: Pair) -> dict[str, Any]:
    """Train both sides and compare; a library that fails must fail on both."""
    weights, dtype = pair.class_weight, pair.native.dtype
    sides = (
        (
            {**pair.native.pins, **pair.native.params},
            pair.native.fit_kwargs(pair.rows.y, pair.rows.sample_weight),
        ),
        (
            dict(pair.native.pins),
            {"sample_weight": by_row(weights, pair.rows.y, pair.rows.sample_weight, dtype)},
        ),
    )
    other = pair.rows.y_other
    evaluated = (pair.native.eval_weight(other, weighting="same"), by_row(weights, other, None, dtype))
    repeats = pair.native.guarantee is not Guarantee.IDENTICAL  # without a seed, the same draws for both
    models: list[Any] = []
    failures = []
    for index, ((params, fit_kwargs), weight) in enumerate(zip(sides, evaluated, strict=True)):
        np.random.seed(0 if repeats else index)  # what random_state=None draws from
        model, failure = fitted(pair, params, fit_kwargs, weight)
        models.append(model)
        failures.append(failure)
    if None in models:
        both = models == [None, None]
        return {"found": "library fails", "holds": None if both else False, "failures": failures}
    return compared(pair, *models)
