"""A policy as a suite file states it: without labels, so that it serves data sets whose labels differ."""

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from boostweights.benchmark.foreign import Foreign, foreign, is_foreign
from boostweights.errors import (
    UNREADABLE,
    check_known,
    check_that,
    check_type,
    explained,
)
from boostweights.weighting.class_weights import ClassWeights
from boostweights.weighting.counts import ClassCounts
from boostweights.weighting.labels.rules import Label
from boostweights.weighting.policies.base import Policy
from boostweights.weighting.policies.by_class import Explicit, TargetPrior
from boostweights.weighting.policies.costs import Costs
from boostweights.weighting.policies.names import KINDS, call_in, relabelled

Positive = Annotated[float, Meta(gt=0, le=sys.float_info.max)]


class Cost(Struct, forbid_unknown_fields=True, kw_only=True, frozen=True):
    """What a missed positive and a false alarm cost; by "imbalance" the negatives per positive of the fold.

    Examples
    --------
    >>> Cost().fn_of(ClassCounts({0: 90, 1: 10}))
    9.0
    """

    fn: Positive | Literal["imbalance"] = "imbalance"
    fp: Positive = 1.0

    def fn_of(self, counts: ClassCounts) -> float:
        """Return the cost of a missed positive, label 1, on a fold with these counts."""
        return self.fp * float(counts[0]) / float(counts[1]) if self.fn == "imbalance" else self.fn


_MAKERS: Mapping[str, Callable[..., Policy]] = {
    "Explicit": lambda labels, positive, **options: Explicit(
        dict(zip(labels, (1.0, positive), strict=True)), **options
    ),
    "TargetPrior": lambda labels, positive, **options: TargetPrior(
        dict(zip(labels, (1.0 - positive, positive), strict=True)), **options
    ),
    "Costs": lambda labels, **options: Costs(pos_label=labels[1], **options),
}
"""Functions that make the kinds that name labels, for two of them; of all others, the class itself."""
_KINDS = tuple(kind for kind in KINDS if kind != "RowCosts")
_NAMES: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "unweighted": ("Unweighted", {}),
    "sqrt_balanced": ("Balanced", {"power": 0.5}),
    "balanced": ("Balanced", {}),
    "costs": ("Costs", {}),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicySpec:
    """A kind of policy and its settings; of two classes, label 1 is the positive one.

    Attributes
    ----------
    kind : str
        The name of the policy's class; of the user's own with its module: ``"module:Name"``.
    options : mapping
        Its settings. ``positive`` is the positive class's weight (Explicit) or share (TargetPrior); Costs
        without ``fn`` and ``fp`` has those of the data set.
    own : Foreign or None
        Where a class of the user's own is.
    labelled : Policy or None
        A policy that names the labels of one data set, in place of all that.
    classes : tuple of str
        Its labels, in the order of labels 0 to k-1.

    Examples
    --------
    >>> as_spec({"kind": "TargetPrior", "positive": 0.5}).resolve(ClassCounts({0: 90, 1: 10}), Cost())
    ClassWeights({0: 0.5555555555555556, 1: 5.0}, counts=ClassCounts({0: 90, 1: 10}))
    """

    kind: str
    options: Mapping[str, Any] = field(default_factory=dict)
    own: Foreign | None = None
    labelled: Policy | None = None
    classes: tuple[str, ...] = ()

    @property
    def binary_only(self) -> bool:
        """Whether it says nothing of more than two classes."""
        return self.kind in _MAKERS and self.labelled is None

    def resolve(self, counts: ClassCounts, cost: Cost) -> ClassWeights:
        """Return the weights of labels 0 to k-1 for a training fold with these counts."""
        if self.labelled is None:
            return self.policy((0, 1), counts, cost).resolve(counts)
        named = self.labelled.resolve(ClassCounts({self.classes[code]: n for code, n in counts.items()}))
        weights = {code: named.class_weight[self.classes[code]] for code in counts}
        return ClassWeights(weights, counts=counts, notes=named.notes)

    def policy(self, labels: Sequence[Label], counts: ClassCounts, cost: Cost) -> Policy:
        """Return the policy itself, in the user's own labels, in the order of codes: the positive one last.

        Counts are of the codes; they say what a miss costs where `cost` does not.

        Examples
        --------
        >>> as_spec("costs").policy(("no", "yes"), ClassCounts({0: 90, 1: 10}), Cost())
        Costs(fn=9.0, fp=1.0, pos_label='yes')
        """
        if self.labelled is not None:
            labels_by_text = dict(zip(self.classes, labels, strict=True))
            return relabelled(self.labelled, lambda label: labels_by_text[str(label)])
        options = dict(self.options)
        if self.kind == "Costs":
            options = {"fn": cost.fn_of(counts), "fp": cost.fp} | options
        if self.kind in _MAKERS:
            return _MAKERS[self.kind](labels, **options)
        kind: Any = self.own.load() if self.own else KINDS[self.kind]
        made: Policy = kind(**options)
        return made

    def __str__(self) -> str:
        if self.labelled is not None:
            return repr(self.labelled)
        return f"{self.kind}({', '.join(f'{name}={value!r}' for name, value in self.options.items())})"


def as_spec(policy: Any, folder: Path = Path()) -> PolicySpec:
    """Return the policy that a suite's string or table describes.

    Parameters
    ----------
    policy : str or mapping
        A name, ``"module:Name"`` or ``"module:Name(key=value)"`` of the user's own, or a table with ``kind``.
    folder : Path
        Where a module of the user's own is looked for first.

    Raises
    ------
    InvalidValueError, InvalidTypeError
        If a name, kind, key or value cannot serve; the nearest name is suggested.

    Examples
    --------
    >>> str(as_spec("sqrt_balanced")), str(as_spec({"kind": "Balanced", "cap": 10}))
    ('Balanced(power=0.5)', 'Balanced(cap=10)')
    """
    kind: Any
    options: Mapping[str, Any]
    if isinstance(policy, str) and is_foreign(policy):
        kind, values, options = call_in(policy)
        check_that(not values, f"settings of {kind} are named", policy, f"Write {kind}(power=0.5).")
    elif isinstance(policy, str):
        check_known(policy, _NAMES, "a policy's name must be known")
        kind, options = _NAMES[policy]
    else:
        remedy = 'Write {kind = "Balanced", power = 0.5}.'
        check_type(policy, Mapping, "a policy must be a name or a table", remedy)
        kind, options = policy.get("kind"), {key: value for key, value in policy.items() if key != "kind"}
    source = None
    if isinstance(kind, str) and is_foreign(kind):
        what = "a class that derives from Policy"
        source, _ = foreign(
            kind, folder, what, lambda value: isinstance(value, type) and issubclass(value, Policy)
        )
    else:
        check_known(kind, _KINDS, "a policy's kind must be known")
    spec = PolicySpec(kind=kind, options=options, own=source)
    if kind == "Costs" and options.keys() & {"fn", "fp"}:  # one of them would be the data set's
        rule = "policy Costs must have fn and fp, or neither"
        check_that({"fn", "fp"} <= options.keys(), rule, dict(options), "Add the other one.")
    rule, remedy = (
        f"{spec} must resolve to weights of labels 0 and 1",
        "Call its resolve([0, 0, 0, 1]) first.",
    )
    with explained(UNREADABLE, rule, remedy):
        spec.resolve(ClassCounts({0: 3, 1: 1}), Cost())  # the policy's own checks of its settings
    return spec
