"""A suite: which data sets, libraries and policies to compare, and with what budget."""

from __future__ import annotations

import dataclasses
import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any, Final

from boostweights.benchmark.data import catalogue
from boostweights.benchmark.learners import LEARNERS
from boostweights.errors import InvalidTypeError, InvalidValueError, did_you_mean, shown
from boostweights.policy import as_policy

__all__ = ["Suite", "load_suite", "parse_suite"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Suite:
    """What to compare.

    Attributes
    ----------
    name, title : str
        How runs and reports call it.
    data, libraries, policies : tuple of str
        Names of the catalogue, of the table of learners, and strings that `as_policy` takes.
    folds, trees, threads, seed : int
        Stratified folds; trees a model; threads a fit; the seed of folds and models.
    seconds_per_model : float
        A model that takes longer is stopped and becomes a failed row.
    """

    name: str
    title: str
    data: tuple[str, ...]
    libraries: tuple[str, ...]
    policies: tuple[str, ...]
    folds: int
    trees: int
    threads: int
    seed: int
    seconds_per_model: float


def load_suite(name: str) -> Suite:
    """Return a suite that comes with the package, or the one in a TOML file.

    Parameters
    ----------
    name : str
        A name such as ``"tiny"``, or a path that ends in ``.toml``.

    Raises
    ------
    InvalidValueError, InvalidTypeError
        If there is no such suite, or it does not say what a suite must say.

    Examples
    --------
    >>> load_suite("tiny").policies
    ('unweighted', 'sqrt_balanced', 'balanced')
    """
    if name.endswith(".toml"):
        return parse_suite(_read(Path(name)), source=name)
    shipped = resources.files("boostweights.benchmark") / "suites"
    names = sorted(file.name.removesuffix(".toml") for file in shipped.iterdir())
    if name not in names:
        mend = f"{did_you_mean(name, names)} A path must end in .toml."
        raise InvalidValueError("a suite must be one that comes with boostweights", shown(name), mend)
    return parse_suite((shipped / f"{name}.toml").read_text(encoding="utf-8"), source=name)


def parse_suite(text: str, *, source: str = "suite") -> Suite:
    """Return the suite that a TOML text describes.

    Raises
    ------
    InvalidValueError, InvalidTypeError
        If it is no TOML, a key is unknown or absent, or a value cannot serve.
    """
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as broken:
        raise InvalidValueError(f"suite {source} must be TOML", str(broken), "Correct that line.") from broken
    _check_keys(table, source)
    suite = Suite(**{key: _value(key, table[key], source) for key in _TYPES})
    _check_names(suite)
    _check_numbers(suite)
    return suite


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as unreadable:
        raise InvalidValueError(
            "a suite file must be readable text", f"{path}: {unreadable}", "Check the path."
        ) from unreadable


_TYPES: Final[Mapping[str, str]] = {field.name: str(field.type) for field in dataclasses.fields(Suite)}


_IN_WORDS: Final[Mapping[str, str]] = {
    "str": "a string",
    "int": "a whole number",
    "float": "a number",
    "tuple[str, ...]": "a list of strings",
}


def _check_keys(table: Mapping[str, Any], source: str) -> None:
    for key in table:
        if key not in _TYPES:
            rule = f"suite {source} must have no other keys than a suite's"
            raise InvalidValueError(rule, shown(key), did_you_mean(key, _TYPES))
    if absent := [key for key in _TYPES if key not in table]:
        rule = f"suite {source} must say {', '.join(_TYPES)}"
        raise InvalidValueError(rule, f"no {', '.join(absent)}", f"Add a line such as `{absent[0]} = …`.")


def _value(key: str, value: Any, source: str) -> Any:
    """Return a value as the suite's field has it: TOML lists become tuples, whole numbers floats."""
    wanted = _TYPES[key]
    fits = {
        "str": isinstance(value, str),
        "int": isinstance(value, int) and not isinstance(value, bool),
        "float": isinstance(value, int | float) and not isinstance(value, bool),
        "tuple[str, ...]": isinstance(value, list) and all(isinstance(item, str) for item in value),
    }
    if not fits[wanted]:
        what = _IN_WORDS[wanted]
        raise InvalidTypeError(f"{key} of suite {source} must be {what}", shown(value), "Change its value.")
    if isinstance(value, list):
        return tuple(value)
    return float(value) if wanted == "float" and isinstance(value, int) else value


def _check_names(suite: Suite) -> None:
    known: Mapping[str, Collection[str]] = {"data": catalogue().entries, "libraries": LEARNERS}
    for key in ("data", "libraries", "policies"):
        names: tuple[str, ...] = getattr(suite, key)
        if not names or len(set(names)) < len(names):
            rule = f"{key} of suite {suite.name} must name at least one, each once"
            raise InvalidValueError(rule, shown(list(names)), "Remove what is there twice, or add one.")
        for name in names:
            if name not in known.get(key, names):
                rule = f"{key} of suite {suite.name} must be known"
                raise InvalidValueError(rule, shown(name), did_you_mean(name, known[key]))
    for policy in suite.policies:
        as_policy(policy)  # raises with the nearest name


def _check_numbers(suite: Suite) -> None:
    least = {"folds": 2, "trees": 1, "threads": 1, "seed": 0}
    for key, bound in least.items():
        if getattr(suite, key) < bound:
            rule = f"{key} of suite {suite.name} must be at least {bound}"
            raise InvalidValueError(rule, str(getattr(suite, key)), f"Use {key} = {bound} or more.")
    if not 0 < suite.seconds_per_model < float("inf"):
        rule = f"seconds_per_model of suite {suite.name} must be positive and finite"
        raise InvalidValueError(rule, str(suite.seconds_per_model), "Use, for example, 60.")
