"""A policy's settings are named: what is said where one is not, or where its name is misspelt."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from functools import wraps
from numbers import Real
from typing import Any

from boostweights.errors import InvalidTypeError, did_you_mean, shown


def by_keyword(made: Callable[..., None]) -> Callable[..., None]:
    """Return the generated ``__init__`` of a policy, which says how settings are written where they are not.

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

    @wraps(made)
    def checked(self: Any, *given: Any, **settings: Any) -> None:
        _check(type(self), given, settings)
        made(self, *given, **settings)

    return checked


def _check(kind: Any, given: tuple[Any, ...], settings: Mapping[str, Any]) -> None:
    own = [each.name for each in fields(kind) if each.name not in _inherited(kind)]
    names = dict.fromkeys([*own, *(each.name for each in fields(kind))])
    places = sum(not each.kw_only for each in fields(kind))
    if len(given) > places:
        written = ", ".join(f"{name}={shown(value)}" for name, value in _named(given, list(names)).items())
        seen = ", ".join(map(shown, given))
        rule = f"settings of {kind.__name__} are named"
        raise InvalidTypeError(rule, seen, f"Write {kind.__name__}({written}).")
    for name in settings:
        if name not in names:
            rule = f"{kind.__name__} must have a setting of that name"
            raise InvalidTypeError(rule, name, did_you_mean(name, names))


def _named(given: tuple[Any, ...], names: list[str]) -> dict[str, Any]:
    """Return values by the names that were probably meant."""
    first = given[0]
    if isinstance(first, Mapping) and set(first) <= set(names):
        return dict(first)
    if not isinstance(first, Real) and "matrix" in names:
        return {"matrix": first}
    return dict(zip(names, given, strict=False))


def _inherited(kind: Any) -> set[str]:
    return {each.name for base in kind.__mro__[1:] if is_dataclass(base) for each in fields(base)}
