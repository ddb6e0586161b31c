"""Evaluation rows that weigh otherwise than the rows that train."""

from __future__ import annotations

from boostweights.audits.evidence import Evidence
from boostweights.audits.parts import Part, around
from boostweights.audits.weighting import is_weighted
from boostweights.estimator.evaluation import unread


def stopping_metric(part: Part, evidence: Evidence) -> str:
    """Training is weighted, and stops when a loss on unweighted rows gets no better."""
    metrics = _misled(part, evidence)
    stopping = [metric for metric in metrics if metric in part.behaviour.stops_on]
    if not stopping:
        return ""
    return f"{_weights(part)} in training, and {', '.join(stopping)} on unweighted evaluation rows ends it"


def stopping_weighted(part: Part, evidence: Evidence) -> str:
    """Training stops on a weighted loss, and its probabilities are read."""
    wrapper, stops = part.wrapper, part.behaviour.stops_on
    if wrapper is None or not wrapper.weighs_evaluation or not wrapper.weighs or not stops:
        return ""
    reads = "correct_proba" if wrapper.corrects else "calibration" if around(part, "calibrated") else ""
    return (
        f"eval_weighting='same' ends training by {', '.join(stops)} of weighted rows, beside {reads}"
        if reads
        else ""
    )


def evaluation_unweighted(part: Part, evidence: Evidence) -> str:
    """Training is weighted, and a loss on unweighted rows is shown beside it."""
    metrics = _misled(part, evidence)
    if not metrics or part.behaviour.stops_on:
        return ""
    return f"{_weights(part)} in training, and {', '.join(metrics)} on unweighted evaluation rows beside it"


def stopping_metric_open(part: Part, evidence: Evidence) -> str:
    """Training is weighted and will stop early, on evaluation rows that are not known here."""
    behaviour = part.behaviour
    stopping = [metric for metric in behaviour.stops_on if metric in behaviour.misled]
    if not stopping or evidence.evaluation or not behaviour.weighing:
        return ""
    if behaviour.evaluates_weighted or behaviour.holds_out:
        return ""
    return f"{part.weighting}, and {', '.join(stopping)} on evaluation rows not given here ends training"


def evaluation_weighted(part: Part, evidence: Evidence) -> str:
    """A metric of one's own choice is weighed by the class weights without being asked."""
    behaviour = part.behaviour
    if not behaviour.evaluates_weighted or not behaviour.chosen_metric or not evidence.evaluation:
        return ""
    return f"{behaviour.evaluates_weighted} weighs eval_metric={behaviour.chosen_metric!r} too"


def validation_fraction_unread(part: Part, evidence: Evidence) -> str:
    """Rows are held out of training to stop early on, and nothing stops."""
    if part.wrapper is None:
        return ""
    outer = part.above[-1]
    if hasattr(outer.model, "native_"):  # a fit knows what callbacks it was given
        return str(getattr(outer.model, "_warning", ""))
    said = unread(outer.settings.get("validation_fraction"), part.behaviour, part.model)
    return f"{said}, unless fit is given callbacks that do" if said else ""


def _misled(part: Part, evidence: Evidence) -> tuple[str, ...]:
    """Metrics of unweighted evaluation rows that get worse while weighted training gets better."""
    if part.wrapper is not None:  # it was asked what evaluation rows weigh
        return ()
    if part.makes_features or not is_weighted(part, evidence) or not evidence.evaluates_unweighted:
        return ()
    return () if part.behaviour.evaluates_weighted else part.behaviour.misled


def _weights(part: Part) -> str:
    return part.weighting or "sample_weight by class"
