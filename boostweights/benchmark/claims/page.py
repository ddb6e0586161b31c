"""The page of claims, in Markdown: verdicts first, and where they contradict common advice."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator, Sequence

from boostweights.benchmark.claims.claim import Claim
from boostweights.benchmark.claims.verdict import FEWEST_FAMILIES, LibraryResult, Verdict
from boostweights.benchmark.stats.across import Estimate, Regions

_RULE = f"""\
Differences are paired by data set, repeat, fold and library, and averaged over folds, then over the data sets
of a family, then over libraries: one number a family. The probabilities are those of the Bayesian signed-rank
test (baycomp) that a difference lies below, within or above the region of practical equivalence, whose
half-width was fixed before the run. A rise or fall is supported if its probability is at least .95 and more
than half of the libraries agree (Wilcoxon's signed-rank test at .05, Holm's adjustment); “stays the same” if
the region's probability is at least .95; either is refuted if the probability is at most .05. All else is
undecided, and so is every claim with fewer than {FEWEST_FAMILIES} families. Intervals are .95, by bootstrap
over families. Three kinds of claim have tests of their own: “not always best” (a t-test a data set with
Nadeau and Bengio's correction, Holm's adjustment over all), “unstable” (rank correlation of the spread over
folds with the number of positives), and “start from” (mean ranks by imbalance and by size, Friedman's and
Nemenyi's tests)."""


def as_markdown(verdicts: Sequence[Verdict]) -> str:
    """Return the page: a table of verdicts, then a section a claim with what decided it and how to remake it.

    Names from data and suites are escaped, so that they can neither break the table nor carry markup.

    Parameters
    ----------
    verdicts : sequence of Verdict
        What `judge` returned.
    """
    parts = ["# Claims about class weights", _summary(verdicts), *_against_advice(verdicts), _table(verdicts)]
    parts += ["## How claims are decided", _RULE]
    parts += [_section(verdict) for verdict in verdicts]
    return "\n\n".join(parts) + "\n"


def _summary(verdicts: Sequence[Verdict]) -> str:
    answers = [verdict.answer for verdict in verdicts]
    counts = [f"{answers.count(answer)} {answer}" for answer in ("supported", "refuted", "undecided")]
    against = sum(verdict.contradicts_advice for verdict in verdicts)
    return f"{len(verdicts)} claims: {', '.join(counts)}. {against} of the verdicts contradict common advice."


def _against_advice(verdicts: Sequence[Verdict]) -> Iterator[str]:
    against = [verdict for verdict in verdicts if verdict.contradicts_advice]
    if against:
        yield "## Where this contradicts common advice"
        yield "\n".join(
            f"- “{as_text(verdict.claim.sentence)}” – advice {verdict.claim.advice}; here it is"
            f" **{verdict.answer}**. {as_text(verdict.reason)}"
            for verdict in against
        )


def _table(verdicts: Sequence[Verdict]) -> str:
    return "## Verdicts\n\n" + as_table(
        ("claim", "verdict", "effect", "interval", "P below / within / above", "families"),
        [
            (
                f"[{as_text(verdict.claim.sentence)}](#{_anchor(verdict.claim)})",
                answered(verdict),
                "–" if verdict.effect is None else f"{verdict.effect.value:+.3f}",
                _interval(verdict.effect),
                _regions(verdict.regions),
                str(verdict.families),
            )
            for verdict in verdicts
        ],
    )


def _section(verdict: Verdict) -> str:
    claim = verdict.claim
    parts = [f'<a id="{_anchor(claim)}"></a>\n\n## {as_text(claim.sentence)}']
    parts.append(
        f"**{verdict.answer.capitalize()}.** {as_text(verdict.reason)} Common advice {claim.advice}."
    )
    parts.append("\n".join(f"- {as_text(line)}" for line in _facts(verdict)))
    if verdict.libraries:
        header = ("library", "families", "mean effect", "Wilcoxon p", "Holm")
        parts.append(as_table(header, map(_library, verdict.libraries)))
    if verdict.trends:
        rows = [
            (as_text(name), f"{rho.value:+.2f}", _interval(rho, 2)) for name, rho in verdict.trends.items()
        ]
        parts.append(as_table(("effect against", "rank correlation", "interval"), rows))
    command = verdict.command.replace("\n", " ").replace("`", "'")
    parts.append(f"Made by:\n\n```\n{command}\n```")
    return "\n\n".join(parts)


def _facts(verdict: Verdict) -> Iterator[str]:
    claim = verdict.claim
    beside = f"{claim.a} beside {', '.join(map(str, claim.others))}"
    compared = beside if claim.b is None else f"{claim.b} compared with {claim.a}"
    yield f"Metric: {claim.metric}; {compared}."
    if verdict.effect is not None:
        effect = f"{verdict.effect.value:+.4f} ({_interval(verdict.effect, 4)})"
        counted = f"{verdict.families} families, {verdict.datasets} data sets"
        yield f"Effect: {verdict.measure} {effect}; {counted}."
    if verdict.regions is not None:
        chances = _regions(verdict.regions)
        yield f"Region of practical equivalence ±{verdict.rope:g}: P below / within / above {chances}."
    yield from verdict.details
    if claim.note:
        yield claim.note


def _library(one: LibraryResult) -> tuple[str, ...]:
    p, holm = ("–" if value is None else f"{value:.2g}" for value in (one.p, one.holm))
    return (as_text(one.library), str(one.families), f"{one.effect:+.4f}", p, holm)


def answered(verdict: Verdict) -> str:
    """Return a verdict's answer, and whether it contradicts common advice."""
    return f"**{verdict.answer}**{' (against advice)' if verdict.contradicts_advice else ''}"


def as_table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table; cells are Markdown already."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _interval(estimate: Estimate | None, digits: int = 3) -> str:
    return "–" if estimate is None else f"{estimate.low:+.{digits}f} to {estimate.high:+.{digits}f}"


def _regions(regions: Regions | None) -> str:
    if regions is None:
        return "–"
    return " / ".join(f"{value:.3f}" for value in (regions.below, regions.within, regions.above))


def as_text(text: str) -> str:
    """Escape what Markdown or HTML would read as markup; one line."""
    escaped = html.escape(" ".join(text.split()), quote=False)
    return re.sub(r"([\\`*_|\[\]~#])", r"\\\1", escaped)


def _anchor(claim: Claim) -> str:
    return re.sub(r"[^a-z0-9-]+", "-", claim.id.lower())
