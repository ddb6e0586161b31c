"""A suite: which data sets, libraries and arms to compare, and with what budget; read from TOML."""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct

from boostweights.benchmark.data.entries import catalogue, known_entry, locked
from boostweights.benchmark.foreign import Foreign, foreign, is_foreign
from boostweights.benchmark.metrics import COUNTS, METRICS, Metric, named_metric
from boostweights.benchmark.plan.arm import Arm, ArmTable, applies, as_arm
from boostweights.benchmark.plan.learners import LEARNERS, OWN_RECORDS, foreign_learner
from boostweights.benchmark.plan.shipped import suite_text
from boostweights.benchmark.plan.weighting import Cost, Positive
from boostweights.benchmark.regimes import FIXED, REGIMES, configurations
from boostweights.errors import check_keys, check_that, shown
from boostweights.probabilities.promises import Promised
from boostweights.tables.reading import Dates
from boostweights.toml import converted, parsed, read_text

FromOne = Annotated[int, Meta(ge=1)]
FromZero = Annotated[int, Meta(ge=0)]
Words = tuple[str, ...]


class CostsTable(Cost, kw_only=True, frozen=True):
    """What errors cost, and where they cost something else."""

    data: dict[str, Cost] = msgspec.field(default_factory=dict)


class TableOfOnesOwn(Struct, forbid_unknown_fields=True, kw_only=True, frozen=True):
    """A file or folder of the user's own, as `boostweights compare` takes it."""

    path: str
    target: str
    positive: str | None = None
    group: str | None = None
    time: str | None = None
    drop: Words = ()
    categorical: Words = ()
    dates: Dates = "refuse"
    many_classes: bool = False
    drop_missing_target: bool = False
    strict: bool = True
    sql: str | None = None
    sep: str | None = None
    decimal: str | None = None
    encoding: str | None = None
    sheet: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What a suite file and a `Suite`, which explains them, have in common."""

    name: str
    title: str
    libraries: Words
    folds: Annotated[int, Meta(ge=2)]
    trees: FromOne
    threads: FromOne
    seed: FromZero
    seconds_per_model: Positive
    repeats: FromOne = 1
    split: Literal["stratified", "group", "time"] = "stratified"
    megabytes_per_model: FromOne = 4000
    max_rows: FromZero = 0
    early_stopping_rounds: FromOne = 10
    predictions: bool = False
    metrics: Words = ()
    regimes: Annotated[Words, Meta(min_length=1)] = (FIXED,)
    configurations: FromOne = 20
    fewer_folds: dict[str, dict[str, FromOne]] = field(default_factory=dict)
    clean_commit: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SuiteFile(Settings):
    """A suite file."""

    data: Words = ()
    tiers: Words = ()
    tables: dict[str, TableOfOnesOwn] = field(default_factory=dict)
    policies: Words = ()
    arm: tuple[ArmTable, ...] = ()
    costs: CostsTable = field(default_factory=CostsTable)
    rope: dict[str, Positive] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Suite(Settings):
    """What to compare.

    Attributes
    ----------
    name, title : str
        How runs and reports call it.
    data, libraries : tuple of str
        Names of the catalogue or of `tables`; and of the table of learners, or ``"module:name"`` of the
        user's own.
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
        How models come to rounds and settings, see `benchmark.regimes`. In all but "fixed" every arm is
        corrected, fitted and tuned, and `early_stopping_rounds` and `trees` have no effect.
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
    settings : mapping of str to mapping
        By library: constructor arguments, in place of those that all suites share.
    stages : tuple of str
        What a comparison chooses before it trains more: the number of ``"rounds"`` of each library, and the
        library in which all ``"policies"`` are trained.
    """

    data: tuple[str, ...]
    arms: tuple[Arm, ...]
    costs: Mapping[str, Cost] = field(default_factory=lambda: {"": Cost()})
    rope: Mapping[str, float] = field(default_factory=dict)
    tables: Mapping[str, TableOfOnesOwn] = field(default_factory=dict)
    own: Mapping[str, Foreign] = field(default_factory=dict)
    promised: Promised | None = None
    settings: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    stages: tuple[str, ...] = ()

    @property
    def out_of_fold(self) -> bool:
        """Whether any of its regimes trains models of parts of each fold."""
        return any(REGIMES[regime].out_of_fold for regime in self.regimes)

    def folds_of(self, regime: str, library: str) -> int:
        """Return how many folds are trained, of those that there are."""
        return self.fewer_folds.get(regime, {}).get(library, self.folds)

    def cost(self, dataset: str) -> Cost:
        """Return what errors on a data set cost."""
        return self.costs.get(dataset, self.costs[""])

    def facts(self) -> dict[str, Any]:
        """Return the suite as plain values; of the user's own what there is."""
        plain = {each.name: getattr(self, each.name) for each in fields(self)}
        plain |= {"arms": [arm.facts() for arm in self.arms], "costs": msgspec.to_builtins(self.costs)}
        own = {
            "metrics": [metric.facts() for metric in own_metrics(self.metrics, self.own)],
            "tables": msgspec.to_builtins(self.tables),
            "promised": {} if self.promised is None else asdict(self.promised),
            "own": {},
            "settings": {name: dict(settings) for name, settings in self.settings.items()},
            "stages": list(self.stages),
        }
        plain = {name: value for name, value in plain.items() if name not in own}
        return plain | {name: value for name, value in own.items() if value}


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

    With ``like`` it takes from a suite that comes with boostweights all that it does not specify itself.

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
        base = parsed(suite_text(table.pop("like")), "a suite", source)
        # data sets and arms are one choice each
        choices = [{"data", "tiers", "tables"}, {"policies", "arm"}]
        chosen = {key for choice in choices if choice & table.keys() for key in choice}
        table = {key: value for key, value in base.items() if key not in chosen} | table
    file = converted(table, SuiteFile, "a suite", text=text, source=source)
    tiers = {entry.tier: None for entry in catalogue().entries.values()}
    check_keys(file.tiers, tiers, f"tiers of suite {source} must be known")
    of_tiers = [name for name, entry in catalogue().entries.items() if entry.tier in file.tiers]
    data = (*file.data, *of_tiers, *(name for name in file.tables if name not in file.data))
    check_keys(file.costs.data, data, f"costs of suite {source} must be for its own data sets")
    own = {name: learner for name in file.libraries if (learner := foreign_learner(name, folder)) is not None}
    for name in filter(is_foreign, file.metrics):
        own[name], _ = foreign(
            name,
            folder,
            "a Metric with a value",
            lambda metric: isinstance(metric, Metric) and metric.value is not None and metric.of != "fit",
        )
    metrics = own_metrics(file.metrics, own)
    rope = {metric.name: metric.rope for metric in (*METRICS.values(), *metrics) if metric.of != "fit"}
    check_keys(file.rope, rope, f"rope of suite {source} must be of known metrics")
    arms: tuple[str | ArmTable, ...] = (*file.policies, *file.arm)
    suite = Suite(
        **{each.name: getattr(file, each.name) for each in fields(Settings)},
        data=data,
        arms=tuple(as_arm(arm, folder) for arm in arms),
        tables={
            name: msgspec.structs.replace(table, path=str(folder / table.path))
            for name, table in file.tables.items()
        },
        own=own,
        costs={"": Cost(fn=file.costs.fn, fp=file.costs.fp), **file.costs.data},
        rope=rope | file.rope,
    )
    _check_names(suite, [metric.name for metric in metrics])
    if suite.split == "time":
        _check_time(suite)
    _check_regimes(suite, file.rope)
    return suite


def _check_names(suite: Suite, metrics: Collection[str]) -> None:
    check_keys(suite.regimes, REGIMES, f"regimes of suite {suite.name} must be known")
    check_keys(suite.fewer_folds, suite.regimes, f"fewer_folds of suite {suite.name} must be of its regimes")
    few = {library for by_library in suite.fewer_folds.values() for library in by_library}
    check_keys(few, suite.libraries, f"fewer_folds of suite {suite.name} must be of its libraries")
    arms = [arm.name for arm in suite.arms]
    for key, names in {"data": suite.data, "libraries": suite.libraries, "policies and arms": arms}.items():
        rule = f"{key} of suite {suite.name} must name at least one, each once"
        unique = 0 < len(names) == len(set(names))
        check_that(unique, rule, list(names), "Remove what is there twice, or add one.")
    sets = (*catalogue().entries, *locked().entries, *suite.tables)
    check_keys(suite.data, sets, f"data of suite {suite.name} must be known")
    libraries = (*LEARNERS, *OWN_RECORDS, *suite.own)
    check_keys(suite.libraries, libraries, f"libraries of suite {suite.name} must be known")
    twice = [name for name, count in Counter((*METRICS, *COUNTS, *metrics)).items() if count > 1]
    taken = [name for name in suite.tables if known_entry(name)]
    for wrong, rule in (
        (twice, "metrics of suite {} must have names that no other has"),
        (taken, "tables of suite {} must have names that the catalogue has not"),
    ):
        check_that(not wrong, rule.format(suite.name), shown(wrong and wrong[0]), "Give yours another name.")
    for arm in suite.arms:
        check_keys(arm.regimes, suite.regimes, f"regimes of arm {arm.name} must be of suite {suite.name}")
        rule = f"form of arm {arm.name} must be one of a library of suite {suite.name}"
        serves = any(applies(arm, library, 2) for library in suite.libraries)
        check_that(serves, rule, shown(arm.form), "Add the library, or leave the arm out.")


def _check_regimes(suite: Suite, regions: Collection[str]) -> None:
    """Raise where a suite cannot be trained, corrected or judged in its regimes."""
    regimes = [regime for regime in suite.regimes if REGIMES[regime].out_of_fold]
    if not regimes:
        return
    missing = sorted({name for name, metric in METRICS.items() if metric.of != "fit"} - set(regions))
    rule = f"rope of suite {suite.name} must name the region of every metric before the run"
    check_that(not missing, rule, f"none of {', '.join(missing)}", "Add them under [rope].")
    rule = "in a regime every arm is stopped by the regime alone, corrected and scored"
    for arm in suite.arms:
        reasons = {
            "a dummy, which has no scores": arm.dummy,
            f"early_stopping={arm.early_stopping!r}": arm.early_stopping != "none",
            "pinned=False": not arm.pinned,
        }
        for reason, holds in reasons.items():
            serves = not holds or not any(map(arm.trained_in, regimes))
            check_that(serves, rule, f"arm {arm.name}: {reason}", "Leave that out.")
    tuned = [arm for arm in suite.arms if "tuned" in regimes and arm.trained_in("tuned")]
    for library in suite.libraries:
        if any(applies(arm, library, 2) for arm in tuned):
            configurations(library, suite.configurations)
    tasks = {entry.task for name in suite.data if (entry := known_entry(name))}
    rule = f"data of suite {suite.name} must all have two classes, or all more: figures differ"
    check_that(len(tasks) < 2, rule, "both", "Make two suites of them.")


def _check_time(suite: Suite) -> None:
    rule = f'repeats of suite {suite.name} must be 1, since split = "time" is made once'
    check_that(suite.repeats == 1, rule, suite.repeats, "Leave it out.")
    known = [name for name, entry in catalogue().entries.items() if entry.time is not None]
    timed = {*known, *(name for name, table in suite.tables.items() if table.time is not None)}
    timeless = [name for name in suite.data if name not in timed]
    rule = f'data of suite {suite.name} must have times, since split = "time"'
    remedy = f"Those that have are {', '.join(known)}."
    check_that(not timeless, rule, ", ".join(map(repr, timeless)), remedy)
