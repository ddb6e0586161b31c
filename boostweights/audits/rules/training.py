"""Where and on what training goes on: starts, seeds, workers, models continued, few rows, even classes."""

from __future__ import annotations

from collections.abc import Iterator

from boostweights.adapters.behaviour import names_of
from boostweights.audits.evidence import Evidence
from boostweights.audits.objects import attribute
from boostweights.audits.parts import Part
from boostweights.audits.weighting import is_automatic, resolved, weighs_classes
from boostweights.weighting.counts import ClassCounts

_CLASSIFYING = ("weighted", "search", "calibrated", "threshold", "tuned_threshold", "frozen")
_ROW_WEIGHTS = ("auto", "sample_weight")  # forms that claim nothing beside row weights
_EVEN = 1.2  # rows of the most common class for each of the rarest
_FEW = 20


def no_classifier(part: Part, evidence: Evidence) -> Iterator[str]:
    """A regressor whose predictions are to be the model's labels."""
    regresses = any("Regressor" in name for name in names_of(part.model))
    if regresses and all(map(_ends_in, part.above, [*part.above[1:], part])):
        yield f"{type(part.model).__name__} is a regressor"


def average_start(part: Part, evidence: Evidence) -> Iterator[str]:
    """Weights of labels that the average from which scores start does not see."""
    weights, said = resolved(part, evidence), part.behaviour.starts_unweighted
    if said and not (weights and len(set(weights.values())) == 1):
        yield f"{said}, and scores start from the average of unweighted labels"


def missing_seed(part: Part, evidence: Evidence) -> Iterator[str]:
    """A form that claims the model of row weights, of which two fits are two models."""
    drawn, wrapper = part.behaviour.unseeded, part.wrapper
    if drawn and wrapper is not None and wrapper.weighs and wrapper.form not in _ROW_WEIGHTS:
        yield f"form={wrapper.form!r} is the model of row weights, but random_state=None draws {drawn}"


def unseeded_search(part: Part, evidence: Evidence) -> Iterator[str]:
    """Candidates or folds that another run draws anew."""
    folds = part.settings.get("cv")
    drawn = [part.model] if part.container == "search" else []
    if attribute(folds, "shuffle", default=True):
        drawn.append(folds)
    unseeded = [each for each in drawn if attribute(each, "random_state", default=0) is None]
    if unseeded:
        yield " and ".join(f"{type(each).__name__}(random_state=None)" for each in unseeded)


def weights_per_worker(part: Part, evidence: Evidence) -> Iterator[str]:
    """Weights that each worker of a cluster counts on its own rows."""
    if part.behaviour.per_worker:
        yield f"{part.behaviour.per_worker} counts the rows of each worker"


def inherited_weight(part: Part, evidence: Evidence) -> Iterator[str]:
    """A weight inside a trained model, with which training would go on unsaid."""
    yield part.behaviour.inherited


def continued_model(part: Part, evidence: Evidence) -> Iterator[str]:
    """A model some of whose trees may have been trained with other weights."""
    yield part.behaviour.continued


def already_balanced(part: Part, evidence: Evidence) -> Iterator[str]:
    """Balanced weights of classes that are even."""
    counts = evidence.counts
    if not counts or len(counts) < 2 or counts.imbalance_ratio >= _EVEN:
        return
    if weighs_classes(part) and is_automatic(part):
        yield f"{part.weighting} for {_counts(counts)}"


def few_rows(part: Part, evidence: Evidence) -> Iterator[str]:
    """So few rows of a weighted class that each of them steers the model."""
    counts = evidence.counts
    if counts and len(counts) > 1 and min(counts.values()) < _FEW and weighs_classes(part):
        rarest = min(counts, key=counts.__getitem__)
        yield f"{counts[rarest]} rows of {rarest!r} ({_counts(counts)}), weighed by {part.weighting}"


def _ends_in(outer: Part, inner: Part) -> bool:
    """Whether a container's predictions are those of what it holds, in a pipeline of its last step."""
    if outer.container == "pipeline":
        return bool(inner.where.rpartition(".")[2] == outer.settings["steps"][-1][0])
    return outer.container in _CLASSIFYING


def _counts(counts: ClassCounts) -> str:
    return "rows " + ", ".join(f"{label!r}: {count}" for label, count in counts.items())
