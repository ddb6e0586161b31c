"""Policies as parameters of Spark's pipelines: as text, which Spark can write and read."""

from __future__ import annotations

import ast
from typing import Any

from boostweights.card.policies import check_kind
from boostweights.errors import InvalidValueError, shown
from boostweights.weighting.policies.base import Policy, code_of
from boostweights.weighting.policies.names import KINDS, class_policy


def text_of(weighting: Any) -> Any:
    """Return the code that makes a policy, or a policy of the caller's own as it is.

    Examples
    --------
    >>> text_of("sqrt_balanced")
    'Balanced(power=0.5)'
    """
    policy = policy_of(weighting)
    return code_of(policy) if KINDS.get(type(policy).__name__) is type(policy) else policy


def saved_text(policy: Policy) -> str:
    """Return the code that makes a policy, or raise where Spark could not load it."""
    check_kind(type(policy).__name__)  # Spark's load has no place for a class of one's own
    return str(text_of(policy))


def policy_of(weighting: Any) -> Policy:
    """Return the policy of a shorthand or of a text; the text is read, and never run.

    Raises
    ------
    InvalidTypeError, InvalidValueError
        If there is no such policy.

    Examples
    --------
    >>> policy_of("Explicit({'bad': 9.0, 'good': 1.0})")
    Explicit({'bad': 9.0, 'good': 1.0})
    """
    if not isinstance(weighting, str) or "(" not in weighting:
        return class_policy(weighting)
    try:
        call = ast.parse(weighting, mode="eval").body
        if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Name):
            raise ValueError("no call")
        given = [ast.literal_eval(each) for each in call.args]
        named = {str(each.arg): ast.literal_eval(each.value) for each in call.keywords}
    except (SyntaxError, ValueError) as broken:
        raise InvalidValueError(
            "the text of a policy must be its code", shown(weighting), "Write 'Balanced(power=0.5)', say."
        ) from broken
    check_kind(call.func.id)
    return class_policy(KINDS[call.func.id](*given, **named))
