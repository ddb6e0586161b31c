"""YDF: row weights and ``class_weights``, which it multiplies into rows, those of evaluation sets too."""

from copy import deepcopy
from typing import Any

import numpy as np

from boostweights.adapters import notes
from boostweights.adapters.adapter import Adapter
from boostweights.adapters.additive import Additive
from boostweights.adapters.behaviour import Floats, Params
from boostweights.adapters.training import evaluation
from boostweights.adapters.trees import Node, Tree
from boostweights.adapters.ydf import settings
from boostweights.probabilities.link import Affine


def uncorrectable(params: Params, classes: int | None) -> str:
    """Name a loss of one's own choice, or scores in place of probabilities."""
    own = {name: params.get(name, "DEFAULT") for name in ("loss", "apply_link_function")}
    return ", ".join(f"{name}={own[name]!r}" for name in own if own[name] not in ("DEFAULT", True))


def raw(model: Any, X: Any) -> Any:
    """Return YDF's logits, summed in float32; those of many classes lack the initial predictions."""
    return _logits(model, model._columns(X))


def raw_of_numbers(model: Any, table: Floats) -> Any:
    """Return the logits of rows of numbers, each of which is a text where YDF has categories."""
    texts = {spec.name for spec in model.model_.input_features() if spec.semantic.name == "CATEGORICAL"}
    columns = {f"x{at}": values for at, values in enumerate(table.T.astype(np.float32))}
    return _logits(
        model, {name: columns[name].astype(str if name in texts else np.float32) for name in columns}
    )


def _logits(model: Any, columns: Params) -> Any:
    native = deepcopy(model.model_)
    native.set_output_logits(True)
    scores = native.predict(dict(columns), num_threads=model.num_threads)
    return scores if scores.ndim == 1 else scores.astype(np.float64) + native.initial_predictions()


def changed(model: Any, affine: Affine) -> Any:
    """Return a copy with other initial predictions and leaves, as float32; trees of classes take turns."""
    copied = deepcopy(model)
    native, slopes = copied.model_, affine.slope.tolist()
    native.set_initial_predictions(affine(native.initial_predictions()))
    for index, tree in enumerate(native.get_all_trees() if affine.multiplies else ()):
        _multiply(tree.root, slopes[index % len(slopes)])
        native.set_tree(index, tree)
    return copied


def _multiply(node: Any, slope: float) -> None:
    if node.is_leaf:
        node.value.value *= slope
    else:
        _multiply(node.neg_child, slope)
        _multiply(node.pos_child, slope)


def trees(model: Any) -> list[Tree]:
    """Return the initial predictions and the trees, features by name: a weight column moves their numbers."""
    names = [column.name for column in model.model_.data_spec().columns]
    start = (Node(value=tuple(model.model_.initial_predictions().tolist())),)
    return [start, *(_nodes(tree.root, names) for tree in model.model_.iter_trees())]


def _nodes(node: Any, names: list[str]) -> Tree:
    if node.is_leaf:
        return (Node(value=node.value.value),)
    condition = dict(vars(node.condition), score=None)
    columns = condition.pop("attributes", None) or [condition.pop("attribute")]
    split = Node(feature=tuple(names[index] for index in columns), threshold=repr(condition))
    return (split, *_nodes(node.neg_child, names), *_nodes(node.pos_child, names))


_ADDITIVE = Additive(uncorrectable=uncorrectable, raw=raw, changed=changed, raw_of_numbers=raw_of_numbers)

ADAPTER = Adapter(
    name="ydf",
    dtype=np.float32,
    forms=settings.FORMS,
    record="boostweights.adapters.ydf.record:RECORD",
    class_weighting=settings.weighing,
    evaluation=evaluation,
    raw_scores=_ADDITIVE,
    baking=_ADDITIVE,
    notes=notes,
    readback=settings,
    describe=settings.describe,
    trees=trees,
)
