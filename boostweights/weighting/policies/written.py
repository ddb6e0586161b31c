"""A policy from the code that it prints as, read without running it."""

from __future__ import annotations

import ast
import dataclasses
from collections.abc import Callable
from typing import Any

from boostweights.errors import InvalidValueError, check_known, shown
from boostweights.weighting.labels.rules import Label
from boostweights.weighting.policies.base import Policy
from boostweights.weighting.policies.names import KINDS


def is_written(text: str) -> bool:
    """Whether a text is the code of a policy rather than its name.

    Examples
    --------
    >>> is_written("Balanced(power=0.5)"), is_written("balanced"), is_written("mine:Policy(power=2)")
    (True, False, False)
    """
    return text.partition("(")[0].strip().isidentifier() and text.rstrip().endswith(")")


def policy_written(text: str) -> Policy:
    """Return the policy that prints as a text; its arguments are literals, and nothing is run.

    Raises
    ------
    InvalidValueError
        If it is no call of a policy by class, or an argument is no literal.
    InvalidTypeError
        If the policy has no such argument.

    Examples
    --------
    >>> policy_written("Explicit({'no': 1.0, 'yes': 27.0})")
    Explicit({'no': 1.0, 'yes': 27.0})
    """
    kinds = {name: kind for name, kind in KINDS.items() if issubclass(kind, Policy)}
    check_known(text.partition("(")[0].strip(), kinds, "a policy's kind must be known")
    try:
        call = ast.parse(text.strip(), mode="eval").body
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name):
            given = [ast.literal_eval(each) for each in call.args]
            named = {str(each.arg): ast.literal_eval(each.value) for each in call.keywords}
            return _made(kinds[call.func.id], given, named)
    except (SyntaxError, ValueError, TypeError) as broken:
        if isinstance(broken, InvalidValueError):
            raise
        seen = f"{shown(text)}: {' '.join(str(broken).split())}"
        raise InvalidValueError(
            "a policy must be written as it prints", seen, "Write Balanced(power=0.5)."
        ) from broken
    raise InvalidValueError(
        "a policy must be written as it prints", shown(text), "Write Balanced(power=0.5)."
    )


def _made(kind: Callable[..., Policy], given: list[Any], named: dict[str, Any]) -> Policy:
    return kind(*given, **named)


def relabelled(policy: Policy, label_of: Callable[[Label], Label]) -> Policy:
    """Return a policy with other labels, where it names any.

    Examples
    --------
    >>> relabelled(policy_written("Explicit({0: 1.0, 1: 27.0})"), str)
    Explicit({'0': 1.0, '1': 27.0})
    """
    changed: dict[str, Any] = {}
    for name in ("weights", "prior"):
        if (by_label := getattr(policy, name, None)) is not None:
            changed[name] = {label_of(label): value for label, value in by_label.items()}
    if getattr(policy, "positive", None) is not None:
        changed["positive"] = label_of(policy.positive)  # type: ignore[attr-defined]
    if getattr(policy, "classes", None) is not None:
        changed["classes"] = tuple(map(label_of, policy.classes))  # type: ignore[attr-defined]
    return dataclasses.replace(policy, **changed) if changed else policy
