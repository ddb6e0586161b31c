"""The rules of an audit: each looks at one part and yields what it found; the first finding counts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from inspect import isfunction
from typing import Final, TypeAlias

from boostweights.audits.catalogue import catalogue
from boostweights.audits.evidence import Evidence
from boostweights.audits.parts import Part
from boostweights.audits.rules import doubled, evaluation, folds, parameters, probabilities, scale, training

Rule: TypeAlias = Callable[[Part, Evidence], Iterator[str]]

_MODULES: Final = (doubled, evaluation, folds, parameters, probabilities, scale, training)
FUNCTIONS: Final[Mapping[str, Rule]] = {
    name: found
    for module in _MODULES
    for name, found in vars(module).items()
    if isfunction(found) and found.__module__ == module.__name__ and not name.startswith("_")
}
"""Name → rule; its code is the name with hyphens."""

RULES: Final[Mapping[str, Rule]] = {code: FUNCTIONS[code.replace("-", "_")] for code in catalogue()}
"""Code → rule, in the order of ``catalogue.toml``, which says what each means, and its severity."""
