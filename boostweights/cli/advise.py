"""``boostweights advise``: what to start from, by the labels of a table."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any

import typer

from boostweights.cli.column import label_named, read_table
from boostweights.cli.options import (
    AsJson,
    CostOfFn,
    CostOfFp,
    Data,
    DropMissingTarget,
    Positive,
    Target,
    names,
    reads_a_file,
)
from boostweights.cli.policies import PolicyOptions, policy_of
from boostweights.cli.session import say
from boostweights.tables.reading import Reading

if TYPE_CHECKING:
    from boostweights.weighting.counts import ClassCounts


def _needs(incomplete: str) -> Iterator[str]:
    from boostweights.recommendation.needs import NAMES

    return (name for name in NAMES if name.startswith(incomplete))


@reads_a_file
def advise(  # noqa: PLR0913 (an option each)
    data: Data,
    *,
    target: Target,
    need: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME,…",
            autocompletion=_needs,
            help="What the model is for: ranking, probabilities, decisions, costs, or with a rate "
            "'alarms at recall >= 0.8', 'recall at precision >= 0.5', 'recall at alarm rate <= 0.02'.  "
            "(repeatable; default: decisions, or costs with --fn)",
        ),
    ] = None,
    regime: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="How it is trained.  (default: tuned, or what was published)"),
    ] = None,
    fn: CostOfFn = None,
    fp: CostOfFp = None,
    positive: Positive = None,
    drop_missing_target: DropMissingTarget = False,
    verbose: Annotated[
        bool, typer.Option("--verbose", help="Add reason, evidence and uncertainty of each option.")
    ] = False,
    reading: Reading,
    as_json: AsJson = False,
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
    wanted = _wanted(need, PolicyOptions(fn=fn, fp=fp, positive=positive), counts)
    features = rows.drop_columns([target])
    from boostweights.audits.advice.advise import advise as advised

    advice = advised(counts, features if features.num_columns else None, wanted, regime=regime)
    say(advice.as_plain(), advice.details() if verbose else advice, as_json=as_json)


def _wanted(need: list[str] | None, policy_options: PolicyOptions, counts: ClassCounts) -> list[Any]:
    wanted: list[Any] = list(names(need))
    if policy_options.fn is not None or policy_options.fp is not None:
        return [*(name for name in wanted if name != "costs"), policy_of(policy_options, counts)]
    return wanted or ["decisions"]
