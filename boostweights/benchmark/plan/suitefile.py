"""The keys of a suite file and the types of their values."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final

from boostweights.benchmark.plan.weighting import Cost
from boostweights.errors import InvalidTypeError, InvalidValueError, did_you_mean, shown

__all__ = ["as_costs", "checked_table", "positive_numbers"]


@dataclass(frozen=True, slots=True)
class _Key:
    kind: str
    needed: bool = False


_KEYS: Final[Mapping[str, _Key]] = {
    "name": _Key("a string", needed=True),
    "title": _Key("a string", needed=True),
    "data": _Key("a list of strings"),
    "tiers": _Key("a list of strings"),
    "libraries": _Key("a list of strings", needed=True),
    "policies": _Key("a list of strings"),
    "arm": _Key("tables"),
    "folds": _Key("a whole number", needed=True),
    "repeats": _Key("a whole number"),
    "split": _Key("a string"),
    "trees": _Key("a whole number", needed=True),
    "threads": _Key("a whole number", needed=True),
    "seed": _Key("a whole number", needed=True),
    "seconds_per_model": _Key("a number", needed=True),
    "megabytes_per_model": _Key("a whole number"),
    "max_rows": _Key("a whole number"),
    "early_stopping_rounds": _Key("a whole number"),
    "predictions": _Key("true or false"),
    "costs": _Key("a table"),
    "rope": _Key("a table"),
}
_SPLITS: Final = ("stratified", "group", "time")


def checked_table(table: Mapping[str, Any], source: str) -> dict[str, Any]:
    """Return a suite's keys and values, lists as tuples, or raise."""
    for key in table:
        if key not in _KEYS:
            rule = f"suite {source} must have no other keys than a suite's"
            raise InvalidValueError(rule, shown(key), did_you_mean(key, _KEYS))
    needed = [name for name, key in _KEYS.items() if key.needed]
    absent = [name for name in needed if name not in table]
    for several in (("data", "tiers"), ("policies", "arm")):
        if not any(name in table for name in several):
            absent.append(several[0])
    if absent:
        rule = f"suite {source} must say {', '.join(needed)}, data or tiers, policies or arms"
        raise InvalidValueError(rule, f"no {', '.join(absent)}", f"Add a line such as `{absent[0]} = …`.")
    found = {key: _value(key, value, source) for key, value in table.items()}
    if found.get("split", "stratified") not in _SPLITS:
        rule = f"split of suite {source} must be known"
        raise InvalidValueError(rule, shown(found["split"]), did_you_mean(found["split"], _SPLITS))
    return found


def as_costs(table: Mapping[str, Any], data: Collection[str], source: str) -> Mapping[str, Cost]:
    """Return the costs of errors by data set; ``""`` is for all that are not named under ``[costs.data]``."""
    rest = dict(table)
    by_data = rest.pop("data", {})
    where = f"costs of suite {source}"
    if not isinstance(by_data, Mapping):
        raise InvalidTypeError(f"data of {where} must be a table", shown(by_data), "Write [costs.data.NAME].")
    for name in by_data:
        if name not in data:
            raise InvalidValueError(
                f"{where} must be for its own data sets", shown(name), did_you_mean(name, data)
            )
    return {"": _cost(rest, where)} | {name: _cost(each, where) for name, each in by_data.items()}


def _cost(table: Any, where: str) -> Cost:
    if not isinstance(table, Mapping):
        raise InvalidTypeError(f"{where} must be tables", shown(table), "Write fn = 5 and fp = 1.")
    numbers = dict(table)
    if numbers.get("fn") == "imbalance":
        del numbers["fn"]
    return Cost(**positive_numbers(numbers, ("fn", "fp"), where))


def positive_numbers(table: Mapping[str, Any], known: Collection[str], where: str) -> dict[str, float]:
    """Return a table's values as floats, or raise unless each key is known and each value positive."""
    for key, value in table.items():
        if key not in known:
            raise InvalidValueError(f"{where} must have known keys", shown(key), did_you_mean(key, known))
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise InvalidTypeError(f"{key} in {where} must be a number", shown(value), "Change its value.")
        if not 0 < value < math.inf:
            rule = f"{key} in {where} must be positive and finite"
            raise InvalidValueError(rule, shown(value), "Change its value.")
    return {key: float(value) for key, value in table.items()}


def _value(key: str, value: Any, source: str) -> Any:
    """Return a value as the suite's field has it: TOML lists become tuples, whole numbers floats."""
    kind = _KEYS[key].kind
    whole = isinstance(value, int) and not isinstance(value, bool)
    fits = {
        "a string": isinstance(value, str),
        "a whole number": whole,
        "a number": whole or isinstance(value, float),
        "true or false": isinstance(value, bool),
        "a list of strings": isinstance(value, list) and all(isinstance(item, str) for item in value),
        "tables": isinstance(value, list) and all(isinstance(item, dict) for item in value),
        "a table": isinstance(value, dict),
    }
    if not fits[kind]:
        raise InvalidTypeError(f"{key} of suite {source} must be {kind}", shown(value), "Change its value.")
    if isinstance(value, list):
        return tuple(value)
    return float(value) if kind == "a number" else value
