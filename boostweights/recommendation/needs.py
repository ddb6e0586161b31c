"""What a model is for: names of needs, the figure that decides each, the simple rule, and its rivals."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from boostweights.errors import InvalidValueError, check_known, check_that, check_type, explained, shown
from boostweights.probabilities.promises import Promised
from boostweights.recommendation.options import (
    AT_RANDOM,
    CONSTANT,
    SHARE,
    SHARES,
    TRIVIAL,
    Correction,
    Model,
    Option,
    Rule,
)


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
        correction changes an order, and means of models; ``"honest"``; or ``"all"``.
    trivial : tuple of str
        What needs no model and competes, too; of a promise, what keeps it without a model.
    promises : str
        The rate that is promised, ``"recall"`` or ``"alarms"``; empty for needs without a promise.
    """

    metric: str
    lower: bool = False
    correction: Correction = "none"
    rule: Rule
    rules: Mapping[Rule, str]
    trivial: tuple[str, ...] = TRIVIAL
    promises: str = ""

    def options(self, models: Sequence[Model]) -> list[Option]:
        """Return what competes."""
        kinds = {
            "raw": [model for model in models if model.correction in ("none", "ensemble", "mean")],
            "honest": [model for model in models if model.honest],
            "all": models,
        }
        options = [
            Option(model=model, rule=rule) for rule, kind in self.rules.items() for model in kinds[kind]
        ]
        return options + [Option(trivial=name) for name in self.trivial]

    def is_simple(self, option: Option) -> bool:
        """Whether an option is the simple rule of this need, in whatever library, or a mean of models."""
        model = option.model
        if model is None or model.weighted:
            return False
        return model.correction in (self.correction, "ensemble", "mean") and option.rule == self.rule


NEEDS = {
    "ranking": Need(
        metric="average_precision",
        rule="none",
        rules={"none": "raw"},
        trivial=(SHARE,),
    ),
    "probabilities": Need(
        metric="log_loss",
        lower=True,
        correction="fitted",
        rule="none",
        rules={"none": "all"},
        trivial=(SHARE,),
    ),
    "decisions": Need(metric="f1", rule="tuned", rules={"tuned": "raw", "0.5": "raw"}),
    "costs": Need(
        metric="cost",
        lower=True,
        correction="fitted",
        rule="costs",
        rules={"costs": "honest", "tuned": "raw"},
    ),
    "alarms at recall": Need(
        metric="alarms_per_1000",
        lower=True,
        rule="promised",
        rules={"promised": "raw"},
        trivial=TRIVIAL[1:2],
        promises="recall",
    ),
    "recall at alarm rate": Need(
        metric="recall",
        rule="promised",
        rules={"promised": "raw"},
        trivial=TRIVIAL[:1],
        promises="alarms",
    ),
}
"""By name: the needs that out-of-fold results of one table answer."""

OF_CLASSES = {
    "probabilities": replace(NEEDS["probabilities"], trivial=(SHARES,)),
    "decisions": Need(
        metric="f1_macro", rule="argmax", rules={"argmax": "raw"}, trivial=(CONSTANT[0], AT_RANDOM)
    ),
}
"""The same of three or more classes."""


def needs_of(classes: int) -> Mapping[str, Need]:
    """Return by name the needs that results of so many classes answer."""
    return NEEDS if classes == 2 else OF_CLASSES


RATES = {
    "recall at alarm rate": "<=",  # how many positives are found if so many rows may be flagged
    "alarms at recall": ">=",  # how many rows are flagged if so many positives must be found
    "recall at precision": ">=",  # how many positives are found if so many alarms must be right
}
"""The needs that keep a rate, with its direction; published results alone answer the last."""

NAMES = tuple(dict.fromkeys((*NEEDS, *RATES)))
"""All needs. `advise`, `WeightPath.best`, ``compare --need`` and reports know these names, and no others."""

IN_WORDS = {
    "ranking": "the best ranking",
    "probabilities": "honest probabilities",
    "decisions": "the best F1",
    "costs": "the least cost",
    "alarms at recall": "a promised recall",
    "recall at alarm rate": "a limit on alarms",
}
"""What each need is for."""

_ALONE = {
    "recall": ("every row", '"recall at alarm rate <= 0.02" or "alarms at recall >= 0.8"'),
    "alarms": ("no row", '"alarms at recall >= 0.8" or "recall at alarm rate <= 0.02"'),
    "precision": ("one row", '"recall at precision >= 0.5"'),
}
"""Figures that a rule wins which nobody wants, and what to ask for in their place."""

_WITH_RATE = re.compile(rf"({'|'.join(RATES)})\s*(?:<=|>=|≤|≥)?\s*(\S+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """A need by its name, and its rate where one was given."""

    name: str
    rate: float | None = None

    def __str__(self) -> str:
        return self.name if self.rate is None else f"{self.name} {RATES[self.name]} {self.rate:g}"


def named(need: Any) -> Named:
    """Return the need that a text names.

    Raises
    ------
    InvalidValueError
        If the name is unknown, names a figure, or has a rate that is none.
    InvalidTypeError
        If it is not a text.

    Examples
    --------
    >>> str(named("ranking")), str(named("alarms at recall 0.8"))
    ('ranking', 'alarms at recall >= 0.8')
    """
    check_type(need, str, "a need must be a name", f"Use {', '.join(NAMES)}.")
    if need in _ALONE:
        flagging, instead = _ALONE[need]
        rule = f"a need must not be won by flagging {flagging}"
        raise InvalidValueError(rule, shown(need), f"Specify how far it may go: {instead}.")
    if (with_rate := _WITH_RATE.fullmatch(need)) is not None:
        rule, remedy = "the rate of a need must lie between 0 and 1", "Write 0.5, for example."
        with explained((ValueError,), rule, remedy, shown(need)):
            rate = float(with_rate[2])
        check_that(0 < rate < 1, rule, shown(need), remedy)
        return Named(name=with_rate[1], rate=rate)
    for name, known in NEEDS.items():
        if known.metric == need:
            rule = "a need is what the model is for, not a figure"
            raise InvalidValueError(rule, shown(need), f"Use {name!r}.")
    check_known(need, NAMES, "a need must be known")
    return Named(name=need)


def promised_need(promised: Promised) -> str:
    """Return the need that a promise is for.

    Examples
    --------
    >>> promised_need(Promised(recall=0.9))
    'alarms at recall'
    """
    return next(name for name, need in NEEDS.items() if need.promises in promised.rates)


def answerable(need: Any, promised: Promised | None) -> str:
    """Return the name of a need that out-of-fold results made with this promise answer.

    Raises
    ------
    InvalidValueError
        If the need is unknown, or they do not answer it.

    Examples
    --------
    >>> answerable("alarms at recall >= 0.9", Promised(recall=0.9))
    'alarms at recall'
    """
    asked = named(need)
    if asked.name not in NEEDS:
        rule = "a need must be one that out-of-fold results answer"
        remedy = f"Ask boostweights.advise, or use {', '.join(NEEDS)}."
        raise InvalidValueError(rule, f"{str(asked)!r}, of which there are published results only", remedy)
    promises = NEEDS[asked.name].promises
    rate = promised.rates.get(promises) if promised is not None and promises else None
    if promises and (rate is None or asked.rate not in (None, rate)):
        option = {"recall": "at_least={'recall': 0.9}", "alarms": "at_most={'alarms': 0.05}"}[promises]
        flag = option.split("=")[0].replace("_", "-")
        rule = f"the need {asked.name!r} must have the rate that the results were made to promise"
        remedy = f"Specify it before training: {option}, or --{flag} on the command line."
        raise InvalidValueError(rule, f"{str(asked)!r} with {promised or 'no promise'}", remedy)
    return asked.name
