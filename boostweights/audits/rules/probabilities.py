"""Probabilities and thresholds of models that were trained with weights."""

import math
import tomllib
from collections.abc import Iterator, Mapping
from typing import Any

from boostweights.adapters.behaviour import names_of
from boostweights.adapters.notes import CARD, note_of
from boostweights.adapters.registry import adapter_of
from boostweights.audits.parts import Part, attribute, is_baked
from boostweights.errors import InvalidTypeError, InvalidValueError, is_number, shown
from boostweights.probabilities.promises import Promised

_SCORES = ("neg_log_loss", "neg_brier_score", "d2_log_loss_score", "d2_brier_score")
_BY_HEART = 1 / 3  # at the best number of rounds .64 was measured, past it .18 (make rounds)
_DECIDE = ("threshold", "tuned_threshold", "calibrated")
"""Containers that decide by probabilities, whatever the classifier inside would."""
_SAME = 1e-6
_NEAR = 0.01  # relative; a threshold of 0.1 or 0.0909 for a weight of 10


def probabilities_scored(part: Part) -> Iterator[str]:
    """A search that judges weighted probabilities by how honest they are."""
    for above in part.above if _weighted_proba(part) else ():
        scoring = above.settings.get("scoring")
        scoring = list(scoring.values()) if isinstance(scoring, dict) else scoring
        names = scoring if isinstance(scoring, (list, tuple, set)) else [scoring]
        honest = [name for name in names if name in _SCORES]
        if above.container == "search" and honest:
            weighting = part.weighting or "row weights by class"
            yield f"scoring={honest[0]!r} judges the probabilities of {weighting}"


def costs_twice(part: Part) -> Iterator[str]:
    """A weight, and the threshold that stands for the same weight."""
    settings = _deciding(part)
    if settings is None or not _weighted_proba(part):
        return
    weights = part.weights() or {}
    threshold = settings.get("pos_label") is None and settings.get("threshold")
    if len(weights) != 2 or not is_number(threshold):
        return
    negative, positive = weights.values()
    honest = negative / (negative + positive)
    if abs(threshold - honest) <= _NEAR * honest and abs(threshold - 0.5) >= _NEAR:
        yield (
            f"{part.weighting} and threshold={threshold:.6g}, which is 1 / (1 + {positive / negative:.6g}), "
            "state the same costs"
        )


def half_on_corrected(part: Part) -> Iterator[str]:
    """A threshold of one half on probabilities from which the weights were taken out."""
    settings = _deciding(part)
    if settings is None or not part.weighs_classes or not part.is_corrected:
        return
    threshold = settings.get("threshold")
    if isinstance(threshold, (str, int, float)) and threshold in ("auto", 0.5):
        yield f"threshold={threshold!r} on the corrected probabilities of {part.weighting}"


def threshold_from_weighted(part: Part) -> Iterator[str]:
    """A threshold that was tuned on weighted probabilities and now meets corrected ones."""
    if (tuned := _tuned_on_others(part, corrected=False)) is not None:
        now = "estimator_ now gives corrected probabilities"
        yield f"threshold {tuned:.6g} was tuned with {part.weighting}, and {now}"


def threshold_from_corrected(part: Part) -> Iterator[str]:
    """A threshold that was tuned on corrected probabilities and now meets weighted ones."""
    if (tuned := _tuned_on_others(part, corrected=True)) is not None:
        now = "estimator_ now gives weighted ones"
        yield f"threshold {tuned:.6g} was tuned on corrected probabilities, and {now}"


def threshold_overruled(part: Part) -> Iterator[str]:
    """A classifier's own threshold, and a container around it that decides otherwise."""
    threshold = _own_threshold(part)
    above = part.around(*_DECIDE)
    if threshold is not None and above is not None:
        yield f"threshold={shown(threshold)} inside {type(above.model).__name__}, which decides by its own"


def promise_after_sampler(part: Part) -> Iterator[str]:
    """A promise whose rows were held out after a sampler had copied or invented rows.

    Where it takes negatives away a recall is promised as before.
    """
    promised = _own_threshold(part)
    if not isinstance(promised, Promised):
        return
    for sampler in part.samplers:
        takes_away = ".under_sampling" in type(sampler.model).__module__
        if promised.alarms is not None or not takes_away:
            yield f"threshold={promised!r} holds out rows that {type(sampler.model).__name__} drew by class"
            return


def decision_left_out(part: Part) -> Iterator[str]:
    """The model inside a classifier that decides by a threshold, taken out of it."""
    learned = _card_of(part)
    promise, decision = learned.get("promise", {}), learned.get("native", {}).get("decision")
    if not (promise or decision) or not callable(attribute(part.model, "predict_proba")):
        return
    threshold = f"a promise at {promise.get('threshold'):.6g}" if promise else decision
    yield f"predict of this {type(part.model).__name__} does not decide as its card says, by {threshold}"


def threshold_off_card(part: Part) -> Iterator[str]:
    """A classifier that decides by a number, and a card in it that promises rates at another one."""
    threshold = _own_threshold(part)
    models = attribute(part.model, "models_")
    if not is_number(threshold) or not models:
        return
    promised = _card_in(models[0]).get("promise", {}).get("threshold")
    if promised is not None and not math.isclose(threshold, promised, rel_tol=_SAME):
        yield f"predict decides from {threshold:.6g} on, and the card promises rates at {promised:.6g}"


def correction_left_out(part: Part) -> Iterator[str]:
    """The model inside a corrected classifier, taken out of it without the correction."""
    learned = _card_of(part).get("native", {})
    if learned.get("correction") and not is_baked(part.model):
        yield f"the card of this {type(part.model).__name__} says that its probabilities are corrected"


def weights_undone(part: Part) -> Iterator[str]:
    """Calibration takes the weights out again, and no threshold puts them back."""
    calibrated = part.around("calibrated")
    decided = part.around("threshold", "tuned_threshold")
    if calibrated is not None and part.weighs_classes and not part.makes_features and not decided:
        yield f"{part.weighting} inside {type(calibrated.model).__name__}"


def calibrated_twice(part: Part) -> Iterator[str]:
    """Probabilities that were learned out of fold are calibrated once more."""
    calibrated = part.around("calibrated")
    if calibrated is not None and part.wrapping.get("correct_proba") == "fitted":
        yield f"correct_proba='fitted' inside {type(calibrated.model).__name__}"


def trained_past_correction(part: Part) -> Iterator[str]:
    """Weights are taken out analytically of a model that knows its training rows by heart."""
    if part.wrapping.get("correct_proba") is not True or part.policy is None:
        return
    model, unseen = part.above[-1].model, [(rows.X, rows.y) for rows in part.data.evaluation]
    if attribute(model, "estimator_") is None or part.data.X is None or not unseen or unseen[0][0] is None:
        return
    trained, evaluated = _log_loss(model, part.data.X, part.data.y), _log_loss(model, *unseen[0])
    if trained < _BY_HEART * evaluated:
        yield f"correct_proba=True with log loss {trained:.3g} of training and {evaluated:.3g} of other rows"


def _log_loss(model: Any, X: Any, y: Any) -> float:
    from sklearn.metrics import log_loss

    return float(log_loss(y, model.predict_proba(X), labels=model.classes_))


def weighted_probabilities(part: Part) -> Iterator[str]:
    """Probabilities of a weighted model are not probabilities."""
    if not _weighted_proba(part):
        return
    is_estimator = callable(attribute(part.model, "get_params"))  # native models predict probabilities
    if not is_estimator or callable(attribute(part.model, "predict_proba")):
        yield f"predict_proba follows {part.weighting or 'row weights by class'}"


def _own_threshold(part: Part) -> Any:
    """The threshold of a WeightedClassifier; None of other parts."""
    return part.settings.get("threshold") if part.container == "weighted" else None


def _deciding(part: Part) -> Mapping[str, Any] | None:
    """Return the settings whose ``threshold`` decides: those of the container, or of the part itself."""
    above = part.around("threshold")
    if above is not None:
        return {"threshold": "auto", **above.settings}
    return None if part.around(*_DECIDE) else part.wrapping or None


def _card_of(part: Part) -> dict[str, Any]:
    """Return the card of a model that is not inside a classifier; nothing without a card."""
    return {} if part.wrapping or part.container else _card_in(part.model)


def _card_in(model: Any) -> dict[str, Any]:
    if not adapter_of(model).can("notes"):
        return {}
    try:
        note = note_of(model, CARD)
        return {} if note is None or not note.current else tomllib.loads(note.text)
    except (InvalidTypeError, InvalidValueError, ValueError):  # not fitted; no card any more
        return {}


def _weighted_proba(part: Part) -> bool:
    """Whether a part's probabilities are weighted, and neither corrected nor calibrated."""
    if part.makes_features or not part.is_weighted or part.is_corrected:
        return False
    if part.container or (part.model is not None and not callable(attribute(part.model, "predict"))):
        return False
    return part.around("calibrated") is None


def _tuned_on_others(part: Part, *, corrected: bool) -> float | None:
    """The threshold that was tuned on (un)corrected probabilities, where the fitted model gives others."""
    above = part.around("tuned_threshold")
    if above is None or not part.weighs_classes or part.is_corrected is not corrected:
        return None
    tuned, fitted = attribute(above.model, "best_threshold_"), attribute(above.model, "estimator_")
    return tuned if fitted is not None and _corrects(fitted, part) is (not corrected) else None


def _corrects(model: Any, part: Part) -> bool | None:
    """Whether a fitted model, or the last step of a pipeline, corrects its probabilities; None if unknown."""
    if steps := attribute(model, "steps"):
        return _corrects(steps[-1][1], part)
    if "WeightedClassifier" in names_of(model):
        return bool(attribute(model, "correct_proba"))
    if is_baked(model):
        return True
    return False if type(model) is type(part.model) else None
