"""Settings of training: parameters that do nothing, evaluation rows, starts, seeds, few rows."""

from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any

from boostweights.adapters.behaviour import names_of
from boostweights.audits.parts import Part, attribute
from boostweights.errors import shown
from boostweights.estimator.rows import unread
from boostweights.weighting.counts import ClassCounts
from boostweights.weighting.labels.rules import label_kind, scalar

_CLONING = (
    *("search", "calibrated", "threshold", "tuned_threshold"),
    *("stacking", "voting", "bagging", "one_vs_rest"),
)
_APART = 1.5  # a ratio of weights, and of counts, at which the direction is clear


def ignored_parameter(part: Part) -> Iterator[str]:
    """A parameter that asks for class weights, of which the library takes no notice."""
    if part.behaviour.ignored:
        yield "; ".join(f"{spelled}: {why}" for spelled, why in part.behaviour.ignored.items())


def encoded_keys(part: Part) -> Iterator[str]:
    """A dict of class weights whose keys are looked up among other labels than one's own."""
    keys, instead, by_position = _looked_up(part)
    labels = part.data.labels
    if any(not isinstance(key, (int, float)) or key % 1 for key in map(scalar, keys)):  # not whole
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


def class_order(part: Part) -> Iterator[str]:
    """A dict that gives a model's classes its own order, or keys of another type than the labels."""
    ordered, labels = part.behaviour.ordered, part.data.labels
    if ordered is None:
        return
    keys = [scalar(key) for key in ordered]
    seen = f"class_weights={shown(dict(ordered))} makes classes_ {shown(keys)}"
    if keys != sorted(keys, key=lambda key: (type(key).__name__, key)):
        yield f"{seen}, and columns of predict_proba"
    elif labels and {label_kind(key) for key in keys} != {label_kind(label) for label in labels}:
        yield f"{seen}; the labels are {shown(list(labels))}"


def unknown_keys(part: Part) -> Iterator[str]:
    """A dict of class weights that misses a label and names one that does not exist."""
    if part.data.labels is None or _looked_up(part)[0] or part.behaviour.ordered is not None:
        return
    labels = [str(label) if part.behaviour.by_text else label for label in part.data.labels]
    for name, value in part.behaviour.weighing.items():
        if isinstance(value, Mapping):
            keys = [scalar(key) for key in value]
            unknown = [key for key in keys if key not in labels]
            if unknown and any(label not in keys for label in labels):
                yield f"{name}={shown(dict(value))} names {unknown[0]!r}; the labels are {shown(labels)}"


def majority_weighed_up(part: Part) -> Iterator[str]:
    """A weight that names no label, and falls on the most common class."""
    weighing = part.behaviour.weighing
    if not weighing or any(isinstance(value, Mapping) for value in weighing.values()):
        return
    weights, counts = part.fixed_weights(), part.counts
    if weights is None or counts is None or len(weights) != 2 or part.wrapping:
        return
    rare, common = sorted(counts, key=counts.__getitem__)
    if counts[common] >= _APART * counts[rare] and weights[common] >= _APART * weights[rare]:
        ratio = f"{weights[common] / weights[rare]:.6g}"
        rows = f"{common!r} ({counts[common]} rows) {ratio} times as much as {rare!r} ({counts[rare]} rows)"
        yield f"{part.weighting} weighs {rows}"


def cannot_clone(part: Part) -> Iterator[str]:
    """A parameter that ``sklearn.clone`` refuses, inside what clones."""
    cloning = next((above for above in part.above if above.container in _CLONING), None)
    if cloning is not None and part.behaviour.uncloneable and not (part.wrapping or part.around("frozen")):
        yield f"{type(cloning.model).__name__} clones, and {part.behaviour.uncloneable} cannot be"


def stopping_metric(part: Part) -> Iterator[str]:
    """Training is weighted, and stops when a loss on unweighted rows gets no better."""
    stopping = [metric for metric in _misled(part) if metric in part.behaviour.stops_on]
    if stopping:
        yield f"{_weights(part)} in training, and {', '.join(stopping)} on unweighted evaluation rows ends it"


def stopping_weighted(part: Part) -> Iterator[str]:
    """Training stops on a weighted loss, and its probabilities are read."""
    settings, stops = part.wrapping, part.behaviour.stops_on
    if part.policy is None or settings.get("eval_weighting") != "same" or not stops:
        return
    reads = (
        "correct_proba"
        if settings.get("correct_proba")
        else "calibration"
        if part.around("calibrated")
        else ""
    )
    if reads:
        yield f"eval_weighting='same' ends training by {', '.join(stops)} of weighted rows, beside {reads}"


def evaluation_unweighted(part: Part) -> Iterator[str]:
    """Training is weighted, and the loss that is shown is that of unweighted rows."""
    metrics = ", ".join(_misled(part))
    if metrics and not part.behaviour.stops_on:
        yield f"{_weights(part)} in training, and {metrics} on unweighted evaluation rows beside it"


def stopping_metric_open(part: Part) -> Iterator[str]:
    """Training is weighted and will stop early, on evaluation rows that are not known here."""
    behaviour = part.behaviour
    stopping = ", ".join(metric for metric in behaviour.stops_on if metric in behaviour.misled)
    known = part.data.evaluation or behaviour.evaluates_weighted or behaviour.holds_out
    if stopping and behaviour.weighing and not known:
        yield f"{part.weighting}, and {stopping} on evaluation rows not given here ends training"


def evaluation_weighted(part: Part) -> Iterator[str]:
    """A metric that the user chose is weighted by the class weights, unasked."""
    behaviour = part.behaviour
    if behaviour.evaluates_weighted and behaviour.chosen_metric and part.data.evaluation:
        yield f"{behaviour.evaluates_weighted} weighs eval_metric={behaviour.chosen_metric!r} too"


def validation_fraction_unread(part: Part) -> Iterator[str]:
    """Rows are held out of training to stop early on, and nothing stops."""
    if not part.wrapping:
        return
    outer = part.above[-1]
    if hasattr(outer.model, "native_"):  # a fit knows what callbacks it was given
        yield str(getattr(outer.model, "_warning", ""))
    elif unread_fraction := unread(outer.settings.get("validation_fraction"), part.behaviour, part.model):
        yield f"{unread_fraction}, unless fit is given callbacks that do"


def _misled(part: Part) -> tuple[str, ...]:
    """Metrics of unweighted evaluation rows that get worse while weighted training gets better."""
    if part.wrapping:  # its eval_weighting decides
        return ()
    if part.makes_features or not part.is_weighted or all(rows.weighted for rows in part.data.evaluation):
        return ()
    return () if part.behaviour.evaluates_weighted else part.behaviour.misled


def _weights(part: Part) -> str:
    return part.weighting or "sample_weight by class"


_CLASSIFYING = ("weighted", "search", "calibrated", "threshold", "tuned_threshold", "frozen")
_ROW_WEIGHTS = ("auto", "sample_weight")  # forms that are row weights themselves
_EVEN = 1.2  # rows of the most common class for each of the rarest
_FEW = 20


def no_classifier(part: Part) -> Iterator[str]:
    """A regressor whose predictions are to be the model's labels."""
    regresses = any("Regressor" in name for name in names_of(part.model))
    decides = all(
        inner.where.rpartition(".")[2] == outer.settings["steps"][-1][0]
        if outer.container == "pipeline"  # whose predictions are those of its last step
        else outer.container in _CLASSIFYING
        for outer, inner in pairwise((*part.above, part))
    )
    if regresses and decides:
        yield f"{type(part.model).__name__} is a regressor"


def average_start(part: Part) -> Iterator[str]:
    """Weights of labels that the average from which scores start does not see."""
    weights, starts = part.weights(), part.behaviour.starts_unweighted
    if starts and not (weights and len(set(weights.values())) == 1):
        yield f"{starts}, and scores start from the average of unweighted labels"


def missing_seed(part: Part) -> Iterator[str]:
    """A form that claims the model of row weights, of which two fits are two models."""
    drawn, form = part.behaviour.unseeded, part.wrapping.get("form")
    if drawn and part.policy is not None and form not in _ROW_WEIGHTS:
        yield f"form={form!r} is the model of row weights, but random_state=None draws {drawn}"


def unseeded_search(part: Part) -> Iterator[str]:
    """Candidates or folds that another run draws anew."""
    folds = part.settings.get("cv")
    drawn = [part.model] if part.container == "search" else []
    if attribute(folds, "shuffle", default=True):
        drawn.append(folds)
    unseeded = [sampler for sampler in drawn if attribute(sampler, "random_state", default=0) is None]
    if unseeded:
        yield " and ".join(f"{type(sampler).__name__}(random_state=None)" for sampler in unseeded)


def weights_per_worker(part: Part) -> Iterator[str]:
    """Weights that each worker of a cluster counts on its own rows."""
    if part.behaviour.per_worker:
        yield f"{part.behaviour.per_worker} counts the rows of each worker"


def inherited_weight(part: Part) -> Iterator[str]:
    """A weight inside a trained model, with which training would go on unsaid."""
    yield part.behaviour.inherited


def continued_model(part: Part) -> Iterator[str]:
    """A model some of whose trees may have been trained with other weights."""
    yield part.behaviour.continued


def already_balanced(part: Part) -> Iterator[str]:
    """Balanced weights of classes that are even."""
    counts = part.counts
    if not counts or len(counts) < 2 or counts.imbalance_ratio >= _EVEN:
        return
    if part.weighs_classes and part.is_automatic:
        yield f"{part.weighting} for {_counts(counts)}"


def few_rows(part: Part) -> Iterator[str]:
    """So few rows of a weighted class that each of them steers the model."""
    counts = part.counts
    if counts and len(counts) > 1 and min(counts.values()) < _FEW and part.weighs_classes:
        rarest = min(counts, key=counts.__getitem__)
        yield f"{counts[rarest]} rows of {rarest!r} ({_counts(counts)}), weighed by {part.weighting}"


def _counts(counts: ClassCounts) -> str:
    return "rows " + ", ".join(f"{label!r}: {count}" for label, count in counts.items())
