"""A fitted CatBoost model: its raw scores, the correction in its bias, its notes, its file and its trees.

Notes are metadata, which model files and pickles keep, and other fits too. Model files are of CatBoost's own
binary format or JSON.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from boostweights.adapters.behaviour import Floats, Params
from boostweights.adapters.catboost.forms import objective_of
from boostweights.adapters.readback import saved_parts
from boostweights.adapters.trees import Node, Tree
from boostweights.errors import check_fitted, explained, shown
from boostweights.files import temporary_folder
from boostweights.probabilities.link import MARK, Correction, Link, LinkKind
from boostweights.weighting.labels.rules import scalar

_LINKS: dict[str, LinkKind] = {
    "Logloss": "logit",
    "CrossEntropy": "logit",
    "MultiClass": "softmax",
    "MultiClassOneVsAll": "ovr",
}


def link(model: Any) -> Link:
    """Return how a model comes to its probabilities."""
    check_fitted(model.is_fitted(), model)
    loss = str(model.get_all_params().get("loss_function", "unknown")).partition(":")[0]
    labels = tuple(map(scalar, model.classes_))
    kind = _LINKS.get(loss, "none" if "UserDefined" in loss or not labels else "proba")
    return Link(
        kind=kind, classes=max(2, len(labels)), objective=f"loss_function={loss!r}", labels=labels or None
    )


def scores(model: Any, X: Any) -> Floats | None:
    """Return raw formula values."""
    if link(model).kind in ("proba", "none"):
        return None
    return np.asarray(model.predict(X, prediction_type="RawFormulaVal"), np.float64)


def n_features(model: Any) -> int:
    """Return the number of features."""
    return len(model.feature_names_)


def table_scores(model: Any, table: Floats) -> Floats | None:
    """Return the raw formula values of rows of numbers, in which categories are whole numbers."""
    rows = table.astype(object)
    for column in model.get_cat_feature_indices():
        rows[:, column] = table[:, column].astype(int)
    return scores(model, rows)


def correction_mark(model: Any) -> str | None:
    """Return the mark of a baked model, unless it was fitted again since: metadata outlive that."""
    mark, _, fit = (read_note(model, MARK) or "").partition(" of ")
    return mark if mark and fit == training(model) else None


def baked(model: Any, correction: Correction) -> Any:
    """Return a copy that predicts from changed scores.

    CatBoost's own scale would leave SHAP as it was, so slopes go into the leaves.
    """
    affine = correction.affine
    copied = model.copy()
    scale, bias = copied.get_scale_and_bias()
    if affine.multiplies:
        params = dict(copied._init_params)  # reading resets them
        with document_of(copied) as (path, document):
            with saved_parts("catboost"):
                for tree in _trees_in(document):
                    _multiply(tree, affine.slope)
            path.write_text(json.dumps(document))
            copied.load_model(str(path), format="json")
        copied._init_params = params
    copied.set_scale_and_bias(scale, affine(np.asarray(bias, np.float64)).tolist())
    write_note(copied, MARK, f"{correction.mark} of {training(copied)}")
    return copied


def _multiply(node: dict[str, Any], slopes: Floats) -> None:
    """Multiply the leaves of a symmetric tree, or of a node and those below it."""
    if "split" in node:
        _multiply(node["left"], slopes)
        _multiply(node["right"], slopes)
        return
    name = "leaf_values" if "leaf_values" in node else "value"
    values = np.asarray(node[name], np.float64).reshape(-1, len(slopes)) * slopes
    node[name] = values.ravel().tolist() if isinstance(node[name], list) else values.item()


def _trees_in(document: Params) -> list[dict[str, Any]]:
    """Return the trees, which have one of two shapes."""
    trees: list[dict[str, Any]] = document["oblivious_trees" if "oblivious_trees" in document else "trees"]
    return trees


@contextmanager
def document_of(model: Any) -> Iterator[tuple[Path, dict[str, Any]]]:
    """Yield the path of a model's JSON form and what it says."""
    from catboost import CatBoostError

    with temporary_folder() as folder:
        path = folder / "model.json"
        pool = {"pool": None} if not model.get_cat_feature_indices() else {}
        with explained(
            (CatBoostError,),
            "the model's trees are read from its JSON form, which text features do not have",
            "Correct what it predicts with correct_proba.",
        ):
            model.save_model(str(path), format="json", **pool)
        yield path, json.loads(path.read_text())


def uncorrectable(settings: Params, classes: int | None = None) -> str:
    """Name a custom objective.

    Examples
    --------
    >>> uncorrectable({"loss_function": len}), uncorrectable({"objective": "MultiClass"})
    ('loss_function=<built-in function len>', '')
    """
    loss = objective_of(settings)
    return "" if isinstance(loss, str) else f"loss_function={shown(loss)}"


def read_note(model: Any, name: str) -> str | None:
    """Return the text kept under a name, or None."""
    text = dict(_metadata(model)).get(name)
    return None if text is None else str(text)


def write_note(model: Any, name: str, text: str) -> None:
    """Keep a text under a name, in the model itself."""
    _metadata(model)[name] = text


def training(model: Any) -> str:
    """Return CatBoost's own identifier of a training."""
    return read_note(model, "model_guid") or ""


def _metadata(model: Any) -> Any:
    check_fitted(model.is_fitted(), model)
    return model.get_metadata()


_MAGIC = b"CBM1"
_KEYS = (b'"features_info"', b'"oblivious_trees"', b'"trees"', b'"model_info"', b'"ctr_data"')


def is_file(path: Path, head: bytes) -> bool:
    """Whether a file that begins like this is a model of CatBoost's."""
    begun = head.lstrip()
    document = begun[:1] == b"{" and begun[1:].lstrip().startswith(_KEYS)
    return head.startswith(_MAGIC) or document


def load(path: Path) -> Any:
    """Return the model of a file, in the format that its content shows.

    Raises
    ------
    InvalidValueError
        If CatBoost does not load it.
    """
    from catboost import CatBoost, CatBoostError

    with path.open("rb") as file:
        kind = "cbm" if file.read(len(_MAGIC)) == _MAGIC else "json"
    model = CatBoost()
    remedy = "Save it again with save_model, as .cbm or .json, or copy it again."
    refused = (CatBoostError, ValueError, RecursionError)
    with explained(refused, "the file must be a model that CatBoost saved, whole", remedy, shown(str(path))):
        if kind == "json":  # CatBoost would load what there is of one that is cut short
            json.loads(path.read_bytes())
        model.load_model(str(path), format=kind)
        if "params" in model.get_metadata():
            model.get_all_params()  # which are read only when they are asked for
    return model


def trees(model: Any) -> list[Tree]:
    """Return a classifier's or model's trees, read from its JSON form."""
    with document_of(model) as (_, document), saved_parts("catboost"):
        return [_nodes(tree) for tree in _trees_in(document)]


def _nodes(node: Params) -> Tree:
    """Return the nodes of a symmetric tree, or a node and those below it."""
    if "leaf_values" in node:
        return (*map(_split, node["splits"] or ()), *(Node(value=value) for value in node["leaf_values"]))
    if "split" not in node:
        return (Node(value=json.dumps(node["value"])),)
    return (_split(node["split"]), *_nodes(node["left"]), *_nodes(node["right"]))


def _split(split: Params) -> Node:
    names = {name: value for name, value in split.items() if name not in ("border", "split_index", "value")}
    threshold = split["border" if "border" in split else "value"]
    return Node(feature=json.dumps(names, sort_keys=True), threshold=threshold, missing="as quantised")
