"""A suite: which data sets, libraries and arms to compare, and with what budget."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, field, fields
from itertools import product
from pathlib import Path
from typing import Any, Final

import msgspec

from boostweights.benchmark.data.entries import catalogue, known_entry, locked
from boostweights.benchmark.data.openml import is_openml, openml_number
from boostweights.benchmark.foreign import Foreign, foreign, is_foreign
from boostweights.benchmark.metrics import COUNTS, METRICS, Metric, named_metric
from boostweights.benchmark.plan.arm import Arm, applies, as_arm, not_in_a_regime
from boostweights.benchmark.plan.learners import LEARNERS, foreign_learner
from boostweights.benchmark.plan.shipped import suite_text
from boostweights.benchmark.plan.special import IMBLEARN
from boostweights.benchmark.plan.suitefile import ArmTable, Settings, SuiteFile, TableOfOnesOwn
from boostweights.benchmark.plan.weighting import Cost
from boostweights.benchmark.regimes import REGIMES, configurations
from boostweights.errors import InvalidValueError, check_known, shown
from boostweights.probabilities.promises import Promised
from boostweights.toml import converted, parsed, read_text


@dataclass(frozen=True, slots=True, kw_only=True)
class Suite(Settings):
    """What to compare.

    Attributes
    ----------
    name, title : str
        How runs and reports call it.
    data, libraries : tuple of str
        Names of the catalogue, of `tables`, or ``"openml:NUMBER"``; and of the table of learners, or
        ``"module:name"`` of the user's own.
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
    regimes : tuple of str
        How models come to rounds and settings, see `plan.regimes`; empty for `trees` rounds of each. In a
        regime every arm is corrected, fitted and tuned, and `early_stopping_rounds` and `trees` say nothing.
    configurations : int
        How many a search tries.
    fewer_folds : mapping of str to mapping of str to int
        By regime and library: how many of the folds are trained, the first ones.
    clean_commit : bool
        Whether it is run from a checkout without changes only, whose commit the run records.
    metrics : tuple of str
        Further metrics: ``"net_benefit_0.05"``, at that threshold, or ``"module:name"`` of the user's own.
    tables : mapping of str to TableOfOnesOwn
        Data sets of the user's own.
    own : mapping of str to Foreign
        Where the learners and metrics of the user's own are.
    promised : Promised or None
        A rate by whose costs arms are compared: of two classes.
    """

    data: tuple[str, ...]
    arms: tuple[Arm, ...]
    costs: Mapping[str, Cost] = field(default_factory=lambda: {"": Cost()})
    rope: Mapping[str, float] = field(default_factory=dict)
    tables: Mapping[str, TableOfOnesOwn] = field(default_factory=dict)
    own: Mapping[str, Foreign] = field(default_factory=dict)
    promised: Promised | None = None

    def folds_of(self, regime: str, library: str) -> int:
        """Return how many folds are trained, of those that there are."""
        return self.fewer_folds.get(regime, {}).get(library, self.folds)

    def cost(self, dataset: str) -> Cost:
        """Return what errors on a data set cost."""
        return self.costs.get(dataset, self.costs[""])

    def facts(self) -> dict[str, Any]:
        """Return the suite as plain values; of the user's own what there is."""
        plain = {each.name: getattr(self, each.name) for each in fields(self) if each.name not in _OWN}
        own = {
            "metrics": [metric.facts() for metric in own_metrics(self.metrics, self.own)],
            "tables": msgspec.to_builtins(self.tables),
            "promised": {} if self.promised is None else asdict(self.promised),
        }
        if not self.regimes:
            plain = {name: value for name, value in plain.items() if name not in _OF_REGIMES}
        costs = {name: {"fn": cost.fn or "imbalance", "fp": cost.fp} for name, cost in self.costs.items()}
        settled = {"arms": [arm.facts() for arm in self.arms], "costs": costs, "rope": dict(self.rope)}
        return plain | settled | {name: value for name, value in own.items() if value}


_OWN: Final = ("metrics", "tables", "own", "promised")
_OF_REGIMES: Final = ("regimes", "configurations", "fewer_folds", "clean_commit")


def own_metrics(names: Collection[str], own: Mapping[str, Foreign]) -> list[Metric]:
    """Return the metrics that a suite names; imports the modules of the user's own."""
    return [own[name].load() if name in own else named_metric(name) for name in names]


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
        return parse_suite(read_text(Path(name), "a suite file"), source=name, folder=Path(name).parent)
    return parse_suite(suite_text(name, " A path must end in .toml."), source=name)


def parse_suite(text: str, *, source: str = "suite", folder: Path = Path()) -> Suite:
    """Return the suite that a TOML text describes.

    With ``like`` it has, beside what it says itself, what a suite says that comes with boostweights.

    Parameters
    ----------
    text, source : str
        The text, and what errors call it.
    folder : Path
        Where modules and tables of the user's own are looked for first.

    Raises
    ------
    InvalidValueError, InvalidTypeError
        If it is no TOML, a key is unknown or absent, or a value cannot serve.
    """
    table = parsed(text, "a suite", source)
    if "like" in table:
        table = _merged(parsed(suite_text(table.pop("like")), "a suite", source), table)
    file = converted(table, SuiteFile, "a suite", text=text, source=source)
    given: tuple[str | ArmTable, ...] = (*file.policies, *file.arm)
    arms = tuple(as_arm(each, folder) for each in given)
    more = [name for name in file.tables if name not in file.data]
    data = (*file.data, *_of_tiers(file.tiers, source), *more)
    own = {name: found for name in file.libraries if (found := foreign_learner(name, folder)) is not None}
    theirs = filter(is_foreign, file.metrics)
    own |= {name: foreign(name, folder, "a Metric with a value", _is_metric)[0] for name in theirs}
    metrics = own_metrics(file.metrics, own)
    plain = {each.name: getattr(file, each.name) for each in fields(Settings)}
    suite = Suite(
        **plain
        | {
            "data": data,
            "arms": arms,
            "tables": {name: _placed(each, folder) for name, each in file.tables.items()},
            "own": own,
            "costs": _costs(file, data, source),
            "rope": _rope(file, metrics, source),
        }
    )
    _check_names_of_regimes(suite)
    _check_names(suite, [metric.name for metric in metrics])
    _check_time(suite)
    _check_regimes(suite, file.rope)
    return suite


def _is_metric(value: Any) -> bool:
    return isinstance(value, Metric) and value.value is not None and value.of != "fit"


def _placed(table: TableOfOnesOwn, folder: Path) -> TableOfOnesOwn:
    return msgspec.structs.replace(table, path=str(folder / table.path))


def _costs(file: SuiteFile, data: Collection[str], source: str) -> dict[str, Cost]:
    """Costs by data set; ``""`` is for all that are not named under ``[costs.data]``."""
    for name in file.costs.data:
        check_known(name, data, f"costs of suite {source} must be for its own data sets")
    return {
        name: Cost(fn=None if table.fn == "imbalance" else table.fn, fp=table.fp)
        for name, table in {"": file.costs, **file.costs.data}.items()
    }


def _rope(file: SuiteFile, metrics: Collection[Metric], source: str) -> dict[str, float]:
    """The regions of all metrics: their own, or what the suite says."""
    usual = {each.name: each.rope for each in (*METRICS.values(), *metrics) if each.of != "fit"}
    for name in file.rope:
        check_known(name, usual, f"rope of suite {source} must be of known metrics")
    return usual | file.rope


def _merged(base: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """Return a suite's own keys and the base's others; data sets and arms are one choice each."""
    choices = (("data", "tiers", "tables"), ("policies", "arm"))
    chosen = {key for choice in choices if any(key in own for key in choice) for key in choice}
    return {key: value for key, value in base.items() if key not in chosen} | dict(own)


def _of_tiers(tiers: tuple[str, ...], source: str) -> tuple[str, ...]:
    known = dict.fromkeys(entry.tier for entry in catalogue().entries.values())
    for tier in tiers:
        check_known(tier, known, f"tiers of suite {source} must be known")
    return tuple(name for name, entry in catalogue().entries.items() if entry.tier in tiers)


def _check_names(suite: Suite, metrics: Collection[str]) -> None:
    known: Mapping[str, Collection[str]] = {
        "data": (*catalogue().entries, *locked().entries, *suite.tables),
        "libraries": (*LEARNERS, *([IMBLEARN] if suite.regimes else []), *suite.own),
    }
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
                openml_number(name)
            else:
                check_known(name, known.get(key, names), f"{key} of suite {suite.name} must be known")
    if again := [name for name, count in Counter((*METRICS, *COUNTS, *metrics)).items() if count > 1]:
        rule = f"metrics of suite {suite.name} must have names that no other has"
        raise InvalidValueError(rule, shown(again[0]), "Give yours another name.")
    if taken := [name for name in suite.tables if known_entry(name) or is_openml(name)]:
        rule = f"tables of suite {suite.name} must have names that the catalogue has not"
        raise InvalidValueError(rule, shown(taken[0]), "Give yours another name.")
    for arm in suite.arms:
        if not any(
            applies(arm, library, 2, regime)
            for library, regime in product(suite.libraries, suite.regimes or ("",))
        ):
            rule = f"form of arm {arm.name} must be one of a library of suite {suite.name}"
            raise InvalidValueError(rule, shown(arm.form), "Add the library, or leave the arm out.")


def _check_regimes(suite: Suite, regions: Collection[str]) -> None:
    """Raise where a suite cannot be trained, corrected or judged in its regimes."""
    if not suite.regimes:
        return
    judged = {name for name, metric in METRICS.items() if metric.of != "fit"}
    if missing := sorted(judged - set(regions)):
        rule = f"rope of suite {suite.name} must name the region of every metric before the run"
        raise InvalidValueError(rule, f"none of {', '.join(missing)}", "Add them under [rope].")
    for arm in suite.arms:
        if reason := not_in_a_regime(arm):
            rule = "in a regime every arm is stopped by the regime alone, corrected and scored"
            raise InvalidValueError(rule, f"arm {arm.name}: {reason}", "Leave that out.")
    for library in suite.libraries if "tuned" in suite.regimes else ():
        if any(applies(arm, library, 2, "tuned") for arm in suite.arms):
            configurations(library, suite.configurations)
    if len({entry.task for name in suite.data if (entry := known_entry(name))}) > 1:
        rule = f"data of suite {suite.name} must all have two classes, or all more: figures differ"
        raise InvalidValueError(rule, "both", "Make two suites of them.")


def _check_names_of_regimes(suite: Suite) -> None:
    for name in suite.regimes:
        check_known(name, REGIMES, f"regimes of suite {suite.name} must be known")
    for regime, by_library in suite.fewer_folds.items():
        check_known(regime, suite.regimes, f"fewer_folds of suite {suite.name} must be of its regimes")
        for library in by_library:
            check_known(
                library, suite.libraries, f"fewer_folds of suite {suite.name} must be of its libraries"
            )
    for arm in suite.arms:
        for name in arm.regimes:
            check_known(name, suite.regimes, f"regimes of arm {arm.name} must be of suite {suite.name}")


def _check_time(suite: Suite) -> None:
    if suite.split != "time":
        return
    if suite.repeats > 1:
        rule = f'repeats of suite {suite.name} must be 1, since split = "time" is made once'
        raise InvalidValueError(rule, str(suite.repeats), "Leave it out.")
    known = catalogue().entries
    timed = {name for name, each in known.items() if each.time is not None}
    timed |= {name for name, table in suite.tables.items() if table.time is not None}
    if timeless := [name for name in suite.data if name not in timed]:
        having = ", ".join(name for name, entry in known.items() if entry.time)
        rule = f'data of suite {suite.name} must have times, since split = "time"'
        raise InvalidValueError(rule, ", ".join(map(repr, timeless)), f"Those that have are {having}.")
