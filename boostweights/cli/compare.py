"""``boostweights compare``: policies and libraries on a table of one's own."""

import dataclasses
import json
import shlex
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from textwrap import fill
from typing import TYPE_CHECKING, Annotated, Any

import typer

from boostweights.benchmark.needed import require_bench
from boostweights.cli import options
from boostweights.cli.policies import weights_by_label
from boostweights.cli.promise import promised
from boostweights.cli.session import as_plain, echo, run_name, show, tell, train
from boostweights.errors import Problems, printable
from boostweights.tables.endings import checked_ending
from boostweights.tables.results import as_rows

if TYPE_CHECKING:
    from boostweights.benchmark.compare.compare import ComparisonResult

_what: Any = partial(typer.Option, rich_help_panel="What to compare")


def compare(  # noqa: PLR0913 (an option each)
    data: options.Data,
    *,
    columns: options.RoleOptions,
    policies: Annotated[
        options.Several,
        _what(
            "--policies",
            metavar="NAME,…",
            help="Policies by name or as they print, arms of the suite fixed, or module:Policy(key=value) "
            "of your own.  (default: unweighted, sqrt_balanced, balanced; "
            "also weights with --weight, and costs with --fn)",
        ),
    ] = None,
    weight: options.Weights = None,
    libraries: Annotated[
        options.Several,
        _what(
            metavar="NAME,…",
            help="Libraries, or module:Classifier of your own.  (default: those installed, and linear)",
        ),
    ] = None,
    costs: options.CostOptions,
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
            help="What is recommended for: ranking, probabilities, decisions (F1, or macro F1), costs, "
            "'alarms at recall' or 'recall at alarm rate'.  "
            "(default: that of the promise, costs with --fn, or decisions)",
        ),
    ] = None,
    folds: Annotated[
        int | None, _what(min=2, help="Folds of a split; 5 by default, 3 with a promise.", show_default=False)
    ] = None,
    repeats: Annotated[int, _what(min=1, help="Splits.")] = 1,
    trees: Annotated[
        int | None,
        _what(min=1, help="Trees of a model.  (default: the folds choose, at most 500)", show_default=False),
    ] = None,
    fitted: Annotated[
        bool,
        _what(
            "--fitted",
            help="Correct probabilities by maps learned out of fold, too: five more fits of a model.",
        ),
    ] = False,
    search: Annotated[
        int, _what(min=0, max=19, help="Further configurations of each library that compete; 8 suffice.")
    ] = 0,
    ensemble: Annotated[
        bool,
        _what("--ensemble", help="Let means compete: of all libraries, and of the best one's fold models."),
    ] = False,
    max_rows: Annotated[
        int, _what(min=0, help="Train and test on a stratified sample of so many rows; 0: all.")
    ] = 0,
    seed: options.Seed = 0,
    run: options.RunOptions,
    seconds: Annotated[float, _what(help="The most that a model may take.")] = 600.0,
    budget: Annotated[
        float | None, _what(min=0, help="Seconds for training. What it leaves out is reported.")
    ] = None,
    reading: options.FileOptions,
    as_json: options.AsJson = False,
) -> None:
    """Compare policies and libraries on your own table.

    How the file was read and what each column is used as is printed first. Results and report go to OUT/NAME;
    another file, other data or options make another run.

    Interrupted or killed, it goes on where it was when called again.

    Examples
    --------
    boostweights compare loans.csv --target bad
    boostweights compare loans.csv --target bad --fn 50 --fp 1
    boostweights compare payments.csv --target fraud --fn amount --fp 5
    boostweights compare loans.csv --target bad --at-least recall=.9
    boostweights compare loans.csv --target bad --libraries lightgbm \\
      --policies "unweighted,Balanced(power=0.75)" --fitted
    boostweights compare visits.parquet --target died --group patient
    """
    checked_ending(data)  # before what takes long to import
    require_bench()
    from boostweights.benchmark.compare import plan as plans
    from boostweights.benchmark.compare.compare import checked_comparison
    from boostweights.benchmark.compare.dataset import as_table_data
    from boostweights.benchmark.compare.describe import as_lines
    from boostweights.benchmark.compare.results import write_model
    from boostweights.tables.files import read_file
    from boostweights.tables.roles import kept_as_text

    run_name(run.name or "compare")
    problems = Problems()
    weights, promise, whole = {}, None, None
    with problems:
        weights = weights_by_label(weight or ())
    with problems:
        promise = promised(at_least, at_most, confidence)
    wanted = plans.Wanted(
        policies=options.names(policies),
        weights=weights,
        libraries=options.names(libraries),
        fn=costs.fn,
        fp=costs.fp,
        folds=folds,
        repeats=repeats,
        trees=trees,
        max_rows=max_rows,
        seed=seed,
        seconds_per_model=seconds,
        fitted=fitted,
        search=search,
        ensemble=ensemble,
        promised=promise,
    )
    roles = dataclasses.replace(columns.roles(problems), costs=wanted.row_costs)
    kept = kept_as_text(reading, roles)
    with problems:
        whole = as_table_data(read_file(data, kept), roles, name=printable(data.resolve().name))
        whole = dataclasses.replace(whole, source=plans.source_of(data, kept, run.out))
    stem = data.resolve().name.split(".")[0]
    stem = "".join(letter if letter == printable(letter) else "_" for letter in stem) or "table"
    comparison = checked_comparison(problems, whole, wanted, need, name=run.name or f"compare-{stem}")
    directory = run.out / (run.name or f"{comparison.suite.name}-{comparison.digest}")
    if not as_json:
        echo(as_lines(comparison.facts))

    trained = partial(train, jobs=run.jobs, dask=run.dask)
    result = comparison.run(
        directory, trained, budget=budget, file=(data, kept), retry_failed=run.retry_failed
    )
    summary, model = result.summary, None
    if result.model is not None and result.card is not None:
        model = write_model(result.model, result.card, comparison.whole, directory)
    if as_json:
        plain = {
            "data": comparison.facts,
            "recommendation": result.answer.as_plain(),
            "model": None if model is None else str(model),
            "findings": comparison.facts["findings"] + as_rows(result.late.columns()),
        }
        echo(json.dumps(plain | as_plain(summary, directory), indent=2))
    else:
        _print(result, directory, comparison.whole.roles.key)
    raise typer.Exit(1 if summary.failed else 0)


def _print(result: "ComparisonResult", directory: Path, key: Sequence[str]) -> None:
    """Print what a recommendation says first, figures, notes, the recommendation, and the next commands."""
    echo("")
    recommendation = result.recommendation
    for statement in recommendation.statements if recommendation is not None else ():
        echo(fill(statement, 80) + "\n")
    show(result.summary, directory)
    for line in result.notes:
        tell(line)
    echo(f"\n{result.answer}")
    if result.model is None:
        echo("\nNo model is written, so that there is nothing to score new rows with.")
        return
    place, copied = shlex.quote(str(directory)), f" --key {shlex.quote(','.join(key))}" if key else ""
    echo(f"\nTo score new rows:\n  boostweights predict {place} NEW.csv -o SCORED.csv{copied}")
    echo(f"To train again:\n  python {shlex.quote(str(directory / 'recommended.py'))}")
