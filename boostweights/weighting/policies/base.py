"""What every policy has: power, cap and scale turn its ratios into weights.

1. :math:`\\rho_k = (r_k / \\min_j r_j)^\\text{power}`, so that 0 weighs all alike and 0.5 takes the root;
2. :math:`\\rho_k = \\min(\\rho_k, \\text{cap})`: no class weighs more than `cap` times another;
3. `scale`: ``"mean"`` makes training rows weigh 1 on average, as scikit-learn's ``"balanced"`` does;
   ``"majority"`` makes the most common class weigh 1, as ``scale_pos_weight`` does; ``"none"`` leaves the
   smallest weight at :math:`(\\min_j r_j)^\\text{power}`: with power 1 the ratios stay as given.

Ratios are scaled as exact fractions and rounded once: ``Balanced()`` equals scikit-learn's to the last bit.
"""

import dataclasses
import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import wraps
from typing import Any, ClassVar, Literal

from boostweights.errors import (
    InvalidTypeError,
    InvalidValueError,
    check_known,
    check_that,
    check_type,
    did_you_mean,
    is_number,
    shown,
)
from boostweights.weighting.class_weights import IN_RANGE, LEAST, MOST, ClassWeights, normalise
from boostweights.weighting.counts import ClassCounts, counts_of
from boostweights.weighting.labels.rules import Label, as_float

Scale = Literal["mean", "majority", "none"]
Ratios = Mapping[Label, Fraction]
_SCALES = ("mean", "majority", "none")


def by_keyword(generated: Callable[..., None]) -> Callable[..., None]:
    """Return the ``__init__`` of a policy, which explains how settings are written where they are not.

    Examples
    --------
    >>> from boostweights import Balanced, Costs
    >>> Balanced(0.5)
    Traceback (most recent call last):
        ...
    boostweights.errors.InvalidTypeError: settings of Balanced are named; got 0.5. Write Balanced(power=0.5).
    >>> Costs({"fn": 50, "fp": 1})
    Traceback (most recent call last):
        ...
    boostweights.errors.InvalidTypeError: settings of Costs are named; got … Write Costs(fn=50, fp=1).
    """

    @wraps(generated)
    def init(self: Any, *values: Any, **settings: Any) -> None:
        check_settings(type(self), values, settings)
        generated(self, *values, **settings)

    return init


def check_settings(kind: Any, values: Sequence[Any], settings: Mapping[str, Any]) -> None:
    """Raise where settings are not named, unknown or missing."""
    entries = sorted(dataclasses.fields(kind), key=lambda entry: entry.name in _SHARED)
    names = [entry.name for entry in entries]
    by_place = [entry.name for entry in entries if not entry.kw_only]
    if len(values) > len(by_place):
        meant, first = dict(zip(names, values, strict=False)), values[0]
        if isinstance(first, Mapping) and set(first) <= set(names):
            meant = dict(first)
        elif "matrix" in names and not is_number(first):
            meant = {"matrix": first}
        written = ", ".join(f"{name}={shown(value)}" for name, value in meant.items())
        rule, seen = f"settings of {kind.__name__} are named", ", ".join(map(shown, values))
        raise InvalidTypeError(rule, seen, f"Write {kind.__name__}({written}).")
    for name in [name for name in settings if name not in names]:
        rule = f"{name} must be a setting of {kind.__name__}"
        raise InvalidTypeError(rule, f"{name}={shown(settings[name])}", did_you_mean(name, names))
    for entry in entries:  # without a default both are MISSING
        is_set = entry.name in settings or entry.name in by_place[: len(values)]
        rule, remedy = f"{kind.__name__} needs {entry.name}", f"Write {kind.__name__}({entry.name}=…)."
        needed = entry.default is entry.default_factory and not is_set
        check_that(not needed, rule, f"no {entry.name}", remedy, InvalidTypeError)


@dataclass(frozen=True, kw_only=True, slots=True, repr=False)
class Policy(ABC):
    """What every policy has.

    Parameters
    ----------
    power : float, default=1.0
        Exponent of the ratios, in [0, 1].
    cap : float, default=None
        Largest ratio between two weights, at least 1.
    scale : {"mean", "majority", "none"}
        What weighs 1: the average training row, the most common class (of equally common ones the
        first in sorted order), or nothing in particular.
    rationale, owner : str, default=""
        Why these weights, and who decided. Kept and printed; not part of equality.
    """

    power: float = 1.0
    cap: float | None = None
    scale: Scale = "none"
    rationale: str = field(default="", compare=False)
    owner: str = field(default="", compare=False)
    names_labels: ClassVar[bool] = False
    """Whether `ratios` is asked of all classes, also of those whose rows all weigh 0."""
    remedy: ClassVar[str] = "Divide sample_weight, by which rows are counted, by one factor, or set a cap."
    """What to do where a weight is beyond float32."""

    def __init_subclass__(cls) -> None:
        if "__dataclass_fields__" in cls.__dict__:  # a dataclass with slots makes its class twice
            setattr(cls, "__init__", by_keyword(cls.__init__))  # noqa: B010 (mypy: a method is not assigned)

    def __post_init__(self) -> None:
        rule, mend = "power must lie in [0, 1]", "0 weighs all classes alike, 0.5 takes the root."
        normalise(self, power=bounded("power", self.power, lambda power: 0 <= power <= 1, rule, mend))
        if self.cap is not None:
            rule, mend = "cap must be at least 1 and finite", "Use cap=None for no cap, cap=10 for 10 to 1."
            normalise(self, cap=bounded("cap", self.cap, lambda cap: 1 <= cap < math.inf, rule, mend))
        check_stated(self, _SCALES)

    @abstractmethod
    def ratios(self, counts: ClassCounts) -> Ratios:
        """Return the ratio of each class before power, cap and scale."""

    def notes(self, counts: ClassCounts) -> tuple[str, ...]:
        """Return what a reader of the weights should know."""
        return ()

    def resolve(self, y: Any, sample_weight: Any = None) -> ClassWeights:
        """Return the class weights for a training fold.

        Parameters
        ----------
        y : array-like of shape (n,) or ClassCounts
            The training fold's labels, wherever they lie, or their counts.
        sample_weight : array-like of shape (n,), default=None
            The caller's weight of each row, by which rows are counted. A class whose rows all weigh 0
            weighs 1.

        Returns
        -------
        ClassWeights

        Raises
        ------
        InvalidValueError
            If there are fewer than two classes, or labels and policy do not fit.

        Examples
        --------
        >>> from boostweights import Balanced
        >>> Balanced().resolve([0] * 90 + [1] * 10).class_weight
        {0: 0.5555555555555556, 1: 5.0}
        """
        counts = counts_of(y, sample_weight)
        weights = self._weights(counts)
        for label, weight in weights.items():
            if 0 < weight < LEAST or MOST < weight < math.inf:  # the repr of a user's policy may raise
                raise InvalidValueError(IN_RANGE, f"{weight:g} for label {label!r} by {self!r}", self.remedy)
        exact = getattr(self, "exact", None) is True
        return ClassWeights(weights, counts=counts, notes=all_notes(self, counts), exact=exact)

    def _weights(self, counts: ClassCounts) -> dict[Label, float]:
        """Return ratios to the smallest one, to the power, capped and scaled."""
        weighing = counts.weighing
        check_that(
            len(counts) > 1 and weighing,
            "weighting needs at least two classes, and weights of rows that are not all zero",
            f"one class, {counts.classes[0]!r}" if len(counts) == 1 else "none",
            "Check the target column, or stratify the folds.",
        )
        ratios_of_all = self.ratios(counts if self.names_labels else weighing)
        ratios = {label: ratio for label, ratio in ratios_of_all.items() if counts.get(label) != 0}
        try:
            least = min(ratios.values())
            shaped, unit = {label: ratio / least for label, ratio in ratios.items()}, 1 / least
            if self.power != 1:
                shaped = {label: Fraction(float(ratio) ** self.power) for label, ratio in shaped.items()}
                unit = 1 / Fraction(float(least) ** self.power)
            if self.cap is not None:
                shaped = {label: min(ratio, Fraction(self.cap)) for label, ratio in shaped.items()}
            if self.scale == "mean":
                rows = {label: Fraction(count) for label, count in weighing.items()}
                unit = Fraction(sum(rows[label] * shaped[label] for label in rows)) / sum(rows.values())
            elif self.scale == "majority":
                unit = shaped[weighing.majority]
            return dict.fromkeys(counts.keys() - weighing.keys(), 1.0) | {
                label: float(ratio / unit) for label, ratio in shaped.items()
            }
        except OverflowError as overflow:
            raise InvalidValueError(
                "the ratio of two weights must fit in a float",
                f"{self!r} with the counts {shown(counts)}",
                self.remedy,
            ) from overflow

    def __repr__(self) -> str:
        return code_of(self)


_SHARED = tuple(entry.name for entry in dataclasses.fields(Policy))


def all_notes(policy: Policy, counts: ClassCounts) -> tuple[str, ...]:
    """Return what a reader should know of a policy's weights, and which of them are none."""
    weightless = [label for label in counts if not counts[label]]
    note = f"the rows of {shown(weightless)} all weigh 0: 1 stands for their class weight"
    return (*policy.notes(counts), *([note] if weightless else []))


def check_stated(policy: Any, scales: Sequence[str]) -> None:
    """Raise unless a policy's scale is one of these, and its rationale and owner are text."""
    check_known(policy.scale, scales, f"scale must be one of {scales}")
    for name in ("rationale", "owner"):
        check_type(getattr(policy, name), str, f"{name} must be a str", f'Write {name}="…".')


def code_of(policy: Any) -> str:
    """Return the code that makes a policy, fields that have their default left out."""
    settings = [
        f"{entry.name}={value!r}" if entry.kw_only else repr(value)
        for entry in sorted(dataclasses.fields(policy), key=lambda entry: entry.kw_only is True)
        if (value := getattr(policy, entry.name)) != entry.default
    ]
    return f"{type(policy).__name__}({', '.join(settings)})"


def number(name: str, value: Any) -> float:
    """Return a number as a float, or raise."""
    real = is_number(value) and not math.isnan(as_float(value))
    check_that(real, f"{name} must be a number", shown(value), f"Write {name}=0.5, say.", InvalidTypeError)
    return as_float(value)


def bounded(name: str, value: Any, fits: Callable[[float], bool], rule: str, mend: str) -> float:
    """Return a number as a float, or raise unless it fits the rule."""
    checked = number(name, value)
    check_that(fits(checked), rule, shown(value), mend)
    return checked
