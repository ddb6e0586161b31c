"""Evaluation rows that weigh otherwise than the rows that train."""

from __future__ import annotations

from collections.abc import Iterator

from boostweights.audits.evidence import Evidence
from boostweights.audits.parts import Part, around
from boostweights.audits.weighting import is_weighted
from boostweights.estimator.rows import unread


def stopping_metric(part: Part, evidence: Evidence) -> Iterator[str]:
    """Training is weighted, and stops when a loss on unweighted rows gets no better."""
    stopping = [metric for metric in _misled(part, evidence) if metric in part.behaviour.stops_on]
    if stopping:
        yield f"{_weights(part)} in training, and {', '.join(stopping)} on unweighted evaluation rows ends it"


def stopping_weighted(part: Part, evidence: Evidence) -> Iterator[str]:
    """Training stops on a weighted loss, and its probabilities are read."""
    wrapper, stops = part.wrapper, part.behaviour.stops_on
    if wrapper is None or not wrapper.weighs_evaluation or not wrapper.weighs or not stops:
        return
    reads = "correct_proba" if wrapper.corrects else "calibration" if around(part, "calibrated") else ""
    if reads:
        yield f"eval_weighting='same' ends training by {', '.join(stops)} of weighted rows, beside {reads}"


def evaluation_unweighted(part: Part, evidence: Evidence) -> Iterator[str]:
    """Training is weighted, and a loss on unweighted rows is shown beside it."""
    metrics = ", ".join(_misled(part, evidence))
    if metrics and not part.behaviour.stops_on:
        yield f"{_weights(part)} in training, and {metrics} on unweighted evaluation rows beside it"


def stopping_metric_open(part: Part, evidence: Evidence) -> Iterator[str]:
    """Training is weighted and will stop early, on evaluation rows that are not known here."""
    behaviour = part.behaviour
    stopping = ", ".join(metric for metric in behaviour.stops_on if metric in behaviour.misled)
    known = evidence.evaluation or behaviour.evaluates_weighted or behaviour.holds_out
    if stopping and behaviour.weighing and not known:
        yield f"{part.weighting}, and {stopping} on evaluation rows not given here ends training"


def evaluation_weighted(part: Part, evidence: Evidence) -> Iterator[str]:
    """A metric of one's own choice is weighed by the class weights without being asked."""
    behaviour = part.behaviour
    if behaviour.evaluates_weighted and behaviour.chosen_metric and evidence.evaluation:
        yield f"{behaviour.evaluates_weighted} weighs eval_metric={behaviour.chosen_metric!r} too"


def validation_fraction_unread(part: Part, evidence: Evidence) -> Iterator[str]:
    """Rows are held out of training to stop early on, and nothing stops."""
    if part.wrapper is None:
        return
    outer = part.above[-1]
    if hasattr(outer.model, "native_"):  # a fit knows what callbacks it was given
        yield str(getattr(outer.model, "_warning", ""))
    elif said := unread(outer.settings.get("validation_fraction"), part.behaviour, part.model):
        yield f"{said}, unless fit is given callbacks that do"


def _misled(part: Part, evidence: Evidence) -> tuple[str, ...]:
    """Metrics of unweighted evaluation rows that get worse while weighted training gets better."""
    if part.wrapper is not None:  # it was asked what evaluation rows weigh
        return ()
    if part.makes_features or not is_weighted(part, evidence) or not evidence.evaluates_unweighted:
        return ()
    return () if part.behaviour.evaluates_weighted else part.behaviour.misled


def _weights(part: Part) -> str:
    return part.weighting or "sample_weight by class"
