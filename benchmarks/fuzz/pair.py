"""One claim under random settings: both sides trained by the library itself, and compared with the claim."""

from __future__ import annotations

import copy
import json
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from importlib import import_module
from typing import Any, Final

import numpy as np
from equivalence import harness_lightgbm, trials_catboost, trials_xgboost

import boostweights as bw
from benchmarks.fuzz.data import Rows, draw_automatic, draw_policy, draw_rows, one
from benchmarks.fuzz.settings import DRAWS, Settings
from boostweights.adapters.adapter import Adapter
from boostweights.adapters.expressing import form_for
from boostweights.adapters.form import Guarantee, NativeForm
from boostweights.adapters.record import named_class, record_of
from boostweights.adapters.registry import adapter_named
from boostweights.adapters.trees import first_difference
from boostweights.errors import ClaimBrokenError, InvalidTypeError
from boostweights.weighting.counts import ClassCounts

LIBRARIES: Final = tuple(DRAWS)
SHOWN: Final = ("tie", "tie by rounding", "rounding")
"""How an EQUIVALENT claim holds beyond 1e-6: gains alike, or row weights one float32 away do the same."""
CLOSE: Final = 1e-6
TIE: Final = 1e-5
_ROUNDINGS: Final = 16
_ACCUMULATED: Final = 1e-5
_SKLEARN: Final = ("sklearn.ensemble", "sklearn.tree", "sklearn.linear_model")


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """A claim, and what is trained to judge it."""

    library: str
    settings: Settings
    estimator: Any
    rows: Rows
    policy: bw.Policy
    native: NativeForm
    fit_params: Mapping[str, Any]
    stops: bool


def judged(library: str, seed: int) -> dict[str, Any]:
    """What is claimed of this seed's form and what training both sides finds.

    ``holds`` is None where there is nothing to train: the form refuses the weights, the claim is DIFFERENT, the
    library refuses the settings, or the condition of the claim is not met.
    """
    pair: Pair | None = None
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            pair = drawn(library, seed)
        except bw.InvalidValueError as refused:
            return {"found": "refused", "holds": None, "reason": str(refused)}
        facts = {
            "form": pair.native.form,
            "class": type(pair.estimator).__name__,
            "claim": pair.native.guarantee.value,
            "reason": pair.native.reason,
        }
        if pair.native.guarantee is Guarantee.DIFFERENT:
            return {**facts, "found": "not trained", "holds": None}
        found = _compared(pair)
    if found["holds"] is False or found["found"] in SHOWN:
        found |= {"settings": repr(pair.settings), "policy": repr(pair.policy), "rows": len(pair.rows.y)}
    return {**facts, **found}


def drawn(library: str, seed: int) -> Pair:
    """The claim of a seed; raises what `to_native` raises."""
    rng = np.random.default_rng([LIBRARIES.index(library), seed])
    rows = draw_rows(rng, encoded=library == "xgboost")
    settings = DRAWS[library](rng, rows)
    adapter = adapter_named(library)
    estimator = _estimator(library, settings)
    form = _form(rng, adapter, len(rows.labels))
    automatic = form in ("is_unbalance", "auto_class_weights")
    policy = draw_automatic(rng) if automatic else draw_policy(rng, rows.labels)
    weights = policy.resolve(rows.y, rows.sample_weight)
    given = rows.sample_weight
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


def _compared(pair: Pair) -> dict[str, Any]:
    """Train both sides and compare; a library that fails must fail on both."""
    weights, dtype = pair.native.weights.class_weight, pair.native.dtype
    sides = (
        (
            {**pair.native.pins, **pair.native.params},
            pair.native.fit_kwargs(pair.rows.y, pair.rows.sample_weight),
        ),
        (
            dict(pair.native.pins),
            {"sample_weight": _by_row(weights, pair.rows.y, pair.rows.sample_weight, dtype)},
        ),
    )
    other = pair.rows.y_other
    evaluated = (pair.native.eval_weight(other), _by_row(weights, other, None, dtype))
    repeats = pair.native.guarantee is not Guarantee.IDENTICAL  # without a seed, the same draws for both
    models: list[Any] = []
    failures = []
    for index, ((params, fit_kwargs), weight) in enumerate(zip(sides, evaluated, strict=True)):
        np.random.seed(0 if repeats else index)  # noqa: NPY002  what random_state=None draws from
        model, failure = _fitted(pair, params, fit_kwargs, weight)
        models.append(model)
        failures.append(failure)
    if None in models:
        both = models == [None, None]
        return {"found": "library fails", "holds": None if both else False, "failures": failures}
    return _judged(pair, *models)


def _by_row(weights: Mapping[Any, float], y: np.ndarray, given: Any, dtype: Any) -> np.ndarray | None:
    """Row weights by hand; None for weights of 1, for which scikit-learn's forests draw other rows."""
    if given is None and set(weights.values()) == {1.0}:
        return None
    by_row = np.array([weights[label] for label in y.tolist()], dtype)
    return by_row if given is None else by_row * given.astype(dtype)


def _fitted(pair: Pair, params: Mapping[str, Any], fit_kwargs: Mapping[str, Any], weight: Any) -> Any:
    rows, library = pair.rows, pair.library
    model = copy.deepcopy(pair.estimator).set_params(**params)
    X, other = (_features(pair, each) for each in (rows.X, rows.X_other))
    evaluation: dict[str, Any] = {}
    if pair.stops:
        evaluation = _evaluation(pair, other, weight)
    quiet = {"verbose": False} if library in ("xgboost", "catboost") else {}
    try:
        return model.fit(X, rows.y, **fit_kwargs, **evaluation, **pair.fit_params, **quiet), ""
    except _FAILURES as failure:
        return None, f"{type(failure).__name__}: {_first_line(failure)}"


def _first_line(failure: Exception) -> str:
    return next((line for line in str(failure).splitlines() if line.strip()), str(failure))


def _evaluation(pair: Pair, X: Any, weight: Any) -> dict[str, Any]:
    y = pair.rows.y_other
    if pair.library == "catboost":
        from catboost import Pool

        return {"eval_set": Pool(X, y, weight=weight, cat_features=pair.settings.get("cat_features"))}
    if pair.library in ("xgboost", "lightgbm"):
        name = {"xgboost": "sample_weight_eval_set", "lightgbm": "eval_sample_weight"}[pair.library]
        return {"eval_set": [(X, y)], **({} if weight is None else {name: [weight]})}
    if pair.library == "ydf" or (pair.settings["class"].startswith("Hist") and len(y) % 2):
        return {"X_val": X, "y_val": y, "sample_weight_val": weight}
    return {}


def _features(pair: Pair, X: np.ndarray) -> Any:
    """Features as the library takes them: categories as such, nothing missing where it takes none."""
    columns = pair.rows.categories
    name = pair.settings.get("class", "")
    if name and not name.startswith("Hist"):
        return np.nan_to_num(X)
    if pair.library == "catboost" and columns:
        mixed = X.astype(object)
        mixed[:, columns] = [[f"c{int(value)}" for value in row] for row in X[:, columns]]
        return mixed
    categorical = pair.library == "lightgbm" or pair.settings.get("enable_categorical")
    if columns and categorical:
        import pandas as pd

        frame = pd.DataFrame(X, columns=[f"f{index}" for index in range(X.shape[1])])
        for index in columns:
            frame[f"f{index}"] = pd.Categorical.from_codes(X[:, index].astype(int), range(30))
        return frame
    return X


def _judged(pair: Pair, ours: Any, theirs: Any) -> dict[str, Any]:
    native = pair.native
    if native.holds is not None and not native.holds(ours, pair.fit_params):
        try:
            native.check(ours, pair.fit_params)
        except ClaimBrokenError:
            return {"found": "condition not met", "holds": None}
        return {"found": "condition not met, and not told", "holds": False}
    X = [_features(pair, each) for each in (pair.rows.X, pair.rows.X_other)]
    delta = _distance(ours, theirs, X)
    parted = _parted(pair.library, ours, theirs)
    facts = {"delta": delta, "parted": str(parted or "")}
    if delta == 0 and parted is None:
        return {**facts, "found": "identical", "holds": True}
    if native.guarantee is Guarantee.IDENTICAL:
        return {**facts, "found": "other", "holds": False}
    if delta <= CLOSE:
        return {**facts, "found": "within 1e-6", "holds": True}
    if _TIES.get(pair.library, _never)(ours, theirs, X[0]):
        return {**facts, "found": "tie", "holds": True}
    if shown := _rounding_decides(pair, ours, theirs, X, delta):
        return {**facts, "found": shown, "holds": True}
    return {**facts, "found": "other", "holds": False}


def _rounding_decides(pair: Pair, ours: Any, theirs: Any, X: list[Any], delta: float) -> str:
    """What row weights one float32 away show: they, too, part from `theirs` at the split at which `ours`
    does, or move as far where no split differs."""
    rows, rng, dtype = pair.rows, np.random.default_rng(0), pair.native.dtype
    weights = pair.native.weights.class_weight
    by_row = _by_row(weights, rows.y, rows.sample_weight, dtype)
    by_row = np.ones(len(rows.y), dtype) if by_row is None else by_row
    parted = _parted(pair.library, ours, theirs, leaves=False)
    for _ in range(_ROUNDINGS):
        near = np.nextafter(by_row, rng.choice([0.0, np.inf], len(rows.y)).astype(dtype))
        np.random.seed(0)  # noqa: NPY002
        evaluated = _by_row(weights, rows.y_other, None, dtype)
        moved, _ = _fitted(pair, pair.native.pins, {"sample_weight": near}, evaluated)
        if moved is None:
            continue
        apart = _parted(pair.library, moved, theirs, leaves=False)
        if parted and apart and (apart.tree, apart.node) == (parted.tree, parted.node):
            return "tie by rounding"
        if not parted and delta <= min(_ACCUMULATED, 2 * _distance(moved, theirs, X)):
            return "rounding"
    return ""


def _parted(library: str, ours: Any, theirs: Any, *, leaves: bool = True) -> Any:
    """Where trees first differ, or the splits of trees."""
    try:
        grown = [adapter_named(library).trees(model) for model in (ours, theirs)]
    except (InvalidTypeError, json.JSONDecodeError):  # a linear model; leaves that are no numbers
        return None
    if not leaves:
        grown = [[tuple(replace(node, value=None) for node in tree) for tree in trees] for trees in grown]
    return first_difference(*grown)


def _distance(ours: Any, theirs: Any, X: list[Any]) -> float:
    pairs = [(_proba(ours, each), _proba(theirs, each)) for each in X]
    same = [(mine == other) | (np.isnan(mine) & np.isnan(other)) for mine, other in pairs]
    return max(
        float(np.where(equal, 0, np.abs(mine - other)).max())
        for (mine, other), equal in zip(pairs, same, strict=True)
    )


def _proba(model: Any, X: Any) -> np.ndarray:
    if not hasattr(model, "predict_proba"):
        return np.asarray(model.decision_function(X))
    if type(model).__name__ == "XGBClassifier":
        return trials_xgboost.proba(model, X)
    return np.asarray(model.predict_proba(X))


def _never(ours: Any, theirs: Any, X: Any) -> bool:
    return False


def _tie_of_catboost(ours: Any, theirs: Any, X: Any) -> bool:
    parted = first_difference(*map(trials_catboost.splits, (ours, theirs)))
    return parted is not None and trials_catboost.is_tie(parted, ours, X)


_TIES: Final[Mapping[str, Callable[[Any, Any, Any], bool]]] = {
    "xgboost": lambda ours, theirs, X: trials_xgboost.is_tie(ours, theirs),
    "lightgbm": lambda ours, theirs, X: harness_lightgbm.gain_gap(ours, theirs) < TIE,
    "catboost": _tie_of_catboost,
}


def _failures() -> tuple[type[Exception], ...]:
    from catboost import CatBoostError
    from lightgbm.basic import LightGBMError
    from xgboost.core import XGBoostError

    return (ValueError, RuntimeError, TypeError, AssertionError, CatBoostError, LightGBMError, XGBoostError)


_FAILURES: Final = _failures()
