"""YDF's ``class_weights``, from the text of each label to its weight: form, behaviour and the way back."""

from collections.abc import Mapping, Sequence
from typing import Any

from boostweights.adapters.adapter import get_params
from boostweights.adapters.behaviour import Behaviour, Params, Subject, setting_text
from boostweights.adapters.form import Expression, Form, Guarantee, Request, by_name, reference_form
from boostweights.adapters.readback import Reading
from boostweights.weighting.labels.rules import Label
from boostweights.weighting.policies.base import Policy
from boostweights.weighting.policies.by_class import Explicit, Unweighted

_NAME = "class_weights"
_REASON = "YDF multiplies them into the rows"


def weighing(params: Params) -> dict[str, Any]:
    """Return ``class_weights``, if a class has another weight than 1."""
    weights = params.get(_NAME) or {}
    return {_NAME: weights} if {*weights.values(), 1} != {1} else {}


def describe(subject: Subject) -> Behaviour:
    """Return what YDF makes of them: they weight the rows of evaluation sets, given or held out, too."""
    weights = weighing(subject.settings)
    text = "".join(setting_text(name, value) for name, value in weights.items())
    return Behaviour(weighing=weights, evaluates_weighted=text, holds_out=True, by_text=True)


def read(source: Any) -> Reading:
    """Return what an estimator or its parameters specify about class weights."""
    return Reading(settings=weighing(source if isinstance(source, Mapping) else get_params(source)))


def policy_of(reading: Reading, classes: Sequence[Label] | None = None) -> Policy:
    """Return the policy that a reading stands for; labels are found by their texts.

    Examples
    --------
    >>> policy_of(read({"class_weights": {"0": 1.0, "1": 9.0}}), classes=(0, 1))
    Explicit({0: 1.0, 1: 9.0})
    """
    by_text = {str(label): label for label in classes or ()}
    weights = reading.settings.get(_NAME)
    return Explicit({by_text.get(text, text): weights[text] for text in weights}) if weights else Unweighted()


def class_weights(request: Request) -> Expression:
    """Express weights by the texts of labels.

    Splits of several features that are alike are kept one or another, by no seed: eight fits of the same 348
    rows and 13 trees were eight models.
    """
    weights, axis = request.weights.class_weight, request.settings.get("split_axis", "AXIS_ALIGNED")
    varies = axis != "AXIS_ALIGNED"
    return Expression(
        guarantee=Guarantee.EQUIVALENT if varies else Guarantee.IDENTICAL,
        reason=f"two fits differ anyway: split_axis={axis!r} splits ties at random" if varies else _REASON,
        params={_NAME: {str(label): weight for label, weight in weights.items()}},
        eval_factor=weights,
    )


FORMS = by_name(
    reference_form("fit(sample_weight=)"), Form(name=_NAME, reason=_REASON, express=class_weights)
)
"""Row weights first."""
