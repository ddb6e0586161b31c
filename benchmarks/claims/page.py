"""The page of claims, in Markdown: a table of verdicts, a section a claim, the unclear ones folded."""

import html
import re
from collections.abc import Iterable, Iterator, Sequence

from benchmarks.claims.claim import studies
from benchmarks.claims.forest import anchor
from benchmarks.claims.verdict import (
    ANSWERS,
    Effect,
    Verdict,
    by_library,
    in_regimes,
)
from boostweights.benchmark.regimes import WORDS
from boostweights.benchmark.stats import FEWEST_FAMILIES
from boostweights.recommendation.figures import Estimate

_RULE = f"""\
A claim compares b with a. Differences (b minus a) are paired by data set, fold and library, averaged over
folds, then over the data sets of a family; each family of data sets counts once, whatever its size. Libraries
are looked at one by one, and in their mean. Data sets of two and of more classes are never averaged.

The interval that decides is the t interval of the mean over families. Its level is such that all intervals of
a claim's group hold together with probability .95 (Bonferroni: 1 − .05/m for the m claims of a group). It is
the interval that is printed. Beside the claim stands a region, ±, of differences that make no practical
difference; it was committed with the suite.

- *higher*: the interval lies wholly above the region; *lower*: wholly below it.
- *equivalent*: it lies within the region.
- *unclear*: all else. A difference that is surely not 0, but perhaps too small to matter, is unclear.

A claim has an answer if each library that it speaks of, and their mean, have the same one, and keep it
whichever family is left out. With fewer than {FEWEST_FAMILIES} families nothing is decided.

What else is printed decides nothing: the standard deviation over families, where a new family is to be
expected (prediction interval, .95), the mean with families drawn anew (bootstrap, .95), the median, the
shares of families below, within and above the region, and the mean of a random-effects model (Paule–Mandel,
Hartung–Knapp with a scale of at least 1), which weighs noisy families less and so is about another mean."""


def as_markdown(verdicts: Sequence[Verdict], pictures: str | None = None) -> str:
    """Return the page: a table of verdicts a regime, then a section a claim with what decided it.

    Names from data and suites are escaped, so that they can neither break the table nor carry markup.

    Parameters
    ----------
    verdicts : sequence of Verdict
        What `judge` returned.
    pictures : str, optional
        Where `write_forests` put the forest plots, as seen from the page; none are shown if not given.
    """
    return f"{overview(verdicts)}\n{sections(verdicts, pictures)}"


def overview(verdicts: Sequence[Verdict], details: str = "") -> str:
    """Return how claims are decided, a table a regime that links to the page `details`, and the studies."""
    parts = ["# Claims about class weights", "## How claims are decided", _RULE]
    for regime, chosen in in_regimes(verdicts).items():
        parts += [f"## Regime {regime}: {WORDS[regime]}", _summary(chosen)]
        parts += ['<div class="filtered" markdown>', _table(chosen, details), "</div>"]
        parts += [*_against_advice(chosen)]
    return "\n\n".join([*parts, *_studies(verdicts)]) + "\n"


def sections(verdicts: Sequence[Verdict], pictures: str | None = None) -> str:
    """Return what decided each claim, a section each, the unclear ones folded."""
    parts = []
    for regime, chosen in in_regimes(verdicts).items():
        parts += [f"## Claims in the regime {regime}"]
        parts += [_section(verdict, pictures) for verdict in chosen if verdict.decided]
        parts += [_folded(verdict, pictures) for verdict in chosen if not verdict.decided]
    return "\n\n".join(parts) + "\n"


def _summary(verdicts: Sequence[Verdict]) -> str:
    answers = [verdict.answer for verdict in verdicts]
    counts = [f"{answers.count(answer)} {answer}" for answer in ANSWERS]
    against = sum(verdict.contradicts_advice for verdict in verdicts)
    return f"{len(verdicts)} claims: {', '.join(counts)}. {against} of the answers contradict common advice."


def _against_advice(verdicts: Sequence[Verdict]) -> Iterator[str]:
    against = [verdict for verdict in verdicts if verdict.contradicts_advice]
    if against:
        yield "Against common advice:"
        yield "\n".join(
            f"- “{as_text(verdict.claim.sentence)}” – advice {verdict.claim.advice}; here it is"
            f" **{verdict.answer}**. {as_text(verdict.reason)}"
            for verdict in against
        )


def _table(verdicts: Sequence[Verdict], details: str) -> str:
    return as_table(
        ("claim", "verdict", "mean difference", "interval", "region", "by library", "families"),
        [
            (
                f"[{as_text(verdict.claim.sentence)}]({details}#{anchor(verdict)})",
                answered(verdict),
                "–" if verdict.effect is None else f"{verdict.effect.value:+.3f}",
                interval(verdict.effect),
                "–" if verdict.rope is None else f"±{verdict.rope:g}",
                _libraries(verdict),
                str(verdict.families),
            )
            for verdict in verdicts
        ],
    )


def _libraries(verdict: Verdict) -> str:
    found = as_text(by_library(verdict.effects)) or "–"
    return f"{found}; it hangs on single families" if verdict.hangs else found


def _section(verdict: Verdict, pictures: str | None) -> str:
    title = f'<a id="{anchor(verdict)}"></a>\n\n### {as_text(verdict.claim.sentence)}'
    return "\n\n".join([title, *_body(verdict, pictures)])


def _folded(verdict: Verdict, pictures: str | None) -> str:
    """An unclear verdict, below its sentence alone; the details open with a click."""
    title = f'<a id="{anchor(verdict)}"></a>\n\n<details markdown="1">'
    summary = f"<summary>Unclear: {as_text(verdict.claim.sentence)}</summary>"
    return "\n\n".join([f"{title}\n{summary}", *_body(verdict, pictures), "</details>"])


def _body(verdict: Verdict, pictures: str | None) -> Iterator[str]:
    claim = verdict.claim
    yield f"**{verdict.answer.capitalize()}.** {as_text(verdict.reason)} Common advice {claim.advice}."
    yield "\n".join(f"- {line}" for line in _facts(verdict))
    if verdict.effects:
        header = ("library", "answer", "mean", "interval", "new family", "sd", "median")
        more = ("families below / within / above", "bootstrap", "random effects")
        yield as_table((*header, *more), map(_library, verdict.effects))
        if pictures is not None:
            alone = f"Forest plot: {as_text(claim.sentence)}"
            yield f"![{alone}]({pictures}/{anchor(verdict)}.svg)"
    command = verdict.command.replace("\n", " ").replace("`", "'")
    yield f"Made by:\n\n```\n{command}\n```"


def _facts(verdict: Verdict) -> Iterator[str]:
    claim = verdict.claim
    floor = "" if claim.floor is None else f"; noise: {claim.floor} compared with {claim.a}"
    yield as_text(f"Metric: {claim.metric}; {claim.b} compared with {claim.a}{floor}.")
    if verdict.effects:
        counted = f"{verdict.families} families, {verdict.datasets} data sets of the kind {claim.task}"
        region = "" if verdict.rope is None else f"; region ±{verdict.rope:g}"
        level = f"{verdict.level:.4f}".rstrip("0")
        yield as_text(f"Effect: {verdict.measure}; {counted}; intervals of level {level}{region}.")
    yield from map(as_text, verdict.details)
    for one in claim.beside:
        study = studies().get(one.study)
        name = as_text(one.study if study is None else study.citation.split(",")[0])
        link = name if study is None else f"[{name}]({study.url})"
        yield f"{link}: {as_text(one.found)} {as_text(one.differs)}".rstrip()
    if claim.note:
        yield as_text(claim.note)


def _library(one: Effect) -> tuple[str, ...]:
    parts = one.shares
    shares = "–" if parts is None else f"{parts.below:.2f} / {parts.within:.2f} / {parts.above:.2f}"
    weighted = "–" if one.weighted is None else f"{one.weighted.value:+.4f} ({interval(one.weighted, 4)})"
    return (
        as_text(one.library),
        one.answer + (" (hangs on one family)" if one.hinges and one.answer != "unclear" else ""),
        f"{one.interval.value:+.4f}",
        interval(one.interval, 4),
        interval(one.prediction),
        f"{one.sd:.4f}",
        f"{one.median:+.4f}",
        shares,
        interval(one.bootstrap, 4),
        weighted,
    )


def _studies(verdicts: Sequence[Verdict]) -> Iterator[str]:
    named = {one.study for verdict in verdicts for one in verdict.claim.beside}
    chosen = [study for study in studies().values() if study.id in named]
    if chosen:
        yield "## Public studies"
        yield "\n".join(
            f"- {as_text(study.citation)} <{study.url}>: {as_text(study.did)}" for study in chosen
        )


def answered(verdict: Verdict) -> str:
    """Return a verdict's answer, and whether it contradicts common advice."""
    return f"**{verdict.answer}**{' (against advice)' if verdict.contradicts_advice else ''}"


def as_table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table; cells are Markdown already."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def interval(estimate: Estimate | None, digits: int = 3) -> str:
    """Return the ends of an interval as text, or a dash where there is none."""
    return "–" if estimate is None else f"{estimate.low:+.{digits}f} to {estimate.high:+.{digits}f}"


def as_text(text: str) -> str:
    """Escape what Markdown or HTML would read as markup; one line."""
    escaped = html.escape(" ".join(text.split()), quote=False)
    return re.sub(r"([\\`*_|\[\]~#])", r"\\\1", escaped)
