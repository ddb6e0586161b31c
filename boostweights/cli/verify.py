"""``boostweights verify``: are a library's forms the same model, on the user's table?"""

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from boostweights.cli import options
from boostweights.cli.policies import policy_of
from boostweights.cli.session import echo, say
from boostweights.errors import BoostweightsError, check_known
from boostweights.lazy import needs
from boostweights.tables.endings import checked_ending
from boostweights.tables.results import as_rows

if TYPE_CHECKING:
    from boostweights.benchmark.compare.dataset import TableData


class Required(StrEnum):
    """How much the same forms must be."""

    identical = "identical"
    equivalent = "equivalent"


def verify(  # noqa: PLR0913 (an option each)
    data: options.Data,
    *,
    roles: options.RoleOptions,
    library: Annotated[str, options.LIBRARY(help="Whose forms are trained.")],
    policy: options.PolicyOptions,
    form: Annotated[
        options.Several,
        typer.Option(
            metavar="NAME,…", help="Only these forms.  (repeatable; default: all but row weights themselves)"
        ),
    ] = None,
    trees: options.Trees = 20,
    seed: options.Seed = 0,
    require: Annotated[
        Required | None,
        typer.Option(
            metavar="LEVEL",
            help="identical or equivalent: exit with 1 unless every form is at least this much the same.",
        ),
    ] = None,
    reading: options.FileOptions,
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
    from boostweights.benchmark.compare.dataset import as_table_data, kept_as_text
    from boostweights.equivalence.verify import verify as verified
    from boostweights.tables.files import read_file
    from boostweights.weighting.counts import ClassCounts

    columns = roles.roles()
    table = as_table_data(read_file(data, kept_as_text(reading, columns)), columns, name=data.name)
    labels, positive = table.dataset.y, table.roles.positive
    weighting = policy_of(policy, ClassCounts.of(labels), positive)
    model, X = _model(table, library, trees=trees, seed=seed)
    forms: Any = options.names(form) or None
    report = verified(model, weighting, X, labels, forms=forms, positive=positive)
    plain = {
        "library": report.library,
        "estimator": report.estimator,
        "policy": repr(report.policy),
        "answer": report.answer.splitlines(),
        "rows": as_rows({name.replace(" ", "_"): values for name, values in report.columns().items()}),
    }
    say(plain, report, as_json=as_json)
    if require is not None:
        try:
            report.require(require.value)
        except BoostweightsError as unmet:
            echo(f"not met: {unmet}", err=True)
            raise typer.Exit(1) from unmet


def _model(data: "TableData", library: str, *, trees: int, seed: int) -> tuple[Any, Any]:
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
