"""What a user needs of a model: the figure that decides, the simple rule to beat, and what competes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from boostweights.recommendation.options import SHARE, TRIVIAL, Correction, Model, Option, Rule


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """A need.

    Attributes
    ----------
    metric : str
        The figure that decides.
    lower : bool
        Whether less is better.
    correction, rule : str
        Of the simple rule: an unweighted model, corrected and decided so.
    rules : mapping of str to str
        What competes: a rule, and of which models: ``"raw"``, those without a correction, since no
        correction changes an order; ``"honest"``; or ``"all"``.
    trivial : tuple of str
        What needs no model and competes, too.
    """

    metric: str
    lower: bool = False
    correction: Correction = "none"
    rule: Rule
    rules: Mapping[Rule, str]
    trivial: tuple[str, ...] = TRIVIAL

    def options(self, models: Sequence[Model]) -> list[Option]:
        """Return what competes."""
        found = [
            Option(model=model, rule=rule)
            for rule, of in self.rules.items()
            for model in models
            if _is_of(model, of)
        ]
        return found + [Option(trivial=name) for name in self.trivial]

    def is_simple(self, option: Option) -> bool:
        """Whether an option is the simple rule of this need, in whatever library."""
        model = option.model
        if model is None or model.weighted:
            return False
        return (model.correction, option.rule) == (self.correction, self.rule)


def _is_of(model: Model, of: str) -> bool:
    return {"raw": model.correction == "none", "honest": model.honest, "all": True}[of]


NEEDS: Final[Mapping[str, Need]] = {
    "costs": Need(
        metric="cost",
        lower=True,
        correction="fitted",
        rule="costs",
        rules={"costs": "honest", "tuned": "raw"},
    ),
    "f1": Need(metric="f1", rule="tuned", rules={"tuned": "raw", "0.5": "raw"}),
    "probabilities": Need(
        metric="log_loss",
        lower=True,
        correction="fitted",
        rule="none",
        rules={"none": "all"},
        trivial=(SHARE,),
    ),
    "ranking": Need(
        metric="average_precision",
        rule="none",
        rules={"none": "raw"},
        trivial=(SHARE,),
    ),
    "recall": Need(
        metric="alarms_per_1000",
        lower=True,
        rule="promised",
        rules={"promised": "raw"},
        trivial=TRIVIAL[1:2],
    ),
    "alarms": Need(metric="recall", rule="promised", rules={"promised": "raw"}, trivial=TRIVIAL[:1]),
}
"""By name; the last two are for a promise of that rate, and trivial is there what keeps it by itself."""

IN_WORDS: Final[Mapping[str, str]] = {
    "costs": "the least cost",
    "f1": "the best F1",
    "probabilities": "honest probabilities",
    "ranking": "the best ranking",
    "recall": "a promised recall",
    "alarms": "a limit on alarms",
}
"""What each need is for."""
