"""A comparison on a user's own table: checked, trained and answered, for the command and in Python."""

import math
import re
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from os import PathLike
from pathlib import Path
from typing import Any, Literal

import narwhals as nw
import numpy as np
import pyarrow as pa
from sklearn.pipeline import Pipeline

from boostweights.audits.findings import Findings
from boostweights.benchmark.compare import plan as plans
from boostweights.benchmark.compare import results
from boostweights.benchmark.compare.checks import Checked
from boostweights.benchmark.compare.dataset import TableData, as_table_data
from boostweights.benchmark.compare.describe import as_lines, described
from boostweights.benchmark.compare.folds import sampled_data, table_folds
from boostweights.benchmark.compare.recommend import Answer, answer, need_of
from boostweights.benchmark.compare.stages import train_in_stages
from boostweights.benchmark.needed import require_bench
from boostweights.benchmark.plan.suite import Suite
from boostweights.benchmark.report.summary import Summary
from boostweights.benchmark.report.terminal import as_tables, failures
from boostweights.benchmark.run.run import run_with_progress
from boostweights.benchmark.run.store import STORE, Store
from boostweights.card.card import Card
from boostweights.errors import (
    UNREADABLE,
    BoostweightsError,
    Problems,
    check_known,
    check_range,
    check_that,
    check_type,
    explained,
    shown,
)
from boostweights.files import write_atomically
from boostweights.pages.notebook import code, facts, folded, table, view
from boostweights.probabilities.promise_cost import of_one_rate
from boostweights.probabilities.promises import Promised
from boostweights.progress import checked_progress
from boostweights.recommendation.recommendation import Recommendation
from boostweights.tables.preparation import as_arrow
from boostweights.tables.reading import Reading
from boostweights.tables.results import to_frame
from boostweights.tables.roles import Cost, Roles
from boostweights.weighting.labels.rules import Label
from boostweights.weighting.policies.base import Policy
from boostweights.weighting.policies.costs import Costs, agreed_positive

_OPTION = re.compile(r"\B--(?=[a-z])")
_ARGUMENTS = {
    **{"--fn 50 --fp 1": "costs=(50, 1)", "--fn and --fp": "costs", "--at-least and --at-most": "promised"},
    **{"--positive": "pos_label", "--group": "groups", "--sql": "a query", "--many-classes": "many_classes"},
    **{"--target": "y"},
}
"""How texts for the command are written in Python, longer ones first; of other options, the hyphens go."""
_NO_FILE = (Path(), Reading())
_COMPETITOR = ("name", "library", "policy", "correction", "rule", "role", "threshold", "value", "low", "high")


@dataclass(frozen=True, slots=True, kw_only=True, repr=False, eq=False)
class ComparisonResult:
    """What came of a comparison.

    Attributes
    ----------
    answer : Answer
        What to use, or why nothing is recommended.
    model : Pipeline or None
        The recommended model, fitted on all rows: a `TablePreparation`, then a `WeightedClassifier`. It
        predicts for frames with the columns of the table. None where no model is recommended.
    card : Card or None
        The weighting card of the model.
    facts : mapping
        What was used as what, as `described` returns it.
    summary : Summary
        The means of the folds.
    late : Findings
        What the results say of the table.
    html : str
        The report page.
    """

    answer: Answer
    model: Pipeline | None
    card: Card | None
    facts: Mapping[str, Any]
    summary: Summary
    late: Findings
    html: str

    @property
    def recommendation(self) -> Recommendation | None:
        """What to use, with its expected figures and its code; None where nothing is recommended."""
        return self.answer.recommendation

    @property
    def notes(self) -> list[str]:
        """What failed, and what the results say of the table."""
        return [*failures(self.summary), *map(str, self.late)]

    def to_frame(self, backend: str = "pandas") -> Any:
        """Return the competitors as a data frame, the recommended one first.

        Each row is a model with a rule that decides, or a rule without a model. ``value`` is the figure that
        the need is about, with the ends of its 90 % interval, ``low`` and ``high``. Where nothing can be
        recommended, the rows are libraries and policies, with the means of their folds.

        Parameters
        ----------
        backend : str, default="pandas"
            The library of the data frame: ``"pandas"``, ``"polars"`` or ``"pyarrow"``.
        """
        return to_frame(self._competitors, backend)

    @property
    def _competitors(self) -> dict[str, list[Any]]:
        if options := self.answer.evidence.get("options"):
            columns = {name: [option[name] for option in options] for name in _COMPETITOR}
            pairs = zip(columns["library"], columns["policy"], strict=True)
            return columns | {"policy": [policy or (library and "unweighted") for library, policy in pairs]}
        rows = self.summary.rows
        means = {name: [row.means.get(name) for row in rows] for name in self.summary.columns}
        return {name: [getattr(row, name) for row in rows] for name in ("library", "policy")} | means

    def page(self, path: str | PathLike[str]) -> Path:
        """Write the report as one HTML file, which needs nothing but itself, and return where it is.

        In a notebook, ``IPython.display.IFrame(result.page("report.html"), "100%", 900)`` shows it.

        Raises
        ------
        InvalidValueError
            If there is no such folder.
        """
        file, rule = Path(path), "a page is written into a folder that exists"
        check_that(file.parent.is_dir(), rule, repr(str(file)), "Make the folder first.")
        write_atomically(file, self.html.encode())
        return file

    def _repr_html_(self) -> str:
        best = self.recommendation
        parts = [
            facts([("note", note) for note in self.notes]),
            folded("All competitors", table(self._competitors)),
            folded("How the table was read", code(as_lines(self.facts))),
        ]
        return view(str(self.answer), *parts) if best is None else best.as_html(self.answer.code, *parts)

    def __repr__(self) -> str:
        return str(self.answer)

    def __str__(self) -> str:
        parts = [as_lines(self.facts), as_tables(self.summary), "\n".join(self.notes), str(self.answer)]
        return "\n\n".join(filter(None, parts))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CheckedComparison:
    """A comparison that has been checked, before anything is trained.

    Attributes
    ----------
    whole : TableData
        The table.
    suite : Suite
        What is compared.
    need : str
        What is recommended for.
    checked : Checked
        The rows that are compared, and their folds.
    facts : dict
        What was used as what, as `described` returns it.
    """

    whole: TableData
    suite: Suite
    need: str
    checked: Checked
    facts: dict[str, Any]

    @property
    def digest(self) -> str:
        """A few letters that differ where the file, data or options do."""
        return plans.run_digest(self.checked.data, self.suite, self.checked.splits)

    def run(
        self,
        directory: Path,
        train: Callable[..., None],
        *,
        budget: float | None = None,
        file: tuple[Path, Reading] = _NO_FILE,
        retry_failed: bool = False,
    ) -> ComparisonResult:
        """Train what the directory lacks, write tables and page into it, and fit what is recommended.

        After `budget` seconds, less what the fit is expected to take, nothing more is trained.
        """
        data, splits = self.checked.data, self.checked.splits
        with Store(directory / STORE) as store:
            plans.check_same_run(store, self.digest, directory)
            if retry_failed:
                store.forget_failures()
            planned = partial(plans.table_plan, data, self.suite, splits, directory)
            plan, left_out = train_in_stages(
                planned, store, data, partial(train, store=store), math.inf if budget is None else budget
            )
            answered = answer(store, plan, data, self.need, left_out)
            best, name = answered.recommendation, results.NAME
            if best is not None:
                program = partial(results.as_script, best, self.suite, self.whole, file)
                answered = replace(answered, code=program("pasted.py"))
            results.keep(answered, directory)
            if best is not None and file != _NO_FILE:
                write_atomically(directory / name, program(name).encode())
            summary, late = results.write_results(store, answered, self.facts, self.checked.areas, directory)
        model, card = results.recommended_model(answered, self.suite, self.whole)
        return ComparisonResult(
            answer=answered,
            model=model,
            card=card,
            facts=self.facts,
            summary=summary,
            late=late,
            html=(directory / "report.html").read_text("utf-8"),
        )


def checked_comparison(
    problems: Problems, whole: TableData | None, wanted: plans.Wanted, need: str | None, *, name: str
) -> CheckedComparison:
    """Return a comparison of what is wanted on a table, or raise all problems of both.

    The table is None where it has problems, which were collected.
    """
    classes = 2 if whole is None else len(np.unique(whole.dataset.y))
    with problems:
        needed = need_of(need, fn=wanted.fn, promised=wanted.promised, classes=classes)
    if whole is None:
        plans.competitors(wanted, problems)
    else:
        with problems:
            data = sampled_data(whole, wanted.max_rows, least=wanted.number_of_folds, seed=wanted.seed)
        with problems:
            suite = plans.table_suite(whole, wanted, name=name)
    problems.check()
    assert whole is not None
    splits = table_folds(data, suite)
    checked = Checked(data=data, splits=splits)
    facts = described(data, suite, splits, checked.findings)
    return CheckedComparison(whole=whole, suite=suite, need=needed, checked=checked, facts=facts)


def compare(  # noqa: PLR0913  each is a choice of the user's, all but two with a default
    X: Any,
    y: Any,
    *,
    costs: Costs | tuple[Cost, Cost] | None = None,
    need: str | None = None,
    estimators: Sequence[Any] = (),
    policies: Sequence[str | Policy] = (),
    pos_label: Label = None,
    groups: Any = None,
    time: Any = None,
    drop: Sequence[str] = (),
    categorical: Sequence[str] = (),
    many_classes: bool = False,
    folds: int | None = None,
    trees: int | None = None,
    seed: int = 0,
    jobs: int = 2,
    budget: float | None = None,
    search: int = 0,
    ensemble: bool = False,
    promised: Promised | None = None,
    directory: str | PathLike[str] | None = None,
    progress: bool | Literal["auto"] = "auto",
) -> ComparisonResult:
    """Compare class weights and libraries on a table, and fit what is recommended on all its rows.

    This is the command ``boostweights compare`` in Python: the same engine, figures and recommendation.

    Parameters
    ----------
    X : data frame or ndarray of shape (n, p)
        A frame of pandas, polars, pyarrow or another library that narwhals reads. Text, booleans and dates
        are prepared as `TablePreparation` does it. X is not changed.
    y : str or array-like of shape (n,)
        The labels, or the name of their column in X.
    costs : Costs or (fn, fp), default=None
        What a missed positive and a false alarm cost: numbers, or columns of X with the costs of each row.
        Each row is then decided by its own costs. Such a column stays a feature, since it must be known when
        one predicts, unless `drop` names it.
    need : str, default=None
        What is recommended for: ``"ranking"``, ``"probabilities"``, ``"decisions"`` (F1; with three or
        more classes macro F1), ``"costs"``, ``"alarms at recall"`` or ``"recall at alarm rate"``. By default
        that of `promised`, else costs where they are given, else decisions. With three or more classes:
        probabilities or decisions.
    estimators : sequence of str, classifier or (name, classifier), default=()
        Names of libraries, by default all that are installed, and logistic regression, ``"linear"``;
        ``"module:Classifier"`` is a classifier of your own. A classifier such as
        ``LGBMClassifier(num_leaves=7)`` competes with its own settings and number of trees, whatever `trees`
        and the folds say; only the number of threads and the seed are set, where it leaves them open. Its
        settings must be plain values, so that no estimator is among them. It is not changed, and what it has
        learned before is not used. A pair gives it another name than ``"LGBMClassifier(num_leaves=7)"``.
    policies : sequence of str or Policy, default=()
        By default unweighted, sqrt_balanced and balanced, and costs where they are given.
    pos_label : label, default=None
        The positive class; by default 1 or True, or else the rarer one of two.
    groups : str or array-like of shape (n,), default=None
        A column of X, which is then no feature, or a value for each row. Rows of a group are kept together.
    time : str or array-like of shape (n,), default=None
        As `groups`. Models learn from rows that are earlier in it than those they are tested on.
    drop, categorical : sequence of str, default=()
        Columns of X that are left out, and columns that are categories whatever their type.
    many_classes : bool, default=False
        Confirm that y has more than 20 classes, or more than 10 that are whole numbers.
    folds : int, default=None
        By default 5, and 3 with `promised`.
    trees : int, default=None
        Trees of a model of a library that is named. By default the folds choose.
    seed : int, default=0
        Of folds and models.
    jobs : int, default=2
        Models trained at the same time, each in a process of its own.
    budget : float, default=None
        Seconds for training, the fit of the recommended model included. What is not trained in time is left
        out, of which the result reports.
    search : int, default=0
        So many further configurations of each library compete; 8 usually suffice, and there are at most 19.
        They were drawn once, and are published with the package.
    ensemble : bool, default=False
        Whether two means in log odds compete: of the models of all libraries without weights, each corrected
        (`MeanClassifier`), which needs no further training; and of fold models, as
        ``WeightedClassifier(ensemble=True)`` of the library with the lowest log loss, which is trained on
        each training fold. Without it the result reports by how much the first one changes the log loss.
    promised : Promised, default=None
        One rate, by whose expected costs models are compared.
    directory : path, default=None
        A folder for the run's results, page, model and card. The same call later trains what is missing. By
        default a temporary one.
    progress : bool or "auto", default="auto"
        A bar, which needs rich; ``"auto"`` draws it in a terminal where rich is installed, and
        in a notebook where ipywidgets is, too.

    Returns
    -------
    ComparisonResult

    Raises
    ------
    InvalidValueError, InvalidTypeError
        Before any training, if the table or a parameter cannot be used.

    Examples
    --------
    >>> import numpy as np
    >>> import pandas as pd
    >>> import boostweights as bw
    >>> income = np.random.default_rng(0).normal(size=300)
    >>> y = np.where(income + np.random.default_rng(1).normal(size=300) > 1.5, "late", "paid")
    >>> bw.compare(pd.DataFrame({"income": income}), y, costs=(20, 1), estimators=["neural net"])
    Traceback (most recent call last):
        ...
    boostweights.errors.InvalidValueError: a library must be known; got 'neural net'. ...
    """
    require_bench()
    drawn = checked_progress(progress)
    rows, names = _joined(X, {"target": y, "group": groups, "time": time})
    numbers = {"folds": (folds, 2), "trees": (trees, 1), "seed": (seed, 0), "jobs": (jobs, 1)}
    problems, seconds = Problems(), 1.0 if budget is None else budget
    with problems:
        check_range(seconds, "budget must be a number of seconds", "Write budget=60.", above=0)
    for name, (number, least) in numbers.items():
        rule = f"{name} must be a whole number, {least} or more"
        with problems:
            check_range(least if number is None else number, rule, "Change it.", least=least, whole=True)
    lists = {"estimators": estimators, "policies": policies, "drop": drop, "categorical": categorical}
    for name, values in lists.items():
        check_type(values, (list, tuple), f"{name} must be a list", f"Write {name}=[…].")
    fn, fp = None, None
    with problems:
        fn, fp, pos_label = (None, None, pos_label) if costs is None else _costs(costs, pos_label)
    if promised is not None:
        rule, remedy = "promised must be a Promised", "Write promised=bw.probabilities.Promised(recall=0.9)."
        check_type(promised, Promised, rule, remedy)
        of_one_rate(promised)
    names["positive"] = None if pos_label is None else str(pos_label)
    arms = [policy if isinstance(policy, str) else repr(policy) for policy in policies]
    check_known(ensemble, (False, True), "ensemble must be True or False")
    settings: dict[str, Any] = {"folds": folds, "trees": trees, "seed": seed, "promised": promised}
    settings |= {"search": search, "ensemble": ensemble}
    wanted = plans.Wanted(policies=arms, libraries=tuple(estimators), fn=fn, fp=fp, **settings)
    names |= {"costs": wanted.row_costs, "drop": tuple(drop), "categorical": tuple(categorical)}
    roles, whole = Roles(many_classes=many_classes, **names), None
    with _in_python():
        with problems:
            whole = as_table_data(rows, roles, name="table")
        checked = checked_comparison(problems, whole, wanted, need, name="compare")
    checked.facts["guesses"] = dict.fromkeys(checked.facts["guesses"], "")  # options of the command
    with tempfile.TemporaryDirectory(prefix="boostweights-") as folder:
        place = Path(folder if directory is None else directory)
        comparison = checked.run(place, partial(run_with_progress, jobs=jobs, drawn=drawn), budget=budget)
    if directory is not None and comparison.model is not None and comparison.card is not None:
        results.write_model(comparison.model, comparison.card, checked.whole, place)
    return comparison


def _costs(costs: Costs | tuple[Cost, Cost], pos_label: Label) -> tuple[Cost | None, Cost | None, Label]:
    """Return what a missed positive and a false alarm cost, and the positive label that they name."""
    rule, remedy = "costs must be Costs(fn=, fp=) or (fn, fp)", "Write costs=(50, 1)."
    if not isinstance(costs, Costs):
        with explained((TypeError, ValueError), rule, remedy, shown(costs)):
            fn, fp = costs
            if isinstance(fn, str) or isinstance(fp, str):
                fn, fp = (cost if isinstance(cost, str) else float(cost) for cost in costs)
                return fn, fp, pos_label
        costs = Costs(fn=fn, fp=fp)
    is_plain = costs.fn is not None and costs == Costs(fn=costs.fn, fp=costs.fp, pos_label=costs.pos_label)
    check_that(is_plain, rule, shown(costs), remedy)
    return costs.fn, costs.fp, agreed_positive(costs.pos_label, pos_label)


def _joined(X: Any, columns: Mapping[str, Any]) -> tuple[pa.Table, dict[str, Any]]:
    """Return a table of features, labels, groups and times, and the names of the latter three by role."""
    rows, names = as_arrow(X), dict[str, Any](columns)
    for role, values in columns.items():
        if values is None or isinstance(values, str):
            continue  # a name is checked with those of the other roles
        argument = {"target": "y", "group": "groups"}.get(role, role)
        rule = f"{argument} must have one value for each of the {rows.num_rows:,} rows of X"
        remedy = "Pass a column of the same table."
        with explained((*UNREADABLE, pa.ArrowException), rule, remedy, type(values).__name__):
            series = nw.from_native(values, series_only=True, pass_through=True)
            known = isinstance(series, nw.Series)
            column = series.to_arrow() if known else pa.array(np.asarray(values), from_pandas=True)
        check_that(len(column) == rows.num_rows, rule, f"{len(column):,}", remedy)
        name = getattr(values, "name", None)
        names[role] = name if isinstance(name, str) and name else role
        rule = f"X must not contain the column of {argument}"
        check_that(names[role] not in rows.column_names, rule, repr(names[role]), "Drop it from X.")
        rows = rows.append_column(names[role], column)
    return rows, names


@contextmanager
def _in_python() -> Iterator[None]:
    """Name the parameters of `compare` where an error names options of the command."""
    try:
        yield
    except BoostweightsError as refused:
        text = "\0".join([refused.rule, refused.value, refused.mend])
        for option, argument in _ARGUMENTS.items():
            text = text.replace(option, argument)
        raise type(refused)(*_OPTION.sub("", text).split("\0")) from refused
