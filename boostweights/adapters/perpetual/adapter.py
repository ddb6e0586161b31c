"""PerpetualBooster: row weights; its classes are none of scikit-learn's, and keep settings back."""

import inspect
import json
from typing import Any

import numpy as np

from boostweights.adapters.adapter import Adapter, is_from
from boostweights.adapters.additive import Additive
from boostweights.adapters.behaviour import Floats, Params
from boostweights.adapters.form import by_name, reference_form
from boostweights.adapters.perpetual import model
from boostweights.adapters.readback import saved_parts
from boostweights.adapters.trees import Node, Tree
from boostweights.errors import shown
from boostweights.probabilities.link import Affine

_MODULE = "perpetual"
_SPLIT = ("split_value", "left_cats", "left_child", "right_child")


def _settings(estimator: Any) -> dict[str, Any]:
    """All settings; the library's own ``get_params`` and ``clone`` leave out, and reset, most of them."""
    base = next(base for base in type(estimator).__mro__ if base.__name__ == "PerpetualBooster")
    names = inspect.signature(base).parameters
    settings = {name: getattr(estimator, name) for name in names if name != "kwargs"}
    # a fit replaces it by what it finds in its rows
    return settings | ({"categorical_features": "auto"} if estimator.is_fitted else {})


def get_params(estimator: Any, *, deep: bool = True) -> dict[str, Any]:
    """Return the settings that are set."""
    return {name: value for name, value in _settings(estimator).items() if value is not None}


def configured(estimator: Any, params: Params) -> Any:
    """Return a new estimator with these parameters besides all others: ``set_params`` would lose some."""
    return type(estimator)(**{**_settings(estimator), **params})


def uncorrectable(params: Params, classes: int | None) -> str:
    """Name another objective, or more than two classes.

    Of these it trains a booster for each class against the rest, and its probabilities are the softmax of
    their log-odds, which is no probability: nothing is known that would take weights out of it.
    """
    objective = params.get("objective", "LogLoss")
    if objective != "LogLoss":
        return f"objective={shown(objective)}"
    many = classes is not None and classes > 2
    return f"PerpetualBooster's softmax of one-against-rest log-odds, of {classes} classes" if many else ""


def raw(model: Any, X: Any) -> Any:
    """Return the log-odds of two classes, in float64 as the booster sums them."""
    from perpetual.utils import transform_input_frame

    _, flat, rows, cols = transform_input_frame(X, model.cat_mapping)
    return model.booster.predict(flat_data=flat, rows=rows, cols=cols, parallel=False)


def raw_of_numbers(model: Any, table: Floats) -> Any:
    """Return the log-odds of rows whose categories are codes already."""
    rows, cols = table.shape
    return model.booster.predict(flat_data=table.ravel("F"), rows=rows, cols=cols, parallel=False)


def changed(model: Any, affine: Affine) -> Any:
    """Return a copy with a changed base score and leaves, which only its JSON form lets one set."""
    document = json.loads(model.json_dump())
    with saved_parts(_MODULE):
        document["base_score"] = affine(document["base_score"]).item()
        for tree in document["trees"]:
            for node in tree["nodes"].values():
                node["weight_value"] *= affine.slope.item()
    copied = object.__new__(type(model))
    copied.__setstate__({**model.__getstate__(), "__booster_json_file__": json.dumps(document)})
    return copied


def trees(model: Any) -> list[Tree]:
    """Return base scores and trees, nodes by their numbers: the JSON form lists them in any order."""
    document = json.loads(model.json_dump())
    with saved_parts(_MODULE):
        boosters = document.get("boosters", [document])  # one a class, or one in all
        start = tuple(Node(value=booster["base_score"]) for booster in boosters)
        nodes = [tree["nodes"] for booster in boosters for tree in booster["trees"]]
        return [start, *(tuple(_node(tree[key]) for key in sorted(tree, key=int)) for tree in nodes)]


def _node(node: Params) -> Node:
    if node["is_leaf"]:
        return Node(value=node["weight_value"])
    split = repr([node[name] for name in _SPLIT])
    return Node(feature=node["split_feature"], threshold=split, missing=node["missing_node"])


_ADDITIVE = Additive(
    uncorrectable=uncorrectable,
    raw=raw,
    changed=changed,
    n_features=lambda fitted: int(fitted.n_features_),
    raw_of_numbers=raw_of_numbers,
)

ADAPTER = Adapter(
    name=_MODULE,
    dtype=np.float64,
    forms=by_name(reference_form("fit(sample_weight=)")),
    owns=lambda estimator: is_from(estimator, _MODULE) and hasattr(estimator, "predict_proba"),
    get_params=get_params,
    unfitted=lambda estimator: configured(estimator, {}),
    configured=configured,
    record=f"boostweights.adapters.{_MODULE}.record:RECORD",
    raw_scores=_ADDITIVE,
    baking=_ADDITIVE,
    notes=model,
    files=model,
    trees=trees,
)
