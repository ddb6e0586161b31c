"""``boostweights advise``: what to start from, by the labels of a table."""

from typing import Annotated, Any

import typer

from boostweights.cli import options
from boostweights.cli.objects import read_table
from boostweights.cli.policies import costs_of, label_named
from boostweights.cli.session import say


def _needs() -> list[str]:
    from boostweights.recommendation.needs import NAMES

    return list(NAMES)


def advise(  # noqa: PLR0913 (an option each)
    data: options.Data,
    *,
    target: options.Target,
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
    positive: options.Positive = None,
    drop_missing_target: options.DropMissingTarget = False,
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
    from boostweights.weighting.counts import ClassCounts

    rows = read_table(data, target, reading, drop_missing_target=drop_missing_target)
    counts = ClassCounts.of(rows[target])
    label_named(positive, counts)
    needs: list[Any] = list(options.names(need))
    if costs != options.CostOptions():
        needs = [*(name for name in needs if name != "costs"), costs_of(costs, counts, positive)]
    features = rows.drop_columns([target])
    from boostweights.audits.advice.advise import advise as advised

    advice = advised(
        counts, features if features.num_columns else None, needs or ["decisions"], regime=regime
    )
    say(advice.as_plain(), advice.details() if verbose else advice, as_json=as_json)
