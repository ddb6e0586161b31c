"""The settings that a search will try."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice, product
from typing import Any, Final

import numpy as np

from boostweights.adapters.behaviour import WEIGHTING_NAMES
from boostweights.audits.objects import is_estimator

_GRIDS: Final = ("param_grid", "param_distributions", "search_spaces")
_FIRST: Final = (
    *WEIGHTING_NAMES,
    *("weighting", "sampling_strategy", "objective", "loss_function", "correct_proba"),
)
"""Parameters whose values are combined with each other; others are varied one at a time."""
_MOST: Final = 256


def tried(settings: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield parameter → value of what a search will try, as far as it matters to class weights.

    Values of parameters that weigh are combined, up to 256 times; of a distribution the median is taken.

    Examples
    --------
    >>> list(tried({"param_grid": {"scale_pos_weight": [1, 9], "max_depth": [2, 3]}}))
    [{'max_depth': 2, 'scale_pos_weight': 1}, {'max_depth': 2, 'scale_pos_weight': 9},
     {'scale_pos_weight': 1, 'max_depth': 3}]
    """
    given: Any = next((settings[name] for name in _GRIDS if name in settings), {})
    grids = [given] if isinstance(given, Mapping) else given
    for grid in grids if isinstance(grids, Sequence) else ():
        if isinstance(grid, Mapping):
            yield from islice(_combined({str(name): _values(grid[name]) for name in grid}), _MOST)


def _combined(values: Mapping[str, list[Any]]) -> Iterator[dict[str, Any]]:
    values = {name: options for name, options in values.items() if options}
    weighing = [name for name in values if _matters(name, values[name])]
    start = {name: options[0] for name, options in values.items()}
    others = [name for name in values if name not in weighing]
    for combination in product(*(values[name] for name in weighing)):
        yield {name: start[name] for name in others} | dict(zip(weighing, combination, strict=True))
    for name in others:
        for option in values[name][1:]:
            yield {key: start[key] for key in start if key != name} | {name: option}


def _matters(name: str, options: Sequence[Any]) -> bool:
    parts = name.split("__")
    return parts[-1] in _FIRST or "weighting" in parts or any(map(is_estimator, options))


def _values(options: Any) -> list[Any]:
    if isinstance(options, (list, tuple, range, np.ndarray)):
        return list(options)
    median = getattr(options, "median", None)
    if callable(median) and hasattr(options, "rvs"):
        return [float(median())]
    return []
