"""Parameters that do nothing, keys that mean something else, weights that go to the wrong class."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from boostweights.audits.evidence import Evidence
from boostweights.audits.parts import Part
from boostweights.audits.weighting import fixed_weights
from boostweights.errors import shown
from boostweights.weighting.labels.rules import label_kind, scalar

_CLONING = (
    *("search", "calibrated", "threshold", "tuned_threshold"),
    *("stacking", "voting", "bagging", "one_vs_rest"),
)
_APART = 1.5  # a ratio of weights, and of counts, from which on a direction can be told


def ignored_parameter(part: Part, evidence: Evidence) -> Iterator[str]:
    """A parameter that asks for class weights, of which the library takes no notice."""
    if part.behaviour.ignored:
        yield "; ".join(f"{spelled}: {why}" for spelled, why in part.behaviour.ignored.items())


def encoded_keys(part: Part, evidence: Evidence) -> Iterator[str]:
    """A dict of class weights whose keys are looked up among other labels than one's own."""
    keys, instead, by_position = _looked_up(part)
    labels = evidence.labels
    if any(not _is_whole(key) for key in keys):
        yield f"keys {shown(keys)} are looked up among {instead}"
    elif keys and labels and list(labels) != list(range(len(labels) if by_position else 2)):
        yield f"keys {shown(keys)} are looked up among {instead}; the labels are {shown(list(labels))}"


def _looked_up(part: Part) -> tuple[list[Any], str, bool]:
    """The keys of a dict of class weights, what they are looked up among if not labels, if by position."""
    if part.behaviour.positions is not None:
        return list(part.behaviour.positions), "the positions 0 to k-1 of the sorted labels", True
    mapping = next((value for value in part.behaviour.weighing.values() if isinstance(value, Mapping)), None)
    encoding = next((above for above in reversed(part.above) if above.behaviour.encodes), None)
    if mapping is None or encoding is None or part.makes_features:
        return [], "", True
    handed = encoding.behaviour.encodes
    return list(mapping), f"what {type(encoding.model).__name__} hands on: {handed}", "position" in handed


def _is_whole(key: Any) -> bool:
    plain = scalar(key)
    return isinstance(plain, int) or (isinstance(plain, float) and plain.is_integer())


def class_order(part: Part, evidence: Evidence) -> Iterator[str]:
    """A dict that gives a model's classes its own order, or keys of another type than the labels."""
    ordered, labels = part.behaviour.ordered, evidence.labels
    if ordered is None:
        return
    keys = [scalar(key) for key in ordered]
    seen = f"class_weights={shown(dict(ordered))} makes classes_ {shown(keys)}"
    if keys != sorted(keys, key=lambda key: (type(key).__name__, key)):
        yield f"{seen}, and columns of predict_proba"
    elif labels and {label_kind(key) for key in keys} != {label_kind(label) for label in labels}:
        yield f"{seen}; the labels are {shown(list(labels))}"


def unknown_keys(part: Part, evidence: Evidence) -> Iterator[str]:
    """A dict of class weights that misses a label and names one that does not exist."""
    if evidence.labels is None or _looked_up(part)[0] or part.behaviour.ordered is not None:
        return
    labels = [str(label) if part.behaviour.by_text else label for label in evidence.labels]
    for name, value in part.behaviour.weighing.items():
        if isinstance(value, Mapping):
            keys = [scalar(key) for key in value]
            unknown = [key for key in keys if key not in labels]
            if unknown and any(label not in keys for label in labels):
                yield f"{name}={shown(dict(value))} names {unknown[0]!r}; the labels are {shown(labels)}"


def majority_weighed_up(part: Part, evidence: Evidence) -> Iterator[str]:
    """A weight that names no label, and falls on the most common class."""
    weighing = part.behaviour.weighing
    if not weighing or any(isinstance(value, Mapping) for value in weighing.values()):
        return
    weights, counts = fixed_weights(part, evidence), evidence.counts
    if weights is None or counts is None or len(weights) != 2 or part.wrapper is not None:
        return
    rare, common = sorted(counts, key=counts.__getitem__)
    if counts[common] >= _APART * counts[rare] and weights[common] >= _APART * weights[rare]:
        ratio = f"{weights[common] / weights[rare]:.6g}"
        rows = f"{common!r} ({counts[common]} rows) {ratio} times as much as {rare!r} ({counts[rare]} rows)"
        yield f"{part.weighting} weighs {rows}"


def cannot_clone(part: Part, evidence: Evidence) -> Iterator[str]:
    """A parameter that ``sklearn.clone`` refuses, inside what clones."""
    cloning = next((above for above in part.above if above.container in _CLONING), None)
    if cloning is not None and part.behaviour.uncloneable and part.wrapper is None and not part.is_frozen:
        yield f"{type(cloning.model).__name__} clones, and {part.behaviour.uncloneable} cannot be"
