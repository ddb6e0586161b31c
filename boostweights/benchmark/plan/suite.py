"""A suite: which data sets, libraries and arms to compare, and with what budget."""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from typing import Any, Final

from boostweights.benchmark.data.entries import catalogue
from boostweights.benchmark.data.openml import check_openml, is_openml
from boostweights.benchmark.plan.arm import Arm, applies, as_arm
from boostweights.benchmark.plan.learners import LEARNERS
from boostweights.benchmark.plan.suitefile import as_costs, checked_table, positive_numbers
from boostweights.benchmark.plan.weighting import Cost
from boostweights.benchmark.run.metrics import METRICS
from boostweights.errors import InvalidValueError, did_you_mean, shown

__all__ = ["Suite", "load_suite", "parse_suite"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Suite:
    """What to compare.

    Attributes
    ----------
    name, title : str
        How runs and reports call it.
    data, libraries : tuple of str
        Names of the catalogue, or ``"openml:NUMBER"``, and of the table of learners.
    arms : tuple of Arm
        The ways to treat imbalance.
    folds, repeats : int
        Folds of a split, and how often it is made anew.
    split : {"stratified", "group", "time"}
        Equal rows are on one side. ``"group"`` keeps groups together too, where a data set has them. With
        ``"time"`` each fold is tested on rows later than all those trained on, wherever that puts equal rows.
    trees, threads, seed : int
        Trees a model; threads a fit; the seed of folds, samples and models.
    seconds_per_model, megabytes_per_model : float, int
        A model that takes longer, or whose process needs more memory, becomes a failed row.
    max_rows : int
        Larger data sets are cut to a stratified sample of so many rows; 0 for no limit.
    early_stopping_rounds : int
        Patience of the arms that stop early.
    predictions : bool
        Whether the probabilities of the test rows are stored.
    costs : mapping of str to Cost
        By data set; ``""`` is for all others.
    rope : mapping of str to float
        The half-width of each metric's region of practical equivalence.
    """

    name: str
    title: str
    data: tuple[str, ...]
    libraries: tuple[str, ...]
    arms: tuple[Arm, ...]
    folds: int
    trees: int
    threads: int
    seed: int
    seconds_per_model: float
    repeats: int = 1
    split: str = "stratified"
    megabytes_per_model: int = 4000
    max_rows: int = 0
    early_stopping_rounds: int = 10
    predictions: bool = False
    costs: Mapping[str, Cost] = field(default_factory=lambda: {"": Cost()})
    rope: Mapping[str, float] = field(default_factory=dict)

    def cost(self, dataset: str) -> Cost:
        """Return what errors on a data set cost."""
        return self.costs.get(dataset, self.costs[""])

    def facts(self) -> dict[str, Any]:
        """Return the suite as plain values."""
        plain = {name: getattr(self, name) for name in type(self).__slots__}
        return plain | {
            "arms": [arm.facts() for arm in self.arms],
            "costs": {
                name: {"fn": cost.fn or "imbalance", "fp": cost.fp} for name, cost in self.costs.items()
            },
            "rope": dict(self.rope),
        }


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
    >>> [arm.name for arm in load_suite("tiny").arms]
    ['unweighted', 'sqrt_balanced', 'balanced']
    """
    if name.endswith(".toml"):
        return parse_suite(_read(Path(name)), source=name)
    return parse_suite(_shipped(name, " A path must end in .toml."), source=name)


def parse_suite(text: str, *, source: str = "suite") -> Suite:
    """Return the suite that a TOML text describes.

    With ``like`` it has, beside what it says itself, what a suite says that comes with boostweights.

    Raises
    ------
    InvalidValueError, InvalidTypeError
        If it is no TOML, a key is unknown or absent, or a value cannot serve.
    """
    table = _toml(text, source)
    if "like" in table:
        table = _merged(_toml(_shipped(table.pop("like")), source), table)
    given = checked_table(table, source)
    arms = [as_arm(each) for each in (*given.pop("policies", ()), *given.pop("arm", ()))]
    data = (*given.pop("data", ()), *_of_tiers(given.pop("tiers", ()), source))
    suite = Suite(
        data=data,
        arms=tuple(arms),
        costs=as_costs(given.pop("costs", {}), data, source),
        rope=positive_numbers(given.pop("rope", {}), METRICS, f"rope of suite {source}"),
        **given,
    )
    _check_names(suite)
    _check_numbers(suite)
    _check_time(suite)
    return suite


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as unreadable:
        raise InvalidValueError(
            "a suite file must be readable text", f"{path}: {unreadable}", "Check the path."
        ) from unreadable


def _shipped(name: Any, hint: str = "") -> str:
    shipped = resources.files("boostweights.benchmark.plan") / "suites"
    names = sorted(file.name.removesuffix(".toml") for file in shipped.iterdir())
    if name not in names:
        mend = did_you_mean(name, names) + hint
        raise InvalidValueError("a suite must be one that comes with boostweights", shown(name), mend)
    return (shipped / f"{name}.toml").read_text(encoding="utf-8")


def _toml(text: str, source: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as broken:
        raise InvalidValueError(f"suite {source} must be TOML", str(broken), "Correct that line.") from broken


def _merged(base: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """Return a suite's own keys and the base's others; data sets and arms are one choice each."""
    choices = (("data", "tiers"), ("policies", "arm"))
    chosen = {key for choice in choices if any(key in own for key in choice) for key in choice}
    return {key: value for key, value in base.items() if key not in chosen} | dict(own)


def _of_tiers(tiers: tuple[str, ...], source: str) -> tuple[str, ...]:
    known = dict.fromkeys(entry.tier for entry in catalogue().entries.values())
    for tier in tiers:
        if tier not in known:
            rule = f"tiers of suite {source} must be known"
            raise InvalidValueError(rule, shown(tier), did_you_mean(tier, known))
    return tuple(name for name, entry in catalogue().entries.items() if entry.tier in tiers)


def _check_names(suite: Suite) -> None:
    known: Mapping[str, Collection[str]] = {"data": catalogue().entries, "libraries": LEARNERS}
    named = {
        "data": suite.data,
        "libraries": suite.libraries,
        "policies and arms": tuple(arm.name for arm in suite.arms),
    }
    for key, names in named.items():
        if not names or len(set(names)) < len(names):
            rule = f"{key} of suite {suite.name} must name at least one, each once"
            raise InvalidValueError(rule, shown(list(names)), "Remove what is there twice, or add one.")
        for name in names:
            if key == "data" and is_openml(name):
                check_openml(name)
                continue
            if name not in known.get(key, names):
                rule = f"{key} of suite {suite.name} must be known"
                raise InvalidValueError(rule, shown(name), did_you_mean(name, known[key]))
    for arm in suite.arms:
        if not any(applies(arm, library, 2) for library in suite.libraries):
            rule = f"form of arm {arm.name} must be one of a library of suite {suite.name}"
            raise InvalidValueError(rule, shown(arm.form), "Add the library, or leave the arm out.")


_LEAST: Final[Mapping[str, int]] = {
    "folds": 2,
    "repeats": 1,
    "trees": 1,
    "threads": 1,
    "seed": 0,
    "megabytes_per_model": 1,
    "max_rows": 0,
    "early_stopping_rounds": 1,
}


def _check_numbers(suite: Suite) -> None:
    for key, bound in _LEAST.items():
        if getattr(suite, key) < bound:
            rule = f"{key} of suite {suite.name} must be at least {bound}"
            raise InvalidValueError(rule, str(getattr(suite, key)), f"Use {key} = {bound} or more.")
    if not 0 < suite.seconds_per_model < float("inf"):
        rule = f"seconds_per_model of suite {suite.name} must be positive and finite"
        raise InvalidValueError(rule, str(suite.seconds_per_model), "Use, for example, 60.")


def _check_time(suite: Suite) -> None:
    if suite.split != "time":
        return
    if suite.repeats > 1:
        rule = f'repeats of suite {suite.name} must be 1, since split = "time" is made once'
        raise InvalidValueError(rule, str(suite.repeats), "Leave it out.")
    known = catalogue().entries
    if timeless := [name for name in suite.data if name not in known or known[name].time is None]:
        having = ", ".join(name for name, entry in known.items() if entry.time)
        rule = f'data of suite {suite.name} must have times, since split = "time"'
        raise InvalidValueError(rule, ", ".join(map(repr, timeless)), f"Those that have are {having}.")
