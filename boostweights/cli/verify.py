"""``boostweights verify`` and ``check-export``: are a library's forms, or an exported model, the same?"""

from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from boostweights.cli import options
from boostweights.cli.objects import object_of
from boostweights.cli.policies import policy_of
from boostweights.cli.session import echo, say
from boostweights.errors import BoostweightsError, Problems, check_known
from boostweights.lazy import needs
from boostweights.tables.endings import checked_ending
from boostweights.tables.results import as_rows


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
        Literal["identical", "equivalent"] | None,
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
    with the library's own settings, --trees, --seed, one thread.

    Exits with 1 if --require is given and not met: one form is less the same, or refused.

    Examples
    --------
    boostweights verify loans.csv --target bad --library lightgbm
    boostweights verify loans.csv --target bad --library xgboost \\
      --form scale_pos_weight --weight 1=9 --require equivalent
    """
    checked_ending(data)  # before what takes long to import
    needs(["pandas"], "verify", "frames")
    from boostweights.adapters.registry import adapter_of
    from boostweights.benchmark.compare.dataset import as_table_data
    from boostweights.benchmark.plan.learners import LEARNERS, estimator, parameters
    from boostweights.equivalence.verify import verify as verified
    from boostweights.tables.files import read_file
    from boostweights.tables.preparation import with_categories
    from boostweights.tables.roles import kept_as_text
    from boostweights.weighting.counts import ClassCounts

    problems = Problems()
    columns = roles.roles(problems)
    with problems:
        table = as_table_data(read_file(data, kept_as_text(reading, columns)), columns, name=data.name)
    problems.check()
    labels, positive = table.dataset.y, table.roles.positive
    weighting = policy_of(policy, ClassCounts.of(labels), positive)
    check_known(library, LEARNERS, "a library must be known")
    adapter_of(library)  # raises where it is not installed
    learner = LEARNERS[library]
    settings = parameters(
        learner,
        trees=trees,
        seed=seed,
        threads=1,
        categorical=table.dataset.categorical,
        classes=len(set(labels.tolist())),
    )
    model, X = estimator(learner.classifier, settings), with_categories(table.dataset.X, learner.categories)
    forms: Any = options.names(form) or None
    report = verified(model, weighting, X, labels, forms=forms, pos_label=positive)
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
            report.require(require)
        except BoostweightsError as unmet:
            echo(f"not met: {unmet}", err=True)
            raise typer.Exit(1) from unmet


def check_export(
    model: Annotated[
        Path, typer.Argument(help="The folder or the file that boostweights.serving.export wrote.")
    ],
    rows: Annotated[
        Path | None,
        typer.Argument(help="Rows to be compared besides, as a CSV, TSV or Parquet file, with --classifier."),
    ] = None,
    *,
    classifier: Annotated[
        str | None, typer.Option(metavar="FILE.py:OBJECT", help="The classifier that was exported.")
    ] = None,
    reading: options.FileOptions,
    as_json: options.AsJson = False,
) -> None:
    """Run an exported model here, on the rows made for it, and on your own.

    Exits with 1 if probabilities or labels differ.

    Examples
    --------
    boostweights check-export exported
    boostweights check-export model.onnx
    boostweights check-export exported rows.csv --classifier train.py:clf
    """
    from boostweights.serving import ServingError
    from boostweights.serving.export import check_export as checked

    clf = None if classifier is None else object_of(classifier)
    features = None
    if rows is not None:
        needs(["pandas"], "check-export with rows", "frames")
        from boostweights.tables.files import read_file

        frame = read_file(rows, reading).rows.to_pandas()
        names = list(getattr(clf, "feature_names_in_", ()))  # none where it was fitted without names
        features = frame[names] if names and set(names) <= set(frame.columns) else frame.to_numpy(float)
    try:
        worst = checked(model, clf, features)
    except ServingError as different:
        say({"same": False, "error": str(different)}, f"not the same: {different}", as_json=as_json)
        raise typer.Exit(1) from different
    text = f"the same: no probability differs by more than {worst:.2g}"
    say({"same": True, "largest_difference": worst}, text, as_json=as_json)
