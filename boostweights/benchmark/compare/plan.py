"""The suite, the plan and the run's name of a comparison on a user's own table."""

import dataclasses
import hashlib
import json
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from boostweights.adapters.registry import adapter_named
from boostweights.benchmark.compare.dataset import TableData, as_table_data
from boostweights.benchmark.compare.folds import fewest_groups
from boostweights.benchmark.data.dataset import Dataset, write
from boostweights.benchmark.foreign import Foreign, is_foreign
from boostweights.benchmark.plan.arm import Arm, applies, as_arm
from boostweights.benchmark.plan.learners import LEARNERS, LINEAR, asked_learner, installed_distribution
from boostweights.benchmark.plan.plan import Plan, make_plan
from boostweights.benchmark.plan.problem import as_problem
from boostweights.benchmark.plan.splits import INNER_FOLDS, Split
from boostweights.benchmark.plan.suite import Suite, TableOfOnesOwn, load_suite
from boostweights.benchmark.plan.weighting import Cost, PolicySpec
from boostweights.benchmark.regimes import MOST_CONFIGURATIONS, ROUNDS
from boostweights.benchmark.run.store import Store
from boostweights.errors import Problems, check_keys, check_known, check_range, check_that, shown
from boostweights.probabilities.promise_cost import HELD_OUT
from boostweights.probabilities.promises import Promised
from boostweights.tables.features import canonical
from boostweights.tables.files import read_file
from boostweights.tables.reading import Reading
from boostweights.tables.roles import Roles, kept_as_text
from boostweights.weighting.counts import ClassCounts
from boostweights.weighting.policies.base import Policy
from boostweights.weighting.policies.by_class import Explicit
from boostweights.weighting.policies.names import class_policy, relabelled

_NUMBERS = ("repeats", "seed", "seconds_per_model", "max_rows")
_POLICIES = ("unweighted", "sqrt_balanced", "balanced")
_LETTERS = 8
_WORDS = ("name", "title", "data")
"""Fields of a suite that change no result."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is to be compared; empty for the usual.

    Attributes
    ----------
    policies : sequence of str
        Names of policies and of the default suite's arms, policies as they print, or ``"module:Policy"`` of
        the user's own. By default unweighted, sqrt_balanced, balanced, and costs and weights where given.
    weights : mapping of str to float
        Label → what it weighs; others weigh 1.
    libraries : sequence of str, classifier or (name, classifier)
        By default those that are installed, and logistic regression, ``"linear"``; ``"module:name"`` is a
        learner of the user's own. A classifier competes with its own settings, and number of trees.
    fn, fp : float, str or None
        What a missed positive and a false alarm cost; by the name of a column, `Roles.costs` are used.
    folds : int, default=None
        By default five; with a promise three, which train on as many rows as a fit that holds out a third.
    trees : int, default=None
        As a `Suite` has it. By default the folds choose how many rounds each library trains, at most as many
        as the regime `ROUNDS` has; a learner of the user's own trains 100.
    repeats, max_rows, seed : int
        As a `Suite` has them.
    seconds_per_model : float
        As a `Suite` has it.
    fitted : bool
        Whether each arm's probabilities are corrected by a map as well that is learned out of fold, as
        ``correction="fitted"`` of an `Arm`.
    promised : Promised or None
        The rate by whose costs arms are compared.
    search : int
        How many further configurations each library tries, of those that were drawn.
    ensemble : bool
        Whether means compete: of all libraries, and of fold models of the one with the lowest log loss.
    """

    policies: Sequence[str] = ()
    weights: Mapping[str, float] = field(default_factory=dict)
    libraries: Sequence[Any] = ()
    fn: Any = None
    fp: Any = None
    folds: int | None = None
    repeats: int = 1
    trees: int | None = None
    max_rows: int = 0
    seed: int = 0
    seconds_per_model: float = 600.0
    fitted: bool = False
    promised: Promised | None = None
    search: int = 0
    ensemble: bool = False

    @property
    def row_costs(self) -> tuple[float | str, float | str] | None:
        """What errors cost, if the name of a column is among them; by default a false alarm costs 1."""
        fp = 1.0 if self.fp is None else self.fp
        return (self.fn, fp) if isinstance(self.fn, str) or (isinstance(fp, str) and self.fn) else None

    @property
    def number_of_folds(self) -> int:
        """The folds asked for, or the default."""
        if self.folds is not None:
            return self.folds
        return 5 if self.promised is None else round(1 / HELD_OUT)


def table_suite(data: TableData, wanted: Wanted, *, name: str, folder: Path = Path()) -> Suite:
    """Return the suite of a comparison; modules of the user's own are looked for in the folder first.

    Raises
    ------
    InvalidValueError
        If a policy or library is unknown, an arm applies nowhere, or numbers can't serve.
    """
    classes, problems = as_problem(data.dataset).classes, Problems()
    settings, own, arms = competitors(wanted, problems, folder, data)
    problems.check()
    libraries = tuple(settings)
    if wanted.fitted:
        arms = tuple(arm if arm.dummy else dataclasses.replace(arm, correction="fitted") for arm in arms)
    for arm in arms:
        many = len(classes) > 2 and any(applies(arm, library, 2) for library in libraries)
        check_that(
            any(applies(arm, library, len(classes)) for library in libraries),
            "an arm must be one of the libraries and the number of classes",
            f"{arm.name} for {f'{len(classes)} classes' if many else ', '.join(libraries)}",
            "Leave it out.",
        )
    fp = 1.0 if wanted.fp is None else wanted.fp
    cost = Cost() if wanted.fn is None or wanted.row_costs else Cost(fn=wanted.fn, fp=fp)
    return dataclasses.replace(
        _fixed(),
        name=name,
        title=f"Class weights on {data.dataset.name}",
        data=(data.dataset.name,),
        libraries=libraries,
        arms=arms,
        split=data.split,
        costs={"": cost},
        own=own,
        configurations=wanted.search + 1 if wanted.search else _fixed().configurations,
        predictions=True,  # what is recommended is chosen by them
        promised=wanted.promised,
        folds=wanted.number_of_folds,
        trees=wanted.trees or _fixed().trees,
        settings={name: chosen for name, chosen in settings.items() if chosen},
        stages=(
            *(["rounds"] if wanted.trees is None and LEARNERS.keys() & settings else []),
            *(["search"] if wanted.search else []),
            *([] if wanted.policies and wanted.libraries else ["policies"]),
            *(["ensemble"] if wanted.ensemble else []),
        ),
        **{name: getattr(wanted, name) for name in _NUMBERS},
    )


def competitors(
    wanted: Wanted, problems: Problems, folder: Path = Path(), data: TableData | None = None
) -> tuple[dict[str, Mapping[str, object]], dict[str, Foreign], tuple[Arm, ...]]:
    """Return settings by library, which are the user's own, and the arms; collect what is wrong with options.

    Without the table, what depends on its classes is not checked.
    """
    classes = () if data is None else as_problem(data.dataset).classes
    _check_numbers(data, wanted, problems)
    installed = [name for name, learner in LEARNERS.items() if installed_distribution(learner) is not None]
    settings: dict[str, Mapping[str, object]] = {}
    own: dict[str, Foreign] = {}
    for asked in wanted.libraries or [*installed, LINEAR]:
        with problems:
            library, learner, chosen = asked_learner(asked, folder, settings)
            if learner is not None:
                own[library] = learner
            check_known(library, [*LEARNERS, LINEAR, *own], "a library must be known")
            settings[library] = _settings(library, wanted.trees) if library in LEARNERS else chosen
    arms: dict[str, Arm] = {}
    usual = (*_POLICIES, *([] if wanted.fn is None or wanted.row_costs else ["costs"]))
    for name in wanted.policies or usual:
        with problems:
            if classes or not name.endswith(")"):
                arms |= {arm.name: arm for arm in named_arms([name], folder, classes)}
    if wanted.weights and classes:
        with problems:
            check_keys(wanted.weights, classes, "--weight must name a label")
            weights = Explicit({label: wanted.weights.get(label, 1.0) for label in classes})
            arms["weights"] = _labelled("weights", weights, classes)
    return settings, own, tuple(arms.values())


def _settings(library: str, trees: int | None) -> dict[str, object]:
    """Return how a library competes.

    Without a number of trees it trains at most as many as can be chosen: by the folds, or by rows that the
    library holds out.
    """
    learner = LEARNERS[library]
    if trees is not None or not learner.trees:
        return dict(learner.competitive)
    stopping = {} if adapter_named(library).can("rounds") else learner.stopping
    return {**learner.competitive, **stopping, learner.trees: ROUNDS.rounds}


@cache
def _fixed() -> Suite:
    """The suite whose arms and settings a comparison starts from, read once."""
    return load_suite("fixed")


def named_arms(names: Iterable[str], folder: Path = Path(), classes: Sequence[str] = ()) -> tuple[Arm, ...]:
    """Return the arms of these names, "unweighted" first: what all others are compared with.

    Parameters
    ----------
    names : iterable of str
        Names of policies and arms, policies as they print, or ``"module:Policy"`` and
        ``"module:Policy(key=value)"`` of the user's own.
    folder : Path
        Where a user's own module is looked for first.
    classes : sequence of str
        The labels, in the order of codes; of two the positive one is the last.

    Raises
    ------
    InvalidValueError
        If a name is unknown; the nearest one is suggested.

    Examples
    --------
    >>> [arm.name for arm in named_arms(["balanced", "smote"])]
    ['unweighted', 'balanced', 'smote']
    """
    known = {arm.name: arm for arm in _fixed().arms}
    wanted = dict.fromkeys(["unweighted", *names])
    for name in wanted:
        if is_foreign(name):
            known[name] = as_arm(name, folder)
        elif name.endswith(")"):
            known[name] = _labelled(name, class_policy(name), classes)
        check_known(name, known, "a policy or arm must be known")
    return tuple(known[name] for name in wanted)


def _labelled(name: str, policy: Policy, classes: Sequence[str]) -> Arm:
    """Return the arm of a policy that may name labels, in any type that writes them so."""
    policy = relabelled(policy, lambda label: canonical(label, ()) or "")
    spec = PolicySpec(kind=type(policy).__name__, labelled=policy, classes=tuple(classes))
    spec.resolve(ClassCounts(dict.fromkeys(range(len(classes)), 2)), Cost())  # labels are told apart now
    return Arm(name=name, policy=spec, tune=True)


def table_plan(
    data: TableData,
    suite: Suite,
    splits: Sequence[Split],
    directory: Path,
    settings: Mapping[str, Mapping[str, object]] = MappingProxyType({}),
) -> Plan:
    """Return the plan of a comparison; the data set is written beside the run, for its workers.

    Thresholds are tuned where every training fold has enough rows of each class.

    Parameters
    ----------
    data : TableData
        The table.
    suite : Suite
        As `table_suite` makes it.
    splits : sequence of Split
        As `table_folds` makes them.
    directory : Path
        The run's.
    settings : mapping of str to mapping
        By library: what was chosen, in place of the suite's settings.

    Raises
    ------
    StoreError
        If there is no space left for the data set.
    """
    digest = {"run_digest": run_digest(data, suite, splits)}
    chosen = {name: {**suite.settings.get(name, {}), **changes} for name, changes in settings.items()}
    suite = dataclasses.replace(suite, settings={**suite.settings, **chosen})
    if fewest_groups(data.dataset, splits) < INNER_FOLDS:
        suite = dataclasses.replace(
            suite, arms=tuple(dataclasses.replace(arm, tune=False) for arm in suite.arms)
        )
    path = _written(data.dataset, directory)
    plan = make_plan(suite, {data.dataset.name: path}, split=lambda _dataset, _suite: splits)
    about = tuple(dataclasses.replace(one, facts={**one.facts, **digest}) for one in plan.data)
    return dataclasses.replace(plan, data=about)


def table_file(name: str, table: TableOfOnesOwn, directory: Path) -> Path:
    """Write a table of the user's own, as a suite names it, beside the run, and return where.

    Raises
    ------
    InvalidValueError
        If it cannot be read, or a column cannot serve.
    StoreError
        If there is no space left.
    """
    roles = Roles(**{role: getattr(table, role) for role in Roles.__slots__ if hasattr(table, role)})
    reading = {name: getattr(table, name) for name in ("sql", "sep", "decimal", "encoding", "sheet")}
    read = read_file(Path(table.path), kept_as_text(Reading(**reading), roles))
    data = as_table_data(read, roles, name=name)
    return _written(dataclasses.replace(data.dataset, time=data.times), directory)


def _written(dataset: Dataset, directory: Path) -> Path:
    # named by content: another run under this name may still be reading its own
    path = directory / f"data-{dataset.digest[:16]}.parquet"
    if not path.exists():
        write(dataset, path)
    return path


def _check_numbers(data: TableData | None, wanted: Wanted, problems: Problems) -> None:
    binary, many = data is None or data.roles.positive is not None, "more than two"
    repeated = data is not None and data.times is not None and wanted.repeats > 1
    costs, by_class, by_row = (wanted.fn, wanted.fp), "costs" in wanted.policies, wanted.row_costs
    needs_fn = wanted.fn is None and (wanted.fp is not None or by_class)
    by_both = "the policy costs weights classes, by numbers"
    promise = "--at-least and --at-most are for two classes"
    for holds, rule, value, remedy in (
        (binary or not wanted.promised, promise, many, "Leave them out."),
        (binary or not wanted.ensemble, "--ensemble is for two classes", many, "Leave it out."),
        (binary or costs == (None, None), "--fn and --fp are for two classes", many, "Leave them out."),
        (not repeated, "a split by time is made once", f"--repeats {wanted.repeats}", "Leave it out."),
        (not needs_fn, "costs must say --fn", "none", "Add, for example, --fn 50 --fp 1."),
        (not (by_row and by_class), by_both, by_row, "Leave it out: costs by row decide."),
    ):
        with problems:
            check_that(holds, rule, value, remedy)
    for cost in costs:
        with problems:
            if not isinstance(cost, str | None):
                check_range(cost, "--fn and --fp must be positive and finite", "Change them.", above=0)
    with problems:
        most, remedy = MOST_CONFIGURATIONS - 1, "8 usually suffice."
        rule = f"--search must be between 0 and {most}"
        check_range(wanted.search, rule, remedy, least=0, most=most, whole=True)


def source_of(path: Path, reading: Reading, out: Path) -> str:
    """Return which file the rows of a comparison are from, and how it is read.

    ``recommended.py`` in the run's folder reads this file in this way: another file of equal content is
    another run. The file is named by its path from the folder of the runs, so that a project which is moved
    as a whole keeps its runs.
    """
    file, folder = path.resolve(), out.resolve()
    place = os.path.relpath(file, folder) if file.anchor == folder.anchor else str(file)
    return json.dumps([Path(place).as_posix(), dataclasses.asdict(reading)])


def run_digest(data: TableData, suite: Suite, splits: Sequence[Split]) -> str:
    """Return a few letters that differ where the file, data or options do, and are equal otherwise."""
    words = {name: value for name, value in suite.facts().items() if name not in _WORDS}
    facts = {
        "source": data.source,
        "data": data.dataset.digest,
        "roles": dataclasses.asdict(data.roles),
        "suite": words | {"stages": [stage for stage in suite.stages if stage != "ensemble"]},  # added later
        "splits": [split.digest for split in splits],
        "own": {name: own.name for name, own in suite.own.items()},
    }
    return hashlib.sha256(json.dumps(facts, sort_keys=True, default=str).encode()).hexdigest()[:_LETTERS]


def check_same_run(store: Store, digest: str, directory: Path) -> None:
    """Raise where a directory holds a run of another file, data or options, which this one would overwrite.

    Raises
    ------
    InvalidValueError
        If it does.
    """
    rows = store.rows("SELECT facts FROM datasets")
    digests = {json.loads(facts).get("run_digest") for (facts,) in rows}
    check_that(
        digests <= {digest},
        "a run's name must be new, or that of a run of the same file, data and options",
        f"{shown(directory.name)}, which is there, made of others",
        "Leave --name out, or choose another one.",
    )
