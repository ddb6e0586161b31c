"""``boostweights verify``: are a library's forms the same model, on the user's table?"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

from boostweights.cli import options
from boostweights.cli.policies import PolicyName, PolicyOptions, Weights, policy_of
from boostweights.cli.session import echo, say
from boostweights.errors import BoostweightsError, check_known
from boostweights.lazy import needs
from boostweights.tables.endings import checked_ending
from boostweights.tables.reading import Reading
from boostweights.tables.results import as_rows

if TYPE_CHECKING:
    from boostweights.benchmark.compare.dataset import TableData
    from boostweights.equivalence.verify import EquivalenceReport


class Required(StrEnum):
    """How much the same forms must be."""

    identical = "identical"
    equivalent = "equivalent"


@options.reads_a_file
def verify(  # noqa: PLR0913 (an option each)
    data: options.Data,
    *,
    target: options.Target,
    library: Annotated[
        str, typer.Option(metavar="NAME", autocompletion=options.libraries, help="Whose forms are trained.")
    ],
    policy: PolicyName = None,
    weight: Weights = None,
    fn: options.CostOfFn = None,
    fp: options.CostOfFp = None,
    positive: options.Positive = None,
    form: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME,…", help="Only these forms.  (repeatable; default: all but row weights themselves)"
        ),
    ] = None,
    drop: options.Drop = None,
    categorical: options.Categorical = None,
    trees: Annotated[int, typer.Option(min=1, help="Trees of a model.")] = 20,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the models.")] = 0,
    require: Annotated[
        Required | None,
        typer.Option(
            metavar="LEVEL",
            help="identical or equivalent: exit with 1 unless every form is at least this much the same.",
        ),
    ] = None,
    dates: options.DatesAsFeatures = False,
    drop_dates: options.DropDates = False,
    drop_missing_target: options.DropMissingTarget = False,
    reading: Reading,
    as_json: options.AsJson = False,
) -> None:
    """Train a library's forms and row weights on your own table, and report which are the same model.

    Each form is tried twice, as its parameter alone and with the settings that make it the same, on three
    quarters of the rows; probabilities are compared on these and on the quarter held out. Models are trained
    as by compare: the library's own settings, --trees, --seed, one thread.

    Exits with 1 if --require is given and not met: one form is less the same, or refused.

    Examples
    --------
    boostweights verify loans.csv --target bad --library lightgbm
    boostweights verify loans.csv --target bad --library xgboost \\
      --form scale_pos_weight --weight 1=9 --require equivalent
    """
    checked_ending(data)  # before what takes long to import
    needs(["pandas"], "verify", "frames")
    from boostweights.benchmark.compare.dataset import Roles, as_table_data, kept_as_text
    from boostweights.equivalence.verify import verify as verified
    from boostweights.tables.files import read_file
    from boostweights.weighting.counts import ClassCounts

    roles = Roles(
        target=target,
        positive=positive,
        drop=tuple(drop or ()),
        categorical=tuple(categorical or ()),
        dates=options.dates_asked(features=dates, drop=drop_dates),
        drop_missing_target=drop_missing_target,
    )
    table = as_table_data(read_file(data, kept_as_text(reading, roles)), roles, name=data.name)
    labels = table.dataset.y
    policy_options = PolicyOptions(
        policy=policy, weights=weight or (), fn=fn, fp=fp, positive=table.roles.positive
    )
    weighting = policy_of(policy_options, ClassCounts.of(labels))
    model, X = _model(table, library, trees=trees, seed=seed)
    report = verified(
        model,
        weighting,
        X,
        labels,
        forms=cast(Any, options.names(form) or None),
        positive=table.roles.positive,
    )
    say(_plain(report), report, as_json=as_json)
    if require is not None:
        try:
            report.require(require.value)
        except BoostweightsError as unmet:
            echo(f"not met: {unmet}", err=True)
            raise typer.Exit(1) from unmet


def _model(data: TableData, library: str, *, trees: int, seed: int) -> tuple[Any, Any]:
    """Return the library's classifier, with the settings of benchmarks, and features as it takes them."""
    from boostweights.adapters.registry import adapter_of
    from boostweights.benchmark.plan.learners import LEARNERS, estimator, features, parameters

    check_known(library, LEARNERS, "a library must be known")
    adapter_of(library)  # raises where it is not installed
    learner = LEARNERS[library]
    settings = parameters(
        learner,
        trees=trees,
        seed=seed,
        threads=1,
        categorical=data.dataset.categorical,
        classes=len(set(data.dataset.y.tolist())),
    )
    return estimator(learner.classifier, settings), features(data.dataset.X, learner.categories)


def _plain(report: EquivalenceReport) -> dict[str, Any]:
    columns = {name.replace(" ", "_"): values for name, values in report.columns().items()}
    return {
        "library": report.library,
        "estimator": report.estimator,
        "policy": repr(report.policy),
        "answer": report.answer.splitlines(),
        "rows": as_rows(columns),
    }
