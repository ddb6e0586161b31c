"""What was used as what: as plain values, and as lines to read before anything is trained."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from boostweights.audits.findings import Findings
from boostweights.benchmark.compare.checks import change_in_words, rate_change
from boostweights.benchmark.compare.dataset import TableData
from boostweights.benchmark.compare.folds import fewest_groups
from boostweights.benchmark.data.rows import duplicate_groups
from boostweights.benchmark.plan.learners import LEARNERS, installed_distribution
from boostweights.benchmark.plan.splits import INNER_FOLDS, Split
from boostweights.benchmark.plan.suite import Suite
from boostweights.benchmark.regimes import ROUNDS
from boostweights.errors import shown
from boostweights.probabilities.promise_cost import promise_in_words
from boostweights.tables.reading import in_words
from boostweights.tables.results import as_rows
from boostweights.tables.text import as_facts

_PLAIN = re.compile(r"[\w .+-]*\w")
_LISTED = 40
NOTHING = Findings()


def described(
    data: TableData, suite: Suite, splits: Sequence[Split], findings: Findings = NOTHING
) -> dict[str, Any]:
    """Return what was used as what, and what may be wrong about it, as plain values."""
    about = data.dataset.facts()
    categorical = [data.names[name] for name in data.dataset.categorical]
    equal = np.bincount(duplicate_groups(data.dataset))
    return {
        "name": data.dataset.name,
        "rows": about["rows"],
        "sampled_from": data.sampled_from,
        "read_as": dict(data.inferred),
        "unlabelled": data.unlabelled,
        "target": data.roles.target,
        "classes": about["classes"],
        "positive": data.roles.positive,
        "numbers": [name for name in data.names.values() if name not in categorical],
        "categories": categorical,
        "group": data.roles.group,
        "groups": about["groups"],
        "time": data.roles.time,
        "times": None if data.times is None else int(data.times.max()) + 1,
        "costs": None if data.roles.costs is None else list(data.roles.costs),
        "rate_change": rate_change(data, splits),
        "dropped": [*data.roles.drop, *data.roles.key],
        "missing_cells": about["missing_cells"],
        "equal_rows": int(equal[equal > 1].sum()),
        "notes": dict(data.notes),
        "guesses": dict(data.guesses),
        "split": data.split,
        "folds": suite.folds,
        "repeats": suite.repeats,
        "training_rows": [len(split.train) for split in splits],
        "policies": [arm.name for arm in suite.arms],
        "libraries": list(suite.libraries),
        "not_installed": [
            name for name, learner in LEARNERS.items() if installed_distribution(learner) is None
        ],
        "stages": list(suite.stages),
        "search": suite.configurations - 1 if "search" in suite.stages else 0,
        "fitted": [arm.name for arm in suite.arms if arm.correction == "fitted"],
        "promised": None if suite.promised is None else promise_in_words(suite.promised),
        "tuned": [arm.name for arm in suite.arms if arm.tune]
        if fewest_groups(data.dataset, splits) >= INNER_FOLDS
        else [],
        "findings": as_rows(findings.columns()),
    }


def as_lines(facts: Mapping[str, Any]) -> str:
    """Return what `described` returned as lines of text; names that could be misread are quoted."""
    return "\n".join([_listed([facts["name"]]), *as_facts(_lines(facts), indent=2)])


def _lines(facts: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    sampled = "" if facts["sampled_from"] is None else f", a stratified sample of {facts['sampled_from']:,}"
    yield "rows", f"{facts['rows']:,}{sampled}"
    yield "read as", in_words(facts["read_as"])
    yield "left out", f"{facts['unlabelled']:,} rows without a label" if facts["unlabelled"] else ""
    positive = facts["positive"]
    classes = sorted(facts["classes"].items(), key=lambda item: (item[0] != positive, item[1]))
    counts = [f"{shown(label)} {count:,}{' (positive)' * (label == positive)}" for label, count in classes]
    yield "target", f"{_listed([facts['target']])}: {_listed(counts, quoted=False)}"
    for kind in ("numbers", "categories"):
        yield kind, _listed(facts[kind], count=True)
    for role, counted in (("group", "groups"), ("time", "times")):
        if facts[role] is not None:
            yield role, f"{_listed([facts[role]])}, no feature: {facts[counted]:,} {counted}"
    if facts["costs"] is not None:
        named = "{} for a missed positive, {} for a false alarm".format(*facts["costs"])
        yield "costs", f"{named}: each row is decided by its own, which must be known by then"
        yield "", "such a column is therefore a feature, too, unless it is dropped"
    for guess in facts["guesses"]:
        yield "guessed", guess
    options = " ".join(facts["guesses"].values()).strip()
    yield "to confirm", f"the same without a guess: --strict {options}" if options else ""
    yield "dropped", _listed(facts["dropped"], count=True)
    yield "missing", f"{facts['missing_cells']:,} cells" if facts["missing_cells"] else ""
    by_time, rows = facts["split"] == "time", facts["training_rows"]
    place = "left where their times put them, as a model in use meets them"
    place = place if by_time else "kept on one side of every split"
    equal = f"{facts['equal_rows']:,} rows have the features of another one: {place}"
    yield "equal rows", equal if facts["equal_rows"] else ""
    for column, note in facts["notes"].items():
        yield "note", f"{_listed([column])}: {note}"
    repeats = f" × {facts['repeats']}" if facts["repeats"] > 1 else ""
    kind = "by group and stratified" if facts["split"] == "group" else "stratified"
    others = " of groups that are not tested" if facts["group"] is not None else ""
    split = f" in order of time, trained on {min(rows):,} to {max(rows):,} earlier rows{others}"
    yield "split", f"{facts['folds']} folds{split if by_time else f'{repeats}, {kind}'}"
    yield "positive rate", change_in_words(facts["rate_change"]) if facts["rate_change"] else ""
    yield "policies", _listed(facts["policies"], count=True)
    if "rounds" in facts["stages"]:
        yield "rounds", f"the folds choose how many each library trains, at most {ROUNDS.rounds}"
    if facts["search"]:
        yield "search", f"{facts['search']} further configurations a library, the better half fold by fold"
    if "policies" in facts["stages"] and len(facts["libraries"]) > 1:
        yield "stages", "all libraries without weights, then policies in the one with the lowest log loss"
    if "ensemble" in facts["stages"]:
        means = "the mean of the fold models competes, of the library with the lowest log loss"
        yield "ensemble", means + ", and that of all libraries" * (len(facts["libraries"]) > 1)
    untuned = "not tuned" + (": too few rows of a class" if positive is not None else "")
    tuned = _listed(facts["tuned"], count=True)
    yield "thresholds", f"tuned for {tuned}" if tuned else untuned
    yield "corrections", f"fitted for {_listed(facts['fitted'], count=True)}" if facts["fitted"] else ""
    yield "promise", facts["promised"] or ""
    yield "libraries", _listed(facts["libraries"], count=True)
    yield "not installed", _listed(facts["not_installed"], count=True)
    for finding in facts["findings"]:
        yield finding["severity"], "{code}: {message}. {why} {mend}".format_map(finding)


def _listed(names: Iterable[str], *, count: bool = False, quoted: bool = True) -> str:
    """Return names, in quotes where they could be misread, after their number where that is asked for."""
    texts = [name if not quoted or _PLAIN.fullmatch(name) else repr(name) for name in names]
    if (more := len(texts) - _LISTED) > 0:
        texts[_LISTED:] = [f"and {more} more (all are in the output of --json)"]
    return f"{more + _LISTED}: {', '.join(texts)}" if count and texts else ", ".join(texts)
