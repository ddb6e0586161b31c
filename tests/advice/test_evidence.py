"""The evidence that the package ships: made from published results, by the rule of claims."""

from __future__ import annotations

import itertools
import json
import math
from pathlib import Path
from typing import Any

import pytest
from benchmark.figures_of_runs import BALANCED, UNWEIGHTED, make_datasets, make_metrics

from benchmarks import evidence as maker
from boostweights.audits.advice.evidence import parse, shipped
from boostweights.benchmark.claims.runs import Results, read_results
from boostweights.benchmark.claims.verdict import FEWEST_FAMILIES
from boostweights.benchmark.metrics import METRICS
from boostweights.benchmark.stats.paired import Side
from boostweights.weighting.counts import ClassCounts

ROOT = Path(__file__).parents[2]
RECALL = maker.Compared(option="balanced", need="recall", a=Side(arm="unweighted"), b=Side(arm="balanced"))
PRICE = maker.Compared(option="balanced", need="costs", a=Side(arm="unweighted"), b=Side(arm="balanced"))


def entries(one: maker.Compared, effect: Any, families: int, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What is written of one comparison on figures with a planted effect."""
    monkeypatch.setattr(maker, "compared", lambda: iter([one]))
    metric = {"recall": "recall", "costs": "cost"}[one.need]
    datasets = make_datasets(families)
    metrics = make_metrics(datasets, {UNWEIGHTED: 0.0, BALANCED: effect}, metric=metric)
    found = Results(
        metrics=metrics.assign(split="group"), datasets=datasets, rope={metric: 0.01}, known=METRICS
    )
    return list(maker.measured(found, ["RUN"], samples=1000))


def the(stratum: str, found: list[Any]) -> Any:
    return next(entry for entry in found if entry["stratum"] == stratum)


@pytest.mark.parametrize(
    ("one", "effect", "outcome"),
    [
        (RECALL, 0.1, "better"),
        (RECALL, 0.0, "same"),
        (PRICE, -0.1, "better"),
        (PRICE, 0.1, "worse"),
    ],
    ids=["recall rises", "recall stays", "cost falls", "cost rises"],
)
def test_an_effect_that_is_there_is_found_and_called_by_its_direction(
    one: maker.Compared, effect: float, outcome: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(maker, "STRATA", maker.STRATA[:1])
    (found,) = entries(one, effect, 12, monkeypatch)
    assert (found["outcome"], found["families"]) == (outcome, 12)
    assert found["effect"] == pytest.approx(effect, abs=0.002)
    assert found["low"] <= found["effect"] <= found["high"]
    name = {"better": "better", "worse": "worse", "same": "alike"}[outcome]
    assert found[name] > 0.95
    assert found["better"] + found["alike"] + found["worse"] == pytest.approx(1, abs=1e-4)


def test_with_few_families_nothing_is_decided(monkeypatch: pytest.MonkeyPatch) -> None:
    found = entries(RECALL, 0.3, FEWEST_FAMILIES - 1, monkeypatch)
    assert [entry["stratum"] for entry in found] == ["all"]
    assert found[0]["outcome"] == "undecided"
    assert found[0]["effect"] == pytest.approx(0.3, abs=0.002)  # shown all the same


def test_parts_of_the_data_sets_are_judged_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(maker, "STRATA", (*maker.STRATA[:3], maker.STRATA[3]))
    # of 26 families the imbalance ratio is 2, 3, …, 27: thirteen are below 15
    found = entries(RECALL, lambda place: 0.1 if 2.0 + place < 15 else -0.1, 26, monkeypatch)
    below, above = (the(f"the imbalance ratio is {words}", found) for words in ("below 15", "15 or more"))
    assert (below["outcome"], below["families"]) == ("better", 13)
    assert (above["outcome"], above["families"]) == ("worse", 13)
    assert the("all", found)["outcome"] == "undecided"
    assert "the rarest class has fewer than 100 rows" not in {entry["stratum"] for entry in found}


def test_answers_become_one_word() -> None:
    class Verdict:
        def __init__(self, answer: str) -> None:
            self.answer = answer

    answers = ("supported", "refuted", "undecided")
    for rise, fall, same in itertools.product(answers, repeat=3):
        verdicts: Any = {"rise": Verdict(rise), "fall": Verdict(fall), "same": Verdict(same)}
        word = maker.outcome(verdicts, lower=False)
        mirrored: Any = {"rise": Verdict(fall), "fall": Verdict(rise), "same": Verdict(same)}
        assert word == maker.outcome(mirrored, lower=True)
        if rise == fall == same == "undecided":
            assert word == "undecided"
        if rise == "supported":
            assert word == "better"


def test_what_is_written_is_what_advice_reads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The whole way, from a published run to the two files; the run is the one that is shipped."""
    page = tmp_path / "advice.md"
    page.write_text("before\n<!-- evidence:begin -->\nold\n<!-- evidence:end -->\nafter\n")
    monkeypatch.setattr(maker, "FILE", tmp_path / "evidence.json")
    monkeypatch.setattr(maker, "PAGE", page)
    monkeypatch.setattr(maker, "compared", lambda: iter([RECALL]))
    monkeypatch.chdir(ROOT)
    monkeypatch.setattr(maker, "STRATA", maker.STRATA[:1])
    maker.main(_runs())
    found = parse(json.loads((tmp_path / "evidence.json").read_text()))
    ours, theirs = (
        [e for e in each.measured if (e.option, e.need, e.stratum) == ("balanced", "recall", "all")]
        for each in (found, shipped())
    )
    assert ours == theirs
    assert (found.command, found.versions, found.ranges) == (
        shipped().command,
        shipped().versions,
        shipped().ranges,
    )
    table = page.read_text()
    assert table.startswith("before\n<!-- evidence:begin -->\n| option |")
    assert table.endswith("<!-- evidence:end -->\nafter\n")
    published = (ROOT / "docs" / "advice.md").read_text().split("<!-- evidence:begin -->")[1]
    of_balanced = next(line for line in published.splitlines() if line.startswith("| balanced |"))
    recall = 2 + list(maker.NEEDS).index("recall")
    assert of_balanced.split("|")[recall] in table


def _runs() -> list[Path]:
    _, _, runs = shipped().command.partition("benchmarks.evidence ")
    return [Path(run) for run in runs.split()]


def test_the_published_run_is_there_with_what_the_evidence_says_of_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(ROOT)
    facts = [json.loads((run / "run.json").read_text()) for run in _runs()]
    assert shipped().suites == tuple(each["suite"]["name"] for each in facts)
    datasets = read_results(_runs()).datasets
    assert shipped().ranges["positives"] == (datasets["positives"].min(), datasets["positives"].max())


def test_shipped_figures_are_whole() -> None:
    found = shipped()
    names = {part.name for part in found.strata}
    for entry in found.measured:
        assert entry.stratum in names
        assert entry.outcome in ("better", "worse", "same", "not better", "not worse", "undecided")
        if entry.families < FEWEST_FAMILIES:
            assert entry.outcome == "undecided"
            assert entry.better is None
        if entry.effect is not None:
            assert entry.low <= entry.effect <= entry.high  # type: ignore[operator]
        assert entry.lower == (entry.metric in ("log_loss", "cost"))
    keys = [(entry.option, entry.variant, entry.need, entry.stratum) for entry in found.measured]
    assert len(set(keys)) == len(keys)


def test_parts_meet_without_gap_or_overlap() -> None:
    for column in ("imbalance_ratio", "positives"):
        parts = [part for part in shipped().strata if part.column == column]
        assert math.inf in {part.below for part in parts}
        for value in (1.0, 14.999999, 15.0, 99.0, 100.0, 1e12):
            assert sum(part.holds({column: value}) for part in parts) == 1


def test_a_part_is_chosen_by_its_size_and_never_by_its_outcome() -> None:
    for need in ("recall", "ranking"):
        for counts in ({0: 90, 1: 10}, {0: 10_000, 1: 500}, {0: 9000, 1: 90}):
            (chosen,) = shipped().of("balanced", need, ClassCounts(counts))
            inside = [
                entry
                for entry in shipped().measured
                if (entry.option, entry.need) == ("balanced", need)
                and any(
                    part.name == entry.stratum
                    and part.holds({"imbalance_ratio": counts[0] / counts[1], "positives": counts[1]})
                    for part in shipped().strata
                )
            ]
            assert chosen.families == min(entry.families for entry in inside)
