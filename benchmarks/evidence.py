"""What `boostweights.advise` knows: published results, judged, written into the package.

python -m benchmarks.evidence benchmarks/results/default

Each option is compared with doing nothing (with balanced weights where that is the question), by the metric
of each need, over all data sets and over parts of them, by the rule of `boostweights.benchmark.claims`.
Writes boostweights/audits/advice/evidence.json and the table in docs/advice.md. Publish a run first.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from boostweights.audits.advice.result import NEEDS
from boostweights.benchmark.claims.claim import Claim, Where
from boostweights.benchmark.claims.judge import judge
from boostweights.benchmark.claims.runs import Results, read_results
from boostweights.benchmark.claims.verdict import FEWEST_FAMILIES, Verdict
from boostweights.benchmark.metrics import METRICS
from boostweights.benchmark.stats.paired import Side

ROOT = Path(__file__).parents[1]
FILE = ROOT / "boostweights" / "audits" / "advice" / "evidence.json"
PAGE = ROOT / "docs" / "advice.md"

SAMPLES = 20_000
"""Draws of the posterior, as in judging claims."""

SCORES = ("ranking", "probabilities")
"""Needs whose figures need no decision."""

STRATA = tuple(
    {"name": name, "column": column, "at_least": at_least, "below": below}
    for name, column, at_least, below in (
        ("all", "", 0.0, math.inf),
        ("the imbalance ratio is below 15", "imbalance_ratio", 0.0, 15.0),
        ("the imbalance ratio is 15 or more", "imbalance_ratio", 15.0, math.inf),
        ("the rarest class has fewer than 100 rows", "positives", 0.0, 100.0),
        ("the rarest class has 100 rows or more", "positives", 100.0, math.inf),
    )
)
"""Fixed before any run, at the cuts of the claims."""

ARMS = {"sqrt": "sqrt_balanced", "balanced": "balanced", "costs": "costs"}
RESAMPLED = ("over", "under", "smote")
PACKAGES = ("boostweights", "xgboost", "xgboost-cpu", "lightgbm", "catboost", "scikit-learn")


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """One option for one need: side b beside side a."""

    option: str
    need: str
    a: Side
    b: Side
    variant: str = ""


def compared() -> Iterator[Compared]:
    """What is asked of the results, for every need."""
    for need in NEEDS:
        rule = "none" if need in SCORES else "0.5"
        plain, balanced = Side(arm="unweighted", rule=rule), Side(arm="balanced", rule=rule)
        for option, arm in ARMS.items():
            yield Compared(option=option, need=need, a=plain, b=Side(arm=arm, rule=rule))
        if need not in SCORES:
            threshold = Side(arm="unweighted", rule="cost" if need == "costs" else "tuned")
            yield Compared(option="threshold", need=need, a=plain, b=threshold)
        if need in ("ranking", "probabilities", "costs"):
            by = "cost" if need == "costs" else rule
            raw, mended = (Side(arm="balanced", rule=by, proba=kind) for kind in ("raw", "corrected"))
            yield Compared(option="correction", need=need, a=raw, b=mended)
        for arm in RESAMPLED:
            yield Compared(option="resample", need=need, a=balanced, b=Side(arm=arm, rule=rule), variant=arm)


def measured(found: Results, names: Sequence[str], samples: int = SAMPLES) -> Iterator[dict[str, Any]]:
    """Every comparison over all data sets, and over the parts that have enough families."""
    for one in compared():
        for stratum in STRATA:
            entry = _entry(one, stratum, found, names, samples)
            if stratum["name"] == "all" or entry["families"] >= FEWEST_FAMILIES:
                yield entry


def _entry(
    one: Compared, stratum: Mapping[str, Any], found: Results, names: Sequence[str], samples: int
) -> dict[str, Any]:
    metric = NEEDS[one.need]
    lower = METRICS[metric].lower
    expectations = ("rise", "fall", "same")
    verdicts = dict(
        zip(
            expectations,
            judge(
                [_claim(one, stratum, expect) for expect in expectations],
                found.metrics,
                found.datasets,
                found.rope,
                runs=names,
                samples=samples,
            ),
            strict=True,
        )
    )
    same = verdicts["same"]
    regions, effect = same.regions, same.effect
    good, bad = ("below", "above") if lower else ("above", "below")
    return {
        "option": one.option,
        "variant": one.variant,
        "need": one.need,
        "stratum": stratum["name"],
        "metric": metric,
        "lower": lower,
        "side": str(one.b),
        "baseline": str(one.a),
        "effect": effect and _rounded(effect.value),
        "low": effect and _rounded(effect.low),
        "high": effect and _rounded(effect.high),
        "worse": regions and _rounded(getattr(regions, bad)),
        "alike": regions and _rounded(regions.within),
        "better": regions and _rounded(getattr(regions, good)),
        "families": same.families,
        "datasets": same.datasets,
        "outcome": outcome(verdicts, lower=lower),
        "reason": same.reason.rstrip("."),
    }


def _claim(one: Compared, stratum: Mapping[str, Any], expect: str) -> Claim:
    where = None
    if stratum["column"]:
        below = stratum["below"]
        where = Where(
            column=stratum["column"], at_least=stratum["at_least"], at_most=math.nextafter(below, -math.inf)
        )
    return Claim(
        id=f"{one.need}-{one.option}{one.variant and '-'}{one.variant}",
        sentence=f"{one.b} beside {one.a}.",
        advice="is divided",
        metric=NEEDS[one.need],
        expect=expect,
        a=one.a,
        b=one.b,
        where=where,
    )


def outcome(verdicts: Mapping[str, Verdict], *, lower: bool) -> str:
    """One word for what "rise", "fall" and "same" were judged to be."""
    better, worse = ("fall", "rise") if lower else ("rise", "fall")
    answers = {name: verdict.answer for name, verdict in verdicts.items()}
    for name, word in ((better, "better"), (worse, "worse"), ("same", "same")):
        if answers[name] == "supported":
            return word
    for name, word in ((better, "not better"), (worse, "not worse")):
        if answers[name] == "refuted":
            return word
    return "undecided"


def cost_ratio(suite: Mapping[str, Any]) -> float | None:
    """What a missed positive costs in false alarms; None where it is each data set's imbalance ratio."""
    costs = suite["costs"][""]
    return None if costs["fn"] == "imbalance" else costs["fn"] / costs["fp"]


def ranges(datasets: pd.DataFrame) -> dict[str, list[float]]:
    """From where to where the properties of the data sets go."""
    return {
        name: [float(datasets[name].min()), float(datasets[name].max())]
        for name in ("imbalance_ratio", "positives")
    }


def table(entries: Sequence[Mapping[str, Any]]) -> str:
    """The page's table: a row an option, a column a need, over all data sets."""
    overall = [entry for entry in entries if entry["stratum"] == "all"]
    names = dict.fromkeys((entry["option"], entry["variant"]) for entry in overall)
    cells = {(entry["option"], entry["variant"], entry["need"]): entry for entry in overall}
    lines = [f"| option | {' | '.join(f'{name} ({NEEDS[name]})' for name in NEEDS)} |"]
    lines.append(f"|---|{'---|' * len(NEEDS)}")
    for option, variant in names:
        row = [_cell(cells.get((option, variant, need))) for need in NEEDS]
        lines.append(f"| {option}{variant and f' ({variant})'} | {' | '.join(row)} |")
    return "\n".join(lines)


def _cell(entry: Mapping[str, Any] | None) -> str:
    if entry is None:
        return "by definition"
    if entry["effect"] is None:
        return "not measured"
    numbers = f"{entry['effect']:+.3f} ({entry['low']:+.3f} to {entry['high']:+.3f})"
    return f"**{entry['outcome']}** {numbers}"


def _rounded(value: float) -> float:
    return round(value, 6)


def main(runs: Sequence[Path]) -> None:
    """Judge the runs and write the two files."""
    names = [str(run) for run in runs]
    facts = [json.loads((run / "run.json").read_text()) for run in runs]
    found = read_results(runs)
    entries = list(measured(found, names))
    plain = {
        "command": f"python -m benchmarks.evidence {' '.join(names)}",
        "suites": [fact["suite"]["name"] for fact in facts],
        "versions": {
            name: version for name, version in facts[0]["versions"].items() if name in PACKAGES and version
        },
        "cost_ratio": cost_ratio(facts[0]["suite"]),
        "families": int(found.datasets["family"].nunique()),
        "ranges": ranges(found.datasets),
        "strata": [
            {name: None if value == math.inf else value for name, value in stratum.items()}
            for stratum in STRATA
        ],
        "measured": entries,
    }
    FILE.write_text(as_json(plain))
    before, rest = PAGE.read_text().split("<!-- evidence:begin -->\n")
    after = rest.split("<!-- evidence:end -->")[1]
    made = f"Made by `{plain['command']}`; {plain['families']} families of data sets.\n"
    PAGE.write_text(
        f"{before}<!-- evidence:begin -->\n{table(entries)}\n\n{made}<!-- evidence:end -->{after}"
    )


def as_json(plain: Mapping[str, Any]) -> str:
    """JSON that reads well in a diff: an entry a line."""
    lines = [f" {json.dumps(name)}: {_lines(value)}" for name, value in plain.items()]
    return "{\n" + ",\n".join(lines) + "\n}\n"


def _lines(value: Any) -> str:
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return "[\n" + ",\n".join(f"  {json.dumps(each, allow_nan=False)}" for each in value) + "\n ]"
    return json.dumps(value, allow_nan=False)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("runs", nargs="+", type=Path)
    main(parser.parse_args().runs)
