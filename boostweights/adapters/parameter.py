"""A parameter that holds a weight for each class, which a library multiplies into the rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from boostweights.adapters.adapter import get_params
from boostweights.adapters.behaviour import Behaviour, Subject, setting_text
from boostweights.adapters.form import Expression, Form, Guarantee, Request
from boostweights.adapters.readback import Reading
from boostweights.weighting.labels.rules import Label
from boostweights.weighting.policies.base import Policy
from boostweights.weighting.policies.by_class import Explicit, Unweighted


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassParameter:
    """A parameter that maps the text of each label to its weight: form, behaviour, and the way back.

    Only for a library that trains bit for bit what row weights train, and weighs the rows of evaluation sets,
    given or held out, by the parameter too.

    Attributes
    ----------
    name : str
        Of the parameter; the form is called the same.
    reason : str
        Why it trains the model of row weights.
    varying : callable, default=None
        Settings → why two fits differ anyway, so that no claim is to the bit; empty where they do not.

    Examples
    --------
    >>> parameter = ClassParameter(name="class_weights", reason="it multiplies them into the rows")
    >>> parameter.policy_of(parameter.read({"class_weights": {"0": 1.0, "1": 9.0}}), classes=(0, 1))
    Explicit({0: 1.0, 1: 9.0})
    """

    name: str
    reason: str
    varying: Callable[[Mapping[str, Any]], str] | None = None

    @property
    def form(self) -> Form:
        """The row of the library's table."""
        return Form(
            name=self.name,
            parameter=self.name,
            reason=self.reason,
            express=self._express,
        )

    def weighing(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """Return the parameter, if it is among these and a class weighs other than 1."""
        given = params.get(self.name) or {}
        return {self.name: given} if {*given.values(), 1} != {1} else {}

    def describe(self, subject: Subject) -> Behaviour:
        """Return what the library makes of it."""
        weighing = self.weighing(subject.settings)
        said = "".join(setting_text(name, value) for name, value in weighing.items())
        return Behaviour(weighing=weighing, evaluates_weighted=said, holds_out=True, by_text=True)

    def read(self, source: Any) -> Reading:
        """Return what an estimator or its parameters say of class weights."""
        return Reading(settings=self.weighing(source if isinstance(source, Mapping) else get_params(source)))

    def policy_of(self, reading: Reading, classes: Sequence[Label] | None = None) -> Policy:
        """Return the policy that a reading stands for; labels are found by their texts."""
        by_text = {str(label): label for label in classes or ()}
        weights = reading.settings.get(self.name, {})
        return (
            Explicit({by_text.get(text, text): weights[text] for text in weights})
            if weights
            else Unweighted()
        )

    def _express(self, request: Request) -> Expression:
        weights = request.weights.class_weight
        params = {self.name: {str(label): weight for label, weight in weights.items()}}
        varies = self.varying(request.settings) if self.varying else ""
        return Expression(
            guarantee=Guarantee.EQUIVALENT if varies else Guarantee.IDENTICAL,
            reason=varies or self.reason,
            params=params,
            eval_factor=weights,
        )
