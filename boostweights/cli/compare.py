"""``boostweights compare``: policies and libraries on a table of one's own."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from textwrap import fill
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from boostweights.benchmark.needed import require_bench
from boostweights.cli.options import (
    Categorical,
    Data,
    DatesAsFeatures,
    Drop,
    DropDates,
    DropMissingTarget,
    Positive,
    Target,
    dates_asked,
    names,
    reads_a_file,
)
from boostweights.cli.policies import weights_said
from boostweights.cli.promise import promised
from boostweights.cli.session import (
    STORE,
    Out,
    as_plain,
    echo,
    failures,
    run_name,
    show,
    tell,
    train,
)
from boostweights.errors import printable
from boostweights.tables.endings import checked_ending
from boostweights.tables.reading import Reading
from boostweights.tables.results import as_rows

if TYPE_CHECKING:
    from boostweights.audits.findings import Findings
    from boostweights.benchmark.compare.recommend import Answer
    from boostweights.benchmark.report.summary import Summary

_role: Final[Any] = partial(typer.Option, rich_help_panel="Columns")
_what: Final[Any] = partial(typer.Option, rich_help_panel="What to compare")
_run: Final[Any] = partial(typer.Option, rich_help_panel="The run")


@reads_a_file
def compare(  # noqa: PLR0913 (an option each)
    data: Data,
    *,
    target: Target,
    positive: Positive = None,
    group: Annotated[str | None, _role(metavar="COL", help="Keep rows equal in it in one fold.")] = None,
    time: Annotated[str | None, _role(metavar="COL", help="Learn from the past, test on the future.")] = None,
    drop: Drop = None,
    categorical: Categorical = None,
    dates: DatesAsFeatures = False,
    drop_dates: DropDates = False,
    drop_missing_target: DropMissingTarget = False,
    policies: Annotated[
        list[str] | None,
        _what(
            "--policies",
            "--arms",
            metavar="NAME,…",
            help="Policies by name or as they print, arms of the suite fixed, or module:Policy(key=value) "
            "of your own.  (default: unweighted, sqrt_balanced, balanced)",
        ),
    ] = None,
    weight: Annotated[
        list[str] | None,
        _what(metavar="LABEL=W", help="Adds weights: a class's; others weigh 1.  (repeatable)"),
    ] = None,
    libraries: Annotated[
        list[str] | None,
        _what(
            metavar="NAME,…",
            help="Libraries, or module:Classifier of your own.  (default: those installed)",
        ),
    ] = None,
    fn: Annotated[float | None, _what(help="What a missed positive costs: adds the policy costs.")] = None,
    fp: Annotated[float | None, _what(help="What a false alarm costs.  (default: 1)")] = None,
    at_least: Annotated[
        str | None,
        _what(metavar="recall=RATE", help="A recall to promise: what it costs in alarms, arm by arm."),
    ] = None,
    at_most: Annotated[
        str | None,
        _what(
            metavar="alarms=RATE",
            help="A limit on alarms to promise, .05 or 50/1000: the recall that it leaves.",
        ),
    ] = None,
    confidence: Annotated[float | None, _what(help="Of the promise.  (default: .9)")] = None,
    need: Annotated[
        str | None,
        _what(
            metavar="NAME",
            help="What is recommended for: ranking, probabilities, decisions (F1), costs, "
            "'alarms at recall' or 'recall at alarm rate'.  "
            "(default: that of the promise, costs with --fn, or decisions)",
        ),
    ] = None,
    folds: Annotated[
        int | None, _what(min=2, help="Folds of a split; 5 by default, 3 with a promise.", show_default=False)
    ] = None,
    repeats: Annotated[int, _what(min=1, help="Splits.")] = 1,
    trees: Annotated[int, _what(min=1, help="Trees of a model.")] = 100,
    fitted: Annotated[
        bool,
        _what(
            "--fitted",
            help="Correct probabilities by maps learned out of fold, too: five more fits of a model.",
        ),
    ] = False,
    max_rows: Annotated[
        int, _what(min=0, help="Train and test on a stratified sample of so many rows; 0: all.")
    ] = 0,
    seed: Annotated[int, _what(min=0, help="Of folds and models.")] = 0,
    out: Out = Path("runs"),
    name: Annotated[
        str | None, _run(help="Name of the run.  (default: compare-FILE-DIGEST, of file, data and options)")
    ] = None,
    jobs: Annotated[int, _run(min=1, help="Models trained at the same time.")] = 2,
    dask: Annotated[str | None, _run(help="Address of a Dask scheduler that trains instead.")] = None,
    seconds: Annotated[float, _run(help="The most that a model may take.")] = 600.0,
    retry_failed: Annotated[bool, _run("--retry-failed", help="Train failed models again.")] = False,
    reading: Reading,
    as_json: Annotated[bool, _run("--json", help="Print JSON, for machines.")] = False,
) -> None:
    """Compare policies and libraries on your own table.

    How the file was read and what each column is used as is printed first. Results and report go to OUT/NAME;
    another file, other data or options make another run.

    Interrupted or killed, it goes on where it was when called again.

    Examples
    --------
    boostweights compare loans.csv --target bad
    boostweights compare loans.csv --target bad --fn 50 --fp 1
    boostweights compare loans.csv --target bad --at-least recall=.9
    boostweights compare loans.csv --target bad --libraries lightgbm \\
      --policies "unweighted,Balanced(power=0.75)" --fitted
    boostweights compare visits.parquet --target died --group patient
    """
    checked_ending(data)  # before what takes long to import
    require_bench()
    from boostweights.benchmark.compare.checks import Checked
    from boostweights.benchmark.compare.dataset import Roles, as_table_data, kept_as_text
    from boostweights.benchmark.compare.describe import as_lines, described
    from boostweights.benchmark.compare.folds import sampled_data, table_folds
    from boostweights.benchmark.compare.plan import (
        Wanted,
        check_same_run,
        run_digest,
        source_of,
        table_plan,
        table_suite,
    )
    from boostweights.benchmark.compare.recommend import answer, need_of
    from boostweights.benchmark.compare.results import keep, write_results
    from boostweights.benchmark.run.store import Store
    from boostweights.tables.files import read_file

    run_name(name or "compare")
    roles = Roles(
        target=target,
        positive=positive,
        group=group,
        time=time,
        drop=tuple(drop or ()),
        categorical=tuple(categorical or ()),
        dates=dates_asked(features=dates, drop=drop_dates),
        drop_missing_target=drop_missing_target,
    )
    wanted = Wanted(
        policies=names(policies),
        weights=weights_said(weight or ()),
        libraries=names(libraries),
        fn=fn,
        fp=fp,
        folds=folds,
        repeats=repeats,
        trees=trees,
        max_rows=max_rows,
        seed=seed,
        seconds_per_model=seconds,
        fitted=fitted,
        promised=promised(at_least, at_most, confidence),
    )
    needed = need_of(need, fn=fn, promised=wanted.promised)
    reading = kept_as_text(reading, roles)
    found = as_table_data(read_file(data, reading), roles, name=printable(data.resolve().name))
    found = dataclasses.replace(found, source=source_of(data, reading, out))
    found = sampled_data(found, max_rows, least=wanted.number_of_folds, seed=seed)
    suite = table_suite(found, wanted, name=name or f"compare-{_stem(data)}", folder=Path())
    splits = table_folds(found, suite)
    digest = run_digest(found, suite, splits)
    directory = out / (name or f"{suite.name}-{digest}")
    table = Checked(data=found, splits=splits)
    facts = described(found, suite, splits, table.findings)
    if not as_json:
        echo(as_lines(facts))
    with Store(directory / STORE) as store:
        check_same_run(store, digest, directory)
        if retry_failed:
            store.forget_failures()
        plan = table_plan(found, suite, splits, directory)
        train(plan, store, jobs=jobs, dask=dask)
        answered = answer(store, plan, found, needed)
        keep(answered, suite, directory, found.roles, data, reading)
        summary, late = write_results(store, answered, facts, table.areas, directory)
    _print(summary, directory, late, answered, facts=facts if as_json else None)
    raise typer.Exit(1 if summary.failed else 0)


def _print(
    summary: Summary,
    directory: Path,
    late: Findings,
    answered: Answer,
    *,
    facts: Mapping[str, Any] | None,
) -> None:
    """Print what came out; as JSON, with the facts that stand there first, if they are given."""
    if facts is not None:
        plain = {
            "data": facts,
            "recommendation": answered.as_plain(),
            "findings": facts["findings"] + as_rows(late.columns()),
        }
        echo(json.dumps(plain | as_plain(summary, directory), indent=2))
        return
    echo("")
    if answered.recommendation is not None:  # above the table, and again in the answer, which ends the output
        for statement in answered.recommendation.statements:
            echo(fill(statement, 80) + "\n")
    show(summary, directory)
    tell("\n".join(failures(summary)))
    tell("\n".join(map(str, late)))
    echo(f"\n{answered}")


def _stem(path: Path) -> str:
    """Return the name of a file without its endings, as that of a folder may be."""
    stem = path.resolve().name.split(".")[0]
    return "".join(letter if letter == printable(letter) else "_" for letter in stem) or "table"
