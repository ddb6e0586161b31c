"""What was used as what: as plain values, and as lines to read before anything is trained."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

import numpy as np

from boostweights.audits.findings import Findings
from boostweights.benchmark.compare.dataset import TableData
from boostweights.benchmark.compare.folds import can_tune
from boostweights.benchmark.data.rows import duplicate_groups
from boostweights.benchmark.plan.learners import LEARNERS, installed_distribution
from boostweights.benchmark.plan.splits import Split
from boostweights.benchmark.plan.suite import Suite
from boostweights.probabilities.promise_cost import promise_in_words
from boostweights.tables.reading import in_words
from boostweights.tables.results import as_rows
from boostweights.tables.text import as_facts

_PLAIN: Final = re.compile(r"[\w .+-]*\w")
_LISTED: Final = 40
NOTHING: Final = Findings()


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
        "dropped": list(data.roles.drop),
        "missing_cells": about["missing_cells"],
        "equal_rows": int(equal[equal > 1].sum()),
        "notes": dict(data.notes),
        "split": data.split,
        "folds": suite.folds,
        "repeats": suite.repeats,
        "training_rows": [len(split.train) for split in splits],
        "policies": [arm.name for arm in suite.arms],
        "libraries": list(suite.libraries),
        "not_installed": [
            name for name, learner in LEARNERS.items() if installed_distribution(learner) is None
        ],
        "fitted": [arm.name for arm in suite.arms if arm.correction == "fitted"],
        "promised": None if suite.promised is None else promise_in_words(suite.promised),
        "tuned": [arm.name for arm in suite.arms if arm.tune] if can_tune(data.dataset, splits) else [],
        "findings": as_rows(findings.columns()),
    }


def as_lines(facts: Mapping[str, Any]) -> str:
    """Return what `described` returned as lines of text; names that could be misread are quoted."""
    return "\n".join([_name(facts["name"]), *as_facts(_lines(facts), indent=2)])


def _lines(facts: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    whole = facts["sampled_from"]
    yield "rows", f"{facts['rows']:,}" + ("" if whole is None else f", a stratified sample of {whole:,}")
    yield "read as", in_words(facts["read_as"])
    yield "left out", f"{facts['unlabelled']:,} rows without a label" if facts["unlabelled"] else ""
    yield "target", f"{_name(facts['target'])}: {_classes(facts)}"
    yield "numbers", _listed(facts["numbers"])
    yield "categories", _listed(facts["categories"])
    if facts["group"] is not None:
        yield "group", f"{_name(facts['group'])}, no feature: {facts['groups']:,} groups"
    if facts["time"] is not None:
        yield "time", f"{_name(facts['time'])}, no feature: {facts['times']:,} times"
    yield "dropped", _listed(facts["dropped"])
    yield "missing", f"{facts['missing_cells']:,} cells" if facts["missing_cells"] else ""
    yield "equal rows", _equal(facts)
    for column, note in facts["notes"].items():
        yield "note", f"{_name(column)}: {note}"
    yield "split", _split(facts)
    yield "policies", _listed(facts["policies"])
    untuned = "not tuned" + (": too few rows of a class" if facts["positive"] is not None else "")
    yield "thresholds", f"tuned for {_listed(facts['tuned'])}" if facts["tuned"] else untuned
    yield "corrections", f"fitted for {_listed(facts['fitted'])}" if facts["fitted"] else ""
    yield "promise", facts["promised"] or ""
    yield "libraries", _listed(facts["libraries"])
    yield "not installed", _listed(facts["not_installed"])
    for each in facts["findings"]:
        yield each["severity"], finding_line(each)


def finding_line(finding: Mapping[str, str]) -> str:
    """Return a finding as one line."""
    return f"{finding['code']}: {finding['message']}. {finding['why']} {finding['mend']}"


def _classes(facts: Mapping[str, Any]) -> str:
    counts = sorted(facts["classes"].items(), key=lambda item: (item[0] != facts["positive"], item[1]))
    texts = [
        f"{label!r} {count:,}{' (positive)' if label == facts['positive'] else ''}" for label, count in counts
    ]
    return ", ".join(_cut(texts))


def _split(facts: Mapping[str, Any]) -> str:
    first, last = facts["training_rows"][0], facts["training_rows"][-1]
    if facts["split"] == "time":
        return f"{facts['folds']} folds in order of time, trained on {first:,} to {last:,} earlier rows"
    kind = "by group and stratified" if facts["split"] == "group" else "stratified"
    repeats = f" × {facts['repeats']}" if facts["repeats"] > 1 else ""
    return f"{facts['folds']} folds{repeats}, {kind}"


def _equal(facts: Mapping[str, Any]) -> str:
    if not facts["equal_rows"]:
        return ""
    what = f"{facts['equal_rows']:,} rows have the features of another one: "
    if facts["split"] == "time":
        return what + "left where their times put them, as a model in use meets them"
    return what + "kept on one side of every split"


def _listed(names: Iterable[str]) -> str:
    names = [_name(name) for name in names]
    return f"{len(names)}: {', '.join(_cut(names))}" if names else ""


def _cut(texts: list[str]) -> list[str]:
    more = len(texts) - _LISTED
    return texts if more <= 0 else [*texts[:_LISTED], f"and {more} more (all are in the output of --json)"]


def _name(name: str) -> str:
    return name if _PLAIN.fullmatch(name) else repr(name)
