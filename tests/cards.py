"""Cards to be written, read, broken and compared."""

import datetime
from typing import Any

import boostweights as bw

DAY = datetime.date(2026, 3, 1)
Y = [0] * 90 + [1] * 10

POLICIES: dict[str, tuple[Any, list[Any]]] = {
    "unweighted": (bw.Unweighted(), Y),
    "balanced": (bw.Balanced(power=0.5, cap=10.0), Y),
    "explicit": (bw.Explicit({"bad": 50.0, 'g"ood\n': 1.0}), ["bad", 'g"ood\n', "bad"]),
    "exact": (bw.Explicit({0: 1.0, 1: 9.7}, exact=True), Y),
    "costs": (bw.Costs(fn=50.0, fp=1.0, pos_label="bad"), ["bad", "good", "good"]),
    "matrix": (
        bw.Costs(matrix=[[0, 1, 2], [3, 0, 4], [1, 1.5, 0]], classes=["a", "b", "ü"]),
        ["a", "b", "ü", "a"],
    ),
    "effective": (bw.EffectiveNumber(beta=0.9, scale="majority"), [True, False, False]),
    "prior": (bw.TargetPrior({-1: 0.5, 1: 0.5}), [-1, 1, 1]),
}
"""Name → policy and labels that it resolves on; a policy that is public must be here (or is RowCosts)."""


def a_card(policy: Any = None, y: Any = None, **stated: Any) -> bw.Card:
    """A card that says all that a card can."""
    said: dict[str, Any] = {
        "target": "default",
        "affected": {"fn": "the bank", "fp": "applicants who would have paid"},
        "rationale": "A missed default costs more.\nSee memo 12.",
        "owner": "credit risk",
        "library": "xgboost",
        "form": "scale_pos_weight",
        "today": DAY,
        "reviewed": "R. Viewer",
    }
    policy = bw.Balanced(scale="majority") if policy is None else policy
    return bw.Card.of(policy, Y if y is None else y, **{**said, **stated})
