"""Where and on what training goes on: starts, seeds, workers, models continued, few rows, even classes."""

from __future__ import annotations

from boostweights.adapters.behaviour import names_of
from boostweights.audits.evidence import Evidence
from boostweights.audits.objects import attribute
from boostweights.audits.parts import Part
from boostweights.audits.weighting import is_automatic, resolved, weighs_classes

_CLASSIFYING = ("weighted", "search", "calibrated", "threshold", "tuned_threshold", "frozen")
_ROW_WEIGHTS = ("auto", "sample_weight")  # forms that claim nothing beside row weights
_EVEN = 1.2  # rows of the most common class for each of the rarest
_FEW = 20


def no_classifier(part: Part, evidence: Evidence) -> str:
    """A regressor whose predictions are to be the model's labels."""
    regresses = any("Regressor" in name for name in names_of(part.model))
    decides = all(map(_ends_in, part.above, [*part.above[1:], part]))
    return f"{type(part.model).__name__} is a regressor" if regresses and decides else ""


def average_start(part: Part, evidence: Evidence) -> str:
    """Weights of labels that the average from which scores start does not see."""
    weights = resolved(part, evidence)
    if not part.behaviour.starts_unweighted or (weights and len(set(weights.values())) == 1):
        return ""
    return f"{part.behaviour.starts_unweighted}, and scores start from the average of unweighted labels"


def missing_seed(part: Part, evidence: Evidence) -> str:
    """A form that claims the model of row weights, of which two fits are two models."""
    drawn, wrapper = part.behaviour.unseeded, part.wrapper
    if not drawn or wrapper is None or not wrapper.weighs or wrapper.form in _ROW_WEIGHTS:
        return ""
    return f"form={wrapper.form!r} is the model of row weights, but random_state=None draws {drawn}"


def unseeded_search(part: Part, evidence: Evidence) -> str:
    """Candidates or folds that another run draws anew."""
    folds = part.settings.get("cv")
    drawn = [part.model] if part.container == "search" else []
    if attribute(folds, "shuffle", default=True):
        drawn.append(folds)
    unseeded = [each for each in drawn if attribute(each, "random_state", default=0) is None]
    return " and ".join(f"{type(each).__name__}(random_state=None)" for each in unseeded)


def weights_per_worker(part: Part, evidence: Evidence) -> str:
    """Weights that each worker of a cluster counts on its own rows."""
    return f"{part.behaviour.per_worker} counts the rows of each worker" if part.behaviour.per_worker else ""


def inherited_weight(part: Part, evidence: Evidence) -> str:
    """A weight inside a trained model, with which training would go on unsaid."""
    return part.behaviour.inherited


def continued_model(part: Part, evidence: Evidence) -> str:
    """A model some of whose trees may have been trained with other weights."""
    return part.behaviour.continued


def already_balanced(part: Part, evidence: Evidence) -> str:
    """Balanced weights of classes that are even."""
    counts = evidence.counts
    if counts is None or len(counts) < 2 or counts.imbalance_ratio >= _EVEN:
        return ""
    if not weighs_classes(part) or not is_automatic(part):
        return ""
    return f"{part.weighting} for {_counts(evidence)}"


def few_rows(part: Part, evidence: Evidence) -> str:
    """So few rows of a weighted class that each of them steers the model."""
    counts = evidence.counts
    if counts is None or len(counts) < 2 or min(counts.values()) >= _FEW or not weighs_classes(part):
        return ""
    rarest = min(counts, key=counts.__getitem__)
    return f"{counts[rarest]} rows of {rarest!r} ({_counts(evidence)}), weighed by {part.weighting}"


def _ends_in(outer: Part, inner: Part) -> bool:
    """Whether a container's predictions are those of what it holds, in a pipeline of its last step."""
    if outer.container == "pipeline":
        return bool(inner.where.rpartition(".")[2] == outer.settings["steps"][-1][0])
    return outer.container in _CLASSIFYING


def _counts(evidence: Evidence) -> str:
    return "rows " + ", ".join(f"{label!r}: {count}" for label, count in (evidence.counts or {}).items())
