"""``boostweights advise``: what to start from, by the labels of a table."""

from typing import Annotated, Any

import typer

from boostweights.cli import options
from boostweights.cli.objects import read_table
from boostweights.cli.policies import costs_of
from boostweights.cli.session import say


def _needs() -> list[str]:
    from boostweights.recommendation.needs import NAMES

    return list(NAMES)


def advise(
    data: options.Data,
    *,
    columns: options.RoleOptions,
    need: Annotated[
        options.Several,
        typer.Option(
            metavar="NAME,…",
            autocompletion=options.completed(_needs),
            help="What the model is for: ranking, probabilities, decisions, costs, or with a rate "
            "'alarms at recall >= 0.8', 'recall at precision >= 0.5', 'recall at alarm rate <= 0.02'.  "
            "(repeatable; default: decisions, or costs with --fn)",
        ),
    ] = None,
    regime: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="How it is trained.  (default: tuned, or what was published)"),
    ] = None,
    costs: options.CostOptions,
    verbose: Annotated[
        bool, typer.Option("--verbose", help="Add reason, evidence and uncertainty of each option.")
    ] = False,
    reading: options.FileOptions,
    as_json: options.AsJson = False,
) -> None:
    """Recommend ways to treat imbalance: which to use, to consider and to avoid.

    Nothing is trained: the labels are counted, and published results are looked up. The output is short;
    --verbose adds the evidence for each option.

    Examples
    --------
    boostweights advise loans.csv --target bad
    boostweights advise loans.csv --target bad --fn 50 --fp 1
    boostweights advise loans.csv --target bad --need decisions,probabilities
    boostweights advise loans.csv --target bad --need ranking --verbose
    """
    rows, roles = read_table(data, columns, reading)
    from boostweights.tables.target import labels_of, positive_of
    from boostweights.weighting.counts import ClassCounts

    counts = ClassCounts.of(rows[roles.target])
    needs: list[Any] = list(options.names(need))
    if costs != options.CostOptions():
        labels = labels_of(rows[roles.target], roles.target)
        positive = positive_of(labels, roles.positive, strict=roles.strict)
        needs = [*(name for name in needs if name != "costs"), costs_of(costs, counts, positive)]
    no_features = (roles.target, roles.group, roles.time, *roles.drop, *roles.key)
    features = rows.drop_columns([name for name in no_features if name is not None])
    from boostweights.audits.advice.advise import advise as advised

    advice = advised(
        counts, features if features.num_columns else None, needs or ["decisions"], regime=regime
    )
    say(advice.as_plain(), advice.details() if verbose else advice, as_json=as_json)
